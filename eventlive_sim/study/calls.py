"""Calls as a trace tells them: each with its queries, in the order in which they were answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from eventlive_sim.engine.trace import Act, Row, Trace
from eventlive_sim.model.design import Design, walk_steps
from eventlive_sim.model.steps import Rpc
from eventlive_sim.program.program import Program
from eventlive_sim.units import milliseconds

WRITES = frozenset({"insert", "upsert", "update", "delete"})
"""Kinds of steps, and of statements of a function in the database, that write."""
_ENTRY = "endpoint "
_READ = frozenset({Act.SPAWN, Act.START, Act.COUNT, Act.END})
"""Acts that tell of calls."""
_Task = tuple[int, int, int]
"""Person, tab, ordinal."""


@dataclass(frozen=True)
class Query:
    """A query of a call.

    Attributes
    ----------
    tags : dict
        Those of the metric ``queries``: endpoint, step, service, status, code.
    at_ns : int
        When it was answered.
    began, ended : int
        Rows of the trace: it was not asked before the one, and answered at the other.
    writes : bool
        Whether its step writes.
    """

    tags: Mapping[str, str]
    at_ns: int
    began: int
    ended: int
    writes: bool

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Whether it has these tags."""
        return tags.items() <= self.tags.items()


@dataclass
class Call:
    """A call that reached its endpoint, with what its handler asked."""

    endpoint: str
    person: int
    began_ns: int
    queries: list[Query] = field(default_factory=list)
    status: int | None = None
    """What the handler answered; None if it had not by the end of the event."""

    def following(self, after: Query) -> list[Query]:
        """Queries that were asked once another was answered: what ran beside it meanwhile does not follow."""
        return [query for query in self.queries if query.began >= after.ended]

    def __str__(self) -> str:
        """Listing: when each query was answered, its step and what it came to."""
        lines = [f"{self.endpoint}, person {self.person}, at {milliseconds(self.began_ns) / 1e3:,.3f} s"]
        for query in self.queries:
            tags = query.tags
            told = f"{tags['status']} {tags['code']}".strip()
            kind = "writes" if query.writes else "reads" if tags["service"] == "rest" else tags["service"]
            after = milliseconds(query.at_ns - self.began_ns)
            lines.append(f"  {after:>10,.1f} ms  {tags['step']:<18} {kind:<7} {told}")
        return "\n".join([*lines, f"  answered {'not yet' if self.status is None else self.status}"])


def writing_steps(design: Design) -> frozenset[tuple[str, str]]:
    """Endpoint and name of each step that writes."""
    return frozenset(
        (name, step_name)
        for name, endpoint in design.endpoints.items()
        for _, step_name, step in walk_steps(dict(endpoint.steps))
        if step.KIND in WRITES
        or (isinstance(step, Rpc) and any(inner.KIND in WRITES for inner in step.statements.values()))
    )


def calls_of(program: Program, trace: Trace, design: Design) -> list[Call]:
    """Calls of those who were traced, in the order in which they began.

    A handler is one task; branches of a step that runs several at once are tasks of their own, and belong to its call.
    """
    reader = _Reader(program, writing_steps(design))
    reader.read(Row(*(int(value) for value in row)) for row in trace.rows if row[1] in _READ)
    return reader.calls


class _Reader:
    """Reads a trace row by row: which task belongs to which call, and what it last did."""

    def __init__(self, program: Program, writing: frozenset[tuple[str, str]]) -> None:
        self.program, self.writing = program, writing
        entries = [(name, place) for name, place in program.entries.items() if name.startswith(_ENTRY)]
        self.starts = {first: name.removeprefix(_ENTRY) for name, (first, _) in entries}
        self.calls: list[Call] = []
        self.call_of: dict[_Task, Call] = {}
        self.parents: dict[_Task, _Task] = {}
        self.last: dict[_Task, int] = {}

    def read(self, rows: Iterable[Row]) -> None:
        """Take every row."""
        for number, row in enumerate(rows):
            task = (row.person, row.tab, row.ordinal)
            match Act(row.act):
                case Act.SPAWN if task in self.call_of:
                    self.parents[row.person, row.tab, row.value] = task
                case Act.START:
                    self._start(number, row, task)
                case Act.COUNT if task in self.call_of:
                    self._count(number, row, task)
                case Act.END if task in self.call_of:
                    self._end(number, row, task)

    def _start(self, number: int, row: Row, task: _Task) -> None:
        if row.row in self.starts:
            self.call_of[task] = Call(self.starts[row.row], row.person, row.time_ns)
            self.calls.append(self.call_of[task])
        elif task in self.parents:
            self.call_of[task] = self.call_of[self.parents[task]]
        self.last[task] = number

    def _count(self, number: int, row: Row, task: _Task) -> None:
        series = self.program.series[row.station]
        if series.metric != "queries":
            return
        tags = {**dict(series.tags), "status": str(row.key)}
        writes = (tags["endpoint"], tags["step"]) in self.writing
        self.call_of[task].queries.append(Query(tags, row.time_ns, self.last[task], number, writes))
        self.last[task] = number

    def _end(self, number: int, row: Row, task: _Task) -> None:
        call = self.call_of.pop(task)
        parent = self.parents.pop(task, None)
        if parent is None:
            call.status = row.value
        elif parent in self.last:
            # What comes after the branches were joined was asked after the last of them.
            self.last[parent] = max(self.last[parent], number)
        self.last.pop(task, None)
