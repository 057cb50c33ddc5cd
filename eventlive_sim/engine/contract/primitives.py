"""One test or more for each primitive."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.engine.draws import ranks_of
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import (
    ATTEMPT_SLOT,
    ORDINAL_SLOT,
    Cmp,
    Fn,
    Leaving,
    Self,
    Space,
    operand,
)
from eventlive_sim.program.program import Window
from eventlive_sim.program.quantiles import uniform


class PrimitivesContract(Bench):
    """Primitives that need no station."""

    def test_hold_waits(self) -> None:
        """Holds of 7 and 5 end at 7 and 12; holds of 0 and -3 pass at once."""
        s = Sheet()
        with s.actor("a"):
            for duration in (7, 0, -3, 5):
                s.wait(duration)
                s.mark("on")
        assert self.run(s).times("on") == [7, 7, 7, 12]

    def test_hold_of_nothing_is_no_event(self) -> None:
        """A task that holds 0 goes on before anybody else acts: a marks twice, then b."""
        s = Sheet()
        for name in ("a", "b"):
            with s.actor(name):
                s.mark("on")
                s.wait(0)
                s.mark("on")
        assert self.run(s).who("on") == [0, 0, 1, 1]

    def test_horizon_is_open(self) -> None:
        """What is due at the horizon does not happen: a mark at 999 is recorded, one at 1000 is not."""
        s = Sheet()
        with s.actor("a"):
            s.wait(999)
            s.mark("on")
            s.wait(1)
            s.mark("on")
        out = self.run(s, horizon=1000)
        assert out.times("on") == [999]
        assert out.recording.totals.tasks_alive == 1

    def test_functions(self) -> None:
        """-7 with 2: copy -7, add -5, sub -9, mul -14, floor-div -4, min -7, max 2; division by zero gives 0."""
        s = Sheet()
        a, b, result = s.task("a"), s.task("b"), s.task("result")
        with s.actor("a"):
            s.copy(a, s.const(-7))
            s.copy(b, s.const(2))
            for fn in Fn:
                s.set(result, fn, a, b)
                s.mark("result", result)
            s.set(result, Fn.DIV, a, s.const(0))
            s.mark("result", result)
            s.set(result, Fn.DIV, s.const(7), s.const(-2))
            s.mark("result", result)
        assert self.run(s).values("result") == [-7, -5, -9, -14, -4, -7, 2, 0, -4]

    def test_large_numbers(self) -> None:
        """Arithmetic is exact in int64: 3e9 x 3e9 = 9e18."""
        s = Sheet()
        result = s.task("result")
        with s.actor("a"):
            s.set(result, Fn.MUL, s.const(3_000_000_000), s.const(3_000_000_000))
            s.mark("result", result)
            s.set(result, Fn.DIV, result, s.const(3_000_000_000))
            s.mark("result", result)
        out = self.run(s)
        assert [row.value for row in out.rows(Act.COUNT)] == [9 * 10**18, 3 * 10**9]

    def test_comparisons(self) -> None:
        """1 against 2, 2 against 2, 3 against 2: each comparison jumps where it holds and only there."""
        s = Sheet()
        with s.actor("a"):
            for cmp in Cmp:
                for a in (1, 2, 3):
                    holds, on = s.label(), s.label()
                    s.test(s.const(a), cmp, s.const(2), holds)
                    s.mark(cmp.name, s.const(0))
                    s.jump(on)
                    s.place(holds)
                    s.mark(cmp.name, s.const(1))
                    s.place(on)
        out = self.run(s)
        expected = {
            "EQ": [0, 1, 0],
            "NE": [1, 0, 1],
            "LT": [1, 0, 0],
            "LE": [1, 1, 0],
            "GT": [0, 0, 1],
            "GE": [0, 1, 1],
        }
        assert {name: out.values(name) for name in expected} == expected

    def test_jump_makes_loops(self) -> None:
        """Three rounds of 10: marks at 10, 20, 30."""
        s = Sheet()
        rounds = s.task("rounds")
        with s.actor("a"):
            top = s.here()
            s.wait(10)
            s.mark("round", s.now)
            s.increase(rounds)
            s.test(rounds, Cmp.LT, s.const(3), top)
        assert self.run(s).values("round") == [10, 20, 30]

    def test_registers_belong_to_their_scope(self) -> None:
        """Both tabs of both people add 1 to tab, person, call and shared registers: 1, up to 2, 1, and up to 4."""
        s = Sheet()
        world = s.register("world", keys=2, initial=10)
        key, one = s.task("key"), s.const(1)
        page = s.label("page")
        with s.actor("a", 2, tabs=2):
            s.spawn(page, 0, tab=s.const(1), new_call=True, leaving=Leaving.DETACH)
            s.place(page)
            s.copy(key, s.const(1))
            places = {
                "tab": s.tab("n"), "person": s.person("n"), "call": s.call("n"), "task": s.task("n"),
                "shared": s.shared(world, key),
            }  # fmt: skip
            for name, place in places.items():
                s.set(place, Fn.ADD, place, one)
                s.mark(name, place)
            s.mark("other key", s.shared(world))
        out = self.run(s)
        assert {name: sorted(out.values(name)) for name in places} == {
            "tab": [1, 1, 1, 1], "person": [1, 1, 2, 2], "call": [1, 1, 1, 1], "task": [1, 1, 1, 1],
            "shared": [11, 12, 13, 14],
        }  # fmt: skip
        assert out.values("other key") == [10] * 4

    def test_self(self) -> None:
        """Second of two people with up to 3 tabs, second tab: person 1, tab 1, tab id 1 x 3 + 1 = 4, no instance."""
        s = Sheet()
        page = s.label("page")
        with s.actor("a", 2, tabs=3):
            s.spawn(page, 0, tab=s.const(1), leaving=Leaving.DETACH)
            s.end()
            s.place(page)
            for what in (Self.PERSON, Self.TAB, Self.TAB_ID, Self.INSTANCE):
                s.mark(what.name, s.self_(what))
        out = self.run(s)
        assert out.values("PERSON") == [0, 1]
        assert out.values("TAB") == [1, 1]
        assert out.values("TAB_ID") == [1, 4]
        assert out.values("INSTANCE") == [-1, -1]

    def test_self_grant(self) -> None:
        """The second customer of a server held for 30 is granted at 30 and still reads 30 at 40."""
        s = Sheet()
        queue = s.fifo()
        with s.actor("a", 2):
            s.enter(queue)
            s.wait(30)
            s.leave(queue)
            s.wait(10)
            s.mark("grant", s.self_(Self.GRANT))
        assert self.run(s).values("grant") == [0, 30]

    # ---------------------------------------------------------------- draws

    def test_draw_is_of_its_address(self) -> None:
        """The same address gives the same number at any time; another occurrence, attempt or person gives another."""
        s = Sheet()
        x, table = s.task("x"), s.table(uniform(0, 10**12))
        with s.actor("a", 2):
            for _ in range(2):
                s.draw(x, table, "x")
                s.mark("same", x)
                s.wait(5)
            s.draw(x, table, "x", occurrence=s.const(1))
            s.mark("other", x)
            s.copy(operand(Space.TASK, ATTEMPT_SLOT), s.const(1))
            s.draw(x, table, "x")
            s.mark("other", x)
            s.draw(x, table, "x", exogenous=True)
            s.mark("exogenous", x)
        out = self.run(s)
        same = out.values("same")
        assert same[:2] == same[2:]
        assert len({*same, *out.values("other")}) == 6
        assert out.values("exogenous") == same[:2]

    def test_exogenous_draws_survive_a_change_of_program(self) -> None:
        """Another program that asks the same address (after other draws, at another ordinal) gets the same numbers."""
        drawn = []
        for more in (False, True):
            s = Sheet()
            x, table = s.task("x"), s.table(uniform(0, 10**12))
            if more:
                s.fifo()
            with s.actor("a", 3, world=False):
                if more:
                    s.copy(operand(Space.TASK, ORDINAL_SLOT), s.const(7))
                    s.draw(x, table, "else")
                    s.wait(11)
                s.draw(x, table, "watch time", exogenous=True)
                s.mark("x", x)
            drawn.append({person: value for _, person, value in self.run(s, seed=5).marks("x")})
        assert drawn[0] == drawn[1]

    def test_seed_decides_the_draws(self) -> None:
        """Two seeds give two recordings, one seed one."""
        s = Sheet()
        x, table = s.task("x"), s.table(uniform(0, 10**12))
        with s.actor("a", 3):
            s.draw(x, table, "x")
            s.count(s.series("x", trend=True), x)
        one, two = (self.run(s, seed=seed, windows=(Window("all", 0, 1000),)).recording for seed in (1, 2))
        assert one.fingerprint != two.fingerprint

    # ---------------------------------------------------------------- count

    def test_counter_series(self) -> None:
        """Counts at 0, 50, 100 and 250 in bins of 100, tag 404 once: numbers and sums by tag and bin."""
        s = Sheet()
        series = s.series("calls", tag="status")
        with s.actor("a"):
            for wait, status, value in ((0, 200, 3), (50, 404, 5), (50, 200, 7), (150, 200, -2)):
                s.wait(wait)
                s.count(series, s.const(value), tag=s.const(status))
        recording = self.run(s, horizon=300).recording
        assert recording.counts[series, 200].tolist() == [1, 1, 1]
        assert recording.sums[series, 200].tolist() == [3, 7, -2]
        assert recording.counts[series, 404].tolist() == [1, 0, 0]
        assert set(recording.counts) == {(series, 200), (series, 404)}

    def test_trend_series(self) -> None:
        """Values 10, 20, 40 at 0, 50, 100; windows [0, 100) and [50, 101): two values each, 30 and 60 in sum."""
        s = Sheet()
        series = s.series("duration", trend=True, unit="ns")
        with s.actor("a"):
            for value in (10, 20, 40):
                s.count(series, s.const(value))
                s.wait(50)
        trends = self.run(s, windows=(Window("one", 0, 100), Window("two", 50, 101))).recording.trends
        assert {key: (trend.count, trend.sum, trend.min, trend.max) for key, trend in trends.items()} == {
            (series, 0): (2, 30, 10, 20),
            (series, 1): (2, 60, 20, 40),
        }

    # ---------------------------------------------------------------- order at one instant

    def test_burst_of_ties(self) -> None:
        """100 people who wake together act in the order of their ranks, at every instant, whatever woke them."""
        s = Sheet()
        news, got = s.new_signal("news"), s.task("got")
        with s.actor("sends"):
            s.wait(30)
            s.signal(news)
        with s.actor("people", 100, world=False):
            s.mark("start")
            s.wait(10)
            s.mark("woken")
            s.wait(10)
            s.await_(got, news)
            s.mark("signalled")
        out = self.run(s, seed=3)
        ranks = ranks_of(out.program.populations, 3)
        order = sorted(range(1, 101), key=ranks.__getitem__)
        assert out.who("start") == order
        assert out.who("woken") == order
        assert out.who("signalled") == order

    def test_tasks_of_one_person_by_tab_then_ordinal(self) -> None:
        """Tasks 1 (tab 1), 2 (tab 0), 3 (tab 1), 4 (tab 0) wake together: 2, 4, then 1, 3."""
        s = Sheet()
        child, me, got = s.label("child"), s.task("me"), s.task("got")
        with s.actor("a", tabs=2):
            for number, tab in enumerate((1, 0, 1, 0), start=1):
                s.copy(me, s.const(number))
                s.spawn(child, 0, tab=s.const(tab))
            s.join(got, 0)
            s.end()
            s.place(child)
            s.mark("start", me)
            s.wait(10)
            s.mark("woken", me)
        out = self.run(s)
        assert out.values("start") == [2, 4, 1, 3]
        assert out.values("woken") == [2, 4, 1, 3]

    def test_who_is_made_ready_acts_in_its_own_turn(self) -> None:
        """At 10 c signals; a, whom it wakes, acts at 10 after b, who was due before c, and before d, who comes later."""
        s = Sheet()
        news, got = s.new_signal("news"), s.task("got")
        with s.actor("a"):
            s.await_(got, news)
            s.mark("act")
        with s.actor("b"):
            s.wait(10)
            s.mark("act")
        with s.actor("c"):
            s.wait(10)
            s.signal(news)
            s.mark("act")
        with s.actor("d"):
            s.wait(10)
            s.mark("act")
        assert self.run(s).marks("act") == [(10, person, 0) for person in (1, 2, 0, 3)]

    def test_world_comes_before_people(self) -> None:
        """A world population that is declared last still acts first."""
        s = Sheet()
        with s.actor("people", 3, world=False):
            s.wait(5)
            s.mark("act")
        with s.actor("world", 2):
            s.wait(5)
            s.mark("act")
        assert self.run(s).who("act")[:2] == [3, 4]
