"""Each primitive of the reference engine does what the table says."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Cmp, Fn, JoinMode, Leaving, Self, StationKind
from eventlive_sim.program.program import SeriesSpec, StationSpec
from tests.engine.machines import acts, counted, finish, mark, run


def test_hold_waits_and_nothing_waits_not() -> None:
    """A hold of 0 or less costs no event; another wakes exactly then."""
    asm = Assembler()
    entry = asm.here()
    asm.hold(asm.const(0))
    asm.hold(asm.const(-5))
    mark(asm)
    asm.hold(asm.const(7))
    mark(asm)
    asm.end()
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(0, 0, 0), (7, 0, 7)]
    assert recording.totals.events == 2
    assert (recording.totals.tasks_ended, recording.totals.tasks_alive) == (1, 0)


def test_the_horizon_is_not_processed() -> None:
    """An event at exactly the horizon does not happen; who waits is alive."""
    asm = Assembler()
    entry = asm.here()
    asm.hold(asm.const(1000))
    mark(asm)
    asm.end()
    asm.population("p", 3, entry)
    recording, trace = run(finish(asm))
    assert counted(trace) == []
    assert recording.totals.tasks_alive == 3


@pytest.mark.parametrize(
    ("fn", "a", "b", "value"),
    [
        (Fn.COPY, 5, 9, 5),
        (Fn.ADD, 5, 9, 14),
        (Fn.SUB, 5, 9, -4),
        (Fn.MUL, 2**62, 4, 0),
        (Fn.MUL, 2**62, 2, -(2**63)),
        (Fn.DIV, -7, 2, -4),
        (Fn.DIV, 7, 0, 0),
        (Fn.MIN, 5, 9, 5),
        (Fn.MAX, 5, 9, 9),
    ],
)
def test_set(fn: Fn, a: int, b: int, value: int) -> None:
    """Arithmetic is that of int64, division floors, by zero gives 0."""
    asm = Assembler()
    entry = asm.here()
    asm.set(asm.task("x"), fn, asm.const(a), asm.const(b))
    mark(asm, asm.task("x"))
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(0, 0, value)]


def test_registers_of_every_scope() -> None:
    """A child copies task registers, shares or renews the call; tab and person registers are the person's."""
    asm = Assembler()
    shared = asm.register("row", keys=3, initial=5)
    child, renewed = asm.label(), asm.label()
    entry = asm.here()
    key = asm.task("key")
    for dest, value in ((key, 2), (asm.call("c"), 10), (asm.tab("t"), 20), (asm.person("p"), 30)):
        asm.copy(dest, asm.const(value))
    asm.spawn(child, 0, tab=asm.const(1))
    asm.spawn(renewed, 0, new_call=True)
    asm.hold(asm.const(1))
    for read in (key, asm.call("c"), asm.tab("t"), asm.person("p"), asm.shared(shared, key), asm.shared(shared)):
        mark(asm, read)
    asm.end()
    asm.place(child)
    for dest in (key, asm.call("c"), asm.tab("t"), asm.person("p"), asm.shared(shared, asm.task("key"))):
        asm.set(dest, Fn.ADD, dest, asm.const(0))
    asm.set(asm.call("c"), Fn.ADD, asm.call("c"), asm.const(1))
    asm.set(asm.tab("t"), Fn.ADD, asm.tab("t"), asm.const(1))
    asm.set(asm.person("p"), Fn.ADD, asm.person("p"), asm.const(1))
    asm.set(asm.shared(shared, key), Fn.ADD, asm.shared(shared, key), asm.const(1))
    mark(asm, asm.self_(Self.TAB_ID))
    asm.copy(key, asm.const(0))
    asm.end()
    asm.place(renewed)
    mark(asm, asm.call("c"))
    asm.end()
    asm.population("p", 1, entry, tabs=2)
    values = [value for _, _, value in counted(run(finish(asm))[1])]
    assert values == [0, 1, 2, 11, 20, 31, 6, 5]


def test_tests_and_jumps() -> None:
    """A loop of three rounds runs three rounds."""
    asm = Assembler()
    entry = asm.here()
    top = asm.here()
    asm.set(asm.task("n"), Fn.ADD, asm.task("n"), asm.const(1))
    asm.test(asm.task("n"), Cmp.LT, asm.const(3), top)
    mark(asm, asm.task("n"))
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(0, 0, 3)]


def test_draws_have_an_address() -> None:
    """The same address draws the same; an exogenous draw does not see the call ordinal."""
    asm = Assembler()
    table = asm.table(quantiles.uniform(0, 1e9))
    entry = asm.here()
    for exogenous in (False, True):
        for ordinal in (0, 0, 1):
            asm.copy(0x0001_FFFF_0000_0000, asm.const(ordinal))
            asm.draw(asm.task("x"), table, "s", exogenous=exogenous)
            mark(asm, asm.task("x"))
    asm.end()
    asm.population("p", 1, entry)
    values = [value for _, _, value in counted(run(finish(asm))[1])]
    assert values[0] == values[1] == values[3] == values[4] == values[5]
    assert values[2] != values[0]


def test_signals_wake_who_waits_and_are_not_remembered() -> None:
    """Only tasks that await (signal, key) now wake, with the value; a second signal wakes nobody."""
    asm = Assembler()
    go, stop = asm.new_signal("go", keys=2), asm.new_signal("stop")
    waiter, sender = asm.label(), asm.label()
    asm.place(waiter)
    asm.set(asm.task("key"), Fn.COPY, asm.const(1))
    again = asm.here()
    asm.await_(asm.task("v"), go, key=asm.task("key"), signal2=stop)
    mark(asm, asm.task("v"))
    asm.test(asm.task("v"), Cmp.NE, asm.const(9), again)
    asm.end()
    asm.place(sender)
    asm.copy(asm.task("key"), asm.const(1))
    asm.signal(go, asm.const(1), key=asm.task("key"))
    asm.hold(asm.const(5))
    asm.signal(go, asm.const(2))
    asm.signal(go, asm.const(3), key=asm.task("key"))
    asm.signal(go, asm.const(4), key=asm.task("key"))
    asm.hold(asm.const(5))
    asm.signal(stop, asm.const(9))
    asm.end()
    asm.population("sender", 1, sender, world=True)
    asm.population("waiters", 2, waiter, world=True)
    assert counted(run(finish(asm))[1]) == [(5, 1, 3), (5, 2, 3), (10, 1, 9), (10, 2, 9)]


def joined(mode: JoinMode, statuses: tuple[tuple[int, int], ...]) -> tuple[list[tuple[int, int, int]], int, int]:
    """Run a parent that joins children of (duration, status); what it counted, and totals."""
    asm = Assembler()
    children = [asm.label() for _ in statuses]
    entry = asm.here()
    for child in children:
        asm.spawn(child, 1)
    asm.join(asm.task("s"), 1, mode)
    mark(asm, asm.task("s"))
    asm.join(asm.task("s"), 1, mode)
    mark(asm, asm.task("s"))
    asm.end()
    for child, (duration, status) in zip(children, statuses, strict=True):
        asm.place(child)
        asm.hold(asm.const(duration))
        asm.end(asm.const(status))
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm))
    return counted(trace), recording.totals.tasks_ended, recording.totals.tasks_cancelled


@pytest.mark.parametrize(
    ("mode", "statuses", "time", "status", "cancelled"),
    [
        (JoinMode.ALL, ((5, 200), (9, 201)), 9, 201, 0),
        (JoinMode.ALL, ((5, 500), (9, 200)), 5, 500, 1),
        (JoinMode.SETTLED, ((5, 500), (9, 200)), 9, 200, 0),
        (JoinMode.FIRST, ((9, 500), (5, 200)), 5, 200, 1),
        (JoinMode.ALL, (), 0, 200, 0),
        (JoinMode.FIRST, ((0, 204), (5, 200)), 0, 204, 1),
    ],
)
def test_join(mode: JoinMode, statuses: tuple[tuple[int, int], ...], time: int, status: int, cancelled: int) -> None:
    """A join goes on by its mode; then the group is empty, and an empty group answers 200 at once."""
    assert joined(mode, statuses) == (
        [(time, 0, status), (time, 0, 200)],
        1 + len(statuses) - cancelled,
        cancelled,
    )


def test_cancel_and_end_by_leaving() -> None:
    """CANCEL cancels the children that are to be cancelled, detaches the others; finally blocks see status -1."""
    asm = Assembler()
    child, block = asm.label(), asm.label()
    entry = asm.here()
    asm.spawn(child, 0, finally_=block)
    asm.spawn(child, 0, leaving=Leaving.DETACH, finally_=block)
    asm.hold(asm.const(3))
    asm.cancel(0)
    asm.join(asm.task("s"), 0)
    mark(asm, asm.task("s"))
    asm.end()
    asm.place(child)
    asm.hold(asm.const(10))
    asm.end(asm.const(204))
    asm.place(block)
    mark(asm, asm.status)
    asm.end(asm.const(7))
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(3, 0, -1), (3, 0, 200), (10, 0, 204)]
    assert recording.totals.tasks_cancelled == 1


def test_cancel_goes_down_the_tree() -> None:
    """A cancelled task cancels its children, gives back its servers, and its place in a queue is gone."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    child, grandchild, other = asm.label(), asm.label(), asm.label()
    entry = asm.here()
    asm.spawn(child, 0)
    asm.hold(asm.const(3))
    asm.cancel(0)
    asm.end()
    asm.place(child)
    asm.enter(pool)
    asm.spawn(grandchild, 0)
    asm.hold(asm.const(100))
    asm.end()
    asm.place(grandchild)
    asm.enter(pool)
    mark(asm)
    asm.end()
    asm.place(other)
    asm.hold(asm.const(1))
    asm.enter(pool)
    mark(asm)
    asm.end()
    asm.population("p", 1, entry)
    asm.population("q", 1, other)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(3, 1, 3)]
    assert acts(trace, Act.CANCEL) == [(3, "CANCEL", 0, 1, -1), (3, "CANCEL", 0, 2, -1)]
    station = recording.stations[0]
    assert int(station.renegings.sum()) == 1
    assert int(station.cancellations.sum()) == 2


def test_a_finally_block_may_not_wait() -> None:
    """A hold inside a finally block is an error."""
    asm = Assembler()
    child, block = asm.label(), asm.label()
    entry = asm.here()
    asm.spawn(child, 0, finally_=block)
    asm.end()
    asm.place(child)
    asm.end()
    asm.place(block)
    asm.hold(asm.const(1))
    asm.end()
    asm.population("p", 1, entry)
    with pytest.raises(SimulationError, match="finally block cannot hold"):
        simulate(finish(asm), 1)


def test_a_loop_without_a_hold_is_an_error() -> None:
    """A million acts of one task at one instant are too many."""
    asm = Assembler()
    entry = asm.here()
    asm.jump(entry)
    asm.population("p", 1, entry)
    with pytest.raises(SimulationError, match="a loop needs a hold"):
        simulate(finish(asm), 1)


def test_two_tasks_that_wake_each_other_for_ever_are_an_error() -> None:
    """Time must move: acts are counted over the turns of one instant."""
    asm = Assembler()
    ping = asm.new_signal("ping", keys=2)
    entry = asm.here()
    me, other = asm.task("me"), asm.task("other")
    asm.copy(me, asm.self_(Self.PERSON))
    asm.set(other, Fn.SUB, asm.const(1), me)
    top = asm.here()
    asm.signal(ping, key=other)
    asm.await_(asm.task("v"), ping, key=me)
    asm.jump(top)
    asm.population("p", 2, entry, world=True)
    with pytest.raises(SimulationError, match="acts without end"):
        simulate(finish(asm), 1)


def test_counters_and_trends() -> None:
    """A counter keeps number and sum by tag and bin, a trend count, sum, min and max of its window."""
    asm = Assembler()
    counter, trend = asm.series("calls", tag="status"), asm.series("duration", trend=True)
    entry = asm.here()
    asm.hold(asm.const(150))
    asm.count(counter, asm.const(7), tag=asm.const(404))
    asm.count(counter, asm.const(8), tag=asm.const(404))
    asm.count(trend, asm.const(1000))
    asm.count(trend, asm.const(50))
    asm.end()
    asm.population("p", 1, entry)
    recording, _ = run(finish(asm))
    assert recording.counts[counter, 404].tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert recording.sums[counter, 404].tolist() == [0, 15, 0, 0, 0, 0, 0, 0, 0, 0]
    figures = recording.trends[trend, 0]
    assert (figures.count, figures.sum, figures.min, figures.max, int(figures.counts.sum())) == (2, 1050, 50, 1000, 2)
    assert isinstance(asm._series, dict)
    assert SeriesSpec("calls", (), tag="status") in asm._series


def test_ties_go_by_rank_then_tab_then_ordinal() -> None:
    """All that is ready at one instant acts in the order of its key, whatever made it ready first."""
    asm = Assembler()
    child = asm.label()
    entry = asm.here()
    asm.spawn(child, 0, tab=asm.const(1), leaving=Leaving.DETACH)
    asm.spawn(child, 0, leaving=Leaving.DETACH)
    asm.hold(asm.const(10))
    asm.end()
    asm.place(child)
    asm.hold(asm.const(10))
    asm.end()
    asm.population("p", 2, entry, tabs=2)
    asm.population("world", 1, entry, tabs=2, world=True)
    _, trace = run(finish(asm), seed=3)
    woken = [(row[2], row[3], row[4]) for row in trace.rows if row[1] == Act.WAKE]
    first = woken[3][0]
    one_person = [(0, 0), (0, 2), (1, 1)]
    assert woken == [(person, *task) for person in (2, first, 1 - first) for task in one_person]


def test_progress_is_told_and_may_stop() -> None:
    """Progress grows within 0..1; what it raises ends the run."""
    asm = Assembler()
    entry = asm.here()
    top = asm.here()
    asm.hold(asm.const(1))
    asm.jump(top)
    asm.population("p", 5, entry)
    seen: list[float] = []
    simulate(finish(asm, horizon=50_000, bin_ns=1000), 1, progress=seen.append)
    assert seen == sorted(seen)
    assert all(0 <= part <= 1 for part in seen)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(finish(asm, horizon=5_000_000, bin_ns=1000), 1, progress=stop)
