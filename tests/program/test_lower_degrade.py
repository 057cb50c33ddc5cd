"""Degrade mode on a small model whose times can be worked out by hand; both engines tell the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from eventlive_sim.engine.audit import audit
from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import Recording, Trend, first_difference
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Trace
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.samples import collect, gauge
from tests.realtime.rooms import joined

S = 1_000_000_000
LEVEL: dict[str, Any] = {
    "enter": {"queue": 5},
    "leave": {"queue": 0},
    "for": "2s",
    "leave_for": "3s",
    "stops": ["guest.look"],
    "slows": {"guest.go": 2},
}
DESIGN: dict[str, Any] = {
    "format": 1,
    "stations": {"desk": {"kind": "fifo", "servers": 1}},
    "endpoints": {
        "door": {"runs_on": "nothing", "steps": {"serve": {"visit": "desk", "service": "100ms"}}},
        "list": {"runs_on": "nothing", "steps": {"pause": {"delay": "1ms"}}},
        "page": {"runs_on": "vercel", "steps": {"pause": {"delay": "1ms"}}},
    },
    "clients": {
        "guest": {
            "loops": {
                "go": {"call": "door", "every": "1s", "timing": "open"},
                "look": {"call": "list", "every": "2s", "timing": "open"},
            }
        }
    },
    "degrade": {
        "every": "1s",
        "delay": "500ms",
        "told": {"poll": "2s", "answers": False},
        "signals": {"queue": {"station": "desk"}},
        "levels": {"one": LEVEL},
    },
}
CLOSED = {"shut": {"station": "desk", "knob": "servers", "value": 0, "from": "4500ms", "lasts": "8s"}}


class Degraded:
    """A design with degrade mode, three people, and what came of it by second."""

    def __init__(
        self, design: dict[str, Any] | None = None, *, base: dict[str, Any] | None = None, **world: Any
    ) -> None:
        self.design = Design.model_validate(joined(base or DESIGN, design or {}))
        guests = {"guest": {"people": 3, **world.pop("guest", {})}}
        scenario = {"format": 1, "duration": "30s", "bins": "1s", "clients": guests, "disturbances": CLOSED, **world}
        self.program = lower(self.design, Scenario.model_validate(scenario))
        one, other = (engine_of(name)(self.program, 1) for name in (EngineName.REFERENCE, EngineName.FAST))
        assert first_difference(one, other) == ""
        assert [law for law in all_laws(self.program, one) if not law.holds] == []
        self.recording: Recording = one

    def seconds(self, metric: str, status: int | None = None, **tags: str) -> list[int]:
        """Seconds in which something was counted, as often as it was."""
        return sorted(
            second
            for (series, tag), values in self.recording.counts.items()
            if self._fits(series, metric, tags) and status in {None, tag}
            for second, count in enumerate(values.tolist())
            for _ in range(count)
        )

    def trend(self, metric: str, **tags: str) -> Trend:
        """Values over the whole event."""
        return next(
            trend
            for (series, window), trend in self.recording.trends.items()
            if window == 0 and self._fits(series, metric, tags)
        )

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()


def test_level_is_entered_after_its_time_and_left_after_its_own() -> None:
    """Nobody serves from 4.5 s: 3 wait in the fifth second, 6 at 7 s, when the signal is first seen; 2 s later it is 9 s.

    At 12.5 s the desk opens with 24 waiting; 13, at 10 a second 2.4 s, and what comes meanwhile: the queue is gone at
    15 s, the signal is down from 16 s, and three seconds later the level ends.
    """
    run = Degraded()
    assert run.seconds("degrade_changes", change="enter") == [9]
    (left,) = run.seconds("degrade_changes", change="leave")
    assert 18 <= left <= 20


def test_pages_learn_late_and_slow_down_or_stop() -> None:
    """The flag says so at 9.5 s and tabs look at even seconds, at 10 s just after they called: from then on calls come every
    other second, lists no more."""
    run = Degraded()
    assert sorted(set(run.seconds("attempts", endpoint="list"))) == [0, 2, 4, 6, 8, 10, 20, 22, 24, 26, 28]
    at = sorted(set(run.seconds("attempts", endpoint="door")))
    assert at[:11] == list(range(11))
    assert at[11:16] == [11, 13, 15, 17, 19]
    told = run.trend("degrade_told")
    assert (told.count, told.min, told.max) == (6, S, 2 * S)


def test_what_is_lost_is_counted() -> None:
    """Each list stood still from 12 s, when it was due, to 20 s; each slowed call came a second late."""
    run = Degraded()
    stopped, slowed = run.trend("held_back", endpoint="list"), run.trend("held_back", endpoint="door")
    assert (stopped.count, stopped.sum) == (3, 24 * S)
    assert slowed.min == slowed.max == S


def test_calls_under_way_end_no_stop() -> None:
    """Calls of the stopped loop that still wait at the desk are answered meanwhile; it stands still from 11 s on all the same."""
    design = copy.deepcopy(DESIGN)
    design["degrade"]["levels"]["one"] |= {"stops": ["guest.go"], "slows": {}}
    run = Degraded(base=design)
    stopped, calls = run.trend("held_back", endpoint="door"), run.seconds("attempts", endpoint="door")
    again = min(second for second in calls if second > 10)
    assert again > 16
    assert (stopped.count, stopped.sum) == (3, 3 * (again - 11) * S)


@pytest.mark.parametrize("guest", [{}, {"stay": "15s"}])
def test_what_is_still_stopped_counts_at_the_end(guest: dict[str, str]) -> None:
    """A level that is forced holds from the beginning: nobody ever looks, until the event is over or the tab closed."""
    run = Degraded({"degrade": {"at_least": "one"}}, guest=guest)
    assert run.seconds("attempts", endpoint="list") == []
    assert run.seconds("degrade_changes") == [0]
    ended = 15 * S if guest else 30 * S - 1
    assert run.trend("held_back", endpoint="list").sum == 3 * (ended - 1)


def test_the_time_at_a_level_is_a_gauge() -> None:
    """From 9 s to the change back, out of 30 s."""
    run = Degraded()
    (left,) = run.seconds("degrade_changes", change="leave")
    samples = collect(run.program, run.recording, run.design)
    assert gauge(samples, "degrade_level", level="one") == pytest.approx((left - 9) / 30)


def test_levels_come_one_at_a_time_and_the_first_leaves_last() -> None:
    """The second level's threshold is passed long before the first has held for its time."""
    two = {
        "degrade": {
            "levels": {"two": {**LEVEL, "enter": {"queue": 6}, "for": "1s", "stops": [], "slows": {"guest.go": 4}}}
        }
    }
    run = Degraded(two)
    enter = [run.seconds("degrade_changes", change="enter", level=name) for name in ("one", "two")]
    leave = [run.seconds("degrade_changes", change="leave", level=name) for name in ("one", "two")]
    assert enter == [[9], [11]]
    assert leave[1][0] < leave[0][0]
    assert run.trend("held_back", endpoint="door").max == 3 * S


def test_hysteresis_ends_the_flapping() -> None:
    """A queue that comes and goes every 4 s: leave at once and the level goes with it; wait, and it stays."""
    waves = {
        f"shut{number}": {"station": "desk", "knob": "servers", "value": 0, "from": f"{4 * number}s", "lasts": "3s"}
        for number in range(1, 7)
    }
    design = copy.deepcopy(DESIGN)
    design["endpoints"]["door"]["steps"]["serve"]["service"] = "10ms"
    level = {"enter": {"queue": 3}, "leave": {"queue": 0}, "for": "0s"}
    counts = []
    for leave_for in ("0s", "5s"):
        design["degrade"]["levels"]["one"] = {**level, "leave_for": leave_for}
        run = Degraded(disturbances=waves, base=design)
        counts.append(len(run.seconds("degrade_changes")))
    assert counts[0] > 8
    assert counts[1] == 1


FUNCTION = {
    "platform": {"network": {"client_function": "10ms"}},
    "clients": {"guest": {"loops": {"page": {"call": "page", "every": "3s", "timing": "open"}}}},
    "degrade": {"told": {"poll": None, "answers": True}},
}


def test_answers_of_functions_tell_the_level() -> None:
    """Nobody looks at the flag; the answer to the call at 12 s carries the level of 9 s, that at 21 s the one of 19 s."""
    run = Degraded(FUNCTION)
    assert run.seconds("degrade_polls") == []
    told = run.trend("degrade_told")
    assert (told.count, told.min, told.max) == (6, 2.021 * S, 3.021 * S)


def test_refused_calls_take_no_work_and_ask_to_come_back() -> None:
    """From the level on the page answers 503 at once, which the monitor does not take for a failure."""
    refusing = joined(
        FUNCTION,
        {
            "degrade": {
                "signals": {"bad": {"answers": ["page"], "window": "5s", "least": 1}},
                "levels": {
                    "one": {"enter": {"bad": 0.5}, "leave": {"bad": 0.1}, "refuses": {"page": {"retry_after": "7s"}}}
                },
            }
        },
    )
    run = Degraded(refusing)
    assert sorted(set(run.seconds("calls", 503))) == [12, 15, 18]
    assert run.seconds("degrade_changes", change="leave")


def test_steps_may_be_left_out_while_degraded() -> None:
    """A handler that pauses for a second, and not while the level holds there: from 9.5 s to 19.5 s."""
    page = {"steps": {"pause": {"delay": "1s", "when": {"not": {"degraded": "one"}}}}}
    run = Degraded(joined(FUNCTION, {"endpoints": {"page": page}}))
    took = run.trend("call_duration", endpoint="page")
    # 0, 3, 6, 9 (asked at 9.01 s), then 12, 15, 18 without, then 21, 24, 27: of three people.
    assert (took.count, took.min, took.max) == (30, 20_000_000, S + 20_000_000)
    assert took.sum == 3 * (7 * S + 10 * 20_000_000)


def test_slow_answers_are_a_signal() -> None:
    """Who comes while the desk is shut waits; half of the answers of ten seconds have to be slow, of ten at least."""
    design = copy.deepcopy(DESIGN)
    design["degrade"]["signals"] = {"slow": {"answers": ["door"], "slow": "1s", "window": "10s", "least": 10}}
    design["degrade"]["levels"] = {"one": {"enter": {"slow": 0.5}, "leave": {"slow": 0.1}, "for": "0s"}}
    run = Degraded(base=design)
    # At 13 s the desk has answered four of those who waited; from 12.5 s on it answers ten a second, the slowest first.
    assert run.seconds("degrade_changes", change="enter") == [14]


def test_the_auditor_finds_nothing() -> None:
    """Every law holds in the full trace."""
    run, trace = Degraded(FUNCTION), Trace()
    simulate(run.program, 1, trace=trace)
    assert len(trace) > 500
    assert audit(run.program, trace) == []


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"signals": {"queue": {"station": "dask"}}}, "no station is called 'dask'"),
        ({"signals": {"queue": {"station": "functions"}}}, "no station is called 'functions'"),
    ],
)
def test_signal_of_nothing_is_refused(part: dict[str, Any], said: str) -> None:
    """A station that is not there."""
    with pytest.raises(ModelError, match=said):
        Degraded({"degrade": part, "endpoints": {"page": {"runs_on": "nothing"}}})


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"levels": {"one": {"stops": ["guest.lok"]}}}, "no loop is called 'guest.lok'"),
        ({"levels": {"one": {"enter": {"queu": 1}, "leave": {"queu": 0}}}}, "no signal is called 'queu'"),
        ({"levels": {"one": {"leave": {"queue": 5}}}}, "would flap"),
        ({"levels": {"one": {"refuses": {"door": {}}}}}, "no function stands before it"),
        ({"at_least": "two"}, "no level is called 'two'"),
        ({"levels": {"odd": {**LEVEL, "enter": {}}}}, "at least 1"),
        ({"told": {"poll": None, "answers": False}}, "nobody would ever be told"),
        ({"levels": {"two": {**LEVEL, "slows": {"guest.go": 2}}}}, "a level below has 2 already"),
    ],
)
def test_mode_that_makes_no_sense_is_refused(part: dict[str, Any], said: str) -> None:
    """Names of nothing, thresholds that flap, levels that undo others."""
    with pytest.raises(ValueError, match=said):
        Design.model_validate(joined(DESIGN, {"degrade": part}))


@pytest.mark.parametrize(("value", "said"), [("two", "no level 'two'"), (2, "2 is no level")])
def test_condition_on_no_level_is_refused(value: object, said: str) -> None:
    """A level that is not there, or a number."""
    steps = {"pause": {"delay": "1ms", "when": {"degraded": value}}}
    with pytest.raises(ValueError, match=said):
        Design.model_validate(joined(DESIGN, {"endpoints": {"page": {"steps": steps}}}))
