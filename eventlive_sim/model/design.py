"""A design, as written: schema, platform, stations, endpoints, clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.adapting import Adapts, Remote
from eventlive_sim.model.alerts import Alerts
from eventlive_sim.model.base import Part
from eventlive_sim.model.conditions import DEGRADED, PERSON_PREFIX, When, subjects, values_of
from eventlive_sim.model.degrade import Degrade, degrade_problems
from eventlive_sim.model.platform import Platform
from eventlive_sim.model.policies import Backoff, Breaker, ClientRetry, Sequels
from eventlive_sim.model.protections import Addresses
from eventlive_sim.model.realtime import Channel, Check, Visibility
from eventlive_sim.model.sessions import Sessions
from eventlive_sim.model.steps import (
    TABLE_KINDS,
    Challenge,
    Guard,
    Limit,
    Step,
    StepPart,
    Use,
    Visit,
    Work,
    inner_steps,
)
from eventlive_sim.model.tenancy import Tenancy
from eventlive_sim.model.values import Duration, Law, Name
from eventlive_sim.model.wiring import channel_problems


class Policy(Part):
    """What row-level security adds to the cost of a query on a table."""

    read: Law = Field(default="0s", validate_default=True)
    """Added CPU demand of a read or a poll (planning included)."""
    write: Law = Field(default="0s", validate_default=True)
    """Added CPU demand of a write."""
    per_row: Law = Field(default="0s", validate_default=True)
    """Added CPU demand for each row looked at; with `initplan` once a query."""
    initplan: bool = False
    """Whether what does not depend on the row is worked out once a query: (select auth.uid())."""
    index: bool = True
    """Whether an index serves what it asks for; without one a scan looks at all rows of the table."""
    update: Law | None = None
    """Added CPU demand of a write to a row that is there, where a policy of its own holds for that; otherwise `write`."""
    check: Duration = Field(default="0s", validate_default=True)
    """Added CPU demand of asking, for one subscriber of its row changes, whether a new row may be seen."""
    requires: Name | None = None
    """Table in which the caller must have a row (EXISTS): without it a read finds nothing, a write answers 403 (42501)."""


class Table(Part):
    """A table: columns, key, who owns a row, policy."""

    columns: tuple[Name, ...] = Field(min_length=1, strict=False)
    key: tuple[Name, ...] = Field(default=(), strict=False)
    """Columns of the unique key; none for a table that is only appended to by generated ids."""
    row: Literal["person", "tab", "world", "event"] = "event"
    """What the key identifies: one row a person, one a browser tab, one for all, or a new row each time."""
    initially: Literal["never", "always"] | Name = "never"
    """Whether the row is there when the event begins: never, always, or for persons with this attribute."""
    rows: int = Field(default=0, ge=0, le=1_000_000_000)
    """Rows that are there when the event begins, besides those of the people who come."""
    policy: Policy = Policy()

    @model_validator(mode="after")
    def _key_is_of_columns(self) -> Self:
        missing = [column for column in self.key if column not in self.columns]
        if missing:
            message = f"key column {missing[0]} is not among the columns {', '.join(self.columns)}; add it"
            raise ValueError(message)
        if self.key and self.row == "event":
            message = "a table with a key needs row: person, tab or world, to say which row a caller means"
            raise ValueError(message)
        return self


class Station(Part):
    """Where work queues, named in the design itself."""

    kind: Literal["fifo", "sharing", "bucket", "limiter"]
    servers: int = Field(default=1, ge=1, le=1_000_000)
    """Of a fifo: how many are served at once."""
    queue: int | None = Field(default=None, ge=0)
    """Of a fifo: most that wait; without it no bound."""
    cores: float = Field(default=1.0, ge=0.001, le=1024, strict=False)
    """Of a sharing station: cores; a job uses one at most."""
    speed: float = Field(default=1.0, gt=0, le=100, strict=False)
    """Of a sharing station: speed of a core."""
    every: Duration | None = Field(default=None, gt=0)
    """Of a bucket: time between tokens."""
    burst: int = Field(default=1, ge=1)
    """Of a bucket: its size; full at the start."""
    per: Literal["world", "person", "tab", "address"] = "world"
    """Of a bucket or limiter: one for all, one a person, a browser tab, or an address."""
    calls: int = Field(default=100, ge=1, le=1_000_000)
    """Of a limiter: most calls in its window."""
    window: Duration = Field(default="60s", gt=0, validate_default=True)
    """Of a limiter: length of its window."""
    slides: bool = False
    """Of a limiter: whether the window is the time before each call; else windows follow one another."""

    @model_validator(mode="after")
    def _bucket_has_a_rate(self) -> Self:
        if self.kind == "bucket" and self.every is None:
            message = "a bucket needs every: the time between its tokens, such as every: 500ms"
            raise ValueError(message)
        return self


class Endpoint(Part):
    """An operation that clients call."""

    route: str = ""
    """Method and path, for people."""
    runs_on: Literal["vercel", "supabase", "nothing"] = "vercel"
    """In a function; directly at the project (the browser calls it); or nowhere: steps only, no network."""
    role: Literal["anon", "authenticated", "service"] = "authenticated"
    """As whom its queries run: decides policies and statement timeout."""
    cpu: Law = Field(default="0s", validate_default=True)
    """CPU demand of the handler itself in its instance."""
    hot: bool = False
    """Whether it lies on the participants' hot path (goodput, lint)."""
    public: bool = False
    """Whether anybody may call it without a session."""
    good: tuple[int, ...] = Field(default=(), strict=False)
    """Statuses besides 2xx that it answers by design (guards)."""
    shows: Name | None = None
    """Name of what people see through it; its age at each renewal is the metric freshness{of: NAME}."""
    sees_logins: bool = False
    """Whether its answer tells the tab that the same person has logged in elsewhere."""
    unhandled: int = Field(default=500, ge=400, le=599)
    """Status when an error is not handled; direct calls pass the service's through."""
    edge: dict[Name, Guard] = Field(default_factory=dict)
    """What happens at the edge before a function is asked: limits and challenges; refusals there cost the function nothing."""
    steps: dict[Name, Step] = Field(min_length=1)

    @property
    def all_steps(self) -> dict[str, StepPart]:
        """What happens at the edge, then the handler's steps."""
        return {**self.edge, **self.steps}

    @model_validator(mode="after")
    def _edge_is_before_a_function(self) -> Self:
        if self.edge and self.runs_on != "vercel":
            message = f"edge is what happens before a function, and this runs on {self.runs_on}; remove it"
            raise ValueError(message)
        twice = sorted(self.edge.keys() & self.steps.keys())
        if twice:
            message = f"{twice[0]} is a step and stands at the edge; give one another name"
            raise ValueError(message)
        return self


class Loop(Part):
    """Something that a client does again and again, or once."""

    call: Name
    """Endpoint."""
    every: Law | None = None
    """Time between calls; without it the call is made once."""
    jitter: Duration = Field(default="0s", validate_default=True)
    """Plus or minus this much, evenly."""
    timing: Literal["closed", "open"] = "closed"
    """Counted from the answer, or from the start of the call whether or not it was answered."""
    first: Law = Field(default="0s", validate_default=True)
    """Wait before the first call, from the opening of the tab."""
    timeout: Duration | None = None
    """How long the client waits for the answer; the work goes on without it."""
    retry: ClientRetry | None = None
    breaker: Breaker | None = None
    backoff: Backoff | None = None
    """After failed calls the next one is at least this far away; a call that succeeds ends it."""
    after: Sequels | None = None
    """What follows a call that came to something; without it failures back off where there is a `backoff`."""
    adapts: Adapts | None = None
    """How it slows under stress, and stops."""
    remote: Remote | None = None
    """Whether its interval can be changed while the event goes on."""
    heeds_retry_after: bool = False
    """Whether the next call is at least as far away as an answer of 429 or 503 asks for."""
    when: When | None = None
    """Which persons do it; only attributes of the person."""
    while_: When | None = Field(default=None, alias="while")
    """Only while this holds of the tab's channels, such as {chat: down}; `first` counts from when it begins to hold."""
    visible_only: bool = False
    """Whether it rests while the tab is hidden."""
    tab: Literal["each", "first"] = "each"
    """Whether every tab of a person does it, or the first only."""

    @model_validator(mode="after")
    def _condition_is_on_the_person(self) -> Self:
        names = set() if self.when is None else subjects(self.when)
        wrong = sorted(name for name in names if not name.startswith(PERSON_PREFIX))
        if wrong:
            message = f"a loop's condition may name attributes of the person only; write person.{wrong[0]}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _backs_off_somehow(self) -> Self:
        if self.backoff is None and "back_off" in (self.after or {}).values():
            message = "after says back_off, and there is no backoff; add one, such as {base: 2s, cap: 60s}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _has_an_interval_to_change(self) -> Self:
        if self.every is None and (self.adapts is not None or self.remote is not None):
            message = "adapts and remote change the time between calls, and there is none; give it every"
            raise ValueError(message)
        return self


class Client(Part):
    """A kind of people and what their pages do."""

    tabs: dict[str, float] = Field(default_factory=lambda: {"1": 1.0})
    """Share of people by number of tabs (1 to 8)."""
    attributes: dict[Name, float] = Field(default_factory=dict)
    """Share of people who have each attribute, 0 to 1; independent draws."""
    outsider: bool = False
    """Whether they are not ours, such as bots: lint does not ask them to behave."""
    staggered: Law | None = None
    """How much later than they would come they are asked to: an invitation that names a time for each."""
    door: Name | None = None
    """A bucket station of the design: a waiting room that lets them in one by one, whatever they came for."""
    addresses: Addresses | None = None
    """Addresses that they share; without it everybody has one of their own."""
    loops: dict[Name, Loop] = Field(default_factory=dict)
    channels: tuple[Name, ...] = Field(default=(), strict=False)
    """Channels that each tab holds."""
    checks: dict[Name, Check] = Field(default_factory=dict)
    """Checks for another login of the same person; a tab holds their channels too."""
    visibility: Visibility | None = None
    """When a tab is looked at; without it always."""
    sessions: Sessions | None = None
    """Sessions that expire and are refreshed; without it everybody is known for ever."""

    @property
    def held(self) -> tuple[str, ...]:
        """Channels that a tab holds, those of its checks included."""
        return tuple(dict.fromkeys((*self.channels, *(check.on for check in self.checks.values()))))

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if not all(key.isdigit() and 1 <= int(key) <= 8 for key in self.tabs):
            message = "tabs maps a number of tabs from 1 to 8 to a share, such as {1: 0.8, 2: 0.2}"
            raise ValueError(message)
        if abs(sum(self.tabs.values()) - 1) > 1e-9 or any(share < 0 for share in self.tabs.values()):
            message = f"the shares of tabs add up to {sum(self.tabs.values()):g}; they must add up to 1"
            raise ValueError(message)
        wrong = sorted(name for name, share in self.attributes.items() if not 0 <= share <= 1)
        if wrong:
            message = f"attribute {wrong[0]} has the share {self.attributes[wrong[0]]:g}; write one from 0 to 1"
            raise ValueError(message)
        return self


class Job(Part):
    """What the project itself does again and again, as pg_cron does: it calls an endpoint, one call after the other."""

    call: Name
    """Endpoint."""
    every: Duration = Field(gt=0)
    """Time between the beginnings of two calls; a call that takes longer delays the next one."""


class Design(Part):
    """What is deployed: schema, endpoints, clients, protections, deployment."""

    format: Literal[1]
    title: str = ""
    platform: Platform = Platform()
    tables: dict[Name, Table] = Field(default_factory=dict)
    stations: dict[Name, Station] = Field(default_factory=dict)
    endpoints: dict[Name, Endpoint] = Field(min_length=1)
    channels: dict[Name, Channel] = Field(default_factory=dict)
    clients: dict[Name, Client] = Field(default_factory=dict)
    degrade: Degrade | None = None
    """What is done less under stress, and who decides so."""
    alerts: Alerts = Alerts()
    """Who is called, and when."""
    tenancy: Tenancy = Tenancy()
    jobs: dict[Name, Job] = Field(default_factory=dict)
    """What goes on whoever is there."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for problem in _problems(self):
            raise ValueError(problem)
        return self


def walk_steps(steps: dict[str, StepPart], prefix: str = "") -> Iterator[tuple[str, str, StepPart]]:
    """All steps with their path and name, inner ones after their owner."""
    for name, step in steps.items():
        path = f"{prefix}.{name}" if prefix else name
        yield path, name, step
        yield from walk_steps(inner_steps(step), path)


_STATION_KINDS: dict[type[StepPart], tuple[str, ...]] = {
    Visit: ("visit", "fifo"),
    Use: ("use", "fifo"),
    Work: ("work", "sharing"),
    Limit: ("limit", "bucket", "limiter"),
}


def _problems(design: Design) -> Iterator[str]:
    """Say what names point nowhere, each with its path, the value and the remedy."""
    for name, endpoint in design.endpoints.items():
        yield from _endpoint_problems(design, name, endpoint)
    attributes = {key for client in design.clients.values() for key in client.attributes}
    for name, table in design.tables.items():
        if table.initially not in {"never", "always"} and table.initially not in attributes:
            yield f"tables.{name}.initially: no client has the attribute {table.initially!r}; {_choice(attributes)}"
        required = table.policy.requires
        if required is not None and (required not in design.tables or design.tables[required].row == "event"):
            keyed = [other for other, part in design.tables.items() if part.row != "event"]
            yield f"tables.{name}.policy.requires: no table with a key is called {required!r}; {_choice(keyed)}"
    for name, job in design.jobs.items():
        if job.call not in design.endpoints:
            yield f"jobs.{name}.call: no endpoint is called {job.call!r}; {_choice(design.endpoints)}"
    yield from channel_problems(design)
    yield from degrade_problems(design)
    for name, client in design.clients.items():
        if client.door is not None:
            yield from _station_problems(design, f"clients.{name}.door", client.door, ["bucket"])
        for subject in sorted(subjects(client.sessions.when) if client.sessions and client.sessions.when else ()):
            if subject.removeprefix(PERSON_PREFIX) not in attributes:
                yield f"clients.{name}.sessions.when: no client has the attribute {subject!r}; {_choice(attributes)}"
        for key, loop in client.loops.items():
            where = f"clients.{name}.loops.{key}"
            if loop.call not in design.endpoints:
                yield f"{where}.call: no endpoint is called {loop.call!r}; {_choice(design.endpoints)}"
            for subject in sorted(set() if loop.when is None else subjects(loop.when)):
                if subject.removeprefix(PERSON_PREFIX) not in attributes:
                    yield f"{where}.when: no client has the attribute {subject!r}; {_choice(attributes)}"


def _endpoint_problems(design: Design, name: str, endpoint: Endpoint) -> Iterator[str]:
    attributes = {key for client in design.clients.values() for key in client.attributes}
    seen: set[str] = set()
    for path, step_name, step in walk_steps(endpoint.all_steps):
        where = f"endpoints.{name}.{'edge' if step_name in endpoint.edge else 'steps'}.{path}"
        if step_name in seen:
            yield f"{where}: two steps of one endpoint are called {step_name!r}; give one another name"
        for subject in sorted(set() if step.when is None else subjects(step.when)):
            if subject.startswith(PERSON_PREFIX):
                if subject.removeprefix(PERSON_PREFIX) not in attributes:
                    yield f"{where}.when: no client has the attribute {subject!r}; {_choice(attributes)}"
            elif subject == DEGRADED:
                levels = () if design.degrade is None else design.degrade.levels
                for level in sorted(values_of(step.when, DEGRADED) - set(levels) if step.when is not None else ()):
                    yield f"{where}.when: degrade mode has no level {level!r}; {_choice(levels)}"
            elif subject not in seen:
                yield f"{where}.when: no step before it is called {subject!r}; {_choice(seen)}"
        seen.add(step_name)
        if step.KIND in TABLE_KINDS and getattr(step, step.KIND) not in design.tables:
            yield f"{where}: no table is called {getattr(step, step.KIND)!r}; {_choice(design.tables)}"
        if type(step) in _STATION_KINDS:
            key, *kinds = _STATION_KINDS[type(step)]
            yield from _station_problems(design, where, getattr(step, key), kinds)
        if isinstance(step, Limit) and step.store is not None:
            yield from _station_problems(design, f"{where}.store", step.store.station, ["sharing"])
        if isinstance(step, Challenge) and step.challenge not in attributes:
            yield f"{where}: no client has the attribute {step.challenge!r}; {_choice(attributes)}"


def _station_problems(design: Design, where: str, name: str, kinds: list[str]) -> Iterator[str]:
    station = design.stations.get(name)
    if station is None or station.kind not in kinds:
        fitting = [other for other, spec in design.stations.items() if spec.kind in kinds]
        yield f"{where}: no {' or '.join(kinds)} station is called {name!r}; {_choice(fitting)}"


def _choice(names: object) -> str:
    listed = sorted(names)  # type: ignore[call-overload]
    return f"write one of {', '.join(listed)}" if listed else "there is none to name"
