"""Sensitivity for people and programs: effects as a table, a document, and a picture of bars."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report import svg
from eventlive_sim.report.document import number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.intervals import Interval
from eventlive_sim.study.sensitivity import Effect, Sensitivity

SENSITIVITY_SCHEMA = "eventlive-sensitivity/1"
SHOWN_MOST = 25
_LEFT, _TOP, _WIDTH, _ROW = 430, 92, 460, 30
_LOW, _HIGH = "#0060a0", "#b3430a"
_HEADINGS = {
    "tornado": ("at the low end", "at the high end", "larger change"),
    "morris": ("mu*", "95 %", "sigma"),
    "sobol": ("ST", "95 %", "S1"),
}


def sensitivity_table(done: Sensitivity, most: int = SHOWN_MOST) -> Table:
    """A row a factor, the largest effect first."""
    table = Table(
        title=Text(f"{done.ground.design.expression} in {done.ground.scenario.name}: {done.metric}"),
        title_justify="left",
        caption=Text(caption(done, most)),
        caption_justify="left",
    )
    for heading in ("factor", "range"):
        table.add_column(heading)
    for heading in _HEADINGS[done.method]:
        table.add_column(heading, justify="right")
    for effect in done.effects[:most]:
        factor = effect.factor
        table.add_row(
            Text(factor.name), Text(f"{factor.said(0)} to {factor.said(1)}"), *map(Text, _cells(done, effect))
        )
    return table


def _cells(done: Sensitivity, effect: Effect) -> tuple[str, ...]:
    if done.method == "tornado":
        return (_change(effect.low), _change(effect.high), number(effect.size, 2))
    return (number(effect.size, 3), f"±{number(effect.error, 3)}", number(effect.spread, 3))


def _change(found: Interval | None) -> str:
    return "-" if found is None else f"{number(found.estimate, 2)} [{number(found.low, 2)}, {number(found.high, 2)}]"


def caption(done: Sensitivity, most: int = SHOWN_MOST) -> str:
    """What was run, what the columns say, and what is left out."""
    base = f"as written it is {number(done.base.mean(0), 2)}"
    said = f"seed {done.seed}, {done.points} points of {done.replications} replications under the same seeds; {base}"
    said += {
        "tornado": "\neach factor alone at both ends of its range, all else as written: change of the mean [95 %]",
        "morris": "\nmu*: mean size of an effect over the whole range, from many places; sigma: how much it differs between them",
        "sobol": "\nof the metric's variance over all ranges together: ST, the share with interactions, and S1, alone",
    }[done.method]
    if len(done.effects) > most:
        said += f"\n{len(done.effects) - most} smaller ones are in the JSON document"
    if done.without_range:
        said += f"\n{done.without_range} guesses say no range and stayed as written"
    return said


def sensitivity_document(done: Sensitivity) -> dict[str, Any]:
    """Document: the method, the metric, and each factor with its effect."""
    return {
        "schema": SENSITIVITY_SCHEMA,
        **what_of(done.ground),
        "seed": done.seed,
        "replications": done.replications,
        "points": done.points,
        "method": done.method,
        "metric": done.metric,
        "as_written": number_of(done.base.mean(0)),
        "guesses_without_range": done.without_range,
        "factors": [
            {
                "path": effect.factor.name,
                "written": effect.factor.written,
                "range": [effect.factor.said(0), effect.factor.said(1)],
                "low": _ends(effect.low),
                "high": _ends(effect.high),
                "size": number_of(effect.size),
                "error_95": number_of(effect.error),
                "spread": number_of(effect.spread),
            }
            for effect in done.effects
        ],
    }


def _ends(found: Interval | None) -> list[float | int | None] | None:
    return None if found is None else [number_of(found.low), number_of(found.estimate), number_of(found.high)]


# ---------------------------------------------------------------- picture


def sensitivity_picture(done: Sensitivity, most: int = SHOWN_MOST) -> str:
    """Bars as SVG: of a tornado to both sides of the design as written, else from nothing, with intervals."""
    title = f"{done.ground.design.expression} in {done.ground.scenario.name}: {done.metric}"
    shown = done.effects[:most]
    parts = [
        svg.text(20, 30, title, size=18, bold=True),
        svg.text(20, 56, caption(done, most).split("\n")[1], fill=svg.GREY),
    ]
    low, high = _span(shown)
    for row, effect in enumerate(shown):
        middle = _TOP + row * _ROW + _ROW / 2
        parts.append(svg.text(_LEFT - 12, middle + 4, _short(effect.factor.name), anchor="end", size=12))
        for start, end, colour, told in _bars(effect):
            left, right = sorted((_at(start, low, high), _at(end, low, high)))
            parts.append(
                f'<rect x="{left:.1f}" y="{middle - 9:.1f}" width="{max(right - left, 0.5):.1f}" height="18" fill="{colour}">'
                f"<title>{told}</title></rect>"
            )
        for interval, colour in _whiskers(effect):
            left, right = (_at(value, low, high) for value in interval)
            parts.append(
                f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{middle:.1f}" y2="{middle:.1f}" stroke="{colour}"/>'
            )
        parts.append(svg.text(_LEFT + _WIDTH + 12, middle + 4, number(effect.size, 2), size=12, bold=True))
    zero, bottom = _at(0.0, low, high), _TOP + len(shown) * _ROW
    parts.append(f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="{_TOP}" y2="{bottom}" stroke="#666666"/>')
    base = number(done.base.mean(0), 2)
    parts.append(
        svg.text(zero, bottom + 18, f"{base} as written" if done.method == "tornado" else "0", anchor="middle", size=12)
    )
    if done.method == "tornado":
        parts.append(svg.text(_LEFT, bottom + 40, "at the low end of its range", fill=_LOW, size=12, bold=True))
        parts.append(svg.text(_LEFT + 210, bottom + 40, "at the high end", fill=_HIGH, size=12, bold=True))
    told = " ".join(f"{effect.factor.name}: {', '.join(_cells(done, effect))}." for effect in shown)
    return svg.picture(_LEFT + _WIDTH + 110, bottom + 60, title, told, parts)


def _short(name: str) -> str:
    """Name that fits beside its bar: of a long one the end, which tells most."""
    return name if len(name) <= 58 else f"...{name[-55:]}"


def _bars(effect: Effect) -> list[tuple[float, float, str, str]]:
    if effect.low is None and effect.high is None:
        return [(0.0, effect.size, _HIGH, f"{effect.size:g}")] if math.isfinite(effect.size) else []
    ends = ((effect.low, 0.0, _LOW), (effect.high, 1.0, _HIGH))
    return [(0.0, one.estimate, colour, effect.factor.said(end)) for one, end, colour in ends if one is not None]


def _whiskers(effect: Effect) -> list[tuple[tuple[float, float], str]]:
    if math.isfinite(effect.error):
        return [((effect.size - effect.error, effect.size + effect.error), "#000000")]
    return [((one.low, one.high), "#000000") for one in (effect.low, effect.high) if one is not None]


def _span(shown: tuple[Effect, ...]) -> tuple[float, float]:
    values = [value for effect in shown for start, end, *_ in _bars(effect) for value in (start, end)]
    values += [value for effect in shown for interval, _ in _whiskers(effect) for value in interval]
    low, high = min([0.0, *values]), max([0.0, *values])
    return (low, high) if high > low else (0.0, 1.0)


def _at(value: float, low: float, high: float) -> float:
    return _LEFT + _WIDTH * (value - low) / (high - low)
