"""The endpoints of the event in SimPy, as EventLive fell over: their queries in order, and what they make of the answers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from benchmarks.event.laws import Law
from benchmarks.event.people import Call
from benchmarks.event.realtime import Channel
from benchmarks.event.services import Answer, Platform
from benchmarks.event.stations import Deadline

FUNCTION_LIMIT_S = 300.0
POLICY_S = 8e-6
EXISTS_S = 130e-6
SCAN_ROW_S = 63e-9
SCANNED = 1000
Handler = Callable[[Call], Answer]


class Endpoints:
    """Handlers by endpoint; each is a process, and answers with a status."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.env = platform.env
        self.laws = platform.laws
        self.books = platform.books

    # ---------------------------------------------------------------- what all functions share

    def on_function(self, call: Call, cpu: Law, handler: Handler) -> Answer:
        """A request to a function: network, an instance, its CPU, the handler, and the way back."""
        env, platform = self.env, self.platform
        yield env.timeout(self.laws.client_function())
        instance = yield from platform.functions.enter()
        status = 503
        if instance is not None:
            call.instance = instance
            deadline = Deadline(env, FUNCTION_LIMIT_S)
            try:
                yield from instance.processor.work(cpu())
                call.data_at = env.now
                status = yield from handler(call)
            except simpy.Interrupt as interrupt:
                if interrupt.cause is not deadline:
                    raise
                status = 504
            finally:
                deadline.disarm()
                platform.functions.leave(instance)
        self._note(call)
        yield env.timeout(self.laws.client_function())
        session = call.session
        if call.cookie and session is not None and session.kept and not session.out:
            session.cookie, session.cookie_expires = call.cookie, call.cookie_expires
        return status

    def _note(self, call: Call) -> None:
        trends = self.books.trends
        trends["queries_per_call", call.endpoint].add(call.queries)
        trends["statements_per_call", call.endpoint].add(call.statements)

    # ---------------------------------------------------------------- presence_ping

    def presence_ping(self, call: Call) -> Answer:
        """POST presence/ping."""
        return self.on_function(call, self.laws.handler, self._ping)

    def _ping(self, call: Call) -> Answer:
        platform, laws, person = self.platform, self.laws, call.person
        status = yield from platform.get_user(call)
        if status >= 400:
            return 401 if status == 401 else 500
        status = yield from platform.select(call, "webinar", laws.select())
        if status >= 400:
            return 500
        yield from platform.select_missing_column(call, "registration")  # nobody looks at the 400: not registered
        status = yield from platform.select(call, "profile", laws.select() + POLICY_S)
        if status >= 400:
            return 500
        yield from self._register(call)
        status = yield from platform.write(call, "presence", person.presence, self._look_at_presence(call))
        if status >= 400:
            return 500
        status = yield from platform.select(call, "session", laws.select() + POLICY_S)
        if status >= 400:
            return 500
        if call.tab.access_row:
            status = yield from self._touch(call)
        return 500 if status >= 400 else 200

    def _look_at_presence(self, call: Call) -> Callable[[], tuple[float, bool, int, str]]:
        laws, person = self.laws, call.person

        def look() -> tuple[float, bool, int, str]:
            if not person.registered:  # its policy: only who is registered
                return laws.rpc() + EXISTS_S, False, 403, "42501"
            return laws.rpc() + EXISTS_S + laws.upsert_inner(), True, 200, ""

        return look

    def _register(self, call: Call) -> Generator[simpy.Event, Any, None]:
        """Insert the registration, and read it again after a conflict; no error of either is looked at."""
        platform, laws, person = self.platform, self.laws, call.person

        def look() -> tuple[float, bool, int, str]:
            if person.registered:
                return laws.insert_conflict() + POLICY_S, False, 409, "23505"
            return laws.insert() + POLICY_S, True, 201, ""

        def written() -> None:
            person.registered = True

        status = yield from platform.write(call, "register", person.registration, look, written)
        if status == 409:
            yield from platform.select(call, "reread", laws.select() + POLICY_S)

    def _touch(self, call: Call) -> Answer:
        laws, tab = self.laws, call.tab

        def look() -> tuple[float, bool, int, str]:
            if tab.access_row:
                return laws.update() + POLICY_S, True, 200, ""
            return laws.update_missing() + POLICY_S, False, 200, ""

        return self.platform.write(call, "session_touch", tab.access, look)

    # ---------------------------------------------------------------- access_track

    def access_track(self, call: Call) -> Answer:
        """POST access/track; a guest has no account to ask for and no registration."""
        return self.on_function(call, self.laws.handler, self._track)

    def _track(self, call: Call) -> Answer:
        platform, laws, tab = self.platform, self.laws, call.tab
        if call.session is not None:
            status = yield from platform.get_user(call)
            if status >= 400:
                return 401 if status == 401 else 500
            yield from platform.select_missing_column(call, "registration")
            yield from self._register(call)
        status = yield from platform.select(call, "session", laws.select() + POLICY_S)
        if status >= 400:
            return 500
        if tab.access_row:
            status = yield from self._touch(call)
        else:
            status = yield from self._open_session(call)
        if status >= 400:
            return 500
        status = yield from platform.write(call, "log", None, self._look_at_nothing, self._logged)
        return 500 if status >= 400 else 200

    def _open_session(self, call: Call) -> Answer:
        laws, tab = self.laws, call.tab

        def written() -> None:
            tab.access_row = True

        return self.platform.write(
            call, "session_open", tab.access, lambda: (laws.upsert() + POLICY_S, True, 201, ""), written
        )

    def _look_at_nothing(self) -> tuple[float, bool, int, str]:
        return self.laws.insert(), True, 201, ""

    def _logged(self) -> None:
        self.platform.log_rows += 1

    # ---------------------------------------------------------------- stats_access

    def stats_access(self, call: Call) -> Answer:
        """GET stats/access, as the service role: no statement timeout."""
        status = yield from self.on_function(call, self.laws.stats_handler, self._stats)
        if status < 400:
            shown, now = call.tab.shown, self.env.now
            if "admin_figures" in shown:
                self.books.trends["freshness", "admin_figures"].add(now - shown["admin_figures"])
            shown["admin_figures"] = call.data_at
        return status

    def _stats(self, call: Call) -> Answer:
        platform, laws = self.platform, self.laws
        status = yield from platform.get_user(call)
        if status >= 400:
            return 401 if status == 401 else 500
        status = yield from platform.select(call, "admin", laws.select(), timeout=None)
        if status >= 400:
            return 500
        for step in ("registered", "live", "sessions", "entries", "surveys", "visitors"):
            if step == "entries":
                cost = laws.aggregate_log() + SCAN_ROW_S * platform.log_rows
            else:
                cost = laws.aggregate() + SCAN_ROW_S * SCANNED
            status = yield from platform.select(call, step, cost, timeout=None)
            if status >= 400:
                return 500
        return 200

    # ---------------------------------------------------------------- straight to PostgREST

    def post(self, call: Call, channel: Channel) -> Answer:
        """A browser inserts a message or a question; the channel's table tells its listeners."""
        env, laws, person = self.env, self.laws, call.person
        yield env.timeout(laws.client_project())
        session = call.session
        status = 401
        if session is None or session.expires > env.now:

            def look() -> tuple[float, bool, int, str]:
                if not person.registered:
                    return EXISTS_S, False, 403, "42501"
                return EXISTS_S + laws.insert(), True, 201, ""

            status = yield from self.platform.query(call, channel.step, look, written=channel.changed)
        self._note(call)
        yield env.timeout(laws.client_project())
        return 200 if status == 201 else status
