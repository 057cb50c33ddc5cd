"""Functions that read the session from a cookie: a token that is about to expire is refreshed there, request by request."""

from __future__ import annotations

from eventlive_sim.model.sessions import Sessions
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.conditions import FAILED
from eventlive_sim.program.lower.context import Handler, Lowering
from eventlive_sim.program.lower.sessions.browser import sign_out
from eventlive_sim.program.lower.sessions.library import refresh
from eventlive_sim.program.lower.sessions.parts import go_if_nobody, put_left, sessions_of, shared, tell_renewed, trait
from eventlive_sim.program.lower.sessions.service import Asking
from eventlive_sim.program.primitives import FAILING_STATUS, Cmp, Fn, JoinMode, Leaving

_REFRESH_GROUP = 3
_CLEARED = -1
_TOKEN, _EXPIRES = "cookie token", "cookie expires"
"""Call registers: what the answer writes into the cookie; 0: nothing."""


def check_session(handler: Handler, rejected: Label) -> None:
    """Rows before a handler asks who is calling; without a session that holds they go to `rejected`, status 401."""
    low, asm = handler.low, handler.asm
    if low.sessions is None:
        return
    on, refused, bearer = asm.label("on"), asm.label("refused"), asm.label("bearer")
    go_if_nobody(low, on)
    with asm.temp() as left:
        if handler.endpoint.runs_on == "vercel":
            _check_cookie(handler, (on, refused, bearer))
        asm.place(bearer)
        put_left(low, left, "expires")
        asm.test(left, Cmp.GT, asm.const(0), on)
    asm.place(refused)
    asm.copy(asm.task("status"), asm.const(401))
    asm.copy(asm.task("outcome"), asm.const(FAILED))
    asm.jump(rejected)
    asm.place(on)


def _check_cookie(handler: Handler, where: tuple[Label, Label, Label]) -> None:
    low, asm = handler.low, handler.asm
    on, refused, bearer = where
    checks = asm.label("checks only")
    asm.test(trait(low, "ssr"), Cmp.EQ, asm.const(0), bearer)
    asm.test(shared(low, "cookie"), Cmp.EQ, asm.const(0), refused)
    with asm.temp() as left:
        put_left(low, left, "cookie_expires")
        asm.test(trait(low, "checks"), Cmp.NE, asm.const(0), checks)
        asm.test(left, Cmp.GE, trait(low, "margin"), on)
        # What the same call was given a moment ago holds for its later steps too.
        asm.test(asm.call(_TOKEN), Cmp.GT, asm.const(0), on)
        handler.load_instance()
        session = sessions_of(low)
        asm.spawn(session.routine, _REFRESH_GROUP, new_call=True, leaving=Leaving.CANCEL, finally_=session.landing)
        status = asm.task("status")
        asm.join(status, _REFRESH_GROUP, JoinMode.SETTLED)
        good, kept = asm.label("good"), asm.label("kept")
        asm.test(status, Cmp.LT, asm.const(FAILING_STATUS), good)
        asm.test(status, Cmp.GE, asm.const(500), refused)
        asm.test(trait(low, "forgets"), Cmp.EQ, asm.const(0), kept)
        asm.copy(asm.call(_TOKEN), asm.const(_CLEARED))
        asm.jump(refused)
        asm.place(kept)
        put_left(low, left, "cookie_expires")
        asm.test(left, Cmp.GT, asm.const(0), on)
        asm.jump(refused)
        asm.place(good)
        asm.copy(asm.call(_TOKEN), shared(low, "given"))
        asm.copy(asm.call(_EXPIRES), shared(low, "given_expires"))
        asm.jump(on)
        asm.place(checks)
        asm.test(left, Cmp.GT, asm.const(0), on)
        asm.jump(refused)


def reject_direct(handler: Handler) -> None:
    """Rows of a direct call: the service answers 401 to a token that has expired; nothing else is asked."""
    if handler.low.sessions is None or handler.endpoint.role != "authenticated":
        return
    asm, rejected, on = handler.asm, handler.asm.label("rejected"), handler.asm.label("on")
    check_session(handler, rejected)
    asm.jump(on)
    asm.place(rejected)
    asm.copy(handler.low.answer, asm.const(401))
    asm.jump(handler.finish)
    asm.place(on)


def write_back(handler: Handler) -> None:
    """Rows of an answer that reaches the browser with a cookie: what a function refreshed, or that it is gone."""
    low, asm = handler.low, handler.asm
    if low.sessions is None:
        return
    over, cleared = asm.label("over"), asm.label("cleared")
    token, expires = asm.call(_TOKEN), asm.call(_EXPIRES)
    asm.test(token, Cmp.EQ, asm.const(0), over)
    asm.test(trait(low, "kept"), Cmp.EQ, asm.const(0), over)
    asm.test(shared(low, "out"), Cmp.NE, asm.const(0), over)
    asm.test(token, Cmp.EQ, asm.const(_CLEARED), cleared)
    _write(low, token, expires, over)
    asm.jump(over)
    asm.place(cleared)
    _write(low, asm.const(0), asm.const(0), over)
    sign_out(low, "function")
    asm.place(over)


def _write(low: Lowering, token: int, expires: int, over: Label) -> None:
    """Rows that write the cookie; they go to `over` where the browser's client keeps its session elsewhere."""
    asm = low.asm
    asm.copy(shared(low, "cookie"), token)
    asm.copy(shared(low, "cookie_expires"), expires)
    asm.test(trait(low, "one_store"), Cmp.EQ, asm.const(0), over)
    asm.copy(shared(low, "held"), token)
    asm.copy(shared(low, "expires"), expires)
    tell_renewed(low)


def lower_functions(low: Lowering) -> None:
    """Rows of a refresh in a function: one for all endpoints; its status is how it went."""
    if low.sessions is None:
        return
    asm, session = low.asm, low.sessions
    spec = _library(low)
    over, alone, refused, given_up = (asm.label(word) for word in ("over", "alone", "refused", "given up"))
    with asm.entry("refresh in a function"):
        asm.at("platform.project.auth.tokens")
        asm.forget_call_names()
        presented, issued = asm.call("token presented"), asm.call("token issued")
        status, expires = asm.call("token status"), asm.call("token expires")
        asm.place(session.routine)
        asm.copy(status, asm.const(200))
        asm.copy(presented, shared(low, "cookie"))
        asm.test(trait(low, "flight"), Cmp.EQ, asm.const(0), alone)
        _join_flight(low, presented, over)
        asm.place(alone)
        with asm.temp() as address:
            _put_address(low, address)
            refresh(Asking(low, "function", address, presented, issued, expires, status), spec, refused, given_up)
        asm.copy(shared(low, "given"), issued)
        asm.copy(shared(low, "given_expires"), expires)
        asm.copy(shared(low, "asked_for"), presented)
        asm.place(refused)
        asm.place(given_up)
        asm.place(over)
        asm.end(status)
        _land(low)


def _library(low: Lowering) -> Sessions:
    """How long functions try again: as the first client with sessions says; the library is the same."""
    found = [low.design.clients[name].sessions for name in low.scenario.clients]
    return next(spec for spec in found if spec is not None)


def _join_flight(low: Lowering, presented: int, over: Label) -> None:
    """Rows of functions that share refreshes: wait for the one under way, take what it brought, or begin one."""
    asm, session = low.asm, sessions_of(low)
    again, free = asm.here("again"), asm.label("free")
    flying = shared(low, "flying")
    asm.test(flying, Cmp.EQ, asm.const(0), free)
    with asm.temp() as ignored:
        asm.await_(ignored, session.landed, key=session.key)
    asm.jump(again)
    asm.place(free)
    other = asm.label("other")
    asm.test(shared(low, "asked_for"), Cmp.NE, presented, other)
    with asm.temp() as left:
        put_left(low, left, "given_expires")
        asm.test(left, Cmp.GE, trait(low, "margin"), over)
    asm.place(other)
    asm.copy(flying, asm.const(1))
    asm.copy(asm.call("leads"), asm.const(1))


def _land(low: Lowering) -> None:
    """Rows of the block that ends a refresh, however it ends: who waits for it goes on."""
    asm, end = low.asm, low.asm.label("end")
    asm.place(sessions_of(low).landing)
    asm.test(asm.call("leads"), Cmp.EQ, asm.const(0), end)
    asm.copy(shared(low, "flying"), asm.const(0))
    asm.signal(sessions_of(low).landed, key=sessions_of(low).key)
    asm.place(end)
    asm.end()


def _put_address(low: Lowering, dest: int) -> None:
    """Rows that put the address from which an instance calls out into a register: instances take them in turn."""
    asm, many = low.asm, low.asm.const(low.design.platform.functions.addresses)
    instance = asm.task("instance")
    asm.set(dest, Fn.DIV, instance, many)
    asm.set(dest, Fn.MUL, dest, many)
    asm.set(dest, Fn.SUB, instance, dest)
    asm.set(dest, Fn.ADD, dest, asm.const(low.people))
