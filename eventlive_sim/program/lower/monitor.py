"""The monitor of degrade mode: an entity of the world that wakes, reads signals, and moves one level at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.errors import ModelError
from eventlive_sim.model.degrade import Degrade, Level, Signal
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.laws import hold
from eventlive_sim.program.primitives import Cmp, Fn, Gauge, Leaving, MeterRead, MeterWindow, StationKind
from eventlive_sim.program.program import StationSpec

if TYPE_CHECKING:
    from eventlive_sim.program.lower.context import Lowering

MILLION = 1_000_000
_TELLING_GROUP = 0
_NEVER = -1
"""Of a register of a time: nothing has been seen."""
_READS = {
    "waiting": (StationKind.FIFO,),
    "inside": (StationKind.FIFO, StationKind.SHARING, StationKind.ELASTIC),
    "utilisation": (StationKind.FIFO, StationKind.SHARING),
}
_GAUGES = {"waiting": Gauge.WAITING, "inside": Gauge.INSIDE}


@dataclass(frozen=True)
class DegradeParts:
    """Registers of degrade mode.

    Attributes
    ----------
    level : int
        Shared register: what functions and the flag know. Levels are numbers, 0 for none.
    decided, decided_at : int
        What the monitor has decided, and when.
    since : tuple of (int, int)
        Since when a signal has spoken for the next level, and all have been down for the level before.
    values, busy : dict
        By signal, in millionths: what was read last; of utilisations the busy time at the last look.
    meters : dict
        By signal of answers: each answer, 1 for a bad one.
    told : int
        Signal by tab: it has learned of another level.
    """

    spec: Degrade
    level: int
    decided: int
    decided_at: int
    since: tuple[int, int]
    turn: int
    values: dict[str, int]
    busy: dict[str, int]
    meters: dict[str, int]
    told: int


def degrade_parts(asm: Assembler, spec: Degrade | None, tabs: int) -> DegradeParts | None:
    """Registers, meters and the signal; none without degrade mode."""
    if spec is None:
        return None
    answers = {name: one for name, one in spec.signals.items() if one.answers}
    busy = [name for name, one in spec.signals.items() if not one.answers and one.reads == "utilisation"]
    return DegradeParts(
        spec,
        asm.register("degrade.level", initial=spec.forced),
        asm.register("degrade.decided", initial=spec.forced),
        asm.register("degrade.decided_at"),
        (asm.register("degrade.above_since", initial=_NEVER), asm.register("degrade.below_since", initial=_NEVER)),
        asm.register("degrade.turn"),
        {name: asm.register(f"degrade.signal.{name}") for name in spec.signals},
        {name: asm.register(f"degrade.busy.{name}") for name in busy},
        {
            name: asm.station(
                StationSpec(
                    f"degrade.{name}",
                    StationKind.METER,
                    window=MeterWindow.SLIDING,
                    length_ns=one.window,
                    recorded=False,
                )
            )
            for name, one in answers.items()
        },
        asm.new_signal("degrade.told", tabs),
    )


def lower_monitor(low: Lowering) -> None:
    """Rows and world entity of the monitor; none without degrade mode.

    Raises
    ------
    ModelError
        If a signal is of a station that is not there, or has nothing of the kind to read.
    """
    parts = low.degrade
    if parts is None:
        return
    for problem in _problems(low, parts.spec):
        raise problem
    asm = low.asm
    with asm.entry("degrade monitor"):
        asm.at("degrade")
        publish, done = asm.label("publish"), asm.label("done")
        entry = asm.here("monitor")
        for name in list(parts.spec.levels)[: parts.spec.forced]:
            asm.count(asm.series("degrade_changes", level=name, change="enter"))
        again = asm.here("again")
        asm.hold(asm.const(parts.spec.every))
        for name, signal in parts.spec.signals.items():
            asm.at(f"degrade.signals.{name}")
            _read(low, parts, name, signal)
        _decide(low, parts, (publish, done))
        asm.place(done)
        asm.jump(again)
        asm.place(publish)
        turn = asm.shared(parts.turn)
        asm.set(turn, Fn.ADD, turn, asm.const(1))
        hold(asm, parts.spec.delay, "degrade.delay", occurrence=turn)
        asm.copy(asm.shared(parts.level), asm.shared(parts.decided))
        asm.end()
    asm.population("degrade monitor", 1, entry, world=True)


def _read(low: Lowering, parts: DegradeParts, name: str, signal: Signal) -> None:
    """Rows that put a signal's value, in millionths, into its register."""
    asm, value = low.asm, low.asm.shared(parts.values[name])
    if signal.station is None:
        meter, known = parts.meters[name], asm.label("known")
        asm.copy(value, asm.const(0))
        asm.test(asm.meter(meter, MeterRead.COUNT), Cmp.LT, asm.const(signal.least), known)
        asm.copy(value, asm.meter(meter, MeterRead.RATIO))
        asm.place(known)
        return
    station = low.stations[signal.station]
    if signal.reads != "utilisation":
        asm.set(value, Fn.MUL, asm.gauge(station, _GAUGES[signal.reads]), asm.const(MILLION))
        return
    before = asm.shared(parts.busy[name])
    with asm.temp() as now:
        asm.copy(now, asm.gauge(station, Gauge.BUSY_INTEGRAL))
        asm.set(value, Fn.SUB, now, before)
        asm.copy(before, now)
    # First by the time, in millionths, then by the servers: the product would need more than 63 bits.
    asm.set(value, Fn.DIV, value, asm.const(parts.spec.every // MILLION))
    asm.set(value, Fn.DIV, value, asm.gauge(station, Gauge.SERVERS))


def _decide(low: Lowering, parts: DegradeParts, where: tuple[Label, Label]) -> None:
    """Rows that go up or down a level, or stay; from each level its own, as only its neighbours matter."""
    asm, levels = low.asm, list(parts.spec.levels.items())
    at = [asm.label(f"at level {number}") for number in range(len(levels) + 1)]
    for number in range(parts.spec.forced, len(levels)):
        asm.test(asm.shared(parts.decided), Cmp.EQ, asm.const(number), at[number])
    for number in range(len(levels), parts.spec.forced - 1, -1):
        asm.place(at[number])
        if number < len(levels):
            asm.at(f"degrade.levels.{levels[number][0]}")
            _up(low, parts, (number + 1, *levels[number]), where)
        if number > parts.spec.forced:
            asm.at(f"degrade.levels.{levels[number - 1][0]}")
            _down(low, parts, (number, *levels[number - 1]), where)
        asm.jump(where[1])


def _up(low: Lowering, parts: DegradeParts, to: tuple[int, str, Level], where: tuple[Label, Label]) -> None:
    """Rows that enter a level when a signal has spoken for it long enough; while one does, no other level is looked at."""
    asm, (number, name, level) = low.asm, to
    above, below, counting = asm.label("above"), asm.label("below"), asm.label("counting")
    since, other = (asm.shared(one) for one in parts.since)
    for signal, value in level.enter.items():
        asm.test(asm.shared(parts.values[signal]), Cmp.GE, asm.const(round(value * MILLION)), above)
    asm.copy(since, asm.const(_NEVER))
    asm.jump(below)
    asm.place(above)
    asm.copy(other, asm.const(_NEVER))
    _unless_long(low, since, level.for_, (counting, where[1]))
    _become(low, parts, (number, name, "enter"), where)
    asm.place(below)


def _down(low: Lowering, parts: DegradeParts, of: tuple[int, str, Level], where: tuple[Label, Label]) -> None:
    """Rows that leave a level when all its signals have been down long enough."""
    asm, (number, name, level) = low.asm, of
    high, counting = asm.label("high"), asm.label("counting")
    since = asm.shared(parts.since[1])
    for signal, value in level.leave.items():
        asm.test(asm.shared(parts.values[signal]), Cmp.GT, asm.const(round(value * MILLION)), high)
    _unless_long(low, since, level.leave_for, (counting, where[1]))
    _become(low, parts, (number - 1, name, "leave"), where)
    asm.place(high)
    asm.copy(since, asm.const(_NEVER))


def _unless_long(low: Lowering, since: int, needed: int, where: tuple[Label, Label]) -> None:
    """Rows that go to the second label until something has gone on for as long as it must."""
    asm, (counting, done) = low.asm, where
    asm.test(since, Cmp.GE, asm.const(0), counting)
    asm.copy(since, asm.now)
    asm.place(counting)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, since)
        asm.test(lasted, Cmp.LT, asm.const(needed), done)


def _become(low: Lowering, parts: DegradeParts, what: tuple[int, str, str], where: tuple[Label, Label]) -> None:
    asm, (number, name, change) = low.asm, what
    asm.copy(asm.shared(parts.decided), asm.const(number))
    asm.copy(asm.shared(parts.decided_at), asm.now)
    for since in parts.since:
        asm.copy(asm.shared(since), asm.const(_NEVER))
    asm.count(asm.series("degrade_changes", level=name, change=change))
    asm.spawn(where[0], _TELLING_GROUP, leaving=Leaving.DETACH)
    asm.jump(where[1])


def _problems(low: Lowering, spec: Degrade) -> Iterator[ModelError]:
    for name, signal in spec.signals.items():
        if signal.station is None:
            continue
        where = f"degrade.signals.{name}.station"
        fitting = sorted(
            station for station, one in low.specs.items() if one.kind in _READS[signal.reads] and one.keys == 1
        )
        if signal.station not in fitting:
            there = "no station is called" if signal.station not in low.specs else f"there is no {signal.reads} of"
            problem = f"{where}: {there} {signal.station!r}"
            yield ModelError(problem, f"write one of: {', '.join(fitting) or 'none'}", rule="unknown-name")
