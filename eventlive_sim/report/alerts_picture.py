"""One replication as its alert rules see it: a strip a rule, with threshold and firings, and where budgets broke."""

from __future__ import annotations

import math

import numpy as np

from eventlive_sim.model.alerts import Rule
from eventlive_sim.report import svg
from eventlive_sim.report.prometheus import expression
from eventlive_sim.report.tables import number
from eventlive_sim.study.alerts.breaks import Break
from eventlive_sim.study.alerts.rules import Evaluated, threshold_of
from eventlive_sim.study.alerts.study import Told, Watched

_LEFT, _WIDTH, _HEIGHT, _GAP, _TOP = 60.0, 840.0, 64.0, 56.0, 64.0
_LINE, _FIRE, _FIRST, _LOST = "#1d4ed8", "#fca5a5", "#b45309", "#7f1d1d"
_MARKS = 10
_TITLE_MOST, _TEXT_MOST = 92, 128
"""Most characters that fit."""
_ROOM = 1.15
"""Room above the highest of values and threshold."""


def alerts_picture(done: Watched, replication: int = 0) -> str:
    """Picture of a replication, as SVG.

    Parameters
    ----------
    done : Watched
        What was watched.
    replication : int
        Which one, from 0.
    """
    told, span = done.replications[replication], done.scenario.scenario.duration / 1e9
    title = f"{done.design.expression} in {done.scenario.name}, replication {replication + 1}"
    parts = [svg.text(20, 28, _short(title, _TITLE_MOST), size=16, bold=True), *_key(done, told)]
    top = _TOP + 40
    for name, rule in told.rules.items():
        parts += _strip(top, name, (done.design.design.alerts.rules[name], rule), span)
        top += _HEIGHT + _GAP
    broken = done.first_break(told)
    parts += _breaks(broken, _TOP + 40, top - _GAP, span)
    parts += [
        svg.text(_x(at, span), top - _GAP + 18, f"{at / 60:.0f} min", anchor="middle", fill=svg.GREY, size=12)
        for at in np.arange(0, span + 1, 60 * max(1, math.ceil(span / 60 / _MARKS)))
    ]
    return svg.picture(_LEFT + _WIDTH + 40, top, title, _said(done, told, broken), parts)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _x(at: float, span: float) -> float:
    return _LEFT + _WIDTH * at / span


def _key(done: Watched, told: Told) -> list[str]:
    broken = done.first_break(told)
    said = [("fires", _FIRE)]
    if broken.broken:
        said += [(f"a budget first breaks, {broken.first_s:.0f} s", _FIRST)]
        said += [(f"one is past saving, {broken.lost_s:.0f} s", _LOST)]
    parts, left = [], 20.0
    for text, colour in said:
        parts.append(f'<rect x="{left:g}" y="42" width="14" height="14" fill="{colour}"/>')
        parts.append(svg.text(left + 20, 54, text, size=13))
        left += 40 + 7.5 * len(text)
    return parts


def _strip(top: float, name: str, what: tuple[Rule, Evaluated], span: float) -> list[str]:
    """Values of the rule's first comparison over time, its threshold, and when the rule fired."""
    rule, found = what
    threshold, values = threshold_of(rule.when[0]), found.values[0]
    finite = values[np.isfinite(values)]
    highest = max(threshold, float(finite.max()) if finite.size else 0.0) * _ROOM or 1.0
    bottom = top + _HEIGHT

    def y(value: float) -> float:
        return bottom - _HEIGHT * min(value, highest) / highest

    parts = []
    for one in found.firings:
        left, right = _x(one.begins_s, span), _x(min(one.ends_s, span), span)
        parts.append(
            f'<rect x="{left:.1f}" y="{top:g}" width="{right - left:.1f}" height="{_HEIGHT:g}" fill="{_FIRE}"/>'
        )
    parts.append(
        f'<rect x="{_LEFT:g}" y="{top:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}" fill="none" stroke="#999999"/>'
    )
    for run in _runs(found):
        points = " ".join(f"{_x(at, span):.1f},{y(value):.1f}" for at, value in run)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>')
    level = y(threshold)
    parts.append(
        f'<line x1="{_LEFT:g}" x2="{_LEFT + _WIDTH:g}" y1="{level:.1f}" y2="{level:.1f}" stroke="#1a1a1a" '
        'stroke-dasharray="4 4"/>'
    )
    parts.append(svg.text(_LEFT - 6, level + 4, number(threshold, 2), anchor="end", size=11))
    parts.append(svg.text(_LEFT, top - 20, name, size=13, bold=True))
    parts.append(svg.text(_LEFT, top - 5, _short(expression(rule), _TEXT_MOST), size=11, fill=svg.GREY))
    return parts


def _runs(found: Evaluated) -> list[list[tuple[float, float]]]:
    """Stretches over which there are values."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in zip(found.times_s.tolist(), found.values[0].tolist(), strict=True):
        if math.isnan(value):
            runs.append([])
        else:
            runs[-1].append((at, value))
    return [run for run in runs if run]


def _breaks(broken: Break, top: float, bottom: float, span: float) -> list[str]:
    if not broken.broken:
        return []
    return [
        f'<line x1="{_x(at, span):.1f}" x2="{_x(at, span):.1f}" y1="{top:g}" y2="{bottom:g}" stroke="{colour}" '
        f'stroke-width="2"{dashed}/>'
        for at, colour, dashed in (
            (broken.first_s, _FIRST, ' stroke-dasharray="6 3"'),
            (broken.lost_s, _LOST, ""),
        )
    ]


def _said(done: Watched, told: Told, broken: Break) -> str:
    fired = [
        f"{name} fires at {found.first_s:.0f} s." if found.firings else f"{name} does not fire."
        for name, found in told.rules.items()
    ]
    waits = [f"{name} waits for {', '.join(lacks)}." for name, lacks in done.missing.items()]
    breaks = (
        f"A budget first breaks at {broken.first_s:.0f} s; one is past saving at {broken.lost_s:.0f} s."
        if broken.broken
        else "No budget breaks that an alert could come before."
    )
    return " ".join([*fired, *waits, breaks])
