"""Faults: a service that is out, or slow, from some time on for some time."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration

_WITH_SPEED = ("postgres", "functions")
_WITH_DELAY = ("realtime", "rest", "auth")


class Fault(Part):
    """A service is out; or, given a speed or a delay, it is slow."""

    service: Literal["realtime", "rest", "auth", "postgres", "functions"]
    from_: Duration = Field(alias="from")
    """When it begins."""
    lasts: Duration = Field(gt=0)
    """How long."""
    share: float = Field(default=1.0, gt=0, le=1, strict=False)
    """Share of people who meet it."""
    silent: bool = False
    """Of realtime: sockets stay open but nothing is answered, which only a heartbeat finds out."""
    speed: float | None = Field(default=None, gt=0, le=100, strict=False)
    """Of postgres or functions: the speed of their cores is multiplied by this."""
    delay: Duration | None = Field(default=None, gt=0)
    """Of realtime, rest or auth: everything takes this much longer."""

    @model_validator(mode="after")
    def _effect_fits_the_service(self) -> Self:
        if self.speed is not None and (self.service not in _WITH_SPEED or self.delay is not None):
            message = f"speed does not fit {self.service}; give one of {', '.join(_WITH_SPEED)} a speed, others a delay"
            raise ValueError(message)
        if self.delay is not None and self.service not in _WITH_DELAY:
            message = f"delay does not fit {self.service}; give one of {', '.join(_WITH_DELAY)} a delay, others a speed"
            raise ValueError(message)
        if self.speed is not None and self.share < 1:
            message = "share does not fit a speed: cores are slow for everybody; leave it away"
            raise ValueError(message)
        if self.silent and (self.service != "realtime" or self.delay is not None):
            message = "silent does not fit: only an outage of realtime can be silent; leave it away"
            raise ValueError(message)
        return self

    @property
    def is_outage(self) -> bool:
        """Whether nothing is answered, rather than late."""
        return self.speed is None and self.delay is None
