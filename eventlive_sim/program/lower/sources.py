"""Sources: streams of calls from outside, one task an arrival."""

from __future__ import annotations

from eventlive_sim.model.scenario import Source
from eventlive_sim.program.lower.addresses import take_own_address
from eventlive_sim.program.lower.callers import Caller, lower_abandonment, lower_call
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.primitives import ORDINAL_SLOT, Fn, Leaving, Self, Space, operand

_CALLS_GROUP = 3


def lower_sources(low: Lowering) -> None:
    """Rows and population of each source of the scenario."""
    for name, source in low.scenario.sources.items():
        with low.asm.entry(f"source {name}"):
            low.asm.at(f"sources.{name}")
            _lower_source(low, name, source)


def _lower_source(low: Lowering, name: str, source: Source) -> None:
    asm = low.asm
    caller = Caller(name, source.call, source.timeout, cancels=source.cancels)
    call, block = asm.label("call"), asm.label("finally")
    entry = asm.here(f"source {name}")
    asm.copy(low.person, asm.self_(Self.PERSON))
    take_own_address(low)
    asm.copy(asm.task("in call"), asm.const(0))
    ordinal = operand(Space.TASK, ORDINAL_SLOT)
    again = asm.here("again")
    with asm.temp() as gap:
        asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
        every = put(asm, gap, source.every, f"{name}.every")
        if name in low.loads.registers:
            asm.copy(gap, every)
            low.loads.hasten(asm, name, gap)
            every = gap
        asm.hold(every)
    for number in range(source.batch):
        if number:
            asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
        asm.spawn(call, _CALLS_GROUP, leaving=Leaving.DETACH, finally_=block)
    asm.jump(again)
    asm.place(call)
    lower_call(low, caller)
    asm.end()
    asm.place(block)
    lower_abandonment(low, caller)
    asm.population(name, 1, entry)
