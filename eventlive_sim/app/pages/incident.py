"""Incident: what happened, before against after, and what each ticket buys."""

from __future__ import annotations

import math

import streamlit as st

from eventlive_sim.app import drawing
from eventlive_sim.app.bars import waterfall_option
from eventlive_sim.app.charts import sankey_option
from eventlive_sim.app.live import Ground, ground_of, live
from eventlive_sim.app.setting import Setting, based_on, command, named, options
from eventlive_sim.app.shell import (
    Card,
    cards,
    first_of,
    grounds,
    jump,
    names,
    number,
    plain,
    produced,
    setting,
    t,
    verdict,
)
from eventlive_sim.app.views import Replica
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import tickets_of
from eventlive_sim.program.listing import listing
from eventlive_sim.study.figures import hot_endpoints
from eventlive_sim.units import NS_PER_S

_PANELS = ("queries", "errors", "auth", "cpu")
_FIGURES = {
    "database queries a minute": "series.queries_min",
    "queries answered 400": "series.bad_400",
    "queries answered 409": "series.bad_409",
    "Auth requests a minute": "series.auth_min",
    "database CPU": "series.cpu_mean",
}
"""Figures of the waterfall, with the words for them."""
_HEIGHT = 540
_LEAST = 0.002
"""Share of the highest step that a step must move to be drawn."""
_AHEAD = 2
"""Steps of the waterfall that are asked for at once."""


def page() -> None:
    """Draw the page."""
    one, other = grounds()
    left, right = first_of(one), first_of(other)
    called = names(one, other)
    verdict(_sentence(one, other, left, right, called))
    st.text("; ".join((one.scenario.scenario.title, *setting().world)))
    _cards(left, right)
    alt = t(
        "incident.alt",
        one=called[0],
        other=called[1],
        a=number(float(left.series["queries"].max()), 1),
        b=number(float(right.series["queries"].max()), 1),
    )
    drawing.timeline("incident_timeline", {called[0]: (one, left), called[1]: (other, right)}, _PANELS, alt)
    events = f"{left.events + right.events:,}"
    produced(t("app.once", seed=setting().seed, events=events), command(setting(), 1))
    with st.container(horizontal=True):
        jump(t("incident.tune"), "lab")
        jump(t("incident.gate"), "budgets")
    _flows({called[0]: (one, left), called[1]: (other, right)})
    _tickets()


def _per_call(replica: Replica) -> dict[str, float]:
    """Queries of one call, by endpoint."""
    found: dict[str, float] = {}
    for flow in replica.flows:
        found[flow.endpoint] = found.get(flow.endpoint, 0) + flow.count
    return {name: count / replica.calls[name] for name, count in found.items() if replica.calls.get(name)}


def _sentence(one: Ground, other: Ground, left: Replica, right: Replica, called: tuple[str, str]) -> str:
    before, after = _per_call(left), _per_call(right)
    hot = hot_endpoints([one.design.design, other.design.design], one.scenario.scenario)
    both = [name for name in hot if name in before and name in after] or [name for name in before if name in after]
    if not both or before == after:
        return t("incident.same", one=called[0], other=called[1])
    most = max(both, key=lambda name: abs(math.log(before[name] / after[name])))
    a, b = number(before[most], 1), number(after[most], 1)
    return t("incident.verdict", endpoint=most, a=a, b=b, one=called[0], other=called[1])


def _cards(left: Replica, right: Replica) -> None:
    peaks = [float(one.series["queries"].max()) for one in (left, right)]
    bad = [one.figures["queries answered 400"] + one.figures["queries answered 409"] for one in (left, right)]
    auth, cpu = ([one.figures[name] for one in (left, right)] for name in ("Auth requests a minute", "database CPU"))
    rows = (("peak", peaks, 1), ("bad", bad, 0), ("auth_min", auth, 0), ("cpu_mean", cpu, 1))
    cards(
        [
            Card(t(f"series.{key}"), number(b, digits), t("app.was", value=number(a, digits)))
            for key, (a, b), digits in rows
        ]
    )


# ---------------------------------------------------------------- where queries come from


def _flows(shown: dict[str, tuple[Ground, Replica]]) -> None:
    st.header(t("incident.flows"), anchor=False)
    name = st.segmented_control(
        t("app.design"), list(shown), default=next(iter(shown)), key="incident_flow_of", required=True
    )
    ground, replica = shown.get(name or "", next(iter(shown.values())))
    minutes = ground.scenario.scenario.duration / NS_PER_S / 60
    made: dict[str, int] = {}
    for flow in replica.flows:
        made[flow.endpoint] = made.get(flow.endpoint, 0) + flow.count
    alt = t(
        "incident.flows_alt",
        name=name,
        calls=number(sum(replica.calls.get(one, 0) for one in made) / minutes),
        queries=number(sum(made.values()) / minutes),
        bad=number(sum(flow.count for flow in replica.flows if flow.status[:1] in "45") / minutes),
        most=max(made, key=made.__getitem__, default="–"),
    )
    option = sankey_option(replica.calls, replica.flows, minutes, drawing.words(), drawing.ink())
    drawing.chart(option, height=_HEIGHT, key="incident_flows", alt=alt)
    st.caption(plain(alt))
    now = setting()
    sets = now.world if ground.design.design is grounds()[0].design.design else (*now.world, *now.sets)
    produced(
        t("incident.flows_how"),
        f"eventlive-sim run {named(name.split(' (')[0] if name else now.one)} {named(now.scenario)}{options(sets)} "
        f"--seed {now.seed} --replications 1 --parquet flows",
    )
    st.subheader(t("incident.listing"), anchor=False)
    endpoint = st.selectbox(t("incident.endpoint"), list(made), key="incident_endpoint")
    if endpoint:
        st.code(listing(ground.program, f"endpoint {endpoint}"), language=None, wrap_lines=False, height=320)
        st.caption(plain(f"eventlive-sim listing {named(now.one)} {endpoint}"))


# ---------------------------------------------------------------- tickets


def _tickets() -> None:
    now = setting()
    base, own = based_on(now.other)
    if not own:
        base, *typed = now.other.split("+")
        own = tuple(typed)
    known = [f"{one.ticket}:{name}" for one in tickets_of(base) for name in one.options] if base else []
    if not known:
        return
    st.header(t("incident.tickets"), anchor=False)
    on = [name for name in known if any(text == name or text.startswith(f"{name}:") for text in own)]
    chosen = st.pills(
        t("incident.tickets_pick", base=plain(base)), known, selection_mode="multi", default=on, key="incident_on"
    )
    figure = st.selectbox(
        t("incident.tickets_figure"), list(_FIGURES), key="incident_figure", format_func=lambda name: t(_FIGURES[name])
    )
    full = {name: next((text for text in own if text.startswith(f"{name}:")), name) for name in known}
    _waterfall(now, base, [full[name] for name in known if name in chosen], figure)


def _ladder(now: Setting, base: str, chosen: list[str]) -> tuple[list[tuple[str, Ground]], list[str]]:
    """Grounds with one ticket more each, in canonical order; and those that cannot stand where they come."""
    steps = [(base, ground_of(base, (), now.scenario, now.world))]
    left = []
    expression = base
    for name in chosen:
        try:
            ground = ground_of(f"{expression}+{name}", (), now.scenario, now.world)
        except EventLiveError:
            left.append(name)
            continue
        expression = f"{expression}+{name}"
        if ground.design.tree != steps[-1][1].design.tree:
            steps.append((f"+{name}", ground))
    return steps, left


def _moving(done: list[tuple[str, float]]) -> tuple[list[tuple[str, float]], list[str]]:
    """Steps that move the figure, and the names of those that do not: many bars of no height would hide the others."""
    least = _LEAST * max(value for _, value in done)
    moving, still = [done[0]], []
    for name, value in done[1:]:
        if abs(value - moving[-1][1]) > least:
            moving.append((name, value))
        else:
            still.append(name)
    return moving, still


def _waterfall(now: Setting, base: str, chosen: list[str], figure: str) -> None:
    steps, left = _ladder(now, base, chosen)
    lacking = [ground for _, ground in steps if live.have(ground, now.seed, 0) is None]

    @st.fragment(run_every=0.4 if lacking else None)
    def draw() -> None:
        done = []
        for name, ground in steps:
            have = live.have(ground, now.seed, 0)
            if have is None:
                break
            done.append((name, have.figures[figure]))
        for _, ground in steps[len(done) : len(done) + _AHEAD]:
            live.ask(ground, now.seed, 1)
        if lacking and len(done) == len(steps):
            st.rerun()
        if lacking:
            st.progress(len(done) / len(steps), text=t("incident.tickets_wait", done=len(done), count=len(steps)))
        if done:
            said = ", ".join(f"{name} {number(value, 1)}" for name, value in done[1:])
            alt = t(
                "incident.tickets_alt",
                figure=t(_FIGURES[figure]),
                first=number(done[0][1], 1),
                base=base,
                steps=said or "–",
            )
            moving, still = _moving(done)
            option = waterfall_option([name for name, _ in moving], [value for _, value in moving], t(_FIGURES[figure]))
            drawing.chart(option, height=380, key="incident_waterfall", alt=alt)
            if still:
                st.caption(plain(t("incident.tickets_still", names=", ".join(still))))

    draw()
    if left:
        st.caption(plain(t("incident.tickets_left", names=", ".join(left))))
    last = steps[-1][1].design.expression
    produced(
        t("incident.tickets_how", seed=now.seed),
        f"eventlive-sim compare {named(base)} {named(last)} {named(now.scenario)}{options(now.world)} "
        f"--seed {now.seed} --replications 1",
    )
