"""Budgets: what the gate says, failing first, and what to copy into CI."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from eventlive_sim.app import drawing, jobs_ui
from eventlive_sim.app.bars import bars_option
from eventlive_sim.app.setting import LOOKS, check_params, command, named, options
from eventlive_sim.app.shell import Card, cards, first_of, grounds, number, plain, produced, setting, t, verdict
from eventlive_sim.app.store import Kept
from eventlive_sim.model.resolve import scenario_names

_ORDER = ("FAIL", "UNDECIDED", "PASS")
_SHOWN_MOST = 24


def page() -> None:
    """Draw the page."""
    top = st.container()
    params = _controls()
    kept = jobs_ui.result("check", params)
    with top:
        if kept is None:
            verdict(t("budgets.verdict_ask", design=setting().other))
            _before_the_gate()
        else:
            with jobs_ui.shown_as_it_is(kept):
                _shown(kept)
    _snippets()


def _controls() -> dict[str, Any]:
    now = setting()
    names = [*scenario_names(), *([now.scenario] if now.scenario not in scenario_names() else [])]
    left, right = st.columns([3, 1])
    chosen = left.multiselect(t("budgets.scenarios"), names, default=[now.scenario], key="check_scenarios")
    most = right.selectbox(t("budgets.most"), LOOKS, index=2, key="check_most")
    params = check_params(now, chosen or [now.scenario], most)
    jobs_ui.buttons("check", params)
    return params


def _before_the_gate() -> None:
    """One replication of what is set, while no gate has judged it."""
    _, ground = grounds()
    if ground.complaint:
        st.warning(t("lab.no_budgets"))
        st.text(ground.complaint[:1000])
        return
    if not ground.budgets:
        return
    replica = first_of(ground)
    holds = ground.verdicts([replica])
    rows = []
    for budget in sorted(ground.budgets, key=lambda budget: holds[budget.name]):
        exact = ground.exact.get(budget.name)
        value = replica.measured[budget.name] if exact is None else exact.value
        rows.append((budget.name, value, budget.threshold.limit, budget.threshold.operator))
    st.header(t("budgets.now"), anchor=False)
    _bars([(name, _used(value, limit, sign)) for name, value, limit, sign in rows], "budgets_now")
    produced(t("app.once", seed=setting().seed, events=f"{replica.events:,}"), command(setting(), 1))


def _used(value: float, limit: float, sign: str) -> float:
    """Share of a limit that is used: above 1 is beyond it; at a limit of 0 anything is twice too much."""
    if math.isnan(value):
        return 2.0
    if sign in {">", ">="}:
        return 0.0 if value > limit else 2.0
    if limit == 0:
        return 0.0 if value == 0 else 2.0
    return min(value / limit, 2.0)


def _bars(rows: list[tuple[str, float]], key: str) -> None:
    rows = rows[:_SHOWN_MOST]
    said = "; ".join(f"{name}: {share:.0%}" for name, share in rows)
    option = bars_option([name for name, _ in rows], [share for _, share in rows], t("budgets.limit"))
    drawing.chart(option, height=70 + 30 * len(rows), key=key, alt=t("budgets.share_alt", rows=said))
    st.caption(t("budgets.share"))


# ---------------------------------------------------------------- verdicts


def _shown(kept: Kept) -> None:
    checks = kept.document["checks"]
    rows = [(check, row) for check in checks for row in check["budgets"]]
    rows.sort(key=lambda pair: _ORDER.index(pair[1]["verdict"]))
    count = {one: sum(row["verdict"] == one for _, row in rows) for one in _ORDER}
    verdict(
        t(
            "budgets.verdict",
            result=t(f"budgets.result_{kept.document['result'].split()[0].replace('force', 'degrade')}"),
            broken=count["FAIL"],
            count=len(rows),
            design=checks[0]["design"]["expression"],
        )
    )
    replications = max((check["replications"] for check in checks), default=0)
    cards(
        [
            Card(t("budgets.fail"), str(count["FAIL"])),
            Card(t("budgets.undecided"), str(count["UNDECIDED"])),
            Card(t("budgets.pass"), str(count["PASS"])),
            Card(t("budgets.done"), str(replications)),
        ]
    )
    shares = [(row["name"], _share_of(row)) for _, row in rows]
    _bars([(name, share) for name, share in shares if share is not None], "budgets_chart")
    st.dataframe(pd.DataFrame([_line(*pair) for pair in rows]), hide_index=True, key="budgets_table", width="stretch")
    jobs_ui.made_by(kept, t("budgets.how", seed=checks[0]["seed"]))
    _turning(checks)
    jobs_ui.footer(kept)


def _share_of(row: dict[str, Any]) -> float | None:
    if row["margin"] is None:
        return None if row["verdict"] == "UNDECIDED" else 0.0 if row["verdict"] == "PASS" else 2.0
    return float(min(max(1 - row["margin"], 0.0), 2.0))


def _line(check: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    value = math.nan if row["value"] is None else float(row["value"])
    seen = t("budgets.broken_of", broken=row["broken"], looked=row["looked"])
    return {
        t("budgets.column_verdict"): t(f"budgets.{row['verdict'].lower()}"),
        t("budgets.column_budget"): row["name"],
        t("budgets.column_value"): number(value, 2),
        t("budgets.column_how"): t("budgets.exact") if row["exact"] else seen if row["looked"] else "–",
        t("budgets.column_why"): row["why"],
        t("budgets.column_scenario"): check["scenario"]["name"],
    }


def _turning(checks: list[dict[str, Any]]) -> None:
    """Tickets that turn failed budgets, those that turn most first."""
    tried = [one for check in checks if check["tickets"] for one in check["tickets"]["options"] if one["turned"]]
    if tried:
        st.header(t("budgets.turns"), anchor=False)
        tried.sort(key=lambda one: -len(one["turned"]))
        rows = [
            {t("budgets.column_ticket"): one["option"], t("budgets.column_budget"): "; ".join(one["turned"])}
            for one in tried
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="budgets_turn", width="stretch")


# ---------------------------------------------------------------- for CI


def _snippets() -> None:
    now = setting()
    design, scenario = named(now.other), named(now.scenario)
    sets = options([*now.world, *now.sets])
    st.header(t("budgets.snippets"), anchor=False)
    one, two, three = st.tabs(["CLI", "GitHub Actions", "pytest"])
    one.code(
        f"eventlive-sim check {scenario} --design {design}{sets} --junit check.xml --json check.json\n"
        "# 0 PASS, 1 FAIL, 2 bad input, 3 UNDECIDED",
        language=None,
        wrap_lines=True,
    )
    two.code(
        "jobs:\n  budgets:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - run: pip install ./eventlive_sim   # where this repository is\n"
        f"      - run: eventlive-sim check {scenario} --design {design}{sets} --junit check.xml\n",
        language=None,
    )
    three.code(
        f"def test_{_identifier(now.scenario)}(eventlive):\n"
        f"    eventlive.check({now.other!r}, {now.scenario!r}, sets={list(now.sets)!r}, "
        f"scenario_sets={list(now.world)!r})\n",
        language=None,
    )
    st.caption(plain("docs/gating.md"))


def _identifier(text: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in text)
