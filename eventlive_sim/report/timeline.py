"""A timeline for people and programs: a table of levels and peaks, a document, and a picture of the courses."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report import svg
from eventlive_sim.report.document import number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.study.timeline import Line, Timeline, spread

TIMELINE_SCHEMA = "eventlive-timeline/1"
_COLOURS = ("#b3430a", "#0060a0", "#00664d", "#8a3b78", "#5c4b00", "#444444")
"""Dark enough to read on white as text, and told apart by everybody (after Okabe and Ito)."""
DESIGNS_MOST = len(_COLOURS)
_LEFT, _TOP, _WIDTH, _HEIGHT, _GAP = 90, 104, 820, 118, 46
_NEVER = "never"
_RECOVERY = "recovery [s]"

_Row = tuple[str, str, int, tuple[tuple[float, ...], ...]]
"""A quantity, when, its digits, and a value a replication of each design."""


def timeline_table(done: Timeline) -> Table:
    """Quiet level, level in each window, peak of a bin and recovery, design by design."""
    table = Table(
        title=Text(f"{done.scenario.name}: {done.scenario.scenario.title}"),
        title_justify="left",
        caption=Text(_caption(done)),
        caption_justify="left",
    )
    table.add_column("quantity")
    table.add_column("when")
    for run in done.runs:
        table.add_column(Text(run.design.expression), justify="right")
    last = ""
    for name, when, digits, designs in _rows(done):
        if last and name != last:
            table.add_section()
        cells = [Text(_said(name, values, digits)) for values in designs]
        table.add_row(Text(name if name != last else ""), Text(when), *cells)
        last = name
    return table


def _rows(done: Timeline) -> Iterator[_Row]:
    bin_s = done.lines[0][0].width_s
    for panel, lines in zip(done.panels, done.lines, strict=True):
        name = f"{panel.name} [{panel.unit}]"
        if done.quiet_s is not None:
            yield (
                name,
                f"before {done.marks[0].name}",
                panel.digits,
                tuple(line.within(*done.quiet_s) for line in lines),
            )
        for window, (start, end) in done.windows.items():
            yield name, window, panel.digits, tuple(line.within(start, end) for line in lines)
        yield name, f"highest {bin_s:g} s", panel.digits, tuple(line.peaks for line in lines)
        if done.quiet_s is not None:
            yield name, "highest / level before", 1, tuple(_above_quiet(done, line) for line in lines)
    for one in done.told:
        yield f"{one.name} [{one.unit}]" if one.unit else one.name, one.window, one.digits, one.values
    if done.recoveries:
        yield _RECOVERY, f"after {done.marks[-1].name}", 0, done.recoveries


def _above_quiet(done: Timeline, line: Line) -> tuple[float, ...]:
    """Highest bin over the quiet level, replication by replication."""
    quiet = line.within(*(done.quiet_s or (0.0, 0.0)))
    return tuple(peak / level if level else math.nan for peak, level in zip(line.peaks, quiet, strict=True))


def _said(name: str, values: Sequence[float], digits: int) -> str:
    return _times(values, digits) if name == _RECOVERY else _cell(values, digits)


def _cell(values: Sequence[float], digits: int) -> str:
    if any(map(math.isinf, values)):
        return _times(values, digits)
    interval = spread(values)
    half = "" if interval is None else f" ±{number((interval.high - interval.low) / 2, digits)}"
    return number(math.fsum(values) / len(values), digits) + half


def _times(values: Sequence[float], digits: int = 0) -> str:
    """Median of times, with the least and the most of them; some may be never."""
    said = [
        _NEVER if math.isinf(one) else number(one, digits) for one in (statistics.median_high(values), *_ends(values))
    ]
    return said[0] if said[1] == said[2] else f"{said[0]} ({said[1]} to {said[2]})"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _caption(done: Timeline) -> str:
    run = done.runs[0]
    said = (
        f"seed {run.seed}, {done.replications} replications, engine {run.engine}; means with half their 95 % interval"
    )
    said += "\n-: no data, or too few for a quantile"
    if done.quiet_s is not None:
        said += f"\nbefore {done.marks[0].name}: {done.quiet_s[0]:g} to {done.quiet_s[1]:g} s; recovery: median (least to most)"
    return said


# ---------------------------------------------------------------- JSON


def timeline_document(done: Timeline) -> dict[str, Any]:
    """Document of a timeline: the rows of the table with the value of each replication, and each course."""
    return {
        "schema": TIMELINE_SCHEMA,
        "designs": [what_of(run) for run in done.runs],
        "replications": done.replications,
        "marks": [{"name": mark.name, "from_s": mark.begins_s, "to_s": mark.ends_s} for mark in done.marks],
        "windows": {name: list(ends) for name, ends in done.windows.items()},
        "quiet_s": None if done.quiet_s is None else list(done.quiet_s),
        "rows": [
            {"quantity": name, "when": when, "values": [[_number(value) for value in one] for one in designs]}
            for name, when, _, designs in _rows(done)
        ],
        "courses": [
            {
                "quantity": panel.name,
                "unit": panel.unit,
                "bin_s": line.width_s,
                "design": run.design.expression,
                "mean": [_number(float(value)) for value in line.mean],
                "least": [_number(float(value)) for value in line.values.min(axis=0)],
                "most": [_number(float(value)) for value in line.values.max(axis=0)],
                "peaks_at_s": list(line.peaks_at_s),
            }
            for panel, lines in zip(done.panels, done.lines, strict=True)
            for run, line in zip(done.runs, lines, strict=True)
        ],
    }


def _number(value: float) -> float | int | str | None:
    return _NEVER if math.isinf(value) else number_of(value)


# ---------------------------------------------------------------- picture


def timeline_picture(done: Timeline) -> str:
    """The courses as SVG: a panel each, one under the other, with marks as bands, quiet levels and peaks."""
    title = f"{done.scenario.name}: {' and '.join(run.design.expression for run in done.runs)}"
    parts = [svg.text(20, 30, title, size=18, bold=True), *_legend(done)]
    for place, lines in enumerate(done.lines):
        parts += _panel(done, place, lines, _TOP + place * (_HEIGHT + _GAP))
    below = _TOP + len(done.panels) * (_HEIGHT + _GAP) - _GAP
    parts += _minutes(done, below)
    notes = [
        f"line: mean of {done.replications} replications by {done.lines[0][0].width_s:g} s; band: least and most of them; "
        "dashed: level before; dot: highest bin of the mean",
        *(f"grey: {mark.name}, {mark.begins_s:g} to {mark.ends_s:g} s" for mark in done.marks),
    ]
    parts += [svg.text(20, below + 52 + 18 * row, note, fill=svg.GREY, size=12) for row, note in enumerate(notes)]
    return svg.picture(_LEFT + _WIDTH + 40, below + 60 + 18 * len(notes), title, _sentences(done), parts)


def _legend(done: Timeline) -> list[str]:
    """Names of the designs in their colours, and what came of the marks."""
    parts, x = [], 20.0
    for number_, run in enumerate(done.runs):
        said = run.design.expression
        if done.recoveries:
            said += f" (recovery: {_times(done.recoveries[number_])} s)"
        colour = _COLOURS[number_]
        parts.append(f'<rect x="{x:g}" y="50" width="18" height="4" fill="{colour}"/>')
        parts.append(svg.text(x + 26, 57, said, fill=colour, bold=True))
        x += 60 + 8.2 * len(said)
    return parts


def _span_s(done: Timeline) -> float:
    return done.scenario.scenario.duration / 1e9


def _panel(done: Timeline, place: int, lines: Sequence[Line], top: float) -> list[str]:
    """One quantity: its frame, marks, and each design's band, line, quiet level and peak."""
    panel, span = done.panels[place], _span_s(done)
    finite = [float(value) for line in lines for value in line.values.flat if math.isfinite(value)]
    most = _round_up(max([*finite, 10.0**-panel.digits]))
    parts = [svg.text(_LEFT, top - 10, f"{panel.name} [{panel.unit}]", bold=True)]
    for mark in done.marks:
        left, right = (_LEFT + _WIDTH * min(at, span) / span for at in (mark.begins_s, mark.ends_s))
        parts.append(f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{_HEIGHT}" fill="#e4e4e4"/>')
    parts.append(f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#999999"/>')
    for share in (0.0, 0.5, 1.0):
        y = top + _HEIGHT * (1 - share)
        parts.append(svg.text(_LEFT - 8, y + 4, f"{most * share:,g}", anchor="end", size=11))
    for number_, line in enumerate(lines):
        parts += _course(done, line, _COLOURS[number_], top, most)
    return [*parts, *_highest(lines, top, panel.digits)]


def _course(done: Timeline, line: Line, colour: str, top: float, most: float) -> list[str]:
    span = _span_s(done)

    def point(index: float, value: float) -> str:
        x = _LEFT + _WIDTH * min((index + 0.5) * line.width_s, span) / span
        return f"{x:.1f},{top + _HEIGHT * (1 - min(value, most) / most):.1f}"

    mean, least, over = line.mean, line.values.min(axis=0), line.values.max(axis=0)
    edge = [point(index, float(value)) for index, value in enumerate(over)]
    edge += [point(index, float(value)) for index, value in reversed(list(enumerate(least)))]
    points = " ".join(point(index, float(value)) for index, value in enumerate(mean))
    parts = [
        f'<polygon points="{" ".join(edge)}" fill="{colour}" fill-opacity="0.16"/>',
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
    ]
    if done.quiet_s is not None:
        quiet = statistics.fmean(line.within(*done.quiet_s))
        y = top + _HEIGHT * (1 - min(quiet, most) / most)
        ends = f'x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}"'
        parts.append(f'<line {ends} stroke="{colour}" stroke-dasharray="2 5" stroke-opacity="0.7"/>')
    at = int(mean.argmax())
    x, peak = point(at, float(mean[at])).split(",")
    return [*parts, f'<circle cx="{x}" cy="{peak}" r="3.5" fill="{colour}"/>']


def _highest(lines: Sequence[Line], top: float, digits: int) -> list[str]:
    """Highest bin of each design's mean, in its colour, at the right end above the panel."""
    parts, x = [], float(_LEFT + _WIDTH)
    for number_, line in reversed(list(enumerate(lines))):
        peak = float(line.mean.max())
        said = number(peak, digits) if math.isfinite(peak) else "nobody gets on"
        parts.append(svg.text(x, top - 10, said, anchor="end", fill=_COLOURS[number_], size=13, bold=True))
        x -= 20 + 8.5 * len(said)
    return [*parts, svg.text(x, top - 10, "highest", anchor="end", fill=svg.GREY, size=12)]


def _round_up(value: float) -> float:
    """Next of 1, 2, 4, 5, 6, 8 and 10 in its decade: half of it can be read on an axis."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1, 2, 4, 5, 6, 8, 10) if step * decade >= value * (1 - 1e-9))


def _minutes(done: Timeline, below: float) -> list[str]:
    """Axis of time in minutes, and the scenario's windows under it."""
    span = _span_s(done)
    step = next(
        one for one in (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400) if span / one <= 14 or one == 86400
    )
    parts = []
    for number_ in range(int(span / step) + 1):
        x = _LEFT + _WIDTH * number_ * step / span
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{below}" y2="{below + 5}" stroke="#666666"/>')
        parts.append(svg.text(x, below + 18, f"{number_ * step / 60:g}", anchor="middle", size=11))
    parts.append(svg.text(_LEFT + _WIDTH, below + 34, "minutes", anchor="end", size=11))
    return parts


def _sentences(done: Timeline) -> str:
    """The table in sentences, for those who do not see the picture."""
    told = []
    for name, when, digits, designs in _rows(done):
        said = ", ".join(
            f"{run.design.expression} {_said(name, values, digits)}"
            for run, values in zip(done.runs, designs, strict=True)
        )
        told.append(f"{name}, {when}: {said}.")
    return " ".join(told)
