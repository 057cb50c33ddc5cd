"""What a tab does besides its loops: it holds a socket, makes its checks, is looked at and hidden."""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.model.design import Client
from eventlive_sim.model.realtime import Visibility
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.realtime.checks import begin_checks
from eventlive_sim.program.lower.realtime.sockets import last_ages, open_socket
from eventlive_sim.program.lower.realtime.tabs import hidden, parts
from eventlive_sim.program.primitives import Fn, Leaving


def begin_life(low: Lowering, name: str, client: Client, group: int) -> list[Callable[[], None]]:
    """Rows that begin all of it; what is returned writes the rows that they run."""
    asm = low.asm
    bodies: list[Callable[[], None]] = []
    if client.held:
        bodies = [open_socket(low, name, client, group), *begin_checks(low, client, group)]
        horizon = asm.label("horizon")
        asm.spawn(horizon, group, leaving=Leaving.CANCEL)
        bodies.append(lambda: _lower_horizon(low, client, horizon))
    seen = client.visibility
    if seen is not None:
        turning = asm.label("turning")
        asm.spawn(turning, group, leaving=Leaving.CANCEL)
        bodies.append(lambda: _lower_visibility(low, name, seen, turning))
    return bodies


def _lower_horizon(low: Lowering, client: Client, start: Label) -> None:
    """Rows of a tab that is still open when the event is over: what it could not see then counts too."""
    asm = low.asm
    asm.place(start)
    with asm.temp() as left:
        asm.set(left, Fn.SUB, asm.const(low.scenario.duration - 1), asm.now)
        asm.hold(left)
    last_ages(low, client)
    asm.end()


def _lower_visibility(low: Lowering, name: str, seen: Visibility, start: Label) -> None:
    """Rows that hide a tab and bring it back, whatever the design does with it."""
    asm, turn = low.asm, low.asm.tab("hidden turn")
    asm.place(start)
    again = asm.here("again")
    asm.set(turn, Fn.ADD, turn, asm.const(1))
    for law, is_hidden, word in ((seen.visible, 0, "visible"), (seen.hidden, 1, "hidden")):
        asm.copy(hidden(low), asm.const(is_hidden))
        asm.signal(parts(low).turned, key=low.tab)
        with asm.temp() as time:
            asm.hold(put(asm, time, law, f"{name}.{word}", occurrence=turn, exogenous=True))
    asm.jump(again)
