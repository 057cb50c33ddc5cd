"""What queries take and ask for, recorded where a scenario asks for it; elsewhere there is no row of it."""

from __future__ import annotations

from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.primitives import Fn


def is_timed(handler: Handler, step: str) -> bool:
    """Whether the scenario asks how long this step's queries take."""
    timed = handler.low.deployed.timed
    return handler.name in timed or f"{handler.name}.{step}" in timed


def begin_timing(handler: Handler, step: str) -> None:
    """Row as a query begins."""
    if is_timed(handler, step):
        handler.asm.copy(_asked(handler, step), handler.asm.now)


def end_timing(handler: Handler, step: str) -> None:
    """Rows as a query's answer, or error, is back in the handler."""
    if is_timed(handler, step):
        asm = handler.asm
        with asm.temp() as lasted:
            asm.set(lasted, Fn.SUB, asm.now, _asked(handler, step))
            asm.count(asm.series("query_duration", trend=True, unit="ns", endpoint=handler.name, step=step), lasted)


def note_demand(handler: Handler, step: str, demand: int) -> None:
    """Row as a query's statements go to the database's cores: what they ask of a core of speed 1."""
    if is_timed(handler, step):
        asm = handler.asm
        asm.count(asm.series("query_work", trend=True, unit="ns", endpoint=handler.name, step=step), demand)


def _asked(handler: Handler, step: str) -> int:
    return handler.asm.call(f"asked {step}")
