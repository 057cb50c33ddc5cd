"""Arithmetic on channels before a simulation: what a scenario asks of the Realtime quota, with everybody on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eventlive_sim.model.design import Client, Design, walk_steps
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.realtime import Channel
from eventlive_sim.model.scenario import Attendance, Scenario
from eventlive_sim.model.steps import Insert
from eventlive_sim.units import NS_PER_S, seconds


@dataclass(frozen=True)
class Asked:
    """What is asked of one limit; rates are averages with everybody present."""

    name: str
    offered: float
    limit: float
    unit: str
    beyond: str = ""
    """What happens beyond it."""


def asked_of_realtime(design: Design, scenario: Scenario) -> Iterator[Asked]:
    """What is asked of each limit that the plan has, and of the one core that row checks are made on."""
    quota, service = design.platform.project.quota, design.platform.project.realtime
    holders = [
        (design.clients[name], group)
        for name, group in scenario.clients.items()
        if name in design.clients and design.clients[name].held
    ]
    if not holders:
        return
    sockets = sum(_tabs(client) * group.people for client, group in holders)
    told: dict[str, float] = {"broadcast": 0.0, "changes": 0.0}
    checks = 0.0
    for name, channel in design.channels.items():
        on_it = sum(_tabs(client) * group.people for client, group in holders if name in client.held)
        rows = _rows_a_second(design, scenario, channel) * on_it
        told[channel.by] += rows
        if channel.by == "changes" and channel.table is not None:
            checks += rows * seconds(service.check + design.tables[channel.table].policy.check)
    messages = quota.messages_second * service.nodes
    limits = (
        Asked(
            "Realtime connections", sockets, quota.connections, "connections", "the rest is refused and tries for ever"
        ),
        Asked(
            "broadcasts told", told["broadcast"], messages, "messages/s", "the channel is closed for everybody on it"
        ),
        Asked("row changes told", told["changes"], messages, "messages/s", "what is beyond is dropped in silence"),
        Asked(
            "presence messages",
            _presence(design, holders),
            quota.presence_second * service.nodes,
            "messages/s",
            "whoever joins or calls track loses the channel",
        ),
    )
    yield from (asked for asked in limits if asked.limit and asked.offered)
    if checks:
        # One after the other: however many cores there are, one of them works.
        yield Asked("row checks", checks, design.platform.project.postgres.speed, "cores")


def _tabs(client: Client) -> float:
    return sum(int(number) * share for number, share in client.tabs.items())


def _rows_a_second(design: Design, scenario: Scenario, channel: Channel) -> float:
    """New rows of a channel's table a second: inserts of the loops that everybody may do."""
    if channel.table is None:
        return 0.0
    rate = 0.0
    for name, group in scenario.clients.items():
        for loop in design.clients[name].loops.values() if name in design.clients else ():
            steps = walk_steps(dict(design.endpoints[loop.call].steps))
            rows = sum(1 for _, _, step in steps if isinstance(step, Insert) and step.insert == channel.table)
            if rows and loop.every is not None and loop.while_ is None and mean_ns(loop.every):
                doing = group.people * (_tabs(design.clients[name]) if loop.tab == "each" else 1.0)
                rate += rows * doing * NS_PER_S / mean_ns(loop.every)
    return rate


def _presence(design: Design, holders: list[tuple[Client, Attendance]]) -> float:
    """Presence messages a second: each call of `track` that says something new is told to everybody on the channel."""
    rate = 0.0
    for client, group in holders:
        for check in client.checks.values():
            if check.by != "track" or not check.payload_changes:
                continue
            on_it = sum(_tabs(other) * there.people for other, there in holders if check.on in other.held)
            told = on_it if design.channels[check.on].scope == "world" else _tabs(client)
            rate += _tabs(client) * group.people / seconds(check.every) * (1 + told)
    return rate
