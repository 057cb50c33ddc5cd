"""A refresh as the client library does it, in browsers and functions: it tries again after 5xx, and nothing else."""

from __future__ import annotations

from eventlive_sim.model.sessions import Sessions
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.sessions.service import Asking, ask_for_tokens
from eventlive_sim.program.primitives import ATTEMPT_SLOT, FAILING_STATUS, Cmp, Fn, Space, operand

_RETRIED = 500


def refresh(asking: Asking, spec: Sessions, refused: Label, given_up: Label) -> None:
    """Rows of a refresh with its tries; on success they go on.

    Parameters
    ----------
    refused : Label
        Where an answer of 4xx leads, which no further try would change.
    given_up : Label
        Where it leads when the service had no answer for as long as the library tries.
    """
    asm = asking.low.asm
    attempt, began, wait = operand(Space.TASK, ATTEMPT_SLOT), asm.call("refresh began"), asm.call("refresh wait")
    asm.copy(attempt, asm.const(0))
    asm.copy(began, asm.now)
    asm.copy(wait, asm.const(spec.retry_first))
    again, on = asm.here("again"), asm.label("on")
    ask_for_tokens(asking)
    asm.test(asking.status, Cmp.LT, asm.const(FAILING_STATUS), on)
    asm.test(asking.status, Cmp.LT, asm.const(_RETRIED), refused)
    with asm.temp() as after:
        asm.set(after, Fn.SUB, asm.now, began)
        asm.set(after, Fn.ADD, after, wait)
        asm.test(after, Cmp.GE, asm.const(spec.retry_within), given_up)
    asm.hold(wait)
    asm.set(wait, Fn.MUL, wait, asm.const(2))
    asm.set(attempt, Fn.ADD, attempt, asm.const(1))
    asm.jump(again)
    asm.place(on)
