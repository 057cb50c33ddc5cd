"""Stations where tasks wait: FIFO and locks, and the tie rules between grants, patience and deadlines."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Cmp, Gauge, Knob
from eventlive_sim.program.program import Window


class QueuesContract(Bench):
    """FIFO stations and locks."""

    def test_fifo_order(self) -> None:
        """One server for 10 each, five customers who ask at 0: granted at 0, 10, 20, 30, 40 in the order of asking."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("a", 5):
            s.enter(queue)
            s.mark("granted")
            s.wait(10)
            s.leave(queue)
        out = self.run(s, windows=(Window("all", 0, 1000),))
        assert out.marks("granted") == [(10 * person, person, 0) for person in range(5)]
        station = out.recording.stations[queue]
        assert station.waits[0].sum == 10 + 20 + 30 + 40
        assert station.busy_integral.sum() == 50
        assert station.waiting_max.tolist()[0] == 4

    def test_servers(self) -> None:
        """Two servers for 10 each, five at once: granted at 0, 0, 10, 10, 20."""
        s = Sheet()
        queue = s.fifo(2)
        with s.actor("a", 5):
            s.enter(queue)
            s.mark("granted")
            s.wait(10)
            s.leave(queue)
        assert self.run(s).times("granted") == [0, 0, 10, 10, 20]

    def test_free_server_is_granted_without_an_event(self) -> None:
        """Whoever finds a free server goes on in the same turn: a marks twice, then b."""
        s = Sheet()
        queue = s.fifo(2)
        with s.actor("a", 2):
            s.mark("on")
            s.enter(queue)
            s.mark("on")
        out = self.run(s)
        assert out.who("on") == [0, 0, 1, 1]
        assert out.recording.totals.events == 2

    def test_try(self) -> None:
        """With no patience a busy server answers 0 at once, a free one 1."""
        s = Sheet()
        queue, got = s.fifo(), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("tries"):
            for _ in range(3):
                s.enter(queue, got, patience=s.const(0))
                s.mark("got", got)
                s.wait(6)
        out = self.run(s)
        assert out.marks("got") == [(0, 1, 0), (6, 1, 0), (12, 1, 1)]
        assert out.recording.stations[queue].refusals.sum() == 2

    def test_patience(self) -> None:
        """Asked at 2 with patience 5, busy until 10: answered 0 at 7, and the one behind is served at 10."""
        s = Sheet()
        queue, got = s.fifo(), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("loses patience"):
            s.wait(2)
            s.enter(queue, got, patience=s.const(5))
            s.mark("got", got)
        with s.actor("behind"):
            s.wait(3)
            s.enter(queue, got)
            s.mark("got", got)
        out = self.run(s)
        assert out.marks("got") == [(7, 1, 0), (10, 2, 1)]
        assert out.recording.stations[queue].renegings.sum() == 1

    def test_queue_limit(self) -> None:
        """One server, one may wait: the third is refused at once, whatever its patience."""
        s = Sheet()
        queue, got = s.fifo(1, queue_limit=1), s.task("got")
        with s.actor("a", 3):
            s.enter(queue, got)
            s.mark("got", got)
            s.wait(10)
            s.leave(queue)
        assert self.run(s).marks("got") == [(0, 0, 1), (0, 2, 0), (10, 1, 1)]

    def test_keys_share_nothing(self) -> None:
        """Persons 0..3 use key person % 2, 10 each: granted at 0, 0, 10, 10."""
        s = Sheet()
        queue, key = s.fifo(1, keys=2), s.task("key")
        for number in range(4):
            with s.actor("a"):
                s.copy(key, s.const(number % 2))
                s.enter(queue, key=key)
                s.mark("granted")
                s.wait(10)
                s.leave(queue, key)
        assert self.run(s).marks("granted") == [(0, 0, 0), (0, 1, 0), (10, 2, 0), (10, 3, 0)]

    def test_lock_is_exclusive(self) -> None:
        """Ten tasks add 1 under a lock, reading, waiting 3 and writing: no update is lost, the last ends at 30."""
        s = Sheet()
        lock, row, x = s.lock(4), s.register("row"), s.task("x")
        with s.actor("a", 10):
            s.enter(lock, key=s.const(2))
            s.copy(x, s.shared(row))
            s.wait(3)
            s.increase(x)
            s.copy(s.shared(row), x)
            s.leave(lock, s.const(2))
            s.mark("value", s.shared(row))
        out = self.run(s)
        assert out.values("value") == list(range(1, 11))
        assert out.times("value")[-1] == 30

    def test_leave_of_nothing(self) -> None:
        """Leaving what one does not hold changes nothing; leaving another key neither."""
        s = Sheet()
        queue, got = s.fifo(1, keys=2), s.task("got")
        with s.actor("holds"):
            s.enter(queue)
            s.leave(queue, s.const(1))
            s.wait(10)
            s.leave(queue)
            s.leave(queue)
        with s.actor("tries"):
            s.leave(queue)
            for _ in range(2):
                s.enter(queue, got, patience=s.const(0))
                s.mark("got", got)
                s.wait(10)
        assert self.run(s).values("got") == [0, 1]

    def test_leave_gives_back_the_last_acquired(self) -> None:
        """Holding two of two servers, asked at 0 and 10: the first leave gives back that of 10, after 20 - 10."""
        s = Sheet()
        queue = s.fifo(2)
        with s.actor("a"):
            s.enter(queue)
            s.wait(10)
            s.enter(queue)
            s.wait(10)
            s.leave(queue)
            s.mark("busy", s.gauge(queue, Gauge.IN_SERVICE))
            s.leave(queue)
        out = self.run(s)
        assert out.values("busy") == [1]
        assert [row.value for row in out.rows(Act.LEAVE)] == [10, 20]

    def test_zero_holds_chain_at_one_instant(self) -> None:
        """50 customers with service 0 pass one server at time 0, in order."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("opens"):
            s.serve(queue, 5)
        with s.actor("a", 50):
            s.enter(queue)
            s.wait(0)
            s.leave(queue)
            s.mark("done")
        out = self.run(s)
        assert out.who("done") == list(range(1, 51))
        assert set(out.times("done")) == {5}

    def test_who_asks_later_at_the_instant_of_a_grant_does_not_overtake(self) -> None:
        """At 10 a leaves and asks again; b, who waited, is granted at 10; a gets its second turn at 20."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("a"):
            s.serve(queue, 10)
            s.enter(queue)
            s.mark("granted")
        with s.actor("b"):
            s.enter(queue)
            s.mark("granted")
            s.wait(10)
            s.leave(queue)
        assert self.run(s).marks("granted") == [(10, 1, 0), (20, 0, 0)]

    def test_gauges(self) -> None:
        """One server held since 0, two wait since 4: at 9 inside 3, waiting 2, in service 1, busy 9, servers 1."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("holds"):
            s.serve(queue, 20)
        with s.actor("waits", 2):
            s.wait(4)
            s.serve(queue, 1)
        with s.actor("looks"):
            s.wait(9)
            for gauge in (Gauge.INSIDE, Gauge.WAITING, Gauge.IN_SERVICE, Gauge.BUSY_INTEGRAL, Gauge.SERVERS):
                s.mark("gauge", s.gauge(queue, gauge))
            s.wait(91)
            s.mark("later", s.gauge(queue, Gauge.BUSY_INTEGRAL))
        out = self.run(s)
        assert out.values("gauge") == [3, 2, 1, 9, 1]
        assert out.values("later") == [22]

    def test_knob_of_servers(self) -> None:
        """One server; at 5 there are 3: two who waited are granted at 5. At 20 there is 1: no grant until one is left."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("a", 5):
            s.enter(queue)
            s.mark("granted")
            s.wait(30)
            s.leave(queue)
        with s.actor("turns"):
            s.wait(5)
            s.copy(s.knob(queue, Knob.SERVERS), s.const(3))
            s.wait(15)
            s.copy(s.knob(queue, Knob.SERVERS), s.const(1))
            s.mark("servers", s.gauge(queue, Gauge.SERVERS))
        out = self.run(s)
        assert out.marks("granted") == [(0, 0, 0), (5, 1, 0), (5, 2, 0), (35, 3, 0), (65, 4, 0)]
        assert out.values("servers") == [1]

    # ---------------------------------------------------------------- ties

    def test_grant_before_patience_by_rank(self) -> None:
        """Left at 10 by a lower rank: the grant voids the patience that ends at 10."""
        s = Sheet()
        queue, got = s.fifo(), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("waits"):
            s.enter(queue, got, patience=s.const(10))
            s.mark("got", got)
        assert self.run(s).marks("got") == [(10, 1, 1)]

    def test_patience_before_grant_by_rank(self) -> None:
        """Left at 10 by a higher rank: the patience of the lower rank has ended before, at that same instant."""
        s = Sheet()
        queue, got = s.fifo(), s.task("got")
        with s.actor("waits"):
            s.wait(1)
            s.enter(queue, got, patience=s.const(9))
            s.mark("got", got)
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("behind"):
            s.wait(2)
            s.enter(queue, got)
            s.mark("got", got)
        assert self.run(s).marks("got") == [(10, 0, 0), (10, 2, 1)]

    def test_grant_beats_the_deadline_of_that_instant(self) -> None:
        """Granted at 10 by a lower rank, deadline at 10: the wake comes first and disarms it."""
        s = Sheet()
        queue, late = s.fifo(), s.label("late")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("waits"):
            s.deadline(s.const(10), late)
            s.enter(queue)
            s.mark("granted")
            s.disarm()
            s.wait(5)
            s.leave(queue)
            s.mark("done")
            s.end()
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("granted"), out.times("done"), out.times("late")) == ([10], [15], [])

    def test_deadline_still_fires_after_the_grant_of_that_instant(self) -> None:
        """As before, but who is granted goes on to hold: the deadline fires at 10 and gives the server back."""
        s = Sheet()
        queue, late = s.fifo(), s.label("late")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("waits"):
            s.deadline(s.const(10), late)
            s.enter(queue)
            s.mark("granted")
            s.wait(5)
            s.mark("done")
            s.place(late)
            s.mark("late")
            s.wait(50)
        with s.actor("behind"):
            s.wait(1)
            s.enter(queue)
            s.mark("behind")
        out = self.run(s)
        assert (out.times("granted"), out.times("done"), out.times("late")) == ([10], [], [10])
        assert out.times("behind") == [10]

    def test_deadline_before_the_grant_of_that_instant(self) -> None:
        """Left at 10 by a higher rank: the deadline fires first, the server goes to the next in the queue."""
        s = Sheet()
        queue, late = s.fifo(), s.label("late")
        with s.actor("waits"):
            s.deadline(s.const(10), late)
            s.wait(1)
            s.enter(queue)
            s.mark("granted")
            s.place(late)
            s.mark("late")
            s.wait(50)
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("behind"):
            s.wait(2)
            s.enter(queue)
            s.mark("behind")
        out = self.run(s)
        assert (out.times("granted"), out.times("late"), out.times("behind")) == ([], [10], [10])

    def test_retry_loop_under_a_try(self) -> None:
        """A try every 4 against a server that is free at 10: tries at 0, 4, 8, 12; the last is granted."""
        s = Sheet()
        queue, got = s.fifo(), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 10)
        with s.actor("tries"):
            top = s.here()
            s.enter(queue, got, patience=s.const(0))
            granted = s.unless(got, Cmp.EQ, 1)
            s.mark("refused")
            s.wait(4)
            s.jump(top)
            s.place(granted)
            s.mark("granted")
        out = self.run(s)
        assert (out.times("refused"), out.times("granted")) == ([0, 4, 8], [12])
