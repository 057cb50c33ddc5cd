"""Retries, back-off, budgets and what a loop does after a call, worked out by hand; on both engines."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.program.policed import Policed, S, down

REFUSED: dict[str, Any] = {"no": {"answer": 503}}


def retried(backoff: dict[str, Any], *, people: int = 1, times: int = 6, **more: Any) -> Policed:
    """One call that is always refused at once, and tried again."""
    retry = {"times": times, "backoff": backoff, **more}
    return Policed({"retry": retry}, steps=REFUSED, people=people, duration="10m")


def test_back_off_without_jitter_doubles_up_to_its_cap() -> None:
    """1, 2, 4, 8, 8, 8 s."""
    assert retried({"base": "1s", "cap": "8s"}).gaps() == [1, 2, 4, 8, 8, 8]


def test_back_off_grows_by_its_factor() -> None:
    """1, 1.5, 2.25 s; with a factor of 1 it does not grow."""
    assert retried({"base": "1s", "factor": 1.5}, times=3).duration().max == 4_750_000_000
    assert retried({"base": "500ms", "factor": 1}, times=3).duration().max == 1_500_000_000


@pytest.mark.parametrize(
    ("jitter", "low", "high"),
    [("full", 0.0, 8.0), ("equal", 4.0, 8.0), ("around", 4.0, 12.0), ("decorrelated", 8.0, 24.0)],
)
def test_jitter_spreads_a_wait_evenly_between_its_ends(jitter: str, low: float, high: float) -> None:
    """2,000 people wait once at a base of 8 s: least, most, mean and variance are those of the law."""
    trend = retried({"base": "8s", "jitter": jitter}, people=2_000, times=1).duration()
    assert trend.count == 2_000
    assert low * S <= trend.min < (low + 0.05 * (high - low)) * S
    assert (high - 0.05 * (high - low)) * S < trend.max <= high * S
    deviation = (high - low) * S / 12**0.5 / 2_000**0.5
    assert abs(trend.mean - (low + high) / 2 * S) < 4 * deviation


def test_decorrelated_waits_follow_from_the_one_before() -> None:
    """Each lies between the base and three times the one before, and never over the cap."""
    gaps = retried({"base": "1s", "cap": "9s", "jitter": "decorrelated"}, times=40).gaps()
    assert len(gaps) == 40
    before = 1.0
    for gap in gaps:
        assert 0.9 <= gap <= min(3 * before, 9) + 0.2
        before = gap + 0.1
    assert max(gaps) == 9


def test_a_wait_is_cut_to_whole_multiples() -> None:
    """SWR's: around two intervals of 5 s, cut down to whole ones, is 5 or 10 s."""
    run = retried({"base": "10s", "jitter": "around", "whole": "5s"}, people=200, times=1)
    assert set(run.times("retries")) == {5.0, 10.0}


def test_retry_without_end_goes_on_until_it_is_served() -> None:
    """The desk is down for a minute; a second's patience, a second's wait: thirty attempts, one call."""
    retry = {"times": "unlimited", "delays": ["1s"], "on": ["timeout"]}
    run = Policed({"timeout": "1s", "retry": retry}, disturbances=down("0s", "1m"))
    assert (run.count("attempts"), run.count("calls", 200), run.count("calls")) == (31, 1, 1)


@pytest.mark.parametrize(
    ("on", "tries"), [([503], 3), (["5xx"], 3), (["any"], 3), ([500], 1), (["4xx", "timeout"], 1), ([404, 503], 3)]
)
def test_only_what_is_listed_is_tried_again(on: list[Any], tries: int) -> None:
    """A 503 is 503, 5xx and any failure, and nothing else."""
    run = Policed({"retry": {"times": 2, "on": on}}, steps=REFUSED)
    assert run.count("attempts") == tries


def test_a_success_is_no_failure() -> None:
    """`any` is any failure."""
    assert Policed({"retry": {"times": 2, "on": ["any"]}}).count("attempts") == 1


@pytest.mark.parametrize(("heeds", "gap"), [("ignored", 2.0), ("instead", 1.0), ("at_least", 2.0)])
def test_retry_after_is_heeded_as_said(heeds: str, gap: float) -> None:
    """Own wait 2 s, asked for 1 s: in place of it, or if it is longer."""
    steps = {"gate": {"limit": "gate", "retry_after": "1s"}}
    gate = {"gate": {"kind": "bucket", "every": "1h"}}
    retry = {"times": 1, "delays": ["2s"], "on": [429], "retry_after": heeds}
    run = Policed({"every": "30s", "retry": retry}, steps=steps, stations=gate, duration="40s")
    assert run.times("attempts") == [0, 30, 30 + gap]


def test_a_longer_retry_after_is_waited_for() -> None:
    """Own wait 2 s, asked for 5 s; an answer that asks for nothing leaves the own wait."""
    for answer, gap in (({"answer": 503, "retry_after": "5s"}, 5), ({"answer": 503}, 2)):
        retry = {"times": 1, "delays": ["2s"], "retry_after": "at_least"}
        assert Policed({"retry": retry}, steps={"no": answer}).gaps() == [gap]


def test_a_client_that_gave_up_was_told_nothing() -> None:
    """The 503 that asks for 30 s comes after the client gave up: its own wait holds."""
    steps = {"think": {"delay": "3s"}, "no": {"answer": 503, "retry_after": "30s"}}
    retry = {"times": 3, "delays": ["1s"], "on": ["any"], "retry_after": "at_least"}
    assert Policed({"timeout": "2s", "retry": retry}, steps=steps).gaps() == [3, 3, 3]


def test_a_budget_lets_so_many_retries_through() -> None:
    """Two tokens at first, half a one for every success: retries while there is a whole one."""
    budget = {"ratio": 0.5, "most": 2}
    run = Policed({"every": "10s", "retry": {"times": 1, "budget": budget}}, steps=REFUSED)
    assert (run.count("first_tries"), run.count("retries")) == (12, 2)
    deposit = {"ratio": 0.5, "most": 2, "deposit": "call"}
    run = Policed({"every": "10s", "retry": {"times": 1, "budget": deposit}}, steps=REFUSED)
    assert (run.count("first_tries"), run.count("retries")) == (12, 7)  # two, and a half for each but the first call


@pytest.mark.parametrize(("per", "retries"), [("tab", 8), ("person", 4), ("world", 1)])
def test_a_budget_belongs_to_a_tab_a_person_or_all(per: str, retries: int) -> None:
    """Four people with two tabs, one token each; nothing succeeds."""
    budget = {"ratio": 0.1, "most": 1, "per": per}
    run = Policed({"every": "10s", "retry": {"times": 1, "budget": budget}}, steps=REFUSED, people=4, tabs=2)
    assert run.count("retries") == retries


def test_no_retry_while_too_many_have_failed() -> None:
    """Every call fails, at most half may: the first call's failure is already over it."""
    run = Policed({"every": "10s", "retry": {"times": 3, "cutoff": {"failing": 0.5}}}, steps=REFUSED)
    assert run.count("retries") == 0
    run = Policed({"every": "10s", "retry": {"times": 3, "cutoff": {"failing": 1.0}}}, steps=REFUSED)
    assert run.count("retries") == 1  # one failure of one call is not over it; the retry's is


# ---------------------------------------------------------------- loops


def test_a_loop_backs_off_while_its_calls_fail_and_returns() -> None:
    """Polls every 2 s; down from 5 to 40 s with a patience of 1 s: waits of 2, 4, 8, 16 s, then 2 s again."""
    loop = {"every": "2s", "timeout": "1s", "backoff": {"base": "2s", "cap": "16s"}}
    run = Policed(loop, disturbances=down("5s", "35s"), duration="1m")
    times = run.times("attempts")
    assert times[:8] == [0, 2, 4, 6, 9, 14, 23, 40]
    assert {round(later - earlier) for earlier, later in itertools.pairwise(times[7:])} == {2}


def test_an_open_loop_backs_off_too() -> None:
    """Its calls are tasks of their own, which tell the loop what they came to before its next wait begins."""
    run = Policed({"every": "1s", "timing": "open", "backoff": {"base": "8s", "factor": 1}}, steps=REFUSED)
    assert set(run.gaps()[1:]) == {8.0}


def test_an_answer_of_4xx_stops_a_loop_and_429_does_not() -> None:
    """A status beats its class: refused at 2 s it waits 10 s, and finds the token of 8 s; at 404 it ends."""
    after = {"4xx": "stop", "429": "back_off"}
    loop = {"every": "1s", "backoff": {"base": "10s"}, "after": after}
    tokens = {"gate": {"kind": "bucket", "every": "8s", "burst": 2}}
    run = Policed(loop, steps={"gate": {"limit": "gate"}}, stations=tokens, duration="20s")
    assert run.times("calls", 200) == [0, 1, 12]
    assert run.times("calls", 429) == [2, 13]
    assert Policed(loop, steps={"no": {"answer": 404}}).count("attempts") == 1


def test_an_open_loop_is_stopped() -> None:
    """Nothing is called after the answer has come."""
    loop = {"every": "1s", "timing": "open", "after": {"any": "stop"}}
    run = Policed(loop, steps={"think": {"delay": "2500ms"}, "no": {"answer": 403}})
    assert run.times("attempts") == [0, 1, 2]


def test_a_stopped_tab_leaves_the_others_alone() -> None:
    """A gate with one token a person: both tabs end, each by its own answer."""
    gate = {"gate": {"kind": "bucket", "every": "1h", "per": "person"}}
    run = Policed({"every": "1s", "after": {"4xx": "stop"}}, steps={"g": {"limit": "gate"}}, stations=gate, tabs=2)
    assert run.count("calls", 429) == 2
    assert run.count("attempts") == 3


def test_a_loop_heeds_retry_after() -> None:
    """Polls every second are refused, and asked to wait 7 s."""
    steps = {"gate": {"limit": "gate", "retry_after": "7s"}}
    gate = {"gate": {"kind": "bucket", "every": "1h"}}
    loop = {"every": "1s", "heeds_retry_after": True}
    run = Policed(loop, steps=steps, stations=gate, duration="30s")
    assert run.times("attempts") == [0, 1, 8, 15, 22, 29]


@pytest.mark.parametrize(("every", "attempts"), [("2s", 4 / 9), ("5s", 4 / 12), ("10s", 4 / 17)])
def test_tanstack_counts_its_interval_from_the_last_failed_try(every: str, attempts: float) -> None:
    """Four tries take 7 s, then the interval passes: a slow poll is amplified more than a fast one."""
    retry = {"times": 3, "on": ["any"], "backoff": {"base": "1s", "cap": "30s"}}
    run = Policed({"every": every, "retry": retry}, steps=REFUSED, duration="1h")
    assert run.count("attempts") / 3_600 == pytest.approx(attempts, rel=0.01)
