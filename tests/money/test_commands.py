"""The commands of money and of the blast radius: tables, documents, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.study.radius import radius

FEW = [
    *("--set", "webinars.quiet.clients.participant.people=20", "--set", "webinars.loud.clients.participant.people=60"),
    *("--quiet", "--json"),
]


def test_radius_of_a_deployment_of_its_own_is_nothing(tmp_path: Path) -> None:
    """Each figure beside the others is the figure alone; on one deployment some are not."""
    file = tmp_path / "radius.json"
    designs = ["before+9-1:C", "neighbours", "before"]
    done = CliRunner().invoke(app, ["radius", *designs, "-n", "1", *FEW, str(file)])
    assert done.exit_code == 0, done.output
    assert "quiet in neighbours" in done.output
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    apart, together = zip(*(row["values"] for row in rows), strict=True)
    assert any(value["beside"] is not None for value in apart)
    assert all(value["beside"] == value["alone"] for value in apart)
    assert any(value["beside"] != value["alone"] for value in together)


def test_cost_says_each_item_with_its_formula_and_source() -> None:
    """The document adds up; a project for each webinar is dearer by the hours that it is kept."""
    designs = ["before", "neighbours", "before+9-1:B"]
    done = CliRunner().invoke(app, ["cost", *designs, "--events-per-month", "3", *FEW, "-"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert document["events_per_month"] == 3
    shared, apart = (one["bill"] for one in document["designs"])
    for bill in (shared, apart):
        assert bill["dollars_month"] == pytest.approx(sum(line["dollars_month"] for line in bill["lines"]))
        assert bill["dollars_event"] == pytest.approx(bill["dollars_month"] / 3)
        assert all(line["formula"] and line["source"] for line in bill["lines"])
    assert apart["dollars_month"] - shared["dollars_month"] == pytest.approx(3 * 2 * 48 * 0.0206, abs=0.01)
    calm = document["designs"][0]["without_the_storm"]
    calls, fewer = (
        next(line["units_event"] for line in bill["lines"] if line["item"] == "invocations") for bill in (shared, calm)
    )
    assert calls > fewer > 0


def test_cost_prints_what_a_storm_adds() -> None:
    """Three tables: the month, the storm, the sources."""
    done = CliRunner().invoke(app, ["cost", "before", "neighbours", *FEW[:-1]])
    assert done.exit_code == 0, done.output
    for text in ("dollars a month of 4 such events", "what the storm adds", "where the numbers come from"):
        assert text in done.output


def test_a_scenario_of_one_webinar_has_no_blast_radius() -> None:
    """It is said what would have one; so is a webinar that there is not."""
    with pytest.raises(ModelError, match="has 0 webinars"):
        radius([resolve_design("before")], resolve_scenario("s1"))
    with pytest.raises(ModelError, match="no webinar 'lout'") as error:
        radius([resolve_design("before")], resolve_scenario("neighbours"), webinar="lout")
    assert "loud" in error.value.remedy
