"""How the hard mechanisms of databases and clients lower, each as a small program with its times worked out."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Outcome, Sheet
from eventlive_sim.program.primitives import Cmp, Fn, JoinMode, Leaving, Self

LOAD_NS = 30
FRESH_NS = 50


class MechanismsContract(Bench):
    """Pool and timeout, unique keys, retry loops, abandonment, Promise.all, caches."""

    def test_pool_cpu_and_statement_timeout(self) -> None:
        """One connection, one core, statement timeout 20, patience for the connection 30, demands 50, 10, 15, 1.

        The first is cut at 20 (57014): its handler leaves the pool, the lock went with the deadline. The second, who
        asked at 5, is served 20..30, the third 30..45. The fourth asked at 7: its patience is over at 37 (PGRST003).
        The core was busy for 20 + 10 + 15.
        """
        s = Sheet()
        pool, cpu, lock, got = s.fifo(), s.cpu(), s.lock(), s.task("got")
        for start, demand in ((0, 50), (5, 10), (6, 15), (7, 1)):
            none, timed_out, done = s.label("none"), s.label("57014"), s.label("done")
            with s.actor("query"):
                s.wait(start)
                s.enter(pool, got, patience=s.const(30))
                s.test(got, Cmp.EQ, s.const(0), none)
                s.deadline(s.const(20), timed_out)
                s.enter(lock)
                s.work(cpu, s.const(demand))
                s.leave(lock)
                s.disarm()
                s.leave(pool)
                s.mark("status", s.const(200))
                s.jump(done)
                s.place(timed_out)
                s.leave(pool)
                s.mark("status", s.const(500))
                s.jump(done)
                s.place(none)
                s.mark("status", s.const(504))
                s.place(done)
        out = self.run(s)
        assert out.marks("status") == [(20, 0, 500), (30, 1, 200), (37, 3, 504), (45, 2, 200)]
        assert out.recording.stations[cpu].busy_integral.sum() == 45_000
        assert out.recording.stations[cpu].cancellations.sum() == 1

    def _inserts(self, *, rolls_back: bool) -> Outcome:
        """Inserts of one key at 0 and 3: 10 of work under the lock of the key, 5 of commit; the first may roll back."""
        s = Sheet()
        lock, row, cpu, key = s.lock(3), s.register("row", keys=3), s.cpu(), s.task("key")
        for start, fails in ((0, rolls_back), (3, False)):
            conflict, done = s.label("23505"), s.label("done")
            with s.actor("insert"):
                s.wait(start)
                s.copy(key, s.const(2))
                s.enter(lock, key=key)
                s.test(s.shared(row, key), Cmp.NE, s.const(0), conflict)
                s.work(cpu, s.const(10))
                s.wait(5)
                s.copy(s.shared(row, key), s.const(int(not fails)))
                s.leave(lock, key)
                s.mark("status", s.const(500 if fails else 201))
                s.jump(done)
                s.place(conflict)
                s.leave(lock, key)
                s.mark("status", s.const(409))
                s.place(done)
        return self.run(s)

    def test_insert_of_a_key_in_flight(self) -> None:
        """The second inserter waits for the first to commit at 15, and conflicts then, not at 3."""
        assert self._inserts(rolls_back=False).marks("status") == [(15, 0, 201), (15, 1, 409)]

    def test_insert_after_a_rollback(self) -> None:
        """The first rolls back at 15: the second goes on, 10 of work and 5 of commit, and is there at 30."""
        assert self._inserts(rolls_back=True).marks("status") == [(15, 0, 500), (30, 1, 201)]

    def test_skip_locked_retry_loop(self) -> None:
        """A row locked until 37, tried every 10. Deadline 25: tries at 0, 10, 20, gone at 25. Deadline 45: has it at 40."""
        s = Sheet()
        lock, got = s.lock(), s.task("got")
        with s.actor("holds"):
            s.serve(lock, 37)
        for expiry in (25, 45):
            late, done = s.label("late"), s.label("done")
            with s.actor("tries"):
                s.deadline(s.const(expiry), late)
                top = s.here()
                s.mark("try")
                s.enter(lock, got, patience=s.const(0))
                s.test(got, Cmp.EQ, s.const(1), done)
                s.wait(10)
                s.jump(top)
                s.place(late)
                s.mark("late")
                s.end()
                s.place(done)
                s.mark("locked")
        out = self.run(s)
        assert [time for time, person, _ in out.marks("try") if person == 1] == [0, 10, 20]
        assert [time for time, person, _ in out.marks("try") if person == 2] == [0, 10, 20, 30, 40]
        assert out.marks("late") == [(25, 1, 0)]
        assert out.marks("locked") == [(40, 2, 0)]

    def test_abandoned_work_goes_on(self) -> None:
        """The client gives up at 10; its request, 40 of work, goes on and burns the core.

        A second request of 10 comes at 20, when the first has 20 left: sharing until 40, 20 instead of 10. Then the
        abandoned one has 10 left and ends at 50, for nobody.
        """
        s = Sheet()
        cpu, handler, got, demand = s.cpu(), s.label("handler"), s.task("got"), s.task("demand")
        for start, work in ((0, 40), (20, 10)):
            gone, on = s.label("gone"), s.label("on")
            with s.actor("client"):
                s.wait(start)
                s.copy(demand, s.const(work))
                s.deadline(s.const(10 if work == 40 else 100), gone, Leaving.DETACH)
                s.spawn(handler, 0, new_call=True)
                s.join(got, 0)
                s.disarm()
                s.mark("served", got)
                s.jump(on)
                s.place(gone)
                s.mark("abandoned")
                s.place(on)
        with s.actor("nobody"):
            s.end()
            s.place(handler)
            s.work(cpu, demand)
            s.mark("handled")
        out = self.run(s)
        assert out.marks("abandoned") == [(10, 0, 0)]
        assert out.marks("served") == [(40, 1, 200)]
        assert out.marks("handled") == [(40, 1, 0), (50, 0, 0)]

    def test_promise_all(self) -> None:
        """Queries of 10, 20, 30 at once: done at 30. If that of 20 fails, at 20, and that of 30 still runs to its end."""
        for fails, expected in ((False, (30, 0, 200)), (True, (20, 0, 500))):
            s = Sheet()
            got, time, status, query = s.task("got"), s.task("time"), s.task("status"), s.label("query")
            with s.actor("handler"):
                for duration in (10, 20, 30):
                    s.copy(time, s.const(duration))
                    s.copy(status, s.const(500 if fails and duration == 20 else 200))
                    s.spawn(query, 0, leaving=Leaving.DETACH)
                s.join(got, 0, JoinMode.ALL)
                s.mark("answer", got)
                s.end(got)
                s.place(query)
                s.hold(time)
                s.mark("query")
                s.end(status)
            out = self.run(s)
            assert out.marks("answer") == [expected]
            assert out.times("query") == [10, 20, 30]

    def _cache(self, starts: tuple[int, ...], *, leader_until: int | None = None) -> Outcome:
        """Clients who read one cached value: a load takes 30, it is fresh for 50; the first may be cancelled."""
        s = Sheet()
        fresh, loading = s.register("fresh until"), s.register("loading")
        loaded, got = s.new_signal("loaded"), s.task("got")
        read, last, leads = s.label("read"), s.label("finally"), s.call("leads")
        for number, start in enumerate(starts):
            late = s.label("late")
            with s.actor("client"):
                s.wait(start)
                expiry = leader_until if number == 0 and leader_until is not None else 10_000
                s.deadline(s.const(expiry), late)
                s.spawn(read, 0, new_call=True, finally_=last)
                s.join(got, 0)
                s.mark("served", got)
                s.place(late)
        with s.actor("cache"):
            s.end()
            s.place(read)
            hit, follow = s.label("hit"), s.label("follow")
            top = s.here()
            s.test(s.shared(fresh), Cmp.GT, s.now, hit)
            s.test(s.shared(loading), Cmp.NE, s.const(0), follow)
            s.copy(s.shared(loading), s.const(1))
            s.copy(leads, s.const(1))
            s.mark("load")
            s.wait(LOAD_NS)
            s.set(s.shared(fresh), Fn.ADD, s.now, s.const(FRESH_NS))
            s.end()
            s.place(follow)
            s.await_(got, loaded)
            s.jump(top)
            s.place(hit)
            s.end(s.const(203))
            s.place(last)
            follower = s.unless(leads, Cmp.EQ, 0)
            s.copy(s.shared(loading), s.const(0))
            s.signal(loaded)
            s.place(follower)
        return self.run(s)

    def test_cache_with_single_flight(self) -> None:
        """Reads at 0, 5, 10 cause one load and are served at 30; 79 is a hit, 80 is not: loaded until 110."""
        out = self._cache((0, 5, 10, 79, 80))
        assert out.times("load") == [0, 80]
        assert out.marks("served") == [(30, 0, 200), (30, 1, 203), (30, 2, 203), (79, 3, 203), (110, 4, 200)]

    def test_leader_of_a_flight_is_cancelled(self) -> None:
        """The leader is gone at 12: its finally block signals, the first follower loads from 12 to 42 for all."""
        out = self._cache((0, 5, 10), leader_until=12)
        assert out.times("load") == [0, 12]
        assert out.marks("served") == [(42, 1, 200), (42, 2, 203)]

    def test_token_of_two_tabs(self) -> None:
        """Two tabs refresh with one token: the first under the lock rotates it, the second finds it used.

        The lock of the session is held for 10; both read the token at 0; the second asks with the old one at 10.
        """
        s = Sheet()
        lock, got, mine, page = s.lock(), s.task("got"), s.task("mine"), s.label("page")
        token = s.person("token")
        with s.actor("person", tabs=2):
            s.spawn(page, 0, tab=s.const(1))
            s.spawn(page, 0, tab=s.const(0))
            s.join(got, 0)
            s.end()
            s.place(page)
            used, done = s.label("already used"), s.label("done")
            s.copy(mine, token)
            s.enter(lock)
            s.test(mine, Cmp.NE, token, used)
            s.wait(10)
            s.increase(token)
            s.mark("rotated", s.self_(Self.TAB))
            s.jump(done)
            s.place(used)
            s.mark("refused", s.self_(Self.TAB))
            s.place(done)
            s.leave(lock)
        out = self.run(s)
        assert out.marks("rotated") == [(10, 0, 0)]
        assert out.marks("refused") == [(10, 0, 1)]
