"""The oracles: closed forms that design files, run through the whole chain, must meet within 4 standard errors."""

from __future__ import annotations

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.study.oracles import Case, cases
from eventlive_sim.study.verify import SIGMAS, verify, verify_case

WANTED = {"O1", "O2", "O3", "O5", "O6", "O8", "O9", "O10", "O11", "O13", "O17", "O18", "O19", "O22"}


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.oracle}-{case.design}-{case.seed}")
def test_theory_is_met(case: Case) -> None:
    """The mean of 20 replications lies within 4 standard errors of the closed form named in the case."""
    rows = verify_case(case)
    assert rows
    assert [row for row in rows if abs(row.sigma) > SIGMAS] == []


def test_no_oracle_is_forgotten() -> None:
    """Every oracle that the project asked for has a case, and each case a seed of its own."""
    assert {case.oracle for case in cases()} >= WANTED
    assert len({case.seed for case in cases()}) == len(cases())


def test_a_wrong_expectation_is_missed() -> None:
    """The band can fail: a wait two thirds of the true one is found out."""
    case = next(case for case in cases() if case.oracle == "O17")
    quantity = case.quantities[0]
    wrong = type(quantity)(quantity.name, quantity.expected * 2 / 3, quantity.measure)
    changed = type(case)(
        case.oracle, case.design, case.scenario, (wrong,), case.design_sets, case.scenario_sets, case.seed
    )
    assert not verify_case(changed)[0].ok


def test_an_unknown_oracle_lists_the_known() -> None:
    """The error names what there is."""
    with pytest.raises(ModelError, match="O13"):
        verify(["O99"])
