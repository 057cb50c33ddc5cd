"""Where what is kept for a key stands: that of people with the person, that of tabs with the tab.

A key is the number of a person or of a tab nearly always, and what is kept for one is used when that one acts: in one record,
it is brought near memory together. Which keys are people is told by how many there are; a wrong guess costs time, nothing else.

All first tabs come first, then further ones in the order in which they are opened: of a million people few may open a second,
and only what those few have is ever touched. What a pilot run hardly ever wrote to (`pilot.py`) stands apart likewise. A key of
a tab says by its bits whose and which it is, if people may have a power of two of tabs; of others the tabs stand side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
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
SIGNAL, STATION = -1, -2
_FIELDS = {"signal": SIGNAL, "signal2": SIGNAL, "station": STATION, "meter": STATION}
MOST_WORDS = max(LANES.values())
"""Words of one thing that must stand side by side."""
NEARLY, SOME = 20, 8
"""So many keys are as many as there are rows: within a 20th of them, and 8."""


Use = tuple[int, int]
"""What is kept for a key, or of a person or tab: its kind, and its number."""


@dataclass
class Table:
    """Records, one for each of the rows; they have as many words as things were given a place in them.

    Attributes
    ----------
    rows : int
        Records.
    words : int
        Words of a record, those that stand apart included.
    first : int
        Where the first record stands.
    tabs : int
        So many rows belong to a person; 1: that does not matter.
    stride : int
        Words of a record that stand together; 0 as long as all do.
    """

    rows: int
    words: int
    first: int = 0
    tabs: int = 1
    stride: int = 0

    @property
    def step(self) -> int:
        """Words from person to person."""
        return self.stride or self.words

    @property
    def block(self) -> int:
        """Words of all first tabs, and as many for the second of all, ..."""
        return -(-self.rows // self.tabs) * self.step

    @property
    def steps(self) -> tuple[int, int, int, int]:
        """How a key is followed: words from record to record, shift and mask that tell the tab, words of all first tabs."""
        return self.step, self.tabs.bit_length() - 1, self.tabs - 1, self.block if self.tabs > 1 else 0

    @property
    def further(self) -> int:
        """Tabs beyond the first, of all people."""
        return -(-self.rows // self.tabs) * (self.tabs - 1)

    @property
    def size(self) -> int:
        """Words of all records."""
        parts = -(-self.words // self.step) if self.words else 0
        return parts * self.tabs * self.block

    def nearly(self, keys: int) -> bool:
        """Whether so many keys are likely to be the rows."""
        return abs(keys - self.rows) <= self.rows // NEARLY + SOME

    def give(self, keys: int, words: int) -> int:
        """Number of the first of so many words in each record, for as many keys."""
        if self.stride and self.words % self.stride + words > self.stride:
            self.words += -self.words % self.stride
        place = self.words
        self.words += words
        self.rows = max(self.rows, keys)
        return place

    def close(self, least: int) -> None:
        """What is given from now on stands apart from what was given so far, in parts of at least so many words."""
        self.words = max(self.words, least)
        self.stride = self.words

    def offset(self, word: int) -> int:
        """Where a word stands, from the beginning of its record."""
        return word // self.step * self.tabs * self.block + word % self.step


@dataclass(frozen=True)
class Place:
    """Of the first key, in a table."""

    table: Table
    word: int

    @property
    def first(self) -> int:
        """Place for key 0."""
        return self.table.first + self.offset

    @property
    def offset(self) -> int:
        """Where it stands, from the beginning of a record."""
        return self.table.offset(self.word)

    @property
    def apart(self) -> bool:
        """Whether it stands apart from what is often written to."""
        return 0 < self.table.stride <= self.word

    @property
    def steps(self) -> tuple[int, int, int, int]:
        """How a key is followed in its table."""
        return self.table.steps

    def all(self, keys: int) -> list[slice]:
        """Places of the first keys; those of all further tabs, since nobody knows yet which of them a key will get."""
        step, shift, mask, block = self.steps
        parts = ((self.first, (keys + mask) >> shift), (self.first + block, self.table.further))
        return [slice(start, start + count * step, step) for start, count in parts if count]


class Places:
    """Tables of a program.

    Parameters
    ----------
    program : Program
        The program.
    room : callable
        Reserves words.
    seldom : set of (int, int), optional
        What is hardly ever written to, and stands apart.

    Attributes
    ----------
    people, tabs : Table
        Records of people and of tabs. What is kept for their keys comes first, what rows name most often before all.
    shared, signals, lanes : list of Place
        By number of register, signal and station (of those that keep nothing for a key: none).
    further : int
        Where the numbers of the records of further tabs stand, each in half a word.
    """

    def __init__(self, program: Program, room: Callable[[int], int], seldom: Collection[Use] = ()) -> None:
        tabs = program.tabs_max
        self.people, self.tabs = Table(program.people, at.P_WORDS), Table(program.people * tabs, 0)
        if tabs & (tabs - 1) == 0:
            self.tabs.tabs = tabs
        self._others: dict[int, Table] = {}
        things, uses = things_of(program), _uses(program)
        things.sort(key=lambda one: -uses[one[:2]])
        found: dict[Use, Place] = {}
        for apart in (False, True):
            for kind, number, keys, words in things:
                if ((kind, number) in seldom) == apart:
                    found[kind, number] = self._place(kind, keys, words)
            if seldom and not apart:
                for table in (self.people, self.tabs):
                    table.close(MOST_WORDS)
        for table in (self.people, self.tabs, *self._others.values()):
            table.first = room(table.size)
        self.further = room(-(-self.tabs.further // 2))
        self._found = found
        self.shared = [found[Space.SHARED, number] for number in range(len(program.shared))]
        self.signals = [found[SIGNAL, number] for number in range(len(program.signals))]
        self.lanes = [found.get((STATION, number)) for number in range(len(program.stations))]

    def of(self, kind: int, number: int) -> Place:
        """Place of a thing."""
        return self._found[kind, number]

    @property
    def apart(self) -> list[tuple[int, int]]:
        """Where what is seldom written to begins and ends."""
        tables = (self.people, self.tabs)
        return [(table.first + table.tabs * table.block, table.first + table.size) for table in tables]

    def _place(self, kind: int, keys: int, words: int) -> Place:
        if kind in (Space.PERSON, Space.TAB):
            table = self.people if kind == Space.PERSON else self.tabs
            return Place(table, table.give(0, words))
        found = next((one for one in (self.people, self.tabs) if keys > 1 and one.nearly(keys)), None)
        if found is None:
            found = self._others.setdefault(keys, Table(keys, 0))
        return Place(found, found.give(keys, words))


def things_of(program: Program) -> list[tuple[int, int, int, int]]:
    """Everything that has a place for a key, and registers of people and tabs: kind, number, keys, words for a key."""
    stations = [
        (STATION, number, spec.keys, LANES[StationKind(spec.kind)]) for number, spec in enumerate(program.stations)
    ]
    return [
        *((Space.SHARED, number, spec.keys, 1) for number, spec in enumerate(program.shared)),
        *((SIGNAL, number, spec.keys, 1) for number, spec in enumerate(program.signals)),
        *(station for station in stations if station[-1]),
        *((Space.PERSON, number, program.people, 1) for number in range(program.person_slots)),
        *((Space.TAB, number, program.people * program.tabs_max, 1) for number in range(program.tab_slots)),
    ]


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
