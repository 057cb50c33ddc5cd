"""What a tab keeps of its channels: which are up, and since when it has not heard what it shows."""

from __future__ import annotations

from eventlive_sim.model.conditions import All, AnyOf, Condition, Is, Not
from eventlive_sim.model.design import Client
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.realtime.parts import RealtimeParts, Topic
from eventlive_sim.program.primitives import Cmp, Fn


def parts(low: Lowering) -> RealtimeParts:
    """Parts of the service; only asked for where some client holds channels."""
    if low.realtime is None:
        message = "no client of the scenario holds a channel"
        raise AssertionError(message)
    return low.realtime


def up(low: Lowering, channel: str) -> int:
    """Operand: whether the tab has joined the channel."""
    return low.asm.tab(f"up {channel}")


def closed(low: Lowering, channel: str) -> int:
    """Operand: whether the service closed the tab's channel, so that the library leaves it closed."""
    return low.asm.tab(f"closed {channel}")


def hidden(low: Lowering) -> int:
    """Operand: whether the tab lies behind others."""
    return low.asm.tab("hidden")


def seen_through(client: Client, topic: Topic) -> list[str]:
    """Names of what a tab hears over a channel as it happens: its rows, and logins that it is told of."""
    told = [name for name, check in client.checks.items() if check.on == topic.name and check.by == "event"]
    return [*([topic.spec.shows] if topic.spec.shows is not None else []), *told]


def age(low: Lowering, name: str) -> None:
    """Rows that record how old what the tab shows has become; nothing while it is told at once."""
    asm, shown, live = low.asm, low.asm.tab(f"shown {name}"), low.asm.label("live")
    asm.test(shown, Cmp.EQ, asm.const(0), live)
    with asm.temp() as lasted:
        asm.set(lasted, Fn.SUB, asm.now, shown)
        asm.count(asm.series("freshness", trend=True, unit="ns", of=name), lasted)
    asm.place(live)


def hears_from_now(low: Lowering, name: str) -> None:
    """Row of a tab that opens: it shows nothing older than this; 0, the beginning, would say that it is told at once."""
    low.asm.set(low.asm.tab(f"shown {name}"), Fn.MAX, low.asm.now, low.asm.const(1))


def network(low: Lowering, way: str) -> None:
    """Rows of one message between browser and project: drawn anew each time."""
    asm, turn = low.asm, low.asm.tab("realtime turn")
    law = low.design.platform.path.client_project
    if law.is_zero:
        return
    asm.set(turn, Fn.ADD, turn, asm.const(1))
    with asm.temp() as time:
        asm.hold(put(asm, time, law, f"realtime.{way}", occurrence=turn))


def go_unless_channels(low: Lowering, condition: Condition, target: Label) -> None:
    """Rows that go to `target` when a condition on the tab's channels does not hold."""
    _go(low, condition, target, when=False)


def _go(low: Lowering, condition: Condition, target: Label, *, when: bool) -> None:
    asm = low.asm
    match condition:
        case Is(subject, value):
            cmp = Cmp.NE if (value == "up") == when else Cmp.EQ
            asm.test(up(low, subject), cmp, asm.const(0), target)
        case Not(inner):
            _go(low, inner, target, when=not when)
        case All(inners) | AnyOf(inners):
            if isinstance(condition, AnyOf) == when:
                for inner in inners:
                    _go(low, inner, target, when=when)
            else:
                on = asm.label("on")
                for inner in inners[:-1]:
                    _go(low, inner, on, when=not when)
                _go(low, inners[-1], target, when=when)
                asm.place(on)
