"""Lab: design B against A, live: release a slider and see the event again; intervals follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from eventlive_sim.app import drawing, exporting, search
from eventlive_sim.app.bars import points_option
from eventlive_sim.app.knobs import GROUPS, Knob, knobs_of, turned
from eventlive_sim.app.live import Ground, design_of, live, scenario_of
from eventlive_sim.app.setting import based_on, command
from eventlive_sim.app.shell import (
    Card,
    cards,
    change,
    first_of,
    follow,
    grounds,
    jump,
    names,
    number,
    plain,
    produced,
    setting,
    t,
    told_errors,
    verdict,
)
from eventlive_sim.app.views import Replica
from eventlive_sim.model.resolve import tickets_of
from eventlive_sim.stats.intervals import mean_interval
from eventlive_sim.study.figures import hot_endpoints

_PANELS = ("queries", "cpu", "wait", "goodput", "breakers", "degrade")
_TICKETS = "tickets"
_TRAIL_MOST = 30
_QUERIES = "database queries a minute"


def page() -> None:
    """Draw the page: first what was asked for, then the knobs, which are there whatever becomes of it."""
    top = st.container()
    left, right = st.columns([1, 3], gap="medium")
    with told_errors():
        _results(top, right)
    with left:
        _knobs()


def _results(top: Any, right: Any) -> None:
    one, other = grounds()
    with right:
        before, after = first_of(one), first_of(other)
    called = names(one, other)
    with top:
        verdict(_sentence(other, after, called[1]))
        _numbers(one, other, called)
    with right:
        alt = "; ".join(drawing.told(name, replica) for name, replica in zip(called, (before, after), strict=True))
        shown = {called[0]: (one, before), called[1]: (other, after)}
        drawing.timeline("lab_timeline", shown, _PANELS, f"{t('series.queries')}: {alt}")
        st.caption(plain(t("lab.states")))
        produced(t("app.once", seed=setting().seed, events=f"{before.events + after.events:,}"), command(setting()))
        search.nearest(other)
        _budgets(other, after)
        _freshness(called, before, after)
        _figures(called, before, after)
        exporting.production(one, other)
        jump(t("incident.gate"), "budgets")


def _sentence(ground: Ground, replica: Replica, name: str) -> str:
    if not ground.budgets:
        return t("lab.none", other=name)
    holds = ground.verdicts([replica])
    broken = [one for one, fine in holds.items() if not fine]
    if not broken:
        return t("lab.holds", other=name, count=len(holds), n=1)
    value = ground.exact[broken[0]].value if broken[0] in ground.exact else replica.measured[broken[0]]
    return t("lab.breaks", other=name, broken=len(broken), count=len(holds), name=broken[0], value=number(value, 2))


# ---------------------------------------------------------------- knobs


def _knobs() -> None:
    now = setting()
    st.header(t("lab.knobs"), anchor=False)
    group = st.selectbox(
        t("lab.group"),
        [*GROUPS[1:3], GROUPS[0], *GROUPS[3:], _TICKETS],
        format_func=lambda key: t(f"lab.{key}"),
        key=follow("w_group", st.session_state.get("lab_group", GROUPS[1])),
        on_change=_take_group,
    )
    if group == _TICKETS:
        _ticket_switches()
    else:
        written = {knob.path: knob for knob in _all_knobs(written=True)}
        found = [knob for knob in _all_knobs() if knob.group == group and knob.path in written]
        if not found:
            st.caption(t("lab.nothing"))
        for knob in found:
            _slider(knob, written[knob.path])
    if now.sets or now.world:
        st.button(t("lab.reset"), key="lab_reset", on_click=_reset)
    st.button(t("lab.pin"), key="lab_pin", on_click=_pin, disabled=bool(now.sets))


def _take_group() -> None:
    st.session_state["lab_group"] = st.session_state["w_group"]


def _all_knobs(*, written: bool = False) -> list[Knob]:
    """Knobs as they are set, or as the files have them."""
    now = setting()
    return _known(now.other, () if written else now.sets, now.scenario, () if written else now.world)


@lru_cache(maxsize=64)
def _known(expression: str, sets: tuple[str, ...], scenario: str, world: tuple[str, ...]) -> list[Knob]:
    return knobs_of(design_of(expression, sets).design, scenario_of(scenario, world).scenario)


def _slider(knob: Knob, written: Knob) -> None:
    """Slider of a knob over the levels of its written value; its key holds them, since a slider cannot change them."""
    levels = list(written.levels)
    if knob.value not in levels:
        levels.append(knob.value)
    key = f"k_{knob.path.replace('.', '_')}_{len(levels)}_{levels[0]}"
    label = " · ".join(knob.path.split(".")[1:] if knob.path.count(".") > 1 else knob.path.split("."))
    st.select_slider(
        plain(label.replace("_", " ")),
        levels,
        key=follow(key, knob.value),
        on_change=_turn,
        args=(key, knob, written.value),
        help=None if knob.value == written.value else plain(t("lab.today", value=written.value)),
    )


def _turn(key: str, knob: Knob, plain_level: str) -> None:
    now, level = setting(), st.session_state[key]
    st.session_state["last_knob"] = knob.path
    if knob.world:
        change(world=turned(now.world, knob, level, plain_level))
    else:
        change(sets=turned(now.sets, knob, level, plain_level))


def _reset() -> None:
    change(sets=(), world=())


def _pin() -> None:
    change(one=setting().other)


def _ticket_switches() -> None:
    """Tickets of B as switches: a design that is a base with tickets becomes that base with those that are on."""
    now = setting()
    base, own = based_on(now.other)
    if not own:
        base, *typed = now.other.split("+")
        own = tuple(typed)
    known = [f"{one.ticket}:{name}" for one in tickets_of(base) for name in one.options] if base else []
    titles = {
        f"{one.ticket}:{name}": f"{one.title}: {option.title}"
        for one in (tickets_of(base) if base else ())
        for name, option in one.options.items()
    }
    on = [name for name in known if any(text == name or text.startswith(f"{name}:") for text in own)]
    for name in known:
        key = f"w_ticket_{name}"
        st.toggle(
            plain(name),
            key=follow(key, name in on),
            on_change=_take_tickets,
            args=(base, own, name),
            help=plain(titles[name]),
        )


def _take_tickets(base: str, own: tuple[str, ...], name: str) -> None:
    rest = [text for text in own if text != name and not text.startswith(f"{name}:")]
    on = [*rest, name] if st.session_state[f"w_ticket_{name}"] else rest
    change(other="+".join([base, *on]), sets=())


# ---------------------------------------------------------------- numbers that follow


def _numbers(one: Ground, other: Ground, called: tuple[str, str]) -> None:
    """Cards of replications as they arrive; only this part of the page is drawn again."""
    now = setting()
    most = now.replications
    have = min(len(live.those(ground, now.seed, most)) for ground in (one, other))

    @st.fragment(run_every=0.8 if have < most else None)
    def draw() -> None:
        lots = [live.those(ground, now.seed, most) for ground in (one, other)]
        done = min(len(lot) for lot in lots)
        if done < most:
            for ground in (one, other):
                live.ask(ground, now.seed, most)
        cards([_card(name, label, lots, done, digits) for name, label, digits in _shown(one, other)])
        st.caption(plain(t("app.many", n=done, most=most, seed=now.seed)))
        if done >= most > have:
            st.rerun()

    draw()


def _shown(one: Ground, other: Ground) -> list[tuple[str, str, int]]:
    found = [
        (_QUERIES, t("series.queries_min"), 0),
        ("Auth requests a minute", t("series.auth_min"), 0),
        ("database CPU", t("series.cpu_mean"), 1),
    ]
    hot = hot_endpoints([one.design.design, other.design.design], one.scenario.scenario)
    return found + [(f"{name}: duration, p95", t("series.p95", endpoint=name), 0) for name in hot[:1]]


def _card(name: str, label: str, lots: Sequence[Sequence[Replica]], done: int, digits: int) -> Card:
    before, after = ([one.figures.get(name, math.nan) for one in lot[:done]] for lot in lots)
    mean, told = math.fsum(after) / done, ""
    if done > 1 and all(map(math.isfinite, after)):
        interval = mean_interval(after)
        told = f"{number(interval.low, digits)} – {number(interval.high, digits)}, "
    return Card(label, number(mean, digits), told + t("app.was", value=number(math.fsum(before) / done, digits)))


# ---------------------------------------------------------------- details


def _budgets(ground: Ground, replica: Replica) -> None:
    if ground.complaint:
        st.warning(t("lab.no_budgets"))
        st.text(ground.complaint[:1000])
        return
    if not ground.budgets:
        return
    holds = ground.verdicts([replica])
    with st.expander(t("lab.budgets"), expanded=not all(holds.values())):
        rows = [
            {
                t("budgets.column_verdict"): t("budgets.pass") if holds[budget.name] else t("budgets.fail"),
                t("budgets.column_budget"): budget.name,
                t("budgets.column_value"): number(
                    ground.exact[budget.name].value if budget.name in ground.exact else replica.measured[budget.name], 2
                ),
                t("budgets.column_how"): t("budgets.exact")
                if budget.name in ground.exact
                else t("budgets.before_gate"),
            }
            for budget in sorted(ground.budgets, key=lambda budget: holds[budget.name])
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="lab_budgets", width="stretch")


def _freshness(called: tuple[str, str], before: Replica, after: Replica) -> None:
    kinds = [name for name in after.ages if name in before.ages] or list(after.ages)
    if not kinds:
        return
    st.header(t("lab.freshness"), anchor=False)
    kind = st.selectbox(t("lab.freshness_of"), kinds, key="lab_freshness_of")
    trail: list[tuple[str, float, dict[str, float]]] = st.session_state.setdefault("trail", [])
    here = (_label(), after.figures[_QUERIES], after.ages)
    if here[0] not in [label for label, _, _ in trail]:
        st.session_state["trail"] = trail = [*trail, here][-_TRAIL_MOST:]
    points = {
        called[0]: [(before.figures[_QUERIES], before.ages.get(kind, math.nan), called[0])],
        called[1]: [(here[1], after.ages.get(kind, math.nan), here[0])],
        t("lab.tried"): [(load, ages[kind], label) for label, load, ages in trail if kind in ages and label != here[0]],
    }
    points = {name: [one for one in found if math.isfinite(one[1])] for name, found in points.items()}
    said = "; ".join(
        f"{label}: {number(load)}, {number(age, 1)}" for found in points.values() for load, age, label in found
    )
    alt = t("lab.freshness_alt", of=kind, points=said)
    option = points_option(points, t("series.queries_min"), t("lab.freshness_up"))
    drawing.chart(option, height=340, key="lab_freshness", alt=alt)
    st.caption(plain(t("lab.freshness_how")))


def _label() -> str:
    now = setting()
    changed = ", ".join(text.split(".")[-2] + "." + text.split(".")[-1] if "." in text else text for text in now.sets)
    return f"{now.other} {changed}".strip()[:80]


def _figures(called: tuple[str, str], before: Replica, after: Replica) -> None:
    with st.expander(t("lab.figures"), key="lab_all_figures", on_change="rerun") as part:
        if not part.open:
            return
        both = list(dict.fromkeys([*before.figures, *after.figures]))
        frame = pd.DataFrame(
            {
                "figure": both,
                called[0]: [round(before.figures.get(name, math.nan), 3) for name in both],
                called[1]: [round(after.figures.get(name, math.nan), 3) for name in both],
            }
        )
        st.dataframe(frame, hide_index=True, key="lab_figures", width="stretch")
        st.download_button(
            t("files.table"), data=frame.to_csv(index=False), file_name="figures.csv", on_click="ignore", key="take_csv"
        )
