"""Each kind of step becomes rows; one table, one function a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eventlive_sim.model.steps import (
    Answer,
    Cache,
    Delay,
    Parallel,
    Rpc,
    StepPart,
    Use,
    Visit,
    Work,
)
from eventlive_sim.model.values import Distribution
from eventlive_sim.program.lower.answers import RETRY_AFTER
from eventlive_sim.program.lower.auth import lower_auth
from eventlive_sim.program.lower.caches import lower_cache
from eventlive_sim.program.lower.conditions import FAILED, OK, go_unless, outcome_register, status_register
from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.lower.protections import lower_challenge, lower_limit
from eventlive_sim.program.lower.quotas import within_quota
from eventlive_sim.program.lower.reactions import react
from eventlive_sim.program.lower.timings import begin_timing, end_timing
from eventlive_sim.program.lower.transactions import lower_query
from eventlive_sim.program.primitives import FAILING_STATUS, Cmp, Fn, Gauge, JoinMode, Leaving

_PARALLEL_GROUP = 1


def lower_steps(handler: Handler, steps: dict[str, StepPart], path: str) -> None:
    """Rows of steps, one after the other."""
    for name, step in steps.items():
        lower_step(handler, name, step, f"{path}.{name}")


def lower_step(handler: Handler, name: str, step: StepPart, path: str) -> None:
    """Rows of one step: its condition, itself, and what is done about its errors."""
    asm = handler.asm
    asm.at(path)
    skip = asm.label("skip")
    if step.when is not None:
        go_unless(handler.low, step.when, skip)
    react(handler, name, step, lambda inner: LOWER[step.KIND](inner, name, step, path))
    asm.at(path)
    if name in handler.remembered:
        asm.copy(outcome_register(asm, name), asm.task("outcome"))
        asm.copy(status_register(asm, name), asm.task("status"))
    asm.place(skip)


def _settle(handler: Handler, status: int, outcome: int) -> None:
    asm = handler.asm
    asm.copy(asm.task("status"), asm.const(status))
    asm.copy(asm.task("outcome"), asm.const(outcome))


def _table(handler: Handler, name: str, step: StepPart, _path: str) -> None:
    begin_timing(handler, name)
    within_quota(handler, name, lambda: lower_query(handler, name, {name: step}))
    end_timing(handler, name)


def _rpc(handler: Handler, name: str, step: Rpc, _path: str) -> None:
    begin_timing(handler, name)
    within_quota(handler, name, lambda: lower_query(handler, name, dict(step.statements), rpc=step))
    end_timing(handler, name)


def _auth(handler: Handler, name: str, step: Any, _path: str) -> None:
    lower_auth(handler, name, step)


def _delay(handler: Handler, name: str, step: Delay, _path: str) -> None:
    hold(handler.asm, step.delay, handler.stream(name, "delay"), occurrence=handler.occurrence)
    _settle(handler, 200, OK)


def _work(handler: Handler, name: str, step: Work, _path: str) -> None:
    asm = handler.asm
    with asm.temp() as demand:
        law = put(asm, demand, step.demand, handler.stream(name, "demand"), occurrence=handler.occurrence)
        asm.work(handler.low.stations[step.work], law)
    _settle(handler, 200, OK)


def _enter(handler: Handler, name: str, station: int, patience: Distribution | None, refused: Any) -> None:
    """Rows that enter a station; at `refused` the register ``status`` says why not."""
    asm = handler.asm
    with asm.temp() as granted, asm.temp() as asked, asm.temp() as longest:
        asm.copy(asked, asm.now)
        wait = None
        if patience is not None:
            wait = put(asm, longest, patience, handler.stream(name, "patience"), occurrence=handler.occurrence)
        asm.enter(station, granted, patience=wait)
        _settle(handler, 503, FAILED)
        on = asm.label("on")
        asm.test(granted, Cmp.NE, asm.const(0), on)
        if patience is not None:
            asm.test(asm.now, Cmp.EQ, asked, refused)
            asm.copy(asm.task("status"), asm.const(504))
        asm.jump(refused)
        asm.place(on)


def _visit(handler: Handler, name: str, step: Visit, _path: str) -> None:
    asm, station = handler.asm, handler.low.stations[step.visit]
    refused = asm.label("refused")
    _enter(handler, name, station, step.patience, refused)
    if step.crowding is None:
        hold(asm, step.service, handler.stream(name, "service"), occurrence=handler.occurrence)
    else:
        with asm.temp() as time, asm.temp() as crowd:
            asm.copy(time, put(asm, time, step.service, handler.stream(name, "service"), occurrence=handler.occurrence))
            asm.set(crowd, Fn.MUL, asm.gauge(station, Gauge.IN_SERVICE), asm.const(step.crowding))
            asm.set(time, Fn.ADD, time, crowd)
            asm.hold(time)
    asm.leave(station)
    _settle(handler, 200, OK)
    asm.place(refused)


def _use(handler: Handler, name: str, step: Use, path: str) -> None:
    asm, station = handler.asm, handler.low.stations[step.use]
    refused = asm.label("refused")
    _enter(handler, name, station, step.patience, refused)
    finish, over = asm.label("finish"), asm.label("over")
    lower_steps(handler.finishing_at(finish), dict(step.steps), path)
    asm.leave(station)
    _settle(handler, 200, OK)
    asm.jump(over)
    asm.place(finish)
    asm.leave(station)
    asm.jump(handler.finish)
    asm.place(refused)
    asm.place(over)


def _answer(handler: Handler, _name: str, step: Answer, _path: str) -> None:
    asm = handler.asm
    asm.copy(handler.low.answer, asm.const(step.answer))
    _ask_to_wait(handler, step.retry_after)
    asm.jump(handler.finish)


def _ask_to_wait(handler: Handler, retry_after: int | None) -> None:
    if retry_after is not None:
        handler.asm.copy(handler.asm.call(RETRY_AFTER), handler.asm.const(retry_after))


def _parallel(handler: Handler, name: str, step: Parallel, path: str) -> None:
    """Rows that spawn a branch a step and join; a branch that answers ends the whole call."""
    asm, low = handler.asm, handler.low
    over = asm.label("over")
    answered = asm.call(f"answered {name}")
    asm.copy(answered, asm.const(0))
    branches = {key: asm.label(key) for key in step.parallel}
    for branch in branches.values():
        asm.spawn(branch, _PARALLEL_GROUP, leaving=Leaving.CANCEL)
    mode = {"all": JoinMode.ALL, "settled": JoinMode.SETTLED, "first": JoinMode.FIRST}[step.join]
    status = asm.task("status")
    asm.join(status, _PARALLEL_GROUP, mode)
    if step.join == "settled":
        asm.copy(status, asm.const(200))
    else:
        proceed = asm.label("proceed")
        asm.test(answered, Cmp.EQ, asm.const(0), proceed)
        asm.copy(low.answer, answered)
        asm.jump(handler.finish)
        asm.place(proceed)
    asm.copy(asm.task("outcome"), asm.const(OK))
    asm.jump(over)
    for key, inner in step.parallel.items():
        asm.place(branches[key])
        finish, end = asm.label("finish"), asm.label("end")
        asm.copy(low.answer, asm.const(0))
        lower_step(handler.finishing_at(finish), key, inner, f"{path}.{key}")
        asm.copy(low.answer, asm.const(200))
        asm.jump(end)
        asm.place(finish)
        asm.copy(answered, low.answer)
        asm.place(end)
        asm.end(low.answer)
    asm.place(over)
    failed = asm.label("done")
    asm.test(status, Cmp.LT, asm.const(FAILING_STATUS), failed)
    asm.copy(asm.task("outcome"), asm.const(FAILED))
    asm.place(failed)


def _cache(handler: Handler, _name: str, step: Cache, path: str) -> None:
    lower_cache(handler, step, lambda inner: lower_steps(inner, dict(step.steps), path))


LOWER: dict[str, Callable[[Handler, str, Any, str], None]] = {
    "select": _table,
    "insert": _table,
    "upsert": _table,
    "update": _table,
    "delete": _table,
    "rpc": _rpc,
    "auth": _auth,
    "visit": _visit,
    "work": _work,
    "use": _use,
    "delay": _delay,
    "limit": lower_limit,
    "challenge": lower_challenge,
    "parallel": _parallel,
    "cache": _cache,
    "answer": _answer,
}
