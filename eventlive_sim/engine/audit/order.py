"""Order at one instant, of what was due before that instant began."""

from __future__ import annotations

from eventlive_sim.engine.audit.findings import Checker, Findings, TaskId, task_of
from eventlive_sim.engine.trace import Act, Row
from eventlive_sim.program.program import Program

Key = tuple[int, int, int, int]


class OrderChecker(Checker):
    """Checks that ends of holds and firings of deadlines act by (rank, tab, ordinal, kind).

    What was in the calendar before an instant acts in that order, whatever is made ready at the instant. The ranks are
    read off the first acts of all persons at time 0; world entities must come first there, by their ids.
    """

    def __init__(self, program: Program, findings: Findings) -> None:
        self.findings = findings
        self.world = _world(program)
        self.ranks: dict[int, int] = {}
        self.holds: dict[TaskId, int] = {}
        self.armed: dict[TaskId, list[tuple[int, int]]] = {}
        self.last: Key = (-1, 0, 0, 0)
        self.now = -1

    def see(self, number: int, row: Row) -> None:
        """Look at a row."""
        who = task_of(row)
        if row.time_ns != self.now:
            self.now, self.last = row.time_ns, (-1, 0, 0, 0)
        if row.act == Act.START and row.ordinal == 0:
            self._start(row)
        elif row.act == Act.HOLD:
            self.holds[who] = row.time_ns
        elif row.act == Act.ARM:
            self.armed.setdefault(who, []).append((row.value, row.time_ns))
        elif row.act == Act.DISARM and self.armed.get(who):
            self.armed[who].pop()
        elif row.act == Act.WAKE and self.holds.pop(who, row.time_ns) < row.time_ns:
            self._due(row, 0)
        elif row.act == Act.FIRE:
            self.holds.pop(who, None)
            self._fire(who, row)

    def _start(self, row: Row) -> None:
        expected = self.world[len(self.ranks)] if len(self.ranks) < len(self.world) else row.person
        if row.person != expected or (len(self.ranks) >= len(self.world) and row.person in self.world):
            self.findings.add("rank-order", row, f"entity {expected} of the world comes first")
        self.ranks.setdefault(row.person, len(self.ranks))

    def _fire(self, who: TaskId, row: Row) -> None:
        """The outermost that is due takes the inner ones along; who armed it at this very instant has no place yet."""
        armed = self.armed.get(who, [])
        at = next((at for at, (expiry_ns, _) in enumerate(armed) if expiry_ns == row.time_ns), None)
        if at is not None:
            if armed[at][1] < row.time_ns:
                self._due(row, 1)
            del armed[at:]

    def _due(self, row: Row, kind: int) -> None:
        key = (self.ranks.get(row.person, 0), row.tab, row.ordinal, kind)
        if key < self.last:
            self.findings.add("rank-order", row, f"(rank, tab, task, kind) {key} acts after {self.last}")
        self.last = max(self.last, key)


def _world(program: Program) -> list[int]:
    """Ids of the entities of the world, in order."""
    ids: list[int] = []
    first = 0
    for population in program.populations:
        if population.world:
            ids.extend(range(first, first + population.count))
        first += population.count
    return ids
