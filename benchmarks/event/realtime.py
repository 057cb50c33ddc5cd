"""Realtime in the event in SimPy: connections, channels, and the service that tells of changed rows."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.event.people import Doing, Tab
from benchmarks.event.services import Platform
from benchmarks.event.stations import Deadline

JOIN_DEADLINE_S = 10.0
REJOIN_S = (1.0, 2.0, 5.0, 10.0)
POLL_S = 0.1
POLL_IDLE_S = 0.5
POLL_CHANGES = 100
CHECK_S = 56e-6
CALLS, CALLS_S = 5, 30.0
CHECK_EVERY_S = 5.0


class Channel:
    """A channel that all share, with the changes that its members have not been told of."""

    __slots__ = ("backlog", "members", "name", "news", "oldest", "step")

    def __init__(self, name: str, step: str, news: News) -> None:
        self.name = name
        self.step = step
        self.news = news
        self.members = 0
        self.backlog = 0
        self.oldest = 0.0

    def changed(self) -> None:
        """Note that a row was written."""
        if self.members:
            if not self.backlog:
                self.oldest = self.news.env.now
            self.backlog += 1
            self.news.tell()


class News:
    """Wakes the service when there is a change to tell of."""

    __slots__ = ("env", "event")

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.event = env.event()

    def tell(self) -> None:
        """Wake it; nothing is remembered."""
        event, self.event = self.event, self.env.event()
        event.succeed()


class Realtime:
    """The service, and what a tab does with it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.env = platform.env
        self.books = platform.books
        self.news = News(self.env)
        self.chat = Channel("chat", "message", self.news)
        self.qa = Channel("qa", "question", self.news)
        self.connected = 0
        self.env.process(self._changes())

    def _changes(self) -> Doing:
        """Poll for changes: seldom while there are none, else ten times a second; each receiver is checked."""
        env, books, laws = self.env, self.books, self.platform.laws
        while True:
            if not self.chat.backlog and not self.qa.backlog:
                yield self.news.event
                yield env.timeout(POLL_IDLE_S - env.now % POLL_IDLE_S)
            for channel in (self.chat, self.qa):
                taken = min(channel.backlog, POLL_CHANGES)
                if not taken:
                    continue
                channel.backlog -= taken
                oldest = channel.oldest
                receivers = taken * channel.members
                if receivers:
                    yield from self.platform.cpu.work(receivers * CHECK_S)
                books.count("realtime_messages", channel.name, value=receivers + 1)
                age = env.now - oldest + laws.delivery() + laws.client_project()
                books.trends["freshness", channel.name].add(age)
            yield env.timeout(POLL_S - env.now % POLL_S)

    # ---------------------------------------------------------------- a tab

    def connect(self, tab: Tab) -> Doing:
        """Open the socket, then join the channels side by side."""
        env, laws = self.env, self.platform.laws
        yield env.timeout(laws.client_project())
        yield env.timeout(laws.handshake())
        self.connected += 1
        tab.socket = True
        yield env.timeout(laws.client_project())
        self.books.count("realtime_connects", 101)
        for join in (self._join(tab, self.chat), self._join(tab, self.qa), self._join_logins(tab)):
            tab.start(env, join)

    def _join(self, tab: Tab, channel: Channel) -> Doing:
        """Join a channel of row changes; what takes too long is tried again."""
        tries = 0
        while not (yield from self._joined(tab, channel)):
            yield self.env.timeout(REJOIN_S[min(tries, len(REJOIN_S) - 1)])
            tries += 1

    def _joined(self, tab: Tab, channel: Channel) -> Generator[simpy.Event, Any, bool]:
        """Try it once: a subscription is a transaction."""
        env, platform = self.env, self.platform
        deadline = Deadline(env, JOIN_DEADLINE_S)
        try:
            yield env.timeout(platform.laws.client_project())
            connection = yield from platform.realtime_pool.enter()
            try:
                yield from platform.cpu.work(platform.laws.realtime_join())
            finally:
                platform.realtime_pool.leave(connection)
            channel.members += 1
            tab.member[channel.name] = True
            yield env.timeout(platform.laws.client_project())
        except simpy.Interrupt as interrupt:
            if interrupt.cause is not deadline:
                raise
            self.books.count("realtime_joins", channel.name, -2)
            self._part(tab, channel)
            return False
        finally:
            deadline.disarm()
        self.books.count("realtime_joins", channel.name, 200)
        self._age(tab, channel.name)
        return True

    def _age(self, tab: Tab, of: str) -> None:
        """Note how old was what the tab showed, if it is shown something new, or is closed without."""
        since = tab.shown.pop(of, None)
        if since is not None:
            self.books.trends["freshness", of].add(self.env.now - since)

    def _part(self, tab: Tab, channel: Channel) -> None:
        if tab.member[channel.name]:
            tab.member[channel.name] = False
            tab.shown.setdefault(channel.name, self.env.now)
            channel.members -= 1

    def leave(self, tab: Tab) -> None:
        """Close the socket, and so all channels."""
        if tab.socket:
            tab.socket = False
            self.connected -= 1
        self._part(tab, self.chat)
        self._part(tab, self.qa)
        self._part_logins(tab)
        self.note_ages(tab)

    def note_ages(self, tab: Tab) -> None:
        """Note how old all is that a tab shows, as it is closed or the time is over."""
        for of in ("chat", "qa", "duplicate_login"):
            if of != "duplicate_login" or not tab.up:
                self._age(tab, of)

    # ---------------------------------------------------------------- who else is logged in

    def _join_logins(self, tab: Tab) -> Doing:
        """Join the person's own channel; the first track comes with it."""
        env, laws = self.env, self.platform.laws
        yield env.timeout(laws.client_project())
        tab.person.members += 1
        tab.member["logins"] = True
        self.books.count("presence_messages", "logins")
        self._track(tab)
        yield env.timeout(laws.client_project())
        tab.up = True
        self.books.count("realtime_joins", "logins", 200)

    def check_logins(self, tab: Tab) -> Doing:
        """Track every 5 s, which the service takes amiss: it closes the channel, and the library leaves it closed."""
        env, laws = self.env, self.platform.laws
        while True:
            yield env.timeout(CHECK_EVERY_S)
            if not tab.up:
                continue
            yield env.timeout(laws.client_project())
            goes_on = self._track(tab)
            self._age(tab, "duplicate_login")
            tab.shown["duplicate_login"] = env.now
            if not goes_on:
                break
        self.books.count("realtime_closed", "logins", "presence_calls")
        yield env.timeout(laws.client_project())
        self._part_logins(tab)

    def _track(self, tab: Tab) -> bool:
        """One call of track at the service; False if there were too many."""
        books, now = self.books, self.env.now
        books.count("presence_calls", "logins")
        if not tab.presence_calls or now - tab.presence_since >= CALLS_S:
            tab.presence_calls = 0
            tab.presence_since = now
        tab.presence_calls += 1
        if tab.presence_calls > CALLS:
            return False
        books.count("presence_messages", "logins")
        self._tell(tab)
        return True

    def _tell(self, tab: Tab) -> None:
        members = tab.person.members
        if members:
            self.books.count("presence_messages", "logins", value=members)
            self.books.count("realtime_messages", "logins", value=members + 1)

    def _part_logins(self, tab: Tab) -> None:
        if tab.member["logins"]:
            tab.member["logins"] = tab.up = False
            tab.person.members -= 1
            self._tell(tab)
