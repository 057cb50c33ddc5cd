"""POST /token of the Auth service: its limit, its statements, the rows that it locks, the token that it hands out."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import AUTH_POOL, DB_CPU, Lowering
from eventlive_sim.program.lower.faults import delay_by_faults, go_if_out
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.lower.sessions.parts import RING, SessionParts, sessions_of, shared
from eventlive_sim.program.lower.sessions.statements import Statements
from eventlive_sim.program.primitives import NONE, Cmp, Fn

ALREADY_USED, NOT_FOUND = "refresh_token_already_used", "session_not_found"
CONFLICT, LIMITED = "conflict", "over_request_rate_limit"
TIMED_OUT, UNAVAILABLE = "request_timeout", "unavailable"
_ROTATE, _CURRENT, _USED = range(3)
_RESULTS = {_ROTATE: "rotated", _CURRENT: "current"}


@dataclass(frozen=True)
class Asking:
    """One request for tokens, as the rows of who asks see it: operands of call registers.

    Attributes
    ----------
    by : str
        ``browser`` or ``function``.
    address : int
        Task register of the address that is counted.
    presented, issued, expires, status : int
        The token given in; the one given out, and when the access token with it expires; how it went.
    """

    low: Lowering = field(repr=False)
    by: str
    address: int
    presented: int
    issued: int
    expires: int
    status: int

    @property
    def parts(self) -> SessionParts:
        """Parts of sessions."""
        return sessions_of(self.low)

    def stream(self, what: str) -> str:
        """Name of a stream of draws."""
        return f"token.{self.by}.{what}"

    def fail(self, status: int, code: str) -> None:
        """Rows of a request that is refused."""
        asm = self.low.asm
        asm.copy(self.status, asm.const(status))
        asm.count(asm.series("refresh_errors", code=code, by=self.by))


def ask_for_tokens(asking: Asking) -> None:
    """Rows of one request, from its sending to its answer; ``auth_duration`` is of those that the limit lets through."""
    low, asm, parts = asking.low, asking.low.asm, asking.parts
    auth = low.design.platform.project.auth
    path = low.design.platform.path
    way = path.client_project if asking.by == "browser" else path.function_project
    limited, timed_out, unavailable, worked, answered = (
        asm.label(word) for word in ("limited", "deadline", "unavailable", "worked", "answered")
    )
    sent, arrived = asm.call("token sent"), asm.call("token arrived")
    asm.copy(sent, asm.now)
    hold(asm, way, asking.stream("out"))
    asm.copy(arrived, asm.now)
    go_if_out(low, "auth", unavailable)
    if parts.limit != NONE:
        with asm.temp() as granted:
            asm.enter(parts.limit, granted, key=asking.address, patience=asm.const(0))
            asm.test(granted, Cmp.EQ, asm.const(0), limited)
    asm.deadline(asm.const(auth.deadline), timed_out)
    delay_by_faults(low, "auth")
    _serve(asking)
    asm.disarm()
    asm.jump(worked)
    asm.place(timed_out)
    asking.fail(504, TIMED_OUT)
    asm.place(worked)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, arrived)
        asm.count(asm.series("auth_duration", trend=True, unit="ns", kind="token"), lasted)
    asm.jump(answered)
    asm.place(unavailable)
    asking.fail(503, UNAVAILABLE)
    asm.jump(answered)
    asm.place(limited)
    asking.fail(429, LIMITED)
    asm.place(answered)
    asm.count(asm.series("auth_requests", tag="status", kind="token"), tag=asking.status)
    hold(asm, way, asking.stream("back"))
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, sent)
        asm.count(asm.series("refresh_duration", trend=True, unit="ns", by=asking.by), lasted)


def _serve(asking: Asking) -> None:
    """Rows within the request's deadline: look, lock, decide, write; locked rows are looked at again and again."""
    low, asm, parts = asking.low, asking.low.asm, asking.parts
    tokens, pool = parts.tokens, low.stations[AUTH_POOL]
    began, tries = asm.call("token began"), asm.call("token tries")
    again, locked, gone, used, served = (asm.label(word) for word in ("again", "locked", "gone", "used", "served"))
    if not tokens.cpu.is_zero:
        with asm.temp() as own:
            asm.work(low.stations[DB_CPU], put(asm, own, tokens.cpu, asking.stream("service")))
    asm.copy(began, asm.now)
    asm.copy(tries, asm.const(0))
    with Statements.of(low, "token", f"token.{asking.by}") as sql:
        asm.place(again)
        sql.outside(tokens.checks)
        asm.test(shared(low, "gone"), Cmp.NE, asm.const(0), gone)
        asm.enter(pool)
        with asm.temp() as granted:
            asm.enter(parts.lock, granted, key=parts.key, patience=asm.const(0))
            asm.test(granted, Cmp.NE, asm.const(0), locked)
        sql.inside(tokens.contended)
        asm.leave(pool)
        asm.count(asm.series("refresh_waits", by=asking.by))
        asm.set(tries, Fn.ADD, tries, asm.const(1))
        hold(asm, tokens.lock_pause, asking.stream("pause"), occurrence=tries)
        with asm.temp() as waited:
            asm.set(waited, Fn.SUB, asm.now, began)
            asm.test(waited, Cmp.LT, asm.const(tokens.lock_give_up), again)
        asking.fail(409, CONFLICT)
        asm.jump(served)
        asm.place(locked)
        _write(asking, sql, used)
        _release(low, parts)
        asm.copy(asking.status, asm.const(200))
        asm.set(asking.expires, Fn.ADD, asm.now, asm.const(tokens.lifetime))
        asm.jump(served)
        asm.place(used)
        sql.inside(tokens.refused)
        _bury(low)
        _release(low, parts)
        asking.fail(400, ALREADY_USED)
        asm.jump(served)
        asm.place(gone)
        asking.fail(400, NOT_FOUND)
        asm.place(served)


def _release(low: Lowering, parts: SessionParts) -> None:
    low.asm.leave(parts.lock, parts.key)
    low.asm.leave(low.stations[AUTH_POOL])


def _write(asking: Asking, sql: Statements, used: Label) -> None:
    """Rows of a transaction that holds the session's rows: decide by the token, then write and commit."""
    low, asm, parts = asking.low, asking.low.asm, asking.parts
    verdict = asm.call("token verdict")
    decide = _decide_by_parent if parts.tokens.kind == "v1" else _decide_by_counter
    decide(asking, verdict, used)
    sql.inside(parts.tokens.work)
    hold(asm, low.design.platform.project.postgres.commit, asking.stream("commit"))
    current, written = asm.label("current"), asm.label("written")
    latest, refreshed = shared(low, "latest"), shared(low, "refreshed")
    asm.test(verdict, Cmp.EQ, asm.const(_CURRENT), current)
    with asm.temp() as key:
        parts.ring_key(asm, asking.presented, key)
        asm.set(asm.shared(parts.spent, key), Fn.MAX, asm.now, asm.const(1))
        asm.copy(shared(low, "parent"), asking.presented)
        asm.set(latest, Fn.ADD, latest, asm.const(1))
        parts.ring_key(asm, latest, key)
        asm.copy(asm.shared(parts.made, key), asm.now)
        asm.copy(asm.shared(parts.spent, key), asm.const(0))
    asm.count(asm.series("refreshes", by=asking.by, result=_RESULTS[_ROTATE]))
    asm.jump(written)
    asm.place(current)
    asm.count(asm.series("refreshes", by=asking.by, result=_RESULTS[_CURRENT]))
    asm.place(written)
    asm.copy(asking.issued, latest)
    asm.copy(refreshed, asm.now)


def _decide_by_parent(asking: Asking, verdict: int, used: Label) -> None:
    """Rows of the first kind: a token that was given in is good again while the newest one was given out for it.

    Otherwise it is good for the reuse interval; later it is a sign of theft, and the whole family is revoked.
    """
    low, asm, parts = asking.low, asking.low.asm, asking.parts
    revoked, decided, orphan = (asm.label(word) for word in ("revoked", "decided", "no active token"))
    presented, latest = asking.presented, shared(low, "latest")
    with asm.temp() as age, asm.temp() as key:
        asm.copy(verdict, asm.const(_ROTATE))
        asm.set(age, Fn.SUB, latest, presented)
        asm.test(age, Cmp.GE, asm.const(RING), used)
        parts.ring_key(asm, presented, key)
        asm.test(presented, Cmp.LE, shared(low, "buried"), revoked)
        asm.test(asm.shared(parts.spent, key), Cmp.EQ, asm.const(0), decided)
        asm.place(revoked)
        asm.test(latest, Cmp.LE, shared(low, "buried"), orphan)
        asm.copy(verdict, asm.const(_CURRENT))
        asm.test(shared(low, "parent"), Cmp.EQ, presented, decided)
        asm.copy(verdict, asm.const(_ROTATE))
        asm.place(orphan)
        asm.set(age, Fn.MAX, asm.shared(parts.made, key), asm.shared(parts.spent, key))
        asm.set(age, Fn.SUB, asm.now, age)
        asm.test(age, Cmp.GT, asm.const(parts.tokens.reuse_interval), used)
        asm.place(decided)


def _decide_by_counter(asking: Asking, verdict: int, used: Label) -> None:
    """Rows of the second kind: one behind is good again, more behind only shortly after a refresh."""
    low, asm, parts = asking.low, asking.low.asm, asking.parts
    decided = asm.label("decided")
    with asm.temp() as behind:
        asm.copy(verdict, asm.const(_ROTATE))
        asm.set(behind, Fn.SUB, shared(low, "latest"), asking.presented)
        asm.test(behind, Cmp.LE, asm.const(0), decided)
        asm.copy(verdict, asm.const(_CURRENT))
        asm.test(behind, Cmp.EQ, asm.const(1), decided)
        asm.set(behind, Fn.SUB, asm.call("token began"), shared(low, "refreshed"))
        asm.test(behind, Cmp.GE, asm.const(parts.tokens.reuse_interval), used)
        asm.place(decided)


def _bury(low: Lowering) -> None:
    """Rows of a token that was used: its family is revoked (v1), or its session deleted (v2)."""
    asm, parts = low.asm, sessions_of(low)
    if parts.tokens.kind == "v1":
        asm.copy(shared(low, "buried"), shared(low, "latest"))
    else:
        asm.copy(shared(low, "gone"), asm.const(1))
