"""What designs cost in a scenario: each item of the bill, on any plan and size, and what a storm adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.nodes import suggestion
from eventlive_sim.model.prices import Prices, read_prices, variants
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design
from eventlive_sim.model.sourced import Sourced
from eventlive_sim.model.webinars import undisturbed
from eventlive_sim.study.bill import Bill, bill_of
from eventlive_sim.study.compare import mean
from eventlive_sim.study.run import Run, run_all
from eventlive_sim.study.usage import projects_of, usage_of
from eventlive_sim.study.workers import Progress

EVERY = "every"
"""Stands for all plans, or all sizes."""


@dataclass(frozen=True)
class Priced:
    """A design on a plan and size, and its bills.

    Attributes
    ----------
    label : str
        Design, and plan and size where they are not its own.
    bill : Bill
        Of a month of such events; usage is the mean over replications.
    calm : Bill, optional
        The same without faults and disturbances, under the same seeds; None where the scenario has none.
    refused : str
        What being refused looks like on this plan; empty where nothing is refused.
    """

    label: str
    design: ResolvedDesign
    bill: Bill
    calm: Bill | None
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Money:
    """Bills of designs in a scenario."""

    scenario: ResolvedScenario
    priced: tuple[Priced, ...]
    events: int
    seed: int
    replications: int
    sourced: tuple[Sourced, ...]
    """Numbers among the prices that say for themselves where they come from."""

    def source_of(self, path: str) -> Sourced | None:
        """What is said of a price by its path in the file of prices."""
        return next((one for one in self.sourced if one.path == path), None)


def money(
    designs: Sequence[ResolvedDesign],
    scenario: ResolvedScenario,
    *,
    events: int | None = None,
    plans: Sequence[str] = (),
    sizes: Sequence[str] = (),
    seed: int = 1,
    replications: int = 1,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Money:
    """Bills of designs in a scenario, as they are and without what goes wrong.

    Parameters
    ----------
    events : int, optional
        Events a month, at least 1; by default as many as the scenario says.
    plans, sizes : sequence of str
        Plans and compute sizes that each design is put on, by their names among the presets of the platform; ``every``
        stands for all. Without any each design is as it is.
    seed, replications, engine, workers, progress
        As in `run`.

    Raises
    ------
    ModelError
        If there is no such plan or size, or less than one event a month.
    """
    number = scenario.scenario.events_per_month if events is None else events
    if number < 1:
        raise ModelError(f"events a month: {number}", "give 1 or more", rule="bad-study")
    prices, sourced = read_prices()
    made = [one for design in designs for one in _variants(prices, design, plans, sizes)]
    calm = undisturbed(scenario.scenario)
    stormy = calm != scenario.scenario
    whole = 2 if stormy else 1

    def ran(world: ResolvedScenario, place: int) -> list[Run]:
        told: Progress | None = None if progress is None else lambda part: progress((place + part) / whole)
        return run_all(
            [design for _, design in made],
            world,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=told,
        )

    runs = ran(scenario, 0)
    quiet = ran(replace(scenario, scenario=calm), 1) if stormy else [None] * len(runs)
    priced = tuple(
        _priced(prices, label, one, other, number) for (label, _), one, other in zip(made, runs, quiet, strict=True)
    )
    return Money(scenario, priced, number, seed, replications, sourced)


def _priced(prices: Prices, label: str, stormy: Run, quiet: Run | None, events: int) -> Priced:
    calm = None if quiet is None else _bill(prices, quiet, events)
    return Priced(label, stormy.design, _bill(prices, stormy, events), calm, _refused(prices, stormy.design))


def _bill(prices: Prices, run: Run, events: int) -> Bill:
    design = run.design.design
    used = [usage_of(run.program, one.recording, design, prices) for one in run.replications]
    usage = {item: mean([one[item] for one in used]) for item in used[0]}
    return bill_of(prices, design, usage, events=events, projects=projects_of(run.program, design))


def _refused(prices: Prices, design: ResolvedDesign) -> str:
    platform = design.design.platform
    plans = (
        prices.project.plans.get(platform.project.plan),
        prices.functions.plans.get(platform.functions.plan),
    )
    return "; ".join(dict.fromkeys(plan.then for plan in plans if plan is not None and plan.then))


def _variants(
    prices: Prices, design: ResolvedDesign, plans: Sequence[str], sizes: Sequence[str]
) -> Iterator[tuple[str, ResolvedDesign]]:
    """A design on each plan and size; of a plan that lacks a size, the first that it has."""
    every_plan, every_size = variants("plans"), variants("sizes")
    told: set[str] = set()
    for plan in _named(plans, every_plan, "plan"):
        for wanted in _named(sizes, every_size, "compute size"):
            size, sets = wanted, [*every_plan.get(plan, ()), *every_size.get(wanted, ())]
            made = resolve_design(design.expression, sets=[*design.sets, *sets]) if sets else design
            project = made.design.platform.project
            own = prices.project.plans[project.plan].sizes if project.plan in prices.project.plans else ()
            if sets and own and project.compute not in own:
                size = own[0]
                made = resolve_design(design.expression, sets=[*made.sets, *every_size.get(size, ())])
            label = " ".join(filter(None, (design.expression, plan, size)))
            if label not in told:
                told.add(label)
                yield label, made


def _named(names: Sequence[str], known: dict[str, tuple[str, ...]], what: str) -> list[str]:
    if list(names) == [EVERY]:
        return list(known)
    for name in names:
        if name not in known:
            raise ModelError(f"there is no {what} {name!r}", suggestion(name, known), rule="unknown-name")
    return list(names) or [""]
