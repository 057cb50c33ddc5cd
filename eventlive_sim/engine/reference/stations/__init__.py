"""The stations, by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.stations.base import BOOKED, QUEUED, Station
from eventlive_sim.engine.reference.stations.bucket import Bucket
from eventlive_sim.engine.reference.stations.elastic import Elastic
from eventlive_sim.engine.reference.stations.fifo import Fifo
from eventlive_sim.engine.reference.stations.meter import Meter
from eventlive_sim.engine.reference.stations.sharing import Sharing
from eventlive_sim.program.primitives import StationKind

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine

__all__ = ["BOOKED", "QUEUED", "Elastic", "Meter", "Station", "make_station"]

KINDS: dict[StationKind, type[Station]] = {
    StationKind.FIFO: Fifo,
    StationKind.LOCK: Fifo,
    StationKind.SHARING: Sharing,
    StationKind.BUCKET: Bucket,
    StationKind.METER: Meter,
    StationKind.ELASTIC: Elastic,
}


def make_station(machine: Machine, number: int) -> Station:
    """Return a station of the program, empty, at time 0."""
    return KINDS[StationKind(machine.program.stations[number].kind)](machine, number)
