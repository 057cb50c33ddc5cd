"""What one webinar may take of a project: requests at once, sockets, messages; held by the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.realtime.parts import go_if_over
from eventlive_sim.program.primitives import NONE, Cmp, Fn, MeterWindow, StationKind
from eventlive_sim.program.program import StationSpec

if TYPE_CHECKING:
    from eventlive_sim.model.tenancy import Quotas
    from eventlive_sim.program.lower.context import Handler, Lowering
    from eventlive_sim.program.scoped import ScopedAssembler

SHARE = "share_requests"


@dataclass(frozen=True)
class Shares:
    """Station, register and meter that hold a webinar's quotas; NONE where there is none."""

    spec: Quotas
    requests: int = NONE
    sockets: int = NONE
    told: int = NONE


def shares_of(asm: ScopedAssembler, low: Lowering) -> Shares:
    """Parts of the quotas that the design sets for a webinar."""
    spec, service = low.design.tenancy.quotas, low.design.platform.project.realtime
    requests = sockets = told = NONE
    if spec.requests is not None:
        requests = asm.station(StationSpec(SHARE, StationKind.FIFO, servers=spec.requests))
    if spec.connections is not None:
        sockets = asm.register("share_sockets")
    if spec.messages_second is not None:
        ticks = max(1, service.window // service.tick)
        length = service.tick * ticks
        meter = StationSpec(
            "share_told", StationKind.METER, window=MeterWindow.TICKED, length_ns=length, ticks=ticks, recorded=False
        )
        told = asm.station(meter)
    return Shares(spec, requests, sockets, told)


def within_quota(handler: Handler, step: str, ask: Callable[[], None]) -> None:
    """Rows of a request of a function that waits for its webinar's turn; of a browser's own the request alone.

    A call whose request waits too long is answered 429.
    """
    asm, shares = handler.asm, handler.low.shares
    if shares.requests == NONE or handler.direct:
        ask()
        return
    refused, over = asm.label("over quota"), asm.label("over")
    with asm.temp() as granted:
        asm.enter(shares.requests, granted, patience=asm.const(shares.spec.wait))
        asm.test(granted, Cmp.EQ, asm.const(0), refused)
    ask()
    asm.leave(shares.requests)
    asm.jump(over)
    asm.place(refused)
    asm.count(asm.series("quota_refused", endpoint=handler.name, step=step))
    asm.copy(handler.low.answer, asm.const(429))
    asm.jump(handler.finish)
    asm.place(over)


def go_if_too_many_sockets(low: Lowering, target: Label) -> None:
    """Rows that go to `target` while the webinar holds as many sockets as it may."""
    most = low.shares.spec.connections
    if most is not None:
        low.asm.test(low.asm.shared(low.shares.sockets), Cmp.GE, low.asm.const(most), target)


def count_socket(low: Lowering, by: Fn) -> None:
    """Row that counts a socket of the webinar as opened (ADD) or closed (SUB)."""
    if low.shares.sockets != NONE:
        held = low.asm.shared(low.shares.sockets)
        low.asm.set(held, by, held, low.asm.const(1))


def go_if_share_is_told(low: Lowering, target: Label) -> None:
    """Rows that go to `target` while the webinar has told as much as it may."""
    rt, most = low.realtime, low.shares.spec.messages_second
    if most is not None and rt is not None:
        go_if_over(low.asm, rt, low.shares.told, most, target)


def add_to_share(low: Lowering, receivers: int) -> None:
    """Rows that count what the webinar tells, once for each receiver."""
    if low.shares.told != NONE:
        low.asm.add(low.shares.told, receivers)
