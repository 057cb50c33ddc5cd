"""Clouds: what a hypercube of settings comes to, a metric over each knob, a dot a point."""

from __future__ import annotations

import math

from eventlive_sim.report import svg
from eventlive_sim.report.tables import number
from eventlive_sim.study.sweep import Sweep
from eventlive_sim.units import duration_ns

_LEFT, _WIDTH, _HEIGHT, _GAP = 90, 230, 180, 26


def clouds(done: Sweep, metric: int, top: float) -> tuple[list[str], float, float]:
    """Row of panels, one a knob, with the metric on the same axis in all; and what room they take [px]."""
    values = [point.mean(metric) for point in done.points]
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    first = top + 44
    parts = [svg.text(20, top + 20, done.metrics[metric], bold=True)]
    parts += [
        svg.text(_LEFT - 8, first + at, number(value, 1), anchor="end", size=11)
        for at, value in ((10, high), (_HEIGHT, low))
    ]
    for place, knob in enumerate(done.knobs):
        left = _LEFT + place * (_WIDTH + _GAP)
        settings = [point.setting[place] for point in done.points]
        across = positions(settings)
        least, most = min(across), max(across)
        parts.append(
            f'<rect x="{left}" y="{first:g}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#999999"/>'
        )
        for at, value in zip(across, values, strict=True):
            if math.isfinite(value):
                x = left + 8 + (_WIDTH - 16) * ((at - least) / (most - least) if most > least else 0.5)
                y = first + 8 + (_HEIGHT - 16) * (1 - ((value - low) / (high - low) if high > low else 0.5))
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#991b1b" fill-opacity="0.6"/>')
        ends = settings[across.index(least)], settings[across.index(most)]
        parts.append(svg.text(left, first + _HEIGHT + 16, ends[0], size=11))
        parts.append(svg.text(left + _WIDTH, first + _HEIGHT + 16, ends[1], anchor="end", size=11))
        parts.append(svg.text(left, first + _HEIGHT + 32, _end_of(knob.path), size=11, bold=True))
    return parts, _LEFT + len(done.knobs) * (_WIDTH + _GAP) + 20, _HEIGHT + 100


def positions(settings: list[str]) -> list[float]:
    """Where values lie on an axis: durations and numbers by their size, words by their order.

    Examples
    --------
    >>> positions(["2s", "500ms"]), positions(["3", "1.5"]), positions(["b", "a", "b"])
    ([2.0, 0.5], [3.0, 1.5], [0.0, 1.0, 0.0])
    """
    for read in (lambda text: duration_ns(text) / 1e9, float):
        try:
            return [read(text) for text in settings]
        except ValueError:
            continue
    order = list(dict.fromkeys(settings))
    return [float(order.index(text)) for text in settings]


def _end_of(path: str) -> str:
    """End of a path, which tells most."""
    return path if len(path) <= 36 else f"...{path[-33:]}"
