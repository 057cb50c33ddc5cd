"""Faults: an entity of the world switches each on and off; parts of the platform look whether one holds for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.model.faults import Fault
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import NONE, Cmp, Knob

if TYPE_CHECKING:
    from eventlive_sim.program.lower.context import Lowering

_STATIONS = {"postgres": "db_cpu", "functions": "functions"}
_TAKES_DOWN = {"postgres": ("postgres", "rest", "auth")}


@dataclass(frozen=True)
class FaultParts:
    """A fault: the register that says whether it holds, and the one of each person who meets it (NONE: everybody)."""

    name: str
    spec: Fault
    active: int
    met: int


def fault_parts(asm: Assembler, faults: dict[str, Fault]) -> tuple[FaultParts, ...]:
    """Registers of all faults."""
    return tuple(
        FaultParts(name, spec, asm.register(f"fault.{name}"), NONE if spec.share == 1 else asm.person(f"fault {name}"))
        for name, spec in faults.items()
    )


def draw_who_meets(low: Lowering) -> None:
    """Rows that decide for a person which of the faults with a share they meet."""
    asm = low.asm
    for fault in low.faults:
        if fault.met != NONE:
            table = asm.table(quantiles.bernoulli(fault.spec.share))
            asm.draw(fault.met, table, f"fault.{fault.name}", exogenous=True)


def outages(low: Lowering, service: str, *, silent: bool = False) -> list[FaultParts]:
    """Outages of a service, those of what it stands on included."""
    return [
        fault
        for fault in low.faults
        if fault.spec.is_outage
        and fault.spec.silent == silent
        and service in _TAKES_DOWN.get(fault.spec.service, (fault.spec.service,))
    ]


def go_if_out(low: Lowering, service: str, target: Label, *, silent: bool = False) -> None:
    """Rows that go to `target` while the service is out for this person; none when no fault ever takes it down."""
    for fault in outages(low, service, silent=silent):
        go_if_active(low, fault, target)


def go_if_active(low: Lowering, fault: FaultParts, target: Label) -> None:
    """Rows that go to `target` while a fault holds for this person."""
    asm, on = low.asm, low.asm.label("on")
    if fault.met != NONE:
        asm.test(fault.met, Cmp.EQ, asm.const(0), on)
    asm.test(asm.shared(fault.active), Cmp.NE, asm.const(0), target)
    asm.place(on)


def delay_by_faults(low: Lowering, service: str) -> None:
    """Rows that wait as long as faults make a service slow for this person."""
    asm = low.asm
    slow = [fault for fault in low.faults if fault.spec.delay is not None and fault.spec.service == service]
    for fault in slow:
        late, on = asm.label("late"), asm.label("on")
        go_if_active(low, fault, late)
        asm.jump(on)
        asm.place(late)
        asm.hold(asm.const(fault.spec.delay or 0))
        asm.place(on)


def lower_faults(low: Lowering) -> None:
    """Rows and world entity of each fault."""
    asm = low.asm
    for fault in low.faults:
        with asm.entry(f"fault {fault.name}"):
            asm.at(f"faults.{fault.name}")
            entry = asm.here(f"fault {fault.name}")
            asm.hold(asm.const(fault.spec.from_))
            _switch(low, fault, on=True)
            asm.hold(asm.const(fault.spec.lasts))
            _switch(low, fault, on=False)
            asm.end()
        asm.population(f"fault {fault.name}", 1, entry, world=True)


def _switch(low: Lowering, fault: FaultParts, *, on: bool) -> None:
    asm, spec = low.asm, fault.spec
    asm.copy(asm.shared(fault.active), asm.const(int(on)))
    if spec.speed is not None:
        station = low.stations.get(_STATIONS[spec.service])
        if station is not None:
            usual = low.speed_of(spec.service)
            asm.copy(asm.knob(station, Knob.SPEED), asm.const(round((spec.speed if on else 1) * usual)))
    if spec.is_outage and spec.service == "realtime" and low.realtime is not None:
        asm.signal(low.realtime.dropped if on else low.realtime.restored)
