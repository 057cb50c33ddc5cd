"""What lies between coming and being in: an appointment that was put off, and a waiting room."""

from __future__ import annotations

from eventlive_sim.model.design import Client
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.primitives import Fn


def come_in(low: Lowering, name: str, client: Client) -> None:
    """Rows of a person who has come: they wait for their time, then at the door; how long both took is ``entry_wait``."""
    asm = low.asm
    if client.staggered is None and client.door is None:
        return
    with asm.temp() as came:
        asm.copy(came, asm.now)
        if client.staggered is not None:
            with asm.temp() as later:
                asm.hold(put(asm, later, client.staggered, f"{name}.staggered", exogenous=True))
        if client.door is not None:
            with asm.temp() as granted:
                asm.enter(low.stations[client.door], granted)
        asm.set(came, Fn.SUB, asm.now, came)
        asm.count(asm.series("entry_wait", trend=True, unit="ns", client=name), came)
