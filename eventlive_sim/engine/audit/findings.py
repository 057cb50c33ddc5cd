"""Findings of the auditor and the rules that they break."""

from __future__ import annotations

from typing import NamedTuple

from eventlive_sim.engine.trace import Row
from eventlive_sim.program.primitives import NONE, Knob, Op, Space, index_of, space_of
from eventlive_sim.program.program import Program

TaskId = tuple[int, int]
"""Person and ordinal."""

NOBODY: TaskId = (-1, -1)

RULES: dict[str, str] = {
    "time-back": "Time never goes back.",
    "after-horizon": "Nothing happens at or after the horizon.",
    "start-without-spawn": "A task starts after it was spawned, or as a person's first task.",
    "start-twice": "A task starts once.",
    "start-missing": "A task that was spawned starts at that instant unless it is cancelled.",
    "act-before-start": "A task acts after its start.",
    "act-after-end": "Nothing acts after its end but for giving back and its finally block, at that instant.",
    "double-end": "A task ends once.",
    "acts-while-waiting": "A task that waits does nothing until it is woken or taken out.",
    "lost-wake": "A task that is not at an end waits for something that can come.",
    "hold-time": "A hold ends exactly after its duration.",
    "deadline-time": "A deadline fires exactly at the time it was armed for, while it is armed, outermost first.",
    "deadline-missed": "A deadline that was due while it was armed fires.",
    "deadline-disarm": "A disarm takes the innermost deadline.",
    "not-unwound": "A deadline that fires gives back what was acquired since it was armed.",
    "unwind-order": "Unwinding gives back newest first, and nothing from before.",
    "patience": "Patience ends exactly after its time, if no grant comes before.",
    "ghost-grant": "Only who asked and still waits is granted or refused.",
    "ghost-renege": "Only who waits is taken out of a queue, by patience, a deadline or a cancel.",
    "grant-order": "Grants are in the order of asking.",
    "over-capacity": "Never more in service than servers.",
    "lock-shared": "A lock has one holder a key.",
    "idle-server": "No server is free at the end of an instant while somebody waits: it was lost, or a grant is missing.",
    "refused-while-free": "Nobody is refused while a server is free and nobody waits, or while there is room to wait.",
    "lost-server": "A task holds nothing after its end.",
    "ghost-leave": "Only what is held is given back.",
    "time-value": "The times in station that a trace states are those between its rows.",
    "token-early": "A bucket never gives more than its burst and a token an interval.",
    "token-late": "A bucket gives a token when it has one, or when it was booked for.",
    "early-departure": "A job departs once its demand is done, not before (2 ns).",
    "late-departure": "A job departs as its demand is done (2 ns).",
    "ghost-departure": "Only who works departs or is cut.",
    "join-early": "A join goes on when its condition holds.",
    "join-status": "A join answers the status of the child that decided.",
    "signal-ghost": "A signal wakes only those who await it, with its value.",
    "signal-missed": "A signal wakes all who await it.",
    "rank-order": "What is due at one instant acts by world, rank, tab, ordinal; a wake before the own deadline.",
}
"""What each rule of the auditor means."""


class Finding(NamedTuple):
    """A broken rule: when, whose (person, ordinal), at which station (-1: none), and what was seen."""

    rule: str
    time_ns: int
    task: TaskId
    station: int
    text: str


class Findings:
    """Collects findings."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, rule: str, row: Row, text: str, *, station: int | None = None) -> None:
        """Note that a row breaks a rule."""
        self.note(rule, row.time_ns, task_of(row), row.station if station is None else station, text)

    def note(self, rule: str, time_ns: int, task: TaskId, station: int, text: str) -> None:
        """Note that a rule is broken."""
        if rule not in RULES:
            message = f"{rule} is no rule of the auditor"
            raise KeyError(message)
        self.found.append(Finding(rule, time_ns, task, station, text))


class Checker:
    """Looks at every row; ``close`` is called when all acts of an instant are seen, ``finish`` at the end."""

    def see(self, number: int, row: Row) -> None:
        """Look at a row."""

    def close(self, now: int, after: int) -> None:
        """Look at the state between the instant ``now`` and the next at which anything happens, ``after``."""

    def finish(self, horizon_ns: int) -> None:
        """Look at the state at the end."""


def task_of(row: Row) -> TaskId:
    """Task that a row is about."""
    return (row.person, row.ordinal)


def knob_values(program: Program, station: int, knob: Knob) -> list[int] | None:
    """Constants that a program sets a knob to, [] if it never does; None if it computes them."""
    values = []
    for op, dest, fn, a, *_ in program.code.tolist():
        if op == Op.SET and dest != NONE and space_of(dest) is Space.KNOB and index_of(dest) == station * 16 + knob:
            if fn or space_of(a) is not Space.CONSTANT:
                return None
            values.append(int(program.constants[index_of(a)]))
    return values
