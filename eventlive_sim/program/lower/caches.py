"""A cache with a time to live and, if asked for, one loader at a time."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.steps import Cache
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.conditions import FAILED, FOUND
from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.primitives import FAILING_STATUS, NONE, Cmp, Fn, Leaving

_LOADER_GROUP = 2


def lower_cache(handler: Handler, step: Cache, body: Callable[[Handler], None]) -> None:
    """Rows of a cached read.

    The loader is a task of its own, so that it goes on when its caller is gone; its finally block always clears the
    flag and wakes the followers, who look again. `body` writes the loading steps.
    """
    asm, low = handler.asm, handler.low
    memory = low.memories[step.cache]
    if step.per == "instance":
        handler.load_instance()
    key = _key(handler, step)
    fresh_until, loaded_at, loading = (
        asm.shared(register, key) for register in (memory.fresh_until, memory.loaded_at, memory.loading)
    )
    status, outcome = asm.task("status"), asm.task("outcome")
    look, lead, loader, failed, over = (asm.label(word) for word in ("look", "lead", "loader", "failed", "over"))
    always = asm.label("always")
    hits = {word: asm.series("cache", cache=step.cache, result=word) for word in ("hit", "wait", "load")}
    hit = asm.label("hit")

    asm.place(look)
    asm.test(asm.now, Cmp.LT, fresh_until, hit)
    if step.single_flight:
        asm.test(loading, Cmp.EQ, asm.const(0), lead)
        asm.count(hits["wait"])
        with asm.temp() as woken:
            asm.await_(woken, memory.loaded, key=key)
        asm.jump(look)
        asm.place(lead)
        asm.copy(loading, asm.const(1))
    asm.count(hits["load"])
    asm.spawn(loader, _LOADER_GROUP, leaving=Leaving.DETACH, finally_=always if step.single_flight else None)
    asm.join(status, _LOADER_GROUP)
    asm.test(status, Cmp.GE, asm.const(FAILING_STATUS), failed)
    asm.copy(asm.call("data_at"), loaded_at)
    asm.copy(outcome, asm.const(FOUND))
    asm.jump(over)

    asm.place(hit)
    asm.count(hits["hit"])
    asm.copy(asm.call("data_at"), loaded_at)
    asm.copy(status, asm.const(200))
    asm.copy(outcome, asm.const(FOUND))
    asm.jump(over)

    _loader(handler, step, body, (loader, always))

    asm.place(failed)
    asm.copy(outcome, asm.const(FAILED))
    asm.place(over)


def _loader(handler: Handler, step: Cache, body: Callable[[Handler], None], labels: tuple[Label, Label]) -> None:
    """Rows of the task that loads, and of what always follows it."""
    asm, low = handler.asm, handler.low
    loader, always = labels
    memory, key = low.memories[step.cache], _key(handler, step)
    fresh_until, loaded_at = asm.shared(memory.fresh_until, key), asm.shared(memory.loaded_at, key)
    asm.place(loader)
    finish = asm.label("finish")
    with asm.temp() as started:
        asm.copy(started, asm.now)
        body(handler.finishing_at(finish))
        asm.copy(loaded_at, started)
    asm.set(fresh_until, Fn.ADD, asm.now, asm.const(step.ttl))
    asm.copy(low.answer, asm.const(200))
    asm.place(finish)
    asm.end(low.answer)
    if step.single_flight:
        asm.place(always)
        asm.copy(asm.shared(memory.loading, key), asm.const(0))
        asm.signal(memory.loaded, key=key)
        asm.end()


def _key(handler: Handler, step: Cache) -> int:
    """Operand of the register that tells entries apart."""
    keys = {"world": NONE, "person": handler.low.person, "instance": handler.asm.task("instance")}
    return keys[step.per]
