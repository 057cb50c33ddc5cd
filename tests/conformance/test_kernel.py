"""The kernel keeps the contract of engines."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("eventlive_sim.engine.contract")

from eventlive_sim.engine.contract import EngineContract  # noqa: E402 - after the rewriting of its asserts
from eventlive_sim.engine.kernel import simulate  # noqa: E402


class TestKernel(EngineContract):
    """The kernel."""

    simulate = staticmethod(simulate)
