"""Tuning for people and programs: the front on fresh seeds as a table, a document, a picture; the choice as a ticket file."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from html import escape
from typing import Any

from rich.table import Table
from rich.text import Text
from ruamel.yaml import YAML

from eventlive_sim.report import svg
from eventlive_sim.report.document import number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.intervals import Interval
from eventlive_sim.study.tune import Candidate, Tuned, ticket_of

TUNE_SCHEMA = "eventlive-tune/1"
_LEFT, _TOP, _WIDTH, _HEIGHT = 90, 110, 800, 400
_BASE, _CHOSEN, _OTHER = "#0060a0", "#b3430a", "#777777"


def sentence(done: Tuned) -> str:
    """What came of it, in a sentence."""
    first = done.objectives[0].metric
    if done.chosen is None:
        return f"No setting of {done.trials} keeps the budgets: widen the knobs, or the budgets."
    better = done.candidates[done.chosen].differences[0]
    if done.beaten and better is not None:
        others = " and no worse in the others" if len(done.objectives) > 1 else ""
        return (
            f"Setting {done.chosen + 1} beats {done.ground.design.expression} in {first} by {_interval(better)}{others}, "
            f"on {done.fresh} fresh replications."
        )
    return f"No setting of {done.trials} beats {done.ground.design.expression} for sure on fresh seeds; {done.chosen + 1} is the knee."


def _interval(found: Interval) -> str:
    return f"{number(found.estimate, 1)} [{number(found.low, 1)}, {number(found.high, 1)}]"


def tune_table(done: Tuned) -> Table:
    """A row a candidate, the design as written first; each objective with half its interval and the difference."""
    table = Table(
        title=Text(sentence(done)),
        title_justify="left",
        caption=Text(caption(done)),
        caption_justify="left",
        show_lines=True,
    )
    table.add_column("setting")
    for axis in done.axes:
        table.add_column(Text(".".join(axis.paths[0].split(".")[-2:])), justify="right")
    for goal in done.objectives:
        table.add_column(Text(f"{goal.metric}{' (more is better)' if goal.maximise else ''}"), justify="right")
    table.add_column("keeps its budgets", justify="right")
    base = [Text(_level(done.base.mean(place), done.base.interval(place))) for place in range(len(done.objectives))]
    table.add_row(
        Text(f"{done.ground.design.expression} as written"), *([""] * len(done.axes)), *base, _kept(done.base.kept)
    )
    for place, one in enumerate(done.candidates):
        style = "bold" if place == done.chosen else "" if one.on_front else "dim"
        name = f"{place + 1}{' chosen' if place == done.chosen else ''}{' beats' if one.beats else ''}"
        table.add_row(
            Text(name), *(Text(value) for value in one.setting), *_cells(one), _kept(one.fresh.kept), style=style
        )
    return table


def caption(done: Tuned) -> str:
    """What was tried, and how the table is to be read."""
    return (
        f"seed {done.seed}, {done.trials} settings tried with {done.replications} replications each, {done.refused} of them "
        "against the budgets or without data\n"
        f"shown: {done.fresh} replications each under fresh seeds, half the 95 % interval, and below it the difference from the "
        "design as written\nwith its interval, 95 % over all settings and objectives together; dim: another is as good in all"
    )


def _cells(one: Candidate) -> list[Text]:
    cells = []
    for place, difference in enumerate(one.differences):
        level = _level(one.fresh.mean(place), one.fresh.interval(place))
        cells.append(Text(level + ("" if difference is None else f"\n{_interval(difference)}")))
    return cells


def _level(mean: float, interval: Interval | None) -> str:
    half = "" if interval is None else f" ±{number((interval.high - interval.low) / 2, 1)}"
    return number(mean, 1) + half


def _kept(kept: Sequence[bool]) -> str:
    return f"{sum(kept)} of {len(kept)}"


# ---------------------------------------------------------------- JSON and YAML


def tune_document(done: Tuned) -> dict[str, Any]:
    """Document of tuning: knobs, objectives, the design as written, and each candidate with the value of each replication."""
    return {
        "schema": TUNE_SCHEMA,
        **what_of(done.ground),
        "seed": done.seed,
        "trials": done.trials,
        "refused": done.refused,
        "replications": {"search": done.replications, "fresh": done.fresh},
        "knobs": [one.name for one in done.axes],
        "objectives": [{"metric": one.metric, "maximise": one.maximise} for one in done.objectives],
        "as_written": [[number_of(value) for value in values] for values in done.base.values],
        "candidates": [
            {
                "setting": list(one.setting),
                "searched": [number_of(value) for value in one.searched],
                "values": [[number_of(value) for value in values] for values in one.fresh.values],
                "differences": [
                    None if gap is None else [number_of(gap.low), number_of(gap.estimate), number_of(gap.high)]
                    for gap in one.differences
                ],
                "budgets_kept": sum(one.fresh.kept),
                "beats": one.beats,
                "on_front": one.on_front,
            }
            for one in done.candidates
        ],
        "chosen": done.chosen,
        "said": sentence(done),
    }


def ticket_text(done: Tuned, name: str) -> str:
    """The chosen setting as the text of a ticket file."""
    stream = io.StringIO()
    yaml = YAML()
    yaml.width = 120
    yaml.dump(ticket_of(done, name), stream)
    return stream.getvalue()


# ---------------------------------------------------------------- picture


def tune_picture(done: Tuned) -> str:
    """The first two objectives against each other, as SVG: candidates with their intervals, the design as written, the choice."""
    title = f"{done.ground.design.expression} in {done.ground.scenario.name}, tuned"
    second = min(1, len(done.objectives) - 1)
    shown = [(done.base, _BASE, "as written")] + [
        (one.fresh, _CHOSEN if place == done.chosen else _OTHER, str(place + 1))
        for place, one in enumerate(done.candidates)
    ]
    shown = [one for one in shown if math.isfinite(one[0].mean(0)) and math.isfinite(one[0].mean(second))]
    across, up = _ends([one.mean(0) for one, *_ in shown]), _ends([one.mean(second) for one, *_ in shown])
    parts = [svg.text(20, 30, title, size=18, bold=True), svg.text(20, 54, sentence(done), fill=svg.GREY, size=13)]
    parts += _frame(done.objectives[0].metric, across, done.objectives[second].metric, up)
    for found, colour, name in shown:
        x, y = _x(found.mean(0), across), _y(found.mean(second), up)
        for place, ends in ((0, across), (second, up)):
            interval = found.interval(place)
            if interval is not None:
                parts.append(_whisker(interval, ends, x, y, colour, flat=place == 0))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"><title>{escape(name)}</title></circle>')
        parts.append(svg.text(x + 8, y - 7, name, fill=colour, size=12, bold=colour != _OTHER))
    below = _TOP + _HEIGHT + 60
    lines = [line for at, one in enumerate(done.candidates) if at == done.chosen for line in _settings(done, one)]
    parts += [svg.text(20, below + 18 * row, line, size=12) for row, line in enumerate(lines)]
    notes = caption(done).split("\n")[:1]
    parts += [
        svg.text(20, below + 18 * (len(lines) + row), note, fill=svg.GREY, size=12) for row, note in enumerate(notes)
    ]
    told = " ".join(f"{name}: {number(one.mean(0), 1)} and {number(one.mean(second), 1)}." for one, _, name in shown)
    return svg.picture(1000, below + 18 * (len(lines) + 2), title, f"{sentence(done)} {told}", parts)


def _settings(done: Tuned, one: Candidate) -> list[str]:
    return [f"{axis.name} = {value}" for axis, value in zip(done.axes, one.setting, strict=True)]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def _x(value: float, ends: tuple[float, float]) -> float:
    return _LEFT + _WIDTH * min(max((value - ends[0]) / (ends[1] - ends[0]), 0), 1)


def _y(value: float, ends: tuple[float, float]) -> float:
    return _TOP + _HEIGHT * (1 - min(max((value - ends[0]) / (ends[1] - ends[0]), 0), 1))


def _whisker(interval: Interval, ends: tuple[float, float], x: float, y: float, colour: str, *, flat: bool) -> str:
    if flat:
        left, right = (_x(value, ends) for value in (interval.low, interval.high))
        return f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
    top, bottom = (_y(value, ends) for value in (interval.high, interval.low))
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{colour}"/>'


def _frame(across: str, ends: tuple[float, float], up: str, heights: tuple[float, float]) -> list[str]:
    bottom = _TOP + _HEIGHT
    parts = [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#999999"/>',
        svg.text(_LEFT, _TOP - 14, up, size=12, bold=True),
        svg.text(_LEFT + _WIDTH, bottom + 38, across, anchor="end", size=12, bold=True),
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        wide, high = (low + share * (top - low) for low, top in (ends, heights))
        parts.append(svg.text(_LEFT + _WIDTH * share, bottom + 18, number(wide, 1), anchor="middle", size=11))
        parts.append(svg.text(_LEFT - 8, bottom - _HEIGHT * share + 4, number(high, 1), anchor="end", size=11))
    return parts
