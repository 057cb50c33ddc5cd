"""Circuit breakers: a state for each key, meters over the window, and the rows before and after an attempt.

While the window reaches back beyond the last closing, what has come since then stands in registers; afterwards the meters
hold nothing older, and are read. So a breaker that closes begins with an empty window.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlive_sim.model.policies import Breaker
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.answers import go_if_answer
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.policies import keys_of
from eventlive_sim.program.primitives import ATTEMPT_SLOT, NONE, Cmp, Fn, MeterRead, MeterWindow, Space, StationKind
from eventlive_sim.program.primitives import operand as operand_of
from eventlive_sim.program.program import StationSpec

CLOSED, OPEN, HALF_OPEN = range(3)
_STATES = {CLOSED: "closed", OPEN: "open", HALF_OPEN: "half_open"}
_COUNTS = ("results", "failed", "slow")
_REGISTERS = ("state", "since", "until", "left", *_COUNTS)
_MILLION = 1_000_000
TRIAL = "trial"
"""Task register: whether the attempt under way is a trial of a half-open breaker."""


@dataclass(frozen=True)
class BreakerParts:
    """A breaker: shared registers by what they hold, and its meters.

    Registers, each by key: ``state``; ``since``, when it closed; ``until``, how long it stays open; ``left``, trials that
    may still begin; ``results``, ``failed``, ``slow``: what has come since the state began.
    """

    low: Lowering = field(repr=False)
    spec: Breaker
    name: str
    client: str
    endpoint: str
    registers: dict[str, int]
    failures: int
    slowness: int

    @classmethod
    def of(
        cls, low: Lowering, spec: Breaker, name: str, *, client: str, endpoint: str, patience_ns: int | None
    ) -> BreakerParts:
        """Breaker with its registers; slow calls are watched where a caller is patient enough to have one."""
        asm, (keys, _) = low.asm, keys_of(low, spec.per)
        registers = {what: asm.register(f"breaker {name} {what}", keys) for what in _REGISTERS}
        window = (
            {"window": MeterWindow.SLIDING, "length_ns": spec.sliding_window_time or 0}
            if spec.window_calls is None
            else {"window": MeterWindow.LAST, "size": spec.window_calls}
        )
        meters = [
            asm.station(StationSpec(f"breaker.{name}.{what}", StationKind.METER, keys=keys, recorded=False, **window))  # type: ignore[arg-type]
            for what in ("failures", "slowness")
            if what == "failures" or patience_ns is None or patience_ns > spec.slow_call_duration_threshold
        ]
        slowness = meters[1] if len(meters) > 1 else NONE
        return cls(low, spec, name, client, endpoint, registers, meters[0], slowness)

    def _register(self, what: str) -> int:
        return self.low.asm.shared(self.registers[what], keys_of(self.low, self.spec.per)[1])

    def _become(self, state: int) -> None:
        asm = self.low.asm
        asm.copy(self._register("state"), asm.const(state))
        for what in _COUNTS:
            asm.copy(self._register(what), asm.const(0))
        asm.count(asm.series("breaker_changes", to=_STATES[state], client=self.client, endpoint=self.endpoint))

    def ask(self, refused: Label) -> None:
        """Rows before an attempt: go to `refused` when it is kept back."""
        asm, state = self.low.asm, self._register("state")
        trial, left = asm.task(TRIAL), self._register("left")
        permitted, half_open = asm.label("permitted"), asm.label("half open")
        asm.copy(trial, asm.const(0))
        if self.spec.keeps_back == "retries":
            asm.test(operand_of(Space.TASK, ATTEMPT_SLOT), Cmp.EQ, asm.const(0), permitted)
        asm.test(state, Cmp.EQ, asm.const(CLOSED), permitted)
        asm.test(state, Cmp.EQ, asm.const(HALF_OPEN), half_open)
        asm.test(asm.now, Cmp.LT, self._register("until"), refused)
        self._become(HALF_OPEN)
        asm.copy(left, asm.const(self.spec.permitted_calls_in_half_open_state))
        asm.place(half_open)
        asm.test(left, Cmp.LE, asm.const(0), refused)
        asm.set(left, Fn.SUB, left, asm.const(1))
        asm.copy(trial, asm.const(1))
        asm.place(permitted)

    def give_back(self) -> None:
        """Rows when a caller goes away in the middle of an attempt: a trial that says nothing may be made anew."""
        asm, left, over = self.low.asm, self._register("left"), self.low.asm.label("no trial")
        asm.test(asm.task(TRIAL), Cmp.EQ, asm.const(0), over)
        asm.test(self._register("state"), Cmp.NE, asm.const(HALF_OPEN), over)
        asm.set(left, Fn.ADD, left, asm.const(1))
        asm.place(over)

    def note(self, status: int, began: int) -> None:
        """Rows after an attempt that began at a time: count it, and open or close."""
        asm, state, key = self.low.asm, self._register("state"), keys_of(self.low, self.spec.per)[1]
        done, trial = asm.label("noted"), asm.label("trial")
        asm.copy(asm.task(TRIAL), asm.const(0))
        asm.test(state, Cmp.EQ, asm.const(OPEN), done)
        with asm.temp() as failed, asm.temp() as slow, asm.temp() as results:
            self._judge_attempt(status, began, (failed, slow))
            for what, weight in zip(_COUNTS, (asm.const(1), failed, slow), strict=True):
                asm.set(self._register(what), Fn.ADD, self._register(what), weight)
            asm.test(state, Cmp.EQ, asm.const(HALF_OPEN), trial)
            asm.add(self.failures, failed, key=key)
            if self.slowness != NONE:
                asm.add(self.slowness, slow, key=key)
            self._read_window(failed, slow, results)
            asm.test(results, Cmp.LT, asm.const(self.spec.minimum), done)
            self._trip((failed, slow, results), done)
            asm.jump(done)
            asm.place(trial)
            for what, register in zip(_COUNTS, (results, failed, slow), strict=True):
                asm.copy(register, self._register(what))
            asm.test(results, Cmp.LT, asm.const(self.spec.permitted_calls_in_half_open_state), done)
            self._trip((failed, slow, results), done)
            self._become(CLOSED)
            asm.copy(self._register("since"), asm.now)
        asm.place(done)

    def _judge_attempt(self, status: int, began: int, into: tuple[int, int]) -> None:
        """Rows that put whether an attempt failed and whether it was slow, 0 or 1, into two registers."""
        asm, (failed, slow) = self.low.asm, into
        bad, quick = asm.label("failed"), asm.label("quick")
        asm.copy(slow, asm.const(0))
        if self.slowness != NONE:
            asm.set(failed, Fn.SUB, asm.now, began)
            asm.test(failed, Cmp.LE, asm.const(self.spec.slow_call_duration_threshold), quick)
            asm.copy(slow, asm.const(1))
            asm.place(quick)
        asm.copy(failed, asm.const(1))
        go_if_answer(asm, status, self.spec.failures, bad)
        asm.copy(failed, asm.const(0))
        asm.place(bad)

    def _read_window(self, failed: int, slow: int, results: int) -> None:
        """Rows that read how many calls the window holds, and how many of them failed and were slow."""
        asm, key, size = self.low.asm, keys_of(self.low, self.spec.per)[1], self.spec.window_calls
        young, known = asm.label("young"), asm.label("known")
        if size is not None:
            asm.test(self._register("results"), Cmp.LE, asm.const(size), young)
        else:
            asm.set(results, Fn.SUB, asm.now, self._register("since"))
            asm.test(results, Cmp.LT, asm.const(self.spec.sliding_window_time or 0), young)
        asm.copy(results, asm.meter(self.failures, MeterRead.COUNT, key))
        asm.copy(failed, asm.meter(self.failures, MeterRead.SUM, key))
        if self.slowness != NONE:
            asm.copy(slow, asm.meter(self.slowness, MeterRead.SUM, key))
        asm.jump(known)
        asm.place(young)
        for what, register in zip(_COUNTS, (results, failed, slow), strict=True):
            asm.copy(register, self._register(what))
        asm.place(known)

    def _trip(self, counts: tuple[int, int, int], done: Label) -> None:
        """Rows that open the breaker and go to `done` when a rate has reached its threshold; else they go on."""
        asm, (failed, slow, results) = self.low.asm, counts
        trip, below = asm.label("trip"), asm.label("below")
        rates = [(failed, self.spec.failure_rate_threshold)]
        if self.slowness != NONE:
            rates.append((slow, self.spec.slow_call_rate_threshold))
        with asm.temp() as bound:
            for count, threshold in rates:
                asm.set(bound, Fn.MUL, results, asm.const(round(threshold * _MILLION)))
                asm.set(count, Fn.MUL, count, asm.const(_MILLION))
                asm.test(count, Cmp.GE, bound, trip)
            asm.jump(below)
            asm.place(trip)
            self._become(OPEN)
            wait = put(asm, bound, self.spec.wait_duration_in_open_state, f"breaker.{self.name}.wait")
            asm.set(self._register("until"), Fn.ADD, asm.now, wait)
        asm.jump(done)
        asm.place(below)
