"""Levers for people and programs: a table and a document, what helps first."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.gate import Checked
from eventlive_sim.study.levers import Lever, Levers
from eventlive_sim.units import duration_text

LEVERS_SCHEMA = "eventlive-levers/1"


def sentence(done: Levers) -> str:
    """What helps, in a sentence."""
    name = done.base.ground.design.expression
    if done.base.verdict is Verdict.PASS:
        return f"{name} needs no lever: it passes as it stands."
    helps = next((one for one in done.levers if one.checked.verdict is Verdict.PASS), None)
    if helps is None:
        return f"No lever alone makes {name} pass: it is {done.base.verdict} as it stands."
    return f"{helps.name} makes {name} pass: {helps.title}, {_cost(helps)}, in {_delay(helps)}."


def levers_table(done: Levers) -> Table:
    """A row a lever: verdict, budgets that still fail, price of this event, time until it acts."""
    base = done.base
    run = f"seed {base.ground.seed}, up to {base.replications} replications; each lever alone on {base.ground.design.expression}"
    lines = [run, *(f"{name} was not tried: {why}" for name, why in done.untried)]
    table = Table(
        title=Text(sentence(done)), title_justify="left", caption=Text("\n".join(lines)), caption_justify="left"
    )
    for heading in ("lever", "what it is", "verdict", "fails still", "costs", "acts after"):
        table.add_column(heading)
    table.add_row("none", Text(base.ground.scenario.scenario.title), str(base.verdict), Text(_fails(base)), "-", "-")
    for one in done.levers:
        cells = (one.title, str(one.checked.verdict), _fails(one.checked), _cost(one), _delay(one))
        table.add_row(Text(one.name), *map(Text, cells))
    return table


def _fails(checked: Checked) -> str:
    return "\n".join(row.budget.name for row in checked.failed()) or "-"


def _cost(lever: Lever) -> str:
    price = lever.option.price
    return "nothing" if price is None else f"{number(lever.dollars, 2)} dollars ({price.dollars:g} a {price.per})"


def _delay(lever: Lever) -> str:
    return duration_text(lever.option.delay or 0)


def levers_document(done: Levers) -> dict[str, Any]:
    """Document: the design as it stands, and each lever with its verdict, price and delay."""
    return {
        "schema": LEVERS_SCHEMA,
        **what_of(done.base.ground),
        "said": sentence(done),
        "as_it_stands": _verdict(done.base),
        "levers": [
            {
                "lever": one.name,
                "title": one.title,
                **_verdict(one.checked),
                "dollars": number_of(one.dollars),
                "price_source": one.option.price.source if one.option.price else None,
                "acts_after": _delay(one),
            }
            for one in done.levers
        ],
        "untried": dict(done.untried),
    }


def _verdict(checked: Checked) -> dict[str, Any]:
    return {
        "verdict": str(checked.verdict),
        "replications": checked.replications,
        "fails": [row.budget.name for row in checked.failed()],
    }
