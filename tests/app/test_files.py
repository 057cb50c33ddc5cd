"""What the application writes is read by the command line; its two configurations are one; states are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eventlive_sim.app import places
from eventlive_sim.app.files_ui import yaml_of
from eventlive_sim.app.knobs import knobs_of, turned
from eventlive_sim.app.live import design_of, ground_of, live, scenario_of
from eventlive_sim.app.planning import event_of, groups_of, world_of
from eventlive_sim.app.setting import Setting, command, default_setting, from_params, to_params
from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.resolve import design_names, explicit, resolve_design, resolve_scenario, scenario_names
from tests.house.source import PACKAGE, ROOT

SMALL = ("clients.participant.people=30",)


@pytest.mark.parametrize("name", ["before", "after"])
def test_an_exported_design_is_the_same_design(name: str, tmp_path: Path, monkeypatch):
    """The command line reads it, and so does the application when it is brought back."""
    monkeypatch.setenv("EVENTLIVE_APP_HOME", str(tmp_path))
    tuned = design_of(name, ("clients.participant.loops.ping.every=75s",))
    text = yaml_of(tuned.design)
    file = tmp_path / "design.yaml"
    file.write_text(text, encoding="utf-8")
    assert explicit(resolve_design(str(file)).design) == explicit(tuned.design)
    kind, called = places.take(text.encode())
    assert kind == "design"
    assert explicit(design_of(called).design) == explicit(tuned.design)


@pytest.mark.parametrize("name", scenario_names())
def test_an_exported_scenario_is_the_same_scenario(name: str, tmp_path: Path):
    """Whatever faults, windows and budgets it has."""
    file = tmp_path / "scenario.yaml"
    file.write_text(yaml_of(scenario_of(name).scenario), encoding="utf-8")
    assert explicit(resolve_scenario(str(file)).scenario) == explicit(scenario_of(name).scenario)


def test_a_link_holds_the_whole_setting():
    """Out and back, nothing is lost, whatever stands in it."""
    sets = ("clients.participant.loops.ping.every=75s", "platform.project.postgrest.pool=20")
    setting = Setting("before", "after+5-1:interval=25s", "s3_admins", sets, SMALL, 7, 3)
    params = {key: value if isinstance(value, list) else [value] for key, value in to_params(setting, "ko").items()}
    assert from_params(params) == (setting, [])
    assert command(setting).count("eventlive-sim run") == 2
    assert command(default_setting()).startswith("eventlive-sim compare before after s1_entry --seed 1")


@pytest.mark.parametrize("name", [one for one in design_names() if design_of(one).design.clients])
def test_each_knob_can_be_turned_to_its_ends(name: str):
    """What a slider offers, the model takes, unless it says why not; back at its value nothing is set."""
    world = scenario_of("s2_realtime_outage")
    knobs = knobs_of(design_of(name).design, world.scenario)
    assert {"intervals", "backoff", "quotas", "capacity", "platform", "people"} <= {knob.group for knob in knobs}
    refused = []
    for knob in knobs:
        assert knob.value in knob.levels
        for level in (knob.levels[0], knob.levels[-1]):
            sets = turned((), knob, level, knob.value)
            try:
                scenario_of("s2_realtime_outage", sets) if knob.world else design_of(name, sets)
            except EventLiveError:
                refused.append(knob.path)
            assert turned(sets, knob, knob.value, knob.value) == ()
    assert len(refused) < len(knobs) / 4


def test_the_two_configurations_are_one():
    """The checkout's and the one beside the entry of an installed package."""
    ours, shipped = (folder / ".streamlit" / "config.toml" for folder in (ROOT, PACKAGE / "app"))
    assert ours.read_text("utf-8") == shipped.read_text("utf-8")


def test_states_over_time_are_kept():
    """Breakers open while polling fails, and none is open before; the level of degrade mode is there where a design has it."""
    ground = ground_of("after+D-1:ladder", (), "brownout", ())
    series = live.replica(ground, 1, 0).series
    assert series["breakers"][:25].max() == 0
    assert series["breakers"].max() > 0
    assert series["breakers"].min() >= 0
    assert series["degrade"].min() >= 0
    assert np.all(series["degrade"] == np.round(series["degrade"]))


def test_overlapping_events_are_one_crowd():
    """Two that overlap are judged alone and together; one after both stands for itself."""
    row = {"people": 100, "join_min": 2.0, "minutes": 60, "admins": 1, "plan": "–"}
    events = [
        event_of({**row, "name": name, "start": start})
        for name, start in (("a", "19:00"), ("b", "19:30"), ("c", "21:00"))
    ]
    assert [[one.name for one in group] for group in groups_of(events)] == [["a"], ["b"], ["c"], ["a", "b"]]
    world = world_of(design_of("after"), "s1_entry", events[:2])
    assert "clients.participant.people=200" in world
    assert "duration=5400s" in world
    resolve_scenario("s1_entry", sets=world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": 0},
        {"people": 10**12},
        {"people": None},
        {"start": "25:00"},
        {"start": "soon"},
        {"join_min": float("nan")},
    ],
)
def test_an_event_out_of_range_is_told(wrong):
    """Before anything is simulated, with what to write."""
    row = {"name": "x", "start": "19:00", "people": 100, "join_min": 2.0, "minutes": 60, "admins": 1, "plan": "–"}
    with pytest.raises(ModelError, match="write"):
        event_of({**row, **wrong})
