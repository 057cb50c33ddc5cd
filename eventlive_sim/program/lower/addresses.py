"""Addresses: who comes from which, and the stations of limits by address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.model.design import Client, Station
from eventlive_sim.program import quantiles
from eventlive_sim.program.primitives import Cmp, Fn, MeterWindow, StationKind
from eventlive_sim.program.program import StationSpec

if TYPE_CHECKING:
    from eventlive_sim.program.lower.context import Lowering

ADDRESS = "address"
"""Task register of the caller's address."""


def address_counts(low: Lowering) -> int:
    """How many addresses there can be: one a person, and the pools of each client."""
    pools = [client.addresses.pool for client in low.design.clients.values() if client.addresses is not None]
    return low.people + sum(pools)


def limiter(low: Lowering, name: str, station: Station) -> StationSpec:
    """Station of a bucket or a limiter of the design."""
    tabs = low.people * low.tabs_max
    keys = {"person": low.people, "tab": tabs, "world": 1, ADDRESS: address_counts(low)}[station.per]
    if station.kind == "bucket":
        return StationSpec(name, StationKind.BUCKET, keys=keys, interval_ns=station.every or 0, burst=station.burst)
    window = MeterWindow.SLIDING if station.slides else MeterWindow.FIXED
    return StationSpec(name, StationKind.METER, keys=keys, window=window, length_ns=station.window, recorded=False)


def has_addresses(low: Lowering) -> bool:
    """Whether anything is limited by address."""
    return any(station.per == ADDRESS for station in low.design.stations.values())


def take_address(low: Lowering, name: str, client: Client) -> None:
    """Rows of a person who comes: their own address, or one that they share."""
    if not has_addresses(low):
        return
    asm, shared = low.asm, client.addresses
    asm.copy(asm.task(ADDRESS), low.person)
    if shared is None:
        return
    own, names = asm.label("own address"), list(low.design.clients)
    before = [low.design.clients[other].addresses for other in names[: names.index(name)]]
    first = low.people + sum(one.pool for one in before if one is not None)
    with asm.temp() as chosen:
        if shared.share < 1:
            asm.draw(chosen, asm.table(quantiles.bernoulli(shared.share)), f"{name}.shares_address", exogenous=True)
            asm.test(chosen, Cmp.EQ, asm.const(0), own)
        asm.draw(chosen, asm.table(quantiles.uniform(0, shared.pool)), f"{name}.address", exogenous=True)
        asm.set(chosen, Fn.MIN, chosen, asm.const(shared.pool - 1))
        asm.set(asm.task(ADDRESS), Fn.ADD, chosen, asm.const(first))
    asm.place(own)


def take_own_address(low: Lowering) -> None:
    """Row of a source of calls: an address of its own."""
    if has_addresses(low):
        low.asm.copy(low.asm.task(ADDRESS), low.person)
