"""Row changes: one entity of the service looks for them and asks the database, for each subscriber in turn."""

from __future__ import annotations

from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import DB_CPU, Lowering
from eventlive_sim.program.lower.faults import go_if_out
from eventlive_sim.program.lower.laws import add_to
from eventlive_sim.program.lower.quotas import add_to_share, go_if_share_is_told
from eventlive_sim.program.lower.realtime.fanout import count_told
from eventlive_sim.program.lower.realtime.parts import Topic, go_if_over
from eventlive_sim.program.lower.realtime.tabs import parts
from eventlive_sim.program.primitives import Cmp, Fn


def lower_changes(low: Lowering) -> None:
    """Rows and world entity that tells row changes; none when no channel follows any.

    A project has one, for all webinars on it: it is lowered with the last of them.
    """
    project = low.site.project
    topics = [
        (resident, topic)
        for resident in project.residents
        if resident.realtime is not None
        for topic in resident.realtime.topics.values()
        if topic.spec.by == "changes" and topic.spec.table
    ]
    if not topics or not project.is_full:
        return
    asm = low.asm
    with asm.within(project.scope):
        with asm.entry("realtime changes"):
            asm.at("platform.project.realtime")
            entry = _lower_look(topics)
        asm.population("realtime changes", 1, entry, world=True)


def _lower_look(topics: list[tuple[Lowering, Topic]]) -> Label:
    """Rows of one look after the other: on a fixed beat, a slower one while there is nothing."""
    low = topics[0][0]
    asm, rt = low.asm, parts(low)
    entry = asm.here("look")
    some = asm.label("some")
    for _, topic in topics:
        asm.test(asm.shared(topic.backlog), Cmp.NE, asm.const(0), some)
    with asm.temp() as ignored:
        asm.await_(ignored, rt.work)
    _wait_for_beat(low, rt.spec.poll * rt.spec.poll_idle)
    asm.place(some)
    for resident, topic in topics:
        with asm.within(resident.site.scope):
            _tell(resident, topic)
    _wait_for_beat(low, rt.spec.poll)
    asm.jump(entry)
    return entry


def _wait_for_beat(low: Lowering, every: int) -> None:
    """Rows that wait for the next multiple of an interval."""
    asm = low.asm
    with asm.temp() as left:
        asm.set(left, Fn.DIV, asm.now, asm.const(every))
        asm.set(left, Fn.ADD, left, asm.const(1))
        asm.set(left, Fn.MUL, left, asm.const(every))
        asm.set(left, Fn.SUB, left, asm.now)
        asm.hold(left)


def _tell(low: Lowering, topic: Topic) -> None:
    """Rows that take what waits, have the database ask for each subscriber, and tell it or drop it in silence."""
    asm, rt = low.asm, parts(low)
    nothing, over = asm.label("nothing"), asm.label("over")
    policy = low.design.tables[topic.spec.table or ""].policy
    backlog, members = asm.shared(topic.backlog), asm.shared(topic.members)
    taken, since, receivers = (asm.person(f"changes {word}") for word in ("taken", "since", "receivers"))
    asm.test(backlog, Cmp.EQ, asm.const(0), nothing)
    asm.set(taken, Fn.MIN, backlog, asm.const(rt.spec.poll_changes))
    asm.copy(since, asm.shared(topic.oldest))
    asm.set(backlog, Fn.SUB, backlog, taken)
    asm.set(receivers, Fn.MUL, taken, members)
    go_if_out(low, "realtime", nothing)
    go_if_out(low, "realtime", nothing, silent=True)
    with asm.temp() as demand:
        asm.set(demand, Fn.MUL, receivers, asm.const(rt.spec.check + policy.check))
        asm.work(low.stations[DB_CPU], demand)
    go_if_share_is_told(low, over)
    go_if_over(asm, rt, rt.changes, rt.quota.messages_second, over)
    asm.add(rt.changes, receivers)
    add_to_share(low, receivers)
    count_told(low, topic, receivers)
    if topic.spec.shows is not None:
        with asm.temp() as lasted:
            asm.set(lasted, Fn.SUB, asm.now, since)
            turn = asm.person("changes turn")
            asm.set(turn, Fn.ADD, turn, asm.const(1))
            add_to(asm, lasted, rt.spec.delivery, f"channel.{topic.name}.delivery", occurrence=turn)
            way = low.design.platform.path.client_project
            add_to(asm, lasted, way, f"channel.{topic.name}.way", occurrence=turn)
            asm.count(asm.series("freshness", trend=True, unit="ns", of=topic.spec.shows), lasted)
    asm.jump(nothing)
    asm.place(over)
    asm.count(asm.series("realtime_dropped", channel=topic.name), receivers)
    asm.place(nothing)
