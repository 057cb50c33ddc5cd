"""What a run keeps of a person, a task, a group of children and an armed deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from eventlive_sim.program.primitives import FAILING_STATUS, JoinMode

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.books import StationBook

Key = tuple[int, int, int, int]
"""Rank of the person, tab, task ordinal, kind: how events of one instant are ordered."""

BLOCKED = -1
"""What an act answers in place of the next row when the task now waits."""

NEVER = -1

EMPTY_GROUP_STATUS = 200
"""What a join of an empty group answers."""


class Blocker(Protocol):
    """What a task waits at, and can be taken out of; ``book`` if the wait counts as time in a station."""

    @property
    def book(self) -> StationBook | None:
        """The book of the station."""

    def take_out(self, task: Task) -> None:
        """Remove the waiting task, as if it had never been there for those behind it."""


class Holder(Protocol):
    """A station that can hold servers for tasks."""

    number: int

    @property
    def book(self) -> StationBook:
        """The book of the station."""

    def give_back(self, holding: Holding, *, cut: bool) -> None:
        """Take one server back; ``cut`` if the task did not leave by itself."""


class Person:
    """A person: rank, registers, tabs, and the counter of task ordinals."""

    __slots__ = ("id", "next_ordinal", "rank", "regs", "tabs")

    def __init__(self, number: int, rank: int, slots: int, tabs: int, tab_slots: int) -> None:
        self.id = number
        self.rank = rank
        self.next_ordinal = 0
        self.regs = [0] * slots
        self.tabs = [[0] * tab_slots for _ in range(tabs)]


class Deadline(NamedTuple):
    """An armed deadline, and what the task had when it was armed."""

    expiry_ns: int
    leaving: int
    handler: int
    acquired: int
    """Holdings with this serial number or above were acquired since."""
    ordinal: int
    """Children with this ordinal or above were spawned since."""


class Holding(NamedTuple):
    """A server that a task holds."""

    station: Holder
    key: int
    ask_ns: int
    serial: int
    instance: int


Ended = tuple[int, int]
"""Ordinal and status of a child that ended."""


class Group:
    """Children of a task in one group: those alive, and of the others the first, the first failing and the last to end.

    A fired deadline forgets the children spawned since: also those that ended, if they are one of the three.
    """

    __slots__ = ("alive", "failing", "first", "last")

    def __init__(self) -> None:
        self.alive: dict[int, Task] = {}
        self.empty()

    def empty(self) -> None:
        """Forget all."""
        self.alive.clear()
        self.first: Ended | None = None
        self.failing: Ended | None = None
        self.last: Ended | None = None

    def record(self, ordinal: int, status: int) -> None:
        """Note that a child ended."""
        self.last = (ordinal, status)
        self.first = self.first or self.last
        if self.failing is None and (status >= FAILING_STATUS or status < 0):
            self.failing = self.last

    def forget(self, since: int) -> None:
        """Forget the children spawned since that ended."""
        self.first, self.failing, self.last = (
            None if ended is not None and ended[0] >= since else ended
            for ended in (self.first, self.failing, self.last)
        )

    def decide(self, mode: int) -> int | None:
        """Status with which a join goes on, or None while it waits."""
        ended = self.failing if mode == JoinMode.ALL else self.first if mode == JoinMode.FIRST else None
        if ended is not None:
            return ended[1]
        if self.alive:
            return None
        return EMPTY_GROUP_STATUS if self.last is None else self.last[1]


class Task:
    """A thread of doing: registers, where it is, what it waits for and what it holds.

    ``wake_ns`` is the time at which a wake-up of this task is valid; ``resume`` says with which row it goes on then.
    ``blocker`` is what it waits at, ``ask_ns`` since when; ``outcome`` is what the wait will answer.
    ``serial`` names its job on a processor, so that a job that was cut is known by its old number.
    """

    __slots__ = (
        "acquired",
        "ask_ns",
        "blocker",
        "call",
        "deadlines",
        "dest",
        "ended",
        "finally_row",
        "grant_ns",
        "groups",
        "holdings",
        "joining",
        "key",
        "lane",
        "leaving",
        "mode",
        "ordinal",
        "outcome",
        "parent",
        "parent_group",
        "patience_ns",
        "person",
        "regs",
        "resume",
        "row",
        "serial",
        "status",
        "tab",
        "tab_regs",
        "timer_key",
        "wake_ns",
    )  # fmt: skip

    def __init__(self, person: Person, tab: int, regs: list[int], call: list[int]) -> None:
        self.person = person
        self.tab = tab
        self.ordinal = person.next_ordinal
        person.next_ordinal += 1
        self.key: Key = (person.rank, tab, self.ordinal, 0)
        self.timer_key: Key = (person.rank, tab, self.ordinal, 1)
        self.regs = regs
        self.call = call
        self.tab_regs = person.tabs[tab]
        self.row = 0
        self.resume: Callable[[Task], int] = never
        self.wake_ns = NEVER
        self.patience_ns = NEVER
        self.ask_ns = 0
        self.grant_ns = 0
        self.blocker: Blocker | None = None
        self.lane = 0
        self.outcome = 0
        self.serial = NEVER
        self.joining = NEVER
        self.mode = 0
        self.deadlines: list[Deadline] = []
        self.holdings: list[Holding] = []
        self.acquired = 0
        self.groups: list[Group | None] | None = None
        self.parent: Task | None = None
        self.parent_group = 0
        self.leaving = 0
        self.finally_row = NEVER
        self.status = 0
        self.ended = False


def never(task: Task) -> int:
    """Resume of a task that waits for nothing."""
    message = f"task {task.key} was woken but waits for nothing"
    raise AssertionError(message)
