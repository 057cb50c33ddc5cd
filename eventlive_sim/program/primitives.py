"""The closed set of primitives and stations, declared once.

Both engines, the listing, the auditor and ``docs/semantics.md`` read this table. A row of a program is one primitive:
its op number and up to seven fields, all int64.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Op(IntEnum):
    """Op numbers of the primitives."""

    HOLD = 0
    ENTER = 1
    WORK = 2
    LEAVE = 3
    DRAW = 4
    SET = 5
    TEST = 6
    JUMP = 7
    SIGNAL = 8
    AWAIT = 9
    SPAWN = 10
    JOIN = 11
    DEADLINE = 12
    DISARM = 13
    CANCEL = 14
    ADD = 15
    COUNT = 16
    END = 17


class Fn(IntEnum):
    """Functions of ``set``: dest := a fn b. ``COPY`` ignores b; ``DIV`` is floor division, by zero gives 0."""

    COPY = 0
    ADD = 1
    SUB = 2
    MUL = 3
    DIV = 4
    MIN = 5
    MAX = 6


class Cmp(IntEnum):
    """Comparisons of ``test``: jump to the target when ``a cmp b`` holds."""

    EQ = 0
    NE = 1
    LT = 2
    LE = 3
    GT = 4
    GE = 5


class JoinMode(IntEnum):
    """When a ``join`` goes on.

    ``ALL``: when every child has ended, or at once when one ends with a failing status (Promise.all).
    ``SETTLED``: when every child has ended. ``FIRST``: when one child has ended (Promise.race).
    """

    ALL = 0
    SETTLED = 1
    FIRST = 2


class Leaving(IntEnum):
    """What becomes of the children of a task when a deadline or a cancel unwinds it."""

    CANCEL = 0
    DETACH = 1


class StationKind(IntEnum):
    """Kinds of stations."""

    FIFO = 0
    SHARING = 1
    LOCK = 2
    BUCKET = 3
    METER = 4
    ELASTIC = 5


class Gauge(IntEnum):
    """What an operand can read of a station now. Integrals count from time 0 in [unit x ns], exact when read."""

    INSIDE = 0
    WAITING = 1
    IN_SERVICE = 2
    BUSY_INTEGRAL = 3
    SERVERS = 4
    SPEED = 5
    INSTANCES = 6


class Knob(IntEnum):
    """What ``set`` can change of a station: servers (FIFO, LOCK), cores in thousandths (SHARING), speed in millionths."""

    SERVERS = 0
    CORES = 1
    SPEED = 2


class MeterRead(IntEnum):
    """What an operand can read of a meter over its window.

    ``MEAN``: floor of sum / count. ``RATIO``: floor of 1,000,000 x sum / count. ``P50`` to ``P99``: nearest rank.
    All are 0 for an empty window.
    """

    COUNT = 0
    SUM = 1
    MEAN = 2
    RATIO = 3
    P50 = 4
    P95 = 5
    P99 = 6


class MeterWindow(IntEnum):
    """Windows of meters.

    ``FIXED``: calendar windows of ``length_ns``; what was added before the current one is forgotten.
    ``TICKED``: the last ``ticks`` completed ticks of ``length_ns / ticks`` each, refreshed at each tick: reads see only
    completed ticks and sums are over the ticks there have been. ``SLIDING``: added within the last ``length_ns``
    (t - length_ns < time <= t). ``LAST``: the last ``size`` additions.
    """

    FIXED = 0
    TICKED = 1
    SLIDING = 2
    LAST = 3


class Space(IntEnum):
    """Where an operand's value comes from."""

    CONSTANT = 0
    TASK = 1
    CALL = 2
    TAB = 3
    PERSON = 4
    SHARED = 5
    NOW = 6
    STATUS = 7
    METER = 8
    GAUGE = 9
    SELF = 10
    KNOB = 11


class Self(IntEnum):
    """What a task can read of itself with an operand of space ``SELF``.

    ``TAB`` is the tab's number within the person, ``TAB_ID`` is unique among all tabs (person x max tabs + tab),
    ``INSTANCE`` the elastic instance it occupies last entered (-1: none), ``GRANT`` the time of its last grant.
    """

    PERSON = 0
    TAB = 1
    TAB_ID = 2
    INSTANCE = 3
    GRANT = 4


_SPACES = {int(space): space for space in Space}
"""Looked up tens of thousands of times a program, for which calling the enumeration takes too long."""

NO_KEY = 0xFFFF
"""Key slot of an operand or field without a key: key 0."""

FOREVER = -1
"""Patience of an ``enter`` that never gives up."""

NONE = -1
"""A field that is not used."""


def operand(space: Space, index: int = 0, key_slot: int = NO_KEY) -> int:
    """One int64 that names a value: space in bits 48 up, key slot in bits 32 to 47, index in bits 0 to 31.

    The key slot is the task register that holds the key; ``NO_KEY`` stands for key 0. Task registers themselves, call,
    tab and person registers have no key: they belong to the acting task, its call, tab and person.
    """
    return (int(space) << 48) | (key_slot << 32) | index


def space_of(value: int) -> Space:
    """Space of an operand."""
    return _SPACES[value >> 48]


def key_slot_of(value: int) -> int:
    """Task register that holds the operand's key, or ``NO_KEY``."""
    return (value >> 32) & 0xFFFF


def index_of(value: int) -> int:
    """Index of an operand: a constant's or register's number, station x 16 + gauge, meter x 16 + reading."""
    return value & 0xFFFFFFFF


@dataclass(frozen=True)
class Primitive:
    """One row of the table: a primitive, its fields in order, and what it does."""

    op: Op
    fields: tuple[str, ...]
    blocks: bool
    effect: str

    @property
    def name(self) -> str:
        """Name as listings print it."""
        return self.op.name.lower()


# Field kinds, by name, for the listing and the checks:
#   duration demand key patience value weight a b expiry status tag tab occurrence: operands
#   dest: operand of space TASK, CALL, TAB, PERSON, SHARED or KNOB (a place that can be written), or NONE
#   station meter series table stream signal group mode target handler finally call leaving: plain numbers
PRIMITIVES: tuple[Primitive, ...] = (
    Primitive(Op.HOLD, ("duration",), True, "Wait for `duration` [ns]; 0 or less goes on at once, without an event."),
    Primitive(
        Op.ENTER,
        ("station", "key", "patience", "dest"),
        True,
        "Ask for one server of `station` (of the queue or bucket `key`). Free: granted at once, no event. Else wait in "
        "arrival order; `patience` [ns] 0 does not wait, -1 waits for ever. dest := 1 granted, 0 not (queue full or "
        "patience over), 2 granted on a new elastic instance. A grant makes the task ready at that instant and voids "
        "the patience; server and deadlines are the grantee's from then. A bucket gives a token (nothing to leave); "
        "with patience it books the next token within it and waits for it, or refuses at once.",
    ),
    Primitive(
        Op.WORK,
        ("station", "demand"),
        True,
        "Do `demand` [ns of one core at speed 1] on a processor-sharing station, or on the CPU of the elastic instance "
        "that the task occupies. 0 or less goes on at once. The departure is rounded up to the next nanosecond.",
    ),
    Primitive(
        Op.LEAVE,
        ("station", "key"),
        False,
        "Give back the last acquired server of `station` and `key`; the head of its queue is granted at this instant. "
        "Nothing held: nothing happens.",
    ),
    Primitive(
        Op.DRAW,
        ("dest", "table", "stream", "occurrence", "exogenous"),
        False,
        "dest := quantile table at the draw addressed by (seed, stream, person, tab, call ordinal, attempt, occurrence); "
        "an exogenous draw leaves call ordinal and attempt out. Call ordinal and attempt are task registers 0 and 1.",
    ),
    Primitive(Op.SET, ("dest", "fn", "a", "b"), False, "dest := a fn b, in int64. A KNOB dest changes a station now."),
    Primitive(Op.TEST, ("cmp", "a", "b", "target"), False, "Go to `target` when a cmp b holds, else on."),
    Primitive(Op.JUMP, ("target",), False, "Go to `target`."),
    Primitive(
        Op.SIGNAL,
        ("signal", "key", "value"),
        False,
        "Every task that awaits (`signal`, `key`) now becomes ready at this instant with `value`. Nothing is remembered.",
    ),
    Primitive(
        Op.AWAIT,
        ("dest", "signal", "key", "signal2", "key2"),
        True,
        "Wait until one of up to two (signal, key) pairs is sent; dest := its value. Test again on waking.",
    ),
    Primitive(
        Op.SPAWN,
        ("target", "group", "tab", "call", "leaving", "finally", "dest"),
        False,
        "A new task of the same person at `target`, ready at this instant, with a copy of the task registers; `tab` NONE "
        "keeps the tab. `call` 1 gives it a new call record (zeros), 0 shares the spawner's. It joins the spawner's "
        "`group`; `leaving` says whether it is cancelled or detached when the spawner is unwound, cancelled or ends. "
        "`finally` (row or NONE) is a block of non-blocking rows closed by END that runs however the task ends. "
        "dest := the child's ordinal, or NONE.",
    ),
    Primitive(
        Op.JOIN,
        ("dest", "group", "mode"),
        True,
        "Wait for the tasks of `group` by `mode`; dest := the status of the child that decided (ALL: the first failing, "
        "else the last to end; SETTLED: the last to end; FIRST: the first). An empty group goes on at once with status "
        "200. Afterwards the group is empty: under ALL and FIRST those still alive go by their own `leaving`.",
    ),
    Primitive(
        Op.DEADLINE,
        ("expiry", "leaving", "handler"),
        False,
        "Arm a deadline `expiry` [ns] from now on top of the task's stack. When it fires the task, wherever it waits, is "
        "taken out at once: children spawned since are cancelled or detached (`leaving`), what was acquired since is "
        "given back, inner deadlines are disarmed, it goes on at `handler` in that same turn. A wake-up of the task at "
        "the same instant beats its deadline.",
    ),
    Primitive(Op.DISARM, (), False, "Disarm the innermost deadline."),
    Primitive(
        Op.CANCEL,
        ("group",),
        False,
        "Cancel the living tasks of `group` whose leaving is cancel, detach the others; the group is empty then. A "
        "cancelled task is taken out where it waits, its children go by their leaving, its servers are given back, its "
        "finally block runs with own status -1.",
    ),
    Primitive(Op.ADD, ("meter", "key", "weight"), False, "Add `weight` to a meter now."),
    Primitive(
        Op.COUNT,
        ("series", "tag", "value"),
        False,
        "Record: a counter series adds 1 and `value` at (tag, time bin); a trend series adds `value` to its histogram of "
        "every window that holds now.",
    ),
    Primitive(
        Op.END,
        ("status",),
        False,
        "The task ends with `status`: children go by their leaving, servers are given back newest first, the finally "
        "block runs, the joining parent becomes ready. END inside a finally block closes the block.",
    ),
)

BY_OP: dict[Op, Primitive] = {primitive.op: primitive for primitive in PRIMITIVES}
WIDTH = 1 + max(len(primitive.fields) for primitive in PRIMITIVES)

ORDINAL_SLOT = 0
ATTEMPT_SLOT = 1
FIRST_FREE_SLOT = 2
"""Task registers 0 and 1 hold the call ordinal and the attempt, which address draws."""

TASK_SLOTS = 24
CALL_SLOTS = 40
GROUPS = 4
DEADLINES = 8
HOLDINGS = 8
"""Bounds of a task; the assembler refuses a program that needs more."""
ACTS_OF_A_TURN = 1_000_000
ACTS_OF_A_PERSON = 1_000
"""A task that acts more often in one turn loops, and so do all together that act more often at one instant than a task may in
a turn, and each person besides."""

FAILING_STATUS = 400
"""A status of 400 or more, or below 0 (cancelled, timed out), makes an ALL join go on at once."""
