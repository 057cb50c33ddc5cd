"""A scenario, as written: who comes, when, how long; windows; budgets."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.model.base import Part
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
    windows: dict[Name, tuple[Duration, Duration]] = Field(default_factory=dict)
    """Named intervals [from, to)."""
    budgets: dict[str, tuple[Threshold, ...]] = Field(default_factory=dict)
    """k6 thresholds by metric, such as "call_duration{endpoint:ping}": ["p(95)<500"]."""

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
        if self.duration / self.bins > 100_000:
            message = "duration / bins is over 100,000; write wider bins"
            raise ValueError(message)
        return self
