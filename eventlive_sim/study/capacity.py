"""Capacity: the largest value of a knob at which a design keeps a scenario's budgets, as a bracket with verdicts at its ends.

Every value meets the same people, as far as there are so many of them. A few replications find where it turns; verdicts are
then asked there only. More is taken to be harder; a PASS above a FAIL is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.axes import Axis
from eventlive_sim.study.gate import Checked, Row, gate
from eventlive_sim.study.points import Points, Resolve
from eventlive_sim.study.run import Run, run, unstarted
from eventlive_sim.study.samples import gauge
from eventlive_sim.study.workers import Progress

COARSE = 2
"""Replications of each value while the place is looked for."""
_PROBES_MOST = 60
_EXPECTED = 14
"""Values that a search usually takes, for its progress."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    axis : Axis
        The knob and the range that is searched.
    start : float, optional
        Where to begin; without it the geometric middle of the range.
    width : float
        Largest ratio of first FAIL and last PASS, less 1, that is aimed at.
    most : int, optional
        Most replications of a verdict; by default as the scenario's gate has it.
    """

    axis: Axis
    start: float | None = None
    width: float = 0.05
    seed: int = 1
    most: int | None = None


@dataclass(frozen=True, eq=False)
class Probe:
    """A value that was judged."""

    value: float
    text: str
    checked: Checked

    @property
    def verdict(self) -> Verdict:
        """What the gate says of it."""
        return self.checked.verdict

    @property
    def broke(self) -> Row | None:
        """Failed budget that most events break, of those the one furthest beyond its limit."""
        failed = self.checked.failed()
        return max(failed, key=_badness, default=None)


def _badness(row: Row) -> tuple[float, float]:
    share = row.broken / row.looked if row.looked else 1.0
    return share, -row.margin if math.isfinite(row.margin) else 0.0


@dataclass(frozen=True, eq=False)
class Capacity:
    """What a search found."""

    ground: Run
    question: Question
    probes: tuple[Probe, ...]
    """Values that were judged, in order."""
    coarse: int
    """Values that were looked at by a few replications only."""
    busiest: tuple[tuple[str, float], ...]
    """At the first FAIL, in one replication: stations by utilisation, 0 to 1."""

    @property
    def last_pass(self) -> Probe | None:
        """Largest value that passes with nothing below it that fails; None if the least of the range does not."""
        fails = [probe.value for probe in self.probes if probe.verdict is Verdict.FAIL]
        below = [
            probe
            for probe in self.probes
            if probe.verdict is Verdict.PASS and probe.value < min(fails, default=math.inf)
        ]
        return below[-1] if below else None

    @property
    def first_fail(self) -> Probe | None:
        """Least value that fails; None if the largest of the range does not."""
        return next((probe for probe in self.probes if probe.verdict is Verdict.FAIL), None)

    @property
    def oddities(self) -> tuple[Probe, ...]:
        """Values that pass above one that fails: more is not always harder."""
        first = self.first_fail
        if first is None:
            return ()
        return tuple(one for one in self.probes if one.verdict is Verdict.PASS and one.value > first.value)


def capacity(
    resolve: Resolve,
    question: Question,
    *,
    known: dict[tuple[str, str, int], Checked] | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Capacity:
    """Search a range for the value at which budgets begin to break.

    Parameters
    ----------
    known : dict, optional
        Verdicts by program, scenario and seed; filled, so that several searches share what they judge.

    Raises
    ------
    ModelError
        If the range has no path, is one of words, or does not go up from above 0; if the scenario has no budgets.
    """
    axis = question.axis
    if axis.values or axis.low <= 0 or not 0 < question.width <= 1:
        problem = f"{axis.name} is to be searched within {question.width:g}"
        raise ModelError(problem, "give a range that begins above 0, and a width up to 1", rule="bad-search")
    search = _Search(resolve, question, {} if known is None else known, engine, workers, progress)
    search.points.check(search.sets(axis.low), search.sets(axis.high))
    below, above = search.place()
    search.judge(below, above)
    probes = tuple(search.judged[value] for value in sorted(search.judged))
    found = Capacity(unstarted(*resolve([])), question, probes, len(search.looked), ())
    first = found.first_fail
    if first is None:
        return found
    return Capacity(
        found.ground, question, probes, found.coarse, _busiest(resolve, search.sets(first.value), question.seed)
    )


@dataclass
class _Search:
    """A search, and what it has seen."""

    resolve: Resolve
    question: Question
    known: dict[tuple[str, str, int], Checked]
    engine: EngineName
    workers: int | None
    progress: Progress | None
    looked: dict[float, bool] = field(default_factory=dict)
    judged: dict[float, Probe] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.points = Points(self.resolve, (), budgets=True, engine=self.engine, workers=self.workers)

    def sets(self, value: float) -> list[str]:
        """What ``--set`` is given for a value."""
        return self.question.axis.sets(self.question.axis.text(value))

    def rounded(self, value: float) -> float:
        """Value within the range, as it can be set."""
        axis = self.question.axis
        held = min(max(value, axis.low), axis.high)
        return float(round(held)) if axis.whole or axis.timed else held

    def _tell(self, part: float) -> None:
        if self.progress is not None:
            done = len(self.looked) + len(self.judged)
            self.progress(min((done + part) / max(_EXPECTED, done + 1), 1.0))

    # ---------------------------------------------------------------- by a few replications

    def holds(self, value: float) -> bool:
        """Whether a few replications all keep the budgets."""
        if value not in self.looked:
            found = self.points.at(self.sets(value), self.question.seed, COARSE, self._tell)
            self.looked[value] = all(found.kept)
        return self.looked[value]

    def place(self) -> tuple[float, float]:
        """Values between which it turns, as far as a few replications say; both ends of the range if it does not."""
        axis, step = self.question.axis, 2.0
        value = self.rounded(self.question.start or math.sqrt(axis.low * axis.high))
        if self.holds(value):
            below, above = self._up(value, step)
        else:
            below, above = self._down(value, step)
        while above / below > 1 + self.question.width / 2:
            middle = self.rounded(math.sqrt(below * above))
            if middle in {below, above}:
                break
            below, above = (middle, above) if self.holds(middle) else (below, middle)
        return below, above

    def _up(self, value: float, step: float) -> tuple[float, float]:
        top = self.question.axis.high
        while value < top:
            higher = self.rounded(value * step)
            if not self.holds(higher):
                return value, higher
            value = higher
        return value, value

    def _down(self, value: float, step: float) -> tuple[float, float]:
        bottom = self.question.axis.low
        while value > bottom:
            lower = self.rounded(value / step)
            if self.holds(lower):
                return lower, value
            value = lower
        return value, value

    # ---------------------------------------------------------------- by verdicts

    def verdict(self, value: float) -> Verdict:
        """What the gate says of a value; the same program is judged once."""
        if value not in self.judged:
            ground = unstarted(*self.resolve(self.sets(value)))
            key = (ground.program.digest, ground.scenario.name, self.question.seed)
            if key not in self.known:
                (self.known[key],) = gate(
                    [ground],
                    seed=self.question.seed,
                    most=self.question.most,
                    engine=self.engine,
                    workers=self.workers,
                    progress=self._tell,
                )
            self.judged[value] = Probe(value, self.question.axis.text(value), self.known[key])
        return self.judged[value].verdict

    def judge(self, below: float, above: float) -> None:
        """Go down from one value until it passes, and up from the other until it fails, by steps that double."""
        self._until(Verdict.PASS, below, up=False)
        self._until(Verdict.FAIL, above, up=True)

    def _until(self, wanted: Verdict, value: float, *, up: bool) -> None:
        step = 1 + self.question.width / 2
        end = self.question.axis.high if up else self.question.axis.low
        while self.verdict(value) is not wanted and value != end and len(self.judged) < _PROBES_MOST:
            moved = self.rounded(value * step if up else value / step)
            value = moved if moved != value else self.rounded(value + (1 if up else -1))
            step = 1 + 2 * (step - 1)


def _busiest(resolve: Resolve, sets: list[str], seed: int) -> tuple[tuple[str, float], ...]:
    """Stations with servers or cores by their utilisation in one replication, the busiest first."""
    done = run(*resolve(sets), seed=seed, replications=1, workers=1)
    samples = done.replications[0].samples
    names = [one.name for one in done.program.stations if one.kind in {StationKind.FIFO, StationKind.SHARING}]
    levels = {name: gauge(samples, "station_utilisation", station=name) for name in dict.fromkeys(names)}
    known = {name: level for name, level in levels.items() if math.isfinite(level)}
    return tuple(sorted(known.items(), key=lambda item: -item[1])[:3])
