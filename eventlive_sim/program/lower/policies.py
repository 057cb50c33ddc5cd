"""Retries of a call, what limits them, and what a loop does after a call: tests on registers, then a hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlive_sim.model.design import Loop
from eventlive_sim.model.policies import Budget, ClientRetry, Cutoff, Per, breadth
from eventlive_sim.model.values import ZERO
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.adapting import Adapting
from eventlive_sim.program.lower.answers import NOT_PERMITTED, go_if_answer, told_to_wait
from eventlive_sim.program.lower.backoff import next_wait
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.primitives import ATTEMPT_SLOT, FAILING_STATUS, NONE, Cmp, Fn, Space, operand

_MILLION = 1_000_000


def keys_of(low: Lowering, per: Per) -> tuple[int, int]:
    """Number of keys of what belongs to tabs, persons or all, and the operand of the key."""
    return {"tab": (low.people * low.tabs_max, low.tab), "person": (low.people, low.person), "world": (1, NONE)}[per]


@dataclass(frozen=True)
class Retrying:
    """The retries of one caller, with the registers that outlast a call.

    Attributes
    ----------
    tokens, begun, failed : int
        Shared registers of the budget (millionths of a token) and of the cutoff; NONE where there is none.
    """

    low: Lowering = field(repr=False)
    spec: ClientRetry
    name: str
    endpoint: str
    tokens: int = NONE
    begun: int = NONE
    failed: int = NONE

    @classmethod
    def of(cls, low: Lowering, spec: ClientRetry, name: str, endpoint: str) -> Retrying:
        """Retries with their registers."""
        tokens = begun = failed = NONE
        if spec.budget is not None:
            most = spec.budget.most if spec.budget.initially is None else spec.budget.initially
            tokens = low.asm.register(f"retry tokens {name}", keys_of(low, spec.budget.per)[0], round(most * _MILLION))
        if spec.cutoff is not None:
            keys, _ = keys_of(low, spec.cutoff.per)
            begun, failed = (low.asm.register(f"retry {what} {name}", keys) for what in ("begun", "failed"))
        return cls(low, spec, name, endpoint, tokens, begun, failed)

    def begin(self) -> None:
        """Rows at the beginning of a call."""
        asm, budget, cutoff = self.low.asm, self.spec.budget, self.spec.cutoff
        if budget is not None and budget.deposit == "call":
            self._deposit(budget)
        if cutoff is not None:
            begun = asm.shared(self.begun, keys_of(self.low, cutoff.per)[1])
            asm.set(begun, Fn.ADD, begun, asm.const(1))

    def answered(self, status: int) -> None:
        """Rows after every attempt."""
        asm, budget, on = self.low.asm, self.spec.budget, self.low.asm.label("on")
        if budget is None or budget.deposit != "success":
            return
        asm.test(status, Cmp.LT, asm.const(0), on)
        asm.test(status, Cmp.GE, asm.const(FAILING_STATUS), on)
        self._deposit(budget)
        asm.place(on)

    def _deposit(self, budget: Budget) -> None:
        asm = self.low.asm
        tokens = asm.shared(self.tokens, keys_of(self.low, budget.per)[1])
        asm.set(tokens, Fn.ADD, tokens, asm.const(round(budget.ratio * _MILLION)))
        asm.set(tokens, Fn.MIN, tokens, asm.const(round(budget.most * _MILLION)))

    def again(self, status: int, pace: int, where: tuple[Label, Label], retries: int) -> None:
        """Rows that wait and go to the first label of `where` when the call is worth another try, else to the second.

        `retries` is the series that counts retries.
        """
        asm = self.low.asm
        again, over = where
        attempt, worth = operand(Space.TASK, ATTEMPT_SLOT), asm.label("worth trying")
        go_if_answer(asm, status, self.spec.on, worth)
        asm.jump(over)
        asm.place(worth)
        if self.spec.cutoff is not None:
            self._cut_off(self.spec.cutoff, over)
        if self.spec.times != "unlimited":
            asm.test(attempt, Cmp.GE, asm.const(self.spec.times), over)
        if self.spec.budget is not None:
            tokens = asm.shared(self.tokens, keys_of(self.low, self.spec.budget.per)[1])
            asm.test(tokens, Cmp.LT, asm.const(_MILLION), over)
            asm.set(tokens, Fn.SUB, tokens, asm.const(_MILLION))
        asm.set(attempt, Fn.ADD, attempt, asm.const(1))
        with asm.temp() as wait:
            self._wait(status, pace, wait)
            asm.hold(wait)
        asm.count(retries)
        asm.jump(again)

    def _cut_off(self, cutoff: Cutoff, over: Label) -> None:
        asm, key = self.low.asm, keys_of(self.low, cutoff.per)[1]
        failed = asm.shared(self.failed, key)
        asm.set(failed, Fn.ADD, failed, asm.const(1))
        with asm.temp() as share, asm.temp() as allowed:
            asm.set(share, Fn.MUL, failed, asm.const(_MILLION))
            asm.set(allowed, Fn.MUL, asm.shared(self.begun, key), asm.const(round(cutoff.failing * _MILLION)))
            asm.test(share, Cmp.GT, allowed, over)

    def _wait(self, status: int, pace: int, wait: int) -> None:
        """Rows that find the wait: the own one, or what the answer asks for. A client that gave up was told nothing."""
        asm, heeds = self.low.asm, self.spec.retry_after
        if heeds == "ignored":
            self._own_wait(pace, wait)
            return
        told, own, known = told_to_wait(asm, self.endpoint), asm.label("own wait"), asm.label("known")
        with asm.temp() as asked:
            asm.copy(asked, asm.const(0))
            asm.test(status, Cmp.LT, asm.const(FAILING_STATUS), own)
            asm.copy(asked, told)
            if heeds == "instead":
                asm.copy(wait, asked)
                asm.test(asked, Cmp.GT, asm.const(0), known)
            asm.place(own)
            self._own_wait(pace, wait)
            if heeds == "at_least":
                asm.set(wait, Fn.MAX, wait, asked)
            asm.place(known)

    def _own_wait(self, pace: int, wait: int) -> None:
        asm, attempt, known = self.low.asm, operand(Space.TASK, ATTEMPT_SLOT), self.low.asm.label("known")
        if self.spec.backoff is not None:
            next_wait(asm, self.spec.backoff, pace, wait, f"{self.name}.backoff")
            return
        delays = self.spec.delays or (ZERO,)
        for number, law in enumerate(delays, start=1):
            other = asm.label("other")
            if number < len(delays):
                asm.test(attempt, Cmp.NE, asm.const(number), other)
            asm.copy(wait, put(asm, wait, law, f"{self.name}.retry{number}"))
            asm.jump(known)
            asm.place(other)
        asm.place(known)


class Pacing:
    """How far away a loop's next call is at least, by what its calls came to.

    Registers of the tab, since the calls of an open loop are tasks of their own.
    """

    def __init__(self, low: Lowering, loop: Loop, name: str) -> None:
        self._low = low
        self._loop = loop
        self._name = name
        self._adapting = Adapting(low, loop, name)
        usual = {} if loop.backoff is None else {"any": "back_off"}
        self._after = loop.after or usual
        self._waits = loop.backoff is not None or loop.heeds_retry_after
        self.stops = "stop" in self._after.values()

    def _register(self, what: str) -> int:
        return self._low.asm.tab(f"{what} {self._name}")

    def begin(self) -> None:
        """Rows where the loop begins, or begins anew: nothing has failed yet."""
        self._adapting.begin()
        if self._waits:
            self._forget()

    def _forget(self) -> None:
        for what in ("pace", "away"):
            self._low.asm.copy(self._register(what), self._low.asm.const(0))

    def go_if_stopped(self, target: Label) -> None:
        """Rows that go to `target` when an answer has ended the loop."""
        if self.stops:
            self._low.asm.test(self._register("stopped"), Cmp.NE, self._low.asm.const(0), target)

    def after_call(self, status: int) -> None:
        """Rows after a call: how long to wait, or that the loop is over. A call kept back by a breaker says nothing."""
        self._adapting.after_call(status)
        if not (self._waits or self.stops):
            return
        asm, done = self._low.asm, self._low.asm.label("paced")
        asm.test(status, Cmp.EQ, asm.const(NOT_PERMITTED), done)
        sequels = sorted(self._after.items(), key=lambda item: breadth(item[0]))
        labels = {sequel: asm.label(sequel) for sequel in ("go_on", "back_off", "stop")}
        for key, sequel in sequels:
            go_if_answer(asm, status, (key,), labels[sequel])
        asm.place(labels["go_on"])
        if self._waits:
            self._forget()
            self._heed(status)
        asm.jump(done)
        asm.place(labels["back_off"])
        if self._loop.backoff is not None:
            next_wait(asm, self._loop.backoff, self._register("pace"), self._register("away"), f"{self._name}.pace")
            self._heed(status)
            asm.jump(done)
        asm.place(labels["stop"])
        if self.stops:
            asm.copy(self._register("stopped"), asm.const(1))
        asm.place(done)

    def _heed(self, status: int) -> None:
        """Rows that make the next call at least as far away as a refusal asked for."""
        if not self._loop.heeds_retry_after:
            return
        asm, on = self._low.asm, self._low.asm.label("on")
        asm.test(status, Cmp.LT, asm.const(FAILING_STATUS), on)
        away = self._register("away")
        asm.set(away, Fn.MAX, away, told_to_wait(asm, self._loop.call))
        asm.place(on)

    def take_setting(self, interval: int) -> None:
        """Rows that put an interval set from outside in place of the deployed one."""
        self._adapting.take(interval)

    def stretch(self, interval: int) -> None:
        """Rows that make an interval as long as stress, the back-off, or an answer asked for."""
        self._adapting.stretch(interval)
        if self._waits:
            self._low.asm.set(interval, Fn.MAX, interval, self._register("away"))
