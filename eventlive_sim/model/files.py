"""Finding and reading the files of models and experiments."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from eventlive_sim import data
from eventlive_sim.errors import ModelError
from eventlive_sim.model.nodes import printable, suggestion
from eventlive_sim.model.yaml import Document, load

SUFFIXES = (".yaml", ".yml")


_WITHOUT_SHORT_NAMES = {"platforms", "oracles"}
"""Folders of presets, and of the designs that the program verifies itself with."""


class Files:
    """Reads files and remembers which."""

    def __init__(self, root: Path | None = None) -> None:
        self.models = data.models_dir() if root is None else root / "models"
        self.experiments = data.experiments_dir() if root is None else root / "experiments"
        self.read: list[Path] = []

    def load(self, path: Path) -> Document:
        """Document of a file."""
        if path not in self.read:
            self.read.append(path)
        return _document(path)

    def designs(self) -> dict[str, Path]:
        """Designs by short name: files directly under a folder of ``models`` that hold endpoints or a base."""
        found: dict[str, Path] = {}
        for path in sorted(self.models.glob("*/*.yaml")):
            if path.parent.name in _WITHOUT_SHORT_NAMES or path.stem in found:
                continue
            parts = _parts(path)
            if "endpoints" in parts or "base" in parts or "include" in parts:
                found[path.stem] = path
        return found

    def design(self, name: str, near: Path | None = None) -> Path:
        """File of a design, by short name or path; a path is relative to the folder of the file that names it.

        Raises
        ------
        ModelError
            If there is none; the message lists those there are.
        """
        if name.endswith(SUFFIXES):
            return (near / name) if near is not None else Path(name)
        if near is not None and (near / f"{name}.yaml").is_file():
            return near / f"{name}.yaml"
        known = self.designs()
        if name not in known:
            problem = f"there is no design called {name!r}"
            raise ModelError(problem, f"{suggestion(name, known)}, or a path to a .yaml file", rule="unknown-design")
        return known[name]

    def scenarios(self) -> dict[str, Path]:
        """Scenarios by name, the stem of their file under ``experiments``."""
        return {path.stem: path for path in sorted(self.experiments.glob("*.yaml"))}

    def scenario(self, name: str) -> Path:
        """File of a scenario, by path, by name, or by the part of its name before the first underscore.

        Raises
        ------
        ModelError
            If there is none, or more than one; the message lists the names.
        """
        if name.endswith(SUFFIXES):
            return Path(name)
        known = self.scenarios()
        if name in known:
            return known[name]
        fitting = [stem for stem in known if stem.split("_", 1)[0] == name]
        if len(fitting) == 1:
            return known[fitting[0]]
        if fitting:
            problem = f"{name!r} may mean {' or '.join(fitting)}"
            raise ModelError(problem, "write the whole name", rule="ambiguous-scenario")
        problem = f"there is no scenario called {name!r}"
        listed = f"write one of {', '.join(known)}" if known else "there are none"
        raise ModelError(problem, f"{listed}, or a path to a .yaml file", rule="unknown-scenario")


def is_design(path: Path) -> bool:
    """Whether a file is a design on its own: it holds endpoints or names a base. A broken one counts, to be told so."""
    return bool(_parts(path) & {"endpoints", "base"})


def shown_path(path: Path) -> str:
    """Path as messages show it: on one line, relative to the working directory when it lies below."""
    try:
        near = os.path.relpath(path)
    except (ValueError, OSError):
        return printable(path.as_posix())
    return printable(path.as_posix() if near.startswith("..") else Path(near).as_posix())


def _parts(path: Path) -> set[str]:
    """Names of the parts of a file; a broken one passes for a design, so that asking for it says what is wrong."""
    try:
        return {str(key) for key, _ in _document(path).node.entries()}
    except ModelError:
        return {"endpoints"}


def _document(path: Path) -> Document:
    """Document of a file, read again only when the file has changed."""
    try:
        stamp = path.stat()
    except (OSError, ValueError):
        return load(path, shown_path(path))
    return _cached(path, shown_path(path), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=256)
def _cached(path: Path, name: str, _modified_ns: int, _size: int) -> Document:
    return load(path, name)
