"""By how much failures multiply calls, against the arithmetic of the libraries' waits."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.model.design import Design, Loop
from eventlive_sim.model.policies import ClientRetry
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.study.amplification import amplification, waits_ns
from tests.study.small import BAR, changed, write

S = 1_000_000_000


def loop_like(folder: Path, preset: str, **parts: Any) -> Loop:
    """Loop of a bar that takes what a preset says."""
    loop = {"call": "order", "every": "2s", "like": preset, **parts}
    tree = changed(BAR, clients__guest={"loops": {"go": loop}})
    design: Design = resolve_design(str(write(folder / "bar.yaml", tree))).design
    return design.clients["guest"].loops["go"]


@pytest.mark.parametrize(
    ("every", "times"), [("2s", 1.0), ("5s", 20 / 12), ("10s", 40 / 17), ("60s", 240 / 67), ("1000s", 4_000 / 1_007)]
)
def test_tanstack_amplifies_slow_polls_more(tmp_path: Path, every: str, times: float) -> None:
    """Four tries in 7 s and the interval: 4 T / (7 + T), and never less than one."""
    assert amplification(loop_like(tmp_path, "clients/tanstack_query", every=every)) == pytest.approx(times)


def test_swr_never_amplifies_a_poll_of_seconds(tmp_path: Path) -> None:
    """Its retries without end come ever more seldom."""
    loop = loop_like(tmp_path, "clients/swr", every="5s")
    assert loop.retry is not None
    assert list(islice((wait / S for wait in waits_ns(loop.retry)), 9)) == [10, 20, 40, 80, 160, 320, 640, 1280, 1280]
    assert amplification(loop) == 1


def test_supabase_js_waits_1_2_4_seconds_and_tries_no_timeout_again(tmp_path: Path) -> None:
    """Three more tries of 503 and 520 only."""
    retry = loop_like(tmp_path, "clients/supabase_js").retry
    assert retry is not None
    assert (retry.times, retry.on, retry.retry_after) == (3, ("503", "520"), "instead")
    assert [wait / S for wait in islice(waits_ns(retry), 3)] == [1, 2, 4]


@pytest.mark.parametrize("name", ["resilience4j", "opossum", "polly", "tab"])
def test_breakers_of_libraries_are_there(tmp_path: Path, name: str) -> None:
    """Each stands in a loop."""
    breaker = loop_like(tmp_path, f"clients/{name}").breaker
    assert breaker is not None
    assert breaker.minimum_number_of_calls == {"resilience4j": 100, "opossum": 1, "polly": 100, "tab": 5}[name]


@pytest.mark.parametrize("name", ["axios_retry", "aws_standard", "finagle"])
def test_retries_of_libraries_are_there(tmp_path: Path, name: str) -> None:
    """Each stands in a loop, and amplifies an open one by what it says."""
    loop = loop_like(tmp_path, f"clients/{name}", timing="open")
    assert amplification(loop) == {"axios_retry": 4, "aws_standard": 3, "finagle": 1.2}[name]


def test_a_loop_without_retries_or_an_end_to_them() -> None:
    """1; what is called once and tried for ever, or by an open loop, has no bound."""
    assert amplification(Loop(call="door", every="1s")) == 1  # type: ignore[arg-type]
    for_ever = ClientRetry(times="unlimited")
    assert amplification(Loop(call="door", retry=for_ever)) == math.inf
    assert amplification(Loop(call="door", every="1s", timing="open", retry=for_ever)) == math.inf  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("jitter", "waits"),
    [("none", [8, 16, 20]), ("full", [4, 8, 10]), ("equal", [6, 12, 15]), ("around", [8, 16, 20])],
)
def test_mean_waits_follow_the_jitter(jitter: str, waits: list[float]) -> None:
    """Half of the wait, three quarters, or all of it."""
    backoff = {"base": "8s", "cap": "20s", "jitter": jitter}
    retry = ClientRetry.model_validate({"times": 3, "backoff": backoff})
    assert [wait / S for wait in islice(waits_ns(retry), 3)] == waits


def test_mean_decorrelated_waits_grow_by_half() -> None:
    """Between the base and three times the one before: 16, 28, ... from 8 s on, up to the cap."""
    retry = ClientRetry.model_validate({"times": 3, "backoff": {"base": "8s", "cap": "40s", "jitter": "decorrelated"}})
    assert [wait / S for wait in islice(waits_ns(retry), 4)] == [16, 28, 40, 40]
