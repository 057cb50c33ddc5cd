"""The kernel keeps the contract of engines."""

from __future__ import annotations

from eventlive_sim.engine.contract import EngineContract
from eventlive_sim.engine.kernel import simulate


class TestKernel(EngineContract):
    """The kernel."""

    simulate = staticmethod(simulate)
