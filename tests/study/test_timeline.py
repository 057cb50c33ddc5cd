"""A timeline: its levels are what budgets measure, its recovery what a storm says, its peaks what was recorded."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.report.timeline import timeline_document
from eventlive_sim.study.compare import mean
from eventlive_sim.study.run import run
from eventlive_sim.study.samples import aggregate, gauge, select
from eventlive_sim.study.storm import storm
from eventlive_sim.study.timeline import Line, Timeline, timeline
from tests.study.small import BAR, EVENING, resolved
from tests.study.test_storm import design as oracle
from tests.study.test_storm import world as oracle_world

SMALL = ("clients.participant.people=60", "duration=900s")


def s2() -> tuple[list[ResolvedDesign], ResolvedScenario]:
    return [resolve_design("before"), resolve_design("after")], resolve_scenario("s2_realtime_outage", sets=SMALL)


@pytest.fixture(scope="module")
def done() -> Timeline:
    """Both designs through a small outage."""
    designs, world = s2()
    return timeline(designs, world, replications=3)


def line(done: Timeline, name: str, design: int) -> Line:
    place = [panel.name for panel in done.panels].index(name)
    return done.lines[place][design]


@pytest.mark.parametrize("window", ["quiet", "outage"])
def test_levels_are_what_budgets_measure(done: Timeline, window: str) -> None:
    """Rates, utilisation and goodput of a window, by bins of a second put together, equal those of the scenario's own bins."""
    designs, world = s2()
    ends = done.windows[window]
    for place, design in enumerate(designs):
        plain = run(design, world, replications=3)
        for number, replication in enumerate(plain.replications):
            samples = replication.samples
            rest = aggregate(select(samples, "queries", window, service="rest"), "rate")
            assert line(done, "database queries", place).within(*ends)[number] == pytest.approx(rest, rel=1e-12)
            busy = 100 * gauge(samples, "station_utilisation", window, station="db_cpu")
            assert line(done, "database CPU", place).within(*ends)[number] == pytest.approx(busy, rel=1e-12)
            good = aggregate(select(samples, "goodput", window), "rate")
            assert line(done, "goodput", place).within(*ends)[number] == pytest.approx(good, rel=1e-12)


def test_the_storm_stands_out_in_the_outage_alone(done: Timeline) -> None:
    """Before, the highest ten seconds lie in the outage, and are several times the level before it."""
    before = line(done, "requests", 0)
    assert all(300 <= at <= 430 for at in before.peaks_at_s)
    quiet = before.within(150, 300)
    assert all(peak > 10 * level for peak, level in zip(before.peaks, quiet, strict=True))
    assert mean(before.peaks) > 3 * mean(line(done, "requests", 1).peaks)


def test_recovery_is_that_of_a_storm() -> None:
    """R1, overloaded and not: the same figure as the map's cell has under the same seeds."""
    for load in (100, 280):
        world = oracle_world("outage", f"clients.caller.people={load}", "duration=420s")
        (told,) = timeline([oracle("outage")], world, replications=3).recoveries
        assert told == storm(oracle("outage"), world, durations=["10s"], replications=3).cells[0].times
        assert math.isinf(told[0]) == (load == 280)


def test_by_hand(tmp_path: Path) -> None:
    """A lone guest orders every 1.1 s from the start: orders in each half second, without a mark and without a recovery."""
    design, world = resolved(tmp_path, BAR, EVENING)
    told = timeline([design], world, replications=1)
    counts = (line(told, "requests", 0).values[0] * 0.5).round().tolist()
    starts = [1.1 * number for number in range(10)]
    assert counts == [sum(bin_ / 2 <= at < bin_ / 2 + 0.5 for at in starts) for bin_ in range(22)]
    assert (told.marks, told.quiet_s, told.recoveries) == ((), None, ())
    assert line(told, "requests", 0).within(0, 5) == (1.0,)


def test_document_and_picture_say_the_same(done: Timeline, tmp_path: Path) -> None:
    """Each row of the document is in the picture's sentences, by name; the picture has a line for each panel and design."""
    file = tmp_path / "s2.svg"
    arguments = ["timeline", "s2_realtime_outage", "--set", SMALL[0], "--set", SMALL[1], "-n", "3", "-q", "--json", "-"]
    result = CliRunner().invoke(app, [*arguments, "--picture", str(file)])
    told = json.loads(result.stdout)
    assert told["quiet_s"] == [150, 300]
    assert told == json.loads(json.dumps(timeline_document(done)))
    root = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    tags = [element.tag.rsplit("}", 1)[-1] for element in root]
    assert tags.count("polyline") == len(done.panels) * 2 == tags.count("polygon")
    described = next(element.text or "" for element in root if element.tag.endswith("desc"))
    for row in told["rows"]:
        assert f"{row['quantity']}, {row['when']}: before " in described


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--picture", "map.png"), "ends in .svg"),
        (("--picture", "nowhere/map.svg"), "there is no folder nowhere"),
        (("-d", "befor"), "did you mean before?"),
        ((*("-d", "before") * 7,), "give fewer"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: tuple[str, ...], told: str) -> None:
    """With a remedy, before anything is simulated."""
    result = CliRunner().invoke(app, ["timeline", "s1_entry", *options])
    assert isinstance(result.exception, ModelError)
    assert told in str(result.exception)
