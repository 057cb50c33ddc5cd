"""Measures of a replication that an oracle speaks of."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from eventlive_sim.engine.recording import EDGES, Recording, Trend
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program

Measure = Callable[[Program, Recording], float]
STEADY = 1
"""Window that leaves the beginning out; 0 is the whole scenario."""


def _station(program: Program, name: str) -> int:
    return next(number for number, spec in enumerate(program.stations) if spec.name == name)


def _trend(program: Program, recording: Recording, metric: str) -> Trend:
    return next(
        trend
        for (series, window), trend in recording.trends.items()
        if window == STEADY and program.series[series].metric == metric
    )


def sojourn(program: Program, recording: Recording) -> float:
    """Mean time from call to answer [s]."""
    trend = _trend(program, recording, "call_duration")
    return trend.sum / trend.count / 1e9


def beyond(limit_s: float) -> Measure:
    """Share of calls that take longer than a limit."""

    def measure(program: Program, recording: Recording) -> float:
        trend = _trend(program, recording, "call_duration")
        return share_above(trend, limit_s * 1e9)

    return measure


def share_above(trend: Trend, limit: float) -> float:
    """Share of values above a limit, linear within the bin in which it falls."""
    place = int(np.searchsorted(EDGES, limit, side="right")) - 1
    low, high = float(EDGES[place]), float(EDGES[place + 1])
    part = float(trend.counts[place]) * (high - limit) / (high - low)
    return (float(trend.counts[place + 1 :].sum()) + part) / trend.count


def wait(station: str) -> Measure:
    """Mean wait of those who were served [s]."""

    def measure(program: Program, recording: Recording) -> float:
        waits = recording.stations[_station(program, station)].waits[STEADY]
        return waits.sum / waits.count / 1e9

    return measure


def waited(station: str) -> Measure:
    """Share of those served who had to wait."""

    def measure(program: Program, recording: Recording) -> float:
        waits = recording.stations[_station(program, station)].waits[STEADY]
        return 1 - float(waits.counts[0]) / waits.count

    return measure


def _steady_bins(program: Program) -> slice:
    window = program.windows[STEADY]
    return slice(window.start_ns // program.bin_ns, window.end_ns // program.bin_ns)


def inside(station: str) -> Measure:
    """Mean number inside a station."""

    def measure(program: Program, recording: Recording) -> float:
        window = program.windows[STEADY]
        integral = recording.stations[_station(program, station)].inside_integral[_steady_bins(program)]
        return float(integral.sum()) / (window.end_ns - window.start_ns)

    return measure


def utilisation_gap(station: str, service_s: float) -> Measure:
    """U - X S / c of a station: what its servers were used, less what its completions explain; 0 in the mean."""

    def measure(program: Program, recording: Recording) -> float:
        number = _station(program, station)
        spec, figures = program.stations[number], recording.stations[number]
        whole = 1000 if spec.kind is StationKind.SHARING else 1  # busy counts thousandths of a core there
        bins = _steady_bins(program)
        busy_s = float(figures.busy_integral[bins].sum()) / whole / 1e9
        explained_s = float(figures.departures[bins].sum()) * service_s
        servers_s = figures.capacity_integral / whole / recording.horizon_ns * _span_s(program)
        return (busy_s - explained_s) / servers_s

    return measure


def _span_s(program: Program) -> float:
    window = program.windows[STEADY]
    return (window.end_ns - window.start_ns) / 1e9


def _calls(program: Program, recording: Recording, status: int | None = None) -> float:
    return float(
        sum(
            int(bins[_steady_bins(program)].sum())
            for (series, tag), bins in recording.counts.items()
            if program.series[series].metric == "calls" and status in {None, tag}
        )
    )


def answered(status: int) -> Measure:
    """Share of calls that end with a status."""
    return lambda program, recording: _calls(program, recording, status) / _calls(program, recording)


def throughput(program: Program, recording: Recording) -> float:
    """Calls that end in a second."""
    window = program.windows[STEADY]
    return _calls(program, recording) / ((window.end_ns - window.start_ns) / 1e9)


def present(time_s: int) -> Measure:
    """People who are there at a time."""

    def measure(program: Program, recording: Recording) -> float:
        there = 0
        for (series, _), bins in recording.counts.items():
            spec = program.series[series]
            if spec.metric == "people":
                sign = 1 if dict(spec.tags)["change"] == "join" else -1
                there += sign * int(bins[:time_s].sum())
        return float(there)

    return measure


def beat(period_s: float, joined_over_s: float, periods: int) -> Measure:
    """Relative amplitude of the pings of the k-th period at one over the period, in the phase that theory gives."""

    def measure(program: Program, recording: Recording) -> float:
        centre = (periods * period_s) + joined_over_s / 2
        first = round(centre - period_s / 2)
        for (series, _), bins in recording.counts.items():
            if program.series[series].metric == "attempts":
                times = np.arange(first, first + round(period_s)) + 0.5
                counts = bins[first : first + round(period_s)]
                return 2 * float(np.dot(counts, np.cos(2 * np.pi * (times - centre) / period_s))) / float(counts.sum())
        return math.nan

    return measure


def _total(program: Program, recording: Recording, metric: str) -> int:
    return sum(
        int(bins.sum()) for (series, _), bins in recording.counts.items() if program.series[series].metric == metric
    )


def tries(program: Program, recording: Recording) -> float:
    """Tokens asked for less first tries less retries: each attempt asks once, and is one or the other."""
    counted = _total(program, recording, "first_tries") + _total(program, recording, "retries")
    return float(int(recording.stations[_station(program, "tokens")].arrivals.sum()) - counted)
