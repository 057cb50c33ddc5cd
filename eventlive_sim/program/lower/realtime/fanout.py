"""What is told over a channel: counted once for each receiver, by arithmetic; no receiver is simulated."""

from __future__ import annotations

from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.faults import go_if_out
from eventlive_sim.program.lower.laws import add_to
from eventlive_sim.program.lower.quotas import add_to_share, go_if_share_is_told
from eventlive_sim.program.lower.realtime.parts import BY_MESSAGES, Topic, go_if_over
from eventlive_sim.program.lower.realtime.tabs import parts
from eventlive_sim.program.primitives import NONE, Cmp, Fn


def announce(low: Lowering, table: str) -> None:
    """Rows after the commit of a new row: every channel that follows the table tells it, or puts it in line."""
    if low.realtime is None:
        return
    for topic in low.realtime.topics.values():
        if topic.spec.table == table:
            nobody = low.asm.label("nobody")
            low.asm.test(low.asm.shared(topic.members, topic.key), Cmp.EQ, low.asm.const(0), nobody)
            if topic.spec.by == "changes":
                _put_in_line(low, topic)
            else:
                _broadcast(low, topic, nobody)
            low.asm.place(nobody)


def _put_in_line(low: Lowering, topic: Topic) -> None:
    """Rows that leave a row change to the service's next look."""
    asm, rt = low.asm, parts(low)
    backlog, waiting = asm.shared(topic.backlog), asm.label("waiting")
    asm.test(backlog, Cmp.NE, asm.const(0), waiting)
    asm.copy(asm.shared(topic.oldest), asm.now)
    asm.place(waiting)
    asm.set(backlog, Fn.ADD, backlog, asm.const(1))
    asm.signal(rt.work)


def _broadcast(low: Lowering, topic: Topic, nobody: Label) -> None:
    """Rows of a message to all on the channel; over the quota everybody on it is closed instead."""
    asm, rt = low.asm, parts(low)
    over = asm.label("over")
    members = asm.shared(topic.members, topic.key)
    go_if_out(low, "realtime", nobody)
    go_if_out(low, "realtime", nobody, silent=True)
    enough = asm.label("enough")
    go_if_share_is_told(low, enough)
    go_if_over(asm, rt, rt.told, rt.quota.messages_second, over)
    asm.add(rt.told, asm.const(1))
    asm.add(rt.told, members)
    add_to_share(low, members)
    count_told(low, topic, members)
    _record_delay(low, topic, topic.spec.shows, renews=topic.spec.renews)
    asm.jump(nobody)
    if low.shares.told != NONE:
        asm.place(enough)
        asm.count(asm.series("realtime_dropped", channel=topic.name), members)
        asm.jump(nobody)
    asm.place(over)
    asm.signal(topic.shut, asm.const(BY_MESSAGES), key=topic.key)


def count_told(low: Lowering, topic: Topic, receivers: int) -> None:
    """Rows that count a message as it is billed: once as sent, once for each receiver."""
    asm = low.asm
    asm.count(asm.series("realtime_sent", channel=topic.name))
    with asm.temp() as billed:
        asm.set(billed, Fn.ADD, receivers, asm.const(1))
        asm.count(asm.series("realtime_messages", channel=topic.name), billed)


def tell_presence(low: Lowering, topic: Topic) -> None:
    """Rows of a difference in presence, told to everybody on the channel."""
    asm, rt = low.asm, parts(low)
    nobody, members = asm.label("nobody"), asm.shared(topic.members, topic.key)
    asm.test(members, Cmp.EQ, asm.const(0), nobody)
    asm.add(rt.presence, members)
    asm.count(asm.series("presence_messages", channel=topic.name), members)
    count_told(low, topic, members)
    _record_delay(low, topic, topic.spec.presence)
    asm.place(nobody)


def _record_delay(low: Lowering, topic: Topic, name: str | None, *, renews: bool = False) -> None:
    """Rows that record how old a message is when it is seen: one draw stands for all receivers.

    A figure that is renewed has been shown since it was told; the first one replaces nothing.
    """
    if name is None:
        return
    asm, rt, turn = low.asm, parts(low), low.asm.tab("realtime turn")
    with asm.temp() as delay:
        asm.copy(delay, asm.const(0))
        asm.set(turn, Fn.ADD, turn, asm.const(1))
        add_to(asm, delay, rt.spec.delivery, f"channel.{topic.name}.delivery", occurrence=turn)
        add_to(asm, delay, low.design.platform.path.client_project, f"channel.{topic.name}.way", occurrence=turn)
        first = asm.label("first")
        if renews:
            since = asm.shared(topic.oldest, topic.key)
            with asm.temp() as shown:
                asm.copy(shown, since)
                asm.copy(since, asm.now)
                asm.test(shown, Cmp.EQ, asm.const(0), first)
                asm.set(delay, Fn.ADD, delay, asm.now)
                asm.set(delay, Fn.SUB, delay, shown)
        asm.count(asm.series("freshness", trend=True, unit="ns", of=name), delay)
        asm.place(first)
