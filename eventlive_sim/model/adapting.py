"""How a loop minds what it does to others: it slows under stress, and its interval can be changed from outside."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration


class Adapts(Part):
    """The time between calls grows while calls show stress, and shrinks again when they no longer do."""

    above: Duration | None = Field(default=None, gt=0)
    """An answer that takes longer than this shows stress, and so does one that fails or never comes."""
    active: int | None = Field(default=None, ge=1, le=100_000)
    """An answer shows stress that tells of so many jobs on the database's cores, or more, as it was given."""
    factor: float = Field(default=2.0, gt=1, le=100, strict=False)
    """What the time between calls is multiplied by at each sign of stress."""
    cap: Duration = Field(gt=0, le=3_600_000_000_000)
    """Longest time between calls while it slows."""
    recovers: float = Field(default=0.5, ge=0, lt=1, strict=False)
    """What it is multiplied by at each answer without stress, down to the usual one; 0 at once."""
    stops_after: int | None = Field(default=None, ge=1, le=1_000)
    """After so many signs of stress on end it stops; without it never."""
    rests: Duration | None = Field(default=None, gt=0)
    """How long it stops before it asks once more."""

    @model_validator(mode="after")
    def _says_what_stress_is(self) -> Self:
        if self.above is None and self.active is None:
            message = "adapts names no sign of stress; write above: 2s, active: 12, or both"
            raise ValueError(message)
        if (self.stops_after is None) != (self.rests is None):
            message = "stops_after and rests belong together; write both, such as stops_after: 5 and rests: 5m"
            raise ValueError(message)
        return self


class Remote(Part):
    """The time between calls is a setting outside the client: a scenario's change of it needs no deployment."""

    delay: Duration | None = None
    """How long after a change clients know of it; without it each learns it with the next answer."""
