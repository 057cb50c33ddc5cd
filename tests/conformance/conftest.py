"""The asserts of the contract tell what differed; this comes before anything imports it."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("eventlive_sim.engine.contract")
