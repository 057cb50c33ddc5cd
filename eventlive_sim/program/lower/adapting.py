"""How far away a loop's next call is by what others bear: its interval as set from outside, and longer under stress."""

from __future__ import annotations

from eventlive_sim.model.adapting import Adapts
from eventlive_sim.model.design import Loop
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.program.lower.answers import NOT_PERMITTED, TIMED_OUT
from eventlive_sim.program.lower.context import DB_CPU, Lowering
from eventlive_sim.program.primitives import FAILING_STATUS, Cmp, Fn, Gauge

_THOUSAND = 1_000
_ACTIVE = "active"


def told_active(low: Lowering, endpoint: str) -> int:
    """Operand of the tab's register of the jobs on the database's cores that the last answer told of."""
    return low.asm.tab(f"active told {endpoint}")


def tells_active(low: Lowering, endpoint: str) -> bool:
    """Whether some client of the scenario goes by what the answers of this endpoint tell."""
    return any(
        loop.call == endpoint and loop.adapts is not None and loop.adapts.active is not None
        for name in low.scenario.clients
        for loop in low.design.clients[name].loops.values()
    )


def note_active(low: Lowering, endpoint: str) -> None:
    """Row as an answer is given: how many jobs are on the database's cores."""
    if tells_active(low, endpoint):
        low.asm.copy(low.asm.call(_ACTIVE), low.asm.gauge(low.stations[DB_CPU], Gauge.IN_SERVICE))


def tell_active(low: Lowering, endpoint: str) -> None:
    """Row as the answer arrives: the client knows it too."""
    if tells_active(low, endpoint):
        low.asm.copy(told_active(low, endpoint), low.asm.call(_ACTIVE))


class Adapting:
    """Registers of the tab, since the calls of an open loop are tasks of their own."""

    def __init__(self, low: Lowering, loop: Loop, name: str) -> None:
        client, _, key = name.partition(".")
        self._low, self._loop, self._name, self._client = low, loop, name, client
        self._outside = low.deployed.intervals.get((client, key))

    def _register(self, what: str) -> int:
        return self._low.asm.tab(f"{what} {self._name}")

    def begin(self) -> None:
        """Rows where the loop begins, or begins anew: nothing has shown stress yet."""
        if self._loop.adapts is not None:
            for what in ("slowed", "rests", "stressed"):
                self._low.asm.copy(self._register(what), self._low.asm.const(0))

    def after_call(self, status: int) -> None:
        """Rows after a call: the setting that its answer brought, and what it says of stress."""
        asm, remote, adapts = self._low.asm, self._loop.remote, self._loop.adapts
        if self._outside is not None and remote is not None and remote.delay is None:
            unheard = asm.label("unheard")
            asm.test(status, Cmp.LT, asm.const(0), unheard)
            asm.copy(self._register("setting"), asm.shared(self._outside))
            asm.place(unheard)
        if adapts is not None:
            self._look(adapts, status)

    def _look(self, adapts: Adapts, status: int) -> None:
        asm = self._low.asm
        stress, done = asm.label("stress"), asm.label("adapted")
        asm.test(status, Cmp.EQ, asm.const(NOT_PERMITTED), done)
        asm.test(status, Cmp.EQ, asm.const(TIMED_OUT), stress)
        asm.test(status, Cmp.GE, asm.const(FAILING_STATUS), stress)
        if adapts.above is not None:
            with asm.temp() as lasted:
                asm.set(lasted, Fn.SUB, asm.now, asm.task("started"))
                asm.test(lasted, Cmp.GT, asm.const(adapts.above), stress)
        if adapts.active is not None:
            asm.test(told_active(self._low, self._loop.call), Cmp.GE, asm.const(adapts.active), stress)
        self._ease(adapts)
        asm.jump(done)
        asm.place(stress)
        self._slow(adapts)
        asm.place(done)

    def _ease(self, adapts: Adapts) -> None:
        """Rows after an answer without stress: back towards the usual interval."""
        asm, slowed, eased = self._low.asm, self._register("slowed"), self._low.asm.label("eased")
        asm.copy(self._register("stressed"), asm.const(0))
        asm.copy(self._register("rests"), asm.const(0))
        asm.test(slowed, Cmp.EQ, asm.const(0), eased)
        asm.set(slowed, Fn.MUL, slowed, asm.const(round(adapts.recovers * _THOUSAND)))
        asm.set(slowed, Fn.DIV, slowed, asm.const(_THOUSAND))
        with asm.temp() as usual:
            self._usual(usual)
            asm.test(slowed, Cmp.GT, usual, eased)
        asm.copy(slowed, asm.const(0))
        self._count("usual")
        asm.place(eased)

    def _slow(self, adapts: Adapts) -> None:
        """Rows after a sign of stress: a longer interval, and after enough of them a rest."""
        asm, slowed, stressed = self._low.asm, self._register("slowed"), self._register("stressed")
        with asm.temp() as usual:
            self._usual(usual)
            asm.set(slowed, Fn.MAX, slowed, usual)
        asm.set(slowed, Fn.MUL, slowed, asm.const(round(adapts.factor * _THOUSAND)))
        asm.set(slowed, Fn.DIV, slowed, asm.const(_THOUSAND))
        asm.set(slowed, Fn.MIN, slowed, asm.const(adapts.cap))
        asm.set(stressed, Fn.ADD, stressed, asm.const(1))
        self._count("slower")
        if adapts.stops_after is not None and adapts.rests is not None:
            on = asm.label("goes on")
            asm.test(stressed, Cmp.LT, asm.const(adapts.stops_after), on)
            asm.copy(self._register("rests"), asm.const(adapts.rests))
            self._count("stopped")
            asm.place(on)

    def _usual(self, dest: int) -> None:
        """Rows that put the interval that holds without stress into `dest`."""
        every = 0 if self._loop.every is None else round(mean_ns(self._loop.every))
        self._low.asm.copy(dest, self._low.asm.const(every))
        self.take(dest)

    def _count(self, to: str) -> None:
        asm = self._low.asm
        asm.count(asm.series("pace_changes", client=self._client, endpoint=self._loop.call, to=to))

    def take(self, interval: int) -> None:
        """Rows that put the setting in place of the deployed interval, once there is one that the tab knows of."""
        if self._outside is None or self._loop.remote is None:
            return
        asm, deployed = self._low.asm, self._low.asm.label("as deployed")
        by_answer = self._loop.remote.delay is None
        setting = self._register("setting") if by_answer else asm.shared(self._outside)
        asm.test(setting, Cmp.EQ, asm.const(0), deployed)
        asm.copy(interval, setting)
        asm.place(deployed)

    def stretch(self, interval: int) -> None:
        """Rows that make an interval as long as stress asks for."""
        if self._loop.adapts is not None:
            for what in ("slowed", "rests"):
                self._low.asm.set(interval, Fn.MAX, interval, self._register(what))
