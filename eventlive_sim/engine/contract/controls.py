"""How quotas, breakers, limits, monitors, timers and changing capacity lower, with their times worked out."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.program.primitives import Cmp, Fn, Gauge, Knob, MeterRead, MeterWindow, Self, StationKind
from eventlive_sim.program.program import StationSpec

CLOSED, OPEN = 0, 1
BASELINE = 250
"""Thousandths of a core that earn their credits."""


class ControlsContract(Bench):
    """Quotas, breakers, limits, monitors, timers, credits, brown-outs."""

    def test_moving_average_quota(self) -> None:
        """Two messages a tick of 10, closed over 6 in five completed ticks: 8 are seen first at 40."""
        s = Sheet()
        meter = s.station(StationSpec("quota", StationKind.METER, window=MeterWindow.TICKED, length_ns=50, ticks=5))
        closed = s.label("closed")
        with s.actor("sends"):
            top = s.here()
            s.test(s.meter(meter, MeterRead.SUM), Cmp.GT, s.const(6), closed)
            s.add(meter, s.const(1))
            s.mark("sent")
            s.wait(5)
            s.jump(top)
            s.place(closed)
            s.mark("closed", s.meter(meter, MeterRead.SUM))
        out = self.run(s)
        assert out.times("sent") == list(range(0, 40, 5))
        assert out.marks("closed") == [(40, 0, 8)]

    def test_breaker(self) -> None:
        """Calls every 10 to what fails in [20, 70); opens at half of the last four, for 30; one trial then.

        Closed: 0 and 10 good, 20 and 30 fail: 2 of 4, open until 60. 40 and 50 are not made. The trial at 60 fails:
        open until 90, 70 and 80 are not made. The trial at 90 is good: closed, with an empty window.
        """
        s = Sheet()
        meter = s.station(StationSpec("failures", StationKind.METER, keys=9, window=MeterWindow.LAST, size=4))
        window, state, until, failed = s.task("window"), s.task("state"), s.task("until"), s.task("failed")
        with s.actor("client"):
            top, call, good, bad, closed, opens, on = (s.label() for _ in range(7))
            s.place(top)
            s.test(s.now, Cmp.GE, s.const(120), on)
            s.test(state, Cmp.EQ, s.const(CLOSED), call)
            s.test(s.now, Cmp.GE, until, call)
            s.mark("not made")
            s.wait(10)
            s.jump(top)
            s.place(call)
            s.copy(failed, s.const(0))
            s.test(s.now, Cmp.LT, s.const(20), good)
            s.test(s.now, Cmp.GE, s.const(70), good)
            s.copy(failed, s.const(1))
            s.mark("failed")
            s.test(state, Cmp.EQ, s.const(OPEN), opens)
            s.jump(bad)
            s.place(good)
            s.mark("good")
            s.test(state, Cmp.EQ, s.const(CLOSED), bad)
            s.copy(state, s.const(CLOSED))
            s.increase(window)
            s.jump(closed)
            s.place(bad)
            s.add(meter, failed, key=window)
            s.test(s.meter(meter, MeterRead.COUNT, window), Cmp.LT, s.const(4), closed)
            s.test(s.meter(meter, MeterRead.RATIO, window), Cmp.LT, s.const(500_000), closed)
            s.place(opens)
            s.copy(state, s.const(OPEN))
            s.set(until, Fn.ADD, s.now, s.const(30))
            s.place(closed)
            s.wait(10)
            s.jump(top)
            s.place(on)
        out = self.run(s)
        assert out.times("good") == [0, 10, 90, 100, 110]
        assert out.times("failed") == [20, 30, 60]
        assert out.times("not made") == [40, 50, 70, 80]

    def test_rate_limit_by_address(self) -> None:
        """Two tokens an address, one more every 50. Clients 0 and 2 share an address and exhaust it; client 1 does not."""
        s = Sheet()
        limit = s.station(StationSpec("limit", StationKind.BUCKET, keys=2, interval_ns=50, burst=2))
        got, address = s.task("got"), s.task("address")
        with s.actor("client", 3):
            s.set(address, Fn.MIN, s.self_(Self.PERSON), s.const(1))
            both = s.unless(address, Cmp.EQ, 0)
            s.set(address, Fn.SUB, s.const(2), s.self_(Self.PERSON))
            s.place(both)
            for _ in range(2):
                s.enter(limit, got, key=address, patience=s.const(0))
                s.mark("allowed", got)
                s.wait(10)
        out = self.run(s)
        assert sorted((person, time, value) for time, person, value in out.marks("allowed")) == [
            (0, 0, 1), (0, 10, 0), (1, 0, 1), (1, 10, 1), (2, 0, 1), (2, 10, 0),
        ]  # fmt: skip

    def test_fan_out_by_arithmetic(self) -> None:
        """Three join, one message: 3 deliveries; one leaves, one message: 2. No event per receiver: 6 in all."""
        s = Sheet()
        members, sent = s.register("members"), s.series("delivered")
        with s.actor("member", 3):
            s.increase(s.shared(members))
            only_first = s.unless(s.self_(Self.PERSON), Cmp.NE, 0)
            s.wait(50)
            s.increase(s.shared(members), -1)
            s.place(only_first)
        with s.actor("speaker"):
            s.count(sent, s.shared(members))
            s.wait(100)
            s.count(sent, s.shared(members))
        recording = self.run(s).recording
        assert recording.sums[sent, 0].tolist()[:2] == [3, 2]
        assert recording.counts[sent, 0].tolist()[:2] == [1, 1]
        assert recording.totals.events == 4 + 2

    def test_degrade_monitor(self) -> None:
        """A monitor reads the calls of the last 10 every 10; over 3 it degrades, and clients learn of it 5 later.

        A call every 2. At 10 it reads 4 (2, 4, 6, 8): calls stop from 15. At 20 it reads 2 (12, 14): they go on from
        25. At 30 it reads 2 (26, 28); at 40 it reads 4 (32 to 38): they stop from 45; at 50 2 (42, 44): on from 55.
        """
        s = Sheet()
        meter = s.station(StationSpec("calls", StationKind.METER, window=MeterWindow.SLIDING, length_ns=10))
        level, seen = s.register("level"), s.register("seen")
        with s.actor("monitor"):
            s.wait(10)
            top = s.here()
            s.copy(s.shared(level), s.const(0))
            calm = s.unless(s.meter(meter, MeterRead.COUNT), Cmp.LE, 3)
            s.copy(s.shared(level), s.const(1))
            s.place(calm)
            s.mark("level", s.shared(level))
            s.wait(5)
            s.copy(s.shared(seen), s.shared(level))
            s.wait(5)
            s.jump(top)
        with s.actor("clients"):
            top = s.here()
            off = s.unless(s.shared(seen), Cmp.NE, 0)
            s.add(meter, s.const(1))
            s.mark("call")
            s.place(off)
            s.wait(2)
            s.jump(top)
        out = self.run(s, horizon=60)
        assert out.marks("level") == [(10, 0, 1), (20, 0, 0), (30, 0, 0), (40, 0, 1), (50, 0, 0)]
        assert out.times("call") == [*range(0, 15, 2), *range(26, 45, 2), 56, 58]

    def test_hidden_tab(self) -> None:
        """Polls every 20, at least 60 apart while hidden, from 50 to 200: 0, 20, 40, 60, 120, 180, 240, 260, 280."""
        s = Sheet()
        visible, hidden, apart = s.label("visibility"), s.tab("hidden"), s.task("apart")
        with s.actor("tab"):
            s.spawn(visible, 0)
            top = s.here()
            s.mark("poll")
            s.set(apart, Fn.MUL, hidden, s.const(60))
            s.set(apart, Fn.MAX, apart, s.const(20))
            s.hold(apart)
            s.jump(top)
            s.place(visible)
            s.wait(50)
            s.copy(hidden, s.const(1))
            s.wait(150)
            s.copy(hidden, s.const(0))
        assert self.run(s, horizon=300).times("poll") == [0, 20, 40, 60, 120, 180, 240, 260, 280]

    def test_back_off(self) -> None:
        """Delays 10, 20, 40, 50, 50 (capped): attempts at 0, 10, 30, 70, 120, 170."""
        s = Sheet()
        delay = s.task("delay")
        with s.actor("client"):
            s.copy(delay, s.const(10))
            top = s.here()
            s.mark("attempt")
            s.hold(delay)
            s.set(delay, Fn.MUL, delay, s.const(2))
            s.set(delay, Fn.MIN, delay, s.const(50))
            s.jump(top)
        assert self.run(s, horizon=200).times("attempt") == [0, 10, 30, 70, 120, 170]

    def test_adaptive_interval(self) -> None:
        """The interval is half again as long after an empty poll, 10 after news, which come at 20: 0, 10, 25, 35, 50, 72."""
        s = Sheet()
        news, apart = s.register("news"), s.task("apart")
        with s.actor("server"):
            s.wait(20)
            s.copy(s.shared(news), s.const(1))
        with s.actor("client"):
            top, found, on = s.label(), s.label(), s.label()
            s.copy(apart, s.const(10))
            s.mark("poll")
            s.wait(10)
            s.place(top)
            s.mark("poll")
            s.test(s.shared(news), Cmp.NE, s.const(0), found)
            s.set(apart, Fn.MUL, apart, s.const(3))
            s.set(apart, Fn.DIV, apart, s.const(2))
            s.jump(on)
            s.place(found)
            s.copy(s.shared(news), s.const(0))
            s.copy(apart, s.const(10))
            s.place(on)
            s.hold(apart)
            s.jump(top)
        assert self.run(s, horizon=73).times("poll") == [0, 10, 25, 35, 50, 72]

    def test_cpu_credits(self) -> None:
        """10,000 credits, 2,500 earned every 10, a busy core spends 10,000 in it: a quarter of a core once they are gone.

        At 10 there are 2,500 left, at 20 none: 20 of the work of 100 are done, the 80 left take 320, until 340. At 350
        2,500 were earned: full speed again, and work of 10 at 400 ends at 410.
        """
        s = Sheet()
        cpu = s.cpu()
        credit, before, cores = s.task("credits"), s.task("before"), s.task("cores")
        with s.actor("credits"):
            s.copy(credit, s.const(10_000))
            top = s.here()
            s.wait(10)
            s.set(credit, Fn.ADD, credit, s.const(10 * BASELINE))
            s.set(credit, Fn.ADD, credit, before)
            s.copy(before, s.gauge(cpu, Gauge.BUSY_INTEGRAL))
            s.set(credit, Fn.SUB, credit, before)
            s.set(credit, Fn.MAX, credit, s.const(0))
            s.copy(cores, s.const(1000))
            left = s.unless(credit, Cmp.GT, 0)
            s.copy(cores, s.const(BASELINE))
            s.place(left)
            same = s.label()
            s.test(cores, Cmp.EQ, s.gauge(cpu, Gauge.SERVERS), same)
            s.copy(s.knob(cpu, Knob.CORES), cores)
            s.mark("cores", cores)
            s.place(same)
            s.jump(top)
        with s.actor("works"):
            s.work(cpu, s.const(100))
            s.mark("done")
            s.wait(60)
            s.work(cpu, s.const(10))
            s.mark("done")
        out = self.run(s, horizon=500)
        assert out.marks("cores") == [(20, 0, 250), (350, 0, 1000)]
        assert out.times("done") == [340, 410]

    def test_brown_out(self) -> None:
        """A quarter of the speed in [100, 200): 20 of work from 90 ends at 140; from 150, with 7.5 left at 200, at 208."""
        s = Sheet()
        cpu = s.cpu()
        with s.actor("world"):
            s.wait(100)
            s.copy(s.knob(cpu, Knob.SPEED), s.const(250_000))
            s.wait(100)
            s.copy(s.knob(cpu, Knob.SPEED), s.const(1_000_000))
        for start in (90, 150):
            with s.actor("works"):
                s.wait(start)
                s.work(cpu, s.const(20))
                s.mark("done")
        assert self.run(s).times("done") == [140, 208]
