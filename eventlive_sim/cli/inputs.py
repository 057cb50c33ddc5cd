"""What the command line is given: designs, scenario, set values, files to write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from eventlive_sim.errors import ModelError

if TYPE_CHECKING:
    from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
    from eventlive_sim.study.places import Place


def writable(*files: Path | None, folder: Path | None = None) -> None:
    """Refuse files, and a folder, that cannot be written: before the work, not after it. The first may be - for stdout."""
    named: set[Path] = set()
    for number, file in enumerate(files):
        if file is None or (number == 0 and str(file) == "-"):
            continue
        if str(file) == "-":
            raise ModelError("- stands for stdout, which only --json takes", "name a file", rule="bad-output")
        if file in named:
            raise ModelError(f"{file} is named twice", "name a file for each", rule="bad-output")
        named.add(file)
        if file.is_dir():
            raise ModelError(f"{file} is a folder", "name a file in it", rule="bad-output")
        _in_a_folder(file)
    if folder is not None and not folder.is_dir():
        if folder.exists():
            raise ModelError(f"{folder} is a file", "name a folder", rule="bad-output")
        _in_a_folder(folder)


def _in_a_folder(path: Path) -> None:
    if not _is_text(str(path)):
        raise ModelError(f"{path} is no name in UTF-8", "name another place", rule="bad-output")
    if not path.parent.is_dir():
        raise ModelError(f"{path}: there is no folder {path.parent}", "make it first", rule="bad-output")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ModelError(f"{path} cannot be written", "name a place that you may write to", rule="bad-output")


def _is_text(name: str) -> bool:
    """Whether a name can be written in UTF-8, as some of those who write files require."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def resolve(designs: list[str], scenario: str, sets: list[str] | None) -> tuple[list[ResolvedDesign], ResolvedScenario]:
    """Resolve designs and scenario; each set value goes where its path is, and must be somewhere."""
    from eventlive_sim.study.places import resolve_all

    return resolve_all(designs, scenario, sets or [])


def resolving(design: str, scenario: str, sets: list[str] | None) -> Place:
    """What resolves a design and a scenario with more values set, each where its path is."""
    from eventlive_sim.study.places import Place

    return Place(design, scenario, tuple(sets or []))
