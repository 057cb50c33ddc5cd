"""The socket of a tab: it connects, is lost, and tries again after fixed waits, as the client library does."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.design import Client
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.faults import delay_by_faults, go_if_out, outages
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.lower.quotas import count_socket, go_if_too_many_sockets
from eventlive_sim.program.lower.realtime.channels import lower_channel
from eventlive_sim.program.lower.realtime.parts import RealtimeParts, go_if_over
from eventlive_sim.program.lower.realtime.tabs import (
    age,
    closed,
    hears_from_now,
    hidden,
    network,
    parts,
    seen_through,
    up,
)
from eventlive_sim.program.primitives import Cmp, Fn, Leaving

_CHANNELS_GROUP = 0
OPENED, LIMITED, REFUSED, LOST = 101, 429, 503, -2
"""How a try to connect ends, as its status; the last: without an answer."""


def open_socket(low: Lowering, name: str, client: Client, group: int) -> Callable[[], None]:
    """Rows that begin a tab's socket; what is returned writes the rows that it runs."""
    asm = low.asm
    start, block = asm.label("socket"), asm.label("finally")
    for channel in client.held:
        for what in seen_through(client, parts(low).topics[channel]):
            hears_from_now(low, what)
    asm.spawn(start, group, leaving=Leaving.CANCEL, finally_=block)
    return lambda: _lower_socket(low, name, client, (start, block))


def _lower_socket(low: Lowering, name: str, client: Client, labels: tuple[Label, Label]) -> None:
    asm, rt = low.asm, parts(low)
    start, block = labels
    attempt, again, lost = (asm.label(word) for word in ("attempt", "again", "lost"))
    channels = {channel: (asm.label(channel), asm.label("finally")) for channel in client.held}
    tries = asm.tab("socket tries")
    asm.place(start)
    asm.place(attempt)
    _handshake(low, name, again)
    asm.copy(tries, asm.const(0))
    for channel, (entry, left) in channels.items():
        skip = asm.label("closed")
        asm.test(closed(low, channel), Cmp.NE, asm.const(0), skip)
        asm.spawn(entry, _CHANNELS_GROUP, leaving=Leaving.CANCEL, finally_=left)
        asm.place(skip)
    _until_lost(low, lost)
    asm.place(lost)
    _close(low, name)
    network(low, "drop")
    asm.cancel(_CHANNELS_GROUP)
    asm.place(again)
    _wait_to_reconnect(low, client, tries)
    asm.jump(attempt)
    _lower_end(low, name, client, block)
    for channel, where in channels.items():
        lower_channel(low, name, client, rt.topics[channel], where)


def _handshake(low: Lowering, name: str, again: Label) -> None:
    """Rows of one try to connect: out of order, or over a quota, it goes `again`."""
    asm, rt = low.asm, parts(low)
    refused, hung, limited, on = (asm.label(word) for word in ("refused", "hung", "limited", "on"))
    tried = asm.series("realtime_connects", tag="status", client=name)
    network(low, "out")
    reached = asm.here("reached")
    go_if_out(low, "realtime", refused)
    go_if_out(low, "realtime", hung, silent=True)
    if rt.quota.connections:
        asm.test(asm.shared(rt.connected), Cmp.GE, asm.const(rt.quota.connections), limited)
    go_if_too_many_sockets(low, limited)
    go_if_over(asm, rt, rt.joins, rt.quota.joins_second, limited)
    delay_by_faults(low, "realtime")
    _served(low, "handshake")
    asm.set(asm.shared(rt.connected), Fn.ADD, asm.shared(rt.connected), asm.const(1))
    count_socket(low, Fn.ADD)
    asm.copy(asm.tab("socket open"), asm.const(1))
    asm.count(asm.series("realtime_sockets", client=name, change="open"))
    network(low, "back")
    asm.count(tried, tag=asm.const(OPENED))
    asm.jump(on)
    if outages(low, "realtime", silent=True):
        # Nothing refuses: the request waits until somebody is there.
        asm.place(hung)
        asm.count(tried, tag=asm.const(LOST))
        with asm.temp() as ignored:
            asm.await_(ignored, rt.restored)
        asm.jump(reached)
    asm.place(limited)
    hold(asm, rt.spec.refusal, "realtime.refusal", occurrence=asm.tab("realtime turn"))
    asm.count(tried, tag=asm.const(LIMITED))
    network(low, "back")
    asm.jump(again)
    asm.place(refused)
    asm.count(tried, tag=asm.const(REFUSED))
    network(low, "back")
    asm.jump(again)
    asm.place(on)


def _served(low: Lowering, what: str) -> None:
    law = getattr(parts(low).spec, what)
    hold(low.asm, law, f"realtime.{what}", occurrence=low.asm.tab("realtime turn"))


def _until_lost(low: Lowering, lost: Label) -> None:
    """Rows of an open socket: it is lost when the service goes or closes it, or when a beat is not answered."""
    asm, rt = low.asm, parts(low)
    opened, kicked, beating = asm.tab("socket opened"), asm.const(1), asm.label("beating")
    asm.copy(opened, asm.now)
    if outages(low, "realtime", silent=True):
        asm.copy(asm.tab("deaf since"), asm.const(0))
    look = asm.here("look")
    go_if_out(low, "realtime", lost)
    go_if_out(low, "realtime", beating, silent=True)
    waiting = asm.here("waiting")
    with asm.temp() as woken:
        asm.await_(woken, rt.dropped, signal2=rt.kicked, key2=low.tab)
        asm.test(woken, Cmp.EQ, kicked, lost)
    asm.jump(look)
    if outages(low, "realtime", silent=True):
        asm.place(beating)
        asm.copy(asm.tab("deaf since"), asm.now)
        _beat(low, rt, (lost, waiting))


def _beat(low: Lowering, rt: RealtimeParts, where: tuple[Label, Label]) -> None:
    """Rows until the second beat from now: the first one is not answered if the service is still out by then."""
    asm = low.asm
    lost, waiting = where
    still = asm.label("still out")
    beat = asm.const(rt.spec.heartbeat)
    with asm.temp() as left:
        asm.set(left, Fn.SUB, asm.now, asm.tab("socket opened"))
        asm.set(left, Fn.DIV, left, beat)
        asm.set(left, Fn.ADD, left, asm.const(2))
        asm.set(left, Fn.MUL, left, beat)
        asm.set(left, Fn.ADD, left, asm.tab("socket opened"))
        asm.set(left, Fn.SUB, left, asm.now)
        asm.hold(left)
    go_if_out(low, "realtime", still, silent=True)
    asm.copy(asm.tab("deaf since"), asm.const(0))
    asm.jump(waiting)
    asm.place(still)
    asm.jump(lost)


def _wait_to_reconnect(low: Lowering, client: Client, tries: int) -> None:
    """Rows that let the library's wait pass: a fixed one for each try in a row, the last for all further ones."""
    asm, rt = low.asm, parts(low)
    waited = asm.label("waited")
    asm.set(tries, Fn.ADD, tries, asm.const(1))
    for number, law in enumerate(rt.spec.reconnect, start=1):
        other = asm.label("other")
        if number < len(rt.spec.reconnect):
            asm.test(tries, Cmp.NE, asm.const(number), other)
        with asm.temp() as time:
            asm.hold(put(asm, time, law, f"realtime.wait{number}", occurrence=asm.tab("realtime turn")))
        asm.jump(waited)
        asm.place(other)
    asm.place(waited)
    if client.visibility is not None and not rt.spec.reconnect_hidden:
        looked_at = asm.label("looked at")
        behind = asm.here("behind")
        asm.test(hidden(low), Cmp.EQ, asm.const(0), looked_at)
        with asm.temp() as ignored:
            asm.await_(ignored, rt.turned, key=low.tab)
        asm.jump(behind)
        asm.place(looked_at)


def _close(low: Lowering, name: str) -> None:
    """Rows that take the socket off the service's books."""
    asm, rt = low.asm, parts(low)
    asm.set(asm.shared(rt.connected), Fn.SUB, asm.shared(rt.connected), asm.const(1))
    count_socket(low, Fn.SUB)
    asm.copy(asm.tab("socket open"), asm.const(0))
    asm.count(asm.series("realtime_sockets", client=name, change="close"))


def _lower_end(low: Lowering, name: str, client: Client, block: Label) -> None:
    """Rows of the finally block: the tab is closed, and with it ends what it could not see."""
    asm = low.asm
    asm.place(block)
    shut = asm.label("not open")
    asm.test(asm.tab("socket open"), Cmp.EQ, asm.const(0), shut)
    _close(low, name)
    asm.place(shut)
    last_ages(low, client)
    asm.end()


def last_ages(low: Lowering, client: Client) -> None:
    """Rows that record, for each channel that is down, how old what the tab shows has become."""
    asm = low.asm
    for channel in client.held:
        joined = asm.label("up")
        asm.test(up(low, channel), Cmp.NE, asm.const(0), joined)
        checks = [name for name, check in client.checks.items() if check.on == channel]
        for what in dict.fromkeys((*seen_through(client, parts(low).topics[channel]), *checks)):
            age(low, what)
        asm.place(joined)
