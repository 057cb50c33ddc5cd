"""What usage costs: in a month with so many events, each item by its price, what a plan includes, and its cap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.design import Design
from eventlive_sim.model.prices import FunctionPrices, ItemPrice, PlanPrice, Prices, ProjectPrices
from eventlive_sim.program.program import Program
from eventlive_sim.study.usage import PEAKS, projects_of, usage_of
from eventlive_sim.units import NS_PER_S

PROJECT_PLAN, FUNCTIONS_PLAN = "project_plan", "functions_plan"
COMPUTE, COMPUTE_CREDIT, USAGE_CREDIT = "compute", "compute_credit", "usage_credit"
_HOUR_NS = 3600 * NS_PER_S


@dataclass(frozen=True)
class Line:
    """An item of a month's bill.

    Attributes
    ----------
    item, unit : str
        What, and in which unit it is counted.
    event, month : float
        Units of one event, and of the month.
    included : float
        Units that the plan's month includes.
    dollars : float
        What the month is billed for it; below 0 a credit.
    listed : float
        What one event's units cost at the price alone, as if nothing were included; of fixed costs 0.
    refused : float
        Units beyond what is included that the plan, or its cap, does not allow.
    price : str
        The price, as text.
    source : str
        Where the price comes from.
    path : str
        Where it stands in the file of prices.
    """

    item: str
    unit: str
    event: float
    month: float
    included: float
    dollars: float
    listed: float = 0.0
    refused: float = 0.0
    price: str = ""
    source: str = ""
    path: str = ""


@dataclass(frozen=True)
class Bill:
    """A month's bill."""

    lines: tuple[Line, ...]
    events: int
    gaps: tuple[str, ...] = ()
    """What has no price, and why."""

    @property
    def month(self) -> float:
        """Dollars a month."""
        return math.fsum(line.dollars for line in self.lines)

    @property
    def event(self) -> float:
        """Dollars an event: the month over its events."""
        return self.month / self.events

    @property
    def listed(self) -> float:
        """What the usage of one event costs at prices alone."""
        return math.fsum(line.listed for line in self.lines)

    def line(self, item: str) -> Line | None:
        """Line of an item, if there is one."""
        return next((line for line in self.lines if line.item == item), None)


def bill_of(prices: Prices, design: Design, usage: dict[str, float], *, events: int, projects: int = 1) -> Bill:
    """Bill of a month.

    Parameters
    ----------
    usage : dict
        Units of one event by item, as `usage_of` counts them.
    events : int
        Events of the month, at least 1.
    projects : int
        Projects that an event is on.

    Notes
    -----
    A month holds as many sums as events, and the peak of one. A webinar's own project is paid for as long as it is kept at
    each event, others all month long, and so are those that the tenancy has beside them. All are of the design's size.
    """
    lines: list[Line] = []
    gaps: list[str] = []
    project, functions = design.platform.project, design.platform.functions
    if project.plan in prices.project.plans:
        plan = prices.project.plans[project.plan]
        lines.append(_fixed(PROJECT_PLAN, "project", project.plan, plan))
        lines += _compute(prices, design, plan, (events, projects))
        refuses = (plan.capped if project.spend_cap and plan.capped else plan.beyond) == "refused"
        lines += _items(prices.project, project.plan, project.region, usage, events, refuses=refuses)
        if project.compute not in prices.project.compute and project.compute != "none":
            gaps.append(f"no price of the compute size {project.compute!r}")
        elif plan.sizes and project.compute not in plan.sizes:
            gaps.append(f"the plan {project.plan} has {' and '.join(plan.sizes)} only, not {project.compute}")
    elif project.plan != "none":
        gaps.append(f"no price of the plan {project.plan!r} of projects: it is agreed upon")
    if functions.plan in prices.functions.plans:
        plan = prices.functions.plans[functions.plan]
        lines.append(_fixed(FUNCTIONS_PLAN, "functions", functions.plan, plan))
        used = list(
            _items(prices.functions, functions.plan, functions.region, usage, events, refuses=plan.beyond == "refused")
        )
        gaps += [
            f"no price of {name} in {functions.region!r}"
            for name, item in prices.functions.items.items()
            if item.price_in(functions.region) is None
        ]
        lines += used
        lines += _credit(USAGE_CREDIT, "functions", functions.plan, plan, math.fsum(line.dollars for line in used))
    elif functions.plan != "none":
        gaps.append(f"no price of the plan {functions.plan!r} of functions: it is agreed upon")
    return Bill(tuple(lines), events, tuple(gaps))


def items_of(prices: Prices, design: Design) -> tuple[str, ...]:
    """Items of a design's bill, whatever is used."""
    nothing = dict.fromkeys((*prices.project.items, *prices.functions.items), 0.0)
    return tuple(line.item for line in bill_of(prices, design, nothing, events=1).lines)


def event_bill(prices: Prices, design: Design, program: Program, recording: Recording, events: int) -> Bill:
    """Bill of a month of events like the one that was recorded."""
    usage = usage_of(program, recording, design, prices)
    return bill_of(prices, design, usage, events=events, projects=projects_of(program, design))


def _fixed(item: str, kind: str, name: str, plan: PlanPrice) -> Line:
    price = f"${plan.month:g} a month"
    return Line(
        item, "months", 0.0, 1.0, 0.0, plan.month, price=price, source=plan.source, path=f"{kind}.plans.{name}.month"
    )


def _compute(prices: Prices, design: Design, plan: PlanPrice, what: tuple[int, int]) -> Iterator[Line]:
    (events, projects), size, kept = what, design.platform.project.compute, design.tenancy.project_kept
    if size not in prices.project.compute:
        return
    each = prices.hours_month if kept is None else events * kept / _HOUR_NS
    beside = design.tenancy.projects_beside * prices.hours_month
    hours, price = projects * each + beside, prices.project.compute[size]
    dollars = hours * price
    text, path = f"${price:g} an hour", f"project.compute.{size}"
    yield Line(COMPUTE, "hours", hours / events, hours, 0.0, dollars, price=text, path=path)
    yield from _credit(COMPUTE_CREDIT, "project", design.platform.project.plan, plan, dollars)


def _credit(item: str, kind: str, name: str, plan: PlanPrice, dollars: float) -> Iterator[Line]:
    if plan.credit:
        path = f"{kind}.plans.{name}.credit"
        yield Line(
            item, "dollars", 0.0, plan.credit, 0.0, -min(plan.credit, dollars), price=f"${plan.credit:g}", path=path
        )


def _items(
    vendor: ProjectPrices | FunctionPrices,
    plan: str,
    region: str,
    usage: dict[str, float],
    events: int,
    *,
    refuses: bool,
) -> Iterator[Line]:
    kind = "project" if isinstance(vendor, ProjectPrices) else "functions"
    for name, item in vendor.items.items():
        price = item.price_in(region)
        if price is None or name not in usage:
            continue
        month = usage[name] * (1 if name in PEAKS else events)
        included = item.included.get(plan, 0.0)
        beyond = max(0.0, month - included)
        packages = _packages(item, beyond)
        place = f"{kind}.items.{name}.{f'prices.{region}' if item.prices else 'price'}"
        yield Line(
            name,
            item.unit,
            usage[name],
            month,
            included,
            0.0 if refuses else packages * price,
            listed=usage[name] / item.package * price,
            refused=beyond if refuses else 0.0,
            price=_price_text(item, price),
            source=item.source,
            path=place,
        )


def _packages(item: ItemPrice, units: float) -> float:
    """Packages that units make; a package that is begun counts whole where the price says so."""
    packages = units / item.package
    return float(math.ceil(packages - 1e-12)) if item.whole else packages


def _price_text(item: ItemPrice, price: float) -> str:
    of = f"{item.package:,.0f} {item.unit}" if item.package != 1 else item.unit
    return f"${price:g} per {of}{', whole packages' if item.whole else ''}"
