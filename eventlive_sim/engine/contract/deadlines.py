"""Deadlines: nesting, what a firing takes along, and ties."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Outcome, Sheet
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.primitives import Gauge, Leaving


class DeadlinesContract(Bench):
    """Deadlines of tasks."""

    def test_fires_at_its_time(self) -> None:
        """Armed at 3 for 10: the hold of 100 ends at 13, at the handler."""
        s = Sheet()
        late = s.label("late")
        with s.actor("a"):
            s.wait(3)
            s.deadline(s.const(10), late)
            s.wait(100)
            s.mark("on")
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("on"), out.times("late")) == ([], [13])

    def test_disarmed(self) -> None:
        """Disarmed at 5 it never fires."""
        s = Sheet()
        late = s.label("late")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.wait(5)
            s.disarm()
            s.wait(100)
            s.mark("on")
            s.end()
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("on"), out.times("late")) == ([105], [])

    def test_wake_of_the_same_instant_comes_first(self) -> None:
        """A hold and the deadline both end at 10: the task goes on at 10, disarms, and nothing fires."""
        s = Sheet()
        late = s.label("late")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.wait(10)
            s.mark("on")
            s.disarm()
            s.wait(1)
            s.mark("on")
            s.end()
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("on"), out.times("late")) == ([10, 11], [])

    def test_fires_at_the_next_block_of_that_instant(self) -> None:
        """As before without the disarm: the task acts at 10 until it blocks, then the deadline fires, still at 10."""
        s = Sheet()
        late = s.label("late")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.wait(10)
            s.mark("on")
            s.wait(1)
            s.mark("on")
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("on"), out.times("late")) == ([10], [10])

    def test_expiry_of_nothing(self) -> None:
        """A deadline of 0 fires as soon as the task blocks, at that same instant."""
        s = Sheet()
        late = s.label("late")
        with s.actor("a"):
            s.wait(5)
            s.deadline(s.const(0), late)
            s.mark("on")
            s.wait(1)
            s.mark("on")
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("on"), out.times("late")) == ([5], [5])

    def test_outer_fires_after_inner(self) -> None:
        """Inner at 10, outer at 30: the inner handler holds from 10 and is itself cut at 30."""
        s = Sheet()
        outer, inner = s.label("outer"), s.label("inner")
        with s.actor("a"):
            s.deadline(s.const(30), outer)
            s.deadline(s.const(10), inner)
            s.wait(100)
            s.place(inner)
            s.mark("inner")
            s.wait(100)
            s.mark("on")
            s.place(outer)
            s.mark("outer")
        out = self.run(s)
        assert (out.times("inner"), out.times("on"), out.times("outer")) == ([10], [], [30])

    def test_outer_before_inner(self) -> None:
        """Outer at 10, inner at 30: the outer fires at 10 and disarms the inner, which never fires."""
        s = Sheet()
        outer, inner = s.label("outer"), s.label("inner")
        with s.actor("a"):
            s.deadline(s.const(10), outer)
            s.deadline(s.const(30), inner)
            s.wait(100)
            s.place(inner)
            s.mark("inner")
            s.end()
            s.place(outer)
            s.mark("outer")
            s.wait(100)
            s.mark("on")
        out = self.run(s)
        assert (out.times("inner"), out.times("outer"), out.times("on")) == ([], [10], [110])

    def test_nested_deadlines_of_one_instant(self) -> None:
        """Both at 10: the outer fires alone, for it takes the inner along."""
        s = Sheet()
        outer, inner = s.label("outer"), s.label("inner")
        with s.actor("a"):
            s.deadline(s.const(10), outer)
            s.deadline(s.const(10), inner)
            s.wait(100)
            s.place(inner)
            s.mark("inner")
            s.wait(100)
            s.place(outer)
            s.mark("outer")
        out = self.run(s)
        assert (out.times("inner"), out.times("outer")) == ([], [10])

    def test_disarm_takes_the_innermost(self) -> None:
        """Of 30 (outer) and 10 (inner) the inner is disarmed: 30 fires."""
        s = Sheet()
        outer, inner = s.label("outer"), s.label("inner")
        with s.actor("a"):
            s.deadline(s.const(30), outer)
            s.deadline(s.const(10), inner)
            s.disarm()
            s.wait(100)
            s.place(inner)
            s.mark("inner")
            s.place(outer)
            s.mark("outer")
        out = self.run(s)
        assert (out.times("inner"), out.times("outer")) == ([], [30])

    def test_gives_back_what_was_acquired_since_newest_first(self) -> None:
        """Acquired a, armed, acquired b and c: at 10 c and b go back in this order, a stays."""
        s = Sheet()
        a, b, c = s.fifo(), s.fifo(), s.fifo()
        late = s.label("late")
        with s.actor("holds"):
            s.enter(a)
            s.deadline(s.const(10), late)
            s.enter(b)
            s.enter(c)
            s.wait(100)
            s.place(late)
            for station in (a, b, c):
                s.mark("busy", s.gauge(station, Gauge.IN_SERVICE))
            s.wait(5)
        for station in (a, b, c):
            with s.actor("waits"):
                s.wait(1)
                s.enter(station)
                s.mark("granted")
        out = self.run(s)
        left = [(row.time_ns, row.station) for row in out.rows(Act.LEAVE) if row.person == 0]
        assert left == [(10, c), (10, b), (15, a)]
        assert out.values("busy") == [1, 1, 1]
        assert out.marks("granted") == [(10, 2, 0), (10, 3, 0), (15, 1, 0)]

    def test_leaving_what_was_given_back(self) -> None:
        """A handler that leaves once more, as after an error, takes nothing from those who hold now."""
        s = Sheet()
        queue, late, got = s.fifo(), s.label("late"), s.task("got")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.enter(queue)
            s.wait(100)
            s.place(late)
            s.leave(queue)
            s.wait(50)
        with s.actor("b"):
            s.wait(1)
            s.enter(queue)
            s.wait(20)
            s.leave(queue)
        with s.actor("tries"):
            s.wait(15)
            s.enter(queue, got, patience=s.const(0))
            s.mark("got", got)
        assert self.run(s).values("got") == [0]

    def _family(self, leaving: Leaving, child_leaving: Leaving = Leaving.CANCEL) -> Outcome:
        """Parent with a child from before the deadline (at 10) and one from after it; children end at 40."""
        s = Sheet()
        late, child, last, me, got = s.label("late"), s.label("child"), s.label("finally"), s.task("me"), s.task("got")
        with s.actor("a"):
            s.copy(me, s.const(1))
            s.spawn(child, 0, leaving=child_leaving, finally_=last)
            s.deadline(s.const(10), late, leaving)
            s.copy(me, s.const(2))
            s.spawn(child, 0, leaving=child_leaving, finally_=last)
            s.wait(100)
            s.place(late)
            s.mark("late")
            s.join(got, 0)
            s.mark("joined", got)
            s.end()
            s.place(child)
            s.wait(40)
            s.mark("child", me)
            s.end(s.const(207))
            s.place(last)
            s.mark("finally", s.status)
        return self.run(s)

    def test_cancels_children_spawned_since(self) -> None:
        """The child from before goes on and is joined at 40; the one from after is cancelled, its finally runs at 10."""
        out = self._family(Leaving.CANCEL)
        assert out.marks("child") == [(40, 0, 1)]
        assert out.marks("finally") == [(10, 0, -1), (40, 0, 207)]
        assert out.marks("joined") == [(40, 0, 207)]

    def test_detaches_children_spawned_since(self) -> None:
        """Detached, the child from after goes on to 40 as well, but is no longer in the group."""
        out = self._family(Leaving.DETACH)
        assert out.marks("child") == [(40, 0, 1), (40, 0, 2)]
        assert out.marks("joined") == [(40, 0, 207)]

    def _unblocked(self, s: Sheet, late: Label, *, at: int = 10) -> Outcome:
        out = self.run(s)
        assert late.row is not None
        assert (out.times("on"), out.times("late")) == ([], [at])
        return out

    def test_ends_an_await(self) -> None:
        """Awaiting at 10: goes to the handler; the signal at 20 finds nobody."""
        s = Sheet()
        late, news, got = s.label("late"), s.new_signal("news"), s.task("got")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.await_(got, news)
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.wait(100)
        with s.actor("sends"):
            s.wait(20)
            s.signal(news)
        self._unblocked(s, late)

    def test_ends_a_join(self) -> None:
        """Joining a child from before the deadline: goes to the handler at 10, and can join again, until 30."""
        s = Sheet()
        late, child, got = s.label("late"), s.label("child"), s.task("got")
        with s.actor("a"):
            s.spawn(child, 0)
            s.deadline(s.const(10), late)
            s.join(got, 0)
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.join(got, 0)
            s.mark("joined", got)
            s.end()
            s.place(child)
            s.wait(30)
            s.end(s.const(203))
        assert self._unblocked(s, late).marks("joined") == [(30, 0, 203)]

    def test_ends_work(self) -> None:
        """Two jobs of 10 on a core; one is cut at 10, after 5 of work: the other, with 5 to do, ends at 15."""
        s = Sheet()
        cpu, late = s.cpu(), s.label("late")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.work(cpu, s.const(10))
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.wait(100)
        with s.actor("b"):
            s.work(cpu, s.const(10))
            s.mark("done")
        assert self._unblocked(s, late).times("done") == [15]

    def test_ends_patience(self) -> None:
        """Queued with patience until 20: the deadline at 10 comes first, the patience never answers."""
        s = Sheet()
        queue, late, got = s.fifo(), s.label("late"), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 30)
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.enter(queue, got, patience=s.const(20))
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.wait(100)
            s.mark("later")
        assert self._unblocked(s, late).times("later") == [110]

    def test_patience_and_deadline_of_one_instant(self) -> None:
        """Both end at 10: the deadline fires, the patience never answers; the handler runs at 10, once."""
        s = Sheet()
        queue, late, got = s.fifo(), s.label("late"), s.task("got")
        with s.actor("holds"):
            s.serve(queue, 30)
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.enter(queue, got, patience=s.const(10))
            s.wait(5)
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.wait(100)
        self._unblocked(s, late)

    def test_armed_again_in_a_loop(self) -> None:
        """Armed anew each round for 10: it fires at 10, 20 and 30, once a round."""
        s = Sheet()
        late, top = s.label("late"), s.label("top")
        with s.actor("a"):
            s.place(top)
            s.deadline(s.const(10), late)
            s.wait(100)
            s.place(late)
            s.mark("late")
            s.jump(top)
        assert self.run(s, horizon=31).times("late") == [10, 20, 30]

    def test_of_a_parent_runs_the_finally_of_a_waiting_child(self) -> None:
        """The child queues for a lock; the parent's deadline at 10 takes it out, runs its finally, frees the queue."""
        s = Sheet()
        lock, late, child, last, got = s.lock(), s.label("late"), s.label("child"), s.label("finally"), s.task("got")
        with s.actor("holds"):
            s.serve(lock, 20)
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.spawn(child, 0, finally_=last)
            s.join(got, 0)
            s.mark("on")
            s.place(late)
            s.mark("late")
            s.end()
            s.place(child)
            s.enter(lock)
            s.mark("on")
            s.end()
            s.place(last)
            s.mark("finally", s.status)
        with s.actor("behind"):
            s.wait(1)
            s.enter(lock)
            s.mark("behind")
        out = self._unblocked(s, late)
        assert out.marks("finally") == [(10, 1, -1)]
        assert out.times("behind") == [20]
