"""Loops that a tab takes up only while a channel is down, or while somebody looks at it."""

from __future__ import annotations

from eventlive_sim.model.design import Client, Loop
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.realtime.tabs import go_unless_channels, hidden, parts
from eventlive_sim.program.primitives import Cmp, Fn


class Gate:
    """What a loop waits at while its condition does not hold."""

    def __init__(self, low: Lowering, client: Client, loop: Loop) -> None:
        self._low = low
        self._loop = loop
        self._rests = loop.visible_only and client.visibility is not None
        self._least = 0 if client.visibility is None else client.visibility.timer
        self._entry = low.asm.label("gate")

    @property
    def closes(self) -> bool:
        """Whether there is anything to wait for."""
        return self._loop.while_ is not None or self._rests

    def wait(self) -> None:
        """Rows that wait until the condition holds; here a loop begins anew each time that it does.

        A tab whose channels are as they should not be for the loop does not look up when it is hidden or shown.
        """
        asm, on = self._low.asm, self._low.asm.label("on")
        other_mode, shown = asm.label("other mode"), asm.label("shown")
        asm.place(self._entry)
        self._test(other_mode, shown)
        asm.jump(on)
        waits = [(other_mode, parts(self._low).mode)] if self._loop.while_ is not None else []
        waits += [(shown, parts(self._low).turned)] if self._rests else []
        for wait, signal in waits:
            asm.place(wait)
            with asm.temp() as ignored:
                asm.await_(ignored, signal, key=self._low.tab)
            asm.jump(self._entry)
        asm.place(on)

    def go_back(self) -> None:
        """Rows that go back to waiting when the condition no longer holds."""
        if self.closes:
            self._test(self._entry, self._entry)

    def throttle(self, interval: int) -> None:
        """Rows that stretch an interval while the tab is hidden, as browsers do with timers."""
        if not self._least:
            return
        asm, looked_at = self._low.asm, self._low.asm.label("looked at")
        asm.test(hidden(self._low), Cmp.EQ, asm.const(0), looked_at)
        asm.set(interval, Fn.MAX, interval, asm.const(self._least))
        asm.place(looked_at)

    def _test(self, other_mode: Label, is_hidden: Label) -> None:
        asm = self._low.asm
        if self._loop.while_ is not None:
            go_unless_channels(self._low, self._loop.while_, other_mode)
        if self._rests:
            asm.test(hidden(self._low), Cmp.NE, asm.const(0), is_hidden)
