"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The same examples on every machine, however slow it is; HYPOTHESIS_PROFILE=wander looks for new ones.
settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("wander", deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
