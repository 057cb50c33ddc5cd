"""The store that a command is given: opened for the time of its work; what was done is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eventlive_sim.cli.terminal import say

if TYPE_CHECKING:
    from eventlive_sim.study.store import Store


@contextmanager
def keeping(folder: Path | None) -> Iterator[Store | None]:
    """Open the store that is named, if one is; then say how much was simulated."""
    from eventlive_sim.study.store import opened_if

    with opened_if(folder) as kept:
        try:
            yield kept
        finally:
            if kept is not None:
                told_of(folder, kept.broken)
                say(f"note: {kept.new} replications were simulated now; {folder} keeps them")


def told_of(folder: Path | None, broken: Sequence[str]) -> None:
    """Say which parts of a store could not be read."""
    for part in broken:
        say(f"note: a part of {folder} cannot be read and was put aside: {part}")
