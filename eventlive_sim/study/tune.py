"""Tuning: settings that trade several objectives against each other, looked for by Optuna and judged on fresh seeds.

A search under one set of seeds finds what is lucky under those seeds too. So what it finds is simulated again under seeds that it
never saw, and only that is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from eventlive_sim.errors import ModelError
from eventlive_sim.stats.intervals import Interval, bonferroni, paired_interval
from eventlive_sim.study.axes import Axis, distinct
from eventlive_sim.study.points import Measured, Points
from eventlive_sim.study.run import Run
from eventlive_sim.study.search import (
    Found,
    Objective,
    Search,
    counts,
    dominates,
    look,
    nondominated,
    part_of,
    sets_of,
    spread,
    study_of,
)
from eventlive_sim.study.workers import Progress

EQUAL = 0.01
"""How far above the design as written an objective may be, as a part of it, to count as no worse."""
CONFIDENCE = 0.95
TRIALS_MOST = 10_000
_FRESH = 0x5EED
"""What is added to the seed of the search for seeds that it never saw."""
_SEARCH_SHARE = 0.8
"""Part of the progress that the search is worth."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A setting of the front that the search found, simulated again under fresh seeds."""

    setting: tuple[str, ...]
    searched: tuple[float, ...]
    """Means of the objectives under the seeds of the search."""
    fresh: Measured
    differences: tuple[Interval | None, ...]
    """From the design as written, under the same fresh seeds; simultaneous over the candidates (Bonferroni)."""
    beats: bool
    """Better than the design as written in the first objective, and no worse in the others."""
    on_front: bool
    """Whether no other candidate is as good in all objectives and better in one, under the fresh seeds."""


@dataclass(frozen=True, eq=False)
class Tuned:
    """What tuning came to."""

    ground: Run
    axes: tuple[Axis, ...]
    objectives: tuple[Objective, ...]
    trials: int
    """Settings that were tried, in all sessions."""
    refused: int
    """Of them, those that break the budgets or have nothing to measure."""
    base: Measured
    """The design as written, under the fresh seeds."""
    candidates: tuple[Candidate, ...]
    chosen: int | None
    """Place of the chosen one: the best in the first objective of those that beat the design as written, else the knee."""
    seed: int
    replications: int
    fresh: int

    @property
    def beaten(self) -> bool:
        """Whether the chosen setting beats the design as written."""
        return self.chosen is not None and self.candidates[self.chosen].beats


def tune(
    points: Points,
    axes: Sequence[Axis],
    objectives: Sequence[Objective],
    search: Search,
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> Tuned:
    """Look for settings that trade objectives well under the budgets, and judge them on fresh seeds.

    Parameters
    ----------
    points : Points
        Measures the objectives' metrics, in their order, with budgets.

    Raises
    ------
    ModelError
        If a path, value or metric does not exist, or the store holds another search.
    """
    distinct(axes)
    if (
        not axes
        or not objectives
        or not 1 <= search.trials <= TRIALS_MOST
        or min(search.replications, search.fresh) < 2
    ):
        problem = f"{len(axes)} knobs, {len(objectives)} objectives and {search.trials} trials"
        remedy = f"give a knob, an objective, 1 to {TRIALS_MOST} trials, and at least 2 replications"
        raise ModelError(problem, remedy, rule="bad-tune")
    ground, *_ = points.check([], *([text for one in axes for text in one.sets(one.at(share))] for share in (0.0, 1.0)))
    study = study_of(ground, axes, objectives, search, seed)
    look(study, points, axes, objectives, search, seed, None if progress is None else partial(_early, progress))
    front = spread(list(nondominated(study, objectives)), search.front)
    tried, refused = counts(study)
    told = None if progress is None else partial(_late, progress)
    base, candidates = _again(points, axes, objectives, front, seed + _FRESH, search.fresh, told)
    return Tuned(
        ground,
        tuple(axes),
        tuple(objectives),
        tried,
        refused,
        base,
        candidates,
        _choice(candidates, objectives),
        seed,
        search.replications,
        search.fresh,
    )


def _early(progress: Progress, part: float) -> None:
    progress(_SEARCH_SHARE * part)


def _late(progress: Progress, part: float) -> None:
    progress(_SEARCH_SHARE + (1 - _SEARCH_SHARE) * part)


# ---------------------------------------------------------------- fresh seeds


def _again(
    points: Points,
    axes: Sequence[Axis],
    objectives: Sequence[Objective],
    front: Sequence[Found],
    seed: int,
    replications: int,
    progress: Progress | None,
) -> tuple[Measured, tuple[Candidate, ...]]:
    """The design as written and each setting of a front, under seeds that the search never saw."""
    count, confidence = 1 + len(front), bonferroni(CONFIDENCE, max(1, len(front) * len(objectives)))
    told = [None if progress is None else partial(part_of, progress, number, count) for number in range(count)]
    base = points.at([], seed, replications, told[0])
    measured = [
        points.at(sets_of(axes, setting), seed, replications, report)
        for (setting, _), report in zip(front, told[1:], strict=True)
    ]
    means = [tuple(one.sign * found.mean(place) for place, one in enumerate(objectives)) for found in measured]
    candidates = []
    for (setting, searched), found, mine in zip(front, measured, means, strict=True):
        differences = tuple(_difference(base, found, place, confidence) for place in range(len(objectives)))
        on_front = all(map(math.isfinite, mine)) and not any(dominates(other, mine) for other in means)
        beats = _beats(differences, base, objectives) and all(found.kept)
        candidates.append(Candidate(setting, searched, found, differences, beats, on_front))
    return base, tuple(candidates)


def _difference(base: Measured, found: Measured, place: int, confidence: float) -> Interval | None:
    one, other = base.values[place], found.values[place]
    return paired_interval(one, other, confidence) if all(map(math.isfinite, (*one, *other))) else None


def _beats(differences: Sequence[Interval | None], base: Measured, objectives: Sequence[Objective]) -> bool:
    """Whether the first objective is better for sure, and each other at most a hundredth worse for sure."""
    worst = [
        math.inf if one is None else max(goal.sign * one.low, goal.sign * one.high)
        for one, goal in zip(differences, objectives, strict=True)
    ]
    allowed = [EQUAL * abs(base.mean(place)) for place in range(len(objectives))]
    return worst[0] < 0 and all(one <= most for one, most in zip(worst[1:], allowed[1:], strict=True))


def _choice(candidates: Sequence[Candidate], objectives: Sequence[Objective]) -> int | None:
    """The best in the first objective of those that beat the design as written; else the knee of the front."""
    places = [place for place, one in enumerate(candidates) if one.on_front]
    winners = [place for place, one in enumerate(candidates) if one.beats]
    if winners:
        return min(winners, key=lambda place: objectives[0].sign * candidates[place].fresh.mean(0))
    if not places:
        return None
    table = np.array([[one.sign * candidates[at].fresh.mean(p) for p, one in enumerate(objectives)] for at in places])
    span = np.where(np.ptp(table, axis=0) > 0, np.ptp(table, axis=0), 1.0)
    distance = np.linalg.norm((table - table.min(axis=0)) / span, axis=1)
    return places[int(distance.argmin())]


# ---------------------------------------------------------------- as a ticket


def ticket_of(done: Tuned, name: str) -> dict[str, Any]:
    """The chosen setting as a ticket, to be written as YAML: its values may still be given by whoever names it.

    Raises
    ------
    ModelError
        If nothing was chosen.
    """
    if done.chosen is None:
        raise ModelError("no setting keeps the budgets", "widen the knobs or the budgets", rule="nothing-found")
    setting = done.candidates[done.chosen].setting
    parameters, edits = {}, []
    for number, (one, value) in enumerate(zip(done.axes, setting, strict=True), start=1):
        parameter = f"k{number}_{one.paths[0].rsplit('.', 1)[-1]}"
        parameters[parameter] = {"type": _type(one), "default": _leaf(one, value), "title": one.name}
        edits += [{"set": path, "to": f"${parameter}"} for path in one.paths]
    told = f"{done.ground.design.expression} in {done.ground.scenario.name}, seed {done.seed}, {done.trials} trials"
    return {
        "format": 1,
        "ticket": name,
        "title": "Settings that were tuned",
        "order": 9_000,
        "default": "tuned",
        "description": f"By tune: {told}; judged under {done.fresh} fresh replications.",
        "options": {"tuned": {"title": "The chosen point of the front", "parameters": parameters, "edits": edits}},
    }


def _type(one: Axis) -> str:
    if one.values:
        return "text"
    if one.timed:
        return "duration"
    return "integer" if one.whole else "number"


def _leaf(one: Axis, value: str) -> str | int | float:
    if one.values or one.timed:
        return value
    return int(value) if one.whole else float(value)
