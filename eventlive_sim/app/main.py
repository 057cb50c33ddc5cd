"""The page: pick two designs and a scenario, move the intervals, run, look."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventlive_sim.app.chart import HEIGHT, timeline_option
from eventlive_sim.app.jobs import Job, JobManager
from eventlive_sim.app.work import Request, Result
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import design_names, resolve_design, resolve_scenario, scenario_names
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.units import NS_PER_S


@st.cache_resource
def manager() -> JobManager:
    """The one manager of all sessions."""
    return JobManager()


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="eventlive_sim", page_icon="📈", layout="wide")
    st.title("Two designs, one event")
    try:
        request = _controls()
    except EventLiveError as error:
        st.error("This cannot be simulated as it is written:")
        st.text(str(error))
        return
    if st.sidebar.button("Run", type="primary", key="run", width="stretch"):
        st.session_state["job"] = manager().submit(request)
    job = st.session_state.get("job")
    if job is None:
        st.info("Pick designs and a scenario at the left, then press Run. Nothing is simulated until you do.")
    elif job.state == "done":
        _show(job.result, job.request)
    else:
        _wait(job)


# ---------------------------------------------------------------- what is asked


def _controls() -> Request:
    """Controls at the left, as a request."""
    side = st.sidebar
    designs = [name for name in design_names() if resolve_design(name).design.clients]
    one = side.text_input(
        "Design A", value=designs[-1] if designs else "", key="one", help=f"One of {designs}, or with tickets."
    )
    other = side.text_input("Design B", value=designs[0] if designs else "", key="other")
    scenario = side.selectbox("Scenario", scenario_names(), key="scenario")
    resolve_design(one)
    design, world = resolve_design(other).design, resolve_scenario(scenario).scenario
    scenario_sets = _people(world)
    with side.expander("Intervals of B", expanded=True):
        other_sets = _intervals(design, world)
    seed = side.number_input("Seed", min_value=0, value=1, key="seed")
    replications = side.number_input("Replications", min_value=1, max_value=20, value=1, key="replications")
    return Request(one, other, scenario, other_sets, scenario_sets, int(seed), int(replications))


def _people(world: Scenario) -> tuple[str, ...]:
    """Sliders of how many come, a client each."""
    sets = []
    for name, attendance in world.clients.items():
        most = max(attendance.people, 10)
        number = st.sidebar.slider(f"People: {name}", 1, most, attendance.people, key=f"people_{name}")
        if number != attendance.people:
            sets.append(f"clients.{name}.people={number}")
    return tuple(sets)


def _intervals(design: Design, world: Scenario) -> tuple[str, ...]:
    """Sliders of the intervals of design B's loops."""
    sets = []
    for name in world.clients:
        for key, loop in design.clients[name].loops.items() if name in design.clients else ():
            if loop.every is None or loop.every.law != "constant":
                continue
            now = max(1, int(loop.every.arguments[0][1] / NS_PER_S))
            seconds = st.slider(f"{name}: {key} every [s]", 1, max(600, now), now, key=f"every_{name}_{key}_{now}")
            if seconds != now:
                sets.append(f"clients.{name}.loops.{key}.every={seconds}s")
    return tuple(sets)


# ---------------------------------------------------------------- what is shown


def _wait(job: Job) -> None:
    """Follow a job until it is over; only this part of the page is drawn again."""

    @st.fragment(run_every=None if job.over else 0.5)
    def follow() -> None:
        if job.state == "done":
            st.rerun()
        if job.state == "failed":
            st.error("The simulation failed:")
            st.text(job.error)
        elif job.state == "cancelled":
            st.warning("Cancelled.")
        else:
            ahead = manager().ahead_of(job)
            words = f"Waiting: number {ahead} in line" if job.state == "waiting" else f"Simulating: {job.part:.0%}"
            st.progress(min(job.part, 1.0), text=words)
            if st.button("Cancel", key="cancel"):
                manager().cancel(job)
                st.rerun()

    follow()


def _show(result: Result, request: Request) -> None:
    """Verdict, four numbers, the picture, the table, the command."""
    table, (one, other) = result.table, result.names
    st.subheader(_verdict(table, one, other))
    _cards(table, one, other)
    st.caption(f"Simulated: {result.replications} replication(s) each, root seed {result.seed}, fast engine.")
    st.echarts_chart(
        timeline_option(result.timeline, result.windows),
        height=HEIGHT,
        key="timeline",
        alt=_verdict(table, one, other),
    )
    st.dataframe(table, hide_index=True, key="table", width="stretch")
    st.caption("The same figures on the command line:")
    st.code(request.command, language="sh")


def _value(table: Any, figure: str, name: str) -> float:
    found = table.loc[table["figure"] == figure, name]
    return float(found.iloc[0]) if len(found) else float("nan")


def _verdict(table: Any, one: str, other: str) -> str:
    before, after = (_value(table, "database queries a minute", name) for name in (one, other))
    if after == before:
        return f"{other} makes as many database queries as {one}: {before:,.0f} a minute"
    times = before / after if after < before and after else after / before if before else float("inf")
    word = "fewer" if after < before else "more"
    return f"{other} makes {times:.1f} times {word} database queries: {after:,.0f} a minute, was {before:,.0f}"


def _cards(table: Any, one: str, other: str) -> None:
    chosen = ("database queries a minute", "Auth requests a minute", "queries answered 400", "queries answered 409")
    for column, figure in zip(st.columns(4), chosen, strict=True):
        before, after = _value(table, figure, one), _value(table, figure, other)
        column.metric(figure, f"{after:,.0f}", f"was {before:,.0f}", delta_color="off", delta_arrow="off")
