"""Many events at one instant: more than the kernel's sorted run holds, so that the heap beside it is used."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.kernel.layout import RUN_EVENTS
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.engine.trace import Trace, first_divergence
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Cmp, Fn, Self, StationKind
from eventlive_sim.program.program import Program, StationSpec
from tests.engine.machines import finish

HORIZON_NS = 10_000_000


@pytest.mark.parametrize("people", [RUN_EVENTS - 1, RUN_EVENTS, RUN_EVENTS + 1, 5 * RUN_EVENTS])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_at_one_instant_comes_in_the_same_order(people: int, seed: int) -> None:
    """All wake at the same instants, some again at once, all queue at one desk, and one wakes all the others."""
    asm = Assembler()
    bell = asm.new_signal("bell")
    desk = asm.station(StationSpec("desk", StationKind.FIFO, servers=3))
    entry, waiting = asm.here(), asm.label("waiting")
    me, turn = asm.task("me"), asm.task("turn")
    asm.copy(me, asm.self_(Self.PERSON))
    asm.copy(turn, asm.const(0))
    again = asm.here("again")
    asm.hold(asm.const(1_000))
    asm.enter(desk)
    asm.hold(asm.const(7))
    asm.leave(desk)
    asm.test(me, Cmp.NE, asm.const(0), waiting)
    asm.hold(asm.const(1_000_000))
    asm.signal(bell)
    asm.set(turn, Fn.ADD, turn, asm.const(1))
    asm.test(turn, Cmp.LT, asm.const(4), again)
    asm.end()
    asm.place(waiting)
    asm.await_(asm.task("heard"), bell)
    asm.jump(again)
    asm.population("p", people, entry, world=True)
    program = finish(asm, HORIZON_NS, HORIZON_NS // 10)
    left, right = Trace(), Trace()
    ours, theirs = kernel(program, seed, trace=left), reference(program, seed, trace=right)
    assert not first_divergence(left, right)
    assert not first_difference(ours, theirs)
    assert ours.totals.events > 8 * people


def test_a_crowd_may_act_often_at_one_instant() -> None:
    """Ten million acts of fifteen thousand people are no endless loop; each has a few hundred."""
    asm = Assembler()
    done = asm.series("done")
    entry, turn = asm.here(), asm.task("turn")
    asm.copy(turn, asm.const(0))
    again = asm.here("again")
    asm.set(turn, Fn.ADD, turn, asm.const(1))
    asm.test(turn, Cmp.LT, asm.const(360), again)
    asm.count(done)
    asm.end()
    asm.population("p", 15_000, entry, world=True)
    recording = kernel(finish(asm), 1)
    assert sum(int(bins.sum()) for bins in recording.counts.values()) == 15_000


def _busy(times: int, *, then: int) -> Program:
    """One task acts so many times, waits with nobody else about, and acts again."""
    asm = Assembler()
    entry, turn = asm.here(), asm.task("turn")
    for acts in (times, then):
        asm.copy(turn, asm.const(0))
        again = asm.here()
        asm.set(turn, Fn.ADD, turn, asm.const(1))
        asm.test(turn, Cmp.LT, asm.const(acts), again)
        asm.hold(asm.const(10))
    asm.end()
    asm.population("p", 1, entry)
    return finish(asm, 1_000)


def test_acts_are_counted_anew_after_a_wait_that_nothing_comes_before() -> None:
    """Some 900,000 acts, ten nanoseconds, and as many again are no endless loop; more than a million at one instant are."""
    assert kernel(_busy(450_000, then=450_000), 1).totals.tasks_ended == 1
    with pytest.raises(SimulationError, match="acts without end"):
        kernel(_busy(10, then=600_000), 1)


def test_a_task_alone_can_be_stopped() -> None:
    """It waits and goes on a million times with nobody else about; whoever is told of the progress may end it."""
    asm = Assembler()
    again = asm.here()
    asm.hold(asm.const(1))
    asm.jump(again)
    asm.population("p", 1, again)
    program = finish(asm, 1 << 40, 1 << 39)

    class StoppedError(Exception):
        pass

    def stop(_part: float) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        kernel(program, 1, progress=stop)
