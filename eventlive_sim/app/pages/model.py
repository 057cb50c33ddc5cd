"""Model: the design as files, schema, flows and listing; its assumptions with sources; laws and oracles."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from eventlive_sim.app import drawing, jobs_ui
from eventlive_sim.app.bars import bars_option
from eventlive_sim.app.files_ui import yaml_of
from eventlive_sim.app.live import Ground
from eventlive_sim.app.setting import named, options, shown
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
from eventlive_sim.model.lint import lint
from eventlive_sim.model.resolve import ResolvedDesign
from eventlive_sim.program.listing import listing
from eventlive_sim.study.preflight import preflight

_VERIFY = {"oracles": [], "replications": 20}


def page() -> None:
    """Draw the page."""
    both = dict(zip(names(*grounds()), grounds(), strict=True))
    top = st.container()
    name = st.segmented_control(t("model.which"), list(both), default=list(both)[-1], key="model_of", required=True)
    ground = both.get(name or "", list(both.values())[-1])
    design = ground.design
    findings = lint(design.design)
    with top:
        told = t(
            "model.verdict",
            design=shown(design.expression),
            count=len(design.sourced),
            guesses=len(design.guesses),
        )
        verdict(told)
        cards(
            [
                Card(t("model.numbers"), str(len(design.sourced))),
                Card(t("model.guesses"), str(len(design.guesses))),
                Card(t("model.findings"), str(len(findings))),
                Card(t("model.rows"), f"{len(ground.program.labels):,}"),
            ]
        )
    _load(ground)
    _assumptions(design)
    _lint(design, findings)
    _files(ground)
    _laws(ground)


def _expression(ground: Ground) -> str:
    now = setting()
    return now.other if ground.design.sets or ground is grounds()[1] else now.one


def _load(ground: Ground) -> None:
    st.header(t("model.load"), anchor=False)
    parts = [part for part in preflight(ground.design.design, ground.scenario.scenario).parts if part.capacity]
    shares = [(part_name(part.name), min(part.share, 10.0)) for part in parts]
    said = "; ".join(f"{name}: {share:.0%}" for name, share in shares)
    option = bars_option([name for name, _ in shares], [share for _, share in shares], t("budgets.limit"))
    drawing.chart(option, height=70 + 32 * len(shares), key="model_load", alt=t("model.load_alt", rows=said))
    now = setting()
    produced(
        t("model.load_how"),
        f"eventlive-sim preflight {named(_expression(ground))} {named(now.scenario)}"
        f"{options([*now.world, *ground.design.sets])}",
    )


def _assumptions(design: ResolvedDesign) -> None:
    st.header(t("model.assumptions"), anchor=False)
    only = st.toggle(t("model.only_guesses"), value=True, key="model_guesses")
    rows: list[dict[str, Any]] = [
        {
            t("model.guess"): "●" if one.guess else "",
            t("model.path"): one.path,
            t("model.value"): str(one.value),
            t("model.range"): "" if one.range is None else f"{one.range[0]} – {one.range[1]}",
            t("model.source"): one.source,
        }
        for one in design.sourced
        if one.guess or not only
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="model_assumptions", width="stretch", height=320)
    st.code(f"eventlive-sim guesses {named(setting().other)}{options(design.sets)}", language=None, wrap_lines=True)


def _lint(design: ResolvedDesign, findings: list[Any]) -> None:
    with st.expander(f"{t('model.lint')} ({len(findings)})"):
        rows = [{"id": one.id, t("model.path"): one.path, "": f"{one.text}; {one.remedy}"} for one in findings]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="model_lint", width="stretch")
        st.code(f"eventlive-sim lint {named(setting().other)}{options(design.sets)}", language=None, wrap_lines=True)


# ---------------------------------------------------------------- files, schema, flows, listing


def _files(ground: Ground) -> None:
    design = ground.design.design
    files, schema, flow, rows = st.tabs([t(f"model.{key}") for key in ("files", "schema", "flow", "listing")])
    with files:
        st.text(" · ".join(shown(path.name) for path in ground.design.files))
        st.code(yaml_of(design), language=None, height=420)
    with schema:
        tables = [
            {
                "table": name,
                "columns": ", ".join(table.columns),
                "key": ", ".join(table.key),
                "row": table.row,
                "initially": str(table.initially),
            }
            for name, table in design.tables.items()
        ]
        st.dataframe(pd.DataFrame(tables), hide_index=True, key="model_tables", width="stretch")
    with flow:
        for name, endpoint in design.endpoints.items():
            steps = " → ".join(f"{step} ({part.KIND})" for step, part in endpoint.steps.items())
            st.text(f"{name}  {endpoint.route}\n    {steps}")
    with rows:
        entry = st.selectbox(t("model.listing"), list(ground.program.entries), key="model_entry")
        if entry:
            st.code(listing(ground.program, entry), language=None, wrap_lines=False, height=420)
            word = entry.split(" ", 1)[1]
            st.caption(plain(f"eventlive-sim listing {named(_expression(ground))} {word}"))


# ---------------------------------------------------------------- laws and oracles


def _laws(ground: Ground) -> None:
    st.header(t("model.laws"), anchor=False)
    replica = first_of(ground)
    frame = pd.DataFrame([{t("model.law"): name, t("model.laws_n"): count} for name, count in replica.laws.items()])
    st.dataframe(frame, hide_index=True, key="model_laws", width="stretch")
    st.caption(t("model.laws_how"))
    with st.expander(t("model.verify"), expanded=jobs_ui.result_is("verify"), key="model_oracles"):
        jobs_ui.buttons("verify", dict(_VERIFY))
        kept = jobs_ui.result("verify", dict(_VERIFY))
        if kept is None:
            return
        with jobs_ui.shown_as_it_is(kept):
            _oracles(kept)


def _oracles(kept: Kept) -> None:
    rows = kept.document["rows"]
    st.success(t("model.oracles_ok", ok=sum(row["ok"] for row in rows), count=len(rows)))
    table = [
        {
            "oracle": row["oracle"],
            "quantity": row["quantity"],
            "expected": number(row["expected"], 5),
            "measured": number(row["measured"], 5),
            "sigma": number(row["sigma"] if row["sigma"] is not None else math.nan, 2),
        }
        for row in rows
    ]
    st.dataframe(pd.DataFrame(table), hide_index=True, key="model_oracles_table", width="stretch")
    jobs_ui.made_by(kept, t("model.laws_how"))
    jobs_ui.footer(kept)
