"""Errors that a person can act on: place, value, remedy; and the exit codes they become."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    BUDGET_BROKEN = 1
    BAD_INPUT = 2
    UNDECIDED = 3
    OUR_FAULT = 70
    INTERRUPTED = 130


@dataclass(frozen=True)
class Place:
    """Where in a file a value stands."""

    file: str
    line: int | None = None
    path: str = ""

    def __str__(self) -> str:
        """Text such as ``models/x.yaml:12: endpoints.ping.steps``."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.path}" if self.path else where


class EventLiveError(Exception):
    """Base of every error whose cause is what was put in."""


class ModelError(EventLiveError):
    """Something in a design, ticket, scenario or option cannot stand as it is written.

    Parameters
    ----------
    problem : str
        What is wrong, with the value that is wrong.
    remedy : str
        What to write instead.
    place : Place, optional
        File, line and path of the value.
    rule : str
        Stable id of the rule that was broken, such as ``unknown-field``.
    """

    def __init__(self, problem: str, remedy: str, place: Place | None = None, rule: str = "invalid") -> None:
        self.problem = problem
        self.remedy = remedy
        self.place = place
        self.rule = rule
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: place, problem, remedy."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.problem}; {self.remedy} [{self.rule}]"


class ModelErrors(EventLiveError):
    """Several model errors of one file, in the order of the file."""

    def __init__(self, errors: list[ModelError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class SimulationError(Exception):
    """The machine met something that a well-formed program never does; our fault, not the reader's."""
