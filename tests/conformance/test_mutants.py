"""Planted faults are found: what compares the engines can fail."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.mutants import MUTANTS
from tests.house.source import ROOT

HANGS_S = 200


def outcome(name: str) -> tuple[int, str]:
    """Exit code and output of the comparison in a process of its own, which a fault may crash or hang."""
    command = [sys.executable, "-m", "tests.conformance.mutants", name]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False)
    except subprocess.TimeoutExpired:
        return -1, "it hangs"
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[int, str]]:
    """Outcome of each fault, and of none, by name; two at a time."""
    names = ["", *(mutant.name for mutant in MUTANTS)]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(outcome, names), strict=True))


@pytest.mark.timeout(1200)
def test_the_kernel_as_it_is_passes(outcomes: dict[str, tuple[int, str]]):
    """What finds the faults finds none without them."""
    code, told = outcomes[""]
    assert code == 0, told


@pytest.mark.parametrize("name", [mutant.name for mutant in MUTANTS])
def test_a_planted_fault_is_found(name: str, outcomes: dict[str, tuple[int, str]]):
    """A fault makes the kernel record or act otherwise, or crash; not merely fail to compile."""
    code, told = outcomes[name]
    assert code != 0, "nobody noticed"
    assert "NotInTheLanguage" not in told
    assert "no longer says" not in told
