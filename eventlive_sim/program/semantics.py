"""The meaning of programs as a page, written from the tables that the engines read: ``docs/semantics.md``."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from enum import IntEnum

from eventlive_sim.program import primitives
from eventlive_sim.program.primitives import (
    PRIMITIVES,
    Cmp,
    Fn,
    Gauge,
    JoinMode,
    Knob,
    Leaving,
    MeterRead,
    MeterWindow,
    Self,
    Space,
    StationKind,
)
from eventlive_sim.program.program import Population, SeriesSpec, SharedRegister, SignalSpec, StationSpec, Window

REMAKE = "EVENTLIVE_REGENERATE=1 pytest tests/program/test_semantics.py"

STATIONS: dict[StationKind, str] = {
    StationKind.FIFO: "A queue in order of arrival before `servers` servers; with `keys`, so many queues that share "
    "nothing. A server is held from the grant to `leave`.",
    StationKind.SHARING: "Processor sharing: n active jobs each run at speed x e(n) x min(1, cores / n). No queue.",
    StationKind.LOCK: "A FIFO station by another name: one server a key unless said otherwise, figures in one total.",
    StationKind.BUCKET: "Tokens, one every `interval_ns`, at most `burst` at once, full at time 0. A grant takes one; "
    "nothing is given back. Later tokens can be booked, in order of arrival.",
    StationKind.METER: "Remembers weights that were added, within its window, by key. Nobody waits here.",
    StationKind.ELASTIC: "Instances that start on demand (a cold start each), hold up to `concurrency` tasks, own a "
    "processor-sharing CPU, and retire when idle. Who finds no room waits in order of arrival.",
}
SPACES: dict[Space, str] = {
    Space.CONSTANT: "a number of the constant pool",
    Space.TASK: "a register of the task; 0 is the call ordinal, 1 the attempt; copied at `spawn`",
    Space.CALL: "a register of the task's call record, which tasks of one call share",
    Space.TAB: "a register of the task's tab",
    Space.PERSON: "a register of the task's person",
    Space.SHARED: "a register of the world, by key: table rows, channels, webinars",
    Space.NOW: "the time now [ns]",
    Space.STATUS: "the task's own status, in its finally block; -1: cancelled",
    Space.METER: "a reading of a meter, by key",
    Space.GAUGE: "a reading of a station, by key",
    Space.SELF: "what the task is",
    Space.KNOB: "only as a dest: a setting of a station",
}
GAUGES: dict[Gauge, str] = {
    Gauge.INSIDE: "tasks that wait or are in service",
    Gauge.WAITING: "tasks that wait",
    Gauge.IN_SERVICE: "tasks in service; SHARING: active jobs",
    Gauge.BUSY_INTEGRAL: "time integral of servers held; SHARING: of thousandths of a core busy",
    Gauge.SERVERS: "servers now; SHARING: thousandths of a core",
    Gauge.SPEED: "millionths of a reference core",
    Gauge.INSTANCES: "ELASTIC: instances alive, those that start included",
}
RULES: tuple[str, ...] = (
    "Events are ordered by (time, rank of the person, tab, ordinal of the task, kind). Ranks: entities of the world by "
    "their ids, then people in a permutation that the seed decides. Kind: a wake (0) comes before the task's own "
    "deadline (1). No event carries a number of its creation.",
    "A task acts until it blocks. What it makes ready at this instant acts in its own turn, at this instant.",
    "A grant makes the task ready and voids its patience. Server and deadlines are the grantee's from the grant on: if "
    "a deadline is due at that same instant, the wake comes first.",
    "A deadline that fires acts at once, in its turn: it takes the task out of where it waits, sends its children off, "
    "gives back what was acquired since it was armed (newest first), disarms inner deadlines and goes on at its handler. "
    "Outer deadlines stay armed.",
    "The departure of a job is rounded up to the next nanosecond. Departures of one station within one nanosecond go in "
    "the order of their exact times, then of the key above; each is planned as the one before it has gone, so the own "
    "deadline of a job that still waits for its turn may come first.",
    "Whoever awaits tests again on waking.",
    "Time is int64 nanoseconds; arithmetic of `set` is int64; floor division by zero gives 0.",
    "Too many acts at one instant are an error, not an endless loop.",
)
_BOUNDS = ("TASK_SLOTS", "CALL_SLOTS", "GROUPS", "DEADLINES", "HOLDINGS", "FAILING_STATUS")


def render() -> str:
    """Text of ``docs/semantics.md``.

    Examples
    --------
    >>> render().splitlines()[0]
    '# What a program means'
    """
    return "\n".join(line.rstrip() for line in _lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield from ("# What a program means", "")
    yield from textwrap.wrap(
        "A design and a scenario are lowered to a program: rows of the primitives below over the stations below. Every "
        "engine runs these rows and nothing else. This page is written from the tables that the engines read "
        f"(`eventlive_sim/program/primitives.py`); to write it anew: `{REMAKE}`.",
        width=110,
    )
    yield from ("", "## Order of events at one instant", "")
    for number, rule in enumerate(RULES, start=1):
        yield from textwrap.wrap(f"{number}. {rule}", width=110, subsequent_indent="   ")
    yield from _primitives()
    yield from _choices()
    yield from _stations()
    yield from _operands()
    yield from _tables()
    yield from ("", "## Bounds", "", "| bound | value |", "|---|---|")
    for name in _BOUNDS:
        yield f"| {name} | {getattr(primitives, name)} |"


def _primitives() -> Iterator[str]:
    yield from ("", "## Primitives", "", "A row is an op number and up to seven fields, all int64.")
    for primitive in PRIMITIVES:
        blocks = "; may block" if primitive.blocks else ""
        inside = ", ".join(f"`{name}`" for name in primitive.fields) or "no fields"
        yield from ("", f"### {primitive.name}", "", f"op {int(primitive.op)}; {inside}{blocks}", "")
        yield from textwrap.wrap(primitive.effect, width=110)


def _choices() -> Iterator[str]:
    yield from ("", "## Modes of primitives")
    for kind in (Fn, Cmp, JoinMode, Leaving):
        yield from ("", f"**{kind.__name__}** ({_members(kind)}). {_doc(kind)}")


def _stations() -> Iterator[str]:
    yield from ("", "## Stations", "", "| kind | what it is |", "|---|---|")
    for station, text in STATIONS.items():
        yield f"| {station.name} | {text} |"
    yield from ("", "Fields of a station:", "", "| field | default | meaning |", "|---|---|---|")
    yield from _field_rows(StationSpec)
    yield from ("", f"**{MeterWindow.__name__}** ({_members(MeterWindow)}). {_doc(MeterWindow)}")
    yield from ("", f"**{Knob.__name__}** ({_members(Knob)}). {_doc(Knob)}")


def _operands() -> Iterator[str]:
    yield from ("", "## Operands", "", "| space | value |", "|---|---|")
    for space, text in SPACES.items():
        yield f"| {space.name} | {text} |"
    yield from ("", f"**{Gauge.__name__}.** {_doc(Gauge)}", "", "| gauge | value |", "|---|---|")
    for gauge, text in GAUGES.items():
        yield f"| {gauge.name} | {text} |"
    for kind in (MeterRead, Self):
        yield from ("", f"**{kind.__name__}** ({_members(kind)}). {_doc(kind)}")


def _tables() -> Iterator[str]:
    yield from ("", "## Other tables of a program")
    for table in (Population, SharedRegister, SignalSpec, SeriesSpec, Window):
        names = ", ".join(f"`{item.name}`" for item in fields(table))
        yield from ("", f"**{table.__name__}** ({names}). {_doc(table)}")


def _members(kind: type[IntEnum]) -> str:
    return ", ".join(f"{member.name} {int(member)}" for member in kind)


def _doc(thing: type) -> str:
    """Docstring on one line, with the code marks of Markdown."""
    text = inspect.getdoc(thing) or ""
    return " ".join(text.replace("``", "`").split())


def _field_rows(table: type[StationSpec]) -> Iterator[str]:
    texts = _attribute_texts(inspect.getdoc(table) or "")
    for item in fields(table):
        default = "" if item.name in {"name", "kind"} else f"`{_plain(item.default)}`"
        yield f"| {item.name} | {default} | {texts.get(item.name, 'see the field before')} |"


def _plain(value: object) -> str:
    return value.name if isinstance(value, IntEnum) else str(value)


def _attribute_texts(doc: str) -> dict[str, str]:
    """Texts of the attributes in a NumPy docstring; ``a, b : int`` gives both the same."""
    texts: dict[str, str] = {}
    names: list[str] = []
    for line in doc.split("----------\n", 1)[1].splitlines():
        head = re.fullmatch(r"(\w+(?:, \w+)*) : .+", line)
        if head:
            names = head.group(1).split(", ")
        elif names and line.strip():
            for name in names:
                texts[name] = f"{texts.get(name, '')} {line.strip().replace('``', '`')}".strip()
    return texts
