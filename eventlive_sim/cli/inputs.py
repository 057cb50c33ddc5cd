"""What the command line is given: designs, scenario, set values, files to write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventlive_sim.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario


def writable(*files: Path | None, folder: Path | None = None) -> None:
    """Refuse files, and a folder, that cannot be written: before the work, not after it."""
    for file in files:
        if file is None or str(file) == "-":
            continue
        if file.is_dir():
            raise ModelError(f"{file} is a folder", "name a file in it", rule="bad-output")
        _in_a_folder(file)
    if folder is not None and not folder.is_dir():
        if folder.exists():
            raise ModelError(f"{folder} is a file", "name a folder", rule="bad-output")
        _in_a_folder(folder)


def _in_a_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise ModelError(f"{path}: there is no folder {path.parent}", "make it first", rule="bad-output")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ModelError(f"{path} cannot be written", "name a place that you may write to", rule="bad-output")


def resolve(designs: list[str], scenario: str, sets: list[str] | None) -> tuple[list[ResolvedDesign], ResolvedScenario]:
    """Resolve designs and scenario; each set value goes where its path is, and must be somewhere."""
    from eventlive_sim.model.resolve import resolve_design, resolve_scenario

    given = list(sets or [])
    plain = resolve_scenario(scenario)
    of_scenario = [text for text in given if _belongs(text, plain.tree)]
    of_design = [text for text in given if text not in of_scenario]
    resolved = resolve_scenario(scenario, sets=of_scenario) if of_scenario else plain
    return [resolve_design(design, sets=of_design) for design in designs], resolved


def resolving(
    design: str, scenario: str, sets: list[str] | None
) -> Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]:
    """What resolves a design and a scenario with more values set, each where its path is."""

    def resolved(more: list[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        (one,), world = resolve([design], scenario, [*(sets or []), *more])
        return one, world

    return resolved


def _belongs(text: str, tree: dict[str, Any]) -> bool:
    """Whether the path of ``path=value`` lies in a scenario: its value, or a field beside others of a part."""
    path = text.split("=", 1)[0].strip().split(".")
    node: Any = tree
    for key in path[:-1]:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    last_is_new = path[0] in {"clients", "sources"} and path[-1] in {"people", "arrive", "stay", "every", "batch"}
    return isinstance(node, dict) and (path[-1] in node or (last_is_new and len(path) == 3))
