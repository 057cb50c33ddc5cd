"""Sensitivity: which guesses and knobs a metric hangs on, one at a time, over their whole space, and by shares of variance.

* **tornado**: each alone at both ends of its range, all else as written: the change of the metric's mean under the same seeds.
* **morris**: elementary effects from many places of the space (Morris 1991, with the absolute mean of Campolongo 2007): mu* says how
  much, sigma how differently from place to place, by interaction or bend.
* **sobol**: of the few that matter, the share of the metric's variance that each brings alone (S1) and in all (ST) (Saltelli 2010).

Every point meets the same people: what chance does is the same everywhere. SALib is imported here alone: it comes with ``[tune]``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from eventlive_sim.errors import ModelError
from eventlive_sim.model.sourced import Sourced
from eventlive_sim.stats.intervals import Interval
from eventlive_sim.study.axes import Axis, distinct
from eventlive_sim.study.points import Measured, Points
from eventlive_sim.study.robust import between
from eventlive_sim.study.run import Run
from eventlive_sim.study.search import part_of
from eventlive_sim.study.workers import Progress

Method = Literal["tornado", "morris", "sobol"]
METHODS: tuple[Method, ...] = ("tornado", "morris", "sobol")
POINTS_MOST = 20_000
_LEVELS = 4
"""Levels of Morris's grid, as is usual."""


@dataclass(frozen=True)
class Factor:
    """A guess with its range, or a knob."""

    name: str
    written: str
    """Value as the design has it; empty of a knob."""
    source: Axis | Sourced

    def sets(self, share: float) -> list[str]:
        """What ``--set`` is given at a share of the range."""
        if isinstance(self.source, Axis):
            return self.source.sets(self.source.at(share))
        return [f"{self.source.path}={between(self.source, share)}"]

    def said(self, share: float) -> str:
        """Value at a share of the range, for people."""
        return (
            str(self.source.at(share))
            if isinstance(self.source, Axis)
            else str((self.source.range or ("", ""))[round(share)])
        )


@dataclass(frozen=True)
class Effect:
    """What a factor does to the metric.

    Attributes
    ----------
    low, high : Interval, optional
        tornado: change at each end, 95 %; None where a value is missing.
    size : float
        What factors are ranked by: the larger change, mu*, or ST.
    spread : float
        morris: sigma. sobol: S1.
    error : float
        Half the 95 % interval of `size`: over trajectories, or resampled points; not a number of a tornado.
    """

    factor: Factor
    size: float
    spread: float = math.nan
    error: float = math.nan
    low: Interval | None = None
    high: Interval | None = None


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Effects of factors on a metric, the largest first."""

    ground: Run
    metric: str
    method: Method
    effects: tuple[Effect, ...]
    base: Measured
    points: int
    """Settings that were simulated, besides the design as written."""
    seed: int
    replications: int
    without_range: int
    """Guesses that say no range, and stayed as written."""


def sensitivity(
    points: Points,
    axes: Sequence[Axis],
    *,
    method: Method = "tornado",
    guesses: bool = True,
    most: int = 0,
    samples: int = 10,
    seed: int = 1,
    replications: int = 4,
    progress: Progress | None = None,
) -> Sensitivity:
    """Effects of guesses and knobs on the one metric that `points` measures.

    Parameters
    ----------
    guesses : bool
        Whether the design's guesses that say a range are factors, besides the axes.
    most : int
        Only so many factors, those that a tornado ranks first; 0 for all.
    samples : int
        morris: trajectories. sobol: points of each of the two matrices; the next power of 2 is taken, since the
        points of Sobol's sequence are balanced there only.

    Raises
    ------
    ModelError
        If there is no factor, the points would be too many, or a path, value or metric does not exist.
    """
    distinct(axes)
    if method == "sobol":
        samples = 1 << (samples - 1).bit_length()
    ground, *_ = points.check([], *([text for one in axes for text in one.sets(one.at(end))] for end in (0.0, 1.0)))
    factors, unranged = _factors(ground, axes, guesses=guesses)
    screens = method == "tornado" or 0 < most < len(factors)
    kept = min(most, len(factors)) if most else len(factors)
    count = 2 * len(factors) * screens + {"tornado": 0, "morris": (kept + 1), "sobol": (kept + 2)}[method] * samples
    if not factors or not samples >= 2 or count > POINTS_MOST or replications < 1:
        problem = f"{len(factors)} factors make {count} points of {replications} replications"
        remedy = f"give a knob or a guess with a range, 2 samples or more, and at most {POINTS_MOST} points: fewer with --most"
        raise ModelError(problem, remedy, rule="bad-sensitivity")
    told = _Telling(progress, 1 + count)
    base = points.at([], seed, replications, told.next())
    effects = [_alone(points, one, base, seed, replications, told) for one in factors] if screens else []
    effects.sort(key=lambda effect: -effect.size if math.isfinite(effect.size) else math.inf)
    if method == "tornado":
        effects = effects[:kept]
    else:
        chosen = [effect.factor for effect in effects[:kept]] or factors
        shares, analyse = _plan(method, chosen, samples, seed)
        values = np.array([_value(points, chosen, one, seed, replications, told) for one in shares])
        effects = sorted(analyse(shares, values, seed), key=lambda effect: -effect.size)
    return Sensitivity(
        ground, points.metrics[0], method, tuple(effects), base, told.done - 1, seed, replications, unranged
    )


class _Telling:
    """Progress over points that are simulated one after the other."""

    def __init__(self, progress: Progress | None, count: int) -> None:
        self.progress, self.count, self.done = progress, count, 0

    def next(self) -> Progress | None:
        """What the next point tells."""
        self.done += 1
        return None if self.progress is None else partial(part_of, self.progress, self.done - 1, self.count)


def _factors(ground: Run, axes: Sequence[Axis], *, guesses: bool) -> tuple[list[Factor], int]:
    found = [Factor(one.name, "", one) for one in axes]
    taken = {path for one in axes for path in one.paths} | {text.split("=", 1)[0] for text in ground.design.sets}
    left = [guess for guess in ground.design.guesses if guess.path not in taken] if guesses else []
    found += [Factor(guess.path, str(guess.value), guess) for guess in left if guess.range is not None]
    return found, sum(guess.range is None for guess in left)


def _alone(points: Points, factor: Factor, base: Measured, seed: int, replications: int, told: _Telling) -> Effect:
    ends = [points.at(factor.sets(share), seed, replications, told.next()) for share in (0.0, 1.0)]
    moved = [abs(one.mean(0) - base.mean(0)) for one in ends]
    low, high = (one.against(base, 0) for one in ends)
    return Effect(factor, max((one for one in moved if math.isfinite(one)), default=math.nan), low=low, high=high)


# ---------------------------------------------------------------- the whole space


_Shares = NDArray[np.float64]


class _Analysis:
    """Effects from the values at a plan's points."""

    def __init__(self, method: Method, factors: Sequence[Factor]) -> None:
        self.method, self.factors = method, factors
        self.problem = {
            "num_vars": len(factors),
            "names": [one.name for one in factors],
            "bounds": [[0, 1]] * len(factors),
        }

    def __call__(self, shares: _Shares, values: _Shares, seed: int) -> list[Effect]:
        if not np.isfinite(values).all():
            missing = int((~np.isfinite(values)).sum())
            problem = (
                f"at {missing} of {len(values)} points there is nothing to measure, or too little for the quantile"
            )
            raise ModelError(problem, "ask for an average, or let more people come", rule="no-data")
        if self.method == "morris":
            found = morris_analysis.analyze(
                self.problem, shares, values, num_levels=_LEVELS, seed=seed, print_to_console=False
            )
            columns = zip(self.factors, found["mu_star"], found["sigma"], found["mu_star_conf"], strict=True)
        elif np.ptp(values) == 0:
            columns = zip(self.factors, *[[0.0] * len(self.factors)] * 3, strict=True)
        else:
            found = sobol_analysis.analyze(
                self.problem, values, calc_second_order=False, seed=seed, print_to_console=False
            )
            columns = zip(self.factors, found["ST"], found["S1"], found["ST_conf"], strict=True)
        return [Effect(one, float(size), float(spread), float(error)) for one, size, spread, error in columns]


def _plan(method: Method, factors: Sequence[Factor], samples: int, seed: int) -> tuple[_Shares, _Analysis]:
    analysis = _Analysis(method, factors)
    if method == "morris":
        shares = morris_sample.sample(analysis.problem, samples, num_levels=_LEVELS, seed=seed)
    else:
        shares = sobol_sample.sample(analysis.problem, samples, calc_second_order=False, seed=seed)
    return np.asarray(shares, dtype=float), analysis


def _value(
    points: Points, factors: Sequence[Factor], shares: _Shares, seed: int, replications: int, told: _Telling
) -> float:
    sets = [text for one, share in zip(factors, shares, strict=True) for text in one.sets(float(share))]
    return points.at(sets, seed, replications, told.next()).mean(0)
