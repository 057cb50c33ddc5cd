"""Who takes part in the event in SimPy, and what is kept of each: sessions, tabs, calls."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from benchmarks.event.stations import Bucket, Instance, Station


Doing = Generator[simpy.Event, Any, None]


class Session:
    """A login: tokens are numbered, and each refresh makes the next one.

    Attributes
    ----------
    latest, parent, buried : int
        The newest token, the one that it was got for, and the last one of a family that was revoked.
    made, spent : list
        When each of the last four tokens was made and used; the slot is the token modulo four.
    held, expires : int, float
        The token in the browser's storage.
    cookie, cookie_expires : int, float
        The token in the cookie, which functions read.
    """

    __slots__ = (
        "buried", "cookie", "cookie_expires", "cooled", "expires", "held", "kept", "latest", "limit", "lock", "made",
        "out", "parent", "renewed", "spent",
    )  # fmt: skip
    MARGIN_S = 90.0
    LIFE_S = 3600.0
    REUSE_S = 10.0

    def __init__(self, env: simpy.Environment, lock: Station, limit: Bucket, began: float, *, kept: bool) -> None:
        self.lock = lock
        self.limit = limit
        self.kept = kept
        self.latest = self.held = self.cookie = 1
        self.parent = self.buried = 0
        self.made = [began] * 4
        self.spent = [0.0] * 4
        self.expires = self.cookie_expires = began + self.LIFE_S
        self.cooled = 0.0
        self.out = False
        self.renewed = env.event()

    def verdict(self, presented: int, now: float) -> str:
        """What the service makes of a token: ``rotated``, ``current`` (the newest is handed out again) or ``refused``."""
        if self.latest - presented >= 4:
            return "refused"
        slot = presented % 4
        if presented > self.buried and not self.spent[slot]:
            return "rotated"
        if self.latest > self.buried and self.parent == presented:
            return "current"
        return "rotated" if now - max(self.made[slot], self.spent[slot]) <= self.REUSE_S else "refused"

    def rotate(self, presented: int, now: float, verdict: str) -> int:
        """Make the next token, or hand out the newest again."""
        if verdict == "rotated":
            self.spent[presented % 4] = now
            self.parent = presented
            self.latest += 1
            self.made[self.latest % 4] = now
            self.spent[self.latest % 4] = 0.0
        return self.latest

    def renew(self, env: simpy.Environment) -> None:
        """Tell the tabs that the session changed."""
        renewed, self.renewed = self.renewed, env.event()
        renewed.succeed()


class Person:
    """A person, with the rows that are theirs alone."""

    __slots__ = ("members", "presence", "registered", "registration", "session", "tabs")

    def __init__(self, registration: Station, presence: Station, *, registered: bool) -> None:
        self.registered = registered
        self.registration = registration
        self.presence = presence
        self.session: Session | None = None
        self.tabs: list[Tab] = []
        self.members = 0
        """Tabs on the person's channel for duplicate logins."""


class Tab:
    """One page, with the row of its access session."""

    __slots__ = (
        "access", "access_row", "hidden", "joined", "member", "number", "person", "presence_calls", "presence_since",
        "processes", "refreshing", "shown", "socket", "turned", "up",
    )  # fmt: skip

    def __init__(self, env: simpy.Environment, person: Person, number: int, access: Station) -> None:
        self.person = person
        self.number = number
        self.access = access
        self.access_row = False
        self.hidden = False
        self.turned = env.event()
        self.refreshing = False
        self.joined = env.event()
        self.shown: dict[str, float] = {"chat": env.now, "qa": env.now, "duplicate_login": env.now}
        """Since when a figure or channel shows nothing newer; absent while a channel brings what there is."""
        self.socket = self.up = False
        self.member = {"chat": False, "qa": False, "logins": False}
        self.presence_calls = 0
        self.presence_since = 0.0
        self.processes: list[simpy.Process] = []

    def start(self, env: simpy.Environment, doing: Doing) -> None:
        """Begin something that goes on until it ends or the tab is closed."""
        self.processes.append(env.process(_until_closed(doing)))

    def close(self) -> None:
        """Interrupt whatever the tab does."""
        for process in self.processes:
            if process.is_alive:
                process.interrupt()

    def turn(self, env: simpy.Environment, *, hidden: bool) -> None:
        """Be looked at, or no longer."""
        self.hidden = hidden
        turned, self.turned = self.turned, env.event()
        turned.succeed()

    def refreshed(self, env: simpy.Environment) -> None:
        """Let those go on who waited for the refresh of this tab."""
        self.refreshing = False
        joined, self.joined = self.joined, env.event()
        joined.succeed()


def _until_closed(doing: Doing) -> Doing:
    with suppress(simpy.Interrupt):
        yield from doing


class Call:
    """One call of an endpoint, as the handler keeps it."""

    __slots__ = (
        "began", "cookie", "cookie_expires", "data_at", "endpoint", "instance", "person", "queries", "session",
        "statements", "tab",
    )  # fmt: skip

    def __init__(self, endpoint: str, tab: Tab) -> None:
        self.endpoint = endpoint
        self.tab = tab
        self.person = tab.person
        self.session = tab.person.session
        self.queries = 0
        self.statements = 0
        self.instance: Instance | None = None
        self.cookie = 0
        self.cookie_expires = 0.0
        self.data_at = 0.0
