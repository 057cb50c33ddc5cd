"""A call as its caller sees it: its attempts, the time it takes in all, what it counts."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.model.values import Distribution
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.answers import ABANDONED, NOT_PERMITTED, TIMED_OUT
from eventlive_sim.program.lower.breaker import TRIAL, BreakerParts
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.degraded import learn_from_answer
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.policies import Retrying
from eventlive_sim.program.lower.sessions.browser import Browser
from eventlive_sim.program.primitives import ATTEMPT_SLOT, Cmp, Fn, JoinMode, Leaving, Space, operand

CALL_GROUP = 0


@dataclass(frozen=True)
class Caller:
    """Who calls what, and how patiently."""

    name: str
    endpoint: str
    timeout: Distribution | None = None
    cancels: bool = False
    retry: Retrying | None = None
    breaker: BreakerParts | None = None
    browser: Browser | None = None

    def series(self, asm: Assembler, metric: str, *, trend: bool = False, tag: str = "", unit: str = "1") -> int:
        """Index of one of its series."""
        return asm.series(metric, trend=trend, tag=tag, unit=unit, endpoint=self.endpoint, client=self.name)


def lower_call(low: Lowering, caller: Caller) -> None:
    """Rows of one call with all its attempts; it ends exactly once in ``calls``, with what the last attempt came to."""
    asm = low.asm
    asm.copy(operand(Space.TASK, ATTEMPT_SLOT), asm.const(0))
    status = asm.task("call status")
    asm.count(caller.series(asm, "first_tries"))
    asm.copy(asm.task("started"), asm.now)
    if caller.breaker is not None:
        asm.copy(asm.task(TRIAL), asm.const(0))
        asm.copy(status, asm.const(NOT_PERMITTED))
    asm.copy(asm.task("in call"), asm.const(1))
    if caller.retry is None:
        _attempt(low, caller, status)
    else:
        _attempts(low, caller, caller.retry, status)
    _account(low, caller, status)


def _attempts(low: Lowering, caller: Caller, retry: Retrying, status: int) -> None:
    asm = low.asm
    again, over = asm.label("again"), asm.label("over")
    retry.begin()
    with asm.temp() as pace:
        if retry.spec.backoff is not None:
            asm.copy(pace, asm.const(0))
        asm.place(again)
        _attempt(low, caller, status, over)
        retry.answered(status)
        retry.again(status, pace, (again, over), caller.series(asm, "retries"))
    asm.place(over)


def _attempt(low: Lowering, caller: Caller, status: int, kept_back: Label | None = None) -> None:
    """Rows of one attempt; one that the breaker keeps back goes to a label, and the status stays what it was."""
    asm, breaker = low.asm, caller.breaker
    if breaker is None:
        _send(low, caller, status)
        return
    refused, over = asm.label("refused"), asm.label("over")
    breaker.ask(refused)
    with asm.temp() as began:
        asm.copy(began, asm.now)
        _send(low, caller, status)
        breaker.note(status, began)
    asm.jump(over)
    asm.place(refused)
    asm.count(caller.series(asm, "not_permitted"))
    if kept_back is not None:
        asm.jump(kept_back)
    asm.place(over)


def _send(low: Lowering, caller: Caller, status: int) -> None:
    """Rows that send the call and wait for its answer, or for the client's patience to end."""
    asm = low.asm
    timed_out, answered = asm.label("timed out"), asm.label("answered")
    asm.count(caller.series(asm, "attempts"))
    leaving = Leaving.CANCEL if caller.cancels else Leaving.DETACH
    if caller.timeout is not None:
        with asm.temp() as patience:
            expiry = put(asm, patience, caller.timeout, f"{caller.name}.{caller.endpoint}.patience")
            asm.deadline(expiry, timed_out, leaving)
    if caller.browser is not None:
        caller.browser.before_call(direct=low.design.endpoints[caller.endpoint].runs_on == "supabase")
    asm.spawn(low.handlers[caller.endpoint], CALL_GROUP, new_call=True, leaving=leaving)
    asm.join(status, CALL_GROUP, JoinMode.SETTLED)
    learn_from_answer(low, caller.name, caller.endpoint)
    if caller.timeout is not None:
        asm.disarm()
        asm.jump(answered)
        asm.place(timed_out)
        asm.copy(status, asm.const(TIMED_OUT))
        asm.place(answered)


def _account(low: Lowering, caller: Caller, status: int) -> None:
    asm = low.asm
    asm.copy(asm.task("in call"), asm.const(0))
    asm.count(caller.series(asm, "calls", tag="status"), tag=status)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, asm.task("started"))
        asm.count(caller.series(asm, "call_duration", trend=True, unit="ns"), lasted)


def lower_abandonment(low: Lowering, caller: Caller) -> Label:
    """Rows of the finally block of whoever calls: a call that is not over is abandoned."""
    asm = low.asm
    block = asm.here("abandoned")
    idle = asm.label("idle")
    asm.test(asm.task("in call"), Cmp.EQ, asm.const(0), idle)
    asm.count(caller.series(asm, "calls", tag="status"), tag=asm.const(ABANDONED))
    if caller.breaker is not None:
        caller.breaker.give_back()
    asm.place(idle)
    asm.end()
    return block
