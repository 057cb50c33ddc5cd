"""Alert rules for people and programs: what fired, how long before what broke, and what fired for nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.study.alerts import Lead, Watched

ALERTS_SCHEMA = "eventlive-alerts/1"
ANY = "any of them"
_NO_SERIES = "no such series"


def alerts_tables(done: Watched, quiet: Watched | None = None) -> tuple[Table, ...]:
    """Rules with their leads and false alarms, and the budgets with the times at which they broke."""
    count = len(done.replications)
    table = Table(
        title=Text(f"{done.design.expression} in {done.scenario.name}: alerts, {count} replications"),
        title_justify="left",
        caption=Text(_caption(done, quiet)),
        caption_justify="left",
    )
    for heading in ("rule", "fired", "first at", "before a budget first breaks", "before one is past saving"):
        table.add_column(heading, justify="left" if heading == "rule" else "right")
    if quiet is not None:
        table.add_column("false alarms", justify="right")
    for name in [*done.design.design.alerts.rules, ANY]:
        if name in done.missing:
            table.add_row(Text(name), Text(_NO_SERIES))
            continue
        names = None if name == ANY else [name]
        lead = done.lead(names)
        cells = [f"{done.fired(names)} of {count}", _first(done, names), _lead(lead.first), _lead(lead.lost)]
        if quiet is not None:
            cells.append(_false(quiet, names))
        table.add_row(Text(name), *map(Text, cells))
    return (table, _budget_table(done)) if done.budgets else (table,)


def _caption(done: Watched, quiet: Watched | None) -> str:
    said = f"seed {done.seed}; leads: in time in how many of those in which a budget broke, and their median and least"
    if quiet is not None:
        said += f"\nfalse alarms: {quiet.design.expression} in {quiet.scenario.name}, with the bound at 95 %"
    return "\n".join([said, *(f"{name} waits for {', '.join(lacks)}" for name, lacks in done.missing.items())])


def _first(done: Watched, names: Sequence[str] | None) -> str:
    times = [time for told in done.replications if not math.isnan(time := told.first_alert_s(names))]
    return f"{statistics.median(times):.0f} s" if times else "-"


def _lead(leads: Sequence[float]) -> str:
    if not leads:
        return "nothing broke"
    in_time = sum(value > 0 for value in leads)
    return f"{in_time} of {len(leads)}, {_span(statistics.median_low(leads))}, {_span(min(leads))}"


def _span(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:+.0f} s"


def _false(quiet: Watched, names: Sequence[str] | None) -> str:
    known = quiet.rules if names is None else [name for name in names if name in quiet.rules]
    if not known:
        return _NO_SERIES
    found = quiet.false_alarms(known)
    return f"{quiet.fired(known)} of {len(quiet.replications)}, at most {100 * found.high:.1f} %"


def _budget_table(done: Watched) -> Table:
    table = Table(title="Budgets", title_justify="left")
    for heading in ("budget", "broken", "first", "past saving", ""):
        table.add_column(heading, justify="left" if heading in {"budget", ""} else "right")
    for place, budget in enumerate(done.budgets):
        broken = [told.breaks[place] for told in done.replications if told.breaks[place].broken]
        first, lost = (
            f"{statistics.median(values):.0f} s" if (values := [getattr(one, which) for one in broken]) else "-"
            for which in ("first_s", "lost_s")
        )
        note = "" if place in done.awaited else "broken by the first of its kind: no alert can come before it"
        if not note or broken:
            table.add_row(Text(budget.name), f"{len(broken)} of {len(done.replications)}", first, lost, note)
    return table


# ---------------------------------------------------------------- JSON


def alerts_document(done: Watched, quiet: Watched | None = None) -> dict[str, Any]:
    """All of it, by replication."""
    return {
        "schema": ALERTS_SCHEMA,
        **_watched(done),
        "quiet": None if quiet is None else _watched(quiet),
        "false_alarms": None
        if quiet is None
        else {
            name: _alarms(quiet, None if name == ANY else [name])
            for name in [*done.design.design.alerts.rules, ANY]
            if name not in quiet.missing
        },
        "leads": {name: _leads(done.lead(None if name == ANY else [name])) for name in [*done.rules, ANY]},
    }


def _alarms(quiet: Watched, names: Sequence[str] | None) -> dict[str, Any]:
    found = quiet.false_alarms(names)
    return {"fired": quiet.fired(names), "of": len(quiet.replications), "at_most_95": number_of(found.high)}


def _leads(lead: Lead) -> dict[str, Any]:
    return {
        "before_first_break_s": [number_of(value) for value in lead.first],
        "before_past_saving_s": [number_of(value) for value in lead.lost],
    }


def _watched(done: Watched) -> dict[str, Any]:
    return {
        "design": {
            "expression": done.design.expression,
            "sets": list(done.design.sets),
            "digest": digest_of(done.design.tree),
        },
        "scenario": {
            "name": done.scenario.name,
            "sets": list(done.scenario.sets),
            "digest": digest_of(done.scenario.tree),
        },
        "seed": done.seed,
        "no_such_series": done.missing,
        "replications": [
            {
                "seed": told.seed,
                "fired_s": {
                    name: [[number_of(one.begins_s), number_of(one.ends_s)] for one in rule.firings]
                    for name, rule in told.rules.items()
                },
                "budgets": {
                    budget.name: {"first_s": number_of(found.first_s), "past_saving_s": number_of(found.lost_s)}
                    for budget, found in zip(done.budgets, told.breaks, strict=True)
                },
            }
            for told in done.replications
        ],
    }
