"""Loops that slow under stress, stop, come back, and take their interval from outside."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import Recording, first_difference
from eventlive_sim.errors import ModelError
from eventlive_sim.model.adapting import Adapts
from eventlive_sim.model.design import Design, Loop
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program
from tests.program.policed import VISIT, Policed, down
from tests.program.small import PLATFORM, TABLES

ADAPTS = {"above": "500ms", "factor": 2, "cap": "8s", "recovers": 0.5}


def loop(**adapts: Any) -> dict[str, Any]:
    """A call a second, closed, that slows by answers over half a second."""
    return {"every": "1s", "timeout": "1s", "adapts": {**ADAPTS, **adapts}}


def test_it_doubles_under_stress_up_to_the_cap_and_halves_afterwards() -> None:
    """Nobody serves for 30 s: gaps of 1 s, then 2, 4, 8 beside a second of patience; then 4, 2 and 1 again."""
    run = Policed(loop(), disturbances=down("3500ms", "30s"))
    gaps = [round(gap) for gap in run.gaps()]
    assert gaps[:9] == [1, 1, 1, 1, 3, 5, 9, 9, 9]
    assert gaps[9:13] == [4, 2, 1, 1]
    assert run.count("pace_changes", to="slower") == 5
    assert run.count("pace_changes", to="usual") == 1


def test_it_stops_after_signs_on_end_and_asks_once_more() -> None:
    """Two signs on end: it rests 20 s and asks; still nothing: 20 s more; then it is answered and goes on."""
    run = Policed(loop(stops_after=2, rests="20s", recovers=0), disturbances=down("1500ms", "30s"))
    times = [round(time) for time in run.times("attempts")]
    assert times[:6] == [0, 1, 2, 5, 26, 47]
    assert times[6:9] == [48, 49, 50]
    assert run.count("pace_changes", to="stopped") == 2


def test_without_stress_it_changes_nothing() -> None:
    """Answers of 10 ms: the same calls at the same times as without it."""
    plain = {key: value for key, value in loop().items() if key != "adapts"}
    assert Policed(loop()).times("attempts") == Policed(plain).times("attempts")


def test_an_open_loop_slows_too() -> None:
    """Its calls are tasks of their own: fewer of them while nobody serves."""
    slow, plain = (
        Policed({**written, "timing": "open"}, disturbances=down("10s", "60s"))
        for written in (loop(), {"every": "1s", "timeout": "1s"})
    )
    assert plain.count("attempts") == 120
    assert slow.count("attempts") < 75


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"cap": "8s"}, "no sign of stress"),
        ({"above": "1s", "cap": "8s", "stops_after": 3}, "belong together"),
        ({"above": "1s", "cap": "8s", "factor": 1}, "greater than 1"),
    ],
)
def test_what_makes_no_sense_is_refused(part: dict[str, Any], told: str) -> None:
    """Each with what to write."""
    with pytest.raises(ValidationError, match=told):
        Adapts.model_validate(part)


def test_a_loop_that_calls_once_has_nothing_to_change() -> None:
    """No interval: neither of both."""
    parts: tuple[dict[str, Any], ...] = ({"adapts": ADAPTS}, {"remote": {}})
    for part in parts:
        with pytest.raises(ValidationError, match="give it every"):
            Loop.model_validate({"call": "door", **part})


# ---------------------------------------------------------------- settings


class Set:
    """A loop whose interval is changed while it runs; both engines tell the same."""

    def __init__(self, loop: dict[str, Any], change: dict[str, Any], *, steps: dict[str, Any] | None = None) -> None:
        design = Design.model_validate(
            {
                "format": 1,
                "stations": {"desk": {"kind": "fifo", "servers": 1_000}},
                "endpoints": {"door": {"runs_on": "nothing", "steps": steps or VISIT}},
                "clients": {"guest": {"loops": {"go": {"call": "door", **loop}}}},
            }
        )
        change = {"set": "clients.guest.loops.go.every", **change}
        world = {
            "format": 1,
            "duration": "1m",
            "bins": "1s",
            "clients": {"guest": {"people": 1}},
            "changes": {"calmer": change},
        }
        self.program: Program = lower(design, Scenario.model_validate(world))
        self.recording = both(self.program)

    @property
    def times(self) -> list[int]:
        """Seconds of its calls."""
        for (series, _), bins in self.recording.counts.items():
            if self.program.series[series].metric == "attempts":
                return [at for at, count in enumerate(bins) for _ in range(int(count))]
        return []


def both(program: Program) -> Recording:
    """What the reference records, which must be what the kernel does."""
    one, other = (engine_of(name)(program, 1) for name in (EngineName.REFERENCE, EngineName.FAST))
    assert first_difference(one, other) == ""
    return one


def test_a_setting_is_learned_with_the_next_answer() -> None:
    """Every 5 s; at 12 s it becomes 15 s: the call at 15 s learns it, and the next one is at 30 s."""
    assert Set({"every": "5s", "remote": {}}, {"to": "15s", "at": "12s"}).times == [0, 5, 10, 15, 30, 45]


def test_a_setting_that_is_taken_back_is_the_deployed_one() -> None:
    """For 20 s only: what is learned at 45 s is the 5 s of the deployment."""
    run = Set({"every": "5s", "remote": {}}, {"to": "15s", "at": "12s", "lasts": "20s"})
    assert run.times == [0, 5, 10, 15, 30, 45, 50, 55]


def test_a_setting_may_be_known_some_time_after_it_is_made() -> None:
    """Fetched apart from the calls, 9 s late: the gap after 20 s is the last of 5 s, that after 25 s the first of 15."""
    assert Set({"every": "5s", "remote": {"delay": "9s"}}, {"to": "15s", "at": "12s"}).times == [
        0,
        5,
        10,
        15,
        20,
        25,
        40,
        55,
    ]


def test_stress_counts_from_the_setting() -> None:
    """10 s by setting; each answer takes a second, which is stress: 20 s after it, up to the cap of 25 s."""
    adapts = {"above": "500ms", "factor": 2, "cap": "25s"}
    slow = {"serve": {"delay": "1s"}}
    run = Set({"every": "4s", "remote": {}, "adapts": adapts}, {"to": "10s", "at": "0s"}, steps=slow)
    assert run.times == [0, 21, 47]


def test_a_setting_that_is_not_taken_from_outside_needs_a_deployment() -> None:
    """The change is refused, and says what the loop lacks."""
    with pytest.raises(ModelError, match="not taken from outside"):
        Set({"every": "5s"}, {"to": "15s", "at": "12s"})


# ---------------------------------------------------------------- what answers tell


@pytest.mark.parametrize("active, least, most", [(4, 1, 3), (50, 9, 11)])
def test_an_answer_tells_how_busy_the_database_is(active: int, least: int, most: int) -> None:
    """Eight streams keep the cores busy: who goes by 4 jobs slows, who goes by 50 does not."""
    platform = {**PLATFORM, "project": {**PLATFORM["project"], "postgrest": {"pool": 40}}}
    adapts = {"active": active, "factor": 10, "cap": "1m"}
    design = Design.model_validate(
        {
            "format": 1,
            "platform": platform,
            "tables": TABLES,
            "endpoints": {
                "look": {"role": "service", "steps": {"room": {"select": "rooms"}}},
                "load": {
                    "runs_on": "nothing",
                    "role": "service",
                    "steps": {"slow": {"select": "rooms", "cost": "slow"}},
                },
            },
            "clients": {
                "guest": {
                    "attributes": {"seated": 0.0},
                    "loops": {"go": {"call": "look", "every": "6s", "adapts": adapts}},
                },
                "crowd": {"loops": {"go": {"call": "load", "every": "1ms"}}},
            },
        }
    )
    world = {"format": 1, "duration": "1m", "clients": {"guest": {"people": 1}, "crowd": {"people": 8}}}
    program = lower(design, Scenario.model_validate(world))
    recording = both(program)
    calls = sum(
        int(bins.sum())
        for (series, _), bins in recording.counts.items()
        if program.series[series].metric == "attempts" and dict(program.series[series].tags)["client"] == "guest"
    )
    assert least <= calls <= most
