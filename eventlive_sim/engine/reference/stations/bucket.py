"""A token bucket as the generic cell rate algorithm: one integer a key says when the bucket would be full again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.stations.base import BOOKED, Station
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Gauge

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine
    from eventlive_sim.engine.reference.task import Task


class Tokens:
    """A bucket of ``burst`` tokens, full at time 0, one more every ``interval_ns``; 0 has no end of tokens."""

    __slots__ = ("full_ns", "interval_ns", "slack_ns")

    def __init__(self, interval_ns: int, burst: int) -> None:
        self.interval_ns = interval_ns
        self.slack_ns = (burst - 1) * interval_ns
        self.full_ns = 0

    def wait(self, now: int) -> int:
        """Return the time until the next token that is not booked."""
        return max(0, max(self.full_ns, now) - self.slack_ns - now)

    def take(self, now: int) -> None:
        """Take or book the next token."""
        self.full_ns = max(self.full_ns, now) + self.interval_ns


class Bucket(Station):
    """Stations of kind BUCKET. Tokens are not given back: who booked one and is unwound has lost it."""

    def __init__(self, machine: Machine, number: int) -> None:
        super().__init__(machine, number)
        self.tokens: dict[int, Tokens] = {}
        self.waiting: dict[int, int] = {}

    def enter(self, task: Task, key: int, patience: int) -> int:
        """Take a token, book one within the patience, or refuse at once."""
        tokens = self.tokens.get(key)
        if tokens is None:
            self.check_key(key)
            tokens = self.tokens[key] = Tokens(self.spec.interval_ns, self.spec.burst)
        now = self.clock.now
        delay = tokens.wait(now)
        if 0 <= patience < delay:
            self.book.refuse()
            return 0
        tokens.take(now)
        if not delay:
            self.book.grant_at_once()
            self.book.depart(now, cut=False)
            task.grant_ns = now
            return 1
        self.book.queue()
        self.waiting[key] = self.waiting.get(key, 0) + 1
        task.blocker = self
        task.lane = key
        task.ask_ns = now
        task.outcome = 1
        self.machine.wake_in(task, delay)
        return BOOKED

    def woken(self, task: Task) -> None:
        """Note that a booked token is there."""
        task.blocker = None
        task.grant_ns = self.clock.now
        self.waiting[task.lane] -= 1
        self.book.grant(task.ask_ns)
        self.book.depart(task.ask_ns, cut=False)
        if self.note:
            self.tell(Act.GRANT, task, task.lane, 1)

    def take_out(self, task: Task) -> None:
        """Forget who waits; the token stays booked."""
        self.waiting[task.lane] -= 1
        self.book.renege(task.ask_ns)
        if self.note:
            self.tell(Act.RENEGE, task, task.lane, self.clock.now - task.ask_ns)

    def gauge(self, key: int, gauge: Gauge) -> int:
        """Read a gauge: inside and waiting are those with a booked token to come."""
        return self.waiting.get(key, 0) if gauge in {Gauge.INSIDE, Gauge.WAITING} else 0
