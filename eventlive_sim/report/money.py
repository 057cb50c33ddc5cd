"""Bills for people and programs: items by design, where each number comes from, what a storm adds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.report.tables import number
from eventlive_sim.study.bill import Bill, Line
from eventlive_sim.study.money import Money, Priced
from eventlive_sim.study.usage import FORMULAS, NOT_SEEN

MONEY_SCHEMA = "eventlive-cost/1"
_WIDTH = 120
"""Least columns of the table of bills, for what is said below it."""
_WIDE = 4
"""Digits of what a storm adds: it is often less than a cent."""


def money_tables(done: Money) -> tuple[Table, ...]:
    """The bill of a month, item by design; what a storm adds; and where each number comes from."""
    tables = [_bill_table(done)]
    if any(one.calm is not None for one in done.priced):
        tables.append(_storm_table(done))
    return (*tables, _source_table(done))


def items_of(done: Money) -> list[str]:
    """Items of all bills, in the order of the longest."""
    longest_first = sorted(done.priced, key=lambda one: -len(one.bill.lines))
    return list(dict.fromkeys(line.item for one in longest_first for line in one.bill.lines))


def _bill_table(done: Money) -> Table:
    title = f"{done.scenario.name}: dollars a month of {done.events} such events"
    table = Table(
        title=Text(title), title_justify="left", caption=Text(_caption(done)), caption_justify="left", min_width=_WIDTH
    )
    table.add_column("item")
    for one in done.priced:
        table.add_column(Text(one.label), justify="right")
    for item in items_of(done):
        table.add_row(item, *(Text(_dollars(one.bill.line(item))) for one in done.priced))
    table.add_section()
    table.add_row("a month", *(number(one.bill.month, 2) for one in done.priced))
    table.add_row("an event", *(number(one.bill.event, 2) for one in done.priced))
    return table


def _dollars(line: Line | None) -> str:
    if line is None:
        return "-"
    text = number(line.dollars, 2)
    return f"{text} ({line.refused:,.0f} {line.unit} over)" if line.refused else text


def _caption(done: Money) -> str:
    said = [
        f"seed {done.seed}, usage is the mean of {done.replications} replications; US dollars without tax",
        f"not simulated, and not in here: {NOT_SEEN}",
    ]
    for one in done.priced:
        said += [f"{one.label}: {gap}" for gap in one.bill.gaps]
        if any(line.refused for line in one.bill.lines):
            said.append(f"{one.label}: where more is used than the plan allows: {one.refused}")
    return "\n".join(said)


def _storm_table(done: Money) -> Table:
    """What faults and disturbances add to one event's usage, and what that costs at prices alone."""
    title = "what the storm adds to an event: units, and dollars at prices alone, as if nothing were included"
    table = Table(
        title=Text(title),
        title_justify="left",
        caption=Text("the same people under the same seeds, without faults and disturbances"),
        caption_justify="left",
    )
    table.add_column("item")
    for one in done.priced:
        table.add_column(Text(one.label), justify="right")
    for item in items_of(done):
        cells = [_added(one, item) for one in done.priced]
        if any(cells):
            table.add_row(item, *(Text(cell or "-") for cell in cells))
    table.add_section()
    for name, of in (("an event, at prices alone", "listed"), ("the month's bill", "month")):
        values = (_more(one, of) for one in done.priced)
        table.add_row(name, *(number(value, _WIDE) for value in values))
    return table


def _more(one: Priced, of: str) -> float:
    return 0.0 if one.calm is None else float(getattr(one.bill, of) - getattr(one.calm, of))


def _added(one: Priced, item: str) -> str:
    with_it, without = one.bill.line(item), None if one.calm is None else one.calm.line(item)
    if with_it is None or without is None or with_it.event == without.event:
        return ""
    more = with_it.event - without.event
    digits = 0 if abs(more) >= 100 else 3
    return f"{more:+,.{digits}f} {with_it.unit} ({with_it.listed - without.listed:+,.{_WIDE}f})"


def _source_table(done: Money) -> Table:
    """How each item is counted, and where its price comes from."""
    table = Table(title="where the numbers come from", title_justify="left")
    for heading in ("item", "units an event", "included a month", "price", "how it is counted", "source"):
        table.add_column(heading, justify="right" if heading.startswith(("units", "included")) else "left")
    for line in _lines(done):
        units = f"{number(line.event, 3)} {line.unit}" if line.event else "-"
        included = number(line.included, 0) if line.included else "-"
        counted = FORMULAS.get(line.item, "fixed")
        table.add_row(line.item, units, included, Text(line.price), counted, Text(source_of(done, line)))
    return table


def _lines(done: Money) -> Iterator[Line]:
    """One line of each item: of the first design that has it."""
    for item in items_of(done):
        yield next(line for one in done.priced if (line := one.bill.line(item)) is not None)


def source_of(done: Money, line: Line) -> str:
    """Where a price comes from, and whether it is a guess."""
    told = done.source_of(line.path)
    if told is None:
        return line.source
    own = f"{told.source}; {line.source}" if line.source and told.source else told.source or line.source
    return f"guess: {own}" if told.guess else own


# ---------------------------------------------------------------- JSON


def money_document(done: Money) -> dict[str, Any]:
    """Document of bills: each line with its formula, price and source, with and without the storm."""
    return {
        "schema": MONEY_SCHEMA,
        "scenario": {
            "name": done.scenario.name,
            "sets": list(done.scenario.sets),
            "digest": digest_of(done.scenario.tree),
        },
        "events_per_month": done.events,
        "seed": done.seed,
        "replications": done.replications,
        "not_simulated": NOT_SEEN,
        "designs": [_priced(done, one) for one in done.priced],
    }


def _priced(done: Money, one: Priced) -> dict[str, Any]:
    return {
        "label": one.label,
        "expression": one.design.expression,
        "sets": list(one.design.sets),
        "digest": digest_of(one.design.tree),
        "bill": _bill(done, one.bill),
        "without_the_storm": None if one.calm is None else _bill(done, one.calm),
        "when_refused": one.refused,
    }


def _bill(done: Money, bill: Bill) -> dict[str, Any]:
    return {
        "dollars_month": number_of(bill.month),
        "dollars_event": number_of(bill.event),
        "dollars_event_at_prices_alone": number_of(bill.listed),
        "gaps": list(bill.gaps),
        "lines": [
            {
                "item": line.item,
                "unit": line.unit,
                "units_event": number_of(line.event),
                "units_month": number_of(line.month),
                "units_included": number_of(line.included),
                "units_refused": number_of(line.refused),
                "dollars_month": number_of(line.dollars),
                "price": line.price,
                "formula": FORMULAS.get(line.item, "fixed"),
                "source": source_of(done, line),
            }
            for line in bill.lines
        ],
    }
