"""Capacity: the largest value of a knob at which a design keeps a scenario's budgets, as a bracket with verdicts at its ends.

Every value meets the same people, as far as there are so many of them. A few replications find where it turns; verdicts are
then asked there only. More is taken to be harder, or less if the question says so (an interval); a PASS that is harder than a
FAIL is told.
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
from eventlive_sim.study.store import Store
from eventlive_sim.study.workers import Progress

COARSE = 2
"""Replications of each value while the place is looked for."""
_PROBES_MOST = 60
_STRIDE = 2.0
"""Ratio of a value and the next, until the place is passed."""
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
    near : tuple of float, optional
        Loads between which it is likely to turn, as where it did for a design of the same kind; looked at first.
    width : float
        Largest ratio of first FAIL and last PASS, less 1, that is aimed at.
    most : int, optional
        Most replications of a verdict; by default as the scenario's gate has it.
    """

    axis: Axis
    start: float | None = None
    near: tuple[float, float] | None = None
    width: float = 0.05
    seed: int = 1
    most: int | None = None
    falls: bool = False
    """Whether less is harder."""

    def load(self, value: float) -> float:
        """How hard a value is: itself, or its inverse."""
        return 1 / value if self.falls else value

    def rounded(self, load: float) -> float:
        """Load of the nearest value that can be set within the range."""
        axis = self.axis
        held = min(max(1 / load if self.falls else load, axis.low), axis.high)
        return self.load(float(round(held)) if axis.whole or axis.timed else held)

    @property
    def easiest(self) -> float:
        """Load at the easier end of the range."""
        return self.load(self.axis.high if self.falls else self.axis.low)

    @property
    def hardest(self) -> float:
        """Load at the harder end of the range."""
        return self.load(self.axis.low if self.falls else self.axis.high)

    def text(self, load: float) -> str:
        """Value of a load as ``--set`` takes it."""
        return self.axis.text(1 / load if self.falls else load)


@dataclass(frozen=True, eq=False)
class Probe:
    """A value that was judged, by how hard it is."""

    load: float
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
    """Values that were judged, the least hard first."""
    coarse: int
    """Values that were looked at by a few replications only."""
    busiest: tuple[tuple[str, float], ...]
    """At the first FAIL, in one replication: stations by utilisation, 0 to 1."""

    @property
    def last_pass(self) -> Probe | None:
        """Hardest value that passes with nothing less hard that fails; None if the easiest does not."""
        fails = [probe.load for probe in self.probes if probe.verdict is Verdict.FAIL]
        hardest = min(fails, default=math.inf)
        below = [probe for probe in self.probes if probe.verdict is Verdict.PASS and probe.load < hardest]
        return below[-1] if below else None

    @property
    def first_fail(self) -> Probe | None:
        """Least hard value that fails; None if the hardest of the range does not."""
        return next((probe for probe in self.probes if probe.verdict is Verdict.FAIL), None)

    @property
    def oddities(self) -> tuple[Probe, ...]:
        """Values that pass though one that is less hard fails."""
        first = self.first_fail
        if first is None:
            return ()
        return tuple(one for one in self.probes if one.verdict is Verdict.PASS and one.load > first.load)


def capacity(
    resolve: Resolve,
    question: Question,
    *,
    known: dict[tuple[str, str, int], Checked] | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    kept: Store | None = None,
    progress: Progress | None = None,
) -> Capacity:
    """Search a range for the value at which budgets begin to break.

    Parameters
    ----------
    known : dict, optional
        Verdicts by program, scenario and seed; filled, so that several searches share what they judge.
    kept : Store, optional
        Holds what was measured before, and takes what is measured now: a search that was stopped is soon where it was.

    Raises
    ------
    ModelError
        If the range has no path, is one of words, or does not go up from above 0; if the scenario has no budgets.
    """
    axis = question.axis
    if axis.values or axis.low <= 0 or not 0 < question.width <= 1:
        problem = f"{axis.name} is to be searched within {question.width:g}"
        raise ModelError(problem, "give a range that begins above 0, and a width up to 1", rule="bad-search")
    search = _Search(resolve, question, {} if known is None else known, engine, workers, kept, progress)
    search.points.check(search.sets(question.easiest), search.sets(question.hardest))
    below, above = search.place()
    search.judge(below, above)
    probes = tuple(search.judged[value] for value in sorted(search.judged))
    found = Capacity(unstarted(*resolve([])), question, probes, len(search.looked), ())
    first = found.first_fail
    if first is None:
        return found
    return Capacity(
        found.ground, question, probes, found.coarse, _busiest(resolve, search.sets(first.load), question.seed)
    )


@dataclass
class _Search:
    """A search, and what it has seen."""

    resolve: Resolve
    question: Question
    known: dict[tuple[str, str, int], Checked]
    engine: EngineName
    workers: int | None
    kept: Store | None
    progress: Progress | None
    looked: dict[float, bool] = field(default_factory=dict)
    judged: dict[float, Probe] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.points = Points(self.resolve, (), budgets=True, engine=self.engine, workers=self.workers, kept=self.kept)

    def sets(self, load: float) -> list[str]:
        """What ``--set`` is given for a load."""
        return self.question.axis.sets(self.question.text(load))

    def _tell(self, part: float) -> None:
        if self.progress is not None:
            done = len(self.looked) + len(self.judged)
            self.progress(min((done + part) / max(_EXPECTED, done + 1), 1.0))

    # ---------------------------------------------------------------- by a few replications

    def holds(self, load: float) -> bool:
        """Whether a few replications all keep the budgets."""
        if load not in self.looked:
            found = self.points.at(self.sets(load), self.question.seed, COARSE, self._tell)
            self.looked[load] = all(found.kept)
        return self.looked[load]

    def place(self) -> tuple[float, float]:
        """Values between which it turns, as far as a few replications say; both ends of the range if it does not."""
        asked = self.question
        if asked.near is not None:
            below, above = map(asked.rounded, asked.near)
            if not self.holds(below):
                below, above = self._down(below, 1 + 2 * asked.width)
            elif self.holds(above):
                below, above = self._up(above, 1 + 2 * asked.width)
            else:
                return below, above
        else:
            load = asked.rounded(asked.load(asked.start) if asked.start else math.sqrt(asked.easiest * asked.hardest))
            below, above = self._up(load, _STRIDE) if self.holds(load) else self._down(load, _STRIDE)
        while above / below > 1 + asked.width / 2:
            middle = asked.rounded(math.sqrt(below * above))
            if middle in {below, above}:
                break
            below, above = (middle, above) if self.holds(middle) else (below, middle)
        return below, above

    def _up(self, load: float, step: float) -> tuple[float, float]:
        top = self.question.hardest
        while load < top:
            higher = self.question.rounded(load * step)
            if not self.holds(higher):
                return load, higher
            load, step = higher, _longer(step)
        return load, load

    def _down(self, load: float, step: float) -> tuple[float, float]:
        bottom = self.question.easiest
        while load > bottom:
            lower = self.question.rounded(load / step)
            if self.holds(lower):
                return lower, load
            load, step = lower, _longer(step)
        return load, load

    # ---------------------------------------------------------------- by verdicts

    def verdict(self, load: float) -> Verdict:
        """What the gate says of a load; the same program is judged once."""
        if load not in self.judged:
            ground = unstarted(*self.resolve(self.sets(load)))
            key = (ground.program.digest, ground.scenario.name, self.question.seed)
            if key not in self.known:
                (self.known[key],) = gate(
                    [ground],
                    seed=self.question.seed,
                    most=self.question.most,
                    engine=self.engine,
                    workers=self.workers,
                    kept=self.kept,
                    progress=self._tell,
                )
            self.judged[load] = Probe(load, self.question.text(load), self.known[key])
        return self.judged[load].verdict

    def judge(self, below: float, above: float) -> None:
        """Go down from one load until it passes, and up from the other until it fails, by steps that double."""
        self._until(Verdict.PASS, below, up=False)
        self._until(Verdict.FAIL, above, up=True)

    def _until(self, wanted: Verdict, load: float, *, up: bool) -> None:
        step = 1 + self.question.width / 2
        end = self.question.hardest if up else self.question.easiest
        while self.verdict(load) is not wanted and load != end and len(self.judged) < _PROBES_MOST:
            moved = self.question.rounded(load * step if up else load / step)
            load = moved if moved != load else self._next(load, up=up)
            step = 1 + 2 * (step - 1)

    def _next(self, load: float, *, up: bool) -> float:
        """The nearest value beside one that is so small that a part of it is none."""
        more = up != self.question.falls
        value = (1 / load if self.question.falls else load) + (1 if more else -1)
        return self.question.rounded(self.question.load(max(value, self.question.axis.low)))


def _longer(step: float) -> float:
    return min(1 + 2 * (step - 1), _STRIDE)


def _busiest(resolve: Resolve, sets: list[str], seed: int) -> tuple[tuple[str, float], ...]:
    """Stations with servers or cores by their utilisation in one replication, the busiest first."""
    done = run(*resolve(sets), seed=seed, replications=1, workers=1)
    samples = done.replications[0].samples
    names = [one.name for one in done.program.stations if one.kind in {StationKind.FIFO, StationKind.SHARING}]
    levels = {name: gauge(samples, "station_utilisation", station=name) for name in dict.fromkeys(names)}
    known = {name: level for name, level in levels.items() if math.isfinite(level)}
    return tuple(sorted(known.items(), key=lambda item: -item[1])[:3])
