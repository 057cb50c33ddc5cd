"""What no well-formed program does: engines refuse it with a SimulationError, they do not go on in silence."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.program.primitives import DEADLINES, HOLDINGS


class BoundsContract(Bench):
    """Refusals."""

    def test_loop_without_a_hold(self) -> None:
        """A task that jumps for ever is refused; so are two tasks that wake each other without time."""
        s = Sheet()
        with s.actor("a"):
            s.jump(s.here())
        assert self.refuses(s)

    def test_too_many_holdings(self) -> None:
        """One server more than the bound is refused; the bound itself is not."""
        for more in (0, 1):
            s = Sheet()
            queue = s.fifo(100)
            with s.actor("a"):
                for _ in range(HOLDINGS + more):
                    s.enter(queue)
            assert self.refuses(s) == bool(more)

    def test_too_many_deadlines(self) -> None:
        """One armed deadline more than the bound is refused; the bound itself is not."""
        for more in (0, 1):
            s = Sheet()
            late = s.label("late")
            with s.actor("a"):
                for _ in range(DEADLINES + more):
                    s.deadline(s.const(50), late)
                s.place(late)
            assert self.refuses(s) == bool(more)

    def test_disarm_of_nothing(self) -> None:
        """A disarm without an armed deadline is refused."""
        s = Sheet()
        with s.actor("a"):
            s.disarm()
        assert self.refuses(s)

    def test_key_out_of_range(self) -> None:
        """A key that a station does not have is refused."""
        s = Sheet()
        queue = s.fifo(1, keys=2)
        with s.actor("a"):
            s.enter(queue, key=s.const(2))
        assert self.refuses(s)

    def test_finally_that_waits(self) -> None:
        """A finally block that holds is refused."""
        s = Sheet()
        child, last = s.label("child"), s.label("finally")
        with s.actor("a"):
            s.spawn(child, 0, finally_=last)
            s.wait(5)
            s.end()
            s.place(child)
            s.end()
            s.place(last)
            s.wait(5)
        assert self.refuses(s)
