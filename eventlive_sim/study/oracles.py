"""The oracles: designs and scenarios whose answers are closed forms, and what is measured in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from eventlive_sim import theory
from eventlive_sim.engine.recording import EDGES, Recording, Trend
from eventlive_sim.program.program import Program

Measure = Callable[[Program, Recording], float]
STEADY = 1
"""Window that leaves the beginning out; 0 is the whole scenario."""


@dataclass(frozen=True)
class Quantity:
    """A number of a replication, and what theory says of its mean."""

    name: str
    expected: float
    measure: Measure


@dataclass(frozen=True)
class Case:
    """One design in one scenario with values set, and the quantities measured there."""

    oracle: str
    design: str
    scenario: str
    quantities: tuple[Quantity, ...]
    design_sets: tuple[str, ...] = ()
    scenario_sets: tuple[str, ...] = ()
    seed: int = field(default=0)


# ---------------------------------------------------------------- measures


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


def utilisation(station: str, servers: int) -> Measure:
    """Share of the servers' time that is used."""

    def measure(program: Program, recording: Recording) -> float:
        window = program.windows[STEADY]
        busy = recording.stations[_station(program, station)].busy_integral[_steady_bins(program)]
        return float(busy.sum()) / (servers * (window.end_ns - window.start_ns))

    return measure


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


# ---------------------------------------------------------------- cases


def cases() -> tuple[Case, ...]:
    """All cases, each with a seed of its own."""
    found = [
        *_open_queues(),
        *_general_queues(),
        *_sharing(),
        *_refusals(),
        *_closed(),
        *_people(),
    ]
    return tuple(
        Case(
            case.oracle,
            case.design,
            case.scenario,
            case.quantities,
            case.design_sets,
            case.scenario_sets,
            2_000 + number,
        )
        for number, case in enumerate(found)
    )


def _every(rate: float) -> str:
    return f"sources.visitors.every=exp({round(1e9 / rate)}ns)"


def _open_queues() -> Iterator[Case]:
    for rho in (0.5, 0.8):
        limit = theory.mm1_sojourn_quantile(rho, 1.0, 0.99)
        quantities: tuple[Quantity, ...] = (
            Quantity(f"M/M/1 at {rho}: mean sojourn [s]", theory.mm1_sojourn_mean(rho, 1.0), sojourn),
            Quantity(f"M/M/1 at {rho}: share over the p99 of theory", 0.01, beyond(limit)),
            Quantity(f"M/M/1 at {rho}: utilisation (O22)", rho, utilisation("desk", 1)),
        )
        yield Case("O1", "desk", "arrivals", quantities, (), (_every(rho),))
    for servers, load in ((2, 1.6), (10, 8.0)):
        limit = theory.mmc_sojourn_quantile(servers, load, 1.0, 0.99)
        name = f"M/M/{servers} at {load / servers:g}"
        quantities = (
            Quantity(f"{name}: mean wait [s]", theory.mmc_wait_mean(servers, load, 1.0), wait("desk")),
            Quantity(f"{name}: mean sojourn [s]", theory.mmc_sojourn_mean(servers, load, 1.0), sojourn),
            Quantity(f"{name}: share that waits", theory.erlang_c(servers, load), waited("desk")),
            Quantity(f"{name}: share over the p99 of theory", 0.01, beyond(limit)),
        )
        sets = (f"stations.desk.servers={servers}",)
        short = ("duration=2000s", "windows.steady=[300s, 2000s]") if servers > 2 else ()
        yield Case("O2", "desk", "arrivals", quantities, sets, (_every(load), *short))
    for load, servers, places in ((0.9, 1, 5), (2.4, 2, 10)):
        station = theory.mmck(servers, places, load, 1.0)
        name = f"M/M/{servers}/{places} at {load:g}"
        quantities = (
            Quantity(f"{name}: share refused", station.lost, answered(503)),
            Quantity(f"{name}: mean number inside", station.number, inside("desk")),
        )
        bounded = (f"stations.desk.servers={servers}", f"stations.desk.queue={places - servers}")
        yield Case("O3", "desk", "arrivals", quantities, bounded, (_every(load),))


def _general_queues() -> Iterator[Case]:
    for name, law, cv2 in (("M/D/1", "1s", 0.0), ("M/LN/1, cv 2", "lognormal(mean=1s, cv=2)", 4.0)):
        expected = theory.mg1_sojourn_mean(0.8, 1.0, cv2)
        longer = ("duration=10000s", "windows.steady=[1000s, 10000s]") if cv2 else ()
        yield Case(
            "O5",
            "desk",
            "arrivals",
            (Quantity(f"{name} at 0.8: mean sojourn [s]", expected, sojourn),),
            (f"endpoints.serve.steps.visit.service={law}",),
            (_every(0.8), *longer),
        )
    for rho in (0.5, 0.8):
        expected = theory.dm1_sojourn_mean(rho, 1.0)
        periodic = f"sources.visitors.every={round(1e9 / rho)}ns"
        yield Case(
            "O6",
            "desk",
            "arrivals",
            (Quantity(f"D/M/1 at {rho}: mean sojourn [s]", expected, sojourn),),
            (),
            (periodic,),
        )


def _sharing() -> Iterator[Case]:
    branches = theory.fork_join_mean(10, 1.0)
    yield Case(
        "O8",
        "crossing",
        "arrivals",
        (Quantity("longest of ten branches [s]", branches, sojourn),),
        (),
        ("duration=2000s", "windows.steady=[100s, 2000s]", _every(0.8)),
    )
    expected = theory.sharing_sojourn_mean(2, 1.6, 1.0)
    for name, law in (("constant", "1s"), ("exponential", "exp(1s)"), ("lognormal, cv 2", "lognormal(mean=1s, cv=2)")):
        yield Case(
            "O9",
            "cores",
            "arrivals",
            (Quantity(f"two shared cores at 0.8, {name}: mean sojourn [s]", expected, sojourn),),
            (f"endpoints.serve.steps.work.demand={law}",),
            (_every(1.6),),
        )
    quantities = (
        Quantity("pool of 8 before two cores: mean sojourn [s]", expected, sojourn),
        Quantity(
            "pool of 8 before two cores: share that waits",
            theory.pool_wait_probability(8, 2, 1.6),
            waited("connections"),
        ),
    )
    yield Case("O10", "pool", "arrivals", quantities, (), (_every(1.6),))


def _refusals() -> Iterator[Case]:
    for rate, servers, patience in ((10.0, 10, 0.5), (2.4, 2, 0.2)):
        station = theory.erlang_a(servers, rate, 1.0, patience)
        yield Case(
            "O11",
            "desk",
            "arrivals",
            (Quantity(f"Erlang A, {rate:g} on {servers}: share that gives up", station.lost, answered(504)),),
            (
                f"stations.desk.servers={servers}",
                f"endpoints.serve.steps.visit.patience=exp({round(1e9 / patience)}ns)",
            ),
            (_every(rate), *(("duration=1500s", "windows.steady=[200s, 1500s]") if servers > 2 else ())),
        )
    yield Case(
        "O11",
        "desk",
        "arrivals",
        (
            Quantity(
                "M/M/1 at 0.5, caller gives up after 3 s, work goes on: share given up",
                theory.mm1_sojourn_tail(0.5, 1.0, 3.0),
                answered(-2),
            ),
        ),
        (),
        (_every(0.5), "sources.visitors.timeout=3s"),
    )
    for burst in (1, 2, 5):
        loss = theory.bucket_loss(0.8, 1.0, burst)
        yield Case(
            "O17",
            "gate",
            "arrivals",
            (Quantity(f"bucket of {burst} at 0.8: share refused", loss, answered(429)),),
            (f"stations.tokens.burst={burst}",),
            (_every(0.8),),
        )


def _closed() -> Iterator[Case]:
    for law in ("exp(18s)", "uniform(16.5s, 19.5s)"):
        closed = theory.pingers(20, 18.0, 2.0, 2)
        quantities: tuple[Quantity, ...] = (
            Quantity(f"20 pingers, {law}: calls a second", closed.throughput, throughput),
            Quantity(f"20 pingers, {law}: mean answer [s]", closed.response_s, sojourn),
        )
        yield Case("O13", "pingers", "pingers", quantities, (f"clients.pinger.loops.ping.every={law}",))
    closed = theory.pingers(1_000, 120.0, 0.18, 2)
    quantities = (
        Quantity("1,000 pingers, 120 s +- 10 s: calls a second", closed.throughput, throughput),
        Quantity("1,000 pingers, 120 s +- 10 s: mean answer [s]", closed.response_s, sojourn),
    )
    sets = ("clients.pinger.loops.ping.every=uniform(110s, 130s)", "endpoints.serve.steps.visit.service=exp(180ms)")
    world = (
        "clients.pinger.people=1000",
        "clients.pinger.arrive=uniform(0s, 120s)",
        "duration=1800s",
        "windows.steady=[300s, 1800s]",
    )
    yield Case("O13", "pingers", "pingers", quantities, sets, world)


def _people() -> Iterator[Case]:
    def stays(time_s: float) -> float:
        return math.exp(-time_s / 3600)

    quantities = tuple(
        Quantity(f"people at {time} s", theory.joined_evenly_mean(time, 1_000, 120.0, stays), present(time))
        for time in (120, 3_720)
    )
    yield Case("O18", "crowd", "crowd", quantities)
    quantities = tuple(
        Quantity(
            f"amplitude of pings after {periods} periods",
            theory.beat_amplitude(120.0, 10.0, 10.0, periods),
            beat(120.0, 10.0, periods),
        )
        for periods in (2, 5, 10)
    )
    world = ("clients.viewer.arrive=uniform(0s, 10s)", "clients.viewer.stay=1h", "duration=1320s")
    yield Case("O19", "crowd", "crowd", quantities, (), world)
    yield Case(
        "O22",
        "again",
        "pingers",
        (Quantity("attempts less first tries less retries", 0.0, tries),),
    )
