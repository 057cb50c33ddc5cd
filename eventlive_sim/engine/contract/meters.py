"""Meters: what is added and what is read, over the four windows."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.program.primitives import MeterRead, MeterWindow, StationKind
from eventlive_sim.program.program import StationSpec


class MetersContract(Bench):
    """Meters."""

    def _sums(self, adds: dict[int, int], reads: tuple[int, ...], window: MeterWindow, **spec: int) -> list[int]:
        """Sums read at times, after what is added at those times: {time: weight}."""
        s = Sheet()
        meter = meter_of(s, window, **spec)
        with s.actor("a"):
            now = 0
            for time in sorted({*adds, *reads}):
                s.wait(time - now)
                now = time
                if time in adds:
                    s.add(meter, s.const(adds[time]))
                if time in reads:
                    s.mark("sum", s.meter(meter, MeterRead.SUM))
        return self.run(s).values("sum")

    def test_sliding(self) -> None:
        """Length 10, added 1 at 0, 2 at 5, 4 at 10: at 9 it is 3, at 10 the 1 is gone: 6, at 14 6, at 15 4, at 20 0."""
        sums = self._sums({0: 1, 5: 2, 10: 4}, (9, 10, 14, 15, 20), MeterWindow.SLIDING, length_ns=10)
        assert sums == [3, 6, 6, 4, 0]

    def test_fixed(self) -> None:
        """Windows [0, 10), [10, 20): 1 at 3 and 2 at 9 are 3 at 9, forgotten at 10, where 4 is added; 0 at 20."""
        assert self._sums({3: 1, 9: 2, 10: 4}, (3, 9, 10, 19, 20), MeterWindow.FIXED, length_ns=10) == [1, 3, 4, 4, 0]

    def test_ticked(self) -> None:
        """Three ticks of 10, added 1 at 1, 2 at 12, 4 at 25: reads see completed ticks only, and the last three."""
        reads = (9, 10, 19, 20, 30, 39, 40, 50, 60)
        sums = self._sums({1: 1, 12: 2, 25: 4}, reads, MeterWindow.TICKED, length_ns=30, ticks=3)
        assert sums == [0, 1, 1, 3, 7, 7, 6, 4, 0]

    def test_last(self) -> None:
        """The last three of 1, 2, 4, 8, whenever they came: 1, 3, 7, 14, and 14 for ever."""
        sums = self._sums({0: 1, 1: 2, 2: 4, 3: 8}, (0, 1, 2, 3, 900), MeterWindow.LAST, size=3)
        assert sums == [1, 3, 7, 14, 14]

    def test_reads(self) -> None:
        """10, 9, ..., 1: count 10, sum 55, mean 5, ratio 5,500,000, median 5, p95 and p99 10; all 0 when empty."""
        s = Sheet()
        meter = meter_of(s, MeterWindow.LAST, size=100)
        with s.actor("a"):
            for read in MeterRead:
                s.mark("empty", s.meter(meter, read))
            for weight in range(10, 0, -1):
                s.add(meter, s.const(weight))
            for read in MeterRead:
                s.mark("full", s.meter(meter, read))
        out = self.run(s)
        assert out.values("empty") == [0] * 7
        assert out.values("full") == [10, 55, 5, 5_500_000, 5, 10, 10]

    def test_quantiles_of_many(self) -> None:
        """0..199 in any order: the nearest ranks 100, 190 and 198 hold 99, 189 and 197."""
        s = Sheet()
        meter = meter_of(s, MeterWindow.SLIDING, length_ns=10)
        with s.actor("a"):
            for number in range(200):
                s.add(meter, s.const(number * 77 % 200))
            for read in (MeterRead.P50, MeterRead.P95, MeterRead.P99):
                s.mark("quantile", s.meter(meter, read))
        assert self.run(s).values("quantile") == [99, 189, 197]

    def test_floors(self) -> None:
        """Mean and ratio round down, below 0 too: (-1 + 0) / 2 is -1; 1 of 3 is 333,333 millionths."""
        s = Sheet()
        meter = meter_of(s, MeterWindow.LAST, size=3)
        with s.actor("a"):
            s.add(meter, s.const(-1))
            s.add(meter, s.const(0))
            s.mark("mean", s.meter(meter, MeterRead.MEAN))
            for weight in (0, 0, 1):
                s.add(meter, s.const(weight))
            s.mark("ratio", s.meter(meter, MeterRead.RATIO))
        out = self.run(s)
        assert (out.values("mean"), out.values("ratio")) == ([-1], [333_333])

    def test_keys_of_a_meter(self) -> None:
        """Each key has its own window: 5 under key 0, 7 under key 2, nothing under key 1."""
        s = Sheet()
        meter, key = meter_of(s, MeterWindow.SLIDING, keys=3, length_ns=10), s.task("key")
        with s.actor("a"):
            s.add(meter, s.const(5))
            s.add(meter, s.const(7), key=s.const(2))
            for number in range(3):
                s.copy(key, s.const(number))
                s.mark("sum", s.meter(meter, MeterRead.SUM, key))
        assert self.run(s).values("sum") == [5, 0, 7]


def meter_of(s: Sheet, window: MeterWindow, **spec: int) -> int:
    """Meter with a window."""
    return s.station(StationSpec("meter", StationKind.METER, window=window, **spec))  # type: ignore[arg-type]  # all are ints
