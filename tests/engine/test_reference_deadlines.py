"""Deadlines take a task out of whatever it waits for, and leave nothing behind."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Leaving, StationKind
from eventlive_sim.program.program import StationSpec
from tests.engine.machines import acts, counted, finish, mark, run


def test_a_deadline_cuts_work_and_gives_back() -> None:
    """A statement timeout: the job leaves the CPU, the connection goes to the next in line."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    cpu = asm.station(StationSpec("cpu", StationKind.SHARING))
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(30), handler)
    asm.enter(pool)
    asm.work(cpu, asm.const(20))
    asm.leave(pool)
    asm.disarm()
    mark(asm, asm.const(1))
    asm.end()
    asm.place(handler)
    mark(asm, asm.const(57014))
    asm.end()
    asm.population("p", 3, entry, world=True)
    recording, trace = run(finish(asm))
    # At 30 person 1 is cut and hands the pool to person 2, whose wake-up comes before its own deadline: it begins to
    # work, and is cut at once.
    assert counted(trace) == [(20, 0, 1), (30, 1, 57014), (30, 2, 57014)]
    assert acts(trace, Act.CUT, Act.RENEGE, Act.DEPART) == [
        (20, "DEPART", 0, 0, 20),
        (30, "CUT", 1, 0, 10),
        (30, "CUT", 2, 0, 0),
    ]
    assert int(recording.stations[1].cancellations.sum()) == 2


def test_outer_deadlines_outlive_inner_ones() -> None:
    """After an inner deadline fired the outer one still fires; disarmed ones do not."""
    asm = Assembler()
    entry, inner, outer = asm.label(), asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(50), outer)
    asm.deadline(asm.const(5), inner)
    asm.disarm()
    asm.deadline(asm.const(10), inner)
    asm.hold(asm.const(500))
    asm.end()
    asm.place(inner)
    mark(asm, asm.const(1))
    asm.hold(asm.const(500))
    asm.end()
    asm.place(outer)
    mark(asm, asm.const(2))
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(10, 0, 1), (50, 0, 2)]


def test_the_outermost_of_those_due_fires() -> None:
    """Two deadlines of one task at one instant: the outer one fires and takes the inner one with it."""
    asm = Assembler()
    entry, inner, outer = asm.label(), asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(10), outer)
    asm.deadline(asm.const(10), inner)
    asm.hold(asm.const(500))
    asm.end()
    asm.place(inner)
    mark(asm, asm.const(1))
    asm.hold(asm.const(500))
    asm.end()
    asm.place(outer)
    mark(asm, asm.const(2))
    asm.hold(asm.const(500))
    asm.end()
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(10, 0, 2)]
    assert recording.totals.events == 3


def test_a_wake_beats_the_deadline() -> None:
    """A hold that ends when the deadline expires ends; the deadline then fires where the task waits next."""
    asm = Assembler()
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(10), handler)
    asm.hold(asm.const(10))
    mark(asm, asm.const(1))
    asm.hold(asm.const(5))
    mark(asm, asm.const(2))
    asm.end()
    asm.place(handler)
    mark(asm, asm.const(3))
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(10, 0, 1), (10, 0, 3)]


@pytest.mark.parametrize(("holder_first", "granted"), [(True, True), (False, False)])
def test_grant_and_deadline_at_one_instant(holder_first: bool, granted: bool) -> None:
    """Who is granted before its deadline is processed keeps the server; whose deadline comes first is out of the queue."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    holder, waiter, handler = asm.label(), asm.label(), asm.label()
    asm.place(holder)
    asm.enter(pool)
    asm.hold(asm.const(10))
    asm.leave(pool)
    asm.end()
    asm.place(waiter)
    asm.hold(asm.const(1))
    asm.deadline(asm.const(9), handler)
    asm.enter(pool)
    asm.disarm()
    mark(asm, asm.const(1))
    asm.end()
    asm.place(handler)
    mark(asm, asm.const(0))
    asm.end()
    order = [("holder", holder), ("waiter", waiter)]
    for name, entry in order if holder_first else reversed(order):
        asm.population(name, 1, entry, world=True)
    _, trace = run(finish(asm))
    assert [value for _, _, value in counted(trace)] == [int(granted)]


@pytest.mark.parametrize(
    ("deadline_leaving", "child_leaving", "cancelled"),
    [
        (Leaving.CANCEL, Leaving.CANCEL, 1),
        (Leaving.CANCEL, Leaving.DETACH, 0),
        (Leaving.DETACH, Leaving.CANCEL, 0),
    ],
)
def test_children_spawned_since_go(deadline_leaving: Leaving, child_leaving: Leaving, cancelled: int) -> None:
    """A fired deadline cancels children spawned since, if it and they say cancel; older ones stay in their group."""
    asm = Assembler()
    entry, handler, child = asm.label(), asm.label(), asm.label()
    asm.place(entry)
    asm.spawn(child, 0)
    asm.deadline(asm.const(5), handler, deadline_leaving)
    asm.spawn(child, 0, leaving=child_leaving)
    asm.join(asm.task("s"), 0)
    asm.end()
    asm.place(handler)
    mark(asm)
    asm.join(asm.task("s"), 0)
    mark(asm)
    asm.end()
    asm.place(child)
    asm.hold(asm.const(20))
    asm.end()
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(5, 0, 5), (20, 0, 20)]
    assert recording.totals.tasks_cancelled == cancelled
    assert recording.totals.tasks_ended == 3 - cancelled


def test_only_what_was_acquired_since_is_given_back() -> None:
    """A server held before the deadline was armed stays; later ones are given back newest first."""
    asm = Assembler()
    pools = [asm.station(StationSpec(f"pool{i}", StationKind.FIFO)) for i in range(3)]
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.enter(pools[0])
    asm.deadline(asm.const(5), handler)
    asm.enter(pools[1])
    asm.enter(pools[2])
    asm.hold(asm.const(100))
    asm.end()
    asm.place(handler)
    asm.hold(asm.const(5))
    asm.leave(pools[0])
    asm.leave(pools[1])
    asm.end()
    asm.population("p", 1, entry)
    _, trace = run(finish(asm))
    left = [(row[0], row[6]) for row in trace.rows if row[1] == Act.LEAVE]
    assert left == [(5, pools[2]), (5, pools[1]), (10, pools[0])]


def test_what_was_held_before_may_be_left_inside() -> None:
    """Leaving an old server inside a deadline does not make the deadline spare a new one."""
    asm = Assembler()
    pools = [asm.station(StationSpec(f"pool{i}", StationKind.FIFO)) for i in range(2)]
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.enter(pools[0])
    asm.deadline(asm.const(5), handler)
    asm.enter(pools[1])
    asm.leave(pools[0])
    asm.hold(asm.const(100))
    asm.end()
    asm.place(handler)
    asm.hold(asm.const(5))
    asm.end()
    asm.population("p", 1, entry)
    recording, _ = run(finish(asm))
    assert int(recording.stations[1].cancellations.sum()) == 1
    assert int(recording.stations[1].busy_integral.sum()) == 5


def test_patience_is_an_inner_deadline_that_answers_0() -> None:
    """Who loses patience goes on with 0 at that instant, the others move up."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    entry = asm.here()
    asm.enter(pool, asm.task("got"), patience=asm.const(15))
    mark(asm, asm.task("got"))
    asm.hold(asm.const(10))
    asm.end()
    asm.population("p", 4, entry, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(0, 0, 1), (10, 1, 1), (15, 2, 0), (15, 3, 0)]
    station = recording.stations[0]
    assert (int(station.grants.sum()), int(station.renegings.sum())) == (2, 2)


def test_a_grant_voids_the_patience_not_the_deadline() -> None:
    """A grantee is not taken out when its patience would have ended; an armed deadline still fires."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(25), handler)
    asm.enter(pool, patience=asm.const(15))
    asm.hold(asm.const(10))
    mark(asm, asm.const(1))
    asm.hold(asm.const(10))
    mark(asm, asm.const(2))
    asm.leave(pool)
    asm.end()
    asm.place(handler)
    mark(asm, asm.const(3))
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(10, 0, 1), (20, 0, 2)]


def test_disarm_of_nothing_is_an_error() -> None:
    """A program that disarms what is not armed is not well formed."""
    asm = Assembler()
    entry = asm.here()
    asm.disarm()
    asm.end()
    asm.population("p", 1, entry)
    with pytest.raises(SimulationError, match="none is armed"):
        simulate(finish(asm), 1)


def test_an_await_can_be_abandoned() -> None:
    """The client's deadline detaches the handler: the client goes on, the work is done all the same."""
    asm = Assembler()
    done = asm.new_signal("done")
    entry, handler, child = asm.label(), asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(10), handler, Leaving.DETACH)
    asm.spawn(child, 0)
    asm.await_(asm.task("v"), done)
    asm.end()
    asm.place(handler)
    mark(asm, asm.const(504))
    asm.end()
    asm.place(child)
    asm.hold(asm.const(30))
    mark(asm, asm.const(200))
    asm.signal(done)
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(10, 0, 504), (30, 0, 200)]
