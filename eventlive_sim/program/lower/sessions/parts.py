"""Registers of sessions: what the Auth service knows of each, what the browser and its cookie hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.sessions import Tokens
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import NONE, Cmp, Fn, StationKind
from eventlive_sim.program.program import StationSpec

if TYPE_CHECKING:
    from eventlive_sim.program.lower.context import Lowering

RING = 4
"""Tokens of a session whose times the service remembers, the newest; any before them was spent long ago. Within a reuse
interval no session spends more, since each takes a refresh."""


@dataclass(frozen=True)
class SessionParts:
    """All registers and stations of sessions; by session unless said otherwise. Session 0 is nobody's.

    Attributes
    ----------
    key : int
        Operand of the task register that holds the session.
    latest, parent, buried, refreshed, gone : int
        Of the service: number of the newest token, of the one that it was given for, of the newest one that a revoked
        family holds; time of the last refresh; whether the session was deleted.
    made, spent : int
        Of the service, by session and token modulo ``RING``: when a token was given out and when it was given in.
    held, expires, out, cooled : int
        Of the browser: token, when its access token expires, whether it was signed out, until when it refreshes nothing.
    cookie, cookie_expires : int
        Of the cookie that functions read; token 0: there is none.
    given, given_expires : int
        What functions were given last.
    flying, landed : int
        Whether a function refreshes for the session, and the signal that it has; both where functions share that.
    asked_for : int
        The token that the functions' last answer was for.
    lock, tabs, limit : int
        Stations: rows of the session in the service; the browser's lock over its tabs; tokens by address (or NONE).
    routine, landing : Label
        Where a function's refresh begins, and the block that ends it.
    joined, renewed : int
        Signals: by tab, a refresh of the browser's client is over; by session, the browser holds another token, or none.
    """

    tokens: Tokens
    key: int
    latest: int
    parent: int
    buried: int
    refreshed: int
    gone: int
    made: int
    spent: int
    held: int
    expires: int
    out: int
    cooled: int
    cookie: int
    cookie_expires: int
    given: int
    given_expires: int
    flying: int
    asked_for: int
    landed: int
    joined: int
    renewed: int
    lock: int
    tabs: int
    limit: int
    routine: Label
    landing: Label

    def ring_key(self, asm: Assembler, token: int, dest: int) -> None:
        """Rows that put the key of a token's times into a task register."""
        asm.set(dest, Fn.DIV, token, asm.const(RING))
        asm.set(dest, Fn.MUL, dest, asm.const(RING))
        asm.set(dest, Fn.SUB, token, dest)
        with asm.temp() as base:
            asm.set(base, Fn.MUL, self.key, asm.const(RING))
            asm.set(dest, Fn.ADD, dest, base)


def parts_of_sessions(
    asm: Assembler, design: Design, scenario: Scenario, people: int, tabs: int
) -> SessionParts | None:
    """Parts of sessions; None where no client of the scenario has any."""
    if not any(design.clients[name].sessions for name in scenario.clients if name in design.clients):
        return None
    tokens, sessions = design.platform.project.auth.tokens, people + 1
    limit = NONE
    if tokens.burst:
        addresses = people + design.platform.functions.addresses
        limit = asm.station(
            StationSpec("token_limit", StationKind.BUCKET, keys=addresses, interval_ns=tokens.every, burst=tokens.burst)
        )
    ring = ("made", "spent")
    names = (
        *("latest", "parent", "buried", "refreshed", "gone", "held", "expires", "out", "cooled"),
        *("cookie", "cookie_expires", "given", "given_expires", "flying", "asked_for"),
    )
    registers = {name: asm.register(f"session.{name}", sessions) for name in names}
    registers |= {name: asm.register(f"session.{name}", sessions * RING) for name in ring}
    return SessionParts(
        tokens=tokens,
        key=asm.task("session"),
        **registers,
        landed=asm.new_signal("session.landed", sessions),
        joined=asm.new_signal("session.joined", tabs),
        renewed=asm.new_signal("session.renewed", sessions),
        lock=asm.station(StationSpec("lock.session", StationKind.LOCK, keys=sessions)),
        tabs=asm.station(StationSpec("lock.browser", StationKind.LOCK, keys=sessions)),
        limit=limit,
        routine=asm.label("refresh in a function"),
        landing=asm.label("refresh over"),
    )


def sessions_of(low: Lowering) -> SessionParts:
    """Parts of sessions; only asked for where there are some."""
    if low.sessions is None:
        message = "no client of the scenario has sessions"
        raise AssertionError(message)
    return low.sessions


def shared(low: Lowering, what: str) -> int:
    """Operand of a register of the task's session."""
    parts = sessions_of(low)
    return low.asm.shared(getattr(parts, what), parts.key)


def trait(low: Lowering, what: str) -> int:
    """Operand of what is so for all calls of a person: ssr, kept, one_store, flight, checks, margin, forgets."""
    return low.asm.person(f"session {what}")


def go_if_nobody(low: Lowering, target: Label) -> None:
    """Rows that go to `target` for a caller without a session."""
    low.asm.test(sessions_of(low).key, Cmp.EQ, low.asm.const(0), target)


def put_left(low: Lowering, dest: int, expires: str) -> None:
    """Rows that put the time which an access token still holds into a register; below 0 it has expired."""
    low.asm.set(dest, Fn.SUB, shared(low, expires), low.asm.now)


def tell_renewed(low: Lowering) -> None:
    """Rows that tell the tabs of the task's session that the browser holds another token, or that it is signed out."""
    low.asm.signal(sessions_of(low).renewed, key=sessions_of(low).key)
