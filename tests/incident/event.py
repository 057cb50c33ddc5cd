"""A small event in the world of the incident, and what it counted."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Trace
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program

Change = Callable[[dict[str, Any]], None]


def design(expression: str = "before", *changes: Change) -> Design:
    """Design of an expression, with changes made to its explicit tree."""
    tree = deepcopy(resolve_design(expression).tree)
    for change in changes:
        change(tree)
    return Design.model_validate(tree)


def people(number: int, **attributes: float) -> Scenario:
    """Scenario of some people for half an hour, without admins."""
    return Scenario.model_validate(
        {
            "format": 1,
            "duration": "30m",
            "clients": {"participant": {"people": number, "arrive": "uniform(0s, 60s)", "attributes": attributes}},
        }
    )


class Event:
    """One replication and its counts."""

    def __init__(self, given: Design, scenario: Scenario, *, seed: int = 1, trace: Trace | None = None) -> None:
        self.program: Program = lower(given, scenario)
        self.recording: Recording = simulate(self.program, seed, trace=trace)

    def count(self, metric: str, status: int | None = None, **tags: str) -> int:
        """Total of a counter over all series with these tags."""
        return sum(
            int(values.sum())
            for (series, tag), values in self.recording.counts.items()
            if self._fits(series, metric, tags) and status in {None, tag}
        )

    def span(self, metric: str, **tags: str) -> tuple[int, int]:
        """Smallest and largest value of a trend over the whole event."""
        found = [
            trend
            for (series, window), trend in self.recording.trends.items()
            if window == 0 and self._fits(series, metric, tags)
        ]
        return min(trend.min for trend in found), max(trend.max for trend in found)

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()


def with_column(table: str, column: str) -> Change:
    """Give a table a column."""

    def change(tree: dict[str, Any]) -> None:
        tree["tables"][table]["columns"] = [*tree["tables"][table]["columns"], column]

    return change


def without_column(table: str, column: str) -> Change:
    """Take a column from a table."""

    def change(tree: dict[str, Any]) -> None:
        tree["tables"][table]["columns"] = [name for name in tree["tables"][table]["columns"] if name != column]

    return change


def without_delays(tree: dict[str, Any]) -> None:
    """Fix all network delays, so that what happens together does so on purpose."""
    tree["platform"]["network"] = {
        "paths": {},
        "client_function": "5ms",
        "client_project": "5ms",
        "function_project": "1ms",
    }
    tree["platform"]["functions"]["cold_start"] = "0s"


def tabs(number: int) -> Change:
    """Give every participant this many tabs."""

    def change(tree: dict[str, Any]) -> None:
        tree["clients"]["participant"]["tabs"] = {str(number): 1.0}

    return change


def only_loop(name: str) -> Change:
    """Leave participants one loop."""

    def change(tree: dict[str, Any]) -> None:
        loops = tree["clients"]["participant"]["loops"]
        tree["clients"]["participant"]["loops"] = {name: loops[name]}

    return change
