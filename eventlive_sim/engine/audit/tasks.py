"""Lives of tasks: starts, waits, deadlines, signals, joins, ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from eventlive_sim.engine.audit.findings import Checker, Findings, TaskId, task_of
from eventlive_sim.engine.trace import Act, Row
from eventlive_sim.program.primitives import FAILING_STATUS, NONE, JoinMode, Op, Space, StationKind, index_of, space_of
from eventlive_sim.program.program import Program

_AFTER_END = {Act.LEAVE, Act.RENEGE, Act.CUT, Act.COUNT, Act.SIGNAL}
_UNBLOCKING = {
    "hold": {Act.WAKE}, "await": {Act.WAKE}, "ask": {Act.GRANT, Act.REFUSE, Act.RENEGE}, "work": {Act.DEPART, Act.CUT},
}  # fmt: skip
_BEGINS_WAIT = {Act.HOLD: "hold", Act.ASK: "ask", Act.WORK: "work", Act.AWAIT: "await"}
_FROM_OUTSIDE = {Act.FIRE, Act.CANCEL, Act.DISMISS}


@dataclass
class _Armed:
    expiry_ns: int
    handler: int
    row_number: int


@dataclass
class _Group:
    alive: set[TaskId] = field(default_factory=set)
    ended: list[tuple[TaskId, int]] = field(default_factory=list)
    unsure: bool = False
    """Whether a deadline took some of the ended: an engine need not remember what the others answered."""


@dataclass
class _Life:
    started: bool = False
    ended_ns: int = -1
    finally_row: int = NONE
    waits: str = ""
    due_ns: int = -1
    signals: tuple[tuple[int, int], ...] = ()
    woken: list[int] = field(default_factory=list)
    armed: list[_Armed] = field(default_factory=list)
    held: list[tuple[int, int, int]] = field(default_factory=list)
    unwinds_to: int = -1
    parent: TaskId | None = None
    group: int = -1
    groups: dict[int, _Group] = field(default_factory=dict)
    spawned_at: int = -1


class TaskChecker(Checker):
    """Checks the life of every task."""

    def __init__(self, program: Program, findings: Findings) -> None:
        self.program = program
        self.findings = findings
        self.code: list[list[int]] = program.code.tolist()
        self.lives: dict[TaskId, _Life] = {(person, 0): _Life() for person in range(program.people)}
        self.cancelling = {fields[0] for op, *fields in self.code if op == Op.CANCEL}
        self.due: list[tuple[int, TaskId]] = []
        self.seers: dict[Act, Callable[[int, TaskId, _Life, Row], None]] = {
            Act.SPAWN: self._spawn, Act.END: self._end, Act.CANCEL: self._end, Act.DISMISS: self._dismiss,
            Act.JOIN: self._join, Act.ARM: self._arm, Act.DISARM: self._disarm, Act.FIRE: self._fire,
            Act.SIGNAL: self._signal, Act.GRANT: self._grant, Act.LEAVE: self._leave,
        }  # fmt: skip
        self.touched: dict[TaskId, None] = dict.fromkeys(self.lives)
        self.awaiting: dict[TaskId, _Life] = {}
        self.signalled: dict[TaskId, _Life] = {}
        """Those whom a signal of this instant wakes for sure; the key of a second signal is not in a trace."""
        self.buckets = {at for at, spec in enumerate(program.stations) if spec.kind is StationKind.BUCKET}
        self.elastic = {at for at, spec in enumerate(program.stations) if spec.kind is StationKind.ELASTIC}

    # ---------------------------------------------------------------- rows

    def see(self, number: int, row: Row) -> None:
        """Look at a row."""
        act, who = Act(row.act), task_of(row)
        life = self.lives.get(who)
        if life is None:
            self.findings.add("start-without-spawn", row, f"{act.name.lower()} of a task that nobody spawned")
            life = self.lives[who] = _Life(started=True)
        self.touched[who] = None
        if life.ended_ns >= 0:
            self._after_end(life, act, row)
        elif act is Act.START:
            self._start(life, row)
        elif not life.started and act not in _FROM_OUTSIDE:
            self.findings.add("act-before-start", row, act.name.lower())
        self._unwinding(life, act, row)
        self._waiting(life, act, row)
        seer = self.seers.get(act)
        if seer is not None:
            seer(number, who, life, row)

    def _start(self, life: _Life, row: Row) -> None:
        if life.started:
            self.findings.add("start-twice", row, "it had started")
        life.started = True

    def _after_end(self, life: _Life, act: Act, row: Row) -> None:
        if act in {Act.END, Act.CANCEL}:
            self.findings.add("double-end", row, f"it ended at {life.ended_ns} ns")
        elif act not in _AFTER_END or row.time_ns != life.ended_ns:
            self.findings.add("act-after-end", row, f"{act.name.lower()}, but it ended at {life.ended_ns} ns")
        elif act in {Act.COUNT, Act.SIGNAL} and life.finally_row == NONE:
            self.findings.add("act-after-end", row, f"{act.name.lower()}, but it has no finally block")

    def _unwinding(self, life: _Life, act: Act, row: Row) -> None:
        """While a deadline unwinds: give back newest first down to what was held when it was armed."""
        if life.unwinds_to < 0 or act in {Act.RENEGE, Act.CUT, Act.DISMISS}:
            return
        kept = sum(1 for _, _, number in life.held if number < life.unwinds_to)
        if act is Act.LEAVE and len(life.held) > kept:
            if life.held[-1][:2] != (row.station, row.key):
                self.findings.add("unwind-order", row, f"the newest is station {life.held[-1][0]}")
            return
        if len(life.held) > kept:
            self.findings.add("not-unwound", row, f"it still holds station {life.held[-1][0]}")
        life.unwinds_to = -1

    def _waiting(self, life: _Life, act: Act, row: Row) -> None:
        if life.waits and act in _UNBLOCKING[life.waits]:
            if act is Act.WAKE and life.waits == "hold" and row.time_ns != life.due_ns:
                self.findings.add("hold-time", row, f"it was due at {life.due_ns} ns")
            if act is Act.WAKE and life.waits == "await":
                self._woken(life, row)
            life.waits = ""
        elif act is Act.WAKE:
            self.findings.add("hold-time", row, "it wakes but did not wait")
        elif life.waits and act not in _FROM_OUTSIDE:
            self.findings.add("acts-while-waiting", row, f"{act.name.lower()} while it waits ({life.waits})")
            life.waits = ""
        elif life.waits in {"hold", "await"} and act in {Act.FIRE, Act.CANCEL}:
            life.waits = ""
        if act in _BEGINS_WAIT:
            life.waits = _BEGINS_WAIT[act]
            life.woken = []
        if act is Act.HOLD:
            life.due_ns = row.time_ns + row.value
            heappush(self.due, (life.due_ns, task_of(row)))
        if act is Act.AWAIT:
            second = ((row.value, -1),) if row.value >= 0 else ()
            life.signals = ((row.station, row.key), *second)
            life.due_ns = -1
            self.awaiting[task_of(row)] = life
            self.signalled.pop(task_of(row), None)
        elif life.waits != "await":
            self.awaiting.pop(task_of(row), None)

    def _woken(self, life: _Life, row: Row) -> None:
        if not life.woken or life.due_ns != row.time_ns:
            self.findings.add("signal-ghost", row, "no signal that it awaits was sent at this instant")
        elif row.value not in life.woken:
            self.findings.add("signal-ghost", row, f"it woke with {row.value}, sent was {life.woken}")

    def _signal(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        for name, other in self.awaiting.items():
            if other.waits != "await" or not any(
                signal == row.station and key in {row.key, -1} for signal, key in other.signals
            ):
                continue
            if other.due_ns != row.time_ns:
                other.due_ns, other.woken = row.time_ns, []
            other.woken.append(row.value)
            if (row.station, row.key) in other.signals:
                self.signalled[name] = other

    # ---------------------------------------------------------------- spawns, ends, joins

    def _spawn(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        child = (row.person, row.value)
        if child in self.lives:
            self.findings.add("start-twice", row, f"task {row.value} was there before")
        group = life.groups.setdefault(row.key, _Group())
        group.alive.add(child)
        self.lives[child] = _Life(finally_row=self.code[row.row][6], parent=who, group=row.key, spawned_at=number)
        self.touched[child] = None

    def _leave_parent(self, who: TaskId, life: _Life, status: int | None) -> None:
        parent = None if life.parent is None else self.lives[life.parent]
        group = None if parent is None else parent.groups.get(life.group)
        if group is not None and who in group.alive:
            group.alive.discard(who)
            if status is not None:
                group.ended.append((who, status))
        life.parent = None

    def _end(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        self._leave_parent(who, life, row.value if row.act == Act.END else None)
        life.waits = life.waits if life.waits in {"ask", "work"} and row.act == Act.CANCEL else ""
        life.armed.clear()
        if life.ended_ns < 0:
            life.ended_ns = row.time_ns

    def _dismiss(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        self._leave_parent(who, life, None)

    def _join(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        group = life.groups.pop(row.key, _Group())
        mode = JoinMode(self.code[row.row][3])
        statuses = [status for _, status in group.ended]
        failing = [status for status in statuses if status >= FAILING_STATUS or status < 0]
        ready = not group.alive or (mode is JoinMode.FIRST and statuses) or (mode is JoinMode.ALL and failing)
        if not ready:
            self.findings.add("join-early", row, f"{len(group.alive)} children of group {row.key} are alive")
            return
        if not statuses:
            expected = 200
        elif mode is JoinMode.FIRST:
            expected = statuses[0]
        else:
            expected = failing[0] if failing and mode is JoinMode.ALL else statuses[-1]
        if row.value != expected and not group.unsure and row.key not in self.cancelling:
            self.findings.add("join-status", row, f"it answers {row.value}, not {expected}")

    # ---------------------------------------------------------------- deadlines

    def _arm(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        _, expiry, _, handler, *_ = self.code[row.row]
        if space_of(expiry) is Space.CONSTANT:
            wanted = row.time_ns + max(0, int(self.program.constants[index_of(expiry)]))
            if row.value != wanted:
                self.findings.add("deadline-time", row, f"armed for {row.value} ns, not for {wanted}")
        life.armed.append(_Armed(row.value, handler, number))
        heappush(self.due, (row.value, who))

    def _disarm(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        if not life.armed or life.armed[-1].expiry_ns != row.value:
            self.findings.add(
                "deadline-disarm", row, f"the innermost of {len(life.armed)} is not due at {row.value} ns"
            )
        if life.armed:
            life.armed.pop()

    def _fire(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        at = next((at for at, armed in enumerate(life.armed) if armed.expiry_ns == row.time_ns), None)
        if at is None or life.armed[at].handler != row.value:
            when = [armed.expiry_ns for armed in life.armed]
            self.findings.add("deadline-time", row, f"it fires at {row.time_ns} ns, armed are {when}")
            at = next((at for at, armed in enumerate(life.armed) if armed.handler == row.value), None)
        if at is None:
            return
        since = life.armed[at].row_number
        del life.armed[at:]
        life.unwinds_to = since
        for group in life.groups.values():
            kept = [(child, status) for child, status in group.ended if self.lives[child].spawned_at < since]
            group.unsure = group.unsure or 0 < len(kept) < len(group.ended)
            group.ended = kept

    # ---------------------------------------------------------------- holdings, as far as unwinding needs them

    def _grant(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        if row.station not in self.buckets:
            life.held.append((row.station, 0 if row.station in self.elastic else row.key, number))

    def _leave(self, number: int, who: TaskId, life: _Life, row: Row) -> None:
        for at in range(len(life.held) - 1, -1, -1):
            if life.held[at][:2] == (row.station, row.key):
                del life.held[at]
                return

    # ---------------------------------------------------------------- instants

    def close(self, now: int, after: int) -> None:
        """Look at what was due by now and what the touched tasks are left with."""
        for who in self.touched:
            self._settled(now, who, self.lives[who])
        self.touched.clear()
        for who, life in self.signalled.items():
            if life.waits == "await" and life.woken and life.ended_ns < 0:
                self.findings.note("signal-missed", now, who, -1, "a signal that it awaits was sent, it still waits")
        self.signalled.clear()
        self._overdue(after)

    def _settled(self, now: int, who: TaskId, life: _Life) -> None:
        if life.unwinds_to >= 0 and any(number > life.unwinds_to for _, _, number in life.held):
            self.findings.note("not-unwound", now, who, life.held[-1][0], "a deadline fired, it still holds")
        life.unwinds_to = -1
        if life.ended_ns >= 0:
            return
        if not life.started:
            self.findings.note("start-missing", now, who, -1, "it was spawned but does not start")
            life.started = True
        elif not life.waits and not any(group.alive for group in life.groups.values()):
            self.findings.note("lost-wake", now, who, -1, "it neither waits nor ends, and has no child to join")

    def _overdue(self, after: int) -> None:
        while self.due and self.due[0][0] < after:
            due_ns, who = heappop(self.due)
            life = self.lives[who]
            if life.ended_ns >= 0:
                continue
            missed = [armed for armed in life.armed if armed.expiry_ns == due_ns]
            if missed:
                self.findings.note("deadline-missed", due_ns, who, -1, "it was armed and due, but did not fire")
                life.armed = [armed for armed in life.armed if armed.expiry_ns != due_ns]
            if life.waits == "hold" and life.due_ns == due_ns:
                self.findings.note("hold-time", due_ns, who, -1, "it was due but did not wake")
                life.due_ns = -1
