"""What the handlers of the event in SimPy ask: PostgREST, Auth and its tokens, over one Postgres."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from benchmarks.event.books import Books, StationBook
from benchmarks.event.laws import Law, Laws
from benchmarks.event.people import Call, Session
from benchmarks.event.stations import EFFICIENCY, Bucket, Deadline, Functions, Processor, Station

Answer = Generator[simpy.Event, Any, int]
Look = Callable[[], tuple[float, bool, int, str]]
"""Looks at a row, whose lock is held: the demand, whether it writes, status and code."""

REST_PATIENCE_S = 10.0
STATEMENT_TIMEOUT_S = 8.0
AUTH_DEADLINE_S = 10.0
ROUND_TRIP_S = 60e-6
ROUND_TRIPS = 4
USER_STATEMENTS = 5
CHECKS, WORK, CONTENDED, REFUSED = 6, 18, 3, 11
"""Statements of POST /token: before its transaction, in it, when the session is locked, when the token is refused."""
LOCK_GIVE_UP_S = 5.0
RETRY_FIRST_S, RETRY_WITHIN_S = 0.2, 30.0
ADDRESSES = 4


class Platform:
    """The stations, and what happens at them."""

    def __init__(self, env: simpy.Environment, laws: Laws, books: Books) -> None:
        self.env = env
        self.laws = laws
        self.books = books
        names = (
            "db_cpu", "rest_pool", "auth_pool", "realtime_pool", "token_limit", "lock.session", "lock.registrations",
            "lock.webinar_live_presence", "lock.access_sessions",
        )  # fmt: skip
        self.stations = {name: StationBook(env) for name in names}
        self.stations["db_cpu"].capacity = 2
        for pool in ("rest_pool", "auth_pool"):
            self.stations[pool].capacity = 10
        self.cpu = Processor(env, 2, 0.6, self.stations["db_cpu"], EFFICIENCY)
        self.rest_pool = Station(env, self.stations["rest_pool"], 10)
        self.auth_pool = Station(env, self.stations["auth_pool"], 10)
        self.realtime_pool = Station(env, self.stations["realtime_pool"])
        self.functions = Functions(env, laws.cold_start)
        self.stations["functions"] = self.functions.book
        self.addresses = [self.token_limit() for _ in range(ADDRESSES)]
        self.log_rows = 0

    def row(self, table: str) -> Station:
        """Lock of a row that is to be."""
        return Station(self.env, self.stations[f"lock.{table}"])

    def token_limit(self) -> Bucket:
        """Refreshes that one address may send."""
        return Bucket(self.env, self.stations["token_limit"], 30, 2.0)

    # ---------------------------------------------------------------- PostgREST

    def select(self, call: Call, step: str, cost: float, *, timeout: float | None = STATEMENT_TIMEOUT_S) -> Answer:
        """Read by PostgREST, from a function."""
        network = self.laws.function_project
        yield self.env.timeout(network())
        status = yield from self.query(call, step, lambda: (cost, False, 200, ""), timeout=timeout)
        yield self.env.timeout(network())
        return status

    def select_missing_column(self, call: Call, step: str) -> Answer:
        """Ask PostgREST for a column that is not there."""
        network, cost = self.laws.function_project, self.laws.select_error()
        yield self.env.timeout(network())
        status = yield from self.query(call, step, lambda: (cost, False, 400, "42703"))
        yield self.env.timeout(network())
        return status

    def write(
        self, call: Call, step: str, lock: Station | None, look: Look, written: Callable[[], None] | None = None
    ) -> Answer:
        """Write by PostgREST, from a function."""
        network = self.laws.function_project
        yield self.env.timeout(network())
        status = yield from self.query(call, step, look, lock, written)
        yield self.env.timeout(network())
        return status

    def query(
        self,
        call: Call,
        step: str,
        look: Look,
        lock: Station | None = None,
        written: Callable[[], None] | None = None,
        timeout: float | None = STATEMENT_TIMEOUT_S,
    ) -> Answer:
        """One request to PostgREST: connection, row, the statements' work, round trips and commit."""
        env = self.env
        call.queries += 1
        connection = yield from self.rest_pool.enter(REST_PATIENCE_S)
        if connection is None:
            self.books.count("queries", call.endpoint, step, 504, "PGRST003")
            return 504
        call.statements += ROUND_TRIPS
        deadline = Deadline(env, timeout) if timeout else None
        held = None
        try:
            if lock is not None:
                held = yield from lock.enter()
            demand, writes, status, code = look()
            yield from self.cpu.work(self.laws.postgrest() + demand)
            hold = ROUND_TRIP_S * ROUND_TRIPS
            yield env.timeout(hold + self.laws.commit() if writes else hold)
            if writes:
                self.books.count("rows", call.endpoint, step)
                if written is not None:
                    written()
        except simpy.Interrupt as interrupt:
            if interrupt.cause is not deadline:
                raise
            status, code = 500, "57014"
        finally:
            if lock is not None and held is not None:
                lock.leave(held)
            if deadline is not None:
                deadline.disarm()
            self.rest_pool.leave(connection)
        self.books.count("queries", call.endpoint, step, status, code)
        return status

    # ---------------------------------------------------------------- Auth

    def get_user(self, call: Call) -> Answer:
        """GET /user from a function, with a refresh before it when the token of the cookie is about to expire."""
        env, laws, books = self.env, self.laws, self.books
        session = call.session
        if session is not None and session.cookie_expires - env.now < Session.MARGIN_S:
            status = yield from self.refresh_in_function(call, session)
            if status >= 500 or (status >= 400 and session.cookie_expires <= env.now):
                return 401
        call.queries += 1
        yield env.timeout(laws.function_project())
        arrived = env.now
        call.statements += USER_STATEMENTS
        deadline = Deadline(env, AUTH_DEADLINE_S)
        status, code = 200, ""
        try:
            yield from self.cpu.work(laws.user_cpu())
            yield from self.auth_statements(laws.auth_statement(), USER_STATEMENTS)
            books.count("auth_statements", "user", value=USER_STATEMENTS)
        except simpy.Interrupt as interrupt:
            if interrupt.cause is not deadline:
                raise
            status, code = 504, "request_timeout"
        finally:
            deadline.disarm()
        books.count("queries", call.endpoint, "user", status, code)
        books.count("auth_requests", "user", status)
        books.trends["auth_duration", "user"].add(env.now - arrived)
        yield env.timeout(laws.function_project())
        return status

    def auth_statements(self, demand: float, number: int) -> Generator[simpy.Event, Any, None]:
        """Send statements one by one, each on a connection of its own."""
        env, pool = self.env, self.auth_pool
        for _ in range(number):
            connection = yield from pool.enter()
            try:
                yield from self.cpu.work(demand)
                yield env.timeout(ROUND_TRIP_S)
            finally:
                pool.leave(connection)

    def refresh_in_function(self, call: Call, session: Session) -> Answer:
        """Refresh with the token of the cookie; functions do not share what they get."""
        assert call.instance is not None
        limit = self.addresses[call.instance.index % ADDRESSES]
        presented = session.cookie
        status, issued, expires = yield from self.refresh(
            "function", session, presented, limit, self.laws.function_project
        )
        if status < 400:
            call.cookie, call.cookie_expires = issued, expires
        return status

    def refresh(
        self, by: str, session: Session, presented: int, limit: Bucket, network: Law
    ) -> Generator[simpy.Event, Any, tuple[int, int, float]]:
        """POST /token, again with growing waits while the service fails: status, the token and when it expires."""
        env, books = self.env, self.books
        began, wait = env.now, RETRY_FIRST_S
        while True:
            sent = env.now
            yield env.timeout(network())
            status, issued, expires = yield from self.token(by, session, presented, limit)
            books.count("auth_requests", "token", status)
            yield env.timeout(network())
            books.trends["refresh_duration", by].add(env.now - sent)
            if status < 500 or env.now - began + wait >= RETRY_WITHIN_S:
                return status, issued, expires
            yield env.timeout(wait)
            wait *= 2

    def token(
        self, by: str, session: Session, presented: int, limit: Bucket
    ) -> Generator[simpy.Event, Any, tuple[int, int, float]]:
        """POST /token at the service."""
        env, books = self.env, self.books
        if not limit.take():
            books.count("refresh_errors", by, "over_request_rate_limit")
            return 429, 0, 0.0
        arrived = env.now
        deadline = Deadline(env, AUTH_DEADLINE_S)
        try:
            yield from self.cpu.work(self.laws.token_cpu())
            status, issued = yield from self._rotation(by, session, presented)
        except simpy.Interrupt as interrupt:
            if interrupt.cause is not deadline:
                raise
            books.count("refresh_errors", by, "request_timeout")
            status, issued = 504, 0
        finally:
            deadline.disarm()
        books.trends["auth_duration", "token"].add(env.now - arrived)
        return status, issued, env.now + Session.LIFE_S

    def _rotation(self, by: str, session: Session, presented: int) -> Generator[simpy.Event, Any, tuple[int, int]]:
        """The statements of a refresh; while another holds the session, all of them again."""
        env, books, pool = self.env, self.books, self.auth_pool
        demand = self.laws.auth_statement()
        began = env.now
        while True:
            yield from self.auth_statements(demand, CHECKS)
            books.count("auth_statements", "token", value=CHECKS)
            connection = yield from pool.enter()
            held = session.lock.enter_now()
            try:
                verdict = session.verdict(presented, env.now) if held is not None else "contended"
                statements = {"contended": CONTENDED, "refused": REFUSED}.get(verdict, WORK)
                yield from self.cpu.work(demand * statements)
                yield env.timeout(ROUND_TRIP_S * statements)
                books.count("auth_statements", "token", value=statements)
                if verdict in {"rotated", "current"}:
                    yield env.timeout(self.laws.commit())
                    books.count("refreshes", by, verdict)
                    return 200, session.rotate(presented, env.now, verdict)
                if verdict == "refused":
                    session.buried = session.latest
                    books.count("refresh_errors", by, "refresh_token_already_used")
                    return 400, 0
            finally:
                if held is not None:
                    session.lock.leave(held)
                pool.leave(connection)
            books.count("refresh_waits", by)
            yield env.timeout(self.laws.lock_pause())
            if env.now - began >= LOCK_GIVE_UP_S:
                books.count("refresh_errors", by, "conflict")
                return 409, 0
