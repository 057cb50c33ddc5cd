"""Budgets: k6 thresholds of a scenario, read, checked, and measured on what was simulated."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.design import Design, walk_steps
from eventlive_sim.model.files import shown_path
from eventlive_sim.model.lint import RULES
from eventlive_sim.model.nodes import Path
from eventlive_sim.model.prices import read_prices
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.model.scenario import Limit
from eventlive_sim.model.webinars import attending, calling
from eventlive_sim.model.yaml import load
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program
from eventlive_sim.program.scoped import WEBINAR, unscoped
from eventlive_sim.stats.quantiles import samples_needed
from eventlive_sim.stats.thresholds import Selector, Threshold, ThresholdError, parse_selector, parse_threshold
from eventlive_sim.study.bill import items_of
from eventlive_sim.study.metrics import ALWAYS, ENDINGS, EXACT_KINDS, FITTING, METRICS, OF_ALL
from eventlive_sim.study.preflight import preflight
from eventlive_sim.study.samples import NO_STATUS, OUTCOMES, PSEUDO_STATUSES, Sample, aggregate, select

_MOST_LISTED = 30


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
class Budget:
    """A threshold on a metric, read and known to exist.

    Attributes
    ----------
    key : str
        Metric and tags, as written.
    window : str
        Window that it is asked of.
    estimand, severity, abort_on_fail
        See ``Limit``.
    risk : float
        Probability that an event may break it.
    line : int, optional
        Where it stands in the scenario's file.
    """

    key: str
    selector: Selector
    threshold: Threshold
    window: str
    estimand: str
    risk: float
    severity: str
    abort_on_fail: bool
    line: int | None
    guards: bool = False
    """Whether it is the one that nobody wrote: somebody is served in every event."""

    @property
    def name(self) -> str:
        """Metric, tags, threshold, and the window where the tags do not name it."""
        inside = f" in {self.window}" if self.window != WHOLE and "window:" not in self.key else ""
        mean = "mean of " if self.estimand == "mean" else ""
        return f"{self.key}{inside}: {mean}{self.threshold.text}"

    @property
    def measure_name(self) -> str:
        """What is measured, whatever the limit: the same for all who ask for the same figure of a replication."""
        tags = ",".join(
            f"{tag}:{value}" for tag, value in sorted({**self.selector.tags, "window": self.window}.items())
        )
        asked = self.threshold
        level = f"({asked.quantile!r})" if asked.aggregate == "p" else ""
        guard = "served " if self.guards else ""
        return f"{guard}{self.selector.metric}{{{tags}}}:{asked.aggregate}{level}"

    @property
    def kind(self) -> str:
        """Kind of its metric."""
        return METRICS[self.selector.metric][0]


def read_budgets(scenario: ResolvedScenario, windows: Sequence[str]) -> list[Budget]:
    """Budgets of a scenario, checked against metrics, tags, aggregates and these windows.

    Raises
    ------
    ModelError
        If one of them does not exist; the remedy names the nearest that does.
    """
    lines = _lines(scenario)
    found = []
    for key, thresholds in scenario.scenario.budgets.items():
        for number, written in enumerate(thresholds):
            limit = Limit(threshold=written) if isinstance(written, str) else written
            line = lines.get(("budgets", key, number), lines.get(("budgets", key)))
            found.append(_read(scenario, key, limit, windows, line))
    return found


def metric_of(ground: Ground, written: str) -> Budget:
    """What ``METRIC{tags}:AGGREGATE`` measures: a budget without a limit, checked against a design and scenario.

    Raises
    ------
    ModelError
        If metric, tag, value or aggregate does not exist; the remedy names the nearest that does.
    """
    key, colon, aggregated = written.rpartition(":")
    if not colon or "}" in aggregated:
        remedy = "write METRIC{tags}:AGGREGATE, such as goodput:rate or freshness{of:NAME}:p(95)"
        raise ModelError(f"{written!r} says no aggregate", remedy, rule="bad-metric")
    limit = Limit(threshold=f"{aggregated} >= 0")
    budget = _read(ground.scenario, key, limit, [window.name for window in ground.program.windows], None)
    if budget.kind in EXACT_KINDS:
        raise ModelError(f"{written!r} is not simulated", "ask preflight and lint for it", rule="bad-metric")
    _check_values(ground, budget)
    return budget


def _read(scenario: ResolvedScenario, key: str, limit: Limit, windows: Sequence[str], line: int | None) -> Budget:
    place = _place(scenario, key, line)
    try:
        selector, threshold = parse_selector(key), parse_threshold(limit.threshold)
    except ThresholdError as error:
        raise ModelError(f"{place}: {error}", "write it as k6 writes thresholds", rule="bad-budget") from error
    tags = dict(selector.tags)
    window = tags.pop("window", limit.window or WHOLE)
    if limit.window is not None and limit.window != window:
        raise ModelError(
            f"{place}: its tags say {window!r}, its window {limit.window!r}", "keep one", rule="bad-budget"
        )
    _known(place, "metric", selector.metric, METRICS)
    kind, names = METRICS[selector.metric]
    if scenario.scenario.webinars and kind not in EXACT_KINDS and selector.metric not in OF_ALL:
        names = (*names, WEBINAR)
    for tag in tags:
        _known(place, f"tag of {selector.metric}", tag, names)
    _known(place, "window", window, [WHOLE] if kind in EXACT_KINDS else windows)
    _fits(place, threshold, kind)
    if threshold.aggregate == "share" and not ENDINGS & set(tags):
        problem = f"{place}: {threshold.text!r}: a share of {selector.metric} that ended in which way?"
        endings = [name for name in names if name in ENDINGS]
        remedy = f"write one of the tags {', '.join(endings)}" if endings else "they have no ending; count them"
        raise ModelError(problem, remedy, rule="bad-aggregate")
    if limit.estimand == "mean" and (threshold.operator in {"==", "!="} or kind in EXACT_KINDS):
        problem = f"{place}: {threshold.text!r}: no number of events shows that a mean equals something"
        raise ModelError(problem, "compare it with < or >, or leave the estimand out", rule="bad-estimand")
    risk = scenario.scenario.gate.risk if limit.risk is None else limit.risk
    read = Selector(selector.metric, tags)
    return Budget(key, read, threshold, window, limit.estimand, risk, limit.severity, limit.abort_on_fail, line)


def _place(scenario: ResolvedScenario, key: str, line: int | None) -> str:
    """File, line and path of a budget that is written; else, such as of a metric asked for, scenario and key."""
    if line is None:
        return f"{scenario.name}: {key}"
    return str(Place(shown_path(scenario.file), line, f"budgets.{key}"))


def _lines(scenario: ResolvedScenario) -> dict[Path, int]:
    """Lines of the scenario's own file; of what it includes there are none."""
    try:
        return load(scenario.file).places
    except ModelError:  # the file has gone since it was read: its lines matter no more
        return {}


def known_budgets(ground: Ground) -> list[Budget]:
    """Budgets of a scenario, every name in them checked against a design, before anything is simulated.

    Raises
    ------
    ModelError
        If a budget names what does not exist.
    """
    scenario = ground.scenario
    if not scenario.scenario.budgets:
        raise ModelError(
            f"{scenario.name} has no budgets", "write some: what is not asked is not answered", rule="no-budgets"
        )
    budgets = read_budgets(scenario, [window.name for window in ground.program.windows])
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
    if threshold.aggregate not in FITTING[kind]:
        listed = ", ".join("p(N)" if name == "p" else name for name in sorted(FITTING[kind]))
        problem = f"{place}: {threshold.text!r}: a {kind} metric has no {threshold.aggregate}"
        raise ModelError(problem, f"write one of: {listed}", rule="bad-aggregate")
    if threshold.is_duration and kind != "duration":
        problem = f"{place}: {threshold.text!r}: the metric is no duration"
        raise ModelError(problem, "leave the unit of time out", rule="bad-aggregate")


def _check_values(ground: Ground, budget: Budget) -> None:
    """Refuse a tag whose value names nothing of the design or scenario, and a level of several parts at once.

    A step may be gone: that a ticket took it away is what a budget of 0 is for. The row says so.
    """
    place = _place(ground.scenario, budget.key, budget.line)
    metric, tags = budget.selector.metric, budget.selector.tags
    for tag, value in tags.items():
        if tag != "step":
            _known(place, f"{tag} of {metric}", value, known_values(ground, metric, tag))
    (of,) = METRICS[metric][1] if METRICS[metric][0] == "load" else ("",)
    if of and of not in tags:
        listed = ", ".join(known_values(ground, metric, of))
        raise ModelError(f"{place}: which {of}?", f"write {{{of}:NAME}}, one of: {listed}", rule="unknown-metric")
    if METRICS[metric][0] == "gauge" and "station" in METRICS[metric][1] and "station" not in tags:
        listed = ", ".join(known_values(ground, metric, "station"))
        raise ModelError(f"{place}: which station?", f"write {{station:NAME}}, one of: {listed}", rule="unknown-metric")
    of_webinars = [
        scope
        for scope, own in (unscoped(spec.name) for spec in ground.program.stations)
        if scope and own == tags.get("station")
    ]
    if METRICS[metric][0] == "gauge" and of_webinars and WEBINAR not in tags:
        listed = ", ".join(of_webinars)
        raise ModelError(
            f"{place}: which webinar's?", f"write {{{WEBINAR}:NAME}}, one of: {listed}", rule="unknown-metric"
        )


def known_values(ground: Ground, metric: str, tag: str) -> list[str]:
    """Values that a tag of a metric can have in a run, whether or not anything was counted under them."""
    design, scenario = ground.design.design, ground.scenario.scenario
    match tag:
        case "endpoint":
            return list(design.endpoints)
        case "client":
            return list(
                dict.fromkeys(
                    name for name in (*(name for name, _ in (*attending(scenario), *calling(scenario))), *design.jobs)
                )
            )
        case "item":
            return list(items_of(read_prices()[0], design))
        case "webinar":
            return list(scenario.webinars)
        case "table":
            return list(design.tables)
        case "station":
            names = (unscoped(spec.name)[1] for spec in ground.program.stations if spec.kind is not StationKind.LOCK)
            return list(dict.fromkeys(names))
        case "step":
            steps = (name for point in design.endpoints.values() for _, name, _ in walk_steps(dict(point.steps)))
            return list(dict.fromkeys(steps))
        case "rule":
            return [rule.id for rule in RULES]
        case "part":
            return [part.name for part in preflight(design, scenario).parts]
        case "outcome":
            return list(OUTCOMES)
        case "status":
            return [*(str(status) for status in range(100, 600)), *PSEUDO_STATUSES.values(), NO_STATUS]
        case _:
            declared = (dict(series.tags).get(tag, "") for series in ground.program.series if series.metric == metric)
            return [value for value in dict.fromkeys((*ALWAYS.get(tag, ()), *declared)) if value]


def measure(samples: list[Sample], budget: Budget) -> float:
    """Value of a budget's metric in a replication; not a number where there is nothing to measure, or too little."""
    if not _anything(samples, budget.window):
        return math.nan
    found = selected(samples, budget, budget.window)
    if budget.threshold.aggregate == "share":
        return share(found, budget)
    if not found and budget.kind == "counter":
        return 0.0
    return aggregate(found, budget.threshold.aggregate, budget.threshold.quantile)


def selected(samples: list[Sample], budget: Budget, window: str) -> list[Sample]:
    """Samples that a budget is worked out from: of a share those that ended otherwise too."""
    tags = budget.selector.tags
    if budget.threshold.aggregate == "share":
        tags = {name: value for name, value in tags.items() if name not in ENDINGS}
    return select(samples, budget.selector.metric, window, **tags)


def share(samples: list[Sample], budget: Budget) -> float:
    """Share of all that ended which ended as the budget's tags say, 0..1; not a number if nothing did."""
    tags = budget.selector.tags.items()
    ended = sum(sample.count for sample in samples)
    return sum(sample.count for sample in samples if tags <= sample.tags.items()) / ended if ended else math.nan


def lack(samples: list[Sample], budget: Budget) -> str:
    """Why there is no value: nobody called anything, no data, or too few for the quantile."""
    if not _anything(samples, budget.window):
        return f"empty window: nothing is called in {budget.window!r}"
    quantile = budget.threshold.quantile
    needed = samples_needed(quantile) if quantile is not None else 1
    there = sum(
        sample.count for sample in select(samples, budget.selector.metric, budget.window, **budget.selector.tags)
    )
    return f"insufficient data: {there} of {needed} samples" if there else "no data"


def _anything(samples: list[Sample], window: str) -> bool:
    """Whether anything was called in a window, or was still going on: without it a count of 0 says nothing."""
    return any(sample.count for metric in ("attempts", "calls") for sample in select(samples, metric, window))


def served(design: Design, samples: list[Sample]) -> float:
    """Goodput of a replication [1/s]: of the hot path if the design has one, else all calls that end served."""
    hot = any(endpoint.hot for endpoint in design.endpoints.values())
    found = select(samples, "goodput") if hot else select(samples, "calls", outcome="served")
    return aggregate(found, "rate") if found else 0.0


def gone(ground: Ground, budget: Budget) -> str:
    """That the design lacks the step that a budget names, if it does: a count of 0 is then no wonder."""
    step = budget.selector.tags.get("step", "")
    missing = step and step not in known_values(ground, budget.selector.metric, "step")
    return f"the design has no step {step!r}" if missing else ""
