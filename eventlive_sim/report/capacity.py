"""Capacity for people and programs: what designs hold as a table, a document, and a picture of brackets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report import svg
from eventlive_sim.report.document import number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.attendance import Attendance
from eventlive_sim.study.capacity import Capacity, Probe
from eventlive_sim.study.known_capacities import Coverage

CAPACITY_SCHEMA = "eventlive-capacity/1"
ATTENDANCE_SCHEMA = "eventlive-attendance/1"
_COLOURS = {Verdict.PASS: "#00664d", Verdict.UNDECIDED: "#777777", Verdict.FAIL: "#b3430a"}
_LEFT, _TOP, _WIDTH, _ROW = 250, 90, 560, 34


def capacity_table(found: Sequence[Capacity]) -> Table:
    """A row a design: the last value that passes, the first that fails, what broke there, and the busiest stations."""
    one = found[0]
    table = Table(
        title=Text(f"{one.question.axis.name} that {one.ground.scenario.name} holds"),
        title_justify="left",
        caption=Text(caption(found)),
        caption_justify="left",
    )
    for heading in ("design", "last PASS", "first FAIL"):
        table.add_column(heading, justify="left" if heading == "design" else "right")
    table.add_column("events that break a budget at the last PASS, at most", justify="right")
    for heading in ("what broke first", "busiest at the first FAIL"):
        table.add_column(heading)
    for capacity in found:
        cells = (_last(capacity), _first(capacity), _bound(capacity.last_pass), _broke(capacity), _busiest(capacity))
        table.add_row(Text(capacity.ground.design.expression), *map(Text, cells))
    return table


def _last(found: Capacity) -> str:
    easiest = found.question.text(found.question.easiest)
    return found.last_pass.text if found.last_pass is not None else f"none from {easiest}"


def _first(found: Capacity) -> str:
    most = found.question.text(found.question.hardest)
    return found.first_fail.text if found.first_fail is not None else f"none up to {most}"


def _bracket(found: Capacity) -> str:
    """What it holds, in a few words."""
    if found.last_pass is None:
        return f"not {_first(found)}" if found.first_fail is not None else "not decided"
    if found.first_fail is None:
        return f"{_last(found)} and {'less' if found.question.falls else 'more'}"
    return f"{_last(found)} to {_first(found)}"


def bound(probe: Probe | None) -> float:
    """Largest bound above, of all budgets at a value, on the probability that an event breaks it; not a number if there is none."""
    if probe is None:
        return math.nan
    rows = [row.judgement.high for row in probe.checked.rows if row.judgement and row.budget.estimand == "probability"]
    return max(rows, default=math.nan)


def _bound(probe: Probe | None) -> str:
    high = bound(probe)
    return "-" if math.isnan(high) else f"{high:.1%} ({probe.checked.replications} run)" if probe else "-"


def _broke(found: Capacity) -> str:
    probe = found.first_fail
    if probe is None or probe.broke is None:
        return "-"
    row = probe.broke
    often = "exactly" if row.exact else f"{row.broken} of {row.looked}"
    return f"{row.budget.name} ({number(row.value, 1)}; {often})"


def _busiest(found: Capacity) -> str:
    return ", ".join(f"{name} {level:.0%}" for name, level in found.busiest) or "-"


def caption(found: Sequence[Capacity]) -> str:
    """How it was judged, and what is odd."""
    one = found[0]
    gate = one.ground.scenario.scenario.gate
    said = (
        f"seed {one.question.seed}; {sum(len(each.probes) for each in found)} values judged, "
        f"{sum(each.coarse for each in found)} looked at by a few replications\n"
        f"PASS: at most {gate.risk:g} of all events break a budget, wrong with {gate.alpha:g}; a FAIL likewise above; "
        f"looks at {', '.join(map(str, gate.looks))} replications"
    )
    odd = [each.ground.design.expression for each in found if each.oddities]
    return said + (
        f"\n{', '.join(odd)}: something harder than the first FAIL passes; more is not always harder" if odd else ""
    )


def capacity_document(found: Sequence[Capacity]) -> dict[str, Any]:
    """Document: each design with its bracket and every value that was judged."""
    return {
        "schema": CAPACITY_SCHEMA,
        "over": found[0].question.axis.name,
        "range": [found[0].question.axis.low, found[0].question.axis.high],
        "width": found[0].question.width,
        "designs": [
            {
                **what_of(one.ground),
                "last_pass": None if one.last_pass is None else one.last_pass.text,
                "first_fail": None if one.first_fail is None else one.first_fail.text,
                "at_most_broken_at_last_pass": number_of(bound(one.last_pass)),
                "broke": None
                if one.first_fail is None or one.first_fail.broke is None
                else one.first_fail.broke.budget.name,
                "busiest": {name: number_of(level) for name, level in one.busiest},
                "probes": [_probe(probe) for probe in one.probes],
                "passes_above_a_fail": [probe.text for probe in one.oddities],
            }
            for one in found
        ],
    }


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "value": probe.text,
        "verdict": str(probe.verdict),
        "replications": probe.checked.replications,
        "budgets": [
            {
                "budget": row.budget.name,
                "verdict": str(row.verdict),
                "mean": number_of(row.value),
                "broken": row.broken,
                "of": row.looked,
            }
            for row in probe.checked.rows
        ],
    }


# ---------------------------------------------------------------- picture


def capacity_picture(found: Sequence[Capacity]) -> str:
    """Brackets as SVG, a row a design on one logarithmic axis: every judged value as a dot by its verdict."""
    one = found[0]
    title = f"{one.question.axis.name} that {one.ground.scenario.name} holds"
    values = [_value(found[0], probe) for each in found for probe in each.probes]
    low, high = math.log(min(values) / 1.2), math.log(max(values) * 1.2)
    bottom = _TOP + len(found) * _ROW

    def x(value: float) -> float:
        return _LEFT + _WIDTH * (math.log(value) - low) / (high - low)

    parts = [svg.text(20, 30, title, size=18, bold=True)]
    for number_, (verdict, colour) in enumerate(_COLOURS.items()):
        parts.append(f'<circle cx="{_LEFT + 120 * number_}" cy="60" r="5" fill="{colour}"/>')
        parts.append(svg.text(_LEFT + 12 + 120 * number_, 65, str(verdict), fill=colour, bold=True))
    for row, each in enumerate(found):
        y = _TOP + row * _ROW + _ROW / 2
        parts.append(svg.text(_LEFT - 14, y + 5, each.ground.design.expression, anchor="end", size=13))
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y}" y2="{y}" stroke="#dddddd"/>')
        if each.last_pass is not None:
            end = x(_value(each, each.last_pass))
            start, width = (end, _LEFT + _WIDTH - end) if each.question.falls else (_LEFT, end - _LEFT)
            area = f'x="{start:.1f}" y="{y - 6}" width="{width:.1f}" height="12"'
            parts.append(f'<rect {area} fill="#00664d" fill-opacity="0.25"/>')
        parts += [
            f'<circle cx="{x(_value(each, probe)):.1f}" cy="{y}" r="5" fill="{_COLOURS[probe.verdict]}"/>'
            for probe in each.probes
        ]
        parts.append(svg.text(_LEFT + _WIDTH + 14, y + 5, _bracket(each), size=13, bold=True))
    for value in _ticks(math.exp(low), math.exp(high)):
        parts.append(
            f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{bottom}" y2="{bottom + 6}" stroke="#666666"/>'
        )
        parts.append(svg.text(x(value), bottom + 22, one.question.axis.text(value), anchor="middle", size=12))
    notes = caption(found).split("\n")
    parts += [svg.text(20, bottom + 50 + 18 * row, note, fill=svg.GREY, size=12) for row, note in enumerate(notes)]
    told = " ".join(
        f"{each.ground.design.expression}: last PASS {_last(each)}, first FAIL {_first(each)}, {_broke(each)}."
        for each in found
    )
    return svg.picture(_LEFT + _WIDTH + 220, bottom + 60 + 18 * len(notes), title, told, parts)


def _value(found: Capacity, probe: Probe) -> float:
    return found.question.load(probe.load)  # the inverse of the inverse


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each decade within a range."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [
        step * 10.0**decade
        for decade in range(first, last + 1)
        for step in (1, 2, 5)
        if low <= step * 10.0**decade <= high
    ]


def coverage_table(found: Sequence[Coverage]) -> Table:
    """How often searches find what a formula knows, a row a case."""
    table = Table(
        title=Text("Known capacities (O21) within the bracket from last PASS to first FAIL"), title_justify="left"
    )
    table.add_column("case")
    for heading in ("truth", "seeds", "bracket holds it", "widest bracket"):
        table.add_column(heading, justify="right")
    for one in found:
        held = f"{one.held} of {len(one.found)}"
        table.add_row(one.known.name, f"{one.known.truth:.6g}", str(len(one.found)), held, f"{one.widest:.1%}")
    return table


# ---------------------------------------------------------------- attendance


def attendance_table(found: Sequence[Attendance]) -> Table:
    """A row a design: the probability that the event holds, with its interval, and what breaks."""
    one = found[0]
    title = f"{one.ground.scenario.name}: {one.registered:,} registered, of whom {one.share} come"
    table = Table(
        title=Text(title),
        title_justify="left",
        caption=Text(
            f"seed {one.seed}, {len(one.people)} events with an attendance each, {min(one.people):,} to {max(one.people):,}"
        ),
        caption_justify="left",
    )
    table.add_column("design")
    for heading in ("P(holds)", "95 % interval", "largest that held", "smallest that broke"):
        table.add_column(heading, justify="right")
    table.add_column("what breaks")
    for each in found:
        chance = each.probability
        ends = ["-" if end is None else f"{end:,}" for end in (each.largest_kept, each.smallest_broken)]
        broke = ", ".join(f"{name} ({count})" for name, count in each.broke[:2]) or "-"
        interval = f"{chance.low:.3f} to {chance.high:.3f}"
        table.add_row(Text(each.ground.design.expression), f"{chance.estimate:.3f}", interval, *ends, Text(broke))
    return table


def attendance_document(found: Sequence[Attendance]) -> dict[str, Any]:
    """Document: each design with the attendance of every event and whether it held."""
    return {
        "schema": ATTENDANCE_SCHEMA,
        "registered": found[0].registered,
        "show_up": found[0].share,
        "seed": found[0].seed,
        "designs": [
            {
                **what_of(one.ground),
                "probability": one.probability.estimate,
                "interval_95": [one.probability.low, one.probability.high],
                "people": list(one.people),
                "held": list(one.kept),
                "broke": dict(one.broke),
            }
            for one in found
        ],
    }
