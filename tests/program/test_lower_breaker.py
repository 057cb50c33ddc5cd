"""Circuit breakers: each state, window, threshold and owner, worked out by hand; on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.program.policed import Policed, down

BREAKER: dict[str, Any] = {
    "sliding_window_calls": 4,
    "minimum_number_of_calls": 2,
    "failure_rate_threshold": 0.5,
    "wait_duration_in_open_state": "10s",
    "permitted_calls_in_half_open_state": 2,
}
LOOP: dict[str, Any] = {"every": "1s", "timeout": "500ms"}


def guarded(breaker: dict[str, Any] | None = None, loop: dict[str, Any] | None = None, **world: Any) -> Policed:
    """Calls every second through a breaker, by default while the desk is down from 5 s to 30 s."""
    world.setdefault("disturbances", down("4500ms", "25s"))
    return Policed({**LOOP, "breaker": {**BREAKER, **(breaker or {})}, **(loop or {})}, **world)


def test_it_opens_lets_trials_through_and_closes() -> None:
    """Calls at 0, 1.01, ... 4.04 s are served; those of 5.05 and 6.55 s time out: two of four failed at 7.05 s.

    Calls kept back take no time, so that the loop asks every second. Trials at 17.05 and 18.55 s fail, the one at 29.05 s
    waits for the desk and the next one finds it up.
    """
    run = guarded(duration="1m")
    assert run.times("calls", 200)[:5] == [0, 1, 2, 3, 4]
    assert run.times("calls", -2) == [5.5, 7, 17.5, 19]
    assert run.times("breaker_changes", to="open") == [7, 19]
    assert run.times("breaker_changes", to="half_open") == [17, 29]
    assert run.times("breaker_changes", to="closed") == [30.5]
    assert run.count("calls", -3) == run.count("not_permitted") == 9 + 9
    assert run.times("calls", 200)[5:8] == [29.5, 30.5, 31.5]


def test_attempts_have_a_ceiling_that_does_not_grow_with_the_outage() -> None:
    """Two trials every ten seconds and a bit, whatever happens, against a poll a second."""
    run = guarded(disturbances=down("0s", "10m"), duration="10m")
    assert run.count("attempts") <= 2 + 2 * 60
    assert run.count("first_tries") > 500


def test_nothing_is_decided_before_the_least_number_of_calls() -> None:
    """The desk is down from the beginning: so many calls reach it, and no more than the window holds."""
    for least, reached in ((2, 2), (3, 3), (4, 4), (9, 4)):  # the window holds four: nine is never reached, four is
        run = guarded({"minimum_number_of_calls": least}, disturbances=down("0s", "1m"), duration="10s")
        assert run.count("attempts") == reached


@pytest.mark.parametrize(("threshold", "opens"), [(0.24, True), (0.25, True), (0.26, False)])
def test_it_opens_at_its_threshold(threshold: float, opens: bool) -> None:
    """One failure among the last four calls, once they are four."""
    run = guarded(
        {"failure_rate_threshold": threshold, "minimum_number_of_calls": 4}, disturbances=down("4900ms", "1s")
    )
    assert (run.count("calls", -2), run.count("breaker_changes", to="open") > 0) == (1, opens)


def test_old_calls_leave_a_window_of_calls() -> None:
    """One failure every fifth call, of a window of four: never two of them, so that half is never reached."""
    outages = {f"down{at}": down(f"{at}400ms", "300ms")["down"] for at in (5, 10, 15, 20)}
    run = guarded(disturbances=outages, loop={"every": "1s", "timeout": "100ms", "timing": "open"}, duration="30s")
    assert run.count("breaker_changes") == 0


def test_a_window_of_time_forgets_by_time() -> None:
    """Failures 3.5 s apart are three within 10 s; those 6.5 s apart never are."""
    window = {"sliding_window_calls": None, "sliding_window_time": "10s", "minimum_number_of_calls": 3}
    everything = {"failure_rate_threshold": 1.0}
    for every, opened in (("3s", True), ("6s", False)):
        run = guarded({**window, **everything}, {"every": every}, disturbances=down("0s", "1m"), duration="40s")
        assert (run.count("breaker_changes", to="open") > 0) is opened


def test_after_closing_the_window_is_empty() -> None:
    """Failures of before it opened count no longer, though the window of a minute still holds them."""
    for window in ({"sliding_window_time": "60s", "sliding_window_calls": None}, {"sliding_window_calls": 50}):
        spec = {**window, "minimum_number_of_calls": 4, "permitted_calls_in_half_open_state": 1}
        run = guarded(spec, disturbances=down("0s", "11s"), duration="1m")
        (closed,) = run.times("breaker_changes", to="closed")
        assert run.count("breaker_changes", to="open") == 1
        assert run.times("calls", -2)[-1] < closed
        assert run.times("calls", -3)[-1] <= closed


def test_slow_calls_open_it_too() -> None:
    """Every call is served, after two seconds; a second is slow."""
    slow = {"serve": {"visit": "desk", "service": "2s"}}
    spec = {"slow_call_duration_threshold": "1s", "slow_call_rate_threshold": 0.9}
    run = guarded(spec, {"timeout": "30s"}, steps=slow, disturbances={}, duration="30s")
    assert run.count("calls", 200) > 1
    assert run.count("breaker_changes", to="open") > 0
    calm = guarded({**spec, "slow_call_duration_threshold": "2s"}, {"timeout": "30s"}, steps=slow, disturbances={})
    assert calm.count("breaker_changes") == 0


def test_a_failed_trial_opens_it_again() -> None:
    """One trial at a time, at every end of the open time."""
    run = guarded({"permitted_calls_in_half_open_state": 1}, disturbances=down("0s", "2m"))
    assert run.count("breaker_changes", to="closed") == 0
    assert run.count("breaker_changes", to="half_open") == run.count("attempts") - 2
    assert run.count("breaker_changes", to="open") == 1 + run.count("breaker_changes", to="half_open")


def test_others_are_kept_back_while_trials_are_under_way() -> None:
    """Shared by fifty people, it lets two of them try."""
    run = guarded({"per": "world"}, {"first": "uniform(0s, 1s)"}, people=50, disturbances=down("0s", "1m"))
    opened = run.times("breaker_changes", to="open")[0]
    half = run.times("breaker_changes", to="half_open")[0]
    between = [at for at in run.times("attempts") if opened < at < half + 0.5]
    assert len(between) == 2


@pytest.mark.parametrize(("per", "breakers"), [("tab", 6), ("person", 3), ("world", 1)])
def test_it_belongs_to_a_tab_a_person_or_all(per: str, breakers: int) -> None:
    """Three people with two tabs each find the desk down: so many breakers open once."""
    run = guarded({"per": per}, people=3, tabs=2, disturbances=down("0s", "1m"), duration="9s")
    assert run.count("breaker_changes", to="open") == breakers


@pytest.mark.parametrize(
    ("failures", "opens"), [(["5xx"], False), ([429], True), (["any"], True), (["timeout"], False)]
)
def test_what_counts_as_a_failure_is_said(failures: list[Any], opens: bool) -> None:
    """Refusals of a gate with 429."""
    gate = {"gate": {"kind": "bucket", "every": "1h"}}
    run = guarded({"failures": failures}, steps={"g": {"limit": "gate"}}, stations=gate, disturbances={})
    assert (run.count("breaker_changes", to="open") > 0) is opens


def test_it_may_keep_back_retries_only() -> None:
    """First tries go on while it is open; nothing is tried again."""
    retry = {"times": 3, "on": ["timeout"]}
    run = guarded({"keeps_back": "retries"}, {"retry": retry}, disturbances=down("0s", "1m"), duration="9s")
    assert run.count("attempts") == run.count("first_tries") + 1
    assert run.count("calls", -3) == 0
    assert run.count("not_permitted") == run.count("first_tries")


def test_a_retry_that_is_kept_back_leaves_the_call_as_it_was() -> None:
    """The first attempt failed with a timeout, the second was not permitted: the call timed out."""
    spec = {"minimum_number_of_calls": 1, "failure_rate_threshold": 1.0}
    run = guarded(spec, {"every": "1h", "retry": {"times": 3, "on": ["timeout"]}}, disturbances=down("0s", "1m"))
    assert (run.count("calls", -2), run.count("attempts"), run.count("not_permitted")) == (1, 1, 1)


def test_a_trial_whose_tab_closes_may_be_made_anew() -> None:
    """People come and go for ever while the one trial takes long; the shared breaker closes in the end."""
    steps = {"serve": {"visit": "desk", "service": "400ms"}}
    spec = {"per": "world", "permitted_calls_in_half_open_state": 1, "wait_duration_in_open_state": "2s"}
    run = guarded(spec, steps=steps, people=60, stay="uniform(1s, 90s)", disturbances=down("1s", "5s"))
    assert run.count("calls", -1) > 0
    assert run.count("breaker_changes", to="closed") > 0
    assert run.times("calls", 200)[-1] > 60


def test_the_open_time_may_be_drawn() -> None:
    """Tabs that opened together try at different times."""
    run = guarded(
        {"wait_duration_in_open_state": "uniform(5s, 25s)"}, people=40, disturbances=down("0s", "1h"), duration="30s"
    )
    trials = run.times("breaker_changes", to="half_open")
    assert min(trials) < 9
    assert max(trials) > 20
