"""Where what is kept for a key stands: that of people with the person, that of tabs with the tab.

A key is the number of a person or of a tab nearly always, and what is kept for one is used when that one acts: in one record,
it is brought near memory together. Which keys are people is told by how many there are; a wrong guess costs time, nothing else.

All first tabs come first, then all second ones: of a million people whose second tab is hardly ever opened, its memory is hardly
ever touched. A key of a tab says both by its bits, if people may have a power of two of tabs; of others the tabs stand side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.registers import OPERANDS
from eventlive_sim.program.primitives import (
    BY_OP,
    NO_KEY,
    NONE,
    Op,
    Space,
    StationKind,
    index_of,
    key_slot_of,
    space_of,
)

if TYPE_CHECKING:
    from eventlive_sim.program.program import Program

LANES = {
    StationKind.FIFO: at.LANE, StationKind.LOCK: at.LANE, StationKind.BUCKET: at.TOKENS, StationKind.METER: 1,
    StationKind.SHARING: 0, StationKind.ELASTIC: 0,
}  # fmt: skip
"""Words that a station keeps for a key."""
_SIGNAL, _STATION = -1, -2
_FIELDS = {"signal": _SIGNAL, "signal2": _SIGNAL, "station": _STATION, "meter": _STATION}
NEARLY, SOME = 20, 8
"""So many keys are as many as there are rows: within a 20th of them, and 8."""


@dataclass
class Table:
    """Records, one for each of the rows; they have as many words as things were given a place in them."""

    rows: int
    words: int
    first: int = 0
    tabs: int = 1

    @property
    def block(self) -> int:
        """Words of all first tabs, all second ones, ..."""
        return -(-self.rows // self.tabs) * self.words

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
    def steps(self) -> tuple[int, int, int, int]:
        """How a key is followed: words from person to person, shift and mask that tell the tab, words from tab to tab."""
        tabs = self.table.tabs
        return self.table.words, tabs.bit_length() - 1, tabs - 1, self.table.block if tabs > 1 else 0

    def all(self, keys: int) -> list[slice]:
        """Places of the first keys."""
        step, shift, mask, block = self.steps
        counts = [(keys + mask - tab) >> shift for tab in range(mask + 1)]
        starts = [self.first + tab * block for tab in range(mask + 1)]
        return [slice(start, start + count * step, step) for start, count in zip(starts, counts, strict=True)]


class Places:
    """Tables of a program.

    Attributes
    ----------
    people, tabs : Table
        Records of people and of tabs. What is kept for their keys comes first, what rows name most often before all.
    person_slots, tab_slots : int
        Where in a record its registers begin.
    shared, signals, lanes : list of Place
        By number of register, signal and station (of those that keep nothing for a key: none).
    """

    def __init__(self, program: Program, room: Callable[[int], int]) -> None:
        tabs = program.tabs_max
        self.people, self.tabs = Table(program.people, at.P_WORDS), Table(program.people * tabs, 0)
        if tabs & (tabs - 1) == 0:
            self.tabs.tabs = tabs
        self._others: dict[int, Table] = {}
        wanted = [
            *((Space.SHARED, number, spec.keys, 1) for number, spec in enumerate(program.shared)),
            *((_SIGNAL, number, spec.keys, 1) for number, spec in enumerate(program.signals)),
            *(
                (_STATION, number, spec.keys, LANES[StationKind(spec.kind)])
                for number, spec in enumerate(program.stations)
            ),
        ]
        uses = _uses(program)
        wanted.sort(key=lambda one: -uses[one[:2]])
        found = {(kind, number): self._place(keys, words) for kind, number, keys, words in wanted if words}
        self.person_slots = self.people.give(0, program.person_slots)
        self.tab_slots = self.tabs.give(0, program.tab_slots)
        self.shared = [found[Space.SHARED, number] for number in range(len(program.shared))]
        self.signals = [found[_SIGNAL, number] for number in range(len(program.signals))]
        self.lanes = [found.get((_STATION, number)) for number in range(len(program.stations))]
        for table in (self.people, self.tabs, *self._others.values()):
            table.first = room(table.tabs * table.block)

    @property
    def further_tabs(self) -> tuple[int, int]:
        """First word of all second tabs, and the end of the last ones."""
        tabs = self.tabs
        return tabs.first + tabs.block, tabs.first + tabs.tabs * tabs.block

    def _place(self, keys: int, words: int) -> Place:
        table = next((one for one in (self.people, self.tabs) if keys > 1 and one.nearly(keys)), None)
        if table is None:
            table = self._others.setdefault(keys, Table(keys, 0))
        return Place(table, table.give(keys, words))


def _uses(program: Program) -> Counter[tuple[int, int]]:
    """How many rows name a register with a key, a signal or a station."""
    return Counter(use for op, *fields in program.code.tolist() for use in _named(Op(op), fields))


def _named(op: Op, fields: list[int]) -> Iterator[tuple[int, int]]:
    for name, value in zip(BY_OP[op].fields, fields, strict=False):
        if value == NONE:
            continue
        if name in _FIELDS:
            yield _FIELDS[name], value
        elif (name == "dest" or name in OPERANDS) and space_of(value) is Space.SHARED and key_slot_of(value) != NO_KEY:
            yield Space.SHARED, index_of(value)
