"""A channel of a tab: it is joined, up, closed by the service, or gone with the socket."""

from __future__ import annotations

from eventlive_sim.model.design import Client
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import DB_CPU, Lowering
from eventlive_sim.program.lower.faults import delay_by_faults, go_if_out, outages
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.realtime.checks import look, track
from eventlive_sim.program.lower.realtime.fanout import count_told, tell_presence
from eventlive_sim.program.lower.realtime.parts import BY_PRESENCE, REASONS, Topic, go_if_over
from eventlive_sim.program.lower.realtime.tabs import age, closed, network, parts, seen_through, up
from eventlive_sim.program.primitives import Cmp, Fn

_JOINED, _LIMITED, _LOST = 200, 429, -2


def lower_channel(low: Lowering, client_name: str, client: Client, topic: Topic, labels: tuple[Label, Label]) -> None:
    """Rows of one channel of one socket: one task, from its join until it is closed or the socket is lost."""
    asm, rt = low.asm, parts(low)
    start, block = labels
    name = topic.name
    join, ended, timed_out = (asm.label(word) for word in ("join", "ended", "timed out"))
    joins = asm.series("realtime_joins", tag="status", channel=name, client=client_name)
    asm.at(f"channels.{name}")
    asm.place(start)
    asm.copy(asm.tab(f"join tries {name}"), asm.const(0))
    asm.place(join)
    asm.deadline(asm.const(rt.spec.join_timeout), timed_out)
    _ask(low, client, topic, joins, ended)
    network(low, "back")
    asm.disarm()
    asm.copy(up(low, name), asm.const(1))
    asm.count(joins, tag=asm.const(_JOINED))
    _live(low, client, topic)
    _until_closed(low, topic)
    asm.place(ended)
    _gone(low, client, topic)
    if rt.spec.rejoin_closed:
        _wait_to_join(low, topic)
        asm.jump(join)
    else:
        asm.copy(closed(low, name), asm.const(1))
        asm.end()
    asm.place(timed_out)
    asm.count(joins, tag=asm.const(_LOST))
    _leave(low, topic)
    _wait_to_join(low, topic)
    asm.jump(join)
    asm.place(block)
    _gone(low, client, topic)
    asm.end()


def _ask(low: Lowering, client: Client, topic: Topic, joins: int, ended: Label) -> None:
    """Rows of a join at the service: its quotas, its query, its presence."""
    asm, rt = low.asm, parts(low)
    limited, unheard, on = (asm.label(word) for word in ("limited", "unheard", "on"))
    network(low, "join")
    go_if_out(low, "realtime", unheard)
    go_if_out(low, "realtime", unheard, silent=True)
    delay_by_faults(low, "realtime")
    asm.add(rt.joins, asm.const(1))
    go_if_over(asm, rt, rt.joins, rt.quota.joins_second, limited)
    if topic.spec.asks_database:
        asm.enter(rt.pool)
        with asm.temp() as demand:
            turn = asm.tab("realtime turn")
            law = put(asm, demand, rt.spec.join, f"channel.{topic.name}.join", occurrence=turn)
            asm.work(low.stations[DB_CPU], law)
        asm.leave(rt.pool)
    members = asm.shared(topic.members, topic.key)
    asm.set(members, Fn.ADD, members, asm.const(1))
    asm.copy(asm.tab(f"member {topic.name}"), asm.const(1))
    if topic.presence:
        _enter_presence(low, topic, ended)
    asm.jump(on)
    asm.place(limited)
    asm.count(joins, tag=asm.const(_LIMITED))
    asm.signal(rt.kicked, asm.const(1), key=low.tab)
    if outages(low, "realtime") or outages(low, "realtime", silent=True):
        asm.place(unheard)
    with asm.temp() as never:
        asm.await_(never, topic.own, key=low.tab)
    asm.place(on)


def _enter_presence(low: Lowering, topic: Topic, ended: Label) -> None:
    """Rows that bring a member the state of presence and tell all of it: one call of `track`."""
    asm, rt = low.asm, parts(low)
    over, on = asm.label("over"), asm.label("on")
    asm.add(rt.presence, asm.const(1))
    asm.count(asm.series("presence_messages", channel=topic.name))
    go_if_over(asm, rt, rt.presence, rt.quota.presence_second, over)
    asm.copy(asm.tab(f"calls {topic.name}"), asm.const(0))
    track(low, topic, changes=True)
    asm.jump(on)
    asm.place(over)
    count_closed(low, topic, BY_PRESENCE)
    network(low, "back")
    asm.disarm()
    asm.jump(ended)
    asm.place(on)


def _live(low: Lowering, client: Client, topic: Topic) -> None:
    """Rows of a tab whose channel has come up: it hears again, its loops look anew, its login is announced."""
    asm, rt = low.asm, parts(low)
    for what in seen_through(client, topic):
        age(low, what)
        asm.copy(asm.tab(f"shown {what}"), asm.const(0))
    for name, check in client.checks.items():
        if check.on == topic.name:
            if check.by == "event":
                look(low, name)
            _announce(low, topic, told=check.by == "event")
    asm.signal(rt.mode, key=low.tab)


def _announce(low: Lowering, topic: Topic, *, told: bool) -> None:
    """Rows that let the person's other tabs know of a login elsewhere, once it is on the channel."""
    if low.logins is None:
        return
    asm, rt = low.asm, parts(low)
    first = asm.label("first")
    asm.test(asm.tab(low.logins), Cmp.EQ, asm.const(0), first)
    asm.test(asm.person("announced"), Cmp.NE, asm.const(0), first)
    asm.copy(asm.person("announced"), asm.now)
    if told:
        members = asm.shared(topic.members, topic.key)
        asm.add(rt.told, members)
        count_told(low, topic, members)
    asm.signal(rt.login, key=low.person)
    asm.place(first)


def _until_closed(low: Lowering, topic: Topic) -> None:
    """Rows that wait until the service closes the channel, for all or for this client."""
    asm = low.asm
    with asm.temp() as reason:
        asm.await_(reason, topic.shut, key=topic.key, signal2=topic.own, key2=low.tab)
        for number in REASONS:
            other = asm.label("other")
            asm.test(reason, Cmp.NE, asm.const(number), other)
            count_closed(low, topic, number)
            asm.place(other)
    network(low, "back")


def count_closed(low: Lowering, topic: Topic, reason: int) -> None:
    """Row that counts a channel closed by the service."""
    low.asm.count(low.asm.series("realtime_closed", channel=topic.name, reason=REASONS[reason]))


def _wait_to_join(low: Lowering, topic: Topic) -> None:
    asm, rt = low.asm, parts(low)
    tries, waited = asm.tab(f"join tries {topic.name}"), asm.label("waited")
    asm.set(tries, Fn.ADD, tries, asm.const(1))
    for number, law in enumerate(rt.spec.reconnect, start=1):
        other = asm.label("other")
        if number < len(rt.spec.reconnect):
            asm.test(tries, Cmp.NE, asm.const(number), other)
        with asm.temp() as time:
            asm.hold(put(asm, time, law, f"realtime.join wait{number}", occurrence=asm.tab("realtime turn")))
        asm.jump(waited)
        asm.place(other)
    asm.place(waited)


def _gone(low: Lowering, client: Client, topic: Topic) -> None:
    """Rows of a tab that is no longer on the channel; nothing of it may wait, since the finally block runs it too."""
    asm, rt = low.asm, parts(low)
    was_down = asm.label("was down")
    asm.test(up(low, topic.name), Cmp.EQ, asm.const(0), was_down)
    asm.copy(up(low, topic.name), asm.const(0))
    for what in seen_through(client, topic):
        asm.copy(asm.tab(f"shown {what}"), asm.now)
        if outages(low, "realtime", silent=True):
            # It has heard nothing since the silence began, though it did not know.
            knew = asm.label("knew")
            asm.test(asm.tab("deaf since"), Cmp.EQ, asm.const(0), knew)
            asm.copy(asm.tab(f"shown {what}"), asm.tab("deaf since"))
            asm.place(knew)
    asm.signal(rt.mode, key=low.tab)
    asm.place(was_down)
    _leave(low, topic)


def _leave(low: Lowering, topic: Topic) -> None:
    """Rows that take a member off the channel, and tell the others by presence."""
    asm = low.asm
    member, gone = asm.tab(f"member {topic.name}"), asm.label("gone")
    members = asm.shared(topic.members, topic.key)
    asm.test(member, Cmp.EQ, asm.const(0), gone)
    asm.copy(member, asm.const(0))
    asm.set(members, Fn.SUB, members, asm.const(1))
    if topic.presence:
        go_if_out(low, "realtime", gone)
        go_if_out(low, "realtime", gone, silent=True)
        tell_presence(low, topic)
    asm.place(gone)
