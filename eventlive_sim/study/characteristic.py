"""How often the gate is wrong: many gates on a queue whose truth is known, under, at and over its budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from eventlive_sim import theory
from eventlive_sim.data import experiments_dir, models_dir
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.stats.intervals import proportion_interval
from eventlive_sim.stats.thresholds import Threshold, parse_threshold
from eventlive_sim.stats.verdicts import Looks, Verdict, judge_mean, judge_probability
from eventlive_sim.study.measures import sojourn
from eventlive_sim.study.run import replication_seed
from eventlive_sim.study.workers import Progress, simulate_all

SERVERS, ARRIVALS = 2, 1.0
"""An M/M/2 queue at half its load: of 400 customers the mean sojourn varies by a tenth from event to event."""
LOOKS = Looks()
RISK = 0.05
RATIOS = (0.95, 1.0, 1.05)
"""True mean over the budget."""
SHARES = (0.1, 1.0, 3.0)
"""True probability of a broken budget over the risk."""
_SEED = 90_000
_BATCH = 256
_SETS = (
    "duration=500s",
    "bins=100s",
    "windows.steady=[100s, 500s]",
    f"sources.visitors.every=exp({round(1e9 / ARRIVALS)}ns)",
)


@dataclass(frozen=True)
class Operation:
    """What gates said in one case.

    Attributes
    ----------
    ratio : float
        Truth over budget: of the mean, or of the probability of a broken budget.
    """

    estimand: str
    ratio: float
    said: dict[Verdict, int]
    gates: int

    @property
    def wrong(self) -> int:
        """Gates that say what is not so; at the budget, where either verdict says too much, the more frequent one."""
        passed, failed = self.said.get(Verdict.PASS, 0), self.said.get(Verdict.FAIL, 0)
        if self.ratio == 1:
            return max(passed, failed)
        return failed if self.ratio < 1 else passed

    @property
    def wrong_at_most(self) -> float:
        """Upper 95 % bound of the share of gates that are wrong."""
        return proportion_interval(self.wrong, self.gates, 0.95, "upper").high


def queue_values(
    gates: int,
    *,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> npt.NDArray[np.float64]:
    """Mean sojourns of the queue, a row a gate, a column a replication, through design file, lowering and engine."""
    design = resolve_design(str(models_dir() / "oracles" / "desk.yaml"), sets=[f"stations.desk.servers={SERVERS}"])
    scenario = resolve_scenario(str(experiments_dir() / "oracles" / "arrivals.yaml"), sets=_SETS)
    program = lower(design.design, scenario.scenario)
    last = LOOKS.last
    values: list[float] = []
    while len(values) < gates * last:
        numbers = range(len(values), min(len(values) + _BATCH, gates * last))
        jobs = [(program, replication_seed(_SEED, number)) for number in numbers]
        values += [sojourn(program, one) for one in simulate_all(jobs, engine=engine, workers=workers)]
        if progress is not None:
            progress(len(values) / (gates * last))
    return np.array(values).reshape(gates, last)


def truth() -> float:
    """Mean sojourn of the queue by Erlang's formula [s].

    The mean over events of their means is a little below, since more customers come to the events in which they wait longer.
    """
    return theory.mmc_sojourn_mean(SERVERS, ARRIVALS, 1.0)


def characteristic(values: npt.NDArray[np.float64], mean: float) -> Iterator[Operation]:
    """What gates say whose replications are the rows of values, for budgets around the truth.

    Parameters
    ----------
    values : array of float, shape (gates, replications)
        Independent.
    mean : float
        Their true mean.

    Yields
    ------
    Operation
        Of the mean with a budget 5 % over, at and 5 % under the truth; and of the probability of a broken budget a
        tenth of the risk, the risk, and three times that, by limits that are quantiles of all the values.
    """
    rows = [row.tolist() for row in values]
    for ratio in RATIOS:
        limit = parse_threshold(f"avg<={mean / ratio!r}")
        yield _operation("mean", ratio, rows, partial(_mean, limit))
    for share in SHARES:
        beyond = float(np.quantile(values, 1 - share * RISK))
        limit = parse_threshold(f"avg<={beyond!r}")
        yield _operation("probability", share, rows, partial(_probability, limit))


_Judge = Callable[[Sequence[float], int], Verdict]


def _operation(estimand: str, ratio: float, rows: list[list[float]], judge: _Judge) -> Operation:
    said: Counter[Verdict] = Counter()
    for row in rows:
        tried = (judge(row[:look], look) for look in LOOKS.replications)
        said[next((verdict for verdict in tried if verdict is not Verdict.UNDECIDED), Verdict.UNDECIDED)] += 1
    return Operation(estimand, ratio, dict(said), len(rows))


def _mean(limit: Threshold, seen: Sequence[float], look: int) -> Verdict:
    return judge_mean(seen, limit, LOOKS.passes(look), LOOKS.fails(look), last=look == LOOKS.last).verdict


def _probability(limit: Threshold, seen: Sequence[float], look: int) -> Verdict:
    broken = sum(not limit.holds(value) for value in seen)
    return judge_probability(broken, look, RISK, LOOKS.passes(look), LOOKS.fails(look)).verdict
