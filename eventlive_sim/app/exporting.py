"""Take it to production: settings of design B against A, with the diff and the verdict that they rest on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from eventlive_sim.app import store
from eventlive_sim.app.live import Ground, live
from eventlive_sim.app.setting import LOOKS, check_params, named, options
from eventlive_sim.app.shell import plain, setting, t
from eventlive_sim.report.export import FORMS, export, settings_of, value_text

_ENDINGS = {"env": "settings.env", "json": "settings.json", "sql": "settings.sql"}


def production(one: Ground, other: Ground) -> None:
    """Draw the part of the page."""
    with st.expander(t("export.title"), key="export", on_change="rerun") as part:
        if not part.open:
            return
        st.write(t("export.lead"))
        settings = settings_of(other.design, one.design, evidence(other))
        if not settings.differences:
            st.info(t("export.empty"))
            return
        st.info(plain(settings.verdict))
        rows = [
            {t("model.path"): diff.path, "A": value_text(diff.before), "B": value_text(diff.after)}
            for diff in settings.differences
            if diff.is_setting
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="export_diff", width="stretch")
        form = st.segmented_control(t("export.form"), FORMS, default=FORMS[0], key="export_form", required=True)
        text = export(settings, form)
        st.code(text, language=None, height=300)
        st.download_button(
            t("export.take"),
            data=text,
            file_name=_ENDINGS[form],
            mime="text/plain",
            on_click="ignore",
            key="take_export",
        )
        now = setting()
        st.code(
            f"eventlive-sim export {named(now.other)} --base {named(now.one)}{options([*now.world, *now.sets])} "
            f"--format {form} --scenario {named(now.scenario)} --seed {now.seed}",
            language=None,
            wrap_lines=True,
        )


def evidence(ground: Ground) -> str:
    """What was found out about a design here, as a sentence: the gate's verdict, if it has judged it, else replications."""
    now = setting()
    for most in sorted(LOOKS, reverse=True):
        kept = store.get(store.key_of("check", check_params(now, [now.scenario], most)))
        if kept is not None:
            check = kept.document["checks"][0]
            return t(
                "export.verdict_gate",
                scenario=ground.scenario.name,
                verdict=check["verdict"],
                result=check["result"],
                n=check["replications"],
                seed=now.seed,
                key=kept.key,
            )
    replicas = live.those(ground, now.seed, now.replications)
    holds = ground.verdicts(replicas)
    said = t("export.verdict_some", holds=sum(holds.values()), count=len(holds), n=len(replicas))
    return f"{ground.scenario.name}: {said} seed {now.seed}."
