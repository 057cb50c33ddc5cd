"""Queues, locks, elastic stations and buckets: who asked, who waits, who holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from eventlive_sim.engine.audit.findings import Checker, Findings, TaskId, knob_values, task_of
from eventlive_sim.engine.trace import Act, Row
from eventlive_sim.program.primitives import Knob, StationKind
from eventlive_sim.program.program import Program, StationSpec

_TAKEN_OUT = {Act.FIRE, Act.CANCEL}


@dataclass
class _Ask:
    number: int
    time_ns: int
    patience: int
    booked_ns: int = -1


@dataclass
class _Lane:
    """One key of a station: who waits in order of asking, since when who holds; the level of a bucket [token x ns]."""

    waiting: dict[TaskId, _Ask] = field(default_factory=dict)
    held: dict[TaskId, list[int]] = field(default_factory=dict)
    in_service: int = 0
    level: int = 0
    level_ns: int = 0


class StationChecker(Checker):
    """Checks asks, grants, refusals, renegings and leaves."""

    def __init__(self, program: Program, findings: Findings, rows: list[Row]) -> None:
        self.findings = findings
        self.specs = program.stations
        bounds = [_servers(program, at) for at in range(len(self.specs))]
        self.least, self.most = [least for least, _ in bounds], [most for _, most in bounds]
        self.lanes: dict[tuple[int, int], _Lane] = {}
        self.seers: dict[Act, Callable[..., None]] = {
            Act.ASK: self._ask, Act.GRANT: self._grant, Act.REFUSE: self._refuse, Act.RENEGE: self._renege,
            Act.LEAVE: self._leave,
        }  # fmt: skip
        self.answers = _answers(rows)
        self.touched: dict[tuple[int, int], None] = {}
        self.ended: dict[TaskId, None] = {}
        self.taken_out: set[TaskId] = set()
        self.asks: dict[TaskId, tuple[int, int]] = {}
        self.holds: Counter[TaskId] = Counter()
        self.patient: dict[int, list[tuple[TaskId, tuple[int, int], int]]] = {}

    def see(self, number: int, row: Row) -> None:
        """Look at a row."""
        act, who = Act(row.act), task_of(row)
        if act in _TAKEN_OUT:
            self.taken_out.add(who)
        if act in {Act.END, Act.CANCEL}:
            self.ended[who] = None
        if act in self.seers:
            spec = self.specs[row.station]
            address = (row.station, 0 if spec.kind is StationKind.ELASTIC else row.key)
            self.touched[address] = None
            lane = self.lanes.get(address)
            if lane is None:
                lane = self.lanes[address] = _Lane(level=spec.burst * spec.interval_ns)
            self.seers[act](number, who, spec, address, lane, row)
        if act not in {*_TAKEN_OUT, Act.RENEGE, Act.CUT, Act.LEAVE}:
            self.taken_out.discard(who)

    # ---------------------------------------------------------------- rows

    def _ask(
        self, number: int, who: TaskId, spec: StationSpec, address: tuple[int, int], lane: _Lane, row: Row
    ) -> None:
        ask = _Ask(number, row.time_ns, row.value)
        lane.waiting[who] = ask
        self.asks[who] = address
        if spec.kind is StationKind.BUCKET:
            self._book(spec, lane, ask)
        elif ask.patience > 0 and spec.kind is not StationKind.ELASTIC:
            self.patient.setdefault(row.time_ns + ask.patience, []).append((who, address, number))

    @staticmethod
    def _book(spec: StationSpec, lane: _Lane, ask: _Ask) -> None:
        """Take a token, now or later; -1 if it does not come within the patience."""
        full = spec.burst * spec.interval_ns
        lane.level = min(full, lane.level + ask.time_ns - lane.level_ns)
        lane.level_ns = ask.time_ns
        delay = max(0, spec.interval_ns - lane.level)
        if ask.patience < 0 or delay <= ask.patience:
            ask.booked_ns = ask.time_ns + delay
            lane.level -= spec.interval_ns

    def _grant(
        self, number: int, who: TaskId, spec: StationSpec, address: tuple[int, int], lane: _Lane, row: Row
    ) -> None:
        ask = lane.waiting.pop(who, None)
        if ask is None:
            self.findings.add("ghost-grant", row, "granted, but it does not wait here")
            ask = _Ask(number, row.time_ns, -1)
        elif spec.kind is StationKind.BUCKET:
            self._token(ask, row)
        else:
            self._in_order(ask, spec, lane, row)
        if spec.kind is StationKind.BUCKET:
            return
        lane.held.setdefault(who, []).append(ask.time_ns)
        lane.in_service += 1
        self.holds[who] += 1
        most = self.most[row.station]
        if most is not None and lane.in_service > most:
            rule = "lock-shared" if spec.kind is StationKind.LOCK else "over-capacity"
            self.findings.add(rule, row, f"{lane.in_service} in service, servers {most}")

    def _token(self, ask: _Ask, row: Row) -> None:
        if ask.booked_ns < 0 or row.time_ns < ask.booked_ns:
            self.findings.add(
                "token-early", row, f"its token comes at {ask.booked_ns} ns (-1: not within its patience)"
            )
        elif row.time_ns > ask.booked_ns:
            self.findings.add("token-late", row, f"its token came at {ask.booked_ns} ns")

    def _in_order(self, ask: _Ask, spec: StationSpec, lane: _Lane, row: Row) -> None:
        if spec.kind is StationKind.ELASTIC:
            if row.value == 1:
                ahead = [other for other in lane.waiting.values() if self.answers.get(other.number) == (Act.GRANT, 1)]
                self._none_ahead(ask, ahead, row)
        else:
            self._none_ahead(ask, list(lane.waiting.values()), row)
            waited = row.time_ns - ask.time_ns
            if 0 <= ask.patience < waited:
                self.findings.add("patience", row, f"granted after {waited} ns, its patience was {ask.patience}")

    def _none_ahead(self, ask: _Ask, others: list[_Ask], row: Row) -> None:
        ahead = [other for other in others if other.number < ask.number]
        if ahead:
            self.findings.add("grant-order", row, f"{len(ahead)} asked before and still wait")

    def _refuse(
        self, number: int, who: TaskId, spec: StationSpec, address: tuple[int, int], lane: _Lane, row: Row
    ) -> None:
        ask = lane.waiting.pop(who, None)
        if ask is None:
            self.findings.add("ghost-grant", row, "refused, but it does not wait here")
        elif spec.kind is StationKind.BUCKET:
            if ask.booked_ns >= 0:
                self.findings.add("token-late", row, f"refused, but a token comes at {ask.booked_ns} ns")
        elif spec.kind is not StationKind.ELASTIC:
            least = self.least[row.station]
            full = 0 <= spec.queue_limit <= len(lane.waiting)
            free = least is not None and lane.in_service < least and not lane.waiting
            if free or not (full or ask.patience == 0):
                self.findings.add("refused-while-free", row, f"{lane.in_service} in service, {len(lane.waiting)} wait")

    def _renege(
        self, number: int, who: TaskId, spec: StationSpec, address: tuple[int, int], lane: _Lane, row: Row
    ) -> None:
        ask = lane.waiting.pop(who, None)
        if ask is None:
            self.findings.add("ghost-renege", row, "it does not wait here")
            return
        waited = row.time_ns - ask.time_ns
        if row.value != waited:
            self.findings.add("time-value", row, f"it waited {waited} ns, not {row.value}")
        if who in self.taken_out:
            return
        if spec.kind is StationKind.BUCKET or waited != ask.patience:
            self.findings.add("patience", row, f"it gave up after {waited} ns, its patience was {ask.patience}")

    def _leave(
        self, number: int, who: TaskId, spec: StationSpec, address: tuple[int, int], lane: _Lane, row: Row
    ) -> None:
        held = lane.held.get(who)
        if not held:
            self.findings.add("ghost-leave", row, "it holds nothing here")
            return
        inside = row.time_ns - held.pop()
        lane.in_service -= 1
        self.holds[who] -= 1
        if row.value != inside:
            self.findings.add("time-value", row, f"it was inside {inside} ns, not {row.value}")

    # ---------------------------------------------------------------- instants

    def close(self, now: int, after: int) -> None:
        """Look at what is left between instants."""
        for address in self.touched:
            self._idle(now, address, self.lanes[address])
        self.touched.clear()
        for who in self.ended:
            self._kept(now, who)
        self.ended.clear()
        self.taken_out.clear()
        for due_ns in sorted(time for time in self.patient if time < after):
            for who, address, number in self.patient.pop(due_ns):
                ask = self.lanes[address].waiting.get(who)
                if ask is not None and ask.number == number:
                    self.findings.note("patience", due_ns, who, address[0], "its patience ended, it still waits")

    def _idle(self, now: int, address: tuple[int, int], lane: _Lane) -> None:
        station, key = address
        least = self.least[station]
        if lane.waiting and least is not None and lane.in_service < least:
            who = next(iter(lane.waiting))
            text = f"key {key}: {lane.in_service} in service, servers {least}, {len(lane.waiting)} wait"
            self.findings.note("idle-server", now, who, station, text)
        for who, ask in lane.waiting.items():
            if 0 <= ask.booked_ns <= now:
                self.findings.note("token-late", now, who, station, f"its token came at {ask.booked_ns} ns")

    def _kept(self, now: int, who: TaskId) -> None:
        if self.holds[who]:
            stations = [address[0] for address, lane in self.lanes.items() if lane.held.get(who)]
            self.findings.note("lost-server", now, who, stations[0], f"it ended and holds at stations {stations}")
        address = self.asks.get(who)
        if address is not None and self.lanes[address].waiting.pop(who, None) is not None:
            self.findings.note("lost-server", now, who, address[0], "it ended and still waits here")


def _servers(program: Program, station: int) -> tuple[int | None, int | None]:
    """Least and most servers a key over the run, None where that is not known or has no bound."""
    spec = program.stations[station]
    if spec.kind is StationKind.ELASTIC:
        return None, spec.instances_max * spec.concurrency
    if spec.kind not in {StationKind.FIFO, StationKind.LOCK}:
        return None, None
    set_to = knob_values(program, station, Knob.SERVERS)
    if set_to is None:
        return None, None
    return min([spec.servers, *set_to]), max([spec.servers, *set_to])


def _answers(rows: list[Row]) -> dict[int, tuple[int, int]]:
    """What became of each ask, by the number of its row: act and value."""
    answers: dict[int, tuple[int, int]] = {}
    asked: dict[TaskId, int] = {}
    for number, row in enumerate(rows):
        if row.act == Act.ASK:
            asked[task_of(row)] = number
        elif row.act in {Act.GRANT, Act.REFUSE, Act.RENEGE} and task_of(row) in asked:
            answers[asked.pop(task_of(row))] = (row.act, row.value)
    return answers
