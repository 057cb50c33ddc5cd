"""What a call can come to besides a status, and the rows that tell answers apart."""

from __future__ import annotations

from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import FAILING_STATUS, Cmp

ABANDONED = -1
TIMED_OUT = -2
NOT_PERMITTED = -3
"""Pseudo statuses of a call: the tab closed before the answer; the client gave up; a breaker kept it back."""


def go_if_answer(asm: Assembler, status: int, keys: tuple[str, ...], target: Label) -> None:
    """Rows that go to `target` when a call came to one of these."""
    for key in keys:
        if key == "timeout":
            asm.test(status, Cmp.EQ, asm.const(TIMED_OUT), target)
        elif key == "any":
            asm.test(status, Cmp.EQ, asm.const(TIMED_OUT), target)
            asm.test(status, Cmp.GE, asm.const(FAILING_STATUS), target)
        elif key.endswith("xx"):
            other, low = asm.label("other"), int(key[0]) * 100
            asm.test(status, Cmp.LT, asm.const(low), other)
            asm.test(status, Cmp.LT, asm.const(low + 100), target)
            asm.place(other)
        else:
            asm.test(status, Cmp.EQ, asm.const(int(key)), target)


def told_to_wait(asm: Assembler, endpoint: str) -> int:
    """Operand of the tab's register of the wait that the last answer of an endpoint asked for; 0 for none."""
    return asm.tab(f"retry after {endpoint}")


RETRY_AFTER = "retry after"
"""Call register: the wait that the answer asks for; 0 for none."""
