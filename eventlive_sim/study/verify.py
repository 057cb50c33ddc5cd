"""Runs the oracles and holds what is measured against what theory says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventlive_sim.data import experiments_dir, models_dir
from eventlive_sim.engine.engines import Engine, EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program
from eventlive_sim.study.oracles import Case, Quantity, cases, heavy_cases
from eventlive_sim.study.run import check_windows, replication_seed
from eventlive_sim.study.workers import Progress, simulate_all

REPLICATIONS_MIN = 20
SIGMAS = 4.0
"""Accuracy that is asked for, fixed before anything is measured."""

_FOLDER = "oracles"


@dataclass(frozen=True)
class VerifyRow:
    """One quantity: what theory says, the mean over replications, its standard error, and the distance in those."""

    oracle: str
    quantity: str
    expected: float
    measured: float
    standard_error: float
    sigma: float
    ok: bool


def verify(
    oracles: Sequence[str] | None = None,
    replications: int = REPLICATIONS_MIN,
    *,
    engine: EngineName | Engine = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[VerifyRow]:
    """Run the oracles: design files through the whole chain, laws checked on every replication.

    Parameters
    ----------
    oracles : sequence of str, optional
        Ids such as ``O1``; all without.
    replications : int
        Replications of each, at least 20.
    engine : EngineName or callable
        What runs the programs; the fast engine also those at loads of 0.9 and 0.95.

    Raises
    ------
    ModelError
        If an id is unknown (the remedy lists the known ones), or replications are too few for the band.
    SimulationError
        If a law is broken.
    """
    known = (*cases(), *heavy_cases()) if engine is EngineName.FAST else cases()
    ids = list(dict.fromkeys(case.oracle for case in known))
    for name in oracles or ():
        if name not in ids:
            raise ModelError(f"there is no oracle {name!r}", f"write one of: {', '.join(ids)}", rule="unknown-oracle")
    chosen = [case for case in known if not oracles or case.oracle in oracles]
    return verify_cases(chosen, replications, engine=engine, workers=workers, progress=progress)


def verify_cases(
    chosen: Sequence[Case],
    replications: int = REPLICATIONS_MIN,
    *,
    engine: EngineName | Engine = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[VerifyRow]:
    """Run cases by one set of processes, and compare each of their quantities; see ``verify``."""
    if replications < REPLICATIONS_MIN:
        problem, remedy = f"replications is {replications}", f"run at least {REPLICATIONS_MIN}: the band needs them"
        raise ModelError(problem, remedy, rule="bad-study")
    programs = [_program(case) for case in chosen]
    jobs = [
        (program, replication_seed(case.seed, number))
        for case, program in zip(chosen, programs, strict=True)
        for number in range(replications)
    ]
    recordings = simulate_all(jobs, engine=engine, workers=workers, progress=progress)
    rows: list[VerifyRow] = []
    for number, (case, program) in enumerate(zip(chosen, programs, strict=True)):
        mine = recordings[number * replications : (number + 1) * replications]
        rows += [
            compared(case.oracle, quantity, [quantity.measure(program, one) for one in mine])
            for quantity in case.quantities
        ]
    return rows


def compared(oracle: str, quantity: Quantity, values: Sequence[float]) -> VerifyRow:
    """Row of a quantity; a value that is not a number is a miss."""
    mean = math.fsum(values) / len(values)
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    gap = mean - quantity.expected
    sigma = gap / error if error else (0.0 if math.isclose(gap, 0, abs_tol=1e-9) else math.inf)
    return VerifyRow(oracle, quantity.name, quantity.expected, mean, error, sigma, abs(sigma) <= SIGMAS)


def _program(case: Case) -> Program:
    design = resolve_design(str(models_dir() / _FOLDER / f"{case.design}.yaml"), sets=case.design_sets)
    scenario = resolve_scenario(str(experiments_dir() / _FOLDER / f"{case.scenario}.yaml"), sets=case.scenario_sets)
    check_windows(scenario)
    return lower(design.design, scenario.scenario)
