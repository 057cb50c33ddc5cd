"""Pictures as options of ECharts: waterfalls, maps, points, bars; nothing here knows of streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventlive_sim.app.colours import BAD, DULL, GOOD, NARROW, ONE, OTHER

_PALE = 0.5
"""Probability above which a cell is so dark that its figures are white."""
_BESIDE = {"inside": False, "width": 260, "overflow": "truncate", "verticalAlign": "middle", "padding": 0}
_ABOVE = {"inside": True, "width": 300, "overflow": "truncate", "verticalAlign": "bottom", "padding": [0, 0, 6, 0]}
"""Names of bars beside them, and above them."""
# There long names would leave no room for the bars: they stand above them.
_ON_A_PHONE: list[dict[str, Any]] = [
    {
        "query": {"maxWidth": NARROW},
        "option": {
            "yAxis": {"axisLabel": _ABOVE, "axisLine": {"show": False}, "axisTick": {"show": False}, "z": 3},
            "series": [{"barWidth": 9}],
        },
    },
    {"option": {"yAxis": {"axisLabel": _BESIDE}, "series": [{"barWidth": None}]}},
]


def waterfall_option(names: Sequence[str], values: Sequence[float], unit: str) -> dict[str, Any]:
    """What is left after each change, one upon the other: the first and last whole, steps between, green where it falls."""
    names, values = [*names, "="], [*values, values[-1]]
    bars = []
    for place, value in enumerate(values):
        before = values[place - 1] if place else 0.0
        whole = place in {0, len(values) - 1}
        low, high = (0.0, value) if whole else sorted((before, value))
        colour = (OTHER if place else ONE) if whole else GOOD if value <= before else BAD
        bars.append((low, high - low, colour))
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%,.1f"},
        "grid": {"left": 62, "right": 16, "top": 34, "bottom": 70},
        "title": [{"text": unit, "left": 4, "top": 0, "textStyle": {"fontSize": 13, "fontWeight": "normal"}}],
        "xAxis": {"type": "category", "data": list(names), "axisLabel": {"rotate": 35, "interval": 0}},
        "yAxis": {"type": "value"},
        "series": [
            {
                "type": "bar",
                "stack": "all",
                "silent": True,
                "itemStyle": {"color": "transparent"},
                "tooltip": {"show": False},
                "data": [round(low, 3) for low, _, _ in bars],
            },
            {
                "type": "bar",
                "stack": "all",
                "name": unit,
                "data": [
                    {
                        "value": round(height, 3),
                        "itemStyle": {"color": colour},
                        "label": {"show": True, "position": "top", "formatter": _short(values[place])},
                    }
                    for place, (_, height, colour) in enumerate(bars)
                ],
            },
        ],
    }


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def map_option(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float]],
    labels: Sequence[Sequence[str]],
    told: str,
) -> dict[str, Any]:
    """Map of probabilities, rows down by columns, darker where it is likelier; each cell says its figures."""
    cells = [
        {
            "name": f"{rows[row]} · {columns[column]}",  # cells of one name would be selected together
            "value": [column, row, round(values[row][column], 3)],
            "label": {
                "formatter": labels[row][column],
                "color": "#ffffff" if values[row][column] > _PALE else "#1d2026",
            },
        }
        for row in range(len(rows))
        for column in range(len(columns))
    ]
    return {
        "animation": False,
        "tooltip": {"trigger": "item"},
        "grid": {"left": 110, "right": 20, "top": 16, "bottom": 84},
        "xAxis": {"type": "category", "data": list(columns)},
        "yAxis": {"type": "category", "data": list(rows), "inverse": True},
        "visualMap": {
            "min": 0,
            "max": 1,
            "orient": "horizontal",
            "left": "center",
            "bottom": 4,
            "text": [told, ""],
            "inRange": {"color": ["#f3e3d3", "#e8a27a", "#c1452d", "#7a1717"]},
        },
        "series": [
            {
                "type": "heatmap",
                "data": cells,
                "selectedMode": "single",
                "select": {"itemStyle": {"borderColor": ONE, "borderWidth": 3}},
                "label": {"show": True, "fontSize": 14, "lineHeight": 19},
                "itemStyle": {"borderColor": "#ffffff", "borderWidth": 3},
            }
        ],
    }


def points_option(points: Mapping[str, Sequence[tuple[float, float, str]]], across: str, up: str) -> dict[str, Any]:
    """Points by group: what was tried, load across and age up."""
    colours = (ONE, OTHER, DULL)
    symbols = ("circle", "diamond", "emptyCircle")
    return {
        "animation": False,
        "legend": {"top": 0, "data": list(points)},
        "tooltip": {"trigger": "item", "formatter": "{b}<br/>{c}"},
        "grid": {"left": 60, "right": 24, "top": 44, "bottom": 44},
        "xAxis": {"type": "value", "name": across, "nameLocation": "middle", "nameGap": 26, "min": 0},
        "yAxis": {"type": "value", "name": up, "min": 0, "nameTextStyle": {"align": "left"}},
        "series": [
            {
                "type": "scatter",
                "name": name,
                "color": colours[number % 3],
                "symbol": symbols[number % 3],
                "symbolSize": 13,
                "data": [{"value": [round(x, 2), round(y, 2)], "name": label} for x, y, label in found],
            }
            for number, (name, found) in enumerate(points.items())
        ],
    }


def bars_option(names: Sequence[str], shares: Sequence[float], limit: str) -> dict[str, Any]:
    """Horizontal bars of shares of a limit: red beyond it, which a line marks."""
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "percent"},
        "grid": {"left": 8, "right": 40, "top": 26, "bottom": 24, "containLabel": True},
        "xAxis": {
            "type": "value",
            "max": round(max(1.15, 1.05 * max(shares, default=0.0)), 2),
            "axisLabel": {"showMaxLabel": False},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": list(names),
            "axisLabel": _BESIDE,
        },
        "media": _ON_A_PHONE,
        "series": [
            {
                "type": "bar",
                "data": [
                    {"value": round(share, 4), "itemStyle": {"color": BAD if share > 1 else GOOD}} for share in shares
                ],
                "markLine": {
                    "silent": True,
                    "symbol": "none",
                    "lineStyle": {"color": DULL, "type": "dashed"},
                    "label": {"formatter": limit, "position": "start"},
                    "data": [{"xAxis": 1}],
                },
            }
        ],
    }
