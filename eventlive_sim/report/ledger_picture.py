"""The ledger as a picture: bars for each ticket, and a waterfall for each order of work."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap

from eventlive_sim.report import svg
from eventlive_sim.report.ledger import curves, heading, said
from eventlive_sim.study.ledger import Curve, Estimate, Ledger

_LEFT, _RIGHT, _WIDTH = 250, 90, 760
"""Margins and the width of the bars [px]."""
_BAR, _GAP = 13, 14
"""Height of a bar, and room between tickets [px]."""
_FALL = 190
"""Height of a waterfall [px]."""
_LINE = 165
"""Characters of a line of small print."""
_COLOURS = {"first, alone": "#c2410c", "last, left out": "#1d4ed8", "on average over orders": "#767676"}
"""Colours that differ in lightness too."""
_RISE, _DROP = "#767676", "#c2410c"


def ledger_picture(done: Ledger) -> str:
    """The ledger as SVG."""
    title = f"{heading(done)}: what each buys"
    parts = [svg.text(20, 30, title, size=18, bold=True)]
    told = wrap(f"share of the way from none to all, over {_named(done)}", _LINE)
    parts += [svg.text(20, 52 + 15 * place, line, fill=svg.GREY, size=11) for place, line in enumerate(told)]
    drawn, top = _bars(done, 54 + 15 * len(told))
    parts += drawn
    for name, curve in curves(done):
        mean = f"{name}: mean share along the way {curve.area.value:.1%}"
        parts.append(svg.text(20, top + 28, mean, bold=True))
        parts += _waterfall(curve, top + 52)
        top += _FALL + 92
    parts.append(svg.text(20, top + 24, said(done), fill=svg.GREY, size=12))
    return svg.picture(_LEFT + _WIDTH + _RIGHT, top + 44, title, _told(done), parts)


def _named(done: Ledger) -> str:
    """Metrics, with the scenarios in which each is measured."""
    scenarios: dict[str, list[str]] = {}
    for term in done.terms:
        scenarios.setdefault(term.metric, []).append(term.scenario.name)
    whole = list(dict.fromkeys(term.scenario.name for term in done.terms))
    told = [metric if names == whole else f"{metric} ({', '.join(names)})" for metric, names in scenarios.items()]
    return f"{', '.join(whole)}: {'; '.join(told)}"


def _told(done: Ledger) -> str:
    rows = [
        f"{row.player.ticket}: first {row.all.first.value:.1%}, last {row.all.last.value:.1%}, "
        f"on average {row.all.average.value:.1%}."
        for row in done.rows
    ]
    orders = [f"{name}: {', '.join(curve.order)}, mean {curve.area.value:.1%}." for name, curve in curves(done)]
    return " ".join([*rows, *orders])


def _scale(values: Sequence[float]) -> tuple[float, float]:
    return min(0.0, *values), max(0.01, *values)


def _bars(done: Ledger, top: float) -> tuple[list[str], float]:
    """Three bars a ticket with their intervals, those that buy most on average first."""
    rows = sorted(done.rows, key=lambda row: -row.all.average.value)
    reach = [end for row in rows for one in (row.all.first, row.all.last, row.all.average) for end in _reach(one)]
    low, high = _scale(reach)

    def x(share: float) -> float:
        return _LEFT + _WIDTH * (share - low) / (high - low)

    parts = []
    for place, (name, colour) in enumerate(_COLOURS.items()):
        parts.append(f'<rect x="{_LEFT + place * 190}" y="{top:g}" width="12" height="12" fill="{colour}"/>')
        parts.append(svg.text(_LEFT + place * 190 + 18, top + 11, name, size=12))
    top += 26
    first = top
    for row in rows:
        bars = (row.all.first, row.all.last, row.all.average)
        parts.append(svg.text(_LEFT - 12, top + 1.4 * _BAR, row.player.ticket, anchor="end", bold=True))
        title = row.player.title if len(row.player.title) <= 38 else f"{row.player.title[:36]}…"
        parts.append(svg.text(_LEFT - 12, top + 2.6 * _BAR, title, anchor="end", fill=svg.GREY, size=11))
        for bar, colour in zip(bars, _COLOURS.values(), strict=True):
            parts += _bar(x, bar, top, colour)
            top += _BAR
        top += _GAP
    zero = x(0)
    parts.append(f'<line x1="{zero:g}" x2="{zero:g}" y1="{first:g}" y2="{top - _GAP:g}" stroke="#1a1a1a"/>')
    return parts, top


def _reach(one: Estimate) -> tuple[float, ...]:
    return (one.value,) if one.interval is None else (one.value, one.interval.low, one.interval.high)


def _bar(x, one: Estimate, top: float, colour: str) -> list[str]:  # type: ignore[no-untyped-def] # noqa: ANN001 - a scale
    left, right = sorted((x(0.0), x(one.value)))
    parts = [f'<rect x="{left:.1f}" y="{top:g}" width="{right - left:.1f}" height="{_BAR - 2}" fill="{colour}"/>']
    end = right
    if one.interval is not None:
        low, high, middle = x(one.interval.low), x(one.interval.high), top + _BAR / 2 - 1
        end = max(end, high)
        parts.append(f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:g}" y2="{middle:g}" stroke="#1a1a1a"/>')
    parts.append(svg.text(end + 6, top + _BAR - 3, f"{one.value:.1%}", size=11))
    return parts


def _waterfall(curve: Curve, top: float) -> list[str]:
    """What each step adds, on what is there before it."""
    low, high = _scale(curve.shares)

    def y(share: float) -> float:
        return top + _FALL * (1 - (share - low) / (high - low))

    left, step = 90.0, (_LEFT + _WIDTH + _RIGHT - 130) / len(curve.order)
    right = left + step * len(curve.order)
    parts = []
    for share in (0.0, 0.5, 1.0):
        parts.append(f'<line x1="{left:g}" x2="{right:g}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#bbbbbb"/>')
        parts.append(svg.text(left - 8, y(share) + 4, f"{share:.0%}", anchor="end", size=11))
    for place, (ticket, (before, after)) in enumerate(zip(curve.order, pairwise(curve.shares), strict=True)):
        x, upper, lower = left + place * step, min(y(before), y(after)), max(y(before), y(after))
        colour = _RISE if after >= before else _DROP
        height = max(lower - upper, 1.0)
        parts.append(
            f'<rect x="{x + 6:.1f}" y="{upper:.1f}" width="{step - 12:.1f}" height="{height:.1f}" fill="{colour}"/>'
        )
        parts.append(svg.text(x + step / 2, upper - 5, f"{after - before:+.1%}", anchor="middle", size=11))
        parts.append(svg.text(x + step / 2, top + _FALL + 18, ticket, anchor="middle", size=12, bold=True))
    return parts
