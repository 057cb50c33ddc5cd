"""Checks for another login of the same person: by calling `track`, by reading local state, or by being told."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.design import Client
from eventlive_sim.model.realtime import Check
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.faults import go_if_out
from eventlive_sim.program.lower.realtime.fanout import tell_presence
from eventlive_sim.program.lower.realtime.parts import BY_CLIENT, BY_PRESENCE, Topic, go_if_over
from eventlive_sim.program.lower.realtime.tabs import age, hears_from_now, network, parts, up
from eventlive_sim.program.primitives import Cmp, Fn, Leaving


def begin_checks(low: Lowering, client: Client, group: int) -> list[Callable[[], None]]:
    """Rows that begin a tab's checks; what is returned writes the rows that they run."""
    bodies = []
    for name, check in client.checks.items():
        start = low.asm.label(f"check {name}")
        if check.by != "event":
            hears_from_now(low, name)
        low.asm.spawn(start, group, leaving=Leaving.CANCEL)
        bodies.append(_body(low, name, check, start))
    return bodies


def _body(low: Lowering, name: str, check: Check, start: Label) -> Callable[[], None]:
    return lambda: _lower_check(low, name, check, start)


def _lower_check(low: Lowering, name: str, check: Check, start: Label) -> None:
    asm, rt = low.asm, parts(low)
    topic = rt.topics[check.on]
    asm.place(start)
    again = asm.here("again")
    if check.by == "event":
        with asm.temp() as ignored:
            asm.await_(ignored, rt.login, key=low.person)
        network(low, "notice")
        asm.test(up(low, topic.name), Cmp.EQ, asm.const(0), again)
    else:
        _wait_for_tick(low, topic, check.every)
    if check.by == "track":
        network(low, "track")
        go_if_out(low, "realtime", again)
        go_if_out(low, "realtime", again, silent=True)
        track(low, topic, changes=check.payload_changes)
    look(low, name)
    if check.by != "event":
        asm.copy(asm.tab(f"shown {name}"), asm.now)
    asm.jump(again)


def _wait_for_tick(low: Lowering, topic: Topic, every: int) -> None:
    """Rows that wait for the next tick at which the channel is up; those at which nothing would be done are passed over."""
    asm = low.asm
    asleep, goes_on = asm.label("asleep"), asm.label("goes on")
    asm.hold(asm.const(every))
    tick = asm.here("tick")
    asm.test(up(low, topic.name), Cmp.NE, asm.const(0), goes_on)
    with asm.temp() as last, asm.temp() as left:
        asm.copy(last, asm.now)
        asm.place(asleep)
        asm.await_(left, parts(low).mode, key=low.tab)
        asm.test(up(low, topic.name), Cmp.EQ, asm.const(0), asleep)
        asm.set(left, Fn.SUB, asm.now, last)
        asm.set(left, Fn.DIV, left, asm.const(every))
        asm.set(left, Fn.ADD, left, asm.const(1))
        asm.set(left, Fn.MUL, left, asm.const(every))
        asm.set(left, Fn.ADD, left, last)
        asm.set(left, Fn.SUB, left, asm.now)
        asm.hold(left)
    asm.jump(tick)
    asm.place(goes_on)


def track(low: Lowering, topic: Topic, *, changes: bool) -> None:
    """Rows of a call of `track` at the service: the client's own limit, the project's, and what all are told."""
    asm, rt = low.asm, parts(low)
    calls, began = asm.tab(f"calls {topic.name}"), asm.tab(f"calls since {topic.name}")
    counting, own, over, done = (asm.label(word) for word in ("counting", "own", "over", "done"))
    asm.count(asm.series("presence_calls", channel=topic.name))
    if rt.quota.presence_calls:
        begin = asm.label("begin")
        asm.test(calls, Cmp.EQ, asm.const(0), begin)
        with asm.temp() as lasted:
            asm.set(lasted, Fn.SUB, asm.now, began)
            asm.test(lasted, Cmp.LT, asm.const(rt.spec.presence_window), counting)
        asm.place(begin)
        asm.copy(calls, asm.const(0))
        asm.copy(began, asm.now)
        asm.place(counting)
        asm.set(calls, Fn.ADD, calls, asm.const(1))
        asm.test(calls, Cmp.GT, asm.const(rt.quota.presence_calls), own)
    if changes:
        go_if_over(asm, rt, rt.presence, rt.quota.presence_second, over)
        asm.add(rt.presence, asm.const(1))
        asm.count(asm.series("presence_messages", channel=topic.name))
        tell_presence(low, topic)
    asm.jump(done)
    for label, reason in ((own, BY_CLIENT), (over, BY_PRESENCE)):
        asm.place(label)
        asm.signal(topic.own, asm.const(reason), key=low.tab)
        asm.jump(done)
    asm.place(done)


def look(low: Lowering, name: str) -> None:
    """Rows of a tab that knows who is on the channel: how old that had become, and whether somebody else logged in."""
    age(low, name)
    notice(low, name, "announced")


def notice(low: Lowering, name: str, since: str = "logged in again") -> None:
    """Rows that record how long it took a tab to notice a login elsewhere; once, and not by that login's own tab.

    Whoever asks the database sees it from the login on, whoever listens to the channel from its announcement on.
    """
    if low.logins is None:
        return
    asm = low.asm
    nothing = asm.label("nothing")
    asm.test(asm.person(since), Cmp.EQ, asm.const(0), nothing)
    asm.test(asm.tab(low.logins), Cmp.NE, asm.const(0), nothing)
    asm.test(asm.tab(f"noticed {name}"), Cmp.NE, asm.const(0), nothing)
    asm.copy(asm.tab(f"noticed {name}"), asm.const(1))
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, asm.person("logged in again"))
        asm.count(asm.series("detection", trend=True, unit="ns", of=name), lasted)
    asm.place(nothing)
