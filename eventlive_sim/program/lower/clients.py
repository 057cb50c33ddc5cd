"""People: they come, open tabs, do what their pages do, and leave."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.design import Client, Loop, Table
from eventlive_sim.model.scenario import Attendance
from eventlive_sim.model.values import Distribution
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Label, stream_number
from eventlive_sim.program.lower.addresses import take_address
from eventlive_sim.program.lower.breaker import BreakerParts
from eventlive_sim.program.lower.callers import Caller, lower_abandonment, lower_call
from eventlive_sim.program.lower.conditions import go_unless
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.degraded import end_pause, open_page, pause, stretch
from eventlive_sim.program.lower.deployed import grow
from eventlive_sim.program.lower.entry import come_in
from eventlive_sim.program.lower.faults import draw_who_meets
from eventlive_sim.program.lower.laws import hold, put
from eventlive_sim.program.lower.modes import Gate
from eventlive_sim.program.lower.policies import Pacing, Retrying
from eventlive_sim.program.lower.realtime.life import begin_life
from eventlive_sim.program.lower.sessions.begin import begin_session
from eventlive_sim.program.lower.sessions.browser import Browser
from eventlive_sim.program.lower.sessions.parts import sessions_of
from eventlive_sim.program.primitives import ORDINAL_SLOT, Cmp, Fn, JoinMode, Leaving, Self, Space, operand

_TABS_GROUP = 0
_LOOPS_GROUP = 1
_OPEN_GROUP = 2


def lower_clients(low: Lowering) -> None:
    """Rows and population of each client of the scenario."""
    for name, attendance in low.scenario.clients.items():
        client = low.design.clients[name]
        with low.asm.entry(f"client {name}"):
            low.asm.at(f"clients.{name}")
            entry = _lower_person(low, name, client, attendance)
        if attendance.people:
            low.asm.population(name, attendance.people, entry, tabs=low.tabs_max)


def _lower_person(low: Lowering, name: str, client: Client, attendance: Attendance) -> Label:
    """Rows of a person's life; their first row."""
    asm = low.asm
    tab = asm.label("tab")
    entry = asm.here(f"person {name}")
    asm.copy(low.person, asm.self_(Self.PERSON))
    for attribute, share in {**client.attributes, **attendance.attributes}.items():
        table = asm.table(quantiles.bernoulli(share))
        asm.draw(low.attributes[attribute], table, f"person.{attribute}", exogenous=True)
    take_address(low, name, client)
    draw_who_meets(low)
    for table_name, declared in low.design.tables.items():
        _initial_row(low, table_name, declared)
    with asm.temp() as time:
        asm.hold(put(asm, time, attendance.arrive, f"{name}.arrive", exogenous=True))
    come_in(low, name, client)
    if client.sessions is not None:
        begin_session(low, name, client.sessions, attendance.session_age or client.sessions.age)
    asm.count(asm.series("people", client=name, change="join"))
    _open_tabs(low, name, client, tab)
    again = _login_again(low, name, attendance, (tab, max(int(number) for number in client.tabs)))
    if attendance.stay is None:
        asm.hold(asm.const(low.scenario.duration))
    else:
        with asm.temp() as time:
            asm.hold(put(asm, time, attendance.stay, f"{name}.stay", exogenous=True))
    asm.cancel(_TABS_GROUP)
    asm.count(asm.series("people", client=name, change="leave"))
    asm.end()
    again()
    _lower_tab(low, name, client, tab)
    return entry


def _login_again(low: Lowering, name: str, attendance: Attendance, where: tuple[Label, int]) -> Callable[[], None]:
    """Rows for those who log in a second time; what is returned writes the rows that open the further tab."""
    again, asm = attendance.again, low.asm
    if again is None or low.logins is None:
        return lambda: None
    register, second, once = low.logins, asm.label("second login"), asm.label("once")
    tab, number = where
    with asm.temp() as does:
        asm.draw(does, asm.table(quantiles.bernoulli(again.share)), f"{name}.again", exogenous=True)
        asm.test(does, Cmp.EQ, asm.const(0), once)
    asm.spawn(second, _TABS_GROUP, tab=asm.const(number), leaving=Leaving.CANCEL)
    asm.place(once)

    def body() -> None:
        asm.place(second)
        with asm.temp() as time:
            asm.hold(put(asm, time, again.after, f"{name}.again.after", exogenous=True))
        asm.copy(asm.tab(register), asm.const(1))
        asm.copy(asm.person("logged in again"), asm.now)
        if low.sessions is not None:  # elsewhere, with a session of its own, which is new
            asm.copy(sessions_of(low).key, asm.const(0))
        asm.count(asm.series("logins_again", client=name))
        asm.jump(tab)

    return body


def _initial_row(low: Lowering, name: str, table: Table) -> None:
    if table.initially in {"never", "always"} or name not in low.rows:
        return
    rows = low.rows[name]
    low.asm.copy(low.asm.shared(rows.present, rows.key), low.attributes[table.initially])
    grow(low, name, low.attributes[table.initially])


def _open_tabs(low: Lowering, name: str, client: Client, tab: Label) -> None:
    """Rows that open as many tabs as this person has."""
    asm = low.asm
    shares = sorted((int(number), share) for number, share in client.tabs.items() if share > 0)
    most = shares[-1][0]
    opened = asm.label("opened")
    with asm.temp() as draw:
        million = 1_000_000
        if len(shares) > 1:
            asm.draw(draw, asm.table(quantiles.uniform(0, million)), f"{name}.tabs", exogenous=True)
        for number in range(most):
            below = round(million * sum(share for tabs, share in shares if tabs <= number))
            if below:
                asm.test(draw, Cmp.LT, asm.const(below), opened)
            asm.spawn(tab, _TABS_GROUP, tab=asm.const(number), leaving=Leaving.CANCEL)
    asm.place(opened)


def _lower_tab(low: Lowering, name: str, client: Client, tab: Label) -> None:
    """Rows of a tab: its loops, side by side."""
    asm = low.asm
    asm.place(tab)
    asm.copy(low.tab, asm.self_(Self.TAB_ID))
    loops = {key: (asm.label(key), asm.label("finally")) for key in client.loops}
    for key, loop in client.loops.items():
        skip = asm.label("skip")
        if loop.tab == "first":
            asm.test(asm.self_(Self.TAB), Cmp.NE, asm.const(0), skip)
        if loop.when is not None:
            go_unless(low, loop.when, skip)
        start, block = loops[key]
        asm.spawn(start, _LOOPS_GROUP, leaving=Leaving.CANCEL, finally_=block)
        asm.place(skip)
    bodies = [*begin_life(low, name, client, _LOOPS_GROUP), *open_page(low, name, client, _LOOPS_GROUP)]
    browser = None if client.sessions is None else Browser.of(low, name, client.sessions)
    if browser is not None:
        bodies += browser.begin_ticks(client, _LOOPS_GROUP)
    with asm.temp() as ignored:
        asm.join(ignored, _LOOPS_GROUP, JoinMode.SETTLED)
    asm.end()
    for key, loop in client.loops.items():
        asm.at(f"clients.{name}.loops.{key}")
        _lower_loop(low, (name, key), loop, loops[key], browser)
    for body in bodies:
        asm.at(f"clients.{name}.channels")
        body()
    if browser is not None:
        asm.at(f"clients.{name}.sessions")
        browser.lower_routine()


def _caller(low: Lowering, client: str, key: str, loop: Loop, browser: Browser | None) -> Caller:
    """Who calls in a loop, with what it does about failures."""
    timeout = None if loop.timeout is None else Distribution("constant", (("value", float(loop.timeout)),))
    retry = breaker = None
    if loop.retry is not None:
        retry = Retrying.of(low, loop.retry, f"{client}.{key}", loop.call)
    if loop.breaker is not None:
        name = f"{client}.{key}"
        breaker = BreakerParts.of(low, loop.breaker, name, client=client, endpoint=loop.call, patience_ns=loop.timeout)
    return Caller(client, loop.call, timeout, retry=retry, breaker=breaker, browser=browser)


def _lower_loop(
    low: Lowering, name: tuple[str, str], loop: Loop, labels: tuple[Label, Label], browser: Browser | None
) -> None:
    """Rows of one loop: wait, call, wait, call; closed in one task, open with a task a call."""
    asm, (client, key) = low.asm, name
    start, block = labels
    stream = f"{client}.{key}"
    caller, pacing = _caller(low, client, key, loop, browser), Pacing(low, loop, stream)
    asm.place(start)
    asm.copy(asm.task("in call"), asm.const(0))
    gate = Gate(low, low.design.clients[client], loop)
    ordinal, calls = operand(Space.TASK, ORDINAL_SLOT), (stream_number(stream) & 0x3FFFFFFF) << 32
    if gate.closes:
        asm.copy(ordinal, asm.const(calls))
        gate.wait()
        hold(asm, loop.first, f"{stream}.first")
    else:
        hold(asm, loop.first, f"{stream}.first")
        asm.copy(ordinal, asm.const(calls))
    pacing.begin()
    again, stopped, abandoned = asm.here("again"), asm.label("stopped"), asm.label("abandoned")
    pause(low, client, key)
    gate.go_back()
    pacing.go_if_stopped(stopped)
    if browser is not None:
        browser.go_if_left(stopped)
    asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
    if loop.timing == "open" and loop.every is not None:
        called = asm.label("call")
        asm.spawn(called, _OPEN_GROUP, leaving=Leaving.CANCEL, finally_=abandoned)
        _wait(low, loop, stream, (gate, pacing))
        asm.jump(again)
        asm.place(called)
        asm.copy(asm.task("in call"), asm.const(0))
        lower_call(low, caller)
        pacing.after_call(asm.task("call status"))
        asm.place(stopped)
        asm.end()
    else:
        lower_call(low, caller)
        if loop.every is not None:
            pacing.after_call(asm.task("call status"))
            _wait(low, loop, stream, (gate, pacing))
            asm.jump(again)
        asm.place(stopped)
        if loop.every is None or pacing.stops or browser is not None:
            asm.end()
    asm.place(block)
    end_pause(low, client, key)
    asm.place(abandoned)
    lower_abandonment(low, caller)


def _wait(low: Lowering, loop: Loop, stream: str, what: tuple[Gate, Pacing]) -> None:
    """Rows that let the time between calls pass: the interval plus or minus its jitter."""
    asm, (gate, pacing) = low.asm, what
    if loop.every is None:
        return
    asm.copy(operand(Space.TASK, 1), asm.const(0))
    with asm.temp() as interval, asm.temp() as jitter:
        asm.copy(interval, put(asm, interval, loop.every, f"{stream}.every"))
        pacing.take_setting(interval)
        if loop.jitter:
            asm.draw(jitter, asm.table(quantiles.uniform(0, 2 * loop.jitter)), f"{stream}.jitter")
            asm.set(interval, Fn.ADD, interval, jitter)
            asm.set(interval, Fn.SUB, interval, asm.const(loop.jitter))
        low.loads.hasten(asm, stream.partition(".")[0], interval)
        stretch(low, stream, interval)
        pacing.stretch(interval)
        gate.throttle(interval)
        asm.hold(interval)
