"""Recordings: bins, quantiles, what the fingerprint sees; laws that fail when figures lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import EDGES, HIST, Trend, bins_of, first_difference
from eventlive_sim.engine.reference.books import TrendBook, spread
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import StationSpec
from tests.engine.machines import finish, run


def test_edges() -> None:
    """Unit bins to 100, then at most 1 % wide (1 at least), strictly growing to 1e14."""
    assert EDGES[:101].tolist() == list(range(101))
    assert EDGES[-1] == 10**14
    steps = np.diff(EDGES)
    assert (steps >= 1).all()
    assert (steps[100:] <= np.maximum(1, EDGES[100:-1] // 100)).all()
    assert len(EDGES) == HIST


def trend(*values: int) -> Trend:
    book = TrendBook()
    for value in values:
        book.add(value)
    return book.close()


def test_a_trend_keeps_exact_figures_and_quantiles_to_a_bin() -> None:
    """Quantiles are within 1 %, and exact below 100."""
    found = trend(*range(1, 100_001))
    assert (found.count, found.sum, found.min, found.max) == (100_000, 5_000_050_000, 1, 100_000)
    assert abs(found.quantile(0.95) / 95_000 - 1) < 0.01
    assert found.quantile(1.0) == 100_000 or abs(found.quantile(1.0) / 100_000 - 1) < 0.01
    assert trend(1, 5, 7).quantile(0.5) == 5
    assert found.mean == 50_000.5


def test_what_lies_outside_is_in_the_end_bins() -> None:
    """A negative value is in bin 0, a huge one in the last; both keep their exact value."""
    found = trend(-5, 10**15)
    assert (found.counts[0], found.counts[-1], found.min, found.max) == (1, 1, -5, 10**15)


def test_spread_splits_at_borders() -> None:
    """Level 3 over [5, 25) in bins of 10 is 15, 30, 15."""
    bins = [0, 0, 0]
    spread(bins, 10, 5, 25, 3)
    assert bins == [15, 30, 15]
    assert bins_of(25, 10) == 3


def recording_of(seed: int = 1):
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    hidden = asm.station(StationSpec("hidden", StationKind.FIFO, recorded=False))
    entry = asm.here()
    asm.enter(hidden)
    asm.leave(hidden)
    asm.enter(pool)
    asm.hold(asm.const(400))
    asm.leave(pool)
    asm.end()
    asm.population("p", 4, entry)
    program = finish(asm)
    return program, run(program, seed)[0]


def test_only_recorded_stations_are_recorded() -> None:
    """A station that is not recorded counts in the visits only."""
    _, recording = recording_of()
    assert list(recording.stations) == [0]
    assert recording.totals.station_visits == 8


def test_laws_see_who_is_still_inside() -> None:
    """At the end one holds and one waits; Little's law counts them."""
    _, recording = recording_of()
    station = recording.stations[0]
    assert (station.in_service_end, station.waiting_end) == (1, 1)
    assert station.sojourn_inside == 2000
    assert station.sojourn_sum == 400 + 800


def test_a_lie_breaks_a_law() -> None:
    """A figure that is wrong by one breaks exactly the law that it is in."""
    program, recording = recording_of()
    station = recording.stations[0]
    lies = {
        "departures": replace(station, departures=station.departures + 1),
        "little": replace(station, sojourn_sum=station.sojourn_sum + 1),
        "arrivals": replace(station, waiting_end=station.waiting_end + 1),
        "utilisation": replace(station, capacity_integral=1),
    }
    for law, lie in lies.items():
        broken = [found.name for found in check_laws(program, replace(recording, stations={0: lie})) if not found.holds]
        assert broken == [law]


def test_the_fingerprint_sees_every_figure() -> None:
    """One more arrival in one bin is another fingerprint, and is named."""
    _, recording = recording_of()
    station = recording.stations[0]
    arrivals = station.arrivals.copy()
    arrivals[3] += 1
    other = replace(recording, stations={0: replace(station, arrivals=arrivals)})
    assert other.fingerprint != recording.fingerprint
    assert first_difference(recording, other) == "station 0 arrivals[3]: 0 and 1"
