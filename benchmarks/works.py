"""What is run, and how much of it: a work says all that any contender needs to know."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

SECOND = 1_000_000_000
THINK_S = (110.0, 130.0)
ARRIVE_S = 120.0
SERVICE_S = 0.2
UTILISATION = 0.8
BINS = 60
DESK_SERVERS = 10
DESK_RATE = 8.0
_DESK_STEP_S = 600

Kind = Literal["s1", "pinger", "desk"]


@dataclass(frozen=True)
class Work:
    """One piece of work.

    Attributes
    ----------
    kind : str
        ``s1``: the scenario of that name. ``pinger``: the closed pinger model. ``desk``: M/M/c with 10 servers at 0.8.
    design : str
        Of ``s1``.
    people : int
        Participants or pingers; 0: as the scenario says.
    servers : int
        Of the pingers' station; 0: they have none.
    horizon_ns : int
        How long pingers and desks run.
    """

    kind: Kind
    design: str = ""
    people: int = 0
    servers: int = 0
    horizon_ns: int = 0

    @property
    def shared(self) -> str:
        """What SimPy by hand is compared by: events where it has the same ones, else visits of stations."""
        return "ns_event" if self.kind == "pinger" else "ns_visit"

    @property
    def name(self) -> str:
        """Name in the table."""
        if self.kind == "s1":
            return f"S1 {self.design}" + (f", {self.people:,} people" if self.people else "")
        if self.kind == "desk":
            return f"M/M/{DESK_SERVERS} at {DESK_RATE / DESK_SERVERS:g}"
        return f"{self.people:,} pingers" + (f", {self.servers:,} servers" if self.servers else "")

    @property
    def customers(self) -> float:
        """Customers that come to a desk, in the mean."""
        return self.horizon_ns / SECOND * DESK_RATE

    def document(self) -> dict[str, Any]:
        """Return the work as JSON can say it."""
        return asdict(self)


def pinger(people: int, events: int, *, station: bool) -> Work:
    """Pingers that run long enough for about so many events, and so long that half of them have called.

    Everybody starts and comes (two events); a ping is one event, with a station two, and a third for whoever waits.
    """
    servers = max(1, round(people * SERVICE_S * 2 / sum(THINK_S) / UTILISATION)) if station else 0
    rounds = max(1.0, (events / people - 2) / (2.4 if station else 1.0))
    return Work("pinger", people=people, servers=servers, horizon_ns=math.ceil((60 + rounds * 120) * SECOND))


def desk(customers: int) -> Work:
    """Return a desk that about so many customers come to; its time divides into whole bins."""
    steps = max(1, round(customers / DESK_RATE / _DESK_STEP_S))
    return Work("desk", horizon_ns=steps * _DESK_STEP_S * SECOND)
