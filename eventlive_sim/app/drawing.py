"""What pages draw alike: the timeline of two designs with its windows, faults and budgets, and what it says in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from eventlive_sim.app.charts import Band, Course, Panel, Words, timeline_height, timeline_option
from eventlive_sim.app.live import Ground
from eventlive_sim.app.shell import number, t
from eventlive_sim.app.views import Replica
from eventlive_sim.study.budgets import Budget
from eventlive_sim.study.timeline import marks_of
from eventlive_sim.units import NS_PER_S

_STEPPED = ("breakers", "degrade")


def words() -> Words:
    """Words of pictures in the visitor's language."""
    return Words(t("app.budget"), t("app.minutes"), t("series.calls"))


def ink() -> str:
    """Colour of labels that stand out from the ground of the visitor's theme."""
    return "#e8eaee" if st.context.theme.type == "dark" else "#1d2026"


def chart(option: dict[str, Any], *, height: int, key: str, alt: str, on_select: bool = False) -> Any:
    """Picture with its text alternative; axes and legends in an ink that can be read on the visitor's ground."""
    for name in ("xAxis", "yAxis"):
        axes = option.get(name, [])
        for axis in axes if isinstance(axes, list) else [axes]:
            axis["axisLabel"] = {"color": ink(), **axis.get("axisLabel", {})}
            axis["nameTextStyle"] = {"color": ink(), **axis.get("nameTextStyle", {})}
    for name in ("legend", "visualMap"):
        if name in option:
            option[name]["textStyle"] = {"color": ink()}
    for series in option.get("series", []):
        for name in ("markArea", "markLine"):
            if name in series:
                # Without a colour of its own a label gets an outline, which smears small letters.
                series[name]["label"] = {"color": ink(), **series[name].get("label", {})}
    return st.echarts_chart(option, height=height, key=key, alt=alt, on_select="rerun" if on_select else "ignore")


def timeline(key: str, shown: dict[str, tuple[Ground, Replica]], panels: Sequence[str], alt: str) -> None:
    """Linked courses in time of one design or two; panels that no design has are left out."""
    course = course_of(shown, panels)
    chart(timeline_option(course), height=timeline_height(course), key=key, alt=alt)


def course_of(shown: dict[str, tuple[Ground, Replica]], panels: Sequence[str]) -> Course:
    """Course of designs by name; the windows and faults are those of the first one's scenario."""
    ground, replica = next(iter(shown.values()))
    world = ground.scenario.scenario
    budgets = [budget for _, (one, _) in shown.items() for budget in one.budgets]
    found = []
    for name in panels:
        lines = {said: one.series[name] for said, (_, one) in shown.items() if name in one.series}
        if lines and (name not in _STEPPED or any(values.any() for values in lines.values())):
            found.append(Panel(t(f"series.{name}"), lines, _limit(name, budgets), name in _STEPPED))
    bands = [Band(name, start / NS_PER_S, end / NS_PER_S) for name, (start, end) in world.windows.items()]
    bands += [Band(mark.name, mark.begins_s, mark.ends_s, bad=True) for mark in marks_of(world)]
    return Course(replica.time_s, found, bands, words())


def _limit(panel: str, budgets: Sequence[Budget]) -> float | None:
    """Limit of a budget on what a panel shows: a rate of all database queries, or of all errors among them."""
    if panel != "queries":
        return None
    for budget in budgets:
        asked = budget.selector.metric == "queries" and budget.threshold.aggregate == "rate"
        tags = {key: value for key, value in budget.selector.tags.items() if key != "window"}
        if asked and tags in ({}, {"service": "rest"}):
            return float(budget.threshold.limit)
    return None


def told(name: str, replica: Replica) -> str:
    """Peak and mean of database queries in words."""
    queries = replica.series["queries"]
    peak, mean = number(float(queries.max()), 1), number(float(queries.mean()), 2)
    return f"{name}: {t('series.peak_mean', peak=peak, mean=mean)}"
