"""Alert rules, as Prometheus has them: expressions over scraped series, thresholds, and how long they must hold."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Name
from eventlive_sim.units import NS_PER_S

SeriesText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A metric and tags, as budgets name them: ``queries{status:400}``."""

FUNCTIONS = ("rate", "increase", "gauge", "mean", "quantile")
"""What is made of a series: each has the field of that name."""
_OF_TRENDS = ("mean", "quantile")


class Watch(Part):
    """One comparison: a function of a series, beside another if it says so, against a threshold."""

    rate: SeriesText | None = None
    """Counter: how many a second, over `over`."""
    increase: SeriesText | None = None
    """Counter: how many, over `over`."""
    gauge: SeriesText | None = None
    """Level: as last scraped."""
    mean: SeriesText | None = None
    """Duration or trend: mean of those of `over`."""
    quantile: SeriesText | None = None
    """Duration: quantile at `level` of those of `over`, from the buckets."""
    level: float = Field(default=0.95, gt=0, lt=1)
    """Of a quantile: which."""
    over: Duration = Field(default="2m", ge=NS_PER_S, validate_default=True)
    """How far back."""
    per: SeriesText | None = None
    """Series that it is divided by, under the same function."""
    per_gauge: SeriesText | None = None
    """Level that it is divided by."""
    above: float | None = None
    """Holds above this."""
    below: float | None = None
    """Holds below this."""
    slower: Duration | None = Field(default=None, gt=0)
    """Of durations: holds above this."""

    @property
    def function(self) -> str:
        """Which function it is."""
        return next(name for name in FUNCTIONS if getattr(self, name) is not None)

    @property
    def series(self) -> str:
        """Series that it is of."""
        return str(getattr(self, self.function))

    @model_validator(mode="after")
    def _is_one_comparison(self) -> Self:
        functions = [name for name in FUNCTIONS if getattr(self, name) is not None]
        if len(functions) != 1:
            message = f"it has {len(functions)} of {', '.join(FUNCTIONS)}; give it exactly one"
            raise ValueError(message)
        bounds = [name for name in ("above", "below", "slower") if getattr(self, name) is not None]
        if len(bounds) != 1:
            message = f"it has {len(bounds)} of above, below, slower; give it exactly one"
            raise ValueError(message)
        if self.slower is not None and functions[0] not in _OF_TRENDS:
            message = f"slower does not fit {functions[0]}; write above or below"
            raise ValueError(message)
        if (self.per is not None and (self.per_gauge is not None or functions[0] in _OF_TRENDS)) or (
            self.per_gauge is not None and functions[0] in _OF_TRENDS
        ):
            message = "it is divided once, and durations are not; leave per or per_gauge out"
            raise ValueError(message)
        return self


class Rule(Part):
    """An alert: all its comparisons hold, for some time."""

    when: tuple[Watch, ...] = Field(min_length=1, max_length=8, strict=False)
    for_: Duration = Field(default="0s", alias="for", validate_default=True)
    """How long all must have held before it fires."""
    severity: Literal["page", "ticket"] = "page"
    """Whether somebody is called, or it can wait for the morning."""
    summary: str = ""
    """What whoever is called reads."""


class Alerts(Part):
    """Rules and the clocks that they live by."""

    scrape: Duration = Field(default="15s", ge=NS_PER_S, validate_default=True)
    """Time between two scrapes; 15 s in Prometheus' own example configuration."""
    evaluate: Duration = Field(default="15s", ge=NS_PER_S, validate_default=True)
    """Time between two evaluations of the rules."""
    channel: Name = "operations"
    """Where all alerts go."""
    buckets: tuple[Duration, ...] = Field(
        default=("50ms", "100ms", "250ms", "500ms", "1s", "2500ms", "5s", "10s", "30s"),
        min_length=1,
        strict=False,
        validate_default=True,
    )
    """Upper bounds of the buckets in which durations are exported; quantiles are no finer."""
    rules: dict[Name, Rule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _buckets_grow(self) -> Self:
        if list(self.buckets) != sorted(set(self.buckets)) or self.buckets[0] == 0:
            message = "buckets do not grow from above 0; write such as [100ms, 500ms, 1s, 5s]"
            raise ValueError(message)
        return self
