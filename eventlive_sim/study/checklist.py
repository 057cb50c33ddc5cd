"""A checklist held against a design: each line proved, refuted or left open by simulation, with its evidence."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.checklist import Checklist, Never, Ratio, Shown
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.model.scenario import Limit
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.budgets import known_budgets
from eventlive_sim.study.calls import Call
from eventlive_sim.study.claims import Judged, judge_calls, judge_ratios, read_answer, read_ratio, traced_calls
from eventlive_sim.study.gate import Row, gate
from eventlive_sim.study.run import Run, replication_seed, unstarted
from eventlive_sim.study.workers import Progress

Resolve = Callable[[str, Sequence[str]], tuple[ResolvedDesign, ResolvedScenario]]
"""The design, in a scenario of this name, with these ``path=value`` set."""
WORST_FIRST = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)


@dataclass(frozen=True)
class Item:
    """A claim of a line, judged.

    Attributes
    ----------
    event : str
        Scenario, and what was set.
    exact : bool
        Whether it was settled without simulating.
    value : float
        Mean over replications of what is measured; not a number if there is none.
    broken, looked : int
        Replications that break it, of those that say something.
    bound : float
        The probability that an event breaks it is below this, at the confidence of a PASS; not a number if not judged so.
    """

    claim: str
    event: str
    verdict: Verdict
    exact: bool = False
    value: float = float("nan")
    broken: int = 0
    looked: int = 0
    bound: float = float("nan")
    why: str = ""


@dataclass(frozen=True)
class CheckedLine:
    """A line with its evidence."""

    name: str
    says: str
    items: tuple[Item, ...]
    example: Call | None
    """A call that refutes it, else one of those that it speaks of."""
    example_from: str
    """The event that the call was seen in."""
    commands: tuple[str, ...]
    """What prints the evidence again: the line itself, and each event with all its figures."""

    @property
    def verdict(self) -> Verdict:
        """FAIL if a claim fails, else UNDECIDED if one is undecided, else PASS."""
        return worst(item.verdict for item in self.items)


@dataclass(frozen=True, eq=False)
class CheckedList:
    """All lines, judged on one design."""

    expression: str
    title: str
    seed: int
    lines: tuple[CheckedLine, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the lines."""
        return worst(line.verdict for line in self.lines)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL before UNDECIDED before PASS."""
    found = set(verdicts)
    return next(one for one in WORST_FIRST if one in found)


def checklist(
    expression: str,
    lines: Checklist,
    resolve: Resolve,
    *,
    seed: int = 1,
    most: int | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> CheckedList:
    """Hold a checklist against a design.

    Parameters
    ----------
    expression : str
        The design, for the commands that are told.
    resolve : callable
        See ``Resolve``. What it refuses leaves the claims of that event undecided, with the reason.
    most : int, optional
        Most replications; by default as the gate of each scenario has it.

    Raises
    ------
    SimulationError
        If a law is broken: our fault.
    """
    events: dict[tuple[str, tuple[str, ...]], _Event] = {}
    for line in lines.lines.values():
        for shown in line.shown:
            event = events.setdefault((shown.scenario, shown.sets), _Event(shown.scenario, shown.sets))
            event.take(shown)
    for event in events.values():
        event.prepare(resolve)
    ready = [event for event in events.values() if event.ground is not None]
    _Judging(seed, most, engine, workers, progress).judge(ready)
    return CheckedList(
        expression,
        lines.title,
        seed,
        tuple(
            _line(name, line.says, expression, seed, [(one, events[one.scenario, one.sets]) for one in line.shown])
            for name, line in lines.lines.items()
        ),
    )


@dataclass
class _Event:
    """A scenario with what is set, and every claim that any line makes of it."""

    scenario: str
    sets: tuple[str, ...]
    budgets: dict[str, list[Limit]] = field(default_factory=dict)
    never: list[Never] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    selectors: list[tuple[str, ...]] = field(default_factory=list)
    ground: Run | None = None
    missing: str = ""
    """Why there is no such event."""
    lacks: dict[object, str] = field(default_factory=dict)
    """Why a claim cannot be made of the design: it names what is not there."""
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    guard: Row | None = None
    judged: dict[object, Judged] = field(default_factory=dict)
    examples: dict[tuple[str, ...], Call] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Scenario, and what was set."""
        return " ".join([self.scenario, *(f"--set {text}" for text in self.sets)])

    def take(self, shown: Shown) -> None:
        """Take the claims of a line; what two lines say alike is judged once."""
        for key, written in shown.budgets.items():
            limits = self.budgets.setdefault(key, [])
            limits += [one for one in map(_limit, written) if one not in limits]
        self.never += [one for one in shown.never if one not in self.never]
        self.ratios += [one for one in shown.ratios if one not in self.ratios]
        if shown.calls:
            self.selectors.append(shown.calls)

    def prepare(self, resolve: Resolve) -> None:
        """Resolve and lower it, and put aside the claims that name what is not there."""
        try:
            self.ground = unstarted(*resolve(self.scenario, self.sets))
        except EventLiveError as error:
            self.missing = str(error)
            return
        for key, limits in list(self.budgets.items()):
            for limit in list(limits):
                ground = self._with({key: (limit,)})
                if not self._can(partial(known_budgets, ground), (key, limit.threshold)):
                    limits.remove(limit)
        for ratio in self.ratios:
            self._can(partial(read_ratio, self.ground, ratio), ratio)
        for never in self.never:
            self._can(partial(read_answer, self.ground, never.after), never)

    def _can(self, read: Callable[[], object], claim: object) -> bool:
        try:
            read()
        except EventLiveError as error:
            self.lacks[claim] = str(error)
            return False
        return True

    def _with(self, budgets: dict[str, tuple[Limit, ...]]) -> Run:
        assert self.ground is not None  # noqa: S101 - asked of prepared events only
        world = self.ground.scenario
        scenario = world.scenario.model_copy(update={"budgets": budgets})
        return replace(self.ground, scenario=replace(world, scenario=scenario))

    def with_budgets(self) -> Run | None:
        """The event with the budgets of all lines; None if they ask none."""
        budgets = {key: tuple(limits) for key, limits in self.budgets.items() if limits}
        return self._with(budgets) if budgets else None


def _limit(written: str | Limit) -> Limit:
    return Limit(threshold=written) if isinstance(written, str) else written


@dataclass
class _Judging:
    """Judges events: budgets by the gate, then ratios, then calls."""

    seed: int
    most: int | None
    engine: EngineName
    workers: int | None
    progress: Progress | None
    done: int = 0
    whole: int = 1

    def judge(self, events: list[_Event]) -> None:
        """Judge all claims of all events, each event's budgets in one set of replications."""
        asked = [(event, ground) for event in events if (ground := event.with_budgets()) is not None]
        self.whole = max(1, 3 * len(asked) + sum(bool(one.ratios) + bool(one.never or one.selectors) for one in events))
        checked = gate(
            [ground for _, ground in asked],
            seed=self.seed,
            most=self.most,
            everything=True,
            engine=self.engine,
            workers=self.workers,
            progress=self._part(3 * len(asked)),
        )
        for (event, _), one in zip(asked, checked, strict=True):
            for row in one.rows:
                if row.budget.guards:
                    event.guard = row
                else:
                    event.rows[row.budget.key, row.budget.threshold.text] = row
        for event in events:
            if event.ground is not None:
                self._ratios(event, event.ground)
                self._calls(event, event.ground)
        if self.progress is not None:
            self.progress(1.0)

    def _ratios(self, event: _Event, ground: Run) -> None:
        claims = [one for one in event.ratios if one not in event.lacks]
        part = self._part(bool(event.ratios))
        if claims:
            found = judge_ratios(
                ground,
                claims,
                seed=self.seed,
                most=self.most,
                engine=self.engine,
                workers=self.workers,
                progress=part,
            )
            event.judged.update(zip(claims, found, strict=True))

    def _calls(self, event: _Event, ground: Run) -> None:
        claims = [one for one in event.never if one not in event.lacks]
        part = self._part(bool(event.never or event.selectors))
        if claims:
            found = judge_calls(ground, claims, seed=self.seed, most=self.most, engine=self.engine, progress=part)
            event.judged.update(zip(claims, found, strict=True))
        if event.selectors:
            _find_examples(event, ground, traced_calls(ground, replication_seed(self.seed, 0), self.engine))

    def _part(self, share: int) -> Progress | None:
        """Progress of the next so many parts of all work."""
        first, self.done = self.done, self.done + share
        progress, whole = self.progress, self.whole
        return None if progress is None else lambda part: progress((first + part * share) / whole)


def _find_examples(event: _Event, ground: Run, calls: Sequence[Call]) -> None:
    for selectors in event.selectors:
        for written in selectors:
            try:
                tags = read_answer(ground, written)
            except EventLiveError:
                continue  # the design has no such endpoint or step: the next may be there
            found = next((call for call in calls if any(query.fits(tags) for query in call.queries)), None)
            if found is not None:
                event.examples[selectors] = found
                break


# ---------------------------------------------------------------- lines


def _line(name: str, says: str, expression: str, seed: int, shown: list[tuple[Shown, _Event]]) -> CheckedLine:
    items: list[Item] = []
    refuting: list[tuple[Call, str]] = []
    others: list[tuple[Call, str]] = []
    for one, event in shown:
        if event.missing:
            claimed = _claims(one)
            items += [Item(claim, event.told, Verdict.UNDECIDED, why=event.missing) for claim in claimed]
            continue
        items += _items(one, event)
        refuting += [
            (call, event.told)
            for claim in one.never
            if claim in event.judged and (call := event.judged[claim].example) is not None
        ]
        if one.calls in event.examples:
            others.append((event.examples[one.calls], event.told))
    example, where = next(iter([*refuting, *others]), (None, ""))
    given = [] if seed == 1 else ["--seed", str(seed)]
    commands = [["checklist", expression, "--line", name, *given]]
    for _, event in shown:
        sets = [word for text in event.sets for word in ("--set", text)]
        commands += [] if event.missing else [["run", expression, event.scenario, *sets, *given]]
    told = dict.fromkeys(f"eventlive-sim {shlex.join(words)}" for words in commands)
    return CheckedLine(name, says, tuple(items), example, where, tuple(told))


def _claims(shown: Shown) -> list[str]:
    """What is claimed of an event, in words."""
    return [
        *(f"{key}: {_limit(one).threshold}" for key, limits in shown.budgets.items() for one in limits),
        *map(_told_ratio, shown.ratios),
        *map(_told_never, shown.never),
    ]


def _told_ratio(ratio: Ratio) -> str:
    return f"{ratio.of} over {ratio.over}: {ratio.threshold}"


def _told_never(never: Never) -> str:
    return f"after {never.after} no {never.follows} follows in the call"


def _items(shown: Shown, event: _Event) -> list[Item]:
    items = []
    for key, limits in shown.budgets.items():
        for limit in map(_limit, limits):
            claim = f"{key}: {limit.threshold}"
            row = event.rows.get((key, limit.threshold))
            if row is None:
                items.append(Item(claim, event.told, Verdict.UNDECIDED, why=event.lacks[key, limit.threshold]))
            else:
                items.append(_of_row(row, claim, event))
    if event.guard is not None and event.guard.verdict is Verdict.FAIL:
        items.append(_of_row(event.guard, event.guard.budget.name, event))
    claims: list[tuple[object, str]] = [(one, _told_ratio(one)) for one in shown.ratios]
    claims += [(one, _told_never(one)) for one in shown.never]
    for asked, told in claims:
        if asked in event.lacks:
            items.append(Item(told, event.told, Verdict.UNDECIDED, why=event.lacks[asked]))
        else:
            one = event.judged[asked]
            items.append(
                Item(told, event.told, one.verdict, False, one.value, one.broken, one.looked, one.high, one.why)
            )
    return items


def _of_row(row: Row, claim: str, event: _Event) -> Item:
    bound = row.judgement.high if row.judgement is not None and row.budget.estimand == "probability" else float("nan")
    return Item(claim, event.told, row.verdict, row.exact, row.value, row.broken, row.looked, bound, row.why)
