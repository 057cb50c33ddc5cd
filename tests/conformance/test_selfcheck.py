"""The engines agree on thousands of drawn programs and on drawn designs."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import pytest

from eventlive_sim.engine.contract.bench import Sheet
from eventlive_sim.engine.draws import ranks_in_arrays, ranks_of
from eventlive_sim.engine.kernel import simulate
from eventlive_sim.engine.kernel.native import compile_kernel, load
from eventlive_sim.program.program import Population
from eventlive_sim.study.selfcheck import check_case, check_cases, disagreement, drawn_program, selfcheck
from tests.conformance.mutants import BY_NAME

CASES = 2050


@pytest.mark.timeout(900)
def test_two_thousand_programs():
    """Same counters, histograms and station figures, same acts at the same times; refusals agree too."""
    tally = selfcheck(3600, most=CASES)
    assert tally.divergence == ""
    assert tally.counts["programs"] >= 2000
    assert tally.counts["designs"] >= 40
    assert tally.counts["events"] > 100_000


def test_a_divergence_is_told_and_ends_the_check():
    """What is said names the case, so that it can be seen again, and where the traces part."""
    mutant = BY_NAME["one server too many"]
    engine = partial(simulate, loop=load(compile_kernel({mutant.function: mutant.source()})))
    tally = check_cases(range(1, 200), engine)
    number = int(tally.divergence.split("(case ")[1].split(")")[0])
    assert f"program {number}, seed " in tally.divergence
    assert "Row(" in tally.divergence
    assert check_case(number, engine).divergence == tally.divergence
    assert check_case(number).divergence == ""


def test_a_case_is_the_same_again():
    """A number stands for one program and one seed."""
    (one, seed), (other, same) = drawn_program(7), drawn_program(7)
    assert (one.digest, seed) == (other.digest, same)
    assert drawn_program(8)[0].digest != one.digest


def test_programs_reach_all_of_the_calendar():
    """Among the drawn programs are some of nanoseconds, of seconds and of hours."""
    horizons = [drawn_program(number)[0].horizon_ns for number in range(60)]
    assert min(horizons) < 10**3
    assert any(10**9 < horizon < 10**12 for horizon in horizons)
    assert max(horizons) > 1 << 45, "the last list of the calendar begins there"


def test_a_program_that_only_one_engine_refuses_is_a_divergence():
    """Both must refuse a loop without a hold."""
    sheet = Sheet()
    with sheet.actor("a"):
        sheet.jump(sheet.here())
    program = sheet.build(100, bin_ns=100)
    counts: Counter[str] = Counter()
    assert disagreement(program, 1, simulate, counts) == ""
    assert counts["refused"] == 1
    other = sheet_that_ends().build(100, bin_ns=100)
    assert "refuses it" in disagreement(program, 1, lambda _, seed: simulate(other, seed), counts)


def sheet_that_ends() -> Sheet:
    sheet = Sheet()
    with sheet.actor("a"):
        sheet.end()
    return sheet


@pytest.mark.parametrize("counts", [(1, 0, 5), (3, 1000, 2), (0, 0, 0)])
def test_ranks_in_arrays(counts: tuple[int, int, int]):
    """The kernel's ranks are those of the reference."""
    populations = [
        Population("w", counts[0], 0, 1, True), Population("a", counts[1], 0, 1, False), Population("v", counts[2], 0, 1, True),
    ]  # fmt: skip
    for seed in (0, 1, 1 << 62):
        assert np.array_equal(ranks_in_arrays(populations, seed), ranks_of(populations, seed))
