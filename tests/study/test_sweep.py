"""A sweep: its knobs, its grid, and that a point is what `run` says of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.study.knobs import Knob, knob
from eventlive_sim.study.places import Place
from eventlive_sim.study.run import run
from eventlive_sim.study.runner import Limits
from eventlive_sim.study.samples import aggregate, select
from eventlive_sim.study.sweep import Point, Sweep, front, sweep

PATH = "clients.participant.loops.ping.every"
SMALL = ["clients.participant.people=30", "clients.admin.people=0", "duration=10m", "windows.steady=[2m, 10m]"]
METRICS = ["queries{service:rest}:rate", "call_duration{endpoint:presence_ping}:avg"]


small = Place("before", "s1_entry", tuple(SMALL))


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("a.b=1,2,5", ("1", "2", "5")),
        ("a.b=uniform(1s, 2s),3s", ("uniform(1s, 2s)", "3s")),
        ("a.b=10..20:3", ("10", "15", "20")),
        ("a.b=0.1..0.5:3", ("0.1", "0.3", "0.5")),
        ("a.b=2s..32s:5:log", ("2s", "4s", "8s", "16s", "32s")),
        ("a.b=1ms..2500us:2", ("1ms", "2ms")),
        ("a.b=100us..300us:3", ("100000ns", "200000ns", "300000ns")),
    ],
)
def test_knob_is_read(written: str, levels: tuple[str, ...]) -> None:
    """Lists, even steps and equal factors; a duration to the millisecond where there is one."""
    assert knob(written) == Knob("a.b", levels)


@pytest.mark.parametrize(
    "written",
    ["", "a.b", "=1", "a.b=", "a.b=1,,2", "a.b=1,1", "a.b=5..1:3", "a.b=1..2:1", "a.b=0..2:3:log", "a=1s..x:3"],
)
def test_knob_that_says_nothing_is_refused(written: str) -> None:
    """With what to write in place of it."""
    with pytest.raises(ModelError) as error:
        knob(written)
    assert error.value.remedy


def test_a_point_is_what_a_run_of_it_says_for_any_number_of_workers() -> None:
    """The same seeds, the same people: values equal to the last digit, the last knob fastest."""
    knobs = [knob(f"{PATH}=60s,120s"), knob("platform.project.postgrest.pool=2,10")]
    one, two = (sweep(small, knobs, METRICS, replications=2, limits=Limits(workers))[0] for workers in (1, 2))
    assert one is not None
    assert two is not None
    assert one.points == two.points
    assert [point.setting for point in one.points] == [("60s", "2"), ("60s", "10"), ("120s", "2"), ("120s", "10")]
    done = run(*small([f"{PATH}=60s", "platform.project.postgrest.pool=10"]), replications=2)
    expected = tuple(aggregate(select(one.samples, "queries", service="rest"), "rate") for one in done.replications)
    assert one.points[1].measured[0] == expected
    assert one.points[0].mean(0) > 1.2 * one.points[2].mean(0)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("queris:rate", "queries"),
        ("queries", "aggregate"),
        ("queries{service:rest}", "aggregate"),
        ("queries{servce:rest}:rate", "service"),
        ("call_duration{endpoint:presence_pin}:avg", "presence_ping"),
        ("queries:avg", "no avg"),
        ("lint:count", "not simulated"),
        ("queries{window:stedy}:rate", "steady"),
    ],
)
def test_metric_that_does_not_exist_is_refused_before_anything_is_simulated(metric: str, said: str) -> None:
    """With the nearest that does."""
    with pytest.raises(ModelError) as error:
        sweep(small, [knob(f"{PATH}=60s,120s")], [metric])
    assert said in f"{error.value} {error.value.remedy}"


def test_the_front_is_what_no_other_point_beats() -> None:
    """Of (1, 5), (2, 3), (3, 4), (4, 1) the third is worse than the second in both."""
    points = tuple(Point((str(x),), ((x,), (y,))) for x, y in ((4.0, 1.0), (1.0, 5.0), (3.0, 4.0), (2.0, 3.0)))
    done = Sweep(*small([]), (knob("a=4,1,3,2"),), ("goodput:rate", "calls:rate"), points, 1, 1)
    assert front(done) == [1, 3, 0]


def test_the_command_writes_what_it_shows(tmp_path: Path) -> None:
    """Table, JSON, CSV and a picture that is well formed and says its figures in words."""
    files = {kind: tmp_path / f"sweep.{kind}" for kind in ("json", "csv", "svg")}
    sets = [part for text in SMALL for part in ("--set", text)]
    call = ["sweep", "before", "s1_entry", *sets, "--over", f"{PATH}=60s,120s,240s", "-q", "-n", "2"]
    metrics = [part for text in METRICS for part in ("--metric", text)]
    wanted = ["--json", str(files["json"]), "--csv", str(files["csv"]), "--picture", str(files["svg"])]
    done = CliRunner().invoke(app, [*call, *metrics, *wanted], catch_exceptions=False)
    assert done.exit_code == 0
    document = json.loads(files["json"].read_text(encoding="utf-8"))
    table = pd.read_csv(files["csv"])
    assert table[METRICS[0]].tolist() == pytest.approx([point["means"][0] for point in document["points"]])
    assert list(table[PATH]) == ["60s", "120s", "240s"]
    told = ET.fromstring(files["svg"].read_text(encoding="utf-8")).find("{http://www.w3.org/2000/svg}desc")  # noqa: S314 - our own
    assert told is not None
    assert f"{PATH} 240s" in (told.text or "")


def test_a_hypercube_is_swept(tmp_path: Path) -> None:
    """As many points as asked, spread over both ranges, the same each time; a picture with a dot a point and knob."""
    picture, wait = tmp_path / "cloud.svg", "clients.admin.loops.stats.every"
    asked = [
        "sweep",
        "before",
        "s1_entry",
        "--over",
        f"{PATH}=60s..120s",
        "--over",
        f"{wait}=5s..60s:log",
        "--samples",
        "6",
    ]
    asked += [word for text in SMALL for word in ("--set", text)]
    asked += ["--metric", METRICS[0], "-n", "1", "-q", "--json", "-"]
    told = json.loads(CliRunner().invoke(app, [*asked, "--picture", str(picture)]).stdout)
    assert told["sampled"] is True
    assert len(told["points"]) == 6
    assert told == json.loads(CliRunner().invoke(app, asked).stdout)
    pings = sorted(float(point["setting"][0].removesuffix("ms").removesuffix("s")) for point in told["points"])
    assert len(set(pings)) == 6
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    assert sum(element.tag.endswith("circle") for element in root) == 6 * 2
