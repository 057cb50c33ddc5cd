"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# Its asserts tell what differed; this comes before anything imports it.
pytest.register_assert_rewrite("eventlive_sim.engine.contract")

# The same examples on every machine, however slow it is; HYPOTHESIS_PROFILE=wander looks for new ones.
settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("wander", deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
