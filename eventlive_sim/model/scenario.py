"""A scenario, as written: who comes, when, how long; windows; budgets."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.changes import Change, overlaps
from eventlive_sim.model.disturbances import Disturbance
from eventlive_sim.model.faults import Fault
from eventlive_sim.model.values import Duration, Law, Name


class Attendance(Part):
    """People of one kind: how many, when they come, how long they stay."""

    people: int = Field(ge=0, le=10_000_000)
    arrive: Law = Field(default="0s", validate_default=True)
    """Time of arrival."""
    stay: Law | None = None
    """Time until they leave; without it they stay to the end."""
    attributes: dict[Name, float] = Field(default_factory=dict)
    """Shares that hold in this scenario in place of the design's."""
    again: Again | None = None
    """Who of them logs in a second time."""
    session_age: Law | None = None
    """Age of their access tokens as they join, in place of the design's."""


class Again(Part):
    """People who log in once more, elsewhere: a further tab, which the earlier ones are to find out about."""

    share: float = Field(gt=0, le=1, strict=False)
    """Share of people."""
    after: Law
    """Time from their arrival."""


class Source(Part):
    """A stream of calls from outside, without people who think."""

    call: Name
    """Endpoint."""
    every: Law
    """Time between arrivals."""
    batch: int = Field(default=1, ge=1, le=1_000)
    """Calls at each arrival."""
    timeout: Law | None = None
    """How long the caller waits; the work goes on without it, unless it `cancels`."""
    cancels: bool = False
    """Whether a caller that gives up takes its work out of the system."""


Threshold = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Limit(Part):
    """A threshold, and what is to be made of it."""

    KIND: ClassVar[str] = "limit"

    threshold: Threshold
    """As k6 writes it, such as p(95)<500."""
    window: Name | None = None
    """Window that it is asked of; without it that of the metric's tags, else the whole event."""
    estimand: Literal["probability", "mean"] = "probability"
    """What is held against it: the probability that an event breaks it, or the mean over events."""
    risk: float | None = Field(default=None, gt=0, lt=1)
    """Probability that an event may break it; without it that of the gate."""
    severity: Literal["stop", "degrade", "warn"] = "stop"
    """What follows a FAIL: the deployment stops, degrade mode is forced, or it is only told."""
    abort_on_fail: bool = False
    """Whether its FAIL ends the check, and is looked for early."""


def _written_as(value: object) -> str:
    return "text" if isinstance(value, str) else Limit.KIND


Budget = Annotated[Annotated[Threshold, Tag("text")] | Annotated[Limit, Tag(Limit.KIND)], Discriminator(_written_as)]
"""A threshold alone, or with what is to be made of it."""


class Gate(Part):
    """How sure a verdict is to be, and what it may cost."""

    risk: float = Field(default=0.05, gt=0, lt=1)
    """Probability that an event may break a budget."""
    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    """Probability of a wrong verdict, over all looks."""
    looks: tuple[int, ...] = Field(default=(20, 60, 120), min_length=1, max_length=10, strict=False)
    """Replications after which a verdict is tried."""
    only_when_named: bool = False
    """Whether a check that names no scenario leaves this one out, since it takes long."""

    @model_validator(mode="after")
    def _looks_grow(self) -> Self:
        if not all(2 <= one <= 10_000 for one in self.looks) or any(
            later <= one for one, later in pairwise(self.looks)
        ):
            message = f"looks {list(self.looks)} do not grow within 2 to 10,000; write such as [20, 60, 120]"
            raise ValueError(message)
        return self


class Webinar(Part):
    """One of several webinars that go on at the same time: its own people, and what goes wrong for it."""

    clients: dict[Name, Attendance] = Field(default_factory=dict)
    sources: dict[Name, Source] = Field(default_factory=dict)
    faults: dict[Name, Fault] = Field(default_factory=dict)
    """What its own people meet; a speed is of the cores that it uses, whoever else does."""
    platform_faults: dict[Name, Fault] = Field(default_factory=dict)
    """Of the project or deployment that it is on: every webinar there meets them."""
    disturbances: dict[Name, Disturbance] = Field(default_factory=dict)
    """Of its own clients and sources, and of stations that it uses, whoever else does."""


class Scenario(Part):
    """The world: who comes, when, how long, windows, budgets."""

    format: Literal[1]
    title: str = ""
    duration: Duration = Field(gt=0)
    """Simulated time."""
    bins: Duration = Field(default="10s", gt=0, validate_default=True)
    """Width of the time bins of series."""
    clients: dict[Name, Attendance] = Field(default_factory=dict)
    sources: dict[Name, Source] = Field(default_factory=dict)
    faults: dict[Name, Fault] = Field(default_factory=dict)
    """What goes wrong, and when."""
    disturbances: dict[Name, Disturbance] = Field(default_factory=dict)
    """What has more or less to work with for some time, or more callers."""
    webinars: dict[Name, Webinar] = Field(default_factory=dict)
    """Several webinars at once, in place of clients, sources and disturbances; faults beside them are met by all."""
    events_per_month: int = Field(default=1, ge=1, le=100_000)
    """How often a month holds such an event, for what it costs."""
    changes: dict[Name, Change] = Field(default_factory=dict)
    """What is deployed or set anew while the event goes on."""
    timed: tuple[str, ...] = Field(default=(), strict=False)
    """Queries of which it is recorded how long they take and what they ask of the cores: ENDPOINT, or ENDPOINT.STEP."""
    windows: dict[Name, tuple[Duration, Duration]] = Field(default_factory=dict, max_length=100)
    """Named intervals [from, to)."""
    budgets: dict[str, tuple[Budget, ...]] = Field(default_factory=dict)
    """k6 thresholds by metric, such as "call_duration{endpoint:ping}": ["p(95)<500"]; or mappings with a threshold."""
    gate: Gate = Gate()
    """How sure the verdicts on them are to be."""

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, value: object) -> object:
        if isinstance(value, dict):
            for key in ("windows", "budgets"):
                if isinstance(value.get(key), dict):
                    inner = {name: tuple(item) if isinstance(item, list) else item for name, item in value[key].items()}
                    value = {**value, key: inner}
        return value

    @model_validator(mode="after")
    def _windows_are_intervals(self) -> Self:
        for name, (start, end) in self.windows.items():
            if start >= end:
                message = f"windows.{name}: it ends before it begins; write [from, to] with from below to"
                raise ValueError(message)
        slow = sorted((part.service, part.from_, part.lasts, name) for name, part in self.faults.items() if part.speed)
        for (service, begins, lasts, _), (other, later, _, name) in pairwise(slow):
            if service == other and later < begins + lasts:
                message = f"faults.{name}: another fault changes the speed of {service} at that time; let one follow the other"
                raise ValueError(message)
        parts = sorted((part.target, part.from_, part.end, name) for name, part in self.disturbances.items())
        for (target, _, over, _), (same, later, _, name) in pairwise(parts):
            if target == same and later < over:
                message = f"disturbances.{name}: another disturbance changes the {target} at that time; let one follow the other"
                raise ValueError(message)
        for message in overlaps(self.changes):
            raise ValueError(message)
        if self.duration / self.bins > 100_000:
            message = "duration / bins is over 100,000; write wider bins"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _webinars_hold_everybody(self) -> Self:
        for part in ("clients", "sources", "disturbances"):
            if self.webinars and getattr(self, part):
                message = f"{part} stand beside webinars; write them under webinars.NAME"
                raise ValueError(message)
        for name, webinar in self.webinars.items():
            twice = {*self.faults} & {*webinar.faults} | {*webinar.platform_faults} & {*self.faults, *webinar.faults}
            if twice:
                message = f"webinars.{name}: it meets two faults called {min(twice)!r}; give one another name"
                raise ValueError(message)
        return self
