"""A call as its caller sees it: its attempts, the time it takes in all, what it counts."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.model.design import ClientRetry
from eventlive_sim.model.values import Distribution
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.primitives import ATTEMPT_SLOT, Cmp, Fn, JoinMode, Leaving, Space, operand

ABANDONED = -1
TIMED_OUT = -2
"""Pseudo statuses of a call: the tab closed before the answer; the client gave up."""

CALL_GROUP = 0


@dataclass(frozen=True)
class Caller:
    """Who calls what, and how patiently."""

    name: str
    endpoint: str
    timeout: Distribution | None = None
    cancels: bool = False
    retry: ClientRetry | None = None

    def series(self, asm: Assembler, metric: str, *, trend: bool = False, tag: str = "", unit: str = "1") -> int:
        """Index of one of its series."""
        return asm.series(metric, trend=trend, tag=tag, unit=unit, endpoint=self.endpoint, client=self.name)


def lower_call(low: Lowering, caller: Caller) -> None:
    """Rows of one call with all its attempts; it ends exactly once in ``calls``, with what the last attempt came to."""
    asm = low.asm
    attempt = operand(Space.TASK, ATTEMPT_SLOT)
    asm.copy(attempt, asm.const(0))
    again, over, timed_out, answered = (asm.label(word) for word in ("again", "over", "timed out", "answered"))
    status = asm.task("call status")
    asm.count(caller.series(asm, "first_tries"))
    asm.copy(asm.task("started"), asm.now)
    asm.copy(asm.task("in call"), asm.const(1))
    asm.place(again)
    asm.count(caller.series(asm, "attempts"))
    leaving = Leaving.CANCEL if caller.cancels else Leaving.DETACH
    if caller.timeout is not None:
        with asm.temp() as patience:
            expiry = put(asm, patience, caller.timeout, f"{caller.name}.{caller.endpoint}.patience")
            asm.deadline(expiry, timed_out, leaving)
    asm.spawn(low.handlers[caller.endpoint], CALL_GROUP, new_call=True, leaving=leaving)
    asm.join(status, CALL_GROUP, JoinMode.SETTLED)
    if caller.timeout is not None:
        asm.disarm()
        asm.jump(answered)
        asm.place(timed_out)
        asm.copy(status, asm.const(TIMED_OUT))
        asm.place(answered)
    if caller.retry is not None:
        _retry(low, caller, caller.retry, (again, over))
    asm.place(over)
    _account(low, caller, status)


def _account(low: Lowering, caller: Caller, status: int) -> None:
    asm = low.asm
    asm.copy(asm.task("in call"), asm.const(0))
    asm.count(caller.series(asm, "calls", tag="status"), tag=status)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, asm.task("started"))
        asm.count(caller.series(asm, "call_duration", trend=True, unit="ns"), lasted)


def _retry(low: Lowering, caller: Caller, retry: ClientRetry, where: tuple[Label, Label]) -> None:
    asm = low.asm
    again, over = where
    attempt, status = operand(Space.TASK, ATTEMPT_SLOT), asm.task("call status")
    worth = asm.label("worth trying")
    for number in (*retry.statuses, *((TIMED_OUT,) if retry.timeouts else ())):
        asm.test(status, Cmp.EQ, asm.const(number), worth)
    asm.jump(over)
    asm.place(worth)
    asm.test(attempt, Cmp.GE, asm.const(retry.times), over)
    asm.set(attempt, Fn.ADD, attempt, asm.const(1))
    for number, law in enumerate(retry.delays, start=1):
        other = asm.label("other")
        if number < len(retry.delays):
            asm.test(attempt, Cmp.NE, asm.const(number), other)
        hold(asm, law, f"{caller.name}.{caller.endpoint}.retry{number}")
        asm.count(caller.series(asm, "retries"))
        asm.jump(again)
        asm.place(other)


def lower_abandonment(low: Lowering, caller: Caller) -> Label:
    """Rows of the finally block of whoever calls: a call that is not over is abandoned."""
    asm = low.asm
    block = asm.here("abandoned")
    idle = asm.label("idle")
    asm.test(asm.task("in call"), Cmp.EQ, asm.const(0), idle)
    asm.count(caller.series(asm, "calls", tag="status"), tag=asm.const(ABANDONED))
    asm.place(idle)
    asm.end()
    return block
