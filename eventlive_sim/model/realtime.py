"""Channels that browsers hold open: the service behind them, its quotas, and what clients do on them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Law, Name


class Quota(Part):
    """What a plan allows a project. Rates are averages over the service's window; 0 is no limit."""

    connections: int = Field(default=0, ge=0)
    """Sockets at once; over it the handshake answers 429."""
    messages_second: int = Field(default=0, ge=0)
    """Broadcasts and row changes, counted once for each receiver, each kind for itself. Over it a broadcast closes the
    channel of everybody on it, and row changes are dropped in silence."""
    joins_second: int = Field(default=0, ge=0)
    """Joins of channels; over it the socket is closed and handshakes answer 429."""
    presence_second: int = Field(default=0, ge=0)
    """Presence messages, each counted for every receiver; over it whoever joins or calls `track` loses the channel."""
    channels_connection: int = Field(default=100, ge=1)
    """Channels of one socket."""
    presence_calls: int = Field(default=0, ge=0)
    """Calls of `track` by one client in its window; over it the client loses the channel."""


class Realtime(Part):
    """The Realtime service of a project, and the library through which browsers speak to it."""

    quotas: dict[Name, Quota] = Field(default_factory=dict)
    """By plan; PLAN_uncapped, where there is one, holds while the spend cap is off. None: no limits."""
    nodes: int = Field(default=1, ge=1, le=100)
    """Servers that count for themselves: rates of the quota hold on each."""
    window: Duration = Field(default="60s", gt=0, validate_default=True)
    """Over which rates are averaged."""
    tick: Duration = Field(default="5s", gt=0, validate_default=True)
    """How often the averages are renewed."""
    presence_window: Duration = Field(default="30s", gt=0, validate_default=True)
    """Of the calls of one client, from the first one."""
    refusal: Law = Field(default="0s", validate_default=True)
    """How long the service waits before it refuses a handshake."""
    handshake: Law = Field(default="0s", validate_default=True)
    """Server time of a handshake."""
    delivery: Law = Field(default="0s", validate_default=True)
    """Server time from a message to its receivers."""
    join: Law = Field(default="0s", validate_default=True)
    """CPU demand in the database of joining a channel that is private or follows row changes."""
    pool: int = Field(default=1, ge=1, le=1_000)
    """Database connections for joins."""
    poll: Duration = Field(default="100ms", gt=0, validate_default=True)
    """Time between two looks at the row changes."""
    poll_idle: int = Field(default=5, ge=1)
    """How many times as long while there is nothing."""
    poll_changes: int = Field(default=100, ge=1)
    """Most row changes of one look."""
    check: Duration = Field(default="0s", validate_default=True)
    """CPU demand in the database of asking, for one change and one subscriber, whether the row may be seen."""
    heartbeat: Duration = Field(default="25s", gt=0, validate_default=True)
    """Between beats; a beat without an answer until the next one closes the socket."""
    join_timeout: Duration = Field(default="10s", gt=0, validate_default=True)
    """How long a client waits for the answer to a handshake or join."""
    reconnect: tuple[Law, ...] = Field(
        default=("1s", "2s", "5s", "10s"), min_length=1, strict=False, validate_default=True
    )
    """Waits before each try to connect, or to join after no answer; the last one holds for all further ones."""
    reconnect_hidden: bool = True
    """Whether a hidden tab connects again; otherwise it waits until it is looked at."""
    rejoin_closed: bool = False
    """Whether a channel that the service closed is joined again, as after a lost socket."""


class Channel(Part):
    """A channel: who shares it and what comes over it."""

    scope: Literal["world", "person"] = "world"
    """One for all, or one for each person's tabs."""
    private: bool = False
    """Whether joining asks the database."""
    table: Name | None = None
    """Table whose new rows are told over it."""
    by: Literal["broadcast", "changes"] = "broadcast"
    """How they are told: broadcast from the database, or row changes checked for each subscriber."""
    shows: Name | None = None
    """Name of what people see by them, as an endpoint's ``shows``."""
    renews: bool = False
    """Whether each row renews what is shown, as a figure does, so that what it replaces has an age; a message has none."""
    presence: Name | None = None
    """Name of what people see by presence. Without it the channel has presence only where a check asks for it."""

    @property
    def asks_database(self) -> bool:
        """Whether joining takes a query."""
        return self.private or (self.table is not None and self.by == "changes")


class Check(Part):
    """How a tab finds out that the same person has logged in elsewhere; its name is what people see by it."""

    on: Name
    """Channel."""
    by: Literal["track", "state", "event"] = "state"
    """Calls `track` each time; reads what the library knows, which costs nothing; or is told."""
    every: Duration = Field(default="5s", gt=0, validate_default=True)
    """Between two checks; of no meaning when told."""
    payload_changes: bool = True
    """Whether each call of `track` says something new (a time of day), which everybody on the channel is then told."""


class Visibility(Part):
    """When a tab is looked at."""

    visible: Law
    """How long it is looked at, at first and each time."""
    hidden: Law
    """How long it then lies behind others."""
    timer: Duration = Field(default="0s", validate_default=True)
    """Least time between two firings of a timer while it is hidden; browsers spare pages that are heard."""
