"""The timeline: stacked grids that share their time, one line a design."""

from __future__ import annotations

from typing import Any

import pandas as pd

HEIGHT = 640
_TOP, _GRID, _GAP = 56, 100, 36
_COLOURS = ("#d55e00", "#0072b2")
"""Vermilion and blue of Okabe and Ito: told apart by everybody."""


def timeline_option(frame: pd.DataFrame, windows: tuple[tuple[str, float, float], ...]) -> dict[str, Any]:
    """Option of ECharts: a grid a series, the cursor and the zoom linked, windows as bands."""
    titles = list(dict.fromkeys(column.split(" · ")[0] for column in frame.columns if column != "time_s"))
    names = list(dict.fromkeys(column.split(" · ")[1] for column in frame.columns if column != "time_s"))
    tops = [_TOP + place * (_GRID + _GAP) for place in range(len(titles))]
    minutes = [round(value / 60, 3) for value in frame["time_s"]]
    return {
        "animation": False,
        "legend": {"top": 0, "data": names},
        "tooltip": {"trigger": "axis"},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "dataZoom": [{"type": "slider", "xAxisIndex": list(range(len(titles))), "bottom": 4, "height": 18}],
        "title": [
            {"text": title, "top": top - 22, "left": 8, "textStyle": {"fontSize": 12, "fontWeight": "normal"}}
            for title, top in zip(titles, tops, strict=True)
        ],
        "grid": [{"top": top, "height": _GRID, "left": 64, "right": 24} for top in tops],
        "xAxis": [
            {
                "type": "value",
                "gridIndex": place,
                "min": 0,
                "max": max(minutes, default=1),
                "name": "min" if place == len(titles) - 1 else "",
                "axisLabel": {"show": place == len(titles) - 1},
            }
            for place in range(len(titles))
        ],
        "yAxis": [{"type": "value", "gridIndex": place, "splitNumber": 3} for place in range(len(titles))],
        "series": [
            _line(frame, minutes, place, title, name, _COLOURS[number], windows if number == 0 else ())
            for place, title in enumerate(titles)
            for number, name in enumerate(names)
        ],
    }


def _line(
    frame: pd.DataFrame,
    minutes: list[float],
    place: int,
    title: str,
    name: str,
    colour: str,
    windows: tuple[tuple[str, float, float], ...],
) -> dict[str, Any]:
    values = frame[f"{title} · {name}"].round(5).tolist()
    bands = [
        [{"name": window if place == 0 else "", "xAxis": start / 60}, {"xAxis": end / 60}]
        for number, (window, start, end) in enumerate(windows)
        if number % 2 == 0
    ]
    return {
        "name": name,
        "type": "line",
        "xAxisIndex": place,
        "yAxisIndex": place,
        "showSymbol": False,
        "color": colour,
        "lineStyle": {"width": 1.5},
        "data": [[time, value] for time, value in zip(minutes, values, strict=True)],
        "markArea": {
            "silent": True,
            "label": {"position": "insideTop"},
            "itemStyle": {"color": "rgba(128,128,128,0.14)"},
            "data": bands,
        },
    }
