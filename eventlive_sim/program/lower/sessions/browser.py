"""The browser's client: it looks at its token on a tick and before calls, and refreshes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from eventlive_sim.model.design import Client
from eventlive_sim.model.sessions import Sessions
from eventlive_sim.program.assembler import Label, stream_number
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.realtime.tabs import hidden, parts
from eventlive_sim.program.lower.sessions.library import refresh
from eventlive_sim.program.lower.sessions.parts import go_if_nobody, put_left, sessions_of, shared, tell_renewed, trait
from eventlive_sim.program.lower.sessions.service import Asking
from eventlive_sim.program.primitives import ORDINAL_SLOT, Cmp, Fn, JoinMode, Leaving, Space, operand

_REFRESH_GROUP = 0
_FOR_EVER = -1


@dataclass(frozen=True)
class Browser:
    """The client library in the tabs of one kind of people.

    Attributes
    ----------
    routine, left : Label
        Where a refresh begins, and the block that ends it.
    """

    low: Lowering = field(repr=False)
    name: str
    spec: Sessions
    routine: Label
    left: Label

    @classmethod
    def of(cls, low: Lowering, name: str, spec: Sessions) -> Browser:
        """Library of a client, its labels not placed yet."""
        return cls(low, name, spec, low.asm.label("refresh"), low.asm.label("refresh over"))

    # ---------------------------------------------------------------- tokens before calls, and on the tick

    def before_call(self, *, direct: bool) -> None:
        """Rows before a call whose token the browser sends: one that is about to expire is refreshed first."""
        asm, on, due = self.low.asm, self.low.asm.label("on"), self.low.asm.label("due")
        go_if_nobody(self.low, on)
        if not direct:
            asm.test(trait(self.low, "ssr"), Cmp.NE, asm.const(0), on)
        asm.test(shared(self.low, "out"), Cmp.NE, asm.const(0), on)
        with asm.temp() as left:
            put_left(self.low, left, "expires")
            asm.test(left, Cmp.LT, asm.const(self.spec.margin), due)
        asm.jump(on)
        asm.place(due)
        self._refreshed(on, patient=True)
        asm.place(on)

    def _refreshed(self, over: Label, *, patient: bool) -> None:
        """Rows that wait for a refresh: the one under way in this tab, or an own one."""
        asm, low = self.low.asm, self.low
        joins = self.spec.single_flight.client
        busy, own = asm.tab("refreshing"), asm.label("own")
        if self.spec.cooldown:
            asm.test(shared(low, "cooled"), Cmp.GT, asm.now, over)
        if joins:
            asm.test(busy, Cmp.EQ, asm.const(0), own)
            with asm.temp() as ignored:
                asm.await_(ignored, sessions_of(low).joined, key=low.tab)
            asm.jump(over)
            asm.place(own)
            asm.copy(busy, asm.const(1))
        asm.copy(asm.tab("lock patience"), asm.const(_FOR_EVER if patient else 0))
        asm.spawn(
            self.routine,
            _REFRESH_GROUP,
            new_call=True,
            leaving=Leaving.CANCEL,
            finally_=self.left if joins else None,
        )
        with asm.temp() as ignored:
            asm.join(ignored, _REFRESH_GROUP, JoinMode.SETTLED)

    def begin_ticks(self, client: Client, group: int) -> list[Callable[[], None]]:
        """Rows of a tab that begin the ticks; what is returned writes the rows that they run."""
        start = self.low.asm.label("ticks")
        self.low.asm.spawn(start, group, leaving=Leaving.CANCEL)
        return [lambda: self._lower_ticks(client, start)]

    def _lower_ticks(self, client: Client, start: Label) -> None:
        """Rows of the library's timer: it looks as the tab opens, then on each tick, and rests while the tab is hidden."""
        asm, low, spec = self.low.asm, self.low, self.spec
        ordinal, over, due, on = operand(Space.TASK, ORDINAL_SLOT), asm.label("over"), asm.label("due"), asm.label("on")
        asm.place(start)
        go_if_nobody(low, over)
        asm.copy(ordinal, asm.const((stream_number(f"{self.name}.token") & 0x3FFFFFFF) << 32))
        self.before_call(direct=True)
        again, look = asm.here("again"), asm.label("look")
        asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
        counted = asm.here("counted")
        if client.visibility is not None:
            asm.test(hidden(low), Cmp.EQ, asm.const(0), look)
            with asm.temp() as ignored:
                asm.await_(ignored, parts(low).turned, key=low.tab)
            asm.jump(counted)
        asm.place(look)
        asm.test(shared(low, "out"), Cmp.NE, asm.const(0), over)
        with asm.temp() as idle:
            put_left(low, idle, "expires")
            asm.set(idle, Fn.DIV, idle, asm.const(spec.tick))
            asm.set(idle, Fn.SUB, idle, asm.const(spec.ticks_ahead))
            asm.test(idle, Cmp.LE, asm.const(0), due)
            asm.test(idle, Cmp.EQ, asm.const(1), on)
            self._skip(client, idle, counted)
        asm.place(due)
        self._refreshed(on, patient=False)
        asm.place(on)
        asm.hold(asm.const(spec.tick))
        asm.jump(again)
        asm.place(over)
        asm.end()

    def _skip(self, client: Client, idle: int, counted: Label) -> None:
        """Rows that pass over the ticks at which nothing would be done.

        The next that matters finds the token due, or is the first after the tab was hidden or another token came. What is
        drawn at a tick depends on its number, which goes on as if all had come.
        """
        asm = self.low.asm
        ordinal, come = operand(Space.TASK, ORDINAL_SLOT), asm.label("come")
        with asm.temp() as began:
            asm.copy(began, asm.now)
            asm.set(idle, Fn.MUL, idle, asm.const(self.spec.tick))
            asm.deadline(idle, come)
            self._wait_for_change(client)
            asm.disarm()
            asm.place(come)
            # Ticks since then, the one that is about to come included: one at least.
            asm.set(idle, Fn.SUB, asm.now, began)
            asm.set(idle, Fn.ADD, idle, asm.const(self.spec.tick - 1))
            asm.set(idle, Fn.DIV, idle, asm.const(self.spec.tick))
            asm.set(idle, Fn.MAX, idle, asm.const(1))
            asm.set(ordinal, Fn.ADD, ordinal, idle)
            asm.set(idle, Fn.MUL, idle, asm.const(self.spec.tick))
            asm.set(idle, Fn.ADD, idle, began)
            asm.set(idle, Fn.SUB, idle, asm.now)
            asm.hold(idle)
        asm.jump(counted)

    def _wait_for_change(self, client: Client) -> None:
        asm, low, parts_here = self.low.asm, self.low, sessions_of(self.low)
        with asm.temp() as ignored:
            if client.visibility is None:
                asm.await_(ignored, parts_here.renewed, key=parts_here.key)
            else:
                asm.await_(ignored, parts(low).turned, key=low.tab, signal2=parts_here.renewed, key2=parts_here.key)

    def go_if_left(self, target: Label) -> None:
        """Rows of a loop that ends once its person has been signed out."""
        if self.spec.signed_out == "stop":
            self.low.asm.test(shared(self.low, "out"), Cmp.NE, self.low.asm.const(0), target)

    # ---------------------------------------------------------------- a refresh

    def lower_routine(self) -> None:
        """Rows of a refresh in a tab, and what follows it."""
        low, asm, spec, session = self.low, self.low.asm, self.spec, sessions_of(self.low)
        over, refused, given_up = (asm.label(word) for word in ("over", "refused", "given up"))
        asm.forget_call_names()
        presented, issued = asm.call("token presented"), asm.call("token issued")
        status, expires = asm.call("token status"), asm.call("token expires")
        asm.place(self.routine)
        locks = spec.single_flight.tabs
        if locks:
            with asm.temp() as granted:
                asm.enter(session.tabs, granted, key=session.key, patience=asm.tab("lock patience"))
                asm.test(granted, Cmp.EQ, asm.const(0), over)
            self._go_if_done(over)
        asm.copy(presented, shared(low, "held"))
        asking = Asking(low, "browser", low.person, presented, issued, expires, status)
        refresh(asking, spec, refused, given_up)
        # Another tab, or the answer to a page, may have put a newer token there meanwhile: then this one is dropped.
        asm.test(shared(low, "held"), Cmp.NE, presented, over)
        self._keep(issued, expires)
        asm.jump(over)
        asm.place(refused)
        asm.test(shared(low, "held"), Cmp.NE, presented, over)
        self._after_failure(over)
        asm.place(given_up)
        asm.place(over)
        if locks:
            asm.leave(session.tabs, session.key)
        asm.end()
        asm.place(self.left)
        asm.copy(asm.tab("refreshing"), asm.const(0))
        asm.signal(session.joined, key=low.tab)
        asm.end()

    def _go_if_done(self, over: Label) -> None:
        """Rows of a tab that has waited for another one's refresh: the store may hold a good token by now."""
        asm = self.low.asm
        asm.test(shared(self.low, "out"), Cmp.NE, asm.const(0), over)
        with asm.temp() as left:
            put_left(self.low, left, "expires")
            asm.set(left, Fn.DIV, left, asm.const(self.spec.tick))
            asm.test(left, Cmp.GT, asm.const(self.spec.ticks_ahead), over)

    def _keep(self, token: int, expires: int) -> None:
        asm = self.low.asm
        asm.copy(shared(self.low, "held"), token)
        asm.copy(shared(self.low, "expires"), expires)
        tell_renewed(self.low)
        if self.spec.storage == "cookie":
            asm.copy(shared(self.low, "cookie"), token)
            asm.copy(shared(self.low, "cookie_expires"), expires)

    def _after_failure(self, over: Label) -> None:
        """Rows after an answer of 4xx: the session is removed, or kept for as long as its access token holds."""
        asm, low, spec = self.low.asm, self.low, self.spec
        if spec.after_failure == "keep":
            expired = asm.label("expired")
            with asm.temp() as left:
                put_left(low, left, "expires")
                asm.test(left, Cmp.LE, asm.const(0), expired)
            asm.set(shared(low, "cooled"), Fn.ADD, asm.now, asm.const(spec.cooldown))
            asm.jump(over)
            asm.place(expired)
        sign_out(low, "browser")
        self._keep(asm.const(0), asm.const(0))


def sign_out(low: Lowering, by: str) -> None:
    """Rows of a browser that loses its session; once."""
    asm, known = low.asm, low.asm.label("known")
    asm.test(shared(low, "out"), Cmp.NE, asm.const(0), known)
    asm.copy(shared(low, "out"), asm.const(1))
    tell_renewed(low)
    asm.count(asm.series("sign_outs", by=by))
    asm.place(known)
