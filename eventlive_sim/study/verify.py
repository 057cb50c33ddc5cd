"""Runs the oracles and holds what is measured against what theory says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventlive_sim.data import experiments_dir, models_dir
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.oracles import Case, cases
from eventlive_sim.study.run import Progress, run

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
    *,
    replications: int = REPLICATIONS_MIN,
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

    Raises
    ------
    ModelError
        If an id is unknown; the remedy lists the known ones.
    """
    known = cases()
    ids = list(dict.fromkeys(case.oracle for case in known))
    for name in oracles or ():
        if name not in ids:
            raise ModelError(f"there is no oracle {name!r}", f"write one of: {', '.join(ids)}", rule="unknown-oracle")
    chosen = [case for case in known if not oracles or case.oracle in oracles]
    rows: list[VerifyRow] = []
    for number, case in enumerate(chosen):
        part = None if progress is None else _part(progress, number, len(chosen))
        rows += verify_case(case, replications=replications, workers=workers, progress=part)
    return rows


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda part: progress((number + part) / count)


def verify_case(
    case: Case,
    *,
    replications: int = REPLICATIONS_MIN,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[VerifyRow]:
    """Run one case and compare each of its quantities."""
    design = resolve_design(str(models_dir() / _FOLDER / f"{case.design}.yaml"), sets=case.design_sets)
    scenario = resolve_scenario(str(experiments_dir() / _FOLDER / f"{case.scenario}.yaml"), sets=case.scenario_sets)
    done = run(design, scenario, seed=case.seed, replications=replications, workers=workers, progress=progress)
    rows = []
    for quantity in case.quantities:
        values = [quantity.measure(done.program, replication.recording) for replication in done.replications]
        mean = math.fsum(values) / len(values)
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        gap = mean - quantity.expected
        sigma = gap / error if error else (0.0 if math.isclose(gap, 0, abs_tol=1e-9) else math.inf)
        rows.append(VerifyRow(case.oracle, quantity.name, quantity.expected, mean, error, sigma, abs(sigma) <= SIGMAS))
    return rows
