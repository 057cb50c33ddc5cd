"""Attendance that nobody knows: registrants times the share who show up, and the probability that the event holds all the same."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from eventlive_sim.errors import ModelError
from eventlive_sim.stats.intervals import Interval, proportion_interval
from eventlive_sim.study.budgets import Budget, known_budgets
from eventlive_sim.study.exact import Arithmetic
from eventlive_sim.study.gate import guard
from eventlive_sim.study.lowered import lowered
from eventlive_sim.study.points import Resolve
from eventlive_sim.study.replications import BATCH, Job, Subject, figures_of
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.store import Figure, Figures, Store
from eventlive_sim.study.workers import Progress

_HINT = "write 0.4, a range 0.35..0.6, or beta(A, B) such as beta(20, 22)"
_RANGE = re.compile(r"(?P<low>[0-9.]+?)\.\.(?P<high>[0-9.]+)")
_BETA = re.compile(r"beta\(\s*(?P<a>[0-9.]+)\s*,\s*(?P<b>[0-9.]+)\s*\)")


@dataclass(frozen=True)
class ShowUp:
    """Share of registrants who come: between two ends, all alike, or by a beta distribution."""

    low: float
    high: float
    shape: tuple[float, float] | None = None

    def at(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Quantiles at levels, 0 to 1."""
        if self.shape is not None:
            found: NDArray[np.float64] = betaincinv(*self.shape, levels)
            return found
        return self.low + levels * (self.high - self.low)


def show_up(written: str) -> ShowUp:
    """Share of its text.

    Raises
    ------
    ModelError
        If it is no share, range of shares or beta distribution.

    Examples
    --------
    >>> show_up("0.35..0.6")
    ShowUp(low=0.35, high=0.6, shape=None)
    """
    text = written.strip()
    try:
        beta = _BETA.fullmatch(text)
        if beta is not None:
            shape = float(beta["a"]), float(beta["b"])
            if min(shape) > 0:
                return ShowUp(0.0, 1.0, shape)
        ends = _RANGE.fullmatch(text)
        low, high = (float(ends["low"]), float(ends["high"])) if ends else (float(text), float(text))
        if not beta and 0 < low <= high <= 1:
            return ShowUp(low, high)
    except ValueError:
        pass
    raise ModelError(f"--show-up is {written!r}", _HINT, rule="bad-option")


@dataclass(frozen=True, eq=False)
class Attendance:
    """Events with an attendance each, and whether they hold."""

    ground: Run
    registered: int
    share: str
    people: tuple[int, ...]
    kept: tuple[bool, ...]
    broke: tuple[tuple[str, int], ...]
    """Budgets that break in some events, and in how many, the most first."""
    seed: int

    @property
    def probability(self) -> Interval:
        """Probability that the event holds, with its 95 % interval (Clopper and Pearson)."""
        return proportion_interval(sum(self.kept), len(self.kept))

    @property
    def largest_kept(self) -> int | None:
        """Largest attendance that held."""
        return max((one for one, kept in zip(self.people, self.kept, strict=True) if kept), default=None)

    @property
    def smallest_broken(self) -> int | None:
        """Smallest attendance that did not."""
        return min((one for one, kept in zip(self.people, self.kept, strict=True) if not kept), default=None)


def attendance(
    resolve: Resolve,
    path: str,
    registered: int,
    share: str,
    *,
    seed: int = 1,
    replications: int = 120,
    workers: int | None = None,
    kept: Store | None = None,
    progress: Progress | None = None,
) -> Attendance:
    """Simulate events whose attendance is drawn, one from each of as many equal parts of its distribution.

    Parameters
    ----------
    path : str
        Where the number of people stands: ``clients.NAME.people``.
    registered : int
        How many registered.
    share : str
        Share of them who come; see ``show_up``.
    kept : Store, optional
        Holds what was measured before, and takes what is measured now.

    Raises
    ------
    ModelError
        If the share cannot be read, the path is not there, or the scenario has no budgets.
    """
    drawn = show_up(share)
    if registered < 1 or replications < 2:
        problem = f"{registered} registered and {replications} replications"
        raise ModelError(problem, "give 1 or more, and 2 or more", rule="bad-study")
    rng = np.random.default_rng(seed)
    levels = (rng.permutation(replications) + rng.random(replications)) / replications
    people = [max(1, round(registered * float(one))) for one in drawn.at(levels)]
    ground = unstarted(*resolve([]))
    budgets = [*known_budgets(ground), guard(ground)]
    broken = dict.fromkeys((one.name for one in budgets), 0)
    held: list[bool] = []
    for start in range(0, replications, BATCH):
        numbers = range(start, min(start + BATCH, replications))
        told = None if progress is None else _part(progress, start / replications, len(numbers) / replications)
        subjects = [_event(resolve, path, people[one]) for one in numbers]
        jobs = [
            Job(one, replication_seed(seed, number), budgets) for number, one in zip(numbers, subjects, strict=True)
        ]
        measured = figures_of(jobs, kept=kept, workers=workers, progress=told)
        for one, figures in zip(subjects, measured, strict=True):
            failed = _broken(budgets, figures, Arithmetic(one.design.design, one.scenario))
            held.append(not failed)
            for name in failed:
                broken[name] += 1
    most = sorted(((name, count) for name, count in broken.items() if count), key=lambda one: -one[1])
    return Attendance(ground, registered, share, tuple(people), tuple(held), tuple(most), seed)


def _part(progress: Progress, done: float, share: float) -> Progress:
    return lambda part: progress(done + share * part)


def _event(resolve: Resolve, path: str, people: int) -> Subject:
    design, world = resolve([f"{path}={people}"])
    return Subject(design, world, lowered(design, world))


def _broken(budgets: Sequence[Budget], figures: Figures, arithmetic: Arithmetic) -> list[str]:
    """Names of the budgets that an event breaks."""
    return [
        budget.name
        for budget, figure in zip(budgets, figures, strict=True)
        if budget.severity != "warn" and not _holds(budget, figure, arithmetic)
    ]


def _holds(budget: Budget, figure: Figure, arithmetic: Arithmetic) -> bool:
    exact = arithmetic.settle(budget)
    if exact is not None:
        return exact.holds
    return not math.isnan(figure.value) and budget.threshold.holds(figure.value)
