"""Registers, signals and meters of the Realtime service, of its channels, and of the tabs that hold them."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.model.design import Design
from eventlive_sim.model.realtime import Channel, Quota, Realtime
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.tenancy import Housing
from eventlive_sim.program.primitives import NONE, Cmp, Fn, MeterRead, MeterWindow, StationKind
from eventlive_sim.program.program import StationSpec
from eventlive_sim.program.scoped import ScopedAssembler
from eventlive_sim.units import NS_PER_S

BY_MESSAGES, BY_PRESENCE, BY_CLIENT = 1, 2, 3
"""Why the service closes a channel, as the value of a signal: which quota was exceeded."""
REASONS = {BY_MESSAGES: "messages_second", BY_PRESENCE: "presence_second", BY_CLIENT: "presence_calls"}


@dataclass(frozen=True)
class Topic:
    """One channel: who is on it, what waits to be told, and the signals that close it."""

    name: str
    spec: Channel
    presence: bool
    """Whether who is on it is told to all on it."""
    key: int
    """Operand of the key of its registers and of ``shut``: NONE, or the person."""
    members: int
    shut: int
    """Signal: the service closes the channel of everybody on it."""
    own: int
    """Signal by tab: the service closes one client's channel."""
    backlog: int
    oldest: int
    """Registers of row changes that wait: how many, and since when the oldest one does; of a broadcast that renews what
    is shown, since when that is."""


@dataclass(frozen=True)
class RealtimeParts:
    """The service: what it counts, and how it reaches the tabs."""

    spec: Realtime
    quota: Quota
    topics: dict[str, Topic]
    connected: int
    pool: int
    joins: int
    told: int
    presence: int
    changes: int
    mode: int
    """Signal by tab: a channel went up or down."""
    turned: int
    """Signal by tab: it was hidden, or is looked at again."""
    dropped: int
    """Signal: an outage begins."""
    restored: int
    """Signal: an outage is over."""
    kicked: int
    """Signal by tab: the service closes the socket."""
    work: int
    """Signal: a row change waits."""
    login: int
    """Signal by person: another login was announced."""


def parts_of(
    asm: ScopedAssembler, design: Design, held: set[str], sizes: tuple[int, int], house: Housing
) -> RealtimeParts:
    """Parts of the service for the channels that somebody holds; what a project has once is shared by all on it."""
    spec = design.platform.project.realtime
    people, tabs = sizes

    def meter(name: str) -> int:
        ticks = max(1, spec.window // spec.tick)
        window = StationSpec(
            name, StationKind.METER, window=MeterWindow.TICKED, length_ns=spec.tick * ticks, ticks=ticks, recorded=False
        )
        return house.once(asm, name, lambda: asm.station(window))

    pool = StationSpec("realtime_pool", StationKind.FIFO, servers=spec.pool)
    checks = [check for client in design.clients.values() for check in client.checks.values()]
    asked = {check.on for check in checks if check.by != "event"}
    topics = {}
    for name, channel in design.channels.items():
        if name in held:
            presence = name in asked or channel.presence is not None
            topics[name] = _topic(asm, name, channel, (people, tabs), presence=presence)
    return RealtimeParts(
        spec,
        design.platform.project.quota,
        topics,
        connected=house.once(asm, "realtime.connected", lambda: asm.register("realtime.connected")),
        pool=house.once(asm, pool.name, lambda: asm.station(pool)),
        joins=meter("realtime_joins"),
        told=meter("realtime_told"),
        presence=meter("realtime_presence"),
        changes=meter("realtime_changes"),
        mode=asm.new_signal("realtime.mode", tabs),
        turned=asm.new_signal("realtime.turned", tabs),
        dropped=asm.new_signal("realtime.dropped"),
        restored=asm.new_signal("realtime.restored"),
        kicked=asm.new_signal("realtime.kicked", tabs),
        work=house.once(asm, "realtime.work", lambda: asm.new_signal("realtime.work")),
        login=asm.new_signal("realtime.login", people),
    )


def _topic(asm: Assembler, name: str, spec: Channel, sizes: tuple[int, int], *, presence: bool) -> Topic:
    people, tabs = sizes
    keys = people if spec.scope == "person" else 1
    return Topic(
        name,
        spec,
        presence,
        asm.task("person") if spec.scope == "person" else NONE,
        asm.register(f"channel.{name}.members", keys),
        asm.new_signal(f"channel.{name}.shut", keys),
        asm.new_signal(f"channel.{name}.own", tabs),
        asm.register(f"channel.{name}.backlog"),
        asm.register(f"channel.{name}.oldest"),
    )


def go_if_over(asm: Assembler, parts: RealtimeParts, meter: int, limit: int, target: Label) -> None:
    """Rows that go to `target` while the average over the window's completed ticks is at the limit; none without one.

    Early on the average is over the ticks there have been.
    """
    if limit == 0:
        return
    spec = parts.spec
    with asm.temp() as most:
        asm.set(most, Fn.DIV, asm.now, asm.const(spec.tick))
        asm.set(most, Fn.MIN, most, asm.const(max(1, spec.window // spec.tick)))
        asm.set(most, Fn.MAX, most, asm.const(1))
        asm.set(most, Fn.MUL, most, asm.const(limit * parts.spec.nodes * spec.tick // NS_PER_S))
        asm.test(asm.meter(meter, MeterRead.SUM), Cmp.GE, most, target)
