"""Disturbances: for some time a station has more or less of what it works with, or more people come."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Name


class Disturbance(Part):
    """A knob of a station, or the load of a client or source, is another for some time."""

    station: Name | None = None
    """A station of the design, or one of the platform: db_cpu, rest_pool, auth_pool, functions."""
    knob: Literal["servers", "cores", "speed"] | None = None
    """Of a station: servers (of a queue), cores (of shared ones), or their speed."""
    load: Name | None = None
    """A client or source whose calls come more often, or less."""
    factor: float | None = Field(default=None, ge=0, le=1_000, strict=False)
    """What the knob, or the rate of calls, is multiplied by."""
    value: float | None = Field(default=None, ge=0, le=1_000_000, strict=False)
    """What the knob is set to: servers, cores, or a speed of which 1 is usual."""
    from_: Duration = Field(alias="from")
    """When it begins."""
    lasts: Duration = Field(gt=0)
    """How long."""

    @model_validator(mode="after")
    def _says_what_and_how_much(self) -> Self:
        if (self.station is None) == (self.load is None) or (self.station is None) != (self.knob is None):
            message = "a disturbance is of one thing; give it station and knob, or load"
            raise ValueError(message)
        if (self.factor is None) == (self.value is None):
            message = "a disturbance has one size; give it factor or value"
            raise ValueError(message)
        if self.load is not None and self.factor is None:
            message = "value does not fit load: calls come some times as often; write factor"
            raise ValueError(message)
        if self.knob != "servers" and self.size == 0:
            message = "0 leaves nothing that could go on; write a size above 0"
            raise ValueError(message)
        return self

    @property
    def size(self) -> float:
        """Its factor or value."""
        return (self.factor or 0.0) if self.value is None else self.value

    @property
    def target(self) -> str:
        """What it changes."""
        return f"load of {self.load}" if self.load is not None else f"{self.knob} of {self.station}"

    @property
    def end(self) -> int:
        """When it is over [ns]."""
        return self.from_ + self.lasts
