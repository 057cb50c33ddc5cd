"""The ledger for people and programs: tables and a document."""

from __future__ import annotations

import math
from importlib import metadata
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.intervals import Interval
from eventlive_sim.study.ledger import Bought, Curve, Estimate, Ledger

LEDGER_SCHEMA = "eventlive-ledger/1"


def ledger_tables(done: Ledger) -> list[Table]:
    """What each ticket buys over all metrics; the same metric by metric; orders of work."""
    amounts = [_amounts(done, term) for term in range(len(done.terms))]
    return [_shares(done), *amounts, *([_orders(done)] if len(done.rows) > 1 else [])]


def said(done: Ledger) -> str:
    """What was simulated."""
    how = "every order counts" if done.exact else f"{done.orders} orders in pairs of opposite ones"
    scenarios = _counted(len({term.scenario.name for term in done.terms}), "scenario")
    return (
        f"seed {done.seed}, {_counted(done.replications, 'replication')} of each of {done.designs} different designs in "
        f"{scenarios} ({done.sets} sets of tickets, {done.simulated:,} simulations); {how}"
    )


def _counted(number_: int, what: str) -> str:
    return f"{number_} {what}{'' if number_ == 1 else 's'}"


def heading(done: Ledger) -> str:
    """What it is about."""
    tickets = _counted(len(done.rows), "ticket")
    return f"{tickets} from {done.base} to {done.to}" if done.to else f"{tickets} on {done.base}"


def _shares(done: Ledger) -> Table:
    told = said(done)
    if done.still:
        told += f"\nleft out, since all tickets together do not move it: {', '.join(one.name for one in done.still)}"
    table = Table(
        title=Text(f"{heading(done)}: share of the way that each buys, over {_counted(len(done.terms), 'metric')}"),
        title_justify="left",
        caption=Text(f"{told}\n± half of a 95 % interval: over replications, and over the orders that were drawn"),
        caption_justify="left",
    )
    for name in ("ticket", "what it is"):
        table.add_column(name)
    for name in ("first, alone", "last, left out", "on average", "± replications", "± orders"):
        table.add_column(name, justify="right")
    for row in done.rows:
        one = row.all
        cells = (_percent(one.first), _percent(one.last), f"{one.average.value:.1%}")
        spreads = (_half(one.average.interval), _half(row.orders))
        table.add_row(Text(row.player.text), Text(row.player.title), *cells, *spreads)
    whole = math.fsum(row.all.average.value for row in done.rows)
    table.add_row("all", "", "", "", f"{whole:.1%}", "", "", style="bold")
    return table


def _percent(estimate: Estimate) -> str:
    spread = _half(estimate.interval)
    return f"{estimate.value:.1%}" + (f" ±{spread}" if spread != "-" else "")


def _half(interval: Interval | None) -> str:
    return "-" if interval is None else f"{(interval.high - interval.low) / 2:.1%}"


def _amounts(done: Ledger, term: int) -> Table:
    none, all_ = done.ends[term]
    digits = _digits(max(abs(none), abs(all_)))
    table = Table(
        title=Text(f"{done.terms[term].name}: {number(none, digits)} without, {number(all_, digits)} with all tickets"),
        title_justify="left",
        caption=Text("how much smaller each makes it; durations in ms"),
        caption_justify="left",
    )
    table.add_column("ticket")
    for name in ("first, alone", "last, left out", "on average"):
        table.add_column(name, justify="right")
    for row in done.rows:
        bought = row.by_term[term]
        cells = (_amount(one) for one in (bought.first, bought.last, bought.average))
        table.add_row(row.player.ticket, *cells)
    return table


def _amount(estimate: Estimate) -> str:
    interval = estimate.interval
    digits = _digits(estimate.value if interval is None else max(abs(interval.low), abs(interval.high)))
    spread = "" if interval is None else f" ±{number((interval.high - interval.low) / 2, digits)}"
    return number(estimate.value, digits) + spread


def _digits(size: float) -> int:
    """Digits after the point that leave a number of this size four that count, and one at least."""
    return 4 if not size else min(9, max(1, 3 - math.floor(math.log10(abs(size)))))


def curves(done: Ledger) -> list[tuple[str, Curve]]:
    """Orders with what they are, the best first."""
    named = [("best" if done.exact else "best found", done.best)]
    if done.recommended is not None:
        named.append(("recommended", done.recommended))
    if done.within is not None:
        named.append(("best within its stages", done.within))
    return named


def _orders(done: Ledger) -> Table:
    by = f", against: {done.recommended_by}" if done.recommended_by else ""
    table = Table(title=Text(f"orders of work{by}"), title_justify="left", caption_justify="left")
    told = "mean: of the share that is there after each step, when every ticket takes as long"
    if done.lead is not None:
        lead = done.lead
        low = (
            ""
            if lead.interval is None
            else f" (95 % over replications {lead.interval.low:+.1%} to {lead.interval.high:+.1%})"
        )
        told += f"\nthe best is {lead.value:+.1%} ahead of the recommended order on average{low}"
    if not done.exact:
        told += "\nthe best found is the best of all orders whose sets were simulated; --exact looks at all"
    table.caption = Text(told)
    table.add_column("")
    table.add_column("mean", justify="right")
    table.add_column("ticket, and what is there once it is done")
    for name, curve in curves(done):
        steps = ", ".join(f"{ticket} {share:.0%}" for ticket, share in zip(curve.order, curve.shares[1:], strict=True))
        table.add_row(name, f"{curve.area.value:.1%}", Text(steps))
    return table


# ---------------------------------------------------------------- documents


def ledger_document(done: Ledger) -> dict[str, Any]:
    """Document of a ledger."""
    return {
        "schema": LEDGER_SCHEMA,
        "version": metadata.version("eventlive-sim"),
        "base": done.base,
        "to": done.to,
        "seed": done.seed,
        "replications": done.replications,
        "orders": done.orders,
        "exact": done.exact,
        "sets": done.sets,
        "designs": done.designs,
        "simulations": done.simulated,
        "metrics": [
            {
                "scenario": term.scenario.name,
                "sets": list(term.scenario.sets),
                "digest": digest_of(term.scenario.tree),
                "metric": term.metric,
                "without": number_of(none),
                "with_all": number_of(all_),
            }
            for term, (none, all_) in zip(done.terms, done.ends, strict=True)
        ],
        "not_moved": [term.name for term in done.still],
        "tickets": [
            {
                "ticket": row.player.ticket,
                "title": row.player.title,
                "options": [str(option) for option in row.player.options],
                "share": _bought(row.all),
                "average_over_orders_95": _ends(row.orders),
                "amounts": [_bought(one) for one in row.by_term],
            }
            for row in done.rows
        ],
        "best": _curve(done.best),
        "recommended": None if done.recommended is None else {"by": done.recommended_by, **_curve(done.recommended)},
        "best_within_stages": None if done.within is None else _curve(done.within),
        "lead": None if done.lead is None else _estimate(done.lead),
    }


def _bought(bought: Bought) -> dict[str, Any]:
    return {name: _estimate(getattr(bought, name)) for name in ("first", "last", "average")}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": number_of(estimate.value), "over_replications_95": _ends(estimate.interval)}


def _ends(interval: Interval | None) -> list[float | int | None] | None:
    return None if interval is None else [number_of(interval.low), number_of(interval.high)]


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "order": list(curve.order),
        "shares": [number_of(one) for one in curve.shares],
        "mean": _estimate(curve.area),
    }
