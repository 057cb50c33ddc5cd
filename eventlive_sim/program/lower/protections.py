"""What stands before a handler: limits by address, device or for all, their store, challenges; at the edge or in a function."""

from __future__ import annotations

from eventlive_sim.model.design import Station
from eventlive_sim.model.protections import CountStore
from eventlive_sim.model.steps import Challenge, Limit
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.addresses import ADDRESS
from eventlive_sim.program.lower.answers import RETRY_AFTER
from eventlive_sim.program.lower.conditions import FAILED, OK
from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.primitives import Cmp, Fn, MeterRead


def lower_limit(handler: Handler, name: str, step: Limit, _path: str) -> None:
    """Rows of a limit: 429 for who is over it; a store that does not answer in time lets through, or refuses with 503."""
    asm, low = handler.asm, handler.low
    station = low.design.stations[step.limit]
    refused, on, unknown = asm.label("refused"), asm.label("on"), asm.label("unknown")
    if step.store is not None:
        _ask_store(handler, name, step.store, unknown)
    _count(handler, step.limit, station, refused)
    _settle(handler, 200, OK)
    asm.jump(on)
    asm.place(refused)
    _settle(handler, 429, FAILED)
    if step.retry_after is not None:
        asm.copy(asm.call(RETRY_AFTER), asm.const(step.retry_after))
    if step.store is not None:
        asm.jump(on)
        asm.place(unknown)
        asm.count(asm.series("limiter_failures", endpoint=handler.name, step=name))
        _settle(handler, *((200, OK) if step.store.fails == "open" else (503, FAILED)))
    asm.place(on)


def _count(handler: Handler, name: str, station: Station, refused: Label) -> None:
    """Rows that take a token, or a place in the window; or go to `refused`."""
    asm, low = handler.asm, handler.low
    number = low.stations[name]
    key = {"person": low.person, "tab": low.tab, "world": -1}.get(station.per)
    if key is None:
        key = asm.task(ADDRESS)
    if station.kind == "bucket":
        with asm.temp() as granted:
            asm.enter(number, granted, key=key, patience=asm.const(0))
            asm.test(granted, Cmp.EQ, asm.const(0), refused)
        return
    asm.test(asm.meter(number, MeterRead.COUNT, key), Cmp.GE, asm.const(station.calls), refused)
    asm.add(number, asm.const(1), key=key)


def _ask_store(handler: Handler, name: str, store: CountStore, unknown: Label) -> None:
    """Rows of a question to the store, as long as the limiter waits for it."""
    asm, low = handler.asm, handler.low
    late, known = asm.label("store is late"), asm.label("store answers")
    with asm.temp() as patience, asm.temp() as demand:
        longest = put(asm, patience, store.timeout, handler.stream(name, "timeout"), occurrence=handler.occurrence)
        work = put(asm, demand, store.demand, handler.stream(name, "store"), occurrence=handler.occurrence)
        asm.deadline(longest, late)
        asm.work(low.stations[store.station], work)
        asm.disarm()
    asm.jump(known)
    asm.place(late)
    asm.jump(unknown)
    asm.place(known)


def _settle(handler: Handler, status: int, outcome: int) -> None:
    asm = handler.asm
    asm.copy(asm.task("status"), asm.const(status))
    asm.copy(asm.task("outcome"), asm.const(outcome))


# ---------------------------------------------------------------- challenges


def lower_challenge(handler: Handler, name: str, step: Challenge, _path: str) -> None:
    """Rows of a challenge: who holds a clearance goes on at once; else those who can solve it, after a while; 403 for the rest."""
    asm, low = handler.asm, handler.low
    cleared = asm.person(f"cleared {handler.name} {name}")
    refused, on = asm.label("refused"), asm.label("on")
    asm.copy(asm.task("status"), asm.const(200))
    asm.copy(asm.task("outcome"), asm.const(OK))
    asm.test(cleared, Cmp.GT, asm.now, on)
    hold(asm, step.takes, handler.stream(name, "challenge"), occurrence=handler.occurrence)
    solved = low.attributes[step.challenge]
    asm.test(solved, Cmp.EQ, asm.const(0), refused)
    asm.count(asm.series("challenges", endpoint=handler.name, result="solved"))
    asm.set(cleared, Fn.ADD, asm.now, asm.const(step.clearance))
    _settle(handler, 200, OK)
    asm.jump(on)
    asm.place(refused)
    asm.count(asm.series("challenges", endpoint=handler.name, result="failed"))
    _settle(handler, 403, FAILED)
    asm.place(on)
