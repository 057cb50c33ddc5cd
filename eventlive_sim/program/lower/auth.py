"""Who is calling: a request to the Auth service, or a check of the token's signature in the function."""

from __future__ import annotations

from eventlive_sim.model.steps import AuthCheck
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.conditions import FAILED, OK
from eventlive_sim.program.lower.context import DB_CPU, FUNCTIONS, Handler
from eventlive_sim.program.lower.faults import delay_by_faults, go_if_out, outages
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.quotas import within_quota
from eventlive_sim.program.lower.sessions.functions import check_session
from eventlive_sim.program.lower.sessions.parts import shared
from eventlive_sim.program.lower.sessions.service import NOT_FOUND
from eventlive_sim.program.lower.sessions.statements import Statements
from eventlive_sim.program.lower.transactions import cross
from eventlive_sim.program.primitives import Cmp, Fn


def lower_auth(handler: Handler, name: str, step: AuthCheck) -> None:
    """Rows of a check; a local one needs asymmetric keys, otherwise the library asks the service."""
    auth = handler.low.design.platform.project.auth
    local = step.auth == "local_jwt" and auth.keys == "asymmetric"
    rejects = step.rejects
    if rejects is None:
        rejects = auth.local_rejects if local else auth.get_user_rejects
    rejected = handler.asm.label("no session")
    check_session(handler, rejected)
    if local:
        _local(handler, name)
    else:
        within_quota(handler, name, lambda: _get_user(handler, name, rejects))
    _answer(handler, rejects)
    handler.asm.place(rejected)


def _answer(handler: Handler, rejects: tuple[str, ...]) -> None:
    """Rows that turn away those with one of the attributes."""
    asm = handler.asm
    done, rejected = asm.label("done"), asm.label("rejected")
    status, outcome = asm.task("status"), asm.task("outcome")
    asm.test(status, Cmp.GE, asm.const(400), done)
    for attribute in rejects:
        asm.test(handler.low.attributes[attribute], Cmp.NE, asm.const(0), rejected)
    asm.jump(done)
    if rejects:
        asm.place(rejected)
        asm.copy(status, asm.const(401))
        asm.copy(outcome, asm.const(FAILED))
    asm.place(done)


def _get_user(handler: Handler, name: str, rejects: tuple[str, ...]) -> None:
    """Rows of GET /user: the service's pool, its own CPU and its statements on the project's cores, its deadline."""
    asm, low = handler.asm, handler.low
    auth = low.design.platform.project.auth
    timed_out, back, answered, deleted = (asm.label(word) for word in ("deadline", "back", "answered", "deleted"))
    status, outcome = asm.task("status"), asm.task("outcome")
    asm.set(asm.call("queries"), Fn.ADD, asm.call("queries"), asm.const(1))
    cross(handler, name, "out")
    unavailable = asm.label("unavailable")
    go_if_out(low, "auth", unavailable)
    asm.deadline(asm.const(auth.deadline), timed_out)
    arrived = asm.call("auth arrived")
    asm.copy(arrived, asm.now)
    delay_by_faults(low, "auth")
    asm.set(asm.call("statements"), Fn.ADD, asm.call("statements"), asm.const(auth.user_statements))
    with asm.temp() as demand:
        own = put(asm, demand, auth.user_cpu, handler.stream(name, "service"), occurrence=handler.occurrence)
        asm.work(low.stations[DB_CPU], own)
    with Statements.of(low, "user", handler.stream(name, "auth"), handler.occurrence) as sql:
        sql.outside(auth.user_statements)
    asm.disarm()
    asm.copy(outcome, asm.const(OK))
    asm.copy(status, asm.const(200))
    _go_if_deleted(handler, deleted)
    _count_verdict(handler, name, rejects)
    asm.jump(answered)
    asm.place(timed_out)
    asm.copy(status, asm.const(504))
    asm.copy(outcome, asm.const(FAILED))
    _count(handler, name, status, "request_timeout", "user")
    if low.sessions is not None:
        asm.jump(answered)
        asm.place(deleted)
        asm.copy(status, asm.const(403))
        asm.copy(outcome, asm.const(FAILED))
        _count(handler, name, status, NOT_FOUND, "user")
    asm.place(answered)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, arrived)
        asm.count(asm.series("auth_duration", trend=True, unit="ns", kind="user"), lasted)
    if outages(low, "auth"):
        asm.jump(back)
        asm.place(unavailable)
        asm.copy(status, asm.const(503))
        asm.copy(outcome, asm.const(FAILED))
        _count(handler, name, status, "unavailable", "user")
    asm.place(back)
    cross(handler, name, "back")


def _go_if_deleted(handler: Handler, target: Label) -> None:
    """Rows that go to `target` when the service has deleted the caller's session."""
    if handler.low.sessions is not None:
        handler.asm.test(shared(handler.low, "gone"), Cmp.NE, handler.asm.const(0), target)


def _count_verdict(handler: Handler, name: str, rejects: tuple[str, ...]) -> None:
    asm, status = handler.asm, handler.asm.task("status")
    counted, rejected = asm.label("counted"), asm.label("rejected")
    for attribute in rejects:
        asm.test(handler.low.attributes[attribute], Cmp.NE, asm.const(0), rejected)
    _count(handler, name, status, "", "user")
    if rejects:
        asm.jump(counted)
        asm.place(rejected)
        _count(handler, name, asm.const(401), "bad_jwt", "user")
        asm.place(counted)


def _count(handler: Handler, name: str, status: int, code: str, kind: str) -> None:
    asm = handler.asm
    queries = asm.series("queries", tag="status", endpoint=handler.name, step=name, service="auth", code=code)
    asm.count(queries, tag=status)
    asm.count(asm.series("auth_requests", tag="status", kind=kind), tag=status)


def _local(handler: Handler, name: str) -> None:
    """Rows of a local check: an instance fetches the public keys when its copy is old, then verifies."""
    asm, low = handler.asm, handler.low
    auth = low.design.platform.project.auth
    status, outcome = asm.task("status"), asm.task("outcome")
    if handler.endpoint.runs_on == "vercel":
        instance = handler.load_instance()
        fresh = asm.label("fresh")
        until = asm.shared(low.jwks, instance)
        asm.test(asm.now, Cmp.LT, until, fresh)
        asm.set(asm.call("queries"), Fn.ADD, asm.call("queries"), asm.const(1))
        cross(handler, name, "keys out")
        _count(handler, name, asm.const(200), "", "jwks")
        cross(handler, name, "keys back")
        asm.set(until, Fn.ADD, asm.now, asm.const(auth.jwks_ttl))
        asm.place(fresh)
        with asm.temp() as demand:
            law = put(asm, demand, auth.verify, handler.stream(name, "verify"), occurrence=handler.occurrence)
            asm.work(low.stations[FUNCTIONS], law)
    asm.copy(status, asm.const(200))
    asm.copy(outcome, asm.const(OK))
