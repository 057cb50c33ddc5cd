"""Sensitivity: on a sum of two waits, whose effects and shares of variance are known by hand."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.study.axes import axis
from eventlive_sim.study.points import RISK, Points
from eventlive_sim.study.sensitivity import Sensitivity, sensitivity
from tests.study.small import BAR, EVENING, changed, write

TWO: dict[str, Any] = changed(
    BAR,
    endpoints__order__steps={
        "serve": {
            "visit": "desk",
            "service": {"value": "100ms", "guess": True, "range": ["50ms", "150ms"], "source": "none"},
        },
        "pay": {
            "visit": "desk",
            "service": {"value": "300ms", "guess": True, "range": ["200ms", "400ms"], "source": "none"},
        },
        "leave": {"visit": "desk", "service": {"value": "1ms", "guess": True, "source": "none"}},
    },
)
"""A lone guest waits a + b + 1 ms: a is 50 to 150 ms, b is 200 to 400 ms, and of the last nobody knows a range."""
SERVE, PAY = "endpoints.order.steps.serve.service", "endpoints.order.steps.pay.service"
DURATION = "call_duration{endpoint:order}:avg"
Place = Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]


@pytest.fixture
def bar(tmp_path: Path) -> Place:
    """The bar with two waits."""
    design, world = str(write(tmp_path / "bar.yaml", TWO)), str(write(tmp_path / "evening.yaml", EVENING))
    return lambda sets: (resolve_design(design, sets=sets), resolve_scenario(world))


def of(bar: Place, metric: str = DURATION, knobs: tuple[str, ...] = (), **how: Any) -> Sensitivity:
    points = Points(bar, (metric,), workers=1)
    return sensitivity(points, [axis(text) for text in knobs], replications=2, **how)


def test_a_tornado_is_the_change_at_each_end(bar: Place) -> None:
    """Exactly, and the wider range first; what has no range is said."""
    done = of(bar)
    assert [effect.factor.name for effect in done.effects] == [PAY, SERVE]
    for effect, change in zip(done.effects, (100, 50), strict=True):
        assert effect.low is not None
        assert effect.high is not None
        assert (effect.low.estimate, effect.high.estimate) == pytest.approx((-change, change))
        assert effect.size == pytest.approx(change)
    assert (done.points, done.without_range) == (4, 1)
    assert done.base.mean(0) == pytest.approx(401)


def test_elementary_effects_of_a_sum(bar: Place) -> None:
    """Morris: each effect is its range wherever it is looked at, so that nothing is left for interaction."""
    done = of(bar, method="morris", samples=4)
    assert [effect.factor.name for effect in done.effects] == [PAY, SERVE]
    assert [effect.size for effect in done.effects] == pytest.approx([200, 100], rel=1e-6)
    assert [effect.spread for effect in done.effects] == pytest.approx([0, 0], abs=1e-6)
    assert done.points == 4 * 3


def test_shares_of_variance_of_a_sum(bar: Place) -> None:
    """Sobol: the squares of the ranges, 4 to 1, alone and in all; 128 base points come within a twentieth."""
    done = of(bar, method="sobol", samples=128)
    assert [effect.factor.name for effect in done.effects] == [PAY, SERVE]
    assert [effect.size for effect in done.effects] == pytest.approx([0.8, 0.2], abs=0.05)
    assert [effect.spread for effect in done.effects] == pytest.approx([0.8, 0.2], abs=0.05)
    assert done.points == 128 * 4


def test_a_screen_comes_first(bar: Place) -> None:
    """Only the one that a tornado ranks first is looked at closely: it has all the variance there is."""
    done = of(bar, method="sobol", samples=16, most=1)
    assert [effect.factor.name for effect in done.effects] == [PAY]
    assert done.effects[0].size == pytest.approx(1, abs=0.05)
    assert done.points == 4 + 16 * 3


def test_a_knob_stands_for_its_guess(bar: Place) -> None:
    """A path that is given is no guess any more; without guesses it is alone."""
    done = of(bar, knobs=(f"{SERVE}=90ms..110ms",))
    assert [effect.factor.name for effect in done.effects] == [PAY, SERVE]
    assert done.effects[1].size == pytest.approx(10)
    alone = of(bar, knobs=(f"{SERVE}=90ms..110ms",), guesses=False)
    assert [effect.factor.name for effect in alone.effects] == [SERVE]


def test_what_cannot_be_asked(bar: Place) -> None:
    """No factor, too many points, no budgets to be at risk, no data: each with what to do."""
    with pytest.raises(ModelError, match="give a knob or a guess"):
        of(bar, guesses=False)
    with pytest.raises(ModelError, match="at most 20000 points"):
        of(bar, method="sobol", samples=8192)
    with pytest.raises(ModelError, match="no budgets"):
        of(bar, RISK)
    with pytest.raises(ModelError, match="nothing to measure"):
        of(bar, "call_duration{endpoint:order}:p(99)", method="morris")


def test_command(bar: Place, tmp_path: Path) -> None:
    """Document and picture of one study; what is no method is refused."""
    bar([])
    picture = tmp_path / "tornado.svg"
    asked = [
        "sensitivity",
        str(tmp_path / "bar.yaml"),
        str(tmp_path / "evening.yaml"),
        "--metric",
        DURATION,
        "-n",
        "2",
        "-q",
    ]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json", "-", "--picture", str(picture)]).stdout)
    assert [(one["path"], one["range"]) for one in told["factors"]] == [
        (PAY, ["200ms", "400ms"]),
        (SERVE, ["50ms", "150ms"]),
    ]
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    assert sum(element.tag.endswith("rect") for element in root) == 1 + 4
    assert "larger change" in CliRunner().invoke(app, asked).stdout
    assert "tornado, morris, sobol" in str(CliRunner().invoke(app, [*asked, "--method", "guess"]).exception)


def test_sobol_takes_a_power_of_two(bar: Place, recwarn: pytest.WarningsRecorder) -> None:
    """Ten points are sixteen: the library has nothing to warn of."""
    ten, sixteen = (of(bar, method="sobol", samples=samples, most=1) for samples in (10, 16))
    assert ten.points == sixteen.points
    assert [effect.size for effect in ten.effects] == [effect.size for effect in sixteen.effects]
    assert [str(one.message) for one in recwarn if "power of 2" in str(one.message)] == []
