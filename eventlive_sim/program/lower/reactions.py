"""What a handler does about a step's error: go on, answer, try again, or end as unhandled."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.steps import Reaction, Retry, Select, StepPart
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.conditions import MISSING
from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.lower.laws import hold
from eventlive_sim.program.primitives import FAILING_STATUS, Cmp, Fn

_NEVER_FAILS = {"delay", "work", "answer"}
_BY_NATURE = {"limit": "429", "challenge": "403", "auth": "401"}
"""Refusals that a handler passes on as they are unless it says otherwise."""


def react(handler: Handler, name: str, step: StepPart, body: Callable[[Handler], None]) -> None:
    """Rows of a step's body and, after it, of the reactions to its errors."""
    asm = handler.asm
    if step.KIND in _NEVER_FAILS:
        body(handler)
        return
    errors = _errors(step)
    retries = [reaction.retry for reaction in errors.values() if reaction.retry is not None]
    with asm.temp() as tries:
        again = asm.label("again")
        if retries:
            asm.copy(tries, asm.const(0))
            asm.place(again)
            body(handler.trying(tries))
        else:
            body(handler)
        done = asm.label("done")
        status = asm.task("status")
        asm.test(status, Cmp.LT, asm.const(FAILING_STATUS), done)
        rest: Reaction | None = None
        for key, reaction in sorted(errors.items(), key=lambda item: _breadth(item[0])):
            if key == "any":
                rest = reaction
                continue
            other = asm.label("other")
            _test_status(handler, key, other)
            _do(handler, step, reaction, (tries, again, done))
            asm.place(other)
        _do(handler, step, rest, (tries, again, done))
        asm.place(done)


def _errors(step: StepPart) -> dict[str, Reaction]:
    """Reactions of a step, with the answer by nature where none of its own covers it."""
    refusal = _BY_NATURE.get(step.KIND)
    if refusal is None or not step.errors.keys().isdisjoint({refusal, "4xx", "any"}):
        return step.errors
    return {**step.errors, refusal: Reaction(answer=int(refusal))}


def _breadth(key: str) -> tuple[int, str]:
    """Order in which reactions are tried: a status, then a class, then any."""
    return (2 if key == "any" else 1 if key.endswith("xx") else 0, key)


def _test_status(handler: Handler, key: str, other: Label) -> None:
    asm = handler.asm
    status = asm.task("status")
    if key.endswith("xx"):
        low = int(key[0]) * 100
        asm.test(status, Cmp.LT, asm.const(low), other)
        asm.test(status, Cmp.GE, asm.const(low + 100), other)
    else:
        asm.test(status, Cmp.NE, asm.const(int(key)), other)


def _do(handler: Handler, step: StepPart, reaction: Reaction | None, where: tuple[int, Label, Label]) -> None:
    tries, again, done = where
    if reaction is None or reaction.answer is not None:
        _end_call(handler, None if reaction is None else reaction.answer)
    elif reaction.continue_:
        _go_on(handler, step, done)
    elif reaction.retry is not None:
        _retry(handler, reaction.retry, tries, again)
        if reaction.retry.then == "continue":
            _go_on(handler, step, done)
        else:
            _end_call(handler, None)


def _end_call(handler: Handler, answer: int | None) -> None:
    """Rows that end the call; without an answer as unhandled: outside a function the status passes through."""
    asm = handler.asm
    unhandled = asm.task("status") if handler.endpoint.runs_on != "vercel" else asm.const(handler.endpoint.unhandled)
    asm.copy(handler.low.answer, unhandled if answer is None else asm.const(answer))
    asm.jump(handler.finish)


def _go_on(handler: Handler, step: StepPart, done: Label) -> None:
    """Rows that ignore the error: a read that failed looks to the handler like a row that is missing."""
    asm = handler.asm
    if isinstance(step, Select):
        asm.copy(asm.task("outcome"), asm.const(MISSING))
    asm.jump(done)


def _retry(handler: Handler, retry: Retry, tries: int, again: Label) -> None:
    asm = handler.asm
    over = asm.label("over")
    asm.test(tries, Cmp.GE, asm.const(retry.times), over)
    asm.set(tries, Fn.ADD, tries, asm.const(1))
    for number, law in enumerate(retry.delays, start=1):
        other = asm.label("other")
        if number < len(retry.delays):
            asm.test(tries, Cmp.NE, asm.const(number), other)
        hold(asm, law, handler.stream("retry", f"delay{number}"), occurrence=tries)
        asm.jump(again)
        asm.place(other)
    asm.place(over)
