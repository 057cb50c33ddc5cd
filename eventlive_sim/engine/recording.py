"""What a run leaves behind: counts, histograms, station figures; the same arrays from every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.program.primitives import StationKind

Int64Array = NDArray[np.int64]

_LARGEST_EDGE = 10**14


def _edges() -> list[int]:
    """0, 1, ..., 100, then 1 % steps (at least 1) up to 1e14."""
    edges = list(range(101))
    while edges[-1] < _LARGEST_EDGE:
        edges.append(min(edges[-1] + edges[-1] // 100, _LARGEST_EDGE))
    return edges


EDGE_LIST = _edges()
EDGES: Int64Array = np.asarray(EDGE_LIST, dtype=np.int64)
"""Lower edges of the histogram bins: bin i holds EDGES[i] <= value < EDGES[i + 1], the last one all above.

Values below 0 are in bin 0.
"""
HIST = len(EDGE_LIST)


def bins_of(horizon_ns: int, bin_ns: int) -> int:
    """Number of time bins; the last may be shorter."""
    return max(1, -(-horizon_ns // bin_ns))


@dataclass(frozen=True, eq=False)
class Trend:
    """Values of one series or wait in one window: a histogram on ``EDGES``, and exact figures."""

    counts: Int64Array
    count: int
    sum: int
    min: int
    max: int

    @property
    def mean(self) -> float:
        """Mean of the values, 0 if there are none."""
        return self.sum / self.count if self.count else 0.0

    def quantile(self, level: float) -> float:
        """Value at a level in 0..1 by nearest rank, as the middle of its bin within min and max."""
        if not self.count:
            return 0.0
        rank = max(1, int(np.ceil(level * self.count)))
        at = int(np.searchsorted(np.cumsum(self.counts), rank))
        low = EDGE_LIST[at]
        high = EDGE_LIST[at + 1] - 1 if at + 1 < HIST else self.max
        return float(min(max((low + high) / 2, self.min), self.max))


BIN_FIGURES = (
    "arrivals", "grants", "refusals", "renegings", "departures", "cancellations",
    "busy_integral", "waiting_integral", "inside_integral", "waiting_max",
    "instance_integral", "occupied_integral", "cpu_integral", "starts",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StationRecording:
    """Figures of one station; arrays are per time bin.

    Attributes
    ----------
    arrivals : int64 array
        Tasks that asked, or began work. Work of 0 or less is no arrival.
    grants, refusals, renegings : int64 arrays
        What became of them: granted (at the time of the grant); answered 0 at once (no patience, queue full, no token
        in time); taken out of the queue by patience, a deadline or a cancel.
    departures : int64 array
        All that gave a server back, by leaving, by the end of the work, or by an unwinding or end of the task.
        A token departs as it is granted.
    cancellations : int64 array
        Departures because a deadline, a cancel or the task's end took the server back or cut the work short.
    busy_integral, waiting_integral, inside_integral : int64 arrays
        Servers held, tasks waiting, tasks inside (waiting or holding) [unit x ns]. Busy of a SHARING station is in
        thousandths of a core: min(1000 x jobs, cores).
    waiting_max : int64 array
        Most that waited at one time in the bin.
    instance_integral, occupied_integral, cpu_integral, starts : int64 arrays
        ELASTIC: instances alive (from the start of the cold start), instances with a request, thousandths of cores
        busy [unit x ns]; cold starts begun.
    capacity_integral : int
        Servers (SHARING: thousandths of a core) of all keys over the whole run [unit x ns]; what was taken away counts
        while it is still held.
    sojourn_sum, sojourn_inside : int
        Time in the station of those who left, and so far of those still inside [ns].
    waiting_end, in_service_end : int
        Tasks waiting and holding at the end.
    waits : dict
        By window: time from ask to grant, of the granted [ns]. Absent: no grant.
    """

    name: str
    kind: StationKind
    arrivals: Int64Array
    grants: Int64Array
    refusals: Int64Array
    renegings: Int64Array
    departures: Int64Array
    cancellations: Int64Array
    busy_integral: Int64Array
    waiting_integral: Int64Array
    inside_integral: Int64Array
    waiting_max: Int64Array
    instance_integral: Int64Array
    occupied_integral: Int64Array
    cpu_integral: Int64Array
    starts: Int64Array
    capacity_integral: int
    sojourn_sum: int
    sojourn_inside: int
    waiting_end: int
    in_service_end: int
    waits: dict[int, Trend]


@dataclass(frozen=True)
class Totals:
    """Counts over the whole run.

    ``events``: valid events that were processed. ``tasks_spawned`` includes the first task of every person;
    it is ended + cancelled + alive. ``station_visits``: arrivals at all stations, recorded or not.
    """

    events: int
    tasks_spawned: int
    tasks_ended: int
    tasks_cancelled: int
    tasks_alive: int
    station_visits: int


@dataclass(frozen=True, eq=False)
class Recording:
    """Everything that a run recorded. Keys without a value are absent: an absent count is 0.

    Attributes
    ----------
    counts, sums : dict
        Counter series by (series, tag): number and sum of the values per time bin.
    trends : dict
        Trend series by (series, window).
    stations : dict
        By station number, those whose specification says ``recorded`` and that are no meters.
    """

    digest: str
    seed: int
    horizon_ns: int
    bin_ns: int
    counts: dict[tuple[int, int], Int64Array]
    sums: dict[tuple[int, int], Int64Array]
    trends: dict[tuple[int, int], Trend]
    stations: dict[int, StationRecording]
    totals: Totals
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def bins(self) -> int:
        """Number of time bins."""
        return bins_of(self.horizon_ns, self.bin_ns)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all figures in a canonical order, as hex; the same on every machine and engine."""
        hasher = hashlib.sha256()
        for name, array in self.arrays():
            hasher.update(f"{name}:{array.size}|".encode())
            hasher.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return hasher.hexdigest()

    def arrays(self) -> Iterator[tuple[str, Int64Array]]:
        """Name and array of every figure, in the canonical order; for the fingerprint and for comparing engines."""
        totals = self.totals
        yield "run", in_words((self.seed & 0x7FFF_FFFF_FFFF_FFFF, self.horizon_ns, self.bin_ns))
        yield "totals", in_words((
            totals.events, totals.tasks_spawned, totals.tasks_ended, totals.tasks_cancelled, totals.tasks_alive,
            totals.station_visits,
        ))  # fmt: skip
        for key in sorted(self.counts):
            yield f"counts {key}", self.counts[key]
            yield f"sums {key}", self.sums[key]
        for key in sorted(self.trends):
            yield from _trend_arrays(f"trend {key}", self.trends[key])
        for number in sorted(self.stations):
            yield from _station_arrays(f"station {number}", self.stations[number])


def in_words(values: Sequence[int]) -> Int64Array:
    """Values as 64 bits hold them: the capacity of 30,000 instances over an hour needs more, and must not stop a run."""
    try:
        return np.asarray(values, dtype=np.int64)
    except OverflowError:
        return np.asarray([value & 0xFFFF_FFFF_FFFF_FFFF for value in values], dtype=np.uint64).view(np.int64)


def _trend_arrays(name: str, trend: Trend) -> Iterator[tuple[str, Int64Array]]:
    yield f"{name} counts", trend.counts
    yield f"{name} figures", in_words((trend.count, trend.sum, trend.min, trend.max))


def _station_arrays(name: str, station: StationRecording) -> Iterator[tuple[str, Int64Array]]:
    for figure in BIN_FIGURES:
        yield f"{name} {figure}", getattr(station, figure)
    yield (
        f"{name} totals",
        in_words((
            station.capacity_integral, station.sojourn_sum, station.sojourn_inside, station.waiting_end,
            station.in_service_end,
        )),
    )  # fmt: skip
    for window in sorted(station.waits):
        yield from _trend_arrays(f"{name} wait {window}", station.waits[window])


def first_difference(left: Recording, right: Recording) -> str:
    """Name and values of the first figure in which two recordings differ; empty if they agree.

    Examples
    --------
    ``first_difference(simulate(program, 1), simulate(program, 2))`` may give
    ``"totals[0]: 1204 and 1188"``.
    """
    ours, theirs = dict(left.arrays()), dict(right.arrays())
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name not in ours or name not in theirs:
            return f"{name}: only in the {'left' if name in ours else 'right'} recording"
        one, other = ours[name], theirs[name]
        if one.shape != other.shape:
            return f"{name}: {one.size} and {other.size} values"
        if (one != other).any():
            at = int(np.argmax(one != other))
            return f"{name}[{at}]: {one[at]} and {other[at]}"
    return ""
