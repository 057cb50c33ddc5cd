"""Meters: weights that were added, read over a window as count, sum, mean, ratio or quantile."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.stations.base import Station
from eventlive_sim.program.primitives import MeterRead, MeterWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventlive_sim.engine.reference.machine import Machine

PERCENT = {MeterRead.P50: 50, MeterRead.P95: 95, MeterRead.P99: 99}


class Log:
    """What was added under one key and still counts, or soon will (TICKED): (time, weight), oldest first."""

    __slots__ = ("entries", "fresh", "fresh_tick", "total")

    def __init__(self) -> None:
        self.entries: deque[tuple[int, int]] = deque()
        self.total = 0
        self.fresh: list[int] = []
        self.fresh_tick = 0

    def append(self, stamp: int, weight: int) -> None:
        """Add one that counts."""
        self.entries.append((stamp, weight))
        self.total += weight

    def drop_before(self, stamp: int) -> None:
        """Forget what is older than the stamp."""
        entries = self.entries
        while entries and entries[0][0] < stamp:
            self.total -= entries.popleft()[1]


class Meter(Station):
    """Stations of kind METER."""

    def __init__(self, machine: Machine, number: int) -> None:
        super().__init__(machine, number)
        self.logs: dict[int, Log] = {}
        spec = self.spec
        self.tick_ns = max(1, spec.length_ns // max(1, spec.ticks))
        self._add, self._refresh = WINDOWS[MeterWindow(spec.window)]

    def log(self, key: int) -> Log:
        """Return the log of a key."""
        found = self.logs.get(key)
        if found is None:
            self.check_key(key)
            found = self.logs[key] = Log()
        return found

    def add(self, key: int, weight: int) -> None:
        """Add a weight now."""
        self._add(self, self.log(key), weight)

    def read(self, key: int, reading: MeterRead) -> int:
        """Read a figure over the window as it is now."""
        log = self.log(key)
        self._refresh(self, log)
        count = len(log.entries)
        if reading is MeterRead.COUNT or not count:
            return count
        if reading is MeterRead.SUM:
            return log.total
        if reading is MeterRead.MEAN:
            return log.total // count
        if reading is MeterRead.RATIO:
            return 1_000_000 * log.total // count
        ordered = sorted(weight for _, weight in log.entries)
        return ordered[(PERCENT[reading] * count + 99) // 100 - 1]


def _add_stamped(meter: Meter, log: Log, weight: int) -> None:
    _REFRESHERS[MeterWindow(meter.spec.window)](meter, log)
    log.append(meter.clock.now, weight)


def _drop_other_windows(meter: Meter, log: Log) -> None:
    length = max(1, meter.spec.length_ns)
    log.drop_before(meter.clock.now // length * length)


def _drop_old(meter: Meter, log: Log) -> None:
    log.drop_before(meter.clock.now - meter.spec.length_ns + 1)


def _add_to_tick(meter: Meter, log: Log, weight: int) -> None:
    _close_ticks(meter, log)
    log.fresh.append(weight)


def _close_ticks(meter: Meter, log: Log) -> None:
    """Move what was added in a tick that is complete by now into the window of the last ticks."""
    tick = meter.clock.now // meter.tick_ns
    if tick != log.fresh_tick:
        for weight in log.fresh:
            log.append(log.fresh_tick, weight)
        log.fresh.clear()
        log.fresh_tick = tick
    log.drop_before(tick - meter.spec.ticks)


def _add_last(meter: Meter, log: Log, weight: int) -> None:
    log.append(0, weight)
    if len(log.entries) > meter.spec.size:
        log.total -= log.entries.popleft()[1]


def _keep(meter: Meter, log: Log) -> None:
    del meter, log


_REFRESHERS: dict[MeterWindow, Callable[[Meter, Log], None]] = {
    MeterWindow.FIXED: _drop_other_windows,
    MeterWindow.TICKED: _close_ticks,
    MeterWindow.SLIDING: _drop_old,
    MeterWindow.LAST: _keep,
}
_ADDERS: dict[MeterWindow, Callable[[Meter, Log, int], None]] = {
    MeterWindow.FIXED: _add_stamped,
    MeterWindow.TICKED: _add_to_tick,
    MeterWindow.SLIDING: _add_stamped,
    MeterWindow.LAST: _add_last,
}
WINDOWS = {window: (_ADDERS[window], _REFRESHERS[window]) for window in MeterWindow}
"""How each window adds, and how it forgets before it is read."""
