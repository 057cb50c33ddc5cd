"""Levers: what can still be done on the evening itself, each alone: what it does to the verdict, what it costs, how soon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design
from eventlive_sim.model.ticket import Option
from eventlive_sim.model.upon import candidates_upon
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.gate import Checked, gate
from eventlive_sim.study.run import unstarted
from eventlive_sim.study.workers import Progress
from eventlive_sim.units import NS_PER_S


@dataclass(frozen=True, eq=False)
class Lever:
    """An option that can be pulled, and what the gate says with it."""

    name: str
    title: str
    option: Option
    dollars: float
    """What it costs for this event: by the hour for as long as it lasts, by the month whole."""
    checked: Checked

    @property
    def failed(self) -> int:
        """Budgets that fail with it."""
        return len(self.checked.failed())


@dataclass(frozen=True, eq=False)
class Levers:
    """The design as it stands, and with each lever alone: what turns the verdict first, the cheapest of it first."""

    base: Checked
    levers: tuple[Lever, ...]
    untried: tuple[tuple[str, str], ...]
    """Levers that cannot stand on the design, and why."""


def levers(
    design: ResolvedDesign,
    scenario: ResolvedScenario,
    *,
    seed: int = 1,
    most: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Levers:
    """Judge a design in a scenario as it stands and with each of its levers.

    Raises
    ------
    ModelError
        If none of the design's tickets has an option with a `delay`, which makes it a lever.
    """
    found, untried = _on(design)
    if not found and not untried:
        remedy = "give an option of a ticket a delay: how long it takes until it acts"
        raise ModelError("no ticket of the design has a lever", remedy, rule="no-levers")
    grounds = [unstarted(one, scenario) for one in (design, *(resolved for *_, resolved in found))]
    base, *checked = gate(grounds, seed=seed, most=most, workers=workers, progress=progress)
    hours = scenario.scenario.duration / NS_PER_S / 3600
    pulled = [
        Lever(name, title, option, _dollars(option, hours), one)
        for (name, title, option, _), one in zip(found, checked, strict=True)
    ]
    return Levers(base, tuple(sorted(pulled, key=_rank)), tuple(untried))


def _on(design: ResolvedDesign) -> tuple[list[tuple[str, str, Option, ResolvedDesign]], list[tuple[str, str]]]:
    """Levers of the design's tickets upon it; and those that do not fit, with the reason."""
    found, untried = [], []
    for one in candidates_upon(design.expression):
        if one.option.delay is None:
            continue
        try:
            resolved = resolve_design(f"{design.expression}+{one.text}", sets=design.sets)
        except ModelError as error:
            untried.append((one.name, error.problem))
        else:
            found.append((one.text, one.option.title, one.option, resolved))
    return found, untried


def _dollars(option: Option, hours: float) -> float:
    price = option.price
    if price is None:
        return 0.0
    return price.dollars * (max(1.0, math.ceil(hours)) if price.per == "hour" else 1.0)


def _rank(lever: Lever) -> tuple[int, int, float, int, str]:
    """First what passes, then by how many budgets still fail, then the cheapest, then the soonest."""
    order: Sequence[Verdict] = (Verdict.PASS, Verdict.UNDECIDED, Verdict.FAIL)
    return order.index(lever.checked.verdict), lever.failed, lever.dollars, lever.option.delay or 0, lever.name
