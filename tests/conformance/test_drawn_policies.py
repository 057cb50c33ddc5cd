"""Drawn designs reach what clients can do about failures, and the engines agree on them."""

from __future__ import annotations

from collections import Counter
from random import Random

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.study.drawn import with_policies
from eventlive_sim.study.selfcheck import DESIGN_EVERY, check_case, drawn_design

CASES = range(DESIGN_EVERY, 41 * 2 * DESIGN_EVERY, 2 * DESIGN_EVERY)


def test_every_kind_is_drawn() -> None:
    """Of forty drawings: each jitter, window, keeper, timing and sequel, and each says a design that can be."""
    kinds: Counter[str] = Counter()
    for number in range(40):
        tree = with_policies(Random(f"policies {number}"), resolve_design("after").tree)
        Design.model_validate(tree)
        for loop in tree["clients"]["participant"]["loops"].values():
            backoff, breaker = loop.get("backoff") or {}, loop.get("breaker") or {}
            kinds.update(
                [f"jitter {backoff.get('jitter')}", f"per {breaker.get('per')}", f"timing {loop.get('timing')}"]
            )
            kinds.update(key for key, value in breaker.items() if key.startswith("sliding") and value is not None)
            kinds.update(f"after {sequel}" for sequel in (loop.get("after") or {}).values())
    wanted = {f"jitter {kind}" for kind in ("none", "full", "equal", "decorrelated", "around")}
    wanted |= {"per tab", "per person", "per world", "timing open", "timing closed"}
    wanted |= {"sliding_window_calls", "sliding_window_time", "after go_on", "after back_off", "after stop"}
    assert wanted <= set(kinds)


def test_breakers_open_and_try_and_calls_are_tried_again() -> None:
    """In the first forty. What fails in so small an event fails again, so that none of them closes; the breakers of a whole
    event do, on both engines (`tests/realtime/test_fallback_options.py`).
    """
    reached: Counter[str] = Counter()
    fast = engine_of(EngineName.FAST)
    for number in CASES:
        program, seed, _ = drawn_design(number)
        for (series, _), counts in fast(program, seed).counts.items():
            spec = program.series[series]
            if spec.metric in {"breaker_changes", "retries"}:
                reached[dict(spec.tags).get("to", spec.metric)] += int(counts.sum())
    assert {"open", "half_open", "retries"} <= set(+reached)


def test_engines_agree_on_drawn_policies() -> None:
    """A few of them; `selfcheck` goes on."""
    assert [check_case(number).divergence for number in CASES[:6]] == [""] * 6
