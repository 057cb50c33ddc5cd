"""Disturbances turn a knob or a load for some time, and turn it back; on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.errors import ModelError
from tests.program.policed import Policed, down


def served(run: Policed) -> list[float]:
    return run.times("calls", 200)


def test_what_waits_while_nobody_serves_is_served_at_once_afterwards() -> None:
    """A call a second; from 4.5 to 8.5 s they wait."""
    run = Policed({"every": "1s", "timing": "open"}, disturbances=down("4500ms", "4s"), duration="12s")
    assert served(run) == [0, 1, 2, 3, 4, 8.5, 8.5, 8.5, 8.5, 9, 10, 11]


@pytest.mark.parametrize(
    ("size", "lasted"), [({"factor": 0.5}, 2_000), ({"value": 0.25}, 4_000), ({"factor": 1.0}, 1_000)]
)
def test_speed_is_multiplied_or_set_and_comes_back(size: dict[str, float], lasted: int) -> None:
    """Work of a second, begun at 0 and at 100 s; in between the core is slow."""
    slow = {"slow": {"station": "cpu", "knob": "speed", **size, "from": "0s", "lasts": "50s"}}
    run = Policed(
        {"every": "100s", "timing": "open"},
        steps={"think": {"work": "cpu", "demand": "1s"}},
        stations={"cpu": {"kind": "sharing", "cores": 1}},
        disturbances=slow,
    )
    trend = run.duration()
    assert (trend.max, trend.min) == (lasted * 1_000_000, 1_000_000_000)


def test_cores_are_fewer_for_some_time() -> None:
    """Four jobs of a second on four cores; with one of them they take four times as long."""
    fewer = {"fewer": {"station": "cpu", "knob": "cores", "factor": 0.25, "from": "50s", "lasts": "20s"}}
    run = Policed(
        {"every": "1m", "timing": "open"},
        steps={"think": {"work": "cpu", "demand": "1s"}},
        stations={"cpu": {"kind": "sharing", "cores": 4}},
        disturbances=fewer,
        people=4,
    )
    assert served(run) == [1] * 4 + [64] * 4


def test_more_calls_come_for_some_time() -> None:
    """A call every two seconds; four times as many for ten seconds."""
    more = {"more": {"load": "guest", "factor": 4, "from": "9s", "lasts": "10s"}}
    run = Policed({"every": "2s", "timing": "open"}, disturbances=more, duration="30s")
    times = run.times("attempts")
    assert times[:6] == [0, 2, 4, 6, 8, 10]
    assert set(run.gaps()[5:20]) == {0.5}
    assert set(run.gaps()[-4:]) == {2.0}


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ({"station": "dask", "knob": "servers", "value": 0}, "unknown-name"),
        ({"station": "desk", "knob": "speed", "value": 1}, "bad-disturbance"),
        ({"load": "gust", "factor": 2}, "unknown-name"),
    ],
)
def test_what_is_not_there_is_refused(part: dict[str, Any], rule: str) -> None:
    """A station or caller that nobody has, a knob that the station lacks."""
    with pytest.raises(ModelError) as caught:
        Policed({}, disturbances={"odd": {**part, "from": "1s", "lasts": "1s"}})
    assert caught.value.rule == rule
