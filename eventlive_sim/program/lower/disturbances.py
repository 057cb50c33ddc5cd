"""Disturbances: an entity of the world turns a knob, or the register of a load, and turns it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlive_sim.errors import ModelError
from eventlive_sim.model.disturbances import Disturbance
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Fn, Gauge, Knob, StationKind

if TYPE_CHECKING:
    from eventlive_sim.model.scenario import Scenario
    from eventlive_sim.program.lower.context import Lowering

_THOUSAND = 1_000
_KNOBS = {
    "servers": (Knob.SERVERS, Gauge.SERVERS, 1, (StationKind.FIFO,)),
    "cores": (Knob.CORES, Gauge.SERVERS, 1_000, (StationKind.SHARING,)),
    "speed": (Knob.SPEED, Gauge.SPEED, 1_000_000, (StationKind.SHARING, StationKind.ELASTIC)),
}
"""Knob, the gauge that reads it, its unit, and the kinds of stations that have it."""


class Loads:
    """How often clients and sources call, in thousandths of the usual, where disturbances change it."""

    def __init__(self, asm: Assembler, scenario: Scenario) -> None:
        names = {part.load: None for part in scenario.disturbances.values() if part.load is not None}
        self.registers = {name: asm.register(f"load.{name}", initial=_THOUSAND) for name in names}

    def hasten(self, asm: Assembler, name: str, interval: int) -> None:
        """Rows that shorten a time between calls while more of them come; none where nothing changes it."""
        if name in self.registers:
            asm.set(interval, Fn.MUL, interval, asm.const(_THOUSAND))
            asm.set(interval, Fn.DIV, interval, asm.shared(self.registers[name]))


def lower_disturbances(low: Lowering) -> None:
    """Rows and world entity of each disturbance.

    Raises
    ------
    ModelError
        If one names nothing that there is, or a knob that its station lacks.
    """
    asm = low.asm
    for problem in _problems(low):
        raise problem
    for name, part in low.scenario.disturbances.items():
        with asm.entry(f"disturbance {name}"):
            asm.at(f"disturbances.{name}")
            entry = asm.here(f"disturbance {name}")
            asm.hold(asm.const(part.from_))
            _turn(low, part)
            asm.end()
        asm.population(f"disturbance {name}", 1, entry, world=True)


def _turn(low: Lowering, part: Disturbance) -> None:
    """Rows that turn a knob, wait, and turn it back to what it was."""
    asm = low.asm
    if part.load is not None:
        knob = usual = asm.shared(low.loads.registers[part.load])
        unit = _THOUSAND
    else:
        what, gauge, unit, _ = _KNOBS[part.knob or ""]
        station = low.stations[part.station or ""]
        knob, usual = asm.knob(station, what), asm.gauge(station, gauge)
    with asm.temp() as before, asm.temp() as now:
        asm.copy(before, usual)
        if part.value is not None:
            asm.copy(now, asm.const(round(part.value * unit)))
        else:
            asm.set(now, Fn.MUL, before, asm.const(round(part.size * _THOUSAND)))
            asm.set(now, Fn.DIV, now, asm.const(_THOUSAND))
        asm.copy(knob, now)
        asm.hold(asm.const(part.lasts))
        asm.copy(knob, before)


def _problems(low: Lowering) -> Iterator[ModelError]:
    callers = (*low.scenario.clients, *low.scenario.sources)
    for name, part in low.scenario.disturbances.items():
        where = f"scenario: disturbances.{name}"
        if part.load is not None and part.load not in callers:
            problem = f"{where}.load: the scenario has no client or source {part.load!r}"
            yield ModelError(problem, f"write one of: {', '.join(callers)}", rule="unknown-name")
        if part.station is not None and part.station not in low.stations:
            problem = f"{where}.station: no station is called {part.station!r}"
            yield ModelError(problem, f"write one of: {', '.join(sorted(low.stations))}", rule="unknown-name")
        elif part.station is not None:
            kind = low.specs[part.station].kind
            if kind not in _KNOBS[part.knob or ""][3]:
                fitting = [knob for knob, (*_, kinds) in _KNOBS.items() if kind in kinds]
                problem = f"{where}.knob: {part.station} has no {part.knob}"
                yield ModelError(problem, f"write one of: {', '.join(fitting) or 'none'}", rule="bad-disturbance")
