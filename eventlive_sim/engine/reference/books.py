"""The books of a run: what its recording is made from."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from eventlive_sim.engine.recording import EDGE_LIST, HIST, StationRecording, Trend, in_words
from eventlive_sim.program.program import Program, StationSpec, Window


class Clock:
    """The time now, and the windows that hold now."""

    __slots__ = ("_bounds", "_windows", "active", "changes_ns", "now")

    def __init__(self, windows: tuple[Window, ...]) -> None:
        self.now = 0
        self._windows = windows
        self._bounds = sorted({bound for window in windows for bound in (window.start_ns, window.end_ns)})
        self.changes_ns = 0
        self.active: list[int] = []

    def windows(self) -> list[int]:
        """Numbers of the windows that hold now."""
        if self.now >= self.changes_ns:
            now = self.now
            self.active = [at for at, window in enumerate(self._windows) if window.start_ns <= now < window.end_ns]
            self.changes_ns = next((bound for bound in self._bounds if bound > now), 1 << 62)
        return self.active


class TrendBook:
    """Values of one trend in one window."""

    __slots__ = ("counts", "high", "low", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0
        self.low = 1 << 63
        self.high = -(1 << 63)

    def add(self, value: int) -> None:
        """Add one value."""
        at = bisect_right(EDGE_LIST, value) - 1 if value > 0 else 0
        counts = self.counts
        counts[at] = counts.get(at, 0) + 1
        self.total += value
        if value < self.low:
            self.low = value
        if value > self.high:
            self.high = value

    def close(self) -> Trend:
        """Return the trend."""
        counts = np.zeros(HIST, dtype=np.int64)
        counts[list(self.counts)] = list(self.counts.values())
        return Trend(counts, sum(self.counts.values()), self.total, self.low, self.high)


class TrendBooks:
    """Values of one series or wait, by window."""

    __slots__ = ("_clock", "by_window")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.by_window: dict[int, TrendBook] = {}

    def add(self, value: int) -> None:
        """Add one value to every window that holds now."""
        clock = self._clock
        for window in clock.active if clock.now < clock.changes_ns else clock.windows():
            book = self.by_window.get(window)
            if book is None:
                book = self.by_window[window] = TrendBook()
            book.add(value)

    def close(self) -> dict[int, Trend]:
        """Return the trends by window."""
        return {window: book.close() for window, book in self.by_window.items()}


def spread(bins: list[int], bin_ns: int, start_ns: int, end_ns: int, level: int) -> None:
    """Add level x time over [start, end) to the time bins, split exactly at their borders."""
    at = start_ns // bin_ns
    while start_ns < end_ns:
        border = min((at + 1) * bin_ns, end_ns)
        bins[at] += level * (border - start_ns)
        start_ns = border
        at += 1


class StationBook:
    """Levels, flows and integrals of one station.

    Levels stand until they are changed: call ``advance`` first, then set them. The methods for flows do so.
    """

    def __init__(self, program: Program, spec: StationSpec, clock: Clock, bins: int) -> None:
        self.spec = spec
        self.clock = clock
        self.bin_ns = program.bin_ns
        self.bin = 0
        self.last_ns = 0
        self.border_ns = program.bin_ns
        self.waiting = 0
        self.inside = 0
        self.busy = 0
        self.capacity = 0
        self.resized_ns = 0
        self.shrunk = False
        self.busy_total = 0
        self.capacity_total = 0
        self.sojourn_sum = 0
        self.sojourn_inside = 0
        self.arrivals = [0] * bins
        self.grants = [0] * bins
        self.refusals = [0] * bins
        self.renegings = [0] * bins
        self.departures = [0] * bins
        self.cancellations = [0] * bins
        self.busy_integral = [0] * bins
        self.waiting_integral = [0] * bins
        self.inside_integral = [0] * bins
        self.waiting_max = [0] * bins
        self.instance_integral = [0] * bins
        self.occupied_integral = [0] * bins
        self.cpu_integral = [0] * bins
        self.starts = [0] * bins
        self.waits = TrendBooks(clock)

    def advance(self) -> int:
        """Close the integrals up to now; the bin that holds now."""
        now = self.clock.now
        if now > self.last_ns:
            if now < self.border_ns:
                self._close(now)
            else:
                self._cross(now)
        return self.bin

    def _close(self, now: int) -> None:
        span = now - self.last_ns
        self.last_ns = now
        inside = self.inside
        if inside:
            at = self.bin
            self.inside_integral[at] += inside * span
            if self.waiting:
                self.waiting_integral[at] += self.waiting * span
            busy = self.busy * span
            self.busy_integral[at] += busy
            self.busy_total += busy
        if self.shrunk:
            self.capacity_total += max(0, self.busy - self.capacity) * span

    def resize(self, capacity: int) -> None:
        """Set the capacity from now on; of what is taken away, what is still held counts until it is given back."""
        self.advance()
        self.capacity_total += self.capacity * (self.last_ns - self.resized_ns)
        self.resized_ns = self.last_ns
        self.shrunk = self.shrunk or capacity < self.capacity
        self.capacity = capacity

    def _cross(self, now: int) -> None:
        """Close every bin that ended by now; the level at a border is in the next bin's maximum."""
        while now >= self.border_ns:
            self._close(self.border_ns)
            if self.bin + 1 == len(self.arrivals):
                break
            self.bin += 1
            self.border_ns += self.bin_ns
            self.waiting_max[self.bin] = self.waiting
        if now > self.last_ns:
            self._close(now)

    def grant_at_once(self) -> None:
        """One arrives and is granted."""
        at = self.bin if self.clock.now == self.last_ns else self.advance()
        self.arrivals[at] += 1
        self.grants[at] += 1
        self.inside += 1
        self.waits.add(0)

    def queue(self) -> None:
        """One arrives and waits."""
        at = self.advance()
        self.arrivals[at] += 1
        self.inside += 1
        self.waiting += 1
        if self.waiting > self.waiting_max[at]:
            self.waiting_max[at] = self.waiting

    def refuse(self) -> None:
        """One arrives and is refused."""
        at = self.advance()
        self.arrivals[at] += 1
        self.refusals[at] += 1

    def grant(self, ask_ns: int) -> None:
        """One who waited is granted."""
        self.grants[self.advance()] += 1
        self.waiting -= 1
        self.waits.add(self.clock.now - ask_ns)

    def renege(self, ask_ns: int) -> None:
        """One who waited is taken out."""
        self.renegings[self.advance()] += 1
        self.waiting -= 1
        self.inside -= 1
        self.sojourn_sum += self.clock.now - ask_ns

    def depart(self, ask_ns: int, *, cut: bool) -> None:
        """One who was granted gives back."""
        at = self.advance()
        self.departures[at] += 1
        if cut:
            self.cancellations[at] += 1
        self.inside -= 1
        self.sojourn_sum += self.clock.now - ask_ns

    def busy_integral_now(self) -> int:
        """Busy integral up to now."""
        self.advance()
        return self.busy_total

    def visits(self) -> int:
        """Arrivals so far."""
        return sum(self.arrivals)

    def close(self) -> StationRecording:
        """Return the figures; the clock stands at the horizon."""
        self.resize(self.capacity)
        figures = {
            name: in_words(getattr(self, name))
            for name in (
                "arrivals", "grants", "refusals", "renegings", "departures", "cancellations", "busy_integral",
                "waiting_integral", "inside_integral", "waiting_max", "instance_integral", "occupied_integral",
                "cpu_integral", "starts",
            )
        }  # fmt: skip
        return StationRecording(
            name=self.spec.name,
            kind=self.spec.kind,
            capacity_integral=self.capacity_total,
            sojourn_sum=self.sojourn_sum,
            sojourn_inside=self.sojourn_inside,
            waiting_end=self.waiting,
            in_service_end=self.inside - self.waiting,
            waits=self.waits.close(),
            **figures,
        )
