"""What Prometheus would have scraped: counters, levels and buckets of a replication at every scrape."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from eventlive_sim.engine.recording import EDGES, Recording
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program, SeriesSpec, Window
from eventlive_sim.stats.thresholds import Selector
from eventlive_sim.study.alerts.promql import Matrix
from eventlive_sim.study.samples import Sample, collect
from eventlive_sim.units import NS_PER_S

_DERIVED = {
    "goodput": "calls",
    "realtime_connections": "realtime_sockets",
    "presence_minutes": "people",
    "degrade_level": "degrade_changes",
}
"""Metrics that are worked out from other series."""
_OUTCOME = "outcome"


def edges_of(scenario: Scenario, scrape_ns: int) -> list[int]:
    """Times between which figures are taken [ns]: every scrape, the edges of windows, beginning and end."""
    inner = {edge for window in scenario.windows.values() for edge in window if edge < scenario.duration}
    return sorted({*range(0, scenario.duration, scrape_ns), *inner, scenario.duration})


def watched_program(design: Design, scenario: Scenario, scrape_ns: int, wanted: Iterable[Selector]) -> Program:
    """Program that records by scrape what these metrics with their tags need, and nothing of the rest: histograms are large.

    What is simulated is the same, draw for draw.
    """
    wanted, edges = tuple(wanted), edges_of(scenario, scrape_ns)
    width = math.gcd(*edges, scenario.bins)
    bins = scenario.model_copy(update={"bins": width, "windows": {}, "budgets": {}})
    program = lower(design, bins)
    windows = tuple(Window(f"tick {number}", *ends) for number, ends in enumerate(pairwise(edges)))
    series = tuple(
        replace(spec, trend=False) if spec.trend and not any(_counts(spec, one) for one in wanted) else spec
        for spec in program.series
    )
    of_stations = [one.tags.get("station") for one in wanted if one.metric.startswith("station_")]
    stations = tuple(
        spec if None in of_stations or spec.name in of_stations else replace(spec, recorded=False)
        for spec in program.stations
    )
    return replace(program, windows=windows, series=series, stations=stations)


def has_series(program: Program, metric: str, tags: dict[str, str]) -> bool:
    """Whether a program can ever count under a metric and tags; statuses and outcomes aside, which only come about."""
    if metric.startswith("station_"):
        return "station" not in tags or any(spec.name == tags["station"] for spec in program.stations)
    return any(_counts(spec, Selector(_DERIVED.get(metric, metric), tags)) for spec in program.series)


def _counts(spec: SeriesSpec, selector: Selector) -> bool:
    """Whether a series can be of a metric and tags."""
    own = dict(spec.tags)
    return spec.metric == selector.metric and all(
        own.get(tag) == value for tag, value in selector.tags.items() if tag not in {spec.tag, _OUTCOME}
    )


def _of_metrics(program: Program, recording: Recording, metrics: set[str]) -> Recording:
    """Recording without what nobody asks for: there are hundreds of series, and hundreds of ticks."""
    wanted = metrics | {source for derived, source in _DERIVED.items() if derived in metrics}
    kept = {key for key in recording.counts if program.series[key[0]].metric in wanted}
    return replace(
        recording,
        counts={key: values for key, values in recording.counts.items() if key in kept},
        sums={key: values for key, values in recording.sums.items() if key in kept},
    )


@dataclass
class Scrapes:
    """A replication by scrape.

    Attributes
    ----------
    samples : list of lists of Sample
        By tick.
    ends_s : float array
        End of each tick [s].
    times_s : float array
        When it was scraped [s]; the first scrape is at 0 and finds every counter at 0.
    """

    samples: list[list[Sample]]
    ends_s: Matrix
    times_s: Matrix
    _index: dict[str, dict[tuple[tuple[str, str], ...], list[tuple[int, Sample]]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, program: Program, recording: Recording, design: Design, scrape_ns: int, metrics: Iterable[str]
    ) -> Scrapes:
        """Scrapes of a recording of a watched program, of the metrics that it was made for."""
        number = {window.name: place for place, window in enumerate(program.windows)}
        samples: list[list[Sample]] = [[] for _ in program.windows]
        found = cls(
            samples,
            np.asarray([window.end_ns / NS_PER_S for window in program.windows]),
            np.arange(0, program.horizon_ns // scrape_ns + 1, dtype=np.float64) * (scrape_ns / NS_PER_S),
        )
        for sample in collect(program, _of_metrics(program, recording, set(metrics)), design):
            tick = number[sample.window]
            samples[tick].append(sample)
            of_metric = found._index.setdefault(sample.metric, {})
            of_metric.setdefault(tuple(sorted(sample.tags.items())), []).append((tick, sample))
        return found

    def _fitting(self, metric: str, tags: dict[str, str]) -> list[list[tuple[int, Sample]]]:
        of_metric = self._index.get(metric, {})
        return [ticks for key, ticks in of_metric.items() if tags.items() <= dict(key).items()]

    def _at_scrapes(self, by_tick: Matrix) -> Matrix:
        """What has come together by each scrape, of values by tick in the last axis."""
        whole = np.concatenate([np.zeros((*by_tick.shape[:-1], 1)), np.cumsum(by_tick, axis=-1)], axis=-1)
        done = np.searchsorted(self.ends_s, self.times_s + 1e-9, side="right")
        found: Matrix = whole[..., done]
        return found

    def counters(self, metric: str, tags: dict[str, str]) -> Matrix:
        """Cumulative counters, a row a series."""
        series = self._fitting(metric, tags)
        values = np.zeros((len(series), len(self.ends_s)))
        for row, ticks in enumerate(series):
            for tick, sample in ticks:
                values[row, tick] = sample.count
        return self._at_scrapes(values)

    def sums(self, metric: str, tags: dict[str, str]) -> tuple[Matrix, Matrix]:
        """Cumulative sum, in seconds where it is a duration, and number of a trend's values, a row a series."""
        series = self._fitting(metric, tags)
        values = np.zeros((2, len(series), len(self.ends_s)))
        for row, ticks in enumerate(series):
            for tick, sample in ticks:
                if sample.trend is not None:
                    values[0, row, tick] = sample.trend.sum / (1.0 if sample.scale == 1.0 else NS_PER_S)
                    values[1, row, tick] = sample.trend.count
        both = self._at_scrapes(values)
        return both[0], both[1]

    def levels(self, metric: str, tags: dict[str, str]) -> Matrix:
        """Levels, a row a series: their mean since the scrape before, 0 at the first."""
        series = self._fitting(metric, tags)
        values = np.zeros((len(series), len(self.ends_s)))
        for row, ticks in enumerate(series):
            for tick, sample in ticks:
                values[row, tick] = sample.value
        last = np.searchsorted(self.ends_s, self.times_s + 1e-9, side="right") - 1
        found: Matrix = np.where(last < 0, 0.0, values[:, np.maximum(last, 0)])
        return found

    def buckets(self, metric: str, tags: dict[str, str], bounds_ns: Sequence[int]) -> Matrix:
        """Cumulative buckets, by series, bound (infinity the last) and scrape."""
        uppers = np.append(EDGES[1:], np.iinfo(np.int64).max)
        within = [uppers - 1 <= bound for bound in bounds_ns]
        series = self._fitting(metric, tags)
        values = np.zeros((len(series), len(bounds_ns) + 1, len(self.ends_s)))
        for row, ticks in enumerate(series):
            for tick, sample in ticks:
                if sample.trend is not None:
                    values[row, :-1, tick] = [float(sample.trend.counts[mask].sum()) for mask in within]
                    values[row, -1, tick] = sample.trend.count
        return self._at_scrapes(values)
