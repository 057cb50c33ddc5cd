"""A sweep for people and programs: a table, a document, and a picture of maps, lines and a front."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report import svg
from eventlive_sim.report.clouds import clouds
from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.report.tables import number
from eventlive_sim.study.sweep import Sweep, front

SWEEP_SCHEMA = "eventlive-sweep/1"
_LEFT, _TOP, _WIDTH, _HEIGHT, _GAP = 110, 96, 74, 40, 90
"""Of a map: margins, cells, and what is left below it [px]."""
_PLOT_WIDTH, _PLOT_HEIGHT = 560, 340


def sweep_table(done: Sweep) -> Table:
    """A row a point: its setting, and each metric with half its 95 % interval; points of the front are marked."""
    table = Table(
        title=Text(f"{done.design.expression} in {done.scenario.name}"), title_justify="left", caption_justify="left"
    )
    for knob in done.knobs:
        table.add_column(
            Text(knob.path.rsplit(".", 2)[-2] + "." + knob.path.rsplit(".", 1)[-1] if "." in knob.path else knob.path)
        )
    for metric in done.metrics:
        table.add_column(Text(metric), justify="right")
    fronted = set(front(done)) if len(done.metrics) == 2 else set()
    for index, point in enumerate(done.points):
        cells = []
        for place in range(len(done.metrics)):
            interval = point.interval(place)
            spread = "" if interval is None else f" ±{number((interval.high - interval.low) / 2, 1)}"
            cells.append(Text(number(point.mean(place), 1) + spread))
        style = "bold" if index in fronted else ""
        table.add_row(*(Text(value) for value in point.setting), *cells, style=style)
    said = f"seed {done.seed}, {done.replications} replications at each point under the same seeds; durations in ms"
    table.caption = Text(said + ("; bold: no other point is lower in both" if fronted else ""))
    return table


def sweep_document(done: Sweep) -> dict[str, Any]:
    """Document of a sweep: knobs, and each point with mean, interval and the value of each replication."""
    fronted = front(done) if len(done.metrics) == 2 else None
    return {
        "schema": SWEEP_SCHEMA,
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
        "replications": done.replications,
        "sampled": done.sampled,
        "knobs": [{"path": knob.path, "levels": list(knob.levels)} for knob in done.knobs],
        "metrics": list(done.metrics),
        "points": [
            {
                "setting": list(point.setting),
                "means": [number_of(point.mean(place)) for place in range(len(done.metrics))],
                "intervals_95": [
                    None if interval is None else [interval.low, interval.high]
                    for interval in map(point.interval, range(len(done.metrics)))
                ],
                "values": [[number_of(value) for value in values] for values in point.measured],
            }
            for point in done.points
        ],
        "front": fronted,
    }


# ---------------------------------------------------------------- picture


def sweep_picture(done: Sweep) -> str:
    """The sweep as SVG: maps of two knobs, clouds of a hypercube, else a plot of the points; of two metrics their front."""
    title = f"{done.design.expression} in {done.scenario.name}"
    parts = [svg.text(20, 30, title, size=18, bold=True)]
    width, top = 700.0, 50.0
    for metric in range(len(done.metrics)):
        draw = clouds if done.sampled else _map if len(done.knobs) == 2 else _line
        drawn, wide, high = draw(done, metric, top)
        parts += drawn
        width, top = max(width, wide), top + high
    if len(done.metrics) == 2:
        drawn, wide, high = _scatter(done, top)
        parts += drawn
        width, top = max(width, wide), top + high
    note = f"seed {done.seed}, {done.replications} replications at each point under the same seeds; durations in ms"
    parts.append(svg.text(20, top + 4, note, fill=svg.GREY, size=12))
    return svg.picture(width, top + 24, title, _told(done), parts)


def _told(done: Sweep) -> str:
    return " ".join(
        ", ".join(f"{knob.path} {value}" for knob, value in zip(done.knobs, point.setting, strict=True))
        + ": "
        + ", ".join(f"{metric} {number(point.mean(place), 1)}" for place, metric in enumerate(done.metrics))
        + "."
        for point in done.points
    )


def _range(values: list[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else (0.0, 1.0)


def _share(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return (value - low) / (high - low) if high > low and math.isfinite(value) else 0.0


def _map(done: Sweep, metric: int, top: float) -> tuple[list[str], float, float]:
    """Squares, the first knob down and the second across; with what room they take."""
    down, across = done.knobs
    ends = _range([point.mean(metric) for point in done.points])
    parts = [
        svg.text(20, top + 20, done.metrics[metric], bold=True),
        svg.text(20, top + 38, f"down: {down.path}", fill=svg.GREY, size=12),
        svg.text(20, top + 54, f"across: {across.path}", fill=svg.GREY, size=12),
    ]
    first = top + 68
    for index, point in enumerate(done.points):
        row, column = divmod(index, len(across.levels))
        left, above, share = _LEFT + column * _WIDTH, first + row * _HEIGHT, _share(point.mean(metric), ends)
        parts.append(
            f'<rect x="{left}" y="{above:g}" width="{_WIDTH - 2}" height="{_HEIGHT - 2}" rx="3" '
            f'fill="{svg.shade(share)}" stroke="#999999"/>'
        )
        said = number(point.mean(metric), 1)
        parts.append(svg.text(left + _WIDTH / 2 - 1, above + 24, said, anchor="middle", fill=svg.ink(share), size=12))
    below = first + len(down.levels) * _HEIGHT
    for row, value in enumerate(down.levels):
        parts.append(svg.text(_LEFT - 10, first + row * _HEIGHT + 24, value, anchor="end", size=12, bold=True))
    for column, value in enumerate(across.levels):
        parts.append(svg.text(_LEFT + (column + 0.5) * _WIDTH, below + 16, value, anchor="middle", size=12, bold=True))
    return parts, _LEFT + len(across.levels) * _WIDTH + 30, below + 40 - top


def _axes(top: float, across: tuple[str, tuple[float, float]], up: tuple[str, tuple[float, float]]) -> list[str]:
    """Frame of a plot with the least and the greatest value on each side."""
    (named, ends), (other, heights), bottom = across, up, top + _PLOT_HEIGHT
    return [
        f'<rect x="{_LEFT}" y="{top:g}" width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}" fill="none" stroke="#999999"/>',
        svg.text(_LEFT, top - 24, other, size=12, bold=True),
        svg.text(_LEFT + _PLOT_WIDTH, bottom + 34, named, anchor="end", size=12, bold=True),
        svg.text(_LEFT, bottom + 16, number(ends[0], 1), anchor="middle", size=12),
        svg.text(_LEFT + _PLOT_WIDTH, bottom + 16, number(ends[1], 1), anchor="middle", size=12),
        svg.text(_LEFT - 8, bottom, number(heights[0], 1), anchor="end", size=12),
        svg.text(_LEFT - 8, top + 10, number(heights[1], 1), anchor="end", size=12),
    ]


def _line(done: Sweep, metric: int, top: float) -> tuple[list[str], float, float]:
    """Means of the points in their order with their intervals, each named by its setting."""
    spans = [point.interval(metric) for point in done.points]
    reach = [value for span in spans if span is not None for value in (span.low, span.high)]
    ends = _range([*reach, *(point.mean(metric) for point in done.points)])
    first, parts = top + 48, []
    steps = max(1, len(done.points) - 1)
    frame = _axes(
        first, (", ".join(knob.path for knob in done.knobs), (math.nan, math.nan)), (done.metrics[metric], ends)
    )
    parts += [frame[0], frame[1], frame[2], frame[5], frame[6]]
    for index, (point, span) in enumerate(zip(done.points, spans, strict=True)):
        x = _LEFT + 20 + (_PLOT_WIDTH - 40) * index / steps
        y = first + _PLOT_HEIGHT * (1 - _share(point.mean(metric), ends))
        if span is not None:
            low, high = (first + _PLOT_HEIGHT * (1 - _share(value, ends)) for value in (span.low, span.high))
            parts.append(f'<line x1="{x:g}" x2="{x:g}" y1="{low:g}" y2="{high:g}" stroke="#99331b" stroke-width="2"/>')
        if math.isfinite(point.mean(metric)):
            parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="#991b1b"/>')
        parts.append(svg.text(x, first + _PLOT_HEIGHT + 16, ", ".join(point.setting), anchor="middle", size=11))
    return parts, _LEFT + _PLOT_WIDTH + 60, _PLOT_HEIGHT + _GAP + 12


def _scatter(done: Sweep, top: float) -> tuple[list[str], float, float]:
    """The second metric over the first, a dot a point; those that none beats are joined and named."""
    across, up = (_range([point.mean(metric) for point in done.points]) for metric in (0, 1))
    first, fronted = top + 48, front(done)
    parts = _axes(first, (done.metrics[0], across), (done.metrics[1], up))

    def place(index: int) -> tuple[float, float]:
        one, other = (done.points[index].mean(metric) for metric in (0, 1))
        return _LEFT + _PLOT_WIDTH * _share(one, across), first + _PLOT_HEIGHT * (1 - _share(other, up))

    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, fronted))
    parts.append(f'<polyline points="{joined}" fill="none" stroke="#991b1b" stroke-width="1.5"/>')
    for index, point in enumerate(done.points):
        if not all(math.isfinite(point.mean(metric)) for metric in (0, 1)):
            continue
        x, y = place(index)
        fill = "#991b1b" if index in fronted else "#bbbbbb"
        named = ", ".join(point.setting)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}"><title>{escape(named)}</title></circle>')
    for number_, index in enumerate(fronted):
        x, y = place(index)
        if number_ % max(1, len(fronted) // 6) == 0:
            parts.append(svg.text(x + 7, y - 6, ", ".join(done.points[index].setting), size=11))
    return parts, _LEFT + _PLOT_WIDTH + 60, _PLOT_HEIGHT + _GAP + 12
