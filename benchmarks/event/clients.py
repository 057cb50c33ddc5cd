"""The clients of the event in SimPy: people with their tabs and loops, and admins who poll."""

from __future__ import annotations

from math import ceil

import simpy

from benchmarks.event.books import Books, StationBook
from benchmarks.event.endpoints import Endpoints, Handler
from benchmarks.event.laws import Law, Laws
from benchmarks.event.people import Call, Doing, Person, Session, Tab
from benchmarks.event.realtime import Channel, Realtime
from benchmarks.event.services import Answer, Platform
from benchmarks.event.stations import Deadline

STAY_S = 3600.0
CALL_TIMEOUT_S = 30.0
TRACK_EVERY_S = 300.0
STATS_EVERY_S = 5.0
TICK_S = 30.0
TICKS_AHEAD = 3
COOL_S = 60.0
REGISTERED, GUEST, KEPT, TWO_TABS = 0.9, 0.03, 0.99, 0.08


class Event:
    """S1 before: the world, and everybody in it.

    Parameters
    ----------
    people, admins : int
        How many come to watch, and how many look at figures.
    duration : float
        How long it is simulated [s].
    seed : int
        Of the random numbers.
    """

    def __init__(self, people: int, admins: int, duration: float, seed: int = 1) -> None:
        self.env = simpy.Environment()
        self.duration = duration
        self.laws = Laws(seed)
        self.books = Books(self.env, duration)
        self.platform = Platform(self.env, self.laws, self.books)
        self.realtime = Realtime(self.platform)
        self.endpoints = Endpoints(self.platform)
        self.tabs: list[Tab] = []
        for _ in range(people):
            self.env.process(self._participant())
        for _ in range(admins):
            self.env.process(self._admin())

    @property
    def stations(self) -> dict[str, StationBook]:
        """Books of the stations, by name."""
        return self.platform.stations

    def run(self) -> int:
        """Simulate; the number of station visits."""
        self.env.run(self.duration)
        for tab in self.tabs:
            self.realtime.note_ages(tab)
        for book in (*self.stations.values(), *(one.book for one in self.platform.functions.processors)):
            book.close()
        return sum(book.visits for book in self.stations.values())

    # ---------------------------------------------------------------- people

    def _participant(self) -> Doing:
        """Come with a tab or two, stay for an hour, close them."""
        env, laws, platform = self.env, self.laws, self.platform
        share = laws.share
        person = Person(
            platform.row("registrations"), platform.row("webinar_live_presence"), registered=share() < REGISTERED
        )
        guest = share() < GUEST
        kept = share() < KEPT
        yield env.timeout(laws.arrival())
        if not guest:
            began = env.now - laws.token_age()
            person.session = Session(env, platform.row("session"), platform.token_limit(), began, kept=kept)
        self.books.count("people", "join", "participant")
        for number in range(2 if share() < TWO_TABS else 1):
            tab = Tab(env, person, number, platform.row("access_sessions"))
            person.tabs.append(tab)
            self.tabs.append(tab)
            self._open(tab)
        yield env.timeout(STAY_S)
        for tab in person.tabs:
            tab.close()
            self.realtime.leave(tab)
        self.books.count("people", "leave", "participant")

    def _open(self, tab: Tab) -> None:
        """Start what a tab does."""
        endpoints, laws, realtime = self.endpoints, self.laws, self.realtime
        doings = [self._loop(tab, "access_track", endpoints.access_track, lambda: TRACK_EVERY_S)]
        session = tab.person.session
        if session is not None:
            doings.append(self._loop(tab, "presence_ping", endpoints.presence_ping, laws.ping))
            if not tab.number:
                doings.append(self._posts(tab, session, "message_post", realtime.chat, laws.post))
                doings.append(self._posts(tab, session, "question_post", realtime.qa, laws.ask))
            doings.append(self._ticks(tab, session))
        for doing in (*doings, realtime.connect(tab), realtime.check_logins(tab), self._looks(tab)):
            tab.start(self.env, doing)

    def _looks(self, tab: Tab) -> Doing:
        """Look at the tab and look away."""
        env, laws = self.env, self.laws
        while True:
            tab.turn(env, hidden=False)
            yield env.timeout(laws.visible())
            tab.turn(env, hidden=True)
            yield env.timeout(laws.hidden())

    # ---------------------------------------------------------------- calls

    def _loop(self, tab: Tab, endpoint: str, handler: Handler, wait: Law) -> Doing:
        """Call, wait from the answer on, call again."""
        session = tab.person.session
        while session is None or not session.out:
            yield from self._call(Call(endpoint, tab), handler, "participant")
            yield self.env.timeout(wait())

    def _posts(self, tab: Tab, session: Session, endpoint: str, channel: Channel, wait: Law) -> Doing:
        """Write a message or a question now and then, from the browser itself."""

        def handler(call: Call) -> Answer:
            return self.endpoints.post(call, channel)

        yield self.env.timeout(wait())
        while not session.out:
            yield from self._call(Call(endpoint, tab), handler, "participant", fresh=True)
            yield self.env.timeout(wait())

    def _call(self, call: Call, handler: Handler, client: str, *, fresh: bool = False) -> Doing:
        """One call: who gives up leaves the handler to itself. ``fresh``: with a token of the browser's own storage."""
        env, books = self.env, self.books
        books.count("first_tries", client, call.endpoint)
        books.count("attempts", client, call.endpoint)
        began = env.now
        deadline = Deadline(env, CALL_TIMEOUT_S)
        try:
            if fresh and call.session is not None:
                yield from self._freshen(call.tab, call.session)
            status = yield env.process(handler(call))
        except simpy.Interrupt as interrupt:
            if interrupt.cause is not deadline:
                books.count("calls", call.endpoint, -1)
                raise
            status = -2
        finally:
            deadline.disarm()
        books.count("calls", call.endpoint, status)
        books.trends["call_duration", call.endpoint].add(env.now - began)

    # ---------------------------------------------------------------- sessions

    def _freshen(self, tab: Tab, session: Session) -> Doing:
        """See to a token that does not expire soon; a tab asks for one once at a time."""
        now = self.env.now
        if session.out or session.expires - now >= Session.MARGIN_S or session.cooled > now:
            return
        if tab.refreshing:
            yield tab.joined
        else:
            yield from self._refresh(tab, session)

    def _refresh(self, tab: Tab, session: Session) -> Doing:
        """Refresh with the token in the browser's storage; the other tab may do the same."""
        env, platform = self.env, self.platform
        tab.refreshing = True
        presented = session.held
        try:
            status, issued, expires = yield from platform.refresh(
                "browser", session, presented, session.limit, self.laws.client_project
            )
        finally:
            tab.refreshed(env)
        if session.held != presented or status >= 500:
            return
        if status < 400:
            session.held, session.expires = issued, expires
        elif session.expires > env.now:
            session.cooled = env.now + COOL_S
            return
        else:
            session.out = True
            session.held, session.expires = 0, 0.0
            self.books.count("sign_outs", "browser")
        session.renew(env)

    def _ticks(self, tab: Tab, session: Session) -> Doing:
        """Look after the token every 30 s while somebody looks at the tab; nothing is done at ticks that come too soon."""
        env = self.env
        yield from self._freshen(tab, session)
        while not session.out:
            if tab.hidden:
                yield tab.turned
                continue
            ticks = (session.expires - env.now) // TICK_S - TICKS_AHEAD
            if ticks > 1:
                began = env.now
                yield tab.turned | session.renewed | env.timeout(ticks * TICK_S)
                passed = max(1, ceil((env.now - began) / TICK_S - 1e-9))
                yield env.timeout(max(0.0, began + passed * TICK_S - env.now))
                continue
            if ticks <= 0 and session.cooled <= env.now:
                if tab.refreshing:
                    yield tab.joined
                else:
                    yield from self._refresh(tab, session)
            yield env.timeout(TICK_S)

    # ---------------------------------------------------------------- admins

    def _admin(self) -> Doing:
        """Ask for figures every 5 s, whether or not the last were there."""
        env = self.env
        platform = self.platform
        person = Person(platform.row("registrations"), platform.row("webinar_live_presence"), registered=False)
        tab = Tab(env, person, 0, platform.row("access_sessions"))
        self.books.count("people", "join", "admin")
        while True:
            env.process(self._call(Call("stats_access", tab), self.endpoints.stats_access, "admin"))
            yield env.timeout(STATS_EVERY_S)
