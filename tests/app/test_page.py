"""The pages by AppTest: they render, a knob moves a number, errors are told, what is shown has its command."""

from __future__ import annotations

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from eventlive_sim.app.main import PAGES

# Guarded as app.py is: workers import the script again.
SCRIPT = """
if __name__ == "__main__":
    from eventlive_sim.app.main import one_page

    one_page("{name}")
"""


def page_of(name: str, **params: str | list[str]) -> AppTest:
    """A page as a visitor sees it who comes by a link; few people, so that it is quick."""
    at = AppTest.from_string(SCRIPT.format(name=name), default_timeout=60)
    at.query_params["world"] = ["clients.participant.people=60", "duration=12m", "windows.steady=[2m, 12m]"]
    for key, value in params.items():
        at.query_params[key] = value
    return at.run()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """What the application keeps, it keeps for one test."""
    monkeypatch.setenv("EVENTLIVE_APP_HOME", str(tmp_path))


@pytest.mark.parametrize("name", list(PAGES))
def test_each_page_begins_with_a_verdict(name: str):
    """One sentence as the title, at most four numbers, no error."""
    at = page_of(name)
    assert not at.exception
    assert not at.error
    assert len(at.title) == 1
    assert len(at.title[0].value) > 10
    assert len(at.metric) <= 4


def knob(at: AppTest, path: str):
    """Slider of a path."""
    name = path.replace(".", "_")
    return next(one for one in at.select_slider if one.key and f"k_{name}_" in one.key)


def figure(at: AppTest, label: str) -> float:
    """Number of a card."""
    return float(next(one.value for one in at.metric if one.label == label).replace(",", ""))


def test_a_knob_simulates_the_event_again():
    """Half the interval, about twice the queries; the value stands in the address and in the command."""
    at = page_of("lab", n="1")
    before = figure(at, "Database queries a minute")
    knob(at, "clients.participant.loops.ping.every").set_value("30s").run()
    assert not at.exception
    assert figure(at, "Database queries a minute") > 1.5 * before
    assert at.query_params["set"] == "clients.participant.loops.ping.every=30s"
    assert any("--set clients.participant.loops.ping.every=30s" in one.value for one in at.code)


def test_the_knob_of_a_link_stands_where_the_link_says():
    """A link brings the value, its slider and its figures back; the written value is told beside it."""
    at = page_of("lab", set="clients.participant.loops.ping.every=45s", n="1", seed="7")
    slider = knob(at, "clients.participant.loops.ping.every")
    assert slider.value == "45s"
    assert "2m" in slider.help
    assert at.number_input(key="w_seed").value == 7
    at.button(key="lab_reset").click().run()
    assert knob(at, "clients.participant.loops.ping.every").value == "2m"
    assert "set" not in at.query_params


def test_replications_arrive_with_an_interval():
    """After a while more replications are there, and the cards say between what their mean lies."""
    at = page_of("lab", n="3")
    deadline = time.monotonic() + 30
    while not any("3 of 3 replications" in one.value for one in at.caption) and time.monotonic() < deadline:
        time.sleep(0.2)
        at.run()
    assert any("3 of 3 replications" in one.value for one in at.caption)
    assert "–" in next(one.delta for one in at.metric if one.label == "Database queries a minute")


def test_the_nearest_value_that_keeps_the_budgets_is_found():
    """Polling of dashboards every second breaks a budget; the search names a slower one, which then holds."""
    sets = ["clients.admin.loops.stats.every=1s"]
    at = page_of("lab", s="s3_admins", b="before+5-1:cache", set=sets, n="1", world="clients.participant.people=60")
    assert "breaks" in at.title[0].value
    at.session_state["nearest_path"] = "clients.admin.loops.stats.every"
    at.session_state["nearest_part"] = True
    at.run()
    at.button(key="nearest_run").click().run()
    assert not at.exception
    assert at.success or at.warning


def test_the_timeline_has_its_windows_and_says_what_it_shows():
    """Bands of the scenario, a line a design, and a text alternative with the peaks."""
    at = page_of("incident")
    spec = json.loads(at.get("echarts_chart")[0].proto.spec)
    assert {"join", "steady"} <= {
        area[0]["name"] for one in spec["series"] for area in one.get("markArea", {}).get("data", [])
    }
    assert {one["name"] for one in spec["series"]} == {"before", "after"}
    assert at.get("echarts_chart")[0].proto.alt.startswith("Courses in time of before and after")


def test_a_ticket_switched_off_leaves_the_waterfall():
    """The waterfall has a bar a ticket that is on."""
    at = page_of("incident")
    at.pills(key="incident_on").set_value(["0-1:A", "1-1:B"])
    deadline = time.monotonic() + 30
    bars: list[str] = []
    while len(bars) < 4 and time.monotonic() < deadline:
        time.sleep(0.3)
        at.run()
        spec = json.loads(at.get("echarts_chart")[-1].proto.spec)
        bars = spec["xAxis"]["data"] if isinstance(spec["xAxis"], dict) else []
    assert bars == ["before", "+0-1:A", "+1-1:B", "="]


def test_a_wrong_design_is_told_and_changes_nothing():
    """The message names what there is; the page goes on with what it had."""
    at = page_of("lab", n="1")
    at.text_input(key="w_other").set_value("beforr").run()
    assert not at.exception
    assert "before" in at.text[0].value
    assert at.session_state["setting"].other == "after"


def test_korean_is_spoken_to_who_asks_in_korean():
    """By the link, and by the browser's language."""
    at = page_of("budgets", lang="ko")
    assert "예산" in at.title[0].value
    other = AppTest.from_string(SCRIPT.format(name="budgets"), default_timeout=60)
    other.context = {"locale": "ko-KR"}
    other.query_params["world"] = ["clients.participant.people=60"]
    assert "예산" in other.run().title[0].value


def test_a_study_runs_and_its_link_brings_it_back():
    """A map in its own process; a fresh visitor with the link sees it at once."""
    world = ["clients.participant.people=40", "duration=8m", "faults.outage.lasts=30s"]
    windows = ["windows.outage=[5m, 6m]", "windows.late=[6m, 7m]", "windows.aftermath=[7m, 8m]"]
    at = page_of("storms", s="s2_realtime_outage", world=[*world, *windows])
    at.text_input(key="storm_sizes_outage").set_value("1")
    at.text_input(key="storm_durations").set_value("20s")
    at.button(key="run_storm").click().run()
    deadline = time.monotonic() + 50
    while len(at.metric) < 4 and time.monotonic() < deadline:
        time.sleep(0.5)
        at.run()
    assert not at.exception
    assert len(at.metric) == 4, [one.value for one in (*at.error, *at.text, *at.warning)]
    assert any("eventlive-sim storm before s2_realtime_outage" in one.value for one in at.code)
    link = {key: at.query_params[key] for key in at.query_params}
    fresh = page_of("storms", **link)
    assert len(fresh.metric) == 4
    assert fresh.title[0].value == at.title[0].value
