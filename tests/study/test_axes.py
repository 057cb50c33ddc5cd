"""Axes: what may be written, what lies between, and that a hypercube is Latin."""

from __future__ import annotations

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.study.axes import Axis, axis, distinct, hypercube
from eventlive_sim.units import duration_ns


@pytest.mark.parametrize(
    ("written", "share", "value"),
    [
        ("a.every=2s..32s:log", 0.5, "8s"),
        ("a.every=2s..32s", 0.5, "17s"),
        ("a.every=250ms..1s", 0.0, "250ms"),
        ("a.calls=1..20", 1.0, "20"),
        ("a.share=0.1..0.9", 0.25, "0.3"),
        ("a.mode=x,y,z", 1.0, "z"),
        ("a.law=uniform(1s, 2s),exp(3s)", 0.0, "uniform(1s, 2s)"),
    ],
)
def test_values_lie_where_they_should(written: str, share: float, value: str) -> None:
    """Evenly, or by factors; of words one after the other."""
    assert axis(written).at(share) == value


def test_several_paths_move_together() -> None:
    """Each is set to the same value."""
    assert axis("a.every+b.every=2s..4s").sets("3s") == ["a.every=3s", "b.every=3s"]


@pytest.mark.parametrize(
    "written", ["a", "a=", "=1..2", "a+=1..2", "a=5", "a=2..1", "a=0..2:log", "a=1,1", "a=1s..x", "a=1,"]
)
def test_what_is_no_axis_is_refused(written: str) -> None:
    """With how to write it."""
    with pytest.raises(ModelError) as caught:
        axis(written)
    assert caught.value.rule == "bad-knob"


def test_a_path_stands_on_one_axis() -> None:
    """Twice says two things."""
    distinct([axis("a=1..2"), axis("b=1..2")])
    with pytest.raises(ModelError, match="a stands on two knobs"):
        distinct([axis("a=1..2"), axis("c+a=1..2")])


def test_a_hypercube_is_latin_and_repeats() -> None:
    """Each of twenty equal parts of each axis holds one point; the same seed gives the same points, another does not."""
    axes = [axis("a=0.0..1.0"), axis("b=1s..21s"), Axis(("c",), values=("x", "y"))]
    points = hypercube(axes, 20, seed=3)
    assert sorted(int(min(float(point[0]), 0.9999) * 20) for point in points) == list(range(20))
    assert sorted(int(min(duration_ns(point[1]) / 1e9 - 1, 19.99)) for point in points) == list(range(20))
    assert sorted(point[2] for point in points) == ["x"] * 10 + ["y"] * 10
    assert points == hypercube(axes, 20, seed=3) != hypercube(axes, 20, seed=4)
