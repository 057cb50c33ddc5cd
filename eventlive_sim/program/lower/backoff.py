"""Back-off: arithmetic on a register that remembers how far the waits have grown, and a draw for the jitter."""

from __future__ import annotations

from eventlive_sim.model.policies import Backoff
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Cmp, Fn

_MILLION = 1_000_000


def next_wait(asm: Assembler, backoff: Backoff, pace: int, dest: int, stream: str) -> None:
    """Rows that put the next wait into `dest`; `pace` remembers how far the waits have grown, 0 before the first."""
    first, ready = asm.label("first wait"), asm.label("ready")
    asm.test(pace, Cmp.EQ, asm.const(0), first)
    if backoff.jitter != "decorrelated" and backoff.factor != 1:
        asm.set(pace, Fn.MUL, pace, asm.const(round(backoff.factor * 1_000)))
        asm.set(pace, Fn.DIV, pace, asm.const(1_000))
        asm.set(pace, Fn.MIN, pace, asm.const(backoff.cap))
    asm.jump(ready)
    asm.place(first)
    asm.copy(pace, asm.const(backoff.base))
    asm.place(ready)
    _jitter(asm, backoff, pace, dest, stream)
    if backoff.whole is not None:
        asm.set(dest, Fn.DIV, dest, asm.const(backoff.whole))
        asm.set(dest, Fn.MUL, dest, asm.const(backoff.whole))


def _jitter(asm: Assembler, backoff: Backoff, pace: int, dest: int, stream: str) -> None:
    if backoff.jitter == "none":
        asm.copy(dest, pace)
        return
    # A wait lies between `least` and `least + span`, and where in between is drawn in millionths.
    with asm.temp() as least, asm.temp() as part:
        if backoff.jitter == "full":
            asm.copy(least, asm.const(0))
            asm.copy(dest, pace)
        elif backoff.jitter == "equal":
            asm.set(least, Fn.DIV, pace, asm.const(2))
            asm.set(dest, Fn.SUB, pace, least)
        elif backoff.jitter == "decorrelated":
            asm.copy(least, asm.const(backoff.base))
            asm.set(dest, Fn.MUL, pace, asm.const(3))
            asm.set(dest, Fn.SUB, dest, least)
        else:
            low, high = (round(multiple * 1_000) for multiple in backoff.around)
            for register, thousandths in ((least, low), (dest, high - low)):
                asm.set(register, Fn.MUL, pace, asm.const(thousandths))
                asm.set(register, Fn.DIV, register, asm.const(1_000))
        asm.draw(part, asm.table(quantiles.uniform(0, _MILLION)), stream)
        asm.set(dest, Fn.MUL, dest, part)
        asm.set(dest, Fn.DIV, dest, asm.const(_MILLION))
        asm.set(dest, Fn.ADD, dest, least)
    if backoff.jitter == "decorrelated":
        asm.set(dest, Fn.MIN, dest, asm.const(backoff.cap))
        asm.copy(pace, dest)
