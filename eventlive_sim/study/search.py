"""The search of tuning: settings are suggested by Optuna, simulated under common random numbers, and kept on disk.

Optuna is imported here alone: it comes with the extra ``[tune]``.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.study.axes import Axis
from eventlive_sim.study.points import Points
from eventlive_sim.study.run import Run
from eventlive_sim.study.workers import Progress

MAXIMISE = "max:"
JOURNAL = "trials.journal"
"""File of a store's folder that keeps the trials."""
_VIOLATION, _SETTING = "violation", "setting"
_NOTHING = 1e300
"""Value of an objective with nothing to measure: Optuna takes no other."""
_UNFIT = 10.0
"""Violation of a setting that cannot be: more than budgets are usually missed by."""
_AT_RANDOM = 10
"""First trials that are drawn without looking at others."""

Found = tuple[tuple[str, ...], tuple[float, ...]]
"""A setting, and the means of its objectives."""


@dataclass(frozen=True)
class Objective:
    """A metric, and whether more of it is better."""

    metric: str
    maximise: bool = False

    @property
    def sign(self) -> int:
        """What makes less better."""
        return -1 if self.maximise else 1


def objective(written: str) -> Objective:
    """Objective of its text: ``METRIC{tags}:AGGREGATE`` or ``risk``, less being better; ``max:`` before it turns that round."""
    return Objective(written.removeprefix(MAXIMISE), maximise=written.startswith(MAXIMISE))


@dataclass(frozen=True)
class Search:
    """How long to look, and how closely.

    Attributes
    ----------
    trials : int
        Settings tried in all, those of an earlier session included.
    replications, fresh : int
        Of each setting in the search, and of each candidate afterwards.
    front : int
        Most candidates that are simulated again.
    within_s : float
        Most time for the search [s]; infinite without a limit.
    beat : bool
        Whether to look only where no objective is worse than the design as written has it.
    store : Path, optional
        File that keeps the trials: a search that was stopped goes on from there.
    """

    trials: int = 60
    replications: int = 4
    fresh: int = 20
    front: int = 12
    within_s: float = math.inf
    beat: bool = False
    store: Path | None = None


def study_of(
    ground: Run, axes: Sequence[Axis], objectives: Sequence[Objective], search: Search, seed: int
) -> optuna.Study:
    """Study of a search: new, or as its store holds it.

    Raises
    ------
    ModelError
        If the store holds another search.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    asked = (ground.program.digest, tuple(axes), tuple(objectives), seed, search.replications, search.beat)
    name = hashlib.sha256(repr(asked).encode()).hexdigest()[:16]
    storage = None if search.store is None else JournalStorage(JournalFileBackend(str(search.store)))
    others = [] if storage is None else [one for one in optuna.get_all_study_names(storage) if one != name]
    if others:
        problem = (
            f"{search.store} holds another search: design, scenario, knobs, objectives, seed or replications differ"
        )
        raise ModelError(problem, "ask as before, or name another file", rule="other-search")
    return optuna.create_study(
        study_name=name, storage=storage, directions=["minimize"] * len(objectives), load_if_exists=True
    )


def look(
    study: optuna.Study,
    points: Points,
    axes: Sequence[Axis],
    objectives: Sequence[Objective],
    search: Search,
    seed: int,
    progress: Progress | None,
) -> None:
    """Try settings until there are enough, or time is over."""
    done = sum(trial.state.is_finished() for trial in study.trials)
    # A sampler has no memory between sessions: it goes on with another sequence, from what the trials say.
    study.sampler = optuna.samplers.TPESampler(
        seed=(seed + done) % 2**32, multivariate=True, n_startup_trials=_AT_RANDOM
    )
    written = points.at([], seed, search.replications) if search.beat else None
    most = [math.inf] * len(objectives)
    if written is not None:
        most = [one.sign * written.mean(place) for place, one in enumerate(objectives)]
    began = time.monotonic()
    while done < search.trials and time.monotonic() - began < search.within_s:
        trial = study.ask()
        setting = tuple(_suggested(trial, one) for one in axes)
        told = None if progress is None else partial(part_of, progress, done, search.trials)
        means, violation = _values(points, sets_of(axes, setting), objectives, seed, search.replications, told)
        violation = max(violation, *(_beyond(mean, limit) for mean, limit in zip(means, most, strict=True)))
        trial.set_user_attr(_SETTING, list(setting))
        trial.set_user_attr(_VIOLATION, violation)
        trial.set_constraint(_VIOLATION, violation)
        study.tell(trial, means)
        done += 1


def _beyond(value: float, limit: float) -> float:
    """How far a value lies beyond a limit, as a part of it."""
    return 0.0 if value <= limit or math.isnan(limit) else min((value - limit) / (abs(limit) or 1.0), _UNFIT)


def _values(
    points: Points,
    sets: Sequence[str],
    objectives: Sequence[Objective],
    seed: int,
    replications: int,
    progress: Progress | None,
) -> tuple[list[float], float]:
    """Objectives of a setting, less being better, and how far it is from keeping the budgets."""
    try:
        found = points.at(sets, seed, replications, progress)
    except EventLiveError:  # values that are fine alone but do not fit together, such as a jitter over its interval
        return [_NOTHING] * len(objectives), _UNFIT
    means = [one.sign * found.mean(place) for place, one in enumerate(objectives)]
    if not all(map(math.isfinite, means)):
        return [_NOTHING] * len(objectives), _UNFIT
    return means, found.worst


def part_of(progress: Progress, number: int, count: int, share: float) -> None:
    """Tell the progress of one of several parts of work."""
    progress((number + share) / count)


def _suggested(trial: optuna.Trial, one: Axis) -> str:
    if one.values:
        return str(trial.suggest_categorical(one.name, one.values))
    return one.at(trial.suggest_float(one.name, 0.0, 1.0))


def sets_of(axes: Sequence[Axis], setting: Sequence[str]) -> list[str]:
    """What ``--set`` is given for a setting."""
    return [text for one, value in zip(axes, setting, strict=True) for text in one.sets(value)]


def nondominated(study: optuna.Study, objectives: Sequence[Objective]) -> Iterator[Found]:
    """Settings that keep the budgets and that no other beats, each once, by the first objective."""
    kept: dict[tuple[str, ...], tuple[float, ...]] = {}
    for trial in study.trials:
        if trial.state.is_finished() and trial.values is not None and trial.user_attrs[_VIOLATION] <= 0:
            kept.setdefault(tuple(trial.user_attrs[_SETTING]), tuple(trial.values))
    for setting, values in sorted(kept.items(), key=lambda item: item[1]):
        if not any(dominates(other, values) for other in kept.values()):
            yield setting, tuple(one.sign * value for one, value in zip(objectives, values, strict=True))


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether one is nowhere worse and somewhere better, less being better."""
    return all(left <= right for left, right in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def counts(study: optuna.Study) -> tuple[int, int]:
    """Settings that were tried, and those of them that break the budgets or have nothing to measure."""
    tried = [trial for trial in study.trials if trial.state.is_finished()]
    return len(tried), sum(trial.user_attrs[_VIOLATION] > 0 for trial in tried)


def spread(front: list[Found], most: int) -> list[Found]:
    """At most so many of a front, evenly along it, its ends among them."""
    if len(front) <= most:
        return front
    return [front[round(place)] for place in np.linspace(0, len(front) - 1, most)]
