"""Storms: which sizes and lengths of a trigger a design gets over; click a cell to see that event."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from eventlive_sim.app import drawing, jobs_ui
from eventlive_sim.app.bars import map_option
from eventlive_sim.app.live import ground_of, scenario_of
from eventlive_sim.app.setting import command, named, options
from eventlive_sim.app.shell import (
    Card,
    cards,
    first_of,
    grounds,
    names,
    number,
    part_name,
    plain,
    produced,
    setting,
    t,
    verdict,
)
from eventlive_sim.app.store import Kept
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import scenario_names
from eventlive_sim.study.storm import trigger_of

_PANELS = ("queries", "goodput", "cpu", "wait", "breakers", "degrade")
_REPLICATIONS = 10
_SIZES = {"share": "0.25, 0.5, 1", "speed": "0.5, 0.2, 0.05", "delay": "500ms, 2s, 10s", "factor": "1.5, 2, 4"}
_DURATIONS = "30s, 1m, 2m"


def page() -> None:
    """Draw the page."""
    top = st.container()
    params = _controls()
    if params is None:
        with top:
            verdict(t("storms.verdict_ask", design=setting().other))
        return
    kept = jobs_ui.result("storm", params)
    if kept is None:
        with top:
            verdict(t("storms.verdict_ask", design=params["design"]))
        _as_set()
        return
    with top, jobs_ui.shown_as_it_is(kept):
        _shown(kept)


def _controls() -> dict[str, Any] | None:
    now = setting()
    world = scenario_of(now.scenario, now.world)
    triggers = [*world.scenario.faults, *world.scenario.disturbances]
    if not triggers:
        having = [
            name
            for name in scenario_names()
            if scenario_of(name).scenario.faults or scenario_of(name).scenario.disturbances
        ]
        st.info(plain(t("storms.no_trigger", names=", ".join(having))))
        return None
    one, two, three, four = st.columns(4)
    which = one.selectbox(t("storms.design"), [now.one, now.other], index=0, key="storm_design")
    name = two.selectbox(t("storms.trigger"), triggers, key="storm_trigger")
    trigger = trigger_of(world, name)
    sizes = three.text_input(
        plain(t("storms.sizes", field=trigger.field)),
        _SIZES.get(trigger.field, trigger.size),
        key=f"storm_sizes_{trigger.name}",
    )
    lasts = four.text_input(t("storms.durations"), _DURATIONS, key="storm_durations")
    sets = now.sets if which == now.other else ()
    params = {
        "design": which,
        "sets": list(sets),
        "scenario": now.scenario,
        "world": list(now.world),
        "fault": name,
        "durations": [part.strip() for part in lasts.split(",") if part.strip()][:6],
        "sizes": [part.strip() for part in sizes.split(",") if part.strip()][:6],
        "seed": now.seed,
        "replications": _REPLICATIONS,
    }
    jobs_ui.buttons("storm", params)
    return params


def _as_set() -> None:
    """One event of both designs as the scenario has it, while there is no map."""
    both = dict(zip(names(*grounds()), grounds(), strict=True))
    found = {name: (ground, first_of(ground)) for name, ground in both.items()}
    st.header(t("storms.as_set"), anchor=False)
    said = "; ".join(drawing.told(name, replica) for name, (_, replica) in found.items())
    drawing.timeline("storm_as_set", found, _PANELS, f"{t('series.queries')}: {said}")
    events = sum(replica.events for _, replica in found.values())
    produced(t("app.once", seed=setting().seed, events=f"{events:,}"), command(setting(), 1))


# ---------------------------------------------------------------- the map


def _shown(kept: Kept) -> None:
    document, params = kept.document, kept.params
    cells, quiet = document["cells"], document["without_the_trigger"]
    name = f"{document['trigger']['name']} ({document['trigger']['size_is']})"
    worst = max(cells, key=lambda cell: (cell["probability"], -1 if cell["median_recovery_s"] is None else 0))
    if worst["probability"] == 0:
        verdict(t("storms.verdict_none", design=document["design"]["expression"], trigger=name))
    else:
        verdict(
            t(
                "storms.verdict_some",
                design=document["design"]["expression"],
                trigger=name,
                worst=f"{worst['probability']:.0%}",
                size=worst["size"],
                lasts=worst["lasts"],
            )
        )
    down = sum(cell["probability"] > 0 for cell in cells)
    cards(
        [
            Card(t("storms.cells"), f"{down} / {len(cells)}"),
            Card(t("storms.worst"), f"{worst['probability']:.0%}", f"{worst['size']}, {worst['lasts']}"),
            Card(t("storms.median"), _time(max((_seconds(cell) for cell in cells), default=0.0))),
            Card(t("storms.chance"), f"{max((cell['probability'] for cell in quiet), default=0):.0%}"),
        ]
    )
    sizes, lasts = (list(dict.fromkeys(cell[key] for cell in cells)) for key in ("size", "lasts"))
    chosen = _map(sizes, lasts, cells, quiet)
    jobs_ui.made_by(kept, t("storms.how", n=document["replications"], seed=document["seed"]))
    _event(document, params, sizes, lasts, chosen)
    _hidden(document)
    jobs_ui.footer(kept)


def _seconds(cell: dict[str, Any]) -> float:
    value = cell["median_recovery_s"]
    return math.inf if value is None else float(value)


def _time(seconds: float) -> str:
    return t("storms.never") if math.isinf(seconds) else f"{number(seconds)} s"


def _map(
    sizes: list[str], lasts: list[str], cells: list[dict[str, Any]], quiet: list[dict[str, Any]]
) -> tuple[str, str] | None:
    found = {(cell["size"], cell["lasts"]): cell["probability"] for cell in cells}
    rows = [[found[size, last] for last in lasts] for size in sizes] + [[cell["probability"] for cell in quiet]]
    said_of = {(cell["size"], cell["lasts"]): _cell_text(cell) for cell in cells}
    labels = [[said_of[size, last] for last in lasts] for size in sizes] + [[_cell_text(cell) for cell in quiet]]
    said = "; ".join(
        f"{cell['size']}, {cell['lasts']}: {cell['probability']:.0%}, {_time(_seconds(cell))}" for cell in cells
    )
    event = drawing.chart(
        map_option([*sizes, t("storms.quiet")], lasts, rows, labels, t("storms.unlikely")),
        height=150 + 62 * len(rows),
        key="storm_map",
        alt=t("storms.map_alt", cells=said),
        on_select=True,
    )
    return _clicked(event, sizes, lasts)


def _cell_text(cell: dict[str, Any]) -> str:
    """What stands in a cell: how likely it stays down, and when half of the events are back."""
    return f"{cell['probability']:.0%}\n{_time(_seconds(cell))}"


def _clicked(event: Any, sizes: list[str], lasts: list[str]) -> tuple[str, str] | None:
    """Cell that was clicked, if it is one with a trigger; cells are numbered row by row."""
    selected = event["selection"]["selected"] if event else []
    for cell in (cell for series in selected for cell in series["data_indices"]):
        row, column = divmod(int(cell), len(lasts))
        if row < len(sizes):
            return sizes[row], lasts[column]
    return None


def _event(
    document: dict[str, Any],
    params: dict[str, Any],
    sizes: list[str],
    lasts: list[str],
    clicked: tuple[str, str] | None,
) -> None:
    """One event of a cell, simulated now."""
    labels = {f"{size} · {last}": (size, last) for size in sizes for last in lasts}
    if clicked is not None and st.session_state.get("storm_clicked") != clicked:
        st.session_state["storm_clicked"] = clicked
        st.session_state["storm_cell"] = f"{clicked[0]} · {clicked[1]}"
    st.caption(t("storms.click"))
    label = st.selectbox(t("storms.cell"), list(labels), index=len(labels) - 1, key="storm_cell")
    size, last = labels[label]
    trigger = document["trigger"]
    path = f"{trigger['kind']}.{trigger['name']}"
    world = (*params["world"], f"{path}.{trigger['size_is']}={size}", f"{path}.lasts={last}")
    st.header(plain(t("storms.event", trigger=trigger["name"], size=size, lasts=last)), anchor=False)
    try:
        ground = ground_of(params["design"], tuple(params["sets"]), params["scenario"], world)
        replica = first_of(ground)
    except EventLiveError as error:
        st.error(t("app.cannot"))
        st.text(str(error)[:1000])
        return
    said = drawing.told(params["design"], replica)
    drawing.timeline("storm_event", {params["design"]: (ground, replica)}, _PANELS, said)
    produced(
        t("app.once", seed=setting().seed, events=f"{replica.events:,}"),
        f"eventlive-sim run {named(params['design'])} {named(params['scenario'])}"
        f"{options([*world, *params['sets']])} --seed {setting().seed} --replications 1",
    )


def _hidden(document: dict[str, Any]) -> None:
    rows = document["hidden_capacity"]
    if rows:
        st.subheader(t("storms.hidden"), anchor=False)
        frame = pd.DataFrame(
            {
                t("storms.hidden_part"): [part_name(row["part"]) for row in rows],
                t("storms.hidden_load"): [round(row["load_per_s"], 2) for row in rows],
                t("storms.hidden_norm"): [round(row["c_norm_per_s"], 1) for row in rows],
                t("storms.hidden_amplification"): [round(row["amplification"], 2) for row in rows],
                t("storms.hidden_stable"): [round(row["c_stable_per_s"], 1) for row in rows],
                t("storms.hidden_standing"): [row["standing"] for row in rows],
            }
        )
        st.dataframe(frame, hide_index=True, key="storm_hidden", width="stretch")
        st.caption(t("app.by_formula"))
