"""Storms for people and programs: the map as a table, as a document, and as a picture."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.report.document import digest_of, number_of
from eventlive_sim.report.svg import GREY, ink, picture, shade, text
from eventlive_sim.report.tables import number
from eventlive_sim.study.storm import NO_TRIGGER, Cell, Storm, rows_of

STORM_SCHEMA = "eventlive-storm/1"

_NEVER = "never"
_LEFT, _TOP, _WIDTH, _HEIGHT, _LINE = 130, 96, 150, 84, 18
"""Of the picture: margins, cells, lines of text [px]."""
_MANY_NOT = 0.05
"""Share without recovery, though nothing happened, from which the measure itself is in doubt."""


def storm_tables(done: Storm) -> tuple[Table, ...]:
    """The map, a row for each size, and hidden capacities by formula."""
    title = f"{done.design.expression} in {done.scenario.name}: P(metastable) [95 % interval], median recovery"
    table = Table(
        title=Text(title), title_justify="left", caption=Text(caption(done)), caption_justify="left", show_lines=True
    )
    table.add_column(Text(f"{done.trigger.name}: {done.trigger.field}"))
    for lasts in done.durations:
        table.add_column(Text(lasts), justify="right")
    for size, cells in rows_of(done):
        table.add_row(Text(size), *(Text("\n".join(_lines(cell))) for cell in cells))
    return (table, _hidden_table(done)) if done.hidden else (table,)


def caption(done: Storm) -> str:
    """What was run, and what the measure says when nothing happens."""
    said = (
        f"seed {done.seed}, {done.replications} replications in each cell under the same seeds\n"
        f"{NO_TRIGGER}: the same measure, when nothing has happened; so much is chance"
    )
    if any(cell.metastable > _MANY_NOT * done.replications for cell in done.quiet):
        said += "\nthe goodput varies too much for this measure, or falls by itself: let more people come"
    return said


def duration(time_s: float) -> str:
    """Text of a time to recovery."""
    return _NEVER if math.isinf(time_s) else f"{time_s:.0f} s"


def _lines(cell: Cell) -> tuple[str, str, str]:
    chance = cell.probability
    return f"{chance.estimate:.2f}", f"[{chance.low:.2f}, {chance.high:.2f}]", duration(cell.median_s)


def _hidden_table(done: Storm) -> Table:
    said = "by formula, in calls a second of all loops without a condition; above C_stable a trigger may not pass"
    table = Table(
        title="Hidden capacity: C_stable = C_norm / amplification",
        title_justify="left",
        caption=Text(said),
        caption_justify="left",
    )
    table.add_column("part")
    for heading in ("load", "C_norm", "amplification", "C_stable"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in done.hidden:
        figures = (one.load, one.capacity, one.amplification, one.stable)
        table.add_row(Text(one.part), *(number(value, 1) for value in figures), one.standing)
    return table


# ---------------------------------------------------------------- JSON


def storm_document(done: Storm) -> dict[str, Any]:
    """Document of a storm: the trigger, each cell with its times, and hidden capacities."""
    return {
        "schema": STORM_SCHEMA,
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
        "trigger": {"name": done.trigger.name, "kind": done.trigger.kind, "size_is": done.trigger.field},
        "seed": done.seed,
        "replications": done.replications,
        "cells": [_cell(cell) for cell in done.cells],
        "without_the_trigger": [_cell(cell) for cell in done.quiet],
        "hidden_capacity": [
            {
                "part": one.part,
                "load_per_s": number_of(one.load),
                "c_norm_per_s": number_of(one.capacity),
                "amplification": number_of(one.amplification),
                "c_stable_per_s": number_of(one.stable),
                "standing": one.standing,
            }
            for one in done.hidden
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    chance = cell.probability
    return {
        "size": cell.size,
        "lasts": cell.lasts,
        "metastable": cell.metastable,
        "probability": chance.estimate,
        "interval_95": [chance.low, chance.high],
        "median_recovery_s": number_of(cell.median_s),
        "recovery_s": [number_of(time) for time in cell.times],
    }


# ---------------------------------------------------------------- picture


def storm_picture(done: Storm) -> str:
    """The map as SVG: sizes down, lengths across, darker where recovery is less likely; every figure stands in it."""
    rows, columns = len(done.sizes) + 1, len(done.durations)
    notes = [*caption(done).split("\n"), *_hidden_lines(done)]
    width = max(_LEFT + columns * _WIDTH + 30, 760)
    height = _TOP + rows * _HEIGHT + 40 + _LINE * len(notes)
    title = f"{done.design.expression} in {done.scenario.name}"
    parts = [
        text(20, 30, title, size=18, bold=True),
        text(20, 52, "P(metastable) with its 95 % interval, and the median time to recovery", fill=GREY),
        text(_LEFT, 82, f"how long {done.trigger.name} lasts", fill=GREY),
        text(20, 82, done.trigger.field, fill=GREY),
    ]
    for column, lasts in enumerate(done.durations):
        centre = _LEFT + (column + 0.5) * _WIDTH
        parts.append(text(centre, _TOP + rows * _HEIGHT + 20, lasts, anchor="middle", bold=True))
    for row, (size, cells) in enumerate(rows_of(done)):
        top = _TOP + row * _HEIGHT
        parts.append(text(20, top + _HEIGHT / 2 + 5, size, bold=True))
        parts += [_square(cell, _LEFT + column * _WIDTH, top) for column, cell in enumerate(cells)]
    first = _TOP + rows * _HEIGHT + 48
    parts += [text(20, first + line * _LINE, note, fill=GREY, size=12) for line, note in enumerate(notes)]
    return picture(width, height, f"{title}: probability of no recovery", _told(done), parts)


def _hidden_lines(done: Storm) -> list[str]:
    return [
        f"{one.part}: load {one.load:.1f}/s, C_stable = {one.capacity:.1f} / {one.amplification:.2f} = {one.stable:.1f}/s: "
        f"{one.standing}"
        for one in done.hidden
    ]


def _told(done: Storm) -> str:
    """The map in sentences, for those who do not see it."""
    return " ".join(
        f"{size if size == NO_TRIGGER else f'{done.trigger.field} {size}'} for {cell.lasts}: "
        f"{cell.metastable} of {len(cell.times)} do not recover, median {duration(cell.median_s)}."
        for size, cells in rows_of(done)
        for cell in cells
    )


def _square(cell: Cell, left: float, top: float) -> str:
    share = cell.probability.estimate
    square = f'<rect x="{left}" y="{top}" width="{_WIDTH - 3}" height="{_HEIGHT - 3}" rx="4" fill="{shade(share)}" stroke="#999999"/>'
    middle = left + (_WIDTH - 3) / 2
    sizes, steps = (18, 12, 13), (28, 48, 68)
    lines = [
        text(middle, top + step, line, anchor="middle", fill=ink(share), size=size, bold=size == max(sizes))
        for line, size, step in zip(_lines(cell), sizes, steps, strict=True)
    ]
    return "\n".join([square, *lines])
