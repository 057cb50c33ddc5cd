"""Pictures as options of ECharts: linked courses in time, and flows; nothing here knows of streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from eventlive_sim.app.colours import BAD, DULL, GOOD, NARROW, ONE, OTHER
from eventlive_sim.app.views import Floats, Flow

_TOP, _GRID, _GAP = 62, 96, 44
_LABEL_HEIGHT, _LETTER = 13, 0.02
"""Height of a band's name [px], and how wide a letter of it is at most, as a part of the picture."""
_LINES = ("solid", "dashed")
_STEPS = 2
"""Where in the flows the steps stand."""
_LEAST_SHARE = 0.012
"""Of all queries: a step with fewer has no node of its own."""
# On a phone there is no room for the names of steps: a touch tells them.
_WITHOUT_STEPS: list[dict[str, Any]] = [
    {
        "query": {"maxWidth": NARROW},
        "option": {"series": [{"right": 62, "levels": [{"depth": _STEPS, "label": {"show": False}}]}]},
    }
]


@dataclass(frozen=True)
class Panel:
    """A quantity over time: its title with its unit, a line a design, and the limit that a budget sets."""

    title: str
    lines: dict[str, Floats]
    limit: float | None = None
    stepped: bool = False


@dataclass(frozen=True)
class Band:
    """An interval of time with a name [s]."""

    name: str
    start_s: float
    end_s: float
    bad: bool = False


@dataclass(frozen=True)
class Words:
    """What a picture says besides names."""

    budget: str = "budget"
    minutes: str = "min"
    calls: str = "calls"
    queries: str = "queries"
    answered: str = "answered"


@dataclass(frozen=True)
class Course:
    """All of a timeline."""

    time_s: Floats
    panels: Sequence[Panel]
    bands: Sequence[Band] = ()
    words: Words = field(default_factory=Words)


def timeline_height(course: Course) -> int:
    """Height of a timeline [px]."""
    return _TOP + len(course.panels) * (_GRID + _GAP) + 32


def timeline_option(course: Course) -> dict[str, Any]:
    """Stacked grids that share their time: cursor and zoom are linked, windows are bands, budgets dashed lines."""
    panels, words = course.panels, course.words
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    tops = [_TOP + place * (_GRID + _GAP) for place in range(len(panels))]
    every = list(range(len(panels)))
    frame = {"min": np.round(course.time_s / 60, 3)}
    for place, panel in enumerate(panels):
        for name, values in panel.lines.items():
            frame[f"{place} {name}"] = np.round(values, 3)
    last = float(frame["min"][-1]) if len(frame["min"]) else 1.0
    colours = dict(zip(names, (ONE, OTHER, GOOD, DULL), strict=False))
    return {
        "animation": False,
        "legend": {"top": 0, "left": "left", "data": names},
        "tooltip": {"trigger": "axis", "valueFormatter": "%,.2f"},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "dataZoom": [{"type": "slider", "xAxisIndex": every, "bottom": 10, "height": 16, "showDetail": False}],
        "dataset": [{"source": pd.DataFrame(frame)}],
        "title": [
            {"text": panel.title, "top": top - 24, "left": 4, "textStyle": {"fontSize": 13, "fontWeight": "normal"}}
            for panel, top in zip(panels, tops, strict=True)
        ],
        "grid": [{"top": top, "height": _GRID, "left": 52, "right": 18} for top in tops],
        "xAxis": [
            {
                "type": "value",
                "gridIndex": place,
                "min": 0,
                "max": last,
                "name": words.minutes if place == every[-1] else "",
                "nameLocation": "end",
                "nameGap": 2,
                "splitLine": {"show": False},
                "axisLabel": {"show": place == every[-1], "showMaxLabel": False},
            }
            for place in every
        ],
        "yAxis": [{"type": "value", "gridIndex": place, "splitNumber": 3, "min": 0} for place in every],
        "series": [
            _line(course, place, panel, name, number, colours[name])
            for place, panel in enumerate(panels)
            for number, name in enumerate(panel.lines)
        ],
    }


def _band(band: Band, row: int) -> list[dict[str, Any]]:
    shade = {"color": BAD if band.bad else DULL, "opacity": 0.22 if band.bad else 0.1}
    label = {"distance": 4 + _LABEL_HEIGHT * row}
    return [
        {"name": band.name, "xAxis": band.start_s / 60, "itemStyle": shade, "label": label},
        {"xAxis": band.end_s / 60},
    ]


def _rows(course: Course) -> list[int]:
    """For each band the row of its name, so that no name stands upon another."""
    span = float(course.time_s[-1]) if len(course.time_s) else 1.0
    taken: list[list[tuple[float, float]]] = []
    rows = []
    for band in course.bands:
        middle, half = (band.start_s + band.end_s) / 2 / span, len(band.name) * _LETTER / 2 + _LETTER
        low, high = middle - half, middle + half
        row = next(
            (row for row, names in enumerate(taken) if all(high < one or low > other for one, other in names)),
            len(taken),
        )
        if row == len(taken):
            taken.append([])
        taken[row].append((low, high))
        rows.append(row)
    return rows


def _line(course: Course, place: int, panel: Panel, name: str, number: int, colour: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "type": "line",
        "name": name,
        "xAxisIndex": place,
        "yAxisIndex": place,
        "encode": {"x": "min", "y": f"{place} {name}"},
        "showSymbol": False,
        "color": colour,
        "lineStyle": {"width": 1.8, "type": _LINES[number % 2]},
        "step": "end" if panel.stepped else False,
    }
    if number == 0:
        line["markArea"] = {
            "silent": True,
            "label": {"show": place == 0, "position": "insideTop", "fontSize": 11},
            "data": [_band(band, row) for band, row in zip(course.bands, _rows(course), strict=True)],
        }
    if panel.limit is not None and number == 0:
        line["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": BAD, "type": "dotted", "width": 2},
            "label": {"formatter": f"{course.words.budget} {panel.limit:g}", "position": "insideEndTop"},
            "data": [{"yAxis": panel.limit}],
        }
    return line


# ---------------------------------------------------------------- flows


def sankey_option(
    calls: dict[str, int], flows: Sequence[Flow], minutes: float, words: Words, ink: str
) -> dict[str, Any]:
    """From call to step to service to status: thin where calls come in, thick where they leave as queries [1/min]."""
    nodes: dict[str, dict[str, Any]] = {}
    links: dict[tuple[str, str], float] = {}

    def link(source: str, target: str, count: float) -> None:
        links[source, target] = links.get((source, target), 0.0) + count / minutes

    made = {flow.endpoint for flow in flows}
    least = _LEAST_SHARE * sum(flow.count for flow in flows)
    for endpoint in (name for name in calls if name in made and calls[name]):
        link(words.calls, endpoint, calls[endpoint])
        nodes[endpoint] = {"name": endpoint, "itemStyle": {"color": DULL}}
    nodes = {words.calls: {"name": words.calls, "itemStyle": {"color": DULL}}, **nodes}
    for flow in flows:
        if flow.endpoint not in nodes:
            continue
        wrong = flow.status[:1] in "45"
        small = not wrong and flow.count < least  # steps too thin to be told apart are drawn as one
        step = f"{flow.endpoint} · {'…' if small else flow.step}"
        status = f"{flow.service} {flow.status}"
        link(flow.endpoint, step, flow.count)
        link(step, status, flow.count)
        known = nodes.setdefault(step, {"name": step, "itemStyle": {"color": OTHER}})
        if wrong:
            known["itemStyle"] = {"color": BAD}
        nodes[status] = {"name": status, "itemStyle": {"color": BAD if wrong else GOOD}}
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "valueFormatter": "%,.0f"},
        "series": [
            {
                "type": "sankey",
                "left": 4,
                "right": 130,
                "top": 8,
                "bottom": 8,
                "nodeGap": 7,
                "nodeWidth": 14,
                "layoutIterations": 24,
                "draggable": False,
                "label": {"fontSize": 11, "color": ink},
                "labelLayout": {"hideOverlap": True},
                "lineStyle": {"color": "source", "opacity": 0.35},
                "data": list(nodes.values()),
                "links": [
                    {"source": source, "target": target, "value": round(value, 2)}
                    for (source, target), value in links.items()
                ],
            }
        ],
        "media": _WITHOUT_STEPS,
    }
