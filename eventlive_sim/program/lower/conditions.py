"""Conditions become tests on registers of the call and of the person."""

from __future__ import annotations

from eventlive_sim.model.conditions import DEGRADED, PERSON_PREFIX, All, AnyOf, Condition, Is, Not
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.degraded import go_if_level
from eventlive_sim.program.primitives import Cmp

SKIPPED, OK, FOUND, MISSING, CONFLICT, FAILED = range(6)
"""Outcomes as a call's registers hold them; a new call record holds 0, skipped, for every step."""

_OUTCOMES = {"skipped": SKIPPED, "found": FOUND, "missing": MISSING, "conflict": CONFLICT}


def outcome_register(asm: Assembler, step: str) -> int:
    """Operand of the register that holds what a step came to."""
    return asm.call(f"outcome {step}")


def status_register(asm: Assembler, step: str) -> int:
    """Operand of the register that holds a step's status."""
    return asm.call(f"status {step}")


def go_unless(low: Lowering, condition: Condition, target: Label) -> None:
    """Rows that go to `target` when the condition does not hold."""
    _go(low, condition, target, when=False)


def _go(low: Lowering, condition: Condition, target: Label, *, when: bool) -> None:
    match condition:
        case Is(subject, value):
            _go_is(low, subject, value, target, when=when)
        case Not(inner):
            _go(low, inner, target, when=not when)
        case All(inners) if when:
            _go_every(low, inners, target, when=True)
        case All(inners):
            for inner in inners:
                _go(low, inner, target, when=False)
        case AnyOf(inners) if when:
            for inner in inners:
                _go(low, inner, target, when=True)
        case AnyOf(inners):
            _go_every(low, inners, target, when=False)


def _go_every(low: Lowering, inners: tuple[Condition, ...], target: Label, *, when: bool) -> None:
    """Go when all of them hold (`when`), or when none does (not `when`)."""
    on = low.asm.label("on")
    for inner in inners[:-1]:
        _go(low, inner, on, when=not when)
    _go(low, inners[-1], target, when=when)
    low.asm.place(on)


def _go_is(low: Lowering, subject: str, value: str, target: Label, *, when: bool) -> None:
    asm = low.asm
    if subject.startswith(PERSON_PREFIX):
        holds = Cmp.NE if (value == "true") == when else Cmp.EQ
        asm.test(low.attributes[subject.removeprefix(PERSON_PREFIX)], holds, asm.const(0), target)
        return
    if subject == DEGRADED:
        go_if_level(low, value, target, when=when)
        return
    status = status_register(asm, subject)
    if value in _OUTCOMES:
        compare = Cmp.EQ if when else Cmp.NE
        asm.test(outcome_register(asm, subject), compare, asm.const(_OUTCOMES[value]), target)
    elif value.isdigit():
        asm.test(status, Cmp.EQ if when else Cmp.NE, asm.const(int(value)), target)
    elif value == "failed":
        asm.test(status, Cmp.GE if when else Cmp.LT, asm.const(400), target)
    elif when:
        on = asm.label("on")
        asm.test(status, Cmp.EQ, asm.const(0), on)
        asm.test(status, Cmp.LT, asm.const(400), target)
        asm.place(on)
    else:
        asm.test(status, Cmp.EQ, asm.const(0), target)
        asm.test(status, Cmp.GE, asm.const(400), target)
