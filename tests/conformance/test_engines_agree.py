"""The kernel and the reference record the same, figure for figure, and act the same, row for row."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventlive_sim.engine.contract.fuzz import random_sheet
from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.recording import Recording, first_difference
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.engine.trace import Trace, first_divergence
from eventlive_sim.errors import SimulationError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program, Window
from tests.incident import event, test_incident
from tests.program import small, test_lower_queries, test_lower_steps

FEW = 100


def agree(program: Program, seed: int = 1, *, traced: bool = True) -> None:
    """Both engines record the same; where they do not, the first figure and the first act that differ are told."""
    left, right = (Trace(), Trace()) if traced else (None, None)
    ours, theirs = kernel(program, seed, trace=left), reference(program, seed, trace=right)
    assert not first_difference(ours, theirs), first_divergence(left, right) if left and right else ""
    assert ours.fingerprint == theirs.fingerprint
    if left is not None and right is not None:
        assert not first_divergence(left, right)
        assert kernel(program, seed).fingerprint == ours.fingerprint


# ---------------------------------------------------------------- designs


WRITTEN = [
    (module, name)
    for module in (test_lower_steps, test_lower_queries, test_incident)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_") and not inspect.signature(function).parameters
]


@pytest.mark.parametrize(("module", "name"), WRITTEN, ids=[name for _, name in WRITTEN])
def test_small_designs(module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch):
    """Every program that the tests of lowering and of the incident run by the reference."""

    def both(program: Program, seed: int, *, trace: Trace | None = None) -> Recording:
        agree(program, seed)
        return reference(program, seed, trace=trace)

    monkeypatch.setattr(small, "simulate", both)
    monkeypatch.setattr(event, "simulate", both)
    getattr(module, name)()


@pytest.mark.parametrize("expression", ["before", "after"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_incident(expression: str, seed: int):
    """The incident before and after, with a hundred people over its whole hour."""
    tree = resolve_scenario("s1").tree
    tree["clients"]["participant"]["people"] = FEW
    scenario = Scenario.model_validate(tree)
    agree(lower(resolve_design(expression).design, scenario), seed, traced=False)


# ---------------------------------------------------------------- random programs


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    author=st.integers(0, 1 << 40),
    seed=st.integers(0, 1 << 63),
    knobs=st.booleans(),
    horizon=st.sampled_from([1, 50, 300, 1000]),
    bin_ns=st.sampled_from([1, 7, 100, 5000]),
    bounds=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=3),
)
def test_random_programs(author: int, seed: int, knobs: bool, horizon: int, bin_ns: int, bounds: list[tuple[int, int]]):
    """Every primitive over every kind of station, in times of a few nanoseconds: refusals agree too."""
    windows = tuple(Window(f"window {at}", start, stop) for at, (start, stop) in enumerate(bounds))
    program = random_sheet(author, knobs=knobs).build(horizon, bin_ns=bin_ns, windows=windows)
    try:
        reference(program, seed)
    except SimulationError:
        with pytest.raises(SimulationError):
            kernel(program, seed)
        return
    agree(program, seed)
