"""Writing what a command was asked to write: an error names the place and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventlive_sim.errors import ModelError


@contextmanager
def writing(place: Path | str) -> Iterator[None]:
    """Say of an error of the system while a place is written that it is that place, and what to do.

    Raises
    ------
    ModelError
        In place of an OSError, such as of a disk that is full. That nobody reads on is left to whoever asked.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        problem = f"{place} cannot be written ({error.strerror or error})"
        raise ModelError(problem, "make room there, or name another place", rule="unwritten") from error


def write_text(file: Path, text: str) -> None:
    """Write a text into a file."""
    with writing(file):
        file.write_text(text, encoding="utf-8")
