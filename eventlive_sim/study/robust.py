"""Whether verdicts hold over what the guesses may be, and the guess that turns one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from eventlive_sim.model.nodes import Scalar
from eventlive_sim.model.resolve import ResolvedDesign, resolve_design
from eventlive_sim.model.sourced import Sourced
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.budgets import measure
from eventlive_sim.study.exact import Arithmetic
from eventlive_sim.study.gate import Checked, Row, gate
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.samples import collect
from eventlive_sim.study.workers import Progress, simulate_all
from eventlive_sim.units import duration_ns

SUSPECTS = 5
"""Guesses that are tried alone for a budget: those that its values go with most closely."""
REPLICATIONS = 4
"""Replications of a guess tried alone, at each end of its range."""
_NUMBER = re.compile(
    r"(?<![\w.-])\d+(?:\.\d+)?(?:(?:ns|us|µs|ms|s|m|h|d)(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))*)?(?!\w)"
)


@dataclass(frozen=True)
class Flip:
    """A guess, alone at one end of its range with all else as written, and the budget that it turns."""

    budget: str
    path: str
    value: str
    written: str
    now: Verdict
    """What the budget comes to there, by so few replications."""


@dataclass(frozen=True, eq=False)
class Robust:
    """Verdicts with one point of the guesses' ranges a replication."""

    checked: Checked
    flips: tuple[Flip, ...]
    guesses: int
    """Guesses that were drawn."""
    without_range: int
    """Guesses that say no range and stayed as written."""


class Draws:
    """Designs of replications: a Latin hypercube over the ranges of the guesses of one design."""

    def __init__(self, ground: Run, seed: int, count: int) -> None:
        from scipy.stats import qmc  # noqa: PLC0415 - half a second to import, and a check seldom draws its guesses

        self.ground = ground
        self.guesses = [guess for guess in ground.design.guesses if guess.range is not None]
        sampler = qmc.LatinHypercube(max(1, len(self.guesses)), rng=np.random.default_rng(seed))
        self.points: npt.NDArray[np.float64] = sampler.random(count)
        self._made: dict[int, tuple[ResolvedDesign, Program]] = {}

    def __call__(self, number: int) -> tuple[ResolvedDesign, Program]:
        """Design of a replication; made once."""
        if number not in self._made:
            self._made[number] = self._draw(number)
        return self._made[number]

    def _draw(self, number: int) -> tuple[ResolvedDesign, Program]:
        return self.at([between(guess, float(u)) for guess, u in zip(self.guesses, self.points[number], strict=False)])

    def at(self, values: Sequence[Scalar], guesses: Sequence[Sourced] | None = None) -> tuple[ResolvedDesign, Program]:
        """Design with guesses at these values."""
        chosen = self.guesses if guesses is None else guesses
        sets = [f"{guess.path}={value}" for guess, value in zip(chosen, values, strict=True)]
        # What somebody set by hand is no guess any more, so it comes last.
        design = resolve_design(self.ground.design.expression, sets=[*sets, *self.ground.design.sets])
        return design, lower(design.design, self.ground.scenario.scenario)


def between(guess: Sourced, share: float) -> Scalar:
    """Value of a guess within its range: every number of it moves by the same share; of words, one or the other.

    Examples
    --------
    >>> between(Sourced("x", "4ms", range=("2ms", "6ms")), 0.25)
    '3000000ns'
    >>> between(Sourced("x", "a", range=("uniform(1ms, 3ms)", "uniform(3ms, 5ms)")), 0.5)
    'uniform(2000000ns, 4000000ns)'
    """
    low, high = guess.range or (guess.value, guess.value)
    one, other = str(low), str(high)
    lows, highs = _NUMBER.findall(one), _NUMBER.findall(other)
    if not lows or isinstance(low, bool) or _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return low if share < 0.5 else high
    moved = iter([_moved(first, second, share) for first, second in zip(lows, highs, strict=True)])
    return _NUMBER.sub(lambda _: next(moved), one)


def _moved(low: str, high: str, share: float) -> str:
    if low[-1].isalpha() or high[-1].isalpha():
        first, second = duration_ns(low), duration_ns(high)
        return f"{round(first + share * (second - first))}ns"
    value = float(low) + share * (float(high) - float(low))
    return str(round(value)) if low.isdigit() and high.isdigit() else f"{value:.9g}"


def robust(
    plain: Checked,
    *,
    most: int | None = None,
    everything: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Robust:
    """Judge a checked scenario again with its guesses drawn over their ranges, and find who turns a verdict.

    Each budget is judged by the probability that an event breaks it, chance and guesses together. A budget settled by
    arithmetic must hold at every point.
    """
    ground = unstarted(plain.ground.design, plain.ground.scenario)
    draws = Draws(ground, plain.ground.seed, plain.looks.last)
    kept = {"seed": plain.ground.seed, "most": most, "everything": everything, "workers": workers}
    (checked,) = gate([ground], draws=[draws], engine=plain.ground.engine, progress=progress, **kept)  # type: ignore[arg-type]
    rows = tuple(_over_points(row, draws) for row in checked.rows)
    checked = replace(checked, rows=rows)
    flips = tuple(
        flip for one, other in zip(plain.rows, rows, strict=True) for flip in _flips(one, other, draws, plain, workers)
    )
    unranged = len(ground.design.guesses) - len(draws.guesses)
    return Robust(checked, flips, len(draws.guesses), unranged)


def _over_points(row: Row, draws: Draws) -> Row:
    """Row of a budget that was settled, settled again at every point."""
    if not row.exact or row.budget.kind != "load":
        return row
    values = []
    for number in range(len(draws.points)):
        design, _ = draws(number)
        exact = Arithmetic(design.design, draws.ground.scenario).settle(row.budget)
        values.append(math.nan if exact is None else exact.value)
    broken = sum(not row.budget.threshold.holds(value) for value in values)
    verdict = Verdict.FAIL if broken else Verdict.PASS
    why = f"breaks at {broken} of {len(values)} points of the guesses" if broken else ""
    return replace(row, verdict=verdict, values=tuple(values), broken=broken, looked=len(values), why=why)


def _flips(plain: Row, drawn: Row, draws: Draws, checked: Checked, workers: int | None) -> Iterator[Flip]:
    """Guesses that alone, at an end of their range, make of a budget something else than it is as written."""
    holds = plain.verdict is Verdict.PASS
    differ = [value for value in drawn.values if drawn.budget.threshold.holds(value) is not holds]
    if not differ or plain.verdict is Verdict.UNDECIDED or not draws.guesses:
        return
    for place in _suspects(drawn.values, draws.points):
        guess = draws.guesses[place]
        for share in (0.0, 1.0):
            value = between(guess, share)
            if _kept(drawn, draws.at([value], [guess]), checked, workers) is not holds:
                now = Verdict.FAIL if holds else Verdict.PASS
                yield Flip(plain.budget.name, guess.path, str(value), str(guess.value), now)


def _suspects(values: Sequence[float], points: npt.NDArray[np.float64]) -> list[int]:
    """Guesses whose draws go most closely with the values, by rank."""
    from scipy.stats import rankdata  # noqa: PLC0415 - as above

    known = np.isfinite(values)
    if known.sum() < 3:
        return []
    ranks = rankdata(np.asarray(values)[known])
    if np.ptp(ranks) == 0:
        return []
    drawn = rankdata(points[: len(values)][known], axis=0)
    closeness = [abs(float(np.corrcoef(drawn[:, column], ranks)[0, 1])) for column in range(points.shape[1])]
    return sorted(range(len(closeness)), key=lambda column: -closeness[column])[:SUSPECTS]


def _kept(row: Row, made: tuple[ResolvedDesign, Program], checked: Checked, workers: int | None) -> bool:
    """Whether a budget holds on a design: exactly, or in each of a few replications."""
    design, program = made
    if row.exact:
        exact = Arithmetic(design.design, checked.ground.scenario).settle(row.budget)
        return exact is not None and exact.holds
    seeds = [replication_seed(checked.ground.seed, number) for number in range(REPLICATIONS)]
    events = checked.ground.scenario.scenario.events_per_month
    recordings = simulate_all([(program, seed) for seed in seeds], engine=checked.ground.engine, workers=workers)
    return all(
        row.budget.threshold.holds(measure(collect(program, recording, design.design, events=events), row.budget))
        for recording in recordings
    )
