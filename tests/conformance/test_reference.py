"""The reference engine keeps the contract of engines."""

from __future__ import annotations

from eventlive_sim.engine.contract import EngineContract
from eventlive_sim.engine.reference import simulate


class TestReference(EngineContract):
    """The reference engine."""

    simulate = staticmethod(simulate)
