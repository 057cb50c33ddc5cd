"""Files of visitors: designs, scenarios and results to take along and to bring."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import streamlit as st
from pydantic import BaseModel
from ruamel.yaml import YAML

from eventlive_sim.app import places, store
from eventlive_sim.app.live import design_of, scenario_of
from eventlive_sim.app.places import UPLOAD_MOST
from eventlive_sim.app.setting import Setting, shown
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import explicit

Say = Callable[..., str]


def yaml_of(model: BaseModel) -> str:
    """A design or scenario with everything written out, as the command line reads it."""
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 120
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.dump(explicit(model), stream)
    return stream.getvalue()


def files(side: Any, t: Say, change: Callable[..., bool]) -> None:
    """Controls: what to take along, and what to bring."""
    with side.expander(t("files.title")):
        now: Setting = st.session_state["setting"]
        st.download_button(
            t("files.design"),
            data=lambda: yaml_of(design_of(now.other, now.sets).design),
            file_name="design.yaml",
            mime="application/yaml",
            on_click="ignore",
            key="take_design",
        )
        st.download_button(
            t("files.scenario"),
            data=lambda: yaml_of(scenario_of(now.scenario, now.world).scenario),
            file_name="scenario.yaml",
            mime="application/yaml",
            on_click="ignore",
            key="take_scenario",
        )
        sent = st.file_uploader(
            t("files.bring"), type=["yaml", "yml", "json"], max_upload_size=8, key="bring", help=t("files.bring_help")
        )
        if sent is not None and st.session_state.get("brought") != sent.file_id:
            st.session_state["brought"] = sent.file_id
            st.session_state["brought_told"] = _taken(sent.name, sent.getvalue(), change)
        told = st.session_state.get("brought_told") if sent is not None else None
        if told is not None:
            fine, text = told
            (st.success if fine else st.error)(t("files.taken") if fine else t("files.refused"))
            st.text(text[:2000])


def _taken(name: str, content: bytes, change: Callable[..., bool]) -> tuple[bool, str]:
    """Take what was brought; whether that went well, and what it is called now or why not."""
    try:
        if name.lower().endswith(".json"):
            kept = store.take(content)
            st.session_state["run"] = kept.key
            return True, f"{kept.kind}: {kept.key}"
        if len(content) > UPLOAD_MOST:  # before anything is decoded
            content = content[: UPLOAD_MOST + 1]
        kind, called = places.take(content)
    except EventLiveError as error:
        return False, shown(str(error))
    done = change(scenario=called, world=()) if kind == "scenario" else change(other=called, sets=())
    return done, called
