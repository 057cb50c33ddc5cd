"""What degrade mode does: functions tell the level and refuse; pages learn of it, wait longer between calls, or stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.answers import RETRY_AFTER
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.monitor import DegradeParts
from eventlive_sim.program.primitives import Cmp, Fn, Leaving

if TYPE_CHECKING:
    from eventlive_sim.model.design import Client
    from eventlive_sim.program.lower.context import Handler, Lowering

_THOUSAND = 1_000
_FAILED = 500
_SAID, _BEGAN, _REFUSED = "degrade said", "degrade began", "degrade refused"
"""Call registers: the level that the answer carries, plus 1; when a function took the call; whether it was refused."""


def _known(low: Lowering) -> int:
    """Operand of the level that the tab knows of."""
    return low.asm.tab("degrade level")


def _offered(low: Lowering) -> int:
    """Operand of the level that the last answer to the tab carried, plus 1; 0 for none."""
    return low.asm.tab("degrade offered")


# ---------------------------------------------------------------- functions


def took(handler: Handler) -> None:
    """Row where a function, or the project, takes a call: from here on its answer is slow or not."""
    if _watched(handler):
        handler.asm.copy(handler.asm.call(_BEGAN), handler.asm.now)


def go_if_refused(handler: Handler, target: Label) -> None:
    """Rows that answer at once while a level says so."""
    asm, parts = handler.asm, handler.low.degrade
    if parts is None:
        return
    for number, refusal in reversed(parts.spec.refuses(handler.name)):
        lower = asm.label("lower")
        asm.test(asm.shared(parts.level), Cmp.LT, asm.const(number), lower)
        asm.copy(handler.low.answer, asm.const(refusal.status))
        asm.copy(asm.call(RETRY_AFTER), asm.const(refusal.retry_after))
        asm.copy(asm.call(_REFUSED), asm.const(1))
        asm.jump(target)
        asm.place(lower)


def go_if_level(low: Lowering, level: str, target: Label, *, when: bool) -> None:
    """Rows of a handler that go to `target` when a level holds, or one above it (`when`); or when none of them does."""
    if low.degrade is not None:
        number = 1 + list(low.degrade.spec.levels).index(level)
        low.asm.test(low.asm.shared(low.degrade.level), Cmp.GE if when else Cmp.LT, low.asm.const(number), target)


def can_refuse(handler: Handler) -> bool:
    """Whether an answer may come from a level, and asks the caller to wait."""
    parts = handler.low.degrade
    return parts is not None and bool(parts.spec.refuses(handler.name))


def say(handler: Handler) -> None:
    """Row of a function that writes the level into its answer. A platform that refuses the call itself writes none."""
    asm, parts = handler.asm, handler.low.degrade
    if _tells(handler) and parts is not None:
        asm.set(asm.call(_SAID), Fn.ADD, asm.shared(parts.level), asm.const(1))


def offer(handler: Handler) -> None:
    """Row that hands what the answer carries to the tab, which reads it if it still waits."""
    if _tells(handler):
        handler.asm.copy(_offered(handler.low), handler.asm.call(_SAID))


def note_answer(handler: Handler) -> None:
    """Rows that tell the monitor's meters of an answer; one that a level gave says nothing about the system."""
    asm, parts = handler.asm, handler.low.degrade
    if parts is None or not _watched(handler):
        return
    over = asm.label("noted")
    asm.test(asm.call(_REFUSED), Cmp.NE, asm.const(0), over)
    for name, meter in parts.meters.items():
        signal = parts.spec.signals[name]
        if handler.name not in signal.answers:
            continue
        fine = asm.label("fine")
        with asm.temp() as bad:
            if signal.slow is None:
                asm.copy(bad, asm.const(0))
                asm.test(handler.low.answer, Cmp.LT, asm.const(_FAILED), fine)
                asm.copy(bad, asm.const(1))
                asm.place(fine)
            else:
                slow = asm.label("slow")
                asm.set(bad, Fn.SUB, asm.now, asm.call(_BEGAN))
                asm.test(bad, Cmp.GT, asm.const(signal.slow), slow)
                asm.copy(bad, asm.const(0))
                asm.jump(fine)
                asm.place(slow)
                asm.copy(bad, asm.const(1))
                asm.place(fine)
            asm.add(meter, bad)
    asm.place(over)


def _watched(handler: Handler) -> bool:
    parts = handler.low.degrade
    return parts is not None and any(handler.name in one.answers for one in parts.spec.signals.values())


def _tells(handler: Handler) -> bool:
    parts = handler.low.degrade
    return parts is not None and parts.spec.told.answers and handler.endpoint.runs_on == "vercel"


# ---------------------------------------------------------------- pages


def open_page(low: Lowering, name: str, client: Client, group: int) -> list[Callable[[], None]]:
    """Rows of a tab that opens: it is told with its page, and begins to look; what is returned writes rows that it runs."""
    parts = low.degrade
    if parts is None or not _concerned(parts, name, client):
        return []
    asm = low.asm
    asm.copy(_known(low), asm.shared(parts.level))
    bodies: list[Callable[[], None]] = []
    if any(parts.spec.stops(f"{name}.{loop}") for loop in client.loops):
        horizon = asm.label("degrade horizon")
        asm.spawn(horizon, group, leaving=Leaving.CANCEL)
        bodies.append(lambda: _lower_horizon(low, name, client, horizon))
    if parts.spec.told.poll is not None:
        looking = asm.label("looking")
        asm.spawn(looking, group, leaving=Leaving.CANCEL)
        bodies.append(lambda: _lower_looking(low, parts, name, looking))
    return bodies


def _lower_horizon(low: Lowering, name: str, client: Client, start: Label) -> None:
    """Rows of a tab that is still open when the event is over: what is stopped then counts until then."""
    asm = low.asm
    asm.at("degrade")
    asm.place(start)
    with asm.temp() as left:
        asm.set(left, Fn.SUB, asm.const(low.scenario.duration - 1), asm.now)
        asm.hold(left)
    for loop in client.loops:
        end_pause(low, name, loop)
    asm.end()


def _concerned(parts: DegradeParts, name: str, client: Client) -> bool:
    """Whether a level ever changes what this client does."""
    return any(f"{name}.{loop}" in parts.spec.paths() for loop in client.loops)


def _lower_looking(low: Lowering, parts: DegradeParts, name: str, start: Label) -> None:
    """Rows of a tab that looks at the flag every so often, whatever else it does."""
    asm, law, turn = low.asm, parts.spec.told.poll, low.asm.tab("degrade turn")
    if law is None:
        return
    asm.at("degrade.told")
    asm.place(start)
    again = asm.here("again")
    asm.set(turn, Fn.ADD, turn, asm.const(1))
    with asm.temp() as time:
        asm.hold(put(asm, time, law, f"{name}.degrade.poll", occurrence=turn, exogenous=True))
    asm.count(asm.series("degrade_polls", client=name))
    _learn(low, parts, name, asm.shared(parts.level))
    asm.jump(again)


def learn_from_answer(low: Lowering, client: str, endpoint: str) -> None:
    """Rows of a tab that has its answer: it reads the level there."""
    parts, design = low.degrade, low.design
    if parts is None or not parts.spec.told.answers or design.endpoints[endpoint].runs_on != "vercel":
        return
    if client not in design.clients or not _concerned(parts, client, design.clients[client]):
        return
    asm, silent = low.asm, low.asm.label("silent")
    with asm.temp() as level:
        asm.set(level, Fn.SUB, _offered(low), asm.const(1))
        asm.test(level, Cmp.LT, asm.const(0), silent)
        _learn(low, parts, client, level)
    asm.place(silent)


def _learn(low: Lowering, parts: DegradeParts, client: str, level: int) -> None:
    """Rows that take up another level than the tab knows of, and wake what waits for it."""
    asm, same = low.asm, low.asm.label("same")
    asm.test(_known(low), Cmp.EQ, level, same)
    asm.copy(_known(low), level)
    with asm.temp() as late:
        asm.set(late, Fn.SUB, asm.now, asm.shared(parts.decided_at))
        asm.count(asm.series("degrade_told", trend=True, unit="ns", client=client), late)
    asm.signal(parts.told, key=low.tab)
    asm.place(same)


def pause(low: Lowering, client: str, loop: str) -> None:
    """Rows before a call of a loop that a level stops: it waits until its tab knows that the level is over."""
    parts = low.degrade
    number = None if parts is None else parts.spec.stops(f"{client}.{loop}")
    if parts is None or number is None:
        return
    asm, on = low.asm, low.asm.label("not stopped")
    asm.test(_known(low), Cmp.LT, asm.const(number), on)
    # 0 says that it is not stopped; a loop may be from the very beginning.
    asm.set(_stopped_since(low, client, loop), Fn.MAX, asm.now, asm.const(1))
    with asm.temp() as ignored:
        still = asm.here("stopped")
        asm.await_(ignored, parts.told, key=low.tab)
        asm.test(_known(low), Cmp.GE, asm.const(number), still)
    end_pause(low, client, loop)
    asm.place(on)


def end_pause(low: Lowering, client: str, loop: str) -> None:
    """Rows where a stop ends: with the level, with the tab, or with the event. Nothing where the loop is not stopped."""
    if low.degrade is None or low.degrade.spec.stops(f"{client}.{loop}") is None:
        return
    asm, since, on = low.asm, _stopped_since(low, client, loop), low.asm.label("no stop")
    asm.test(since, Cmp.EQ, asm.const(0), on)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, since)
        asm.count(_held_back(low, f"{client}.{loop}"), lasted)
    asm.copy(since, asm.const(0))
    asm.place(on)


def _stopped_since(low: Lowering, client: str, loop: str) -> int:
    return low.asm.tab(f"stopped since {client}.{loop}")


def stretch(low: Lowering, path: str, interval: int) -> None:
    """Rows that make a loop's interval as many times as long as the tab's level says; the highest that names it."""
    parts = low.degrade
    slows = [] if parts is None else parts.spec.slows(path)
    if not slows:
        return
    asm, on = low.asm, low.asm.label("stretched")
    with asm.temp() as usual:
        asm.copy(usual, interval)
        for number, times in reversed(slows):
            lower = asm.label("lower")
            asm.test(_known(low), Cmp.LT, asm.const(number), lower)
            asm.set(interval, Fn.MUL, interval, asm.const(round(times * _THOUSAND)))
            asm.set(interval, Fn.DIV, interval, asm.const(_THOUSAND))
            asm.set(usual, Fn.SUB, interval, usual)
            asm.count(_held_back(low, path), usual)
            asm.jump(on)
            asm.place(lower)
    asm.place(on)


def _held_back(low: Lowering, path: str) -> int:
    """Index of the series of calls that came later, and by how much."""
    client, loop = path.split(".")
    endpoint = low.design.clients[client].loops[loop].call
    return low.asm.series("held_back", trend=True, unit="ns", client=client, endpoint=endpoint)
