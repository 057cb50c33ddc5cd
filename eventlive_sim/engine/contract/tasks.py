"""Signals, spawns, joins, cancels and ends."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import JoinMode, Leaving


class TasksContract(Bench):
    """What tasks do to each other."""

    # ---------------------------------------------------------------- signals

    def test_signal_wakes_all_who_wait_for_its_key(self) -> None:
        """Two wait for key 1, one for key 2: the signal of key 1 at 10 wakes the two with its value 42."""
        s = Sheet()
        news, key, got = s.new_signal("news", keys=3), s.task("key"), s.task("got")
        for awaited in (1, 1, 2):
            with s.actor("waits"):
                s.copy(key, s.const(awaited))
                s.await_(got, news, key=key)
                s.mark("got", got)
        with s.actor("sends"):
            s.wait(10)
            s.signal(news, s.const(42), key=s.const(1))
        assert self.run(s).marks("got") == [(10, 0, 42), (10, 1, 42)]

    def test_signals_are_not_remembered(self) -> None:
        """Sent at 0 and 20, awaited from 10: it comes at 20."""
        s = Sheet()
        news, got = s.new_signal("news"), s.task("got")
        with s.actor("sends"):
            s.signal(news, s.const(1))
            s.wait(20)
            s.signal(news, s.const(2))
        with s.actor("waits"):
            s.wait(10)
            s.await_(got, news)
            s.mark("got", got)
        assert self.run(s).marks("got") == [(20, 1, 2)]

    def test_await_of_two_signals(self) -> None:
        """Awaits left or right: right comes at 5 with 7, then left at 9 with 8; the second wait is woken once."""
        s = Sheet()
        left, right, got = s.new_signal("left"), s.new_signal("right", keys=4), s.task("got")
        with s.actor("waits"):
            for _ in range(2):
                s.await_(got, left, signal2=right, key2=s.const(3))
                s.mark("got", got)
        with s.actor("sends"):
            s.wait(5)
            s.signal(right, s.const(6), key=s.const(2))
            s.signal(right, s.const(7), key=s.const(3))
            s.wait(4)
            s.signal(left, s.const(8))
            s.signal(right, s.const(9), key=s.const(3))
        assert self.run(s).marks("got") == [(5, 0, 7), (9, 0, 8)]

    def test_who_is_woken_waits_no_more(self) -> None:
        """Two signals in one turn: the first value stands, and nobody is left for the second."""
        s = Sheet()
        news, got = s.new_signal("news"), s.task("got")
        with s.actor("waits"):
            s.await_(got, news)
            s.mark("got", got)
            s.await_(got, news)
            s.mark("got", got)
        with s.actor("sends"):
            s.wait(5)
            s.signal(news, s.const(1))
            s.signal(news, s.const(2))
        assert self.run(s).marks("got") == [(5, 0, 1)]

    # ---------------------------------------------------------------- spawn, join, cancel, end

    def test_spawn_copies_task_registers(self) -> None:
        """The child sees 5 and makes it 6; the parent still sees 5. The child acts once the parent blocks."""
        s = Sheet()
        x, child, ordinal = s.task("x"), s.label("child"), s.task("ordinal")
        with s.actor("a"):
            s.copy(x, s.const(5))
            s.spawn(child, 0, dest=ordinal)
            s.copy(x, s.const(7))
            s.mark("parent", x)
            s.mark("ordinal", ordinal)
            s.wait(1)
            s.mark("parent", x)
            s.end()
            s.place(child)
            s.mark("child", x)
            s.increase(x)
        out = self.run(s)
        assert out.values("parent") == [7, 7]
        assert out.marks("child") == [(0, 0, 5)]
        assert out.values("ordinal") == [1]

    def test_call_records(self) -> None:
        """A child with the spawner's call adds to its record, a child with a new one starts from 0."""
        s = Sheet()
        n, child, got = s.call("n"), s.label("child"), s.task("got")
        with s.actor("a"):
            s.copy(n, s.const(10))
            s.spawn(child, 0)
            s.spawn(child, 0, new_call=True)
            s.join(got, 0)
            s.mark("parent", n)
            s.end()
            s.place(child)
            s.increase(n)
            s.mark("child", n)
        out = self.run(s)
        assert out.values("child") == [11, 1]
        assert out.values("parent") == [11]

    def test_joins(self) -> None:
        """Children end at 10 (200), 20 (500), 30 (204): all at 20 with 500, settled at 30 with 204, first at 10."""
        out = {mode: self.run(joining(mode)) for mode in JoinMode}
        assert out[JoinMode.ALL].marks("joined") == [(20, 0, 500)]
        assert out[JoinMode.SETTLED].marks("joined") == [(30, 0, 204)]
        assert out[JoinMode.FIRST].marks("joined") == [(10, 0, 200)]

    def test_all_without_failure(self) -> None:
        """Children end at 10 (200), 20 (302), 30 (204): all at 30 with the last, 204."""
        assert self.run(joining(JoinMode.ALL, statuses=(200, 302, 204))).marks("joined") == [(30, 0, 204)]

    def test_join_after_the_end_of_children(self) -> None:
        """Who joins at 25 goes on at once if it is decided: all with 500, first with 200; settled waits until 30."""
        out = {mode: self.run(joining(mode, after=25)) for mode in JoinMode}
        assert out[JoinMode.ALL].marks("joined") == [(25, 0, 500)]
        assert out[JoinMode.SETTLED].marks("joined") == [(30, 0, 204)]
        assert out[JoinMode.FIRST].marks("joined") == [(25, 0, 200)]

    def test_those_left_by_a_join_go_by_their_leaving(self) -> None:
        """After first at 10, the child of 20 (cancel) never ends, the child of 30 (detach) ends at 30."""
        out = self.run(joining(JoinMode.FIRST, leaving=(Leaving.CANCEL, Leaving.CANCEL, Leaving.DETACH)))
        assert out.times("child") == [10, 30]
        assert out.recording.totals.tasks_cancelled == 1

    def test_empty_group(self) -> None:
        """Joining nobody goes on at once with 200, and so does joining a group that was joined."""
        s = Sheet()
        got, child = s.task("got"), s.label("child")
        with s.actor("a"):
            for mode in JoinMode:
                s.join(got, 2, mode)
                s.mark("joined", got)
            s.spawn(child, 1)
            s.join(got, 1)
            s.join(got, 1)
            s.mark("joined", got)
            s.end()
            s.place(child)
            s.wait(3)
            s.end(s.const(418))
        assert self.run(s).marks("joined") == [(0, 0, 200)] * 3 + [(3, 0, 200)]

    def test_groups_are_apart(self) -> None:
        """Group 1 has a child of 5, group 3 one of 50: joining group 1 ends at 5."""
        s = Sheet()
        got, quick, slow = s.task("got"), s.label("quick"), s.label("slow")
        with s.actor("a"):
            s.spawn(slow, 3)
            s.spawn(quick, 1)
            s.join(got, 1)
            s.mark("joined", got)
            s.join(got, 3)
            s.mark("joined", got)
            s.end()
            s.place(quick)
            s.wait(5)
            s.end(s.const(201))
            s.place(slow)
            s.wait(50)
            s.end(s.const(202))
        assert self.run(s).marks("joined") == [(5, 0, 201), (50, 0, 202)]

    def test_cancel(self) -> None:
        """Cancelled at 10: the held server goes to the next at 10, the finally block sees -1, the group is empty."""
        s = Sheet()
        queue, child, last, got = s.fifo(), s.label("child"), s.label("finally"), s.task("got")
        with s.actor("a"):
            s.spawn(child, 0, finally_=last)
            s.wait(10)
            s.cancel(0)
            s.join(got, 0)
            s.mark("joined", got)
            s.end()
            s.place(child)
            s.enter(queue)
            s.wait(100)
            s.mark("child")
            s.end()
            s.place(last)
            s.mark("finally", s.status)
        with s.actor("b"):
            s.wait(1)
            s.enter(queue)
            s.mark("granted")
        out = self.run(s)
        assert out.marks("finally") == [(10, 0, -1)]
        assert out.times("granted") == [10]
        assert out.marks("joined") == [(10, 0, 200)]
        assert out.times("child") == []

    def test_cancel_reaches_grandchildren(self) -> None:
        """The grandchild to cancel is gone too, the one to detach ends at 40; finally blocks of both run once."""
        s = Sheet()
        child, grandchild, last, me = s.label("child"), s.label("grandchild"), s.label("finally"), s.task("me")
        with s.actor("a"):
            s.spawn(child, 0)
            s.wait(10)
            s.cancel(0)
            s.wait(100)
            s.end()
            s.place(child)
            s.copy(me, s.const(1))
            s.spawn(grandchild, 0, finally_=last)
            s.copy(me, s.const(2))
            s.spawn(grandchild, 0, leaving=Leaving.DETACH, finally_=last)
            s.wait(500)
            s.end()
            s.place(grandchild)
            s.wait(40)
            s.mark("done", me)
            s.end(s.const(207))
            s.place(last)
            s.mark("finally", s.status)
        out = self.run(s)
        assert out.marks("done") == [(40, 0, 2)]
        assert out.marks("finally") == [(10, 0, -1), (40, 0, 207)]

    def test_child_cancelled_before_its_first_act(self) -> None:
        """Spawned and cancelled in one turn: it never acts, its finally block runs."""
        s = Sheet()
        child, last = s.label("child"), s.label("finally")
        with s.actor("a"):
            s.spawn(child, 0, finally_=last)
            s.cancel(0)
            s.wait(5)
            s.end()
            s.place(child)
            s.mark("child")
            s.end()
            s.place(last)
            s.mark("finally", s.status)
        out = self.run(s)
        assert out.marks("child") == []
        assert out.marks("finally") == [(0, 0, -1)]

    def test_end_of_a_task(self) -> None:
        """At its end a task gives servers back newest first, then its finally block runs, with its status."""
        s = Sheet()
        one, two = s.fifo(), s.fifo()
        child, last, got = s.label("child"), s.label("finally"), s.task("got")
        with s.actor("a"):
            s.spawn(child, 0, finally_=last)
            s.join(got, 0)
            s.mark("joined", got)
            s.end()
            s.place(child)
            s.enter(one)
            s.enter(two)
            s.wait(10)
            s.end(s.const(503))
            s.place(last)
            s.mark("finally", s.status)
        out = self.run(s)
        assert [(row.time_ns, row.station) for row in out.rows(Act.LEAVE)] == [(10, two), (10, one)]
        assert out.marks("finally") == [(10, 0, 503)]
        assert out.marks("joined") == [(10, 0, 503)]
        acts = [row.act for row in out.rows(Act.LEAVE, Act.COUNT)]
        assert acts[:3] == [Act.LEAVE, Act.LEAVE, Act.COUNT]

    def test_end_sends_children_by_their_leaving(self) -> None:
        """The parent ends at 10: the child to cancel does not reach 20, the child to detach does."""
        s = Sheet()
        child, me = s.label("child"), s.task("me")
        with s.actor("a"):
            for leaving in Leaving:
                s.copy(me, s.const(int(leaving)))
                s.spawn(child, 0, leaving=leaving)
            s.wait(10)
            s.end()
            s.place(child)
            s.wait(20)
            s.mark("child", me)
        assert self.run(s).marks("child") == [(20, 0, Leaving.DETACH)]

    def test_finally_can_signal(self) -> None:
        """The finally block of a cancelled task signals 9 to who awaits."""
        s = Sheet()
        news, child, last, got = s.new_signal("news"), s.label("child"), s.label("finally"), s.task("got")
        with s.actor("waits"):
            s.await_(got, news)
            s.mark("got", got)
        with s.actor("a"):
            s.spawn(child, 0, finally_=last)
            s.wait(10)
            s.cancel(0)
            s.end()
            s.place(child)
            s.wait(100)
            s.end()
            s.place(last)
            s.signal(news, s.const(9))
        assert self.run(s).marks("got") == [(10, 0, 9)]


def joining(
    mode: JoinMode,
    *,
    statuses: tuple[int, int, int] = (200, 500, 204),
    after: int = 0,
    leaving: tuple[Leaving, Leaving, Leaving] = (Leaving.CANCEL,) * 3,
) -> Sheet:
    """Sheet with a task that joins three children, which end at 10, 20 and 30."""
    s = Sheet()
    got, time, status, child = s.task("got"), s.task("time"), s.task("status"), s.label("child")
    with s.actor("a"):
        for at, (value, way) in enumerate(zip(statuses, leaving, strict=True), start=1):
            s.copy(time, s.const(10 * at))
            s.copy(status, s.const(value))
            s.spawn(child, 0, leaving=way)
        s.wait(after)
        s.join(got, 0, mode)
        s.mark("joined", got)
        s.wait(100)
        s.end()
        s.place(child)
        s.hold(time)
        s.mark("child")
        s.end(status)
    return s
