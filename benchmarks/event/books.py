"""What the event in SimPy records: counts by time bin, histograms by window, and the figures of each station."""

from __future__ import annotations

from collections import defaultdict
from math import log

import simpy

BIN_S = 10.0
WINDOWS = ("all", "join", "steady")
JOIN_S = 120.0
STEADY_S = 3600.0
_STEPS = 1 / log(1.01)
_LEAST = 1e-9


class Trend:
    """Values in one window: a histogram with bins 1 % wide, their number, sum and extremes."""

    __slots__ = ("counts", "high", "low", "number", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.number = 0
        self.total = 0.0
        self.low = float("inf")
        self.high = 0.0

    def add(self, value: float) -> None:
        """Add one value; the bin of 0 is -1."""
        at = int(log(value / _LEAST) * _STEPS) if value > _LEAST else -1
        counts = self.counts
        counts[at] = counts.get(at, 0) + 1
        self.number += 1
        self.total += value
        if value < self.low:
            self.low = value
        if value > self.high:
            self.high = value

    @property
    def mean(self) -> float:
        """Mean of the values, 0 if there are none."""
        return self.total / self.number if self.number else 0.0


class Trends:
    """Values of one kind, by window."""

    __slots__ = ("all", "env", "join", "steady")

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.all, self.join, self.steady = Trend(), Trend(), Trend()

    def add(self, value: float) -> None:
        """Add one value to each window that holds now."""
        self.all.add(value)
        now = self.env.now
        if now < JOIN_S:
            self.join.add(value)
        elif now < STEADY_S:
            self.steady.add(value)


class StationBook:
    """Flows and integrals of one station; a bin is written down when it ends.

    Attributes
    ----------
    waiting, busy : int
        Levels now.
    bins : list
        By time bin: arrivals, grants, those who left or gave up, and the time integrals of those who wait and are served.
    """

    __slots__ = (
        "arrivals", "bins", "border", "busy", "busy_s", "capacity", "departures", "env", "grants", "last", "most",
        "refusals", "renegings", "visits", "waiting", "waiting_s", "waits",
    )  # fmt: skip

    def __init__(self, env: simpy.Environment, capacity: float = 1) -> None:
        self.env = env
        self.capacity = capacity
        self.waits = Trends(env)
        self.bins: list[tuple[float, ...]] = []
        self.border = BIN_S
        self.last = 0.0
        self.visits = self.waiting = self.busy = 0
        self._clear()

    def _clear(self) -> None:
        self.arrivals = self.grants = self.departures = self.refusals = self.renegings = 0
        self.most = self.waiting
        self.busy_s = self.waiting_s = 0.0

    def advance(self) -> None:
        """Close the integrals up to now."""
        now = self.env.now
        while now >= self.border:
            self._integrate(self.border)
            self.bins.append((
                self.arrivals, self.grants, self.departures, self.refusals, self.renegings, self.busy_s, self.waiting_s,
                self.most,
            ))  # fmt: skip
            self.visits += self.arrivals
            self._clear()
            self.border += BIN_S
        self._integrate(now)

    def _integrate(self, now: float) -> None:
        span = now - self.last
        busy = self.busy
        if busy:
            self.busy_s += span * (busy if busy < self.capacity else self.capacity)
        if self.waiting:
            self.waiting_s += span * self.waiting
        self.last = now

    def grant_at_once(self) -> None:
        """One comes and is served."""
        self.advance()
        self.arrivals += 1
        self.grants += 1
        self.busy += 1
        self.waits.add(0.0)

    def queue(self) -> None:
        """One comes and waits."""
        self.advance()
        self.arrivals += 1
        self.waiting += 1
        if self.waiting > self.most:
            self.most = self.waiting

    def refuse(self) -> None:
        """One comes and is refused."""
        self.advance()
        self.arrivals += 1
        self.refusals += 1

    def grant(self, asked: float) -> None:
        """One who waited is served."""
        self.advance()
        self.grants += 1
        self.waiting -= 1
        self.busy += 1
        self.waits.add(self.env.now - asked)

    def renege(self) -> None:
        """One who waited gives up."""
        self.advance()
        self.renegings += 1
        self.waiting -= 1

    def depart(self) -> None:
        """One who was served leaves."""
        self.advance()
        self.departures += 1
        self.busy -= 1

    def busy_total(self) -> float:
        """Servers held [s], over all bins so far."""
        return sum(row[5] for row in self.bins) + self.busy_s

    def close(self) -> None:
        """Write the last bin down; the clock stands at the end."""
        self.advance()
        self.visits += self.arrivals
        self.arrivals = 0


class Books:
    """All of the records but the stations'."""

    __slots__ = ("_bins", "counts", "env", "trends")

    def __init__(self, env: simpy.Environment, duration: float) -> None:
        self.env = env
        self._bins = int(duration / BIN_S) + 1
        self.counts: defaultdict[tuple[str | int, ...], list[int]] = defaultdict(self._no_counts)
        self.trends: defaultdict[tuple[str, str], Trends] = defaultdict(self._no_values)

    def _no_counts(self) -> list[int]:
        return [0] * self._bins

    def _no_values(self) -> Trends:
        return Trends(self.env)

    def count(self, *key: str | int, value: int = 1) -> None:
        """Count under a name and its tags, in the time bin of now."""
        self.counts[key][int(self.env.now / BIN_S)] += value

    def total(self, *key: str | int) -> int:
        """Count of all whose key begins so."""
        return sum(sum(bins) for full, bins in self.counts.items() if full[: len(key)] == key)
