"""The gate: budgets of scenarios judged on a design, exactly where they can be, else by growing numbers of replications."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.model.resolve import ResolvedDesign
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.program.program import Program
from eventlive_sim.stats.thresholds import Selector, parse_threshold
from eventlive_sim.stats.verdicts import EARLY_LOOK, Judgement, Looks, Verdict, judge_mean, judge_probability
from eventlive_sim.study.budgets import Budget, gone, known_budgets
from eventlive_sim.study.compare import mean
from eventlive_sim.study.exact import Arithmetic
from eventlive_sim.study.replications import BATCH, Job, Subject, figures_of
from eventlive_sim.study.run import Run, replication_seed
from eventlive_sim.study.store import Figures, Store
from eventlive_sim.study.workers import Progress

Draw = Callable[[int], tuple[ResolvedDesign, Program]]
"""Design and program of a replication by its number: the same for all, or one with its guesses drawn."""


class Result(StrEnum):
    """What follows from the verdicts on a design, in the platform team's words."""

    GO = "go"
    STOP = "stop the deployment"
    DEGRADE = "force degrade mode"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Row:
    """A budget and its verdict.

    Attributes
    ----------
    exact : bool
        Whether it was settled without simulating.
    value : float
        Mean over replications, or the exact value; not a number if there is none.
    values : tuple of float
        One a replication, in the order of seeds, of all that were run.
    broken : int
        Replications that break it, of the ``looked`` after which it was decided.
    judgement : Judgement, optional
        The figures of a verdict by statistics.
    """

    budget: Budget
    verdict: Verdict
    exact: bool = False
    value: float = math.nan
    values: tuple[float, ...] = ()
    broken: int = 0
    looked: int = 0
    judgement: Judgement | None = None
    why: str = ""

    @property
    def margin(self) -> float:
        """Room between value and limit, over the limit; below 0 beyond it. Not a number for a limit of 0 or an equality."""
        threshold = self.budget.threshold
        if threshold.limit == 0 or threshold.operator in {"==", "!="}:
            return math.nan
        room = (threshold.limit - self.value) / abs(threshold.limit)
        return -room if threshold.operator in {">", ">="} else room


@dataclass(frozen=True, eq=False)
class Checked:
    """A design in a scenario, judged."""

    ground: Run
    """What was run, without its replications: only their values are kept."""
    rows: tuple[Row, ...]
    looks: Looks
    replications: int
    stopped: str = ""
    """Why not all budgets were judged, if so."""

    @property
    def verdict(self) -> Verdict:
        """FAIL if a budget fails that more than warns, else UNDECIDED if one is undecided, else PASS."""
        found = {row.verdict for row in self.rows if row.budget.severity != "warn"}
        return next(one for one in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS) if one in found)

    @property
    def result(self) -> Result:
        """What follows."""
        severities = {row.budget.severity for row in self.rows if row.verdict is Verdict.FAIL}
        if "stop" in severities:
            return Result.STOP
        if "degrade" in severities:
            return Result.DEGRADE
        return Result.GO if self.verdict is Verdict.PASS else Result.UNDECIDED

    def failed(self) -> list[Row]:
        """Rows that fail."""
        return [row for row in self.rows if row.verdict is Verdict.FAIL]


def gate(
    grounds: Sequence[Run],
    *,
    seed: int = 1,
    most: int | None = None,
    everything: bool = False,
    draws: Sequence[Draw] | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    kept: Store | None = None,
    progress: Progress | None = None,
) -> list[Checked]:
    """Judge the budgets of scenarios on designs.

    Parameters
    ----------
    grounds : sequence of Run
        Designs in scenarios, unstarted.
    seed : int
        Root seed; replication by replication the same people as any other study under it meets.
    most : int, optional
        Most replications; by default as the scenario's gate has it.
    everything : bool
        Whether to simulate although an exact budget has failed already.
    draws : sequence of callables, optional
        Design of each replication of each ground, where it is not the ground's own: a mean over designs means nothing,
        so that every budget is then judged by the probability that an event breaks it.
    kept : Store, optional
        Holds what was measured before, and takes what is measured now.
    engine, workers, progress
        As in `run`.

    Raises
    ------
    ModelError
        If a budget names what does not exist.
    SimulationError
        If a law is broken: our fault.
    """
    drawn = draws if draws is not None else [_own(ground) for ground in grounds]
    cases = [
        _Case(ground, draw, most, everything=everything, robust=draws is not None)
        for ground, draw in zip(grounds, drawn, strict=True)
    ]
    whole, told = sum(case.looks.last for case in cases), 0
    while active := [case for case in cases if case.next_look is not None]:
        jobs = [(case, number) for case in active for number in range(len(case.served), case.next_look or 0)]
        for batch in _batched(jobs):
            wanted = [Job(case.subject(number), replication_seed(seed, number), case.asked) for case, number in batch]
            part = None if progress is None else _share(progress, told / whole, len(batch) / whole)
            found = figures_of(wanted, kept=kept, engine=engine, workers=workers, progress=part)
            for (case, _), figures in zip(batch, found, strict=True):
                case.take(figures)
            told += len(batch)
        for case in active:
            case.judge()
    if progress is not None:
        progress(1.0)
    return [case.checked(seed, engine) for case in cases]


def _batched(jobs: list[tuple[_Case, int]]) -> Iterator[list[tuple[_Case, int]]]:
    for start in range(0, len(jobs), BATCH):
        yield jobs[start : start + BATCH]


def _share(progress: Progress, done: float, share: float) -> Progress:
    """Progress of a batch as a part of all work."""
    return lambda part: progress(done + share * part)


def _own(ground: Run) -> Draw:
    return lambda _: (ground.design, ground.program)


def guard(ground: Run) -> Budget:
    """That somebody is served in every event: a dead system never passes, whatever else is asked."""
    hot = any(endpoint.hot for endpoint in ground.design.design.endpoints.values())
    name = "goodput" if hot else "calls{outcome:served}"
    threshold = parse_threshold("rate>0")
    key = f"{name} in each event"
    return Budget(key, Selector(name, {}), threshold, WHOLE, "probability", 0.0, "stop", True, None, guards=True)


class _Case:
    """A design in a scenario while it is being judged."""

    def __init__(self, ground: Run, draw: Draw, most: int | None, *, everything: bool, robust: bool) -> None:
        self.ground, self.draw = ground, draw
        self.own = Subject(ground.design, ground.scenario, ground.program)
        wanted = ground.scenario.scenario.gate
        self.looks = Looks(wanted.looks, wanted.alpha)
        if most is not None:
            self.looks = self.looks.up_to(most)
        self.budgets = [*known_budgets(ground), guard(ground)]
        if robust:
            self.budgets = [replace(budget, estimand="probability") for budget in self.budgets]
        arithmetic = Arithmetic(ground.design.design, ground.scenario)
        self.rows: dict[int, Row] = {}
        for number, budget in enumerate(self.budgets[:-1]):
            exact = arithmetic.settle(budget)
            if exact is not None:
                verdict = Verdict.PASS if exact.holds else Verdict.FAIL
                self.rows[number] = Row(budget, verdict, exact=True, value=exact.value, why=exact.why)
        self.early = any(one.abort_on_fail for number, one in enumerate(self.budgets[:-1]) if number not in self.rows)
        self.by_statistics = max(1, len(self.budgets) - 1 - len(self.rows))
        self.values: dict[int, list[float]] = {n: [] for n in range(len(self.budgets)) if n not in self.rows}
        self.lacks: dict[int, str] = {}
        self.served: list[float] = []
        self.stopped = ""
        failed = [row for row in self.rows.values() if row.verdict is Verdict.FAIL and row.budget.severity == "stop"]
        if failed and not everything:
            self.stopped = f"not simulated: {failed[0].budget.name} has failed"
        self.pending = [] if self.stopped else self._all_looks()

    def _all_looks(self) -> list[int]:
        first = [EARLY_LOOK] if self.early and self.looks.replications[0] > EARLY_LOOK else []
        return [*first, *self.looks.replications]

    @property
    def next_look(self) -> int | None:
        """Replications at the next look; None when there is none."""
        return self.pending[0] if self.pending else None

    @property
    def asked(self) -> list[Budget]:
        """Budgets that are measured, in the order of their values."""
        return [self.budgets[number] for number in self.values]

    def subject(self, number: int) -> Subject:
        """What a replication simulates."""
        design, program = self.draw(number)
        same = program is self.ground.program and design is self.ground.design
        return self.own if same else Subject(design, self.ground.scenario, program)

    def take(self, figures: Figures) -> None:
        """Take what a replication measured."""
        for (number, values), figure in zip(self.values.items(), figures, strict=True):
            values.append(figure.value)
            if self.budgets[number].guards:
                self.served.append(figure.value)
            if math.isnan(figure.value):
                self.lacks.setdefault(number, figure.why)

    def judge(self) -> None:
        """Judge at the look that is reached, and drop the looks that are no longer wanted."""
        look = self.pending.pop(0)
        for number in self.values:
            row = self.rows.get(number)
            # Who serves nobody later fails later.
            if row is None or row.verdict is Verdict.UNDECIDED or row.budget.guards:
                self.rows[number] = self._judged(number, look)
        ended = [row for row in self.rows.values() if row.verdict is Verdict.FAIL and row.budget.abort_on_fail]
        if ended and self.pending:
            self.stopped = f"ended after {look} replications: {ended[0].budget.name} has failed"
            self.pending = []
        if all(self.rows[number].verdict is not Verdict.UNDECIDED for number in self.values):
            self.pending = []

    def _judged(self, number: int, look: int) -> Row:
        budget, values = self.budgets[number], tuple(self.values[number])
        broken = sum(not budget.threshold.holds(value) for value in values)
        row = Row(budget, Verdict.UNDECIDED, value=mean(values), values=values, broken=broken, looked=look)
        if budget.guards:
            why = f"nobody is served in {broken} of {look} events" if broken else ""
            return replace(row, verdict=Verdict.FAIL if broken else Verdict.PASS, why=why)
        if number in self.lacks:
            return replace(row, verdict=Verdict.FAIL, why=self.lacks[number])
        if look in self.looks.replications:
            passes = self.looks.passes(look)
        elif budget.abort_on_fail:
            passes = 1 - 1e-12  # before the first look nothing passes
        else:
            return row
        fails = self.looks.fails(look, self.by_statistics, early=budget.abort_on_fail)
        if budget.estimand == "mean":
            judged = judge_mean(values, budget.threshold, passes, fails, last=look == self.looks.last)
        else:
            judged = judge_probability(broken, look, budget.risk, passes, fails)
        return replace(row, verdict=judged.verdict, judgement=judged, why=_why(self.ground, budget, row, judged))

    def checked(self, seed: int, engine: EngineName) -> Checked:
        """The result, rows in the order of the budgets."""
        rows = []
        for number, budget in enumerate(self.budgets):
            row = self.rows.get(number)
            if row is None:
                row = Row(budget, Verdict.UNDECIDED, why=self.stopped)
            rows.append(row if row.exact else replace(row, values=tuple(self.values[number])))
        done = len(self.served)
        return Checked(replace(self.ground, seed=seed, engine=engine), tuple(rows), self.looks, done, self.stopped)


def _why(ground: Run, budget: Budget, row: Row, judged: Judgement) -> str:
    if judged.verdict is Verdict.PASS:
        return gone(ground, budget)
    if budget.estimand == "mean":
        said = f"the mean lies between {judged.low:g} and {judged.high:g}"
    else:
        said = f"{row.broken} of {row.looked} events break it, at most {budget.risk:.3g} of all may"
    return said if judged.verdict is Verdict.FAIL else f"{said}; {_needed(judged.needed)}"


def _needed(replications: int | None) -> str:
    if replications is None:
        return "no number of replications is likely to decide"
    return f"about {replications:,} replications would decide"
