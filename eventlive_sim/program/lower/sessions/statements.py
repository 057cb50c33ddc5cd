"""Statements of a request to Auth: outside a transaction each on a connection of its own, inside it all on one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from eventlive_sim.program.lower.context import AUTH_POOL, DB_CPU, Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.primitives import NONE, Cmp, Fn


@dataclass(frozen=True)
class Statements:
    """What one statement of a request costs: task registers of its CPU demand and of its round trip (NONE: none)."""

    low: Lowering = field(repr=False)
    kind: str
    cost: int
    trip: int

    @classmethod
    @contextmanager
    def of(cls, low: Lowering, kind: str, stream: str, occurrence: int | None = None) -> Iterator[Statements]:
        """Rows that draw both, once a request."""
        auth = low.design.platform.project.auth
        with low.asm.temp() as cost, low.asm.temp() as trip:
            low.asm.copy(cost, put(low.asm, cost, auth.statement, f"{stream}.statement", occurrence=occurrence))
            if not auth.round_trip.is_zero:
                low.asm.copy(trip, put(low.asm, trip, auth.round_trip, f"{stream}.trip", occurrence=occurrence))
            yield cls(low, kind, cost, NONE if auth.round_trip.is_zero else trip)

    def outside(self, count: int) -> None:
        """Rows of statements outside a transaction: each waits for a connection of the pool and gives it back."""
        low, asm = self.low, self.low.asm
        pool, done = low.stations[AUTH_POOL], asm.label("done")
        with asm.temp() as left:
            asm.copy(left, asm.const(count))
            again = asm.here("next statement")
            asm.test(left, Cmp.LE, asm.const(0), done)
            asm.enter(pool)
            asm.work(low.stations[DB_CPU], self.cost)
            if self.trip != NONE:
                asm.hold(self.trip)
            asm.leave(pool)
            asm.set(left, Fn.SUB, left, asm.const(1))
            asm.jump(again)
            asm.place(done)
        self._count(count)

    def inside(self, count: int) -> None:
        """Rows of statements on the connection that is held."""
        low, asm = self.low, self.low.asm
        with asm.temp() as total:
            asm.set(total, Fn.MUL, self.cost, asm.const(count))
            asm.work(low.stations[DB_CPU], total)
            if self.trip != NONE:
                asm.set(total, Fn.MUL, self.trip, asm.const(count))
                asm.hold(total)
        self._count(count)

    def _count(self, count: int) -> None:
        asm = self.low.asm
        asm.count(asm.series("auth_statements", kind=self.kind), asm.const(count))
