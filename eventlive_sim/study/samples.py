"""From a recording to metrics: what was counted, under the names of metrics, tags and windows."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from eventlive_sim.engine.recording import EDGES, Recording, Trend
from eventlive_sim.model.design import Design, Endpoint
from eventlive_sim.model.prices import read_prices
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Int64Array, Program, SeriesSpec, Window
from eventlive_sim.program.scoped import WEBINAR, unscoped
from eventlive_sim.stats.quantiles import histogram_quantile, samples_needed
from eventlive_sim.study.bill import event_bill
from eventlive_sim.units import NS_PER_MS, seconds

PSEUDO_STATUSES = {-1: "abandoned", -2: "timed_out", -3: "not_permitted"}
"""Statuses of calls that no server gave."""

OUTCOMES = ("served", "failed", "limited", "timed_out", "refused", "abandoned", "in_flight")
"""How calls end; the last: not yet when the event was over."""
_OUTCOME_OF_STATUS = {429: "limited", 503: "refused", 504: "timed_out", -3: "refused"}
NO_STATUS = "none"
"""Status of a call in flight."""

AGGREGATES = ("avg", "min", "med", "max", "p(90)", "p(95)", "p(99)")
"""What a trend is summed up as, keyed as k6 keys it."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One metric with one set of tags in one window of one replication.

    Attributes
    ----------
    kind : str
        ``counter`` (``count`` in the window), ``trend`` (``trend``, in the unit times ``scale``) or ``gauge`` (``value``).
    span_s : float
        Length of the window [s].
    value, least, most : float
        Of a gauge: its mean over the window's time, and the smallest and largest of its time bins.
    """

    metric: str
    tags: dict[str, str]
    window: str
    kind: str
    span_s: float
    count: int = 0
    trend: Trend | None = None
    scale: float = 1.0
    value: float = math.nan
    least: float = math.nan
    most: float = math.nan


def collect(
    program: Program,
    recording: Recording,
    design: Design,
    *,
    events: int = 1,
    windows: Container[str] | None = None,
) -> list[Sample]:
    """All samples of a replication, in every window or in some; what it costs in a month of so many events, of the whole."""
    collector = _Collector(program, recording, design)
    found = [
        sample
        for number, window in enumerate(program.windows)
        if windows is None or window.name in windows
        for sample in collector.of(number, window)
    ]
    prices, _ = read_prices()
    bill, (whole, *_) = event_bill(prices, design, program, recording, events), program.windows
    span = seconds(whole.end_ns - whole.start_ns)
    costs = (
        Sample("cost", {"item": item}, whole.name, "gauge", span, value=dollars, least=dollars, most=dollars)
        for item, dollars in ((line.item, line.dollars / events) for line in bill.lines)
    )
    return [*found, *costs]


class _Collector:
    def __init__(self, program: Program, recording: Recording, design: Design) -> None:
        self.program = program
        self.recording = recording
        self.design = design
        self.joined = self._level_of("people", "join")
        self.connected = self._level_of("realtime_sockets", "open")
        self.degraded = self._level_of("degrade_changes", "enter")

    def of(self, number: int, window: Window) -> Iterator[Sample]:
        """Samples of one window."""
        yield from self._counters(window)
        yield from self._trends(number, window)
        yield from self._stations(number, window)
        yield from self._presence(window)

    def _slice(self, window: Window) -> slice:
        """Bins that begin within a window; scenarios keep windows on the edges of bins."""
        width = self.recording.bin_ns
        return slice(-(-window.start_ns // width), -(-window.end_ns // width))

    def _lengths(self, window: Window) -> Int64Array:
        """Lengths of the bins of a window [ns]; the last of all may be shorter."""
        part, width = self._slice(window), self.recording.bin_ns
        lengths: Int64Array = np.minimum(
            width, window.end_ns - np.arange(part.start, part.stop, dtype=np.int64) * width
        )
        return lengths

    def _counters(self, window: Window) -> Iterator[Sample]:
        span, part = seconds(window.end_ns - window.start_ns), self._slice(window)
        ended: dict[tuple[str, ...], int] = {}
        for series, tag in sorted(self.recording.counts):
            # What was added up, not how often: a message counts once for each receiver.
            spec, count = self.program.series[series], int(self.recording.sums[series, tag][part].sum())
            tags = {**dict(spec.tags), **({spec.tag: PSEUDO_STATUSES.get(tag, str(tag))} if spec.tag else {})}
            if spec.metric == "calls":
                key = _who(tags)
                ended[key] = ended.get(key, 0) + count
                tags["outcome"] = outcome_of(self.design.endpoints[tags["endpoint"]], tag)
                if tags["outcome"] == "served" and self.design.endpoints[tags["endpoint"]].hot:
                    good = {key: text for key, text in tags.items() if key in {"endpoint", "client", WEBINAR}}
                    yield Sample("goodput", good, window.name, "counter", span, count)
            yield Sample(spec.metric, tags, window.name, "counter", span, count)
        yield from self._in_flight(window, span, part, ended)

    def _in_flight(
        self, window: Window, span: float, part: slice, ended: dict[tuple[str, ...], int]
    ) -> Iterator[Sample]:
        """Calls begun in the window less those that ended in it: over the whole event, those still in flight."""
        if part.start != 0 or part.stop < self.recording.bins:
            return
        for (series, _), bins in sorted(self.recording.counts.items()):
            spec = self.program.series[series]
            if spec.metric == "first_tries":
                tags = dict(spec.tags)
                left = int(bins.sum()) - ended.get(_who(tags), 0)
                tags |= {"status": NO_STATUS, "outcome": "in_flight"}
                yield Sample("calls", tags, window.name, "counter", span, left)

    def _trends(self, number: int, window: Window) -> Iterator[Sample]:
        span = seconds(window.end_ns - window.start_ns)
        for (series, held), trend in sorted(self.recording.trends.items()):
            if held == number:
                spec: SeriesSpec = self.program.series[series]
                scale = 1 / NS_PER_MS if spec.unit == "ns" else 1.0
                yield Sample(spec.metric, dict(spec.tags), window.name, "trend", span, trend.count, trend, scale)

    def _stations(self, number: int, window: Window) -> Iterator[Sample]:
        span = seconds(window.end_ns - window.start_ns)
        for station, figures in sorted(self.recording.stations.items()):
            spec = self.program.stations[station]
            if spec.kind is StationKind.LOCK:
                continue
            scope, own = unscoped(spec.name)
            tags = {"station": own} | ({WEBINAR: scope} if scope else {})
            capacity = {StationKind.SHARING: spec.cores, StationKind.FIFO: spec.servers}.get(spec.kind)
            if capacity is not None:
                yield self._level("station_utilisation", tags, window, figures.busy_integral, capacity)
            if spec.kind is StationKind.ELASTIC:
                yield self._level("station_cores", tags, window, figures.cpu_integral, 1_000)
                yield self._level("station_instances", tags, window, figures.instance_integral)
            queue = self._level("station_queue", tags, window, figures.waiting_integral)
            yield replace(queue, most=float(figures.waiting_max[self._slice(window)].max()))
            wait = figures.waits.get(number)
            if wait is not None and spec.kind is not StationKind.SHARING:
                yield Sample("station_wait", tags, window.name, "trend", span, wait.count, wait, 1 / NS_PER_MS)

    def _level(
        self, metric: str, tags: dict[str, str], window: Window, integral: Int64Array, capacity: float = 1.0
    ) -> Sample:
        """Gauge of an integral over time: its mean in the window, and its smallest and largest bin."""
        part, length = self._slice(window), window.end_ns - window.start_ns
        inside = integral[part]
        levels = inside / (capacity * self._lengths(window))
        mean = float(inside.sum()) / (capacity * length)
        least, most = float(levels.min()), float(levels.max())
        return Sample(metric, tags, window.name, "gauge", seconds(length), value=mean, least=least, most=most)

    def _level_of(self, metric: str, coming: str) -> dict[tuple[tuple[str, str], ...], Int64Array]:
        """What of each client is there at the end of each bin, by its tags: people, sockets; or whether a level holds."""
        present: dict[tuple[tuple[str, str], ...], Int64Array] = {}
        for (series, _), bins in self.recording.counts.items():
            spec = self.program.series[series]
            if spec.metric == metric:
                tags = dict(spec.tags)
                sign = 1 if tags.pop("change") == coming else -1
                who = tuple(tags.items())
                present[who] = present.get(who, np.zeros_like(bins)) + sign * np.cumsum(bins)
        return present

    def _presence(self, window: Window) -> Iterator[Sample]:
        """Minutes that people were there; who comes or goes within a bin counts as there at its end."""
        part, span = self._slice(window), seconds(window.end_ns - window.start_ns)
        for who, present in sorted(self.joined.items()):
            minutes = seconds(float((present[part] * self._lengths(window)).sum())) / 60
            yield Sample("presence_minutes", dict(who), window.name, "gauge", span, value=minutes)
        for metric, present_of in (("realtime_connections", self.connected), ("degrade_level", self.degraded)):
            for who, present in sorted(present_of.items()):
                levels = present[part]
                mean = float((levels * self._lengths(window)).sum()) / (window.end_ns - window.start_ns)
                least, most = float(levels.min()), float(levels.max())
                yield Sample(metric, dict(who), window.name, "gauge", span, value=mean, least=least, most=most)


def _who(tags: dict[str, str]) -> tuple[str, ...]:
    """Who called what."""
    return tags["endpoint"], tags["client"], tags.get(WEBINAR, "")


def outcome_of(endpoint: Endpoint, status: int) -> str:
    """Outcome of a call that ended with a status; what the endpoint answers by design is served."""
    if status in PSEUDO_STATUSES and status not in _OUTCOME_OF_STATUS:
        return PSEUDO_STATUSES[status]
    if 200 <= status < 300 or status in endpoint.good:
        return "served"
    return _OUTCOME_OF_STATUS.get(status, "failed")


def select(samples: Iterable[Sample], metric: str, window: str = "all", **tags: str) -> list[Sample]:
    """Samples of a metric in a window that have these tags."""
    return [
        sample
        for sample in samples
        if sample.metric == metric and sample.window == window and tags.items() <= sample.tags.items()
    ]


def total(samples: Iterable[Sample], metric: str, window: str = "all", **tags: str) -> int:
    """Count over all samples of a counter with these tags."""
    return sum(sample.count for sample in select(samples, metric, window, **tags))


def gauge(samples: Iterable[Sample], metric: str, window: str = "all", **tags: str) -> float:
    """Sum of the values of a gauge over all samples with these tags; not a number if there is none."""
    found = [sample.value for sample in select(samples, metric, window, **tags)]
    return math.fsum(found) if found else math.nan


def merged(samples: list[Sample]) -> Trend | None:
    """One trend of all values of several; None if there is no value."""
    trends = [sample.trend for sample in samples if sample.trend is not None and sample.trend.count]
    if not trends:
        return None
    counts = np.sum([trend.counts for trend in trends], axis=0)
    return Trend(
        counts,
        sum(trend.count for trend in trends),
        sum(trend.sum for trend in trends),
        min(trend.min for trend in trends),
        max(trend.max for trend in trends),
    )


def aggregate(samples: list[Sample], name: str, quantile: float | None = None) -> float:
    """One number of samples of one metric, as k6 names it: count, rate, avg, min, med, max, p.

    Returns
    -------
    float
        Counts and rates [1/s] of counters; aggregates of trends (ms where they are durations); the value of gauges.
        Not a number where there are no data, or too few for the quantile.
    """
    if not samples:
        return math.nan
    kind = samples[0].kind
    if kind == "gauge":
        field = {"min": "least", "max": "most"}.get(name, "value")
        return math.fsum(getattr(sample, field) for sample in samples)
    if name == "count":
        return float(sum(sample.count for sample in samples))
    if name == "rate":
        return sum(sample.count for sample in samples) / samples[0].span_s
    trend = merged(samples)
    if trend is None:
        return math.nan
    scale = samples[0].scale
    if name == "avg":
        return trend.sum / trend.count * scale
    if name in {"min", "max"}:
        return (trend.min if name == "min" else trend.max) * scale
    level = 0.5 if name == "med" else quantile
    if level is None:
        return math.nan
    return quantile_of(trend, level, whole=scale == 1.0) * scale


def quantile_of(trend: Trend, level: float, *, whole: bool = False) -> float:
    """Quantile of a trend in its own unit; not a number if there are too few values.

    Of durations it is interpolated within a bin. What is counted (`whole`) takes the value that is there, by nearest rank.
    """
    if whole:
        return trend.quantile(level) if trend.count >= samples_needed(level) else math.nan
    edges = np.append(EDGES, EDGES[-1] * 2)
    value = histogram_quantile(edges, trend.counts, level, trend.min, trend.max)
    return math.nan if value is None else float(value)


def values_of(samples: list[Sample]) -> dict[str, float]:
    """All aggregates of samples, keyed as k6 keys them."""
    match samples[0].kind:
        case "counter":
            return {name: aggregate(samples, name) for name in ("count", "rate")}
        case "gauge":
            return {"value": aggregate(samples, "value")} | {
                name: aggregate(samples, name)
                for name in ("min", "max")
                if not all(math.isnan(sample.least) for sample in samples)
            }
        case _:
            levels = {"p(90)": 0.9, "p(95)": 0.95, "p(99)": 0.99}
            return {"count": float(sum(sample.count for sample in samples))} | {
                name: aggregate(samples, "p" if name in levels else name, levels.get(name)) for name in AGGREGATES
            }
