"""A trace: one row for each act of each task, to compare engines and to audit them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


class Act(IntEnum):
    """What happened, to whom; ``value`` and the meaning of station and key in brackets."""

    SPAWN = 0
    """The task spawned a child [the child's ordinal]."""
    START = 1
    """The task acts for the first time [0]; row is where it starts."""
    ASK = 2
    """It asked a station [patience]."""
    GRANT = 3
    """It was granted, at the time of the grant [1; 2: new elastic instance]."""
    REFUSE = 4
    """It was refused at once [0]."""
    RENEGE = 5
    """It was taken out of the queue by patience, deadline or cancel [time waited]."""
    LEAVE = 6
    """It gave a server back, by LEAVE, unwinding or end [time since it asked]."""
    WORK = 7
    """It began work [demand]."""
    DEPART = 8
    """Its work is done [time since it began]."""
    CUT = 9
    """Its work was cut short [time since it began]."""
    ARM = 10
    """It armed a deadline [time of expiry]."""
    DISARM = 11
    """It disarmed its innermost deadline [time of expiry]."""
    FIRE = 12
    """Its deadline fired [row of the handler]; row is where it waited."""
    SIGNAL = 13
    """It sent a signal [value]; station is the signal."""
    AWAIT = 14
    """It began to wait for a signal [second signal or -1]; station is the signal."""
    JOIN = 15
    """It went on after a join [status that decided]; key is the group."""
    CANCEL = 16
    """It was cancelled [-1]; row is where it waited."""
    END = 17
    """It ended [status]."""
    COUNT = 18
    """It recorded [value]; station is the series, key the tag."""
    HOLD = 19
    """It began to hold [duration]."""
    WAKE = 20
    """It went on after a hold or an await [value of the signal, 0 after a hold]; row is that of the wait."""
    DISMISS = 21
    """Its parent let go of it: it was detached [0]."""


class Row(NamedTuple):
    """One row of a trace; ``row`` is the program row, station and key are -1 where there is none."""

    time_ns: int
    act: int
    person: int
    tab: int
    ordinal: int
    row: int
    station: int
    key: int
    value: int


class Trace:
    """Collects rows in the order in which things happen.

    Parameters
    ----------
    sample : iterable of int, optional
        Persons whose acts are collected; all if absent.

    Attributes
    ----------
    rows : list of Row-like tuples
        What was collected.
    """

    def __init__(self, sample: Iterable[int] | None = None) -> None:
        self.sample = sample if sample is None or isinstance(sample, range) else frozenset(sample)
        self.rows: list[tuple[int, ...]] = []

    def note(
        self, time_ns: int, act: int, person: int, tab: int, ordinal: int, row: int, station: int, key: int, value: int
    ) -> None:
        """Append one row, if the person is in the sample."""
        if self.sample is None or person in self.sample:
            self.rows.append((time_ns, act, person, tab, ordinal, row, station, key, value))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def to_numpy(self) -> NDArray[np.int64]:
        """Rows as an int64 array, shape (rows, 9), columns as in ``Row``."""
        return np.asarray(self.rows, dtype=np.int64).reshape(-1, len(Row._fields))

    def to_frame(self) -> pd.DataFrame:
        """Rows as a frame; ``act`` as its name in lower case."""
        import pandas as pd  # noqa: PLC0415 - engines import this module; they need no pandas

        frame = pd.DataFrame(self.to_numpy(), columns=list(Row._fields))
        frame["act"] = [Act(act).name.lower() for act in frame["act"]]
        return frame

    def write_jsonl(self, path: Path) -> None:
        """Write one JSON object a row; the act by its name."""
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for row in self.rows:
                record = dict(zip(Row._fields, row, strict=True))
                file.write(json.dumps(record | {"act": Act(row[1]).name.lower()}) + "\n")

    @classmethod
    def read_jsonl(cls, path: Path) -> Trace:
        """Read what ``write_jsonl`` wrote."""
        trace = cls()
        with path.open(encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                record["act"] = int(Act[record["act"].upper()])
                trace.rows.append(tuple(int(record[name]) for name in Row._fields))
        return trace


def first_divergence(left: Trace, right: Trace) -> str:
    """Where two traces part, with the rows before; empty if they are equal."""
    for at, (one, other) in enumerate(zip(left.rows, right.rows, strict=False)):
        if tuple(one) != tuple(other):
            before = "\n".join(f"  {_text(row)}" for row in left.rows[max(0, at - 5) : at])
            return f"row {at}:\n{before}\n< {_text(one)}\n> {_text(other)}"
    if len(left) != len(right):
        longer, at = (left, len(right)) if len(left) > len(right) else (right, len(left))
        return f"row {at}: only one trace goes on with {_text(longer.rows[at])}"
    return ""


def _text(row: tuple[int, ...]) -> str:
    named = Row(*(int(value) for value in row))
    return f"{Act(named.act).name} {named}"
