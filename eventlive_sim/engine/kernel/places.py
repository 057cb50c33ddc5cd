"""Where what is kept for a key stands: that of people with the person, that of tabs with the tab.

A key is the number of a person or of a tab nearly always, and what is kept for one is used when that one acts: in one record,
it is brought near memory together. Which keys are people is told by how many there are; a wrong guess costs time, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.program.primitives import StationKind

if TYPE_CHECKING:
    from eventlive_sim.program.program import Program

LANES = {
    StationKind.FIFO: at.LANE, StationKind.LOCK: at.LANE, StationKind.BUCKET: at.TOKENS, StationKind.METER: 1,
}  # fmt: skip
"""Words that a station keeps for a key."""
NEARLY, SOME = 20, 8
"""So many keys are as many as there are rows: within a 20th of them, and 8."""


@dataclass
class Table:
    """Records, one for each of the rows; they have as many words as things were given a place in them."""

    rows: int
    words: int
    first: int = 0

    def nearly(self, keys: int) -> bool:
        """Whether so many keys are likely to be the rows."""
        return abs(keys - self.rows) <= self.rows // NEARLY + SOME

    def give(self, keys: int, words: int) -> int:
        """Place in each record, for as many keys."""
        place = self.words
        self.words += words
        self.rows = max(self.rows, keys)
        return place


@dataclass(frozen=True)
class Place:
    """Of the first key, in a table."""

    table: Table
    offset: int

    @property
    def first(self) -> int:
        """Place for key 0."""
        return self.table.first + self.offset

    @property
    def step(self) -> int:
        """Words from key to key."""
        return self.table.words


class Places:
    """Tables of a program.

    Attributes
    ----------
    people, tabs : Table
        Records of people, with their registers after the first words, and of tabs.
    shared, signals, lanes : list of Place
        By number of register, signal and station (of those that keep nothing for a key: none).
    """

    def __init__(self, program: Program, room: Callable[[int], int]) -> None:
        self.people = Table(program.people, at.P_REGS + program.person_slots)
        self.tabs = Table(program.people * program.tabs_max, program.tab_slots)
        self._others: dict[int, Table] = {}
        self.signals = [self._place(spec.keys, 1) for spec in program.signals]
        kept = [(spec.keys, LANES.get(StationKind(spec.kind), 0)) for spec in program.stations]
        self.lanes = [self._place(keys, words) if words else None for keys, words in kept]
        self.shared = [self._place(spec.keys, 1) for spec in program.shared]
        for table in (self.people, self.tabs, *self._others.values()):
            table.first = room(table.rows * table.words)

    def _place(self, keys: int, words: int) -> Place:
        table = next((one for one in (self.people, self.tabs) if keys > 1 and one.nearly(keys)), None)
        if table is None:
            table = self._others.setdefault(keys, Table(keys, 0))
        return Place(table, table.give(keys, words))
