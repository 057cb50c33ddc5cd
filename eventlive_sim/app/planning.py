"""Tonight's events: which hold, which hold with one change, and which do not; overlapping ones are judged together.

Events that overlap share one project: they are simulated as one crowd of all their people, which comes in the shortest of
their join windows. That is the harder case of what may happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from eventlive_sim.app.knobs import sizes
from eventlive_sim.app.live import PEOPLE_MOST, design_of, scenario_of
from eventlive_sim.app.setting import based_on, named, options
from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import ResolvedDesign, design_names, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.upon import candidates_upon
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.figures import audiences, hot_endpoints
from eventlive_sim.study.gate import Checked, gate
from eventlive_sim.study.money import money
from eventlive_sim.study.preflight import preflight
from eventlive_sim.study.run import Run, unstarted
from eventlive_sim.units import NS_PER_S

Progress = Callable[[float], object]
Params = dict[str, Any]
SCHEMA = "eventlive-plan/1"
EVENTS_MOST = 20
AS_DESIGNED = "–"
"""Plan of an event that runs on what the design says."""
_STEPS = (1, 20)
"""Replications after which a candidate change is out if one of them breaks a budget; after the last it turns the verdict."""
_PARTS_OF_JUDGING = 3


@dataclass(frozen=True)
class _Case:
    """A design with what is set in it, and in the scenario."""

    design: str
    sets: tuple[str, ...]
    world: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """One row of the table of events; times in minutes after midnight."""

    name: str
    start: int
    people: int
    join_min: float
    minutes: int
    admins: int
    plan: str = ""

    @property
    def end(self) -> int:
        """When it is over."""
        return self.start + self.minutes


def event_of(row: dict[str, Any]) -> Event:
    """Event of a row that somebody typed.

    Raises
    ------
    ModelError
        If a number is missing or out of range.
    """
    name = str(row.get("name") or "").strip()[:60] or "?"
    try:
        hours, minutes = (int(part) for part in str(row["start"]).split(":"))
        event = Event(
            name,
            60 * hours + minutes,
            int(row["people"]),
            float(row["join_min"]),
            int(row["minutes"]),
            int(row["admins"]),
            str(row.get("plan") or ""),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        problem = f"the event {name!r} lacks a number, or its start is no time"
        raise ModelError(problem, "write such as 19:30, 1000 people, 2, 60, 4", rule="bad-event") from error
    bounds = (
        ("start", event.start, 0, 24 * 60 - 1),
        ("people", event.people, 1, PEOPLE_MOST),
        ("join window", event.join_min, 0.1, 240),
        ("minutes", event.minutes, 5, 480),
        ("admins", event.admins, 0, 100),
    )
    for what, value, low, high in bounds:
        if not low <= value <= high:
            problem = f"the {what} of {name!r} is {value:g}"
            raise ModelError(problem, f"write {low:g} to {high:,}", rule="bad-event")
    return event


def groups_of(events: list[Event]) -> list[list[Event]]:
    """Events alone, then those that overlap together, in the order of their beginnings."""
    alone = [[event] for event in events]
    together: list[list[Event]] = []
    for event in sorted(events, key=lambda one: one.start):
        if together and event.start < max(one.end for one in together[-1]):
            together[-1].append(event)
        else:
            together.append([event])
    return alone + [group for group in together if len(group) > 1]


# ---------------------------------------------------------------- an event as a scenario


def world_of(design: ResolvedDesign, scenario: str, group: list[Event]) -> tuple[str, ...]:
    """What is set in a scenario so that it is these events."""
    plain = (
        resolve_scenario(scenario).scenario if not scenario.startswith("upload-") else scenario_of(scenario).scenario
    )
    crowd = audiences([design.design], plain, hot_endpoints([design.design], plain))
    span = max(event.end for event in group) - min(event.start for event in group)
    join_s = round(60 * min(event.join_min for event in group))
    last_s = max(60 * span, join_s + 120)
    sets = [f"duration={last_s}s"]
    for name, part in plain.clients.items():
        people = sum(event.people if name in crowd else event.admins for event in group)
        sets.append(f"clients.{name}.people={people}")
        if name in crowd:
            sets.append(f"clients.{name}.arrive=uniform(0s, {join_s}s)")
            if part.stay is not None:
                sets.append(f"clients.{name}.stay={last_s - join_s}s")
    bins_s = plain.bins // NS_PER_S or 1
    edge = -(-join_s // bins_s) * bins_s
    for name, (start, _) in plain.windows.items():
        ends = f"[0s, {edge}s]" if start == 0 else f"[{edge}s, {last_s // bins_s * bins_s}s]"
        sets.append(f"windows.{name}={ends}")
    return tuple(sets)


def plan_sets(design: ResolvedDesign, plan: str) -> tuple[str, ...]:
    """What makes a design run on a plan: `NAME`, or `NAME capped`."""
    if not plan or plan == AS_DESIGNED:
        return ()
    name, _, capped = plan.partition(" ")
    return (f"platform.project.plan={name}", f"platform.project.spend_cap={'true' if capped else 'false'}")


def plans_of(design: ResolvedDesign) -> list[str]:
    """Plans that a design may run on."""
    quotas = design.design.platform.project.realtime.quotas
    found = []
    for name in quotas:
        found.append(name.removesuffix("_uncapped") if name.endswith("_uncapped") else name)
        if f"{name}_uncapped" in quotas:
            found[-1] = f"{name} capped"
    return list(dict.fromkeys(found))


def commands(params: Params) -> list[str]:
    """Commands that judge the same events, one each."""
    design = design_of(params["design"], tuple(params["sets"]))
    events = [event_of(row) for row in params["events"]]
    found = []
    for group in groups_of(events):
        sets = [*world_of(design, params["scenario"], group), *params["sets"], *plan_sets(design, _plan_of(group))]
        found.append(
            f"eventlive-sim check {named(params['scenario'])} --design {named(params['design'])}{options(sets)} "
            f"--seed {params['seed']} --replications {params['most']}  # {' + '.join(one.name for one in group)}"
        )
        # How many it would hold, by simulation: a search of some minutes.
        rest = [text for text in sets if ".people=" not in text]
        found.append(
            f"eventlive-sim capacity {named(params['design'])} {named(params['scenario'])}{options(rest)} "
            f"--seed {params['seed']} -n {params['most']}"
        )
        found.append(
            f"eventlive-sim cost {named(params['design'])} {named(params['scenario'])}{options(sets)} --seed {params['seed']}"
        )
    return found


def _plan_of(group: list[Event]) -> str:
    return next((event.plan for event in group if event.plan not in {"", AS_DESIGNED}), "")


# ---------------------------------------------------------------- verdicts


def plan(params: Params, progress: Progress | None = None) -> dict[str, Any]:
    """Document of a plan: each event and each overlap with its verdict, and the one change that turns it."""
    if not 1 <= len(params["events"]) <= EVENTS_MOST:
        problem = f"there are {len(params['events'])} events"
        raise ModelError(problem, f"write 1 to {EVENTS_MOST}", rule="bad-plan")
    groups = groups_of([event_of(row) for row in params["events"]])
    rows = []
    for number, group in enumerate(groups):
        told = None if progress is None else _part(progress, number, len(groups))
        rows.append(_judged(params, group, told))
    return {"schema": SCHEMA, "design": params["design"], "scenario": params["scenario"], "rows": rows}


def _part(progress: Progress, number: int, count: int) -> Progress:
    return lambda share: progress((number + share) / count)


def _judged(params: Params, group: list[Event], progress: Progress | None) -> dict[str, Any]:
    plain = design_of(params["design"], tuple(params["sets"]))
    case = _Case(
        params["design"],
        (*params["sets"], *plan_sets(plain, _plan_of(group))),
        world_of(plain, params["scenario"], group),
    )
    checked = _checked(params, case, params["most"], progress and _part(progress, 0, _PARTS_OF_JUDGING))
    busiest, share = _busiest(checked.ground.design.design, checked.ground.scenario.scenario)
    failed = [row for row in checked.failed() if row.budget.severity != "warn"]
    broken = [(row.budget.name, row.why) for row in failed]
    if share > 1:
        broken.append((f"{busiest}: {share:.0%}", "more is offered than there is, by arithmetic"))
    change = ""
    if broken:
        change = _turning(params, group, case, checked, progress and _part(progress, 1, _PARTS_OF_JUDGING))
    people = sum(event.people for event in group)
    return {
        "names": [event.name for event in group],
        "start": min(event.start for event in group),
        "end": max(event.end for event in group),
        "people": people,
        "verdict": _verdict(checked, change, broken=bool(broken)),
        "change": change,
        "broken": [name for name, _ in broken],
        "why": [why for _, why in broken],
        "events_broken": max((row.broken for row in checked.rows), default=0),
        "replications": checked.replications,
        "busiest": busiest,
        "share": share if math.isfinite(share) else None,
        "people_most": math.floor(people / share) if share and math.isfinite(share) else None,
        "dollars_month": _dollars(params, case),
        "sets": list(case.sets),
        "world": list(case.world),
    }


def _dollars(params: Params, case: _Case) -> float | None:
    """What a month costs that holds such events as often as the scenario says; None where there is no price."""
    try:
        done = money(
            [design_of(case.design, case.sets)],
            scenario_of(params["scenario"], case.world),
            seed=params["seed"],
            replications=1,
            workers=1,
        )
    except EventLiveError:
        return None
    bill = done.priced[0].bill
    return None if bill.gaps or not bill.lines else bill.month


def _verdict(checked: Checked, change: str, *, broken: bool) -> str:
    if broken:
        return "TUNE" if change else "NO-GO"
    return "GO" if checked.verdict is Verdict.PASS else "UNDECIDED"


def _checked(params: Params, case: _Case, most: int, progress: Progress | None = None) -> Checked:
    ground = unstarted(design_of(case.design, case.sets), scenario_of(params["scenario"], case.world))
    return gate([ground], seed=params["seed"], most=most, workers=1, progress=progress)[0]


def ahead(params: Params) -> list[tuple[str, str, float]]:
    """Before anything is simulated: each event and overlap, its fullest part and how full that gets, by arithmetic."""
    plain = design_of(params["design"], tuple(params["sets"]))
    found = []
    for group in groups_of([event_of(row) for row in params["events"]]):
        sets = (*params["sets"], *plan_sets(plain, _plan_of(group)))
        world = scenario_of(params["scenario"], world_of(plain, params["scenario"], group))
        part, share = _busiest(design_of(params["design"], sets).design, world.scenario)
        found.append((" + ".join(event.name for event in group), part, share))
    return found


def _busiest(design: Design, scenario: Scenario) -> tuple[str, float]:
    """The part that is fullest with everybody there, by arithmetic: what grows with the people, and how near it is."""
    parts = preflight(design, scenario).parts
    found = [(part.name, max(part.share, part.at_entry / part.capacity if part.capacity else 0)) for part in parts]
    return max(found, key=lambda one: one[1], default=("", 0.0))


def _turning(params: Params, group: list[Event], case: _Case, checked: Checked, progress: Progress | None) -> str:
    """The one change that turns a verdict; empty without one.

    Tried are a ticket, all fixes of another design, a slower entry, a larger database, another plan, in this order; the first
    that does it is the answer. Most are out at once: by arithmetic, in the first event, or since they change nothing here.
    """
    candidates = [*_tickets(case, checked.ground.design), *_levers(params, group, case)]
    seen = {checked.ground.program.digest}
    for number, (text, other) in enumerate(candidates):
        part = progress and _part(progress, number, len(candidates))
        try:
            ground = unstarted(design_of(other.design, other.sets), scenario_of(params["scenario"], other.world))
        except EventLiveError:
            continue  # what does not fit this design turns nothing
        design, digest = ground.design.design, ground.program.digest
        if digest in seen or _busiest(design, ground.scenario.scenario)[1] > 1:
            continue
        seen.add(digest)
        if all(_keeps(params, ground, most, part) for most in _STEPS):
            return text
    return ""


def _keeps(params: Params, ground: Run, most: int, progress: Progress | None) -> bool:
    """Whether no budget is broken in so many events."""
    checked = gate([ground], seed=params["seed"], most=most, workers=1, progress=progress)[0]
    rows = [row for row in checked.rows if row.budget.severity != "warn"]
    return not any(row.verdict is Verdict.FAIL or (row.broken and row.budget.estimand != "mean") for row in rows)


def _tickets(case: _Case, design: ResolvedDesign) -> Iterator[tuple[str, _Case]]:
    for one in candidates_upon(design.expression):
        yield f"+{one.text}", replace(case, design=f"{case.design}+{one.text}")


def _levers(params: Params, group: list[Event], case: _Case) -> Iterator[tuple[str, _Case]]:
    plain = design_of(params["design"], tuple(params["sets"]))
    for name in design_names():
        if based_on(name)[0] == case.design:
            yield f"design {name}", replace(case, design=name)
    for minutes in (5.0, 15.0):
        if minutes > min(event.join_min for event in group):
            slower = [replace(event, join_min=minutes) for event in group]
            yield f"join over {minutes:g} min", replace(case, world=world_of(plain, params["scenario"], slower))
    known, now = list(sizes()), plain.design.platform.project.compute
    for name in known[known.index(now) + 1 :][:4] if now in known else []:
        yield f"compute {name}", replace(case, sets=(*case.sets, *sizes()[name]))
    for plan in plans_of(plain):
        yield f"plan {plan}", replace(case, sets=(*case.sets, *plan_sets(plain, plan)))


def run_sheet(document: dict[str, Any], say: Callable[..., str]) -> str:
    """Run-sheet of a plan as Markdown, to take along: by time, what to set and what to watch."""
    lines = [f"# {say('planner.sheet')}", ""]
    for row in sorted(document["rows"], key=lambda one: one["start"]):
        names = " + ".join(row["names"])
        lines += [
            f"## {clock(row['start'])}–{clock(row['end'])} {names}: {row['verdict']}",
            "",
            f"- {say('planner.people')}: {row['people']:,}",
            f"- {say('planner.change')}: {row['change'] or '–'}",
            f"- {say('planner.watch')}: {row['busiest']}" + ("" if row["share"] is None else f" ({row['share']:.0%})"),
            *(f"- {say('planner.breaks')}: `{name}`" for name in row["broken"]),
            "",
        ]
    return "\n".join(lines)


def clock(minutes: int) -> str:
    """Time of day of minutes after midnight.

    Examples
    --------
    >>> clock(19 * 60 + 5)
    '19:05'
    """
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
