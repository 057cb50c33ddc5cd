"""An event over time: what designs do from moment to moment under the same seeds, its quiet level and its peak."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.engine.recording import Recording
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.disturbances import Disturbance
from eventlive_sim.model.faults import Fault
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower.context import DB_CPU, REST_POOL
from eventlive_sim.program.program import Program
from eventlive_sim.stats.intervals import Interval, mean_interval
from eventlive_sim.study.figures import hot_endpoints
from eventlive_sim.study.recovery import BEFORE, HELD_S, baseline_ns, recoveries_s, served
from eventlive_sim.study.run import Run, run_all
from eventlive_sim.study.samples import Sample, aggregate, select, total
from eventlive_sim.study.workers import Progress
from eventlive_sim.units import NS_PER_MS, NS_PER_S

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """A quantity over time: its name, unit and how many digits it is worth."""

    name: str
    unit: str
    digits: int


@dataclass(frozen=True)
class Mark:
    """A fault or disturbance on the axis of time [s]."""

    name: str
    begins_s: float
    ends_s: float


@dataclass(frozen=True, eq=False)
class Line:
    """One quantity of one design: what is added up over what it is divided by; a row a replication, a column a bin."""

    above: _Floats
    below: _Floats
    width_s: float

    @property
    def values(self) -> _Floats:
        """The quantity by replication and bin; infinite where some wait and nobody gets on."""
        return _ratio(self.above, self.below)

    @property
    def mean(self) -> _Floats:
        """Mean over replications, by bin."""
        found: _Floats = self.values.mean(axis=0)
        return found

    @property
    def peaks(self) -> tuple[float, ...]:
        """Highest bin of each replication."""
        return tuple(float(one) for one in self.values.max(axis=1))

    @property
    def peaks_at_s(self) -> tuple[float, ...]:
        """When that bin begins [s]."""
        return tuple(float(one) * self.width_s for one in self.values.argmax(axis=1))

    def within(self, start_s: float, end_s: float) -> tuple[float, ...]:
        """Mean over an interval of time, in each replication; bins that begin within it."""
        part = slice(math.ceil(start_s / self.width_s), math.ceil(end_s / self.width_s))
        return tuple(float(one) for one in _ratio(self.above[:, part].sum(axis=1), self.below[:, part].sum(axis=1)))


def _ratio(above: _Floats, below: _Floats) -> _Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: _Floats = np.where(above > 0, above / below, 0.0)
    return found


@dataclass(frozen=True)
class Told:
    """What has no course in time: a number by window, with a value a replication of each design."""

    name: str
    unit: str
    digits: int
    window: str
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Designs side by side over the time of a scenario."""

    scenario: ResolvedScenario
    runs: tuple[Run, ...]
    panels: tuple[Panel, ...]
    lines: tuple[tuple[Line, ...], ...]
    """Panel by panel, in each design by design."""
    marks: tuple[Mark, ...]
    quiet_s: tuple[float, float] | None
    """What is called quiet [s]: the last half of the time before the first mark; None without one."""
    recoveries: tuple[tuple[float, ...], ...]
    """Design by design: time from the end of the last mark to recovery [s] in each replication, infinite if there is none
    within the horizon, not a number if nothing was served before; empty if recovery cannot be told."""
    told: tuple[Told, ...]
    """What has no course in time, name by name and window by window."""

    @property
    def replications(self) -> int:
        """How many of each design."""
        return len(self.runs[0].replications)

    @property
    def windows(self) -> dict[str, tuple[float, float]]:
        """Windows of the scenario [s]."""
        return {
            name: (start / NS_PER_S, end / NS_PER_S) for name, (start, end) in self.scenario.scenario.windows.items()
        }


def spread(values: Sequence[float]) -> Interval | None:
    """95 % interval of a mean over replications; None where there is one value or one is missing."""
    return mean_interval(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


def timeline(
    designs: Sequence[ResolvedDesign],
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    replications: int = 5,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Timeline:
    """Simulate designs under the same seeds and keep what they do over time.

    Raises
    ------
    ModelError
        As ``run_all``.
    """
    marks = marks_of(scenario.scenario)
    measured, quiet = _measured(scenario, marks)
    runs = run_all(
        designs,
        measured,
        seed=seed,
        replications=replications,
        engine=engine,
        workers=workers,
        progress=progress,
    )
    lines = tuple(tuple(_line(run, measure, scenario) for run in runs) for measure in _PANELS.values())
    recoveries = tuple(_recoveries(run, marks) for run in runs) if quiet else ()
    quiet_s = None if quiet is None else (quiet[0] / NS_PER_S, quiet[1] / NS_PER_S)
    return Timeline(
        scenario, tuple(runs), tuple(_PANELS), lines, marks, quiet_s, recoveries, _told(designs, scenario, runs)
    )


def marks_of(world: Scenario) -> tuple[Mark, ...]:
    """Faults and disturbances in the order of their beginnings."""
    parts: dict[str, Fault | Disturbance] = {**world.faults, **world.disturbances}
    found = [
        Mark(name, part.from_ / NS_PER_S, (part.from_ + part.lasts) / NS_PER_S)
        for name, part in parts.items()
        if part.from_ < world.duration
    ]
    return tuple(sorted(found, key=lambda mark: (mark.begins_s, mark.name)))


def _measured(scenario: ResolvedScenario, marks: Sequence[Mark]) -> tuple[ResolvedScenario, tuple[int, int] | None]:
    """Scenario with bins of a second and the window of the baseline, where recovery can be told; and that window [ns]."""
    world = scenario.scenario
    before = baseline_ns(round(marks[0].begins_s * NS_PER_S)) if marks else None
    after = world.duration - HELD_S * NS_PER_S
    if before is None or world.bins % NS_PER_S or max(mark.ends_s for mark in marks) * NS_PER_S > after:
        return scenario, None
    update = {"bins": NS_PER_S, "windows": {**world.windows, BEFORE: before}}
    return replace(scenario, scenario=world.model_copy(update=update)), before


def _recoveries(run: Run, marks: Sequence[Mark]) -> tuple[float, ...]:
    over = round(max(mark.ends_s for mark in marks) * NS_PER_S)
    recordings = [replication.recording for replication in run.replications]
    try:
        return recoveries_s(run.design.design, run.program, recordings, over)
    except ModelError:  # nothing was served before: a timeline shows that, and there is no recovery to tell
        return (math.nan,) * len(recordings)


def _told(designs: Sequence[ResolvedDesign], scenario: ResolvedScenario, runs: Sequence[Run]) -> tuple[Told, ...]:
    plain, world = [one.design for one in designs], scenario.scenario
    measures: list[tuple[str, str, int, Callable[[list[Sample], str], float]]] = [
        *(
            (f"{name}: duration, p95", "ms", 0, partial(_quantile, "call_duration", "endpoint", name, 1.0))
            for name in hot_endpoints(plain, world)
        ),
        *((f"{name}: age, p95", "s", 1, partial(_quantile, "freshness", "of", name, 1e-3)) for name in _seen(runs)),
        ("breakers opened", "", 0, _opened),
    ]
    found = []
    for name, unit, digits, measure in measures:
        for window in world.windows:
            values = tuple(tuple(measure(one.samples, window) for one in run.replications) for run in runs)
            if any(value > 0 for one in values for value in one):  # false for what is not a number
                found.append(Told(name, unit, digits, window, values))
    return tuple(found)


def _quantile(metric: str, tag: str, name: str, scale: float, samples: list[Sample], window: str) -> float:
    return scale * aggregate(select(samples, metric, window, **{tag: name}), "p", 0.95)


def _opened(samples: list[Sample], window: str) -> float:
    return float(total(samples, "breaker_changes", window, to="open"))


def _seen(runs: Sequence[Run]) -> list[str]:
    """Names of what people see, whichever way it comes."""
    found = {dict(spec.tags)["of"]: None for run in runs for spec in run.program.series if spec.metric == "freshness"}
    return list(found)


# ---------------------------------------------------------------- quantities


@dataclass(frozen=True)
class _Course:
    """A quantity by bins: what is added up, and what that is divided by."""

    above: _Floats
    below: _Floats


_Measure = Callable[[Design, Program, Recording], _Course]


def _line(run: Run, measure: _Measure, scenario: ResolvedScenario) -> Line:
    width = scenario.scenario.bins
    above, below = [], []
    for replication in run.replications:
        recording = replication.recording
        course, together = measure(run.design.design, run.program, recording), width // recording.bin_ns
        above.append(_together(course.above, together))
        below.append(_together(course.below, together))
    return Line(np.asarray(above), np.asarray(below), width / NS_PER_S)


def _together(values: _Floats, count: int) -> _Floats:
    """Sums of so many bins each; the last may have fewer."""
    found: _Floats = np.add.reduceat(values, np.arange(0, len(values), count))
    return found


def _lengths(recording: Recording) -> _Floats:
    """Lengths of the bins [ns]; the last may be shorter."""
    starts = np.arange(recording.bins, dtype=np.int64) * recording.bin_ns
    found: _Floats = np.minimum(recording.bin_ns, recording.horizon_ns - starts).astype(float)
    return found


def _rate(metric: str, **tags: str) -> _Measure:
    """Counts of a metric with these tags, a second."""

    def measure(design: Design, program: Program, recording: Recording) -> _Course:
        found = np.zeros(recording.bins)
        for (series, _), counts in recording.sums.items():
            spec = program.series[series]
            if spec.metric == metric and tags.items() <= dict(spec.tags).items():
                found += counts
        return _Course(found, _lengths(recording) / NS_PER_S)

    return measure


def _served(design: Design, program: Program, recording: Recording) -> _Course:
    return _Course(served(design, program, recording), _lengths(recording) / NS_PER_S)


def _busy(design: Design, program: Program, recording: Recording) -> _Course:
    """Share of the database's cores that work [%]."""
    for station, figures in recording.stations.items():
        if program.stations[station].name == DB_CPU:
            return _Course(
                100 * figures.busy_integral.astype(float), program.stations[station].cores * _lengths(recording)
            )
    return _Course(np.zeros(recording.bins), _lengths(recording))


def _waited(design: Design, program: Program, recording: Recording) -> _Course:
    """Wait for a connection to the database [ms], by Little's law: of those who got on, and who gave up, in the bin."""
    for station, figures in recording.stations.items():
        if program.stations[station].name == REST_POOL:
            left = (figures.grants + figures.renegings).astype(float)
            return _Course(figures.waiting_integral / NS_PER_MS, left)
    return _Course(np.zeros(recording.bins), _lengths(recording))


_PANELS: dict[Panel, _Measure] = {
    Panel("requests", "1/s", 1): _rate("attempts"),
    Panel("database queries", "1/s", 1): _rate("queries", service="rest"),
    Panel("database CPU", "%", 1): _busy,
    Panel("wait for a database connection", "ms", 1): _waited,
    Panel("goodput", "1/s", 2): _served,
}
