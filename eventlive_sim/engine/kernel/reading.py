"""The recording of a run, read from the kernel's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.books import HIGH_BITS
from eventlive_sim.engine.recording import BIN_FIGURES, HIST, Recording, StationRecording, Totals, Trend, bins_of
from eventlive_sim.program.primitives import StationKind

if TYPE_CHECKING:
    from eventlive_sim.program.program import Int64Array, Program


def read_recording(program: Program, seed: int, memory: Int64Array) -> Recording:
    """Return what a finished run recorded."""
    bins = bins_of(program.horizon_ns, program.bin_ns)
    counts, sums = _counters(memory, len(program.series), bins)
    windows = len(program.windows)
    trends: dict[tuple[int, int], Trend] = {}
    for series in range(len(program.series)):
        found = _trends(memory, int(memory[at.H_TRENDS]) + series * windows, windows)
        trends |= {(series, window): trend for window, trend in found.items()}
    stations = {
        number: _station(program, number, memory, bins)
        for number, spec in enumerate(program.stations)
        if spec.kind is not StationKind.METER
    }
    return Recording(
        digest=program.digest,
        seed=seed,
        horizon_ns=program.horizon_ns,
        bin_ns=program.bin_ns,
        counts=counts,
        sums=sums,
        trends=trends,
        stations={number: found for number, found in stations.items() if program.stations[number].recorded},
        totals=Totals(
            events=int(memory[at.H_EVENTS]),
            tasks_spawned=int(memory[at.H_SPAWNED]),
            tasks_ended=int(memory[at.H_ENDED]),
            tasks_cancelled=int(memory[at.H_CANCELLED]),
            tasks_alive=int(memory[at.H_ALIVE]),
            station_visits=sum(int(station.arrivals.sum()) for station in stations.values()),
        ),
    )


def _counters(
    memory: Int64Array, series: int, bins: int
) -> tuple[dict[tuple[int, int], Int64Array], dict[tuple[int, int], Int64Array]]:
    counts, sums = {}, {}
    first = int(memory[at.H_COUNTERS])
    table = memory[first : first + series * at.TAGS]
    for place in table.nonzero()[0].tolist():
        key = (place // at.TAGS, place % at.TAGS + at.TAG_MIN)
        pair = int(table[place])
        counts[key] = memory[pair : pair + bins].copy()
        sums[key] = memory[pair + bins : pair + 2 * bins].copy()
    return counts, sums


def _trends(memory: Int64Array, table: int, windows: int) -> dict[int, Trend]:
    found = {}
    for window in range(windows):
        book = int(memory[table + window])
        if book:
            first = book + at.X_COUNTS
            found[window] = Trend(
                memory[first : first + HIST].copy(),
                int(memory[book + at.X_COUNT]),
                int(memory[book + at.X_SUM]),
                int(memory[book + at.X_MIN]),
                int(memory[book + at.X_MAX]),
            )
    return found


def _station(program: Program, number: int, memory: Int64Array, bins: int) -> StationRecording:
    spec = program.stations[number]
    s = int(memory[at.H_STATIONS]) + number * at.STATION
    figures = {}
    first = int(memory[s + at.B_BINS])
    rows = memory[first : first + bins * at.FIGURES].reshape(bins, at.FIGURES)
    for column, name in enumerate(BIN_FIGURES):
        figures[name] = rows[:, column].copy()
    waiting, inside = int(memory[s + at.B_WAITING]), int(memory[s + at.B_INSIDE])
    return StationRecording(
        name=spec.name,
        kind=spec.kind,
        capacity_integral=(int(memory[s + at.B_CAPACITY_HIGH]) << HIGH_BITS) + int(memory[s + at.B_CAPACITY_TOTAL]),
        sojourn_sum=int(memory[s + at.B_SOJOURN]),
        sojourn_inside=int(memory[s + at.B_SOJOURN_INSIDE]),
        waiting_end=waiting,
        in_service_end=inside - waiting,
        waits=_trends(memory, int(memory[s + at.B_WAITS]), len(program.windows)),
        **figures,
    )
