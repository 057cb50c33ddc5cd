"""An endpoint's handler: network, function instance, steps, answer. One task a call."""

from __future__ import annotations

from eventlive_sim.model.conditions import subjects
from eventlive_sim.model.design import Endpoint, walk_steps
from eventlive_sim.model.steps import Answer, Limit
from eventlive_sim.program.lower.adapting import note_active, tell_active
from eventlive_sim.program.lower.answers import RETRY_AFTER, told_to_wait
from eventlive_sim.program.lower.context import FUNCTIONS, Handler, Lowering
from eventlive_sim.program.lower.degraded import can_refuse, go_if_refused, note_answer, offer, say, took
from eventlive_sim.program.lower.faults import go_if_out
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.lower.realtime.checks import notice
from eventlive_sim.program.lower.sessions.functions import reject_direct, write_back
from eventlive_sim.program.lower.steps import lower_steps
from eventlive_sim.program.primitives import Cmp, Fn


def lower_endpoint(low: Lowering, name: str, endpoint: Endpoint) -> None:
    """Rows of a handler, from the caller's network to the answer on its way back."""
    asm = low.asm
    asm.forget_call_names()
    path = f"endpoints.{name}"
    finish = asm.label("finish")
    remembered = frozenset(
        subject
        for _, _, step in walk_steps(endpoint.all_steps)
        if step.when is not None
        for subject in subjects(step.when)
    )
    handler = Handler(low, name, endpoint, finish, remembered)
    with asm.entry(f"endpoint {name}"):
        asm.at(path)
        asm.place(low.handlers[name])
        asm.copy(low.answer, asm.const(200))
        if endpoint.runs_on == "vercel":
            _in_a_function(handler, path)
        else:
            _elsewhere(handler, path)


def _body(handler: Handler, path: str) -> None:
    asm = handler.asm
    if handler.endpoint.shows is not None:
        asm.copy(asm.call("data_at"), asm.now)
    lower_steps(handler, dict(handler.endpoint.steps), f"{path}.steps")
    asm.at(path)
    asm.place(handler.finish)


def _in_a_function(handler: Handler, path: str) -> None:
    """Rows of a handler in a function: 503 when no instance takes it, 504 over its longest time."""
    asm, low, name = handler.asm, handler.low, handler.name
    functions, path_taken = low.design.platform.functions, low.design.platform.path
    station = low.stations[FUNCTIONS]
    throttled, too_long, out, back = (asm.label(word) for word in ("throttled", "too long", "out", "back"))
    hold(asm, path_taken.client_function, f"{name}.network.out")
    lower_steps(handler.finishing_at(back), dict(handler.endpoint.edge), f"{path}.edge")
    asm.at(path)
    took(handler)
    go_if_out(low, "functions", throttled)
    with asm.temp() as granted:
        asm.enter(station, granted, patience=asm.const(0))
        asm.test(granted, Cmp.EQ, asm.const(0), throttled)
    asm.deadline(asm.const(functions.max_duration), too_long)
    go_if_refused(handler, handler.finish)
    if not handler.endpoint.cpu.is_zero:
        with asm.temp() as demand:
            asm.work(station, put(asm, demand, handler.endpoint.cpu, f"{name}.cpu"))
    _body(handler, path)
    asm.disarm()
    asm.place(out)
    asm.leave(station)
    say(handler)
    asm.place(back)
    _account(handler)
    hold(asm, path_taken.client_function, f"{name}.network.back")
    write_back(handler)
    _show(handler)
    _tell_to_wait(handler)
    asm.end(low.answer)
    asm.place(too_long)
    asm.copy(low.answer, asm.const(504))
    asm.jump(out)
    asm.place(throttled)
    asm.copy(low.answer, asm.const(503))
    asm.jump(back)


def _elsewhere(handler: Handler, path: str) -> None:
    """Rows of a direct call to the project, or of steps on nothing at all."""
    asm, low, name = handler.asm, handler.low, handler.name
    delay = low.design.platform.path.client_project
    if handler.direct:
        hold(asm, delay, f"{name}.network.out")
    took(handler)
    if handler.direct:
        reject_direct(handler)
    _body(handler, path)
    _account(handler)
    if handler.direct:
        hold(asm, delay, f"{name}.network.back")
    _show(handler)
    _tell_to_wait(handler)
    asm.end(low.answer)


def _account(handler: Handler) -> None:
    asm = handler.asm
    for metric, register in (("queries_per_call", "queries"), ("statements_per_call", "statements")):
        asm.count(asm.series(metric, trend=True, endpoint=handler.name), asm.call(register))
    note_answer(handler)
    note_active(handler.low, handler.name)


def _tell_to_wait(handler: Handler) -> None:
    """Rows that hand the client what the answer tells: the wait that a step asks for, how busy the database is."""
    offer(handler)
    steps = walk_steps(handler.endpoint.all_steps)
    if can_refuse(handler) or any(
        isinstance(step, Limit | Answer) and step.retry_after is not None for _, _, step in steps
    ):
        asm = handler.asm
        asm.copy(told_to_wait(asm, handler.name), asm.call(RETRY_AFTER))
    tell_active(handler.low, handler.name)


def _show(handler: Handler) -> None:
    """Rows that tell how old what the person saw until now has become, when something newer is shown."""
    shows = handler.endpoint.shows
    if shows is None:
        return
    asm = handler.asm
    kept, fresh = asm.label("kept"), asm.label("fresh")
    asm.test(handler.low.answer, Cmp.GE, asm.const(400), kept)
    shown = asm.tab(f"shown {shows}")
    asm.test(shown, Cmp.EQ, asm.const(0), fresh)
    with asm.temp() as age:
        asm.set(age, Fn.SUB, asm.now, shown)
        asm.count(asm.series("freshness", trend=True, unit="ns", of=shows), age)
    asm.place(fresh)
    asm.copy(shown, asm.call("data_at"))
    if handler.endpoint.sees_logins:
        notice(handler.low, shows)
    asm.place(kept)
