"""Budgets: k6 thresholds of a scenario against what was simulated."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import walk_steps
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program
from eventlive_sim.stats.quantiles import samples_needed
from eventlive_sim.stats.thresholds import Selector, Threshold, ThresholdError, parse_selector, parse_threshold
from eventlive_sim.study.compare import mean
from eventlive_sim.study.run import Run
from eventlive_sim.study.samples import NO_STATUS, OUTCOMES, PSEUDO_STATUSES, Sample, aggregate, select

METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "attempts": ("counter", ("endpoint", "client")),
    "first_tries": ("counter", ("endpoint", "client")),
    "retries": ("counter", ("endpoint", "client")),
    "calls": ("counter", ("endpoint", "client", "status", "outcome")),
    "call_duration": ("duration", ("endpoint", "client")),
    "queries": ("counter", ("endpoint", "step", "service", "status", "code")),
    "queries_per_call": ("trend", ("endpoint",)),
    "statements_per_call": ("trend", ("endpoint",)),
    "auth_requests": ("counter", ("kind", "status")),
    "rows": ("counter", ("table", "endpoint", "change")),
    "cache": ("counter", ("cache", "result")),
    "people": ("counter", ("client", "change")),
    "freshness": ("duration", ("of",)),
    "goodput": ("counter", ("endpoint", "client")),
    "station_utilisation": ("gauge", ("station",)),
    "station_queue": ("gauge", ("station",)),
    "station_wait": ("duration", ("station",)),
    "station_cores": ("gauge", ("station",)),
    "station_instances": ("gauge", ("station",)),
    "presence_minutes": ("gauge", ("client",)),
    "realtime_connections": ("gauge", ("client",)),
    "realtime_connects": ("counter", ("client", "status")),
    "realtime_sockets": ("counter", ("client", "change")),
    "realtime_joins": ("counter", ("channel", "client", "status")),
    "realtime_closed": ("counter", ("channel", "reason")),
    "realtime_messages": ("counter", ("channel",)),
    "realtime_sent": ("counter", ("channel",)),
    "realtime_dropped": ("counter", ("channel",)),
    "presence_messages": ("counter", ("channel",)),
    "presence_calls": ("counter", ("channel",)),
    "logins_again": ("counter", ("client",)),
    "detection": ("duration", ("of",)),
}
"""Metrics that a budget can be on: their kind, and their tags besides the window."""

_ALWAYS = {
    "code": ("42703", "23505", "57014", "PGRST003", "request_timeout", "bad_jwt"),
    "service": ("rest", "auth"),
    "kind": ("user", "jwks", "token"),
    "change": ("insert", "upsert", "update", "delete", "join", "leave"),
    "result": ("hit", "wait", "load"),
}
"""Values that a budget may name though the design as it is can never count them: a fixed bug stays fixed."""

_MOST_LISTED = 30

_FITTING = {
    "counter": {"count", "rate"},
    "gauge": {"avg", "max", "min"},
    "trend": {"avg", "min", "med", "max", "p"},
    "duration": {"avg", "min", "med", "max", "p"},
}


class Ground(Protocol):
    """What budgets can name things of: a run, or what would be run."""

    @property
    def design(self) -> ResolvedDesign:
        """The design."""

    @property
    def scenario(self) -> ResolvedScenario:
        """The scenario."""

    @property
    def program(self) -> Program:
        """What they lower to."""


@dataclass(frozen=True)
class BudgetRow:
    """One threshold, what was simulated, and whether it holds."""

    metric: str
    threshold: str
    value: float
    values: tuple[float, ...]
    holds: bool
    why: str


@dataclass(frozen=True)
class Budget:
    """A threshold on a metric, read and known to exist."""

    key: str
    selector: Selector
    threshold: Threshold
    window: str


def read_budgets(run_windows: Iterable[str], budgets: dict[str, tuple[str, ...]], file: str) -> list[Budget]:
    """Budgets of a scenario, checked.

    Raises
    ------
    ModelError
        If a metric, tag, window or aggregate does not exist; the remedy names the nearest that does.
    """
    windows = list(run_windows)
    found = []
    for key, thresholds in budgets.items():
        place = f"{file}: budgets.{key}"
        try:
            selector = parse_selector(key)
            read = [parse_threshold(text) for text in thresholds]
        except ThresholdError as error:
            raise ModelError(f"{place}: {error}", "write it as k6 writes thresholds", rule="bad-budget") from error
        tags = dict(selector.tags)
        window = tags.pop("window", "all")
        _known(place, "metric", selector.metric, METRICS)
        kind, names = METRICS[selector.metric]
        for tag in tags:
            _known(place, f"tag of {selector.metric}", tag, names)
        _known(place, "window", window, windows)
        for threshold in read:
            _fits(place, threshold, kind)
            found.append(Budget(key, Selector(selector.metric, tags), threshold, window))
    return found


def known_budgets(ground: Ground) -> list[Budget]:
    """Budgets of a scenario, every name in them checked against a design, before anything is simulated.

    Raises
    ------
    ModelError
        If a budget names what does not exist.
    """
    scenario = ground.scenario
    windows = [window.name for window in ground.program.windows]
    budgets = read_budgets(windows, scenario.scenario.budgets, scenario.name)
    for budget in budgets:
        _check_values(ground, budget)
    return budgets


def _known(place: str, what: str, name: str, names: Iterable[str]) -> None:
    listed = list(names)
    if name not in listed:
        near = difflib.get_close_matches(name, listed, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        few = ", ".join(listed[:_MOST_LISTED]) + (", ..." if len(listed) > _MOST_LISTED else "")
        remedy = f"{hint}write one of: {few}" if listed else "there is none; remove it"
        raise ModelError(f"{place}: there is no {what} {name!r}", remedy, rule="unknown-metric")


def _fits(place: str, threshold: Threshold, kind: str) -> None:
    if threshold.aggregate not in _FITTING[kind]:
        listed = ", ".join("p(N)" if name == "p" else name for name in sorted(_FITTING[kind]))
        problem = f"{place}: {threshold.text!r}: a {kind} metric has no {threshold.aggregate}"
        raise ModelError(problem, f"write one of: {listed}", rule="bad-aggregate")
    if threshold.is_duration and kind != "duration":
        problem = f"{place}: {threshold.text!r}: the metric is no duration"
        raise ModelError(problem, "leave the unit of time out", rule="bad-aggregate")


def check(run: Run) -> list[BudgetRow]:
    """Every budget of the run's scenario, and that the hot path served anybody at all.

    A budget breaks when the mean over replications breaks it. What has no data, or too few for its quantile, breaks.

    Raises
    ------
    ModelError
        If a budget names what does not exist.
    """
    return [*(_judge(run, budget) for budget in known_budgets(run)), _alive(run)]


def _check_values(ground: Ground, budget: Budget) -> None:
    """Refuse a tag whose value names nothing of the design or scenario, and a level of several stations at once.

    A step may be gone: that a ticket took it away is what a budget of 0 is for. The row says so.
    """
    place = f"{ground.scenario.name}: budgets.{budget.key}"
    metric, tags = budget.selector.metric, budget.selector.tags
    for tag, value in tags.items():
        if tag != "step":
            _known(place, f"{tag} of {metric}", value, known_values(ground, metric, tag))
    if METRICS[metric][0] == "gauge" and "station" in METRICS[metric][1] and "station" not in tags:
        listed = ", ".join(known_values(ground, metric, "station"))
        raise ModelError(f"{place}: which station?", f"write {{station:NAME}}, one of: {listed}", rule="unknown-metric")


def known_values(ground: Ground, metric: str, tag: str) -> list[str]:
    """Values that a tag of a metric can have in a run, whether or not anything was counted under them."""
    design, scenario = ground.design.design, ground.scenario.scenario
    match tag:
        case "endpoint":
            return list(design.endpoints)
        case "client":
            return [*scenario.clients, *scenario.sources]
        case "table":
            return list(design.tables)
        case "station":
            return [spec.name for spec in ground.program.stations if spec.kind is not StationKind.LOCK]
        case "step":
            steps = (name for point in design.endpoints.values() for _, name, _ in walk_steps(dict(point.steps)))
            return list(dict.fromkeys(steps))
        case "outcome":
            return list(OUTCOMES)
        case "status":
            return [*(str(status) for status in range(100, 600)), *PSEUDO_STATUSES.values(), NO_STATUS]
        case _:
            declared = (dict(series.tags).get(tag, "") for series in ground.program.series if series.metric == metric)
            return [value for value in dict.fromkeys((*_ALWAYS.get(tag, ()), *declared)) if value]


def _judge(run: Run, budget: Budget) -> BudgetRow:
    kind = METRICS[budget.selector.metric][0]
    values = tuple(_value(replication.samples, budget, kind) for replication in run.replications)
    value = mean(values)
    holds = not math.isnan(value) and budget.threshold.holds(value)
    step = budget.selector.tags.get("step", "")
    gone = f"the design has no step {step!r}" if step and step not in known_values(run, budget.key, "step") else ""
    why = gone if holds else _lack(run, budget) if math.isnan(value) else f"is {value:g}"
    return BudgetRow(budget.key, budget.threshold.text, value, values, holds, why)


def _lack(run: Run, budget: Budget) -> str:
    """Why there is no value: no data at all, or too few for the quantile in some replication."""
    needed = samples_needed(budget.threshold.quantile) if budget.threshold.quantile is not None else 1
    fewest = min(
        sum(
            sample.count
            for sample in select(one.samples, budget.selector.metric, budget.window, **budget.selector.tags)
        )
        for one in run.replications
    )
    return f"insufficient data: {fewest} of {needed} samples" if fewest else "no data"


def _value(samples: list[Sample], budget: Budget, kind: str) -> float:
    found = select(samples, budget.selector.metric, budget.window, **budget.selector.tags)
    if not found and kind == "counter":
        return 0.0
    return aggregate(found, budget.threshold.aggregate, budget.threshold.quantile)


def _alive(run: Run) -> BudgetRow:
    """A dead system never passes: somebody is served in every replication, on the hot path if the design has one."""
    hot = any(endpoint.hot for endpoint in run.design.design.endpoints.values())
    metric, tags = ("goodput", {}) if hot else ("calls", {"outcome": "served"})
    values = tuple(_rate(select(replication.samples, metric, **tags)) for replication in run.replications)
    holds = all(value > 0 for value in values)
    name = metric if hot else f"{metric}{{outcome:served}}"
    return BudgetRow(name, "rate>0 in each", mean(values), values, holds, "" if holds else "nobody is served")


def _rate(samples: list[Sample]) -> float:
    return aggregate(samples, "rate") if samples else 0.0
