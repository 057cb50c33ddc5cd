"""The nearest value of a knob that keeps the budgets: levels from near to far, each simulated a few times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import streamlit as st

from eventlive_sim.app.knobs import Knob, knobs_of, turned
from eventlive_sim.app.live import Ground, design_of, ground_of, live, scenario_of
from eventlive_sim.app.setting import Setting
from eventlive_sim.app.shell import change, plain, setting, t
from eventlive_sim.errors import EventLiveError

REPLICATIONS = 3
"""Of each value; one that breaks a budget in the first is not tried further."""
_TRIED_MOST = 24


@dataclass(frozen=True)
class Found:
    """What the search came to: the level that keeps all budgets, if any; how many were tried; what the last one broke."""

    level: str | None
    tried: int
    broken: str = ""


def near(knob: Knob) -> Iterator[str]:
    """Levels of a knob, the present one first, then the nearest on either side."""
    at = knob.levels.index(knob.value)  # levels are those around the present value
    places = sorted(range(len(knob.levels)), key=lambda place: (abs(place - at), place))
    yield from (knob.levels[place] for place in places[:_TRIED_MOST])


def search(now: Setting, knob: Knob, tell: Callable[[float], object]) -> Found:
    """Search the levels of a knob of design B."""
    broken, tried = "", 0
    for number, level in enumerate(near(knob)):
        tell(number / len(knob.levels))
        try:
            ground = _ground(now, knob, level)
        except EventLiveError:
            continue  # values that do not fit together are no answer
        tried += 1
        broken = _broken(now, ground, tell, number / len(knob.levels))
        if not broken:
            return Found(level, tried)
    return Found(None, tried, broken)


def _ground(now: Setting, knob: Knob, level: str) -> Ground:
    sets = now.sets if knob.world else turned(now.sets, knob, level, "")
    world = turned(now.world, knob, level, "") if knob.world else now.world
    return ground_of(now.other, sets, now.scenario, world)


def _broken(now: Setting, ground: Ground, tell: Callable[[float], object], part: float) -> str:
    """A budget that a setting breaks; empty if it keeps all of them."""
    exact = next((name for name, one in ground.exact.items() if not one.holds), "")
    if exact:
        return exact
    for number in range(REPLICATIONS):
        replica = live.replica(ground, now.seed, number, lambda _: tell(part))
        broken = next((name for name, fine in ground.verdicts([replica]).items() if not fine), "")
        if broken:
            return broken
    return ""


def nearest(ground: Ground) -> None:
    """Controls and answer of the search."""
    if not ground.budgets:
        return
    with st.expander(t("lab.nearest"), key="nearest_part", on_change="rerun") as part:
        if not part.open:
            return
        now = setting()
        knobs = {
            knob.path: knob
            for knob in knobs_of(design_of(now.other, now.sets).design, scenario_of(now.scenario, now.world).scenario)
        }
        last = st.session_state.get("last_knob")
        if "nearest_path" not in st.session_state and last in knobs:
            st.session_state["nearest_path"] = last
        path = st.selectbox(t("lab.nearest_knob"), list(knobs), key="nearest_path")
        if st.button(t("job.run"), key="nearest_run") and path:
            place = st.empty()
            found = search(now, knobs[path], lambda part: place.progress(min(part, 1.0)))
            place.empty()
            st.session_state["nearest"] = (now, path, found)
        asked, about, answer = st.session_state.get("nearest", (None, "", None))
        if answer is None or asked != now or about not in knobs:
            return
        _answer(knobs[about], answer)


def _answer(knob: Knob, found: Found) -> None:
    if found.level is None:
        st.warning(plain(t("lab.nearest_none", path=knob.path, broken=found.broken)))
    elif found.level == knob.value:
        st.success(plain(t("lab.nearest_here", path=knob.path, value=knob.value)))
    else:
        st.success(plain(t("lab.nearest_found", path=knob.path, value=found.level, tried=found.tried)))
        st.button(t("lab.nearest_use"), key="nearest_use", on_click=_use, args=(knob, found.level))


def _use(knob: Knob, level: str) -> None:
    now = setting()
    if knob.world:
        change(world=turned(now.world, knob, level, ""))
    else:
        change(sets=turned(now.sets, knob, level, ""))
