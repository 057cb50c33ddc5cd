"""The smallest scenario in which all of a design appears."""

from __future__ import annotations

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario


def stage(design: Design) -> Scenario:
    """Scenario of one person of each client, for an hour: what a listing of a design is lowered for."""
    clients = {name: {"people": 1} for name in design.clients}
    return Scenario.model_validate({"format": 1, "duration": "1h", "clients": clients})
