"""Planner: tonight's events to GO, TUNE or NO-GO, with the one change that turns each, and a run-sheet."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from eventlive_sim.app import drawing, jobs_ui
from eventlive_sim.app.bars import bars_option
from eventlive_sim.app.live import design_of
from eventlive_sim.app.planning import AS_DESIGNED, EVENTS_MOST, ahead, clock, plans_of, run_sheet
from eventlive_sim.app.setting import LOOKS
from eventlive_sim.app.shell import Card, cards, number, part_name, setting, t, verdict
from eventlive_sim.app.store import Kept
from eventlive_sim.app.words import say

_COLUMNS = ("name", "start", "people", "join_min", "minutes", "admins", "plan")
_FIRST: dict[str, list[Any]] = {
    "name": ["A", "B"],
    "start": ["19:00", "19:30"],
    "people": [1000, 300],
    "join_min": [2.0, 5.0],
    "minutes": [60, 60],
    "admins": [4, 2],
    "plan": [AS_DESIGNED, AS_DESIGNED],
}


def page() -> None:
    """Draw the page."""
    top = st.container()
    params = _table()
    kept = jobs_ui.result("plan", params)
    with top:
        if kept is None:
            verdict(t("planner.verdict_ask", design=setting().other))
            _ahead(params)
        else:
            with jobs_ui.shown_as_it_is(kept):
                _shown(kept)


def _table() -> dict[str, Any]:
    now = setting()
    design = design_of(now.other, now.sets)
    st.header(t("planner.table"), anchor=False)
    source = st.session_state.setdefault("planner_rows", pd.DataFrame(_FIRST))
    config: dict[str, Any] = {
        "name": st.column_config.TextColumn(t("planner.name"), max_chars=60, required=True),
        "start": st.column_config.TextColumn(t("planner.start"), validate=r"^\d{1,2}:\d{2}$", required=True),
        "people": st.column_config.NumberColumn(t("planner.people"), min_value=1, max_value=100_000, required=True),
        "join_min": st.column_config.NumberColumn(t("planner.join_min"), min_value=0.1, max_value=240, required=True),
        "minutes": st.column_config.NumberColumn(t("planner.minutes"), min_value=5, max_value=480, required=True),
        "admins": st.column_config.NumberColumn(t("planner.admins"), min_value=0, max_value=100, required=True),
        "plan": st.column_config.SelectboxColumn(t("planner.plan"), options=[AS_DESIGNED, *plans_of(design)]),
    }
    edited = st.data_editor(
        source, num_rows="dynamic", column_config=config, hide_index=True, key="planner_table", width="stretch"
    )
    rows = [
        {key: None if pd.isna(row[key]) else row[key] for key in _COLUMNS}
        for row in edited.to_dict("records")[: EVENTS_MOST + 1]
    ]
    most = st.selectbox(t("budgets.most"), LOOKS, index=2, key="planner_most")
    params = {
        "design": now.other,
        "sets": list(now.sets),
        "scenario": now.scenario,
        "events": rows,
        "seed": now.seed,
        "most": most,
    }
    jobs_ui.buttons("plan", params)
    st.download_button(
        t("planner.template"),
        data=edited.to_csv(index=False),
        file_name="events.csv",
        mime="text/csv",
        on_click="ignore",
        key="take_events",
    )
    return params


def _ahead(params: dict[str, Any]) -> None:
    """Head-room by arithmetic, while nothing has been judged."""
    shares = [(f"{names}: {part_name(part)}", share) for names, part, share in ahead(params)]
    _bars(shares, "planner_ahead")
    st.caption(f"{t('planner.ahead')}. {t('app.by_formula')}")


def _bars(shares: list[tuple[str, float]], key: str) -> None:
    said = "; ".join(f"{name}: {share:.0%}" for name, share in shares)
    option = bars_option([name for name, _ in shares], [share for _, share in shares], t("budgets.limit"))
    drawing.chart(option, height=80 + 34 * len(shares), key=key, alt=t("planner.chart_alt", rows=said))


def _shown(kept: Kept) -> None:
    rows = kept.document["rows"]
    count = {one: sum(row["verdict"] == one for row in rows) for one in ("GO", "TUNE", "NO-GO", "UNDECIDED")}
    go, tune, no, undecided = count.values()
    verdict(t("planner.verdict", go=go, tune=tune, no=no, open=undecided, text=_text(rows)))
    cards(
        [
            Card(t("planner.go"), str(go)),
            Card(t("planner.tune"), str(tune)),
            Card(t("planner.no"), str(no)),
            Card(t("planner.open"), str(undecided)),
        ]
    )
    shares = [(_names(row), row["share"]) for row in rows if row["share"] is not None]
    _bars(shares, "planner_chart")
    st.caption(f"{t('planner.chart')}. {t('app.by_formula')}")
    st.dataframe(pd.DataFrame([_line(row) for row in rows]), hide_index=True, key="planner_verdicts", width="stretch")
    jobs_ui.made_by(kept, t("planner.how", seed=kept.params["seed"]))
    language = st.session_state.get("lang", "en")
    sheet = run_sheet(kept.document, lambda key, **values: say(language, key, **values))
    with st.expander(t("planner.sheet")):
        st.code(sheet, language=None, wrap_lines=True)
    st.download_button(
        t("planner.take_sheet"),
        data=sheet,
        file_name="run-sheet.md",
        mime="text/markdown",
        on_click="ignore",
        key="take_sheet",
    )
    jobs_ui.footer(kept)


def _names(row: dict[str, Any]) -> str:
    return " + ".join(row["names"])


def _text(rows: list[dict[str, Any]]) -> str:
    """The one change that matters first: of what can be turned, else of what cannot."""
    for row in rows:
        if row["verdict"] == "TUNE":
            return t("planner.turn", names=_names(row), change=row["change"])
    for row in rows:
        if row["verdict"] == "NO-GO":
            return t("planner.no_turn", names=_names(row))
    return t("planner.all_go")


def _line(row: dict[str, Any]) -> dict[str, str]:
    seen = t("planner.of_events", broken=row["events_broken"], n=row["replications"])
    return {
        t("planner.verdict_column"): row["verdict"],
        t("planner.name"): _names(row),
        t("planner.start"): f"{clock(row['start'])}–{clock(row['end'])}",
        t("planner.people"): f"{row['people']:,}",
        t("planner.change"): row["change"] or "–",
        t("planner.breaks"): "; ".join(row["broken"]) or "–",
        t("planner.watch"): part_name(row["busiest"]),
        t("planner.headroom"): "–" if row["share"] is None else f"{1 - row['share']:.0%}",
        t("planner.people_most"): "–" if row["people_most"] is None else number(row["people_most"]),
        t("planner.price"): "–" if row.get("dollars_month") is None else f"{row['dollars_month']:,.0f}",
        t("planner.evidence"): seen if row["replications"] else t("planner.by_arithmetic"),
    }
