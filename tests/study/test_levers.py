"""Tonight's levers: a door whose queue is known by hand, and which lever comes first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.report.levers import sentence
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.levers import Levers, levers
from eventlive_sim.study.samples import aggregate, select, total
from tests.conformance.test_engines_agree import agree
from tests.study.small import BAR, EVENING, changed, simulated, write

MINUTE: dict[str, Any] = {"format": 1, "duration": "60s", "bins": "1s", "clients": {"guest": {"people": 10}}}


def test_a_door_lets_in_one_by_one(tmp_path: Path) -> None:
    """Ten come at once, one is let in every two seconds: they wait 0, 2, ..., 18 s, in both engines."""
    waiting = changed(BAR, stations={**BAR["stations"], "door": {"kind": "bucket", "every": "2s"}})
    waiting["clients"]["guest"]["door"] = "door"
    done = simulated(tmp_path, waiting, MINUTE)
    samples = done.replications[0].samples
    assert aggregate(select(samples, "entry_wait", client="guest"), "avg") == pytest.approx(9_000)
    assert aggregate(select(samples, "entry_wait"), "max") == pytest.approx(18_000)
    assert total(samples, "people", change="join") == 10
    agree(done.program)


def test_times_of_their_own(tmp_path: Path) -> None:
    """Twenty seconds later each: nobody is there before, everybody after; a door that is no bucket is refused."""
    late = changed(BAR, clients__guest__staggered="20s")
    done = simulated(tmp_path, late, changed(MINUTE, windows={"early": ["0s", "20s"], "after": ["20s", "60s"]}))
    samples = done.replications[0].samples
    assert total(samples, "people", "early", change="join") == 0
    assert total(samples, "people", "after", change="join") == 10
    agree(done.program)
    with pytest.raises(EventLiveError, match="no bucket station is called 'desk'"):
        simulated(tmp_path, changed(BAR, clients__guest__door="desk"), MINUTE)


def pulled(folder: Path, service: str = "300ms") -> Levers:
    """A bar that is too slow; faster service costs, another helps not, and coming later helps not either."""
    design = write(folder / "bar.yaml", changed(BAR, endpoints__order__steps__serve__service=service))
    fast = {"set": "endpoints.order.steps.serve.service", "to": "50ms"}
    price = {"dollars": 2, "per": "hour", "source": "a bill"}
    options = {
        "dear": {"delay": "2m", "price": {**price, "per": "event", "dollars": 9}, "edits": [fast]},
        "cheap": {"delay": "10m", "price": price, "edits": [fast]},
        "no_use": {"delay": "1s", "edits": [{"set": "clients.guest.loops.go.every", "to": "2s"}]},
        "deployed": {"edits": [fast]},
        "needs": {"delay": "1s", "requires": ["T-0"], "edits": []},
    }
    write(folder / "tickets" / "T-5.yaml", {"format": 1, "ticket": "T-5", "order": 5, "options": options})
    gate = {"risk": 0.2, "looks": [28, 60]}
    budgets = {"call_duration{endpoint:order}": ["max<250"]}
    world = write(folder / "evening.yaml", changed(EVENING, budgets=budgets, gate=gate))
    return levers(resolve_design(str(design)), resolve_scenario(str(world)), workers=1)


def test_what_helps_comes_first_the_cheapest_of_it_before_others(tmp_path: Path) -> None:
    """And what asks for a deployment is no lever."""
    done = pulled(tmp_path)
    assert [one.name for one in done.levers] == ["T-5:cheap", "T-5:dear", "T-5:no_use"]
    assert [one.checked.verdict for one in done.levers] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]
    assert [one.dollars for one in done.levers] == [2, 9, 0]
    assert [name for name, _ in done.untried] == ["T-5:needs"]
    assert "T-5:cheap makes" in sentence(done)
    assert "in 10m" in sentence(done)


def test_what_passes_needs_none(tmp_path: Path) -> None:
    """It says so."""
    assert "needs no lever" in sentence(pulled(tmp_path, "100ms"))


def test_command(tmp_path: Path) -> None:
    """Table and document of one study; a design without levers is told what one is."""
    pulled(tmp_path)
    asked = ["levers", str(tmp_path / "bar.yaml"), str(tmp_path / "evening.yaml"), "-q"]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json", "-"]).stdout)
    assert told["as_it_stands"]["verdict"] == "FAIL"
    assert [one["lever"] for one in told["levers"]] == ["T-5:cheap", "T-5:dear", "T-5:no_use"]
    assert "acts after" in CliRunner().invoke(app, asked).stdout
    alone = write(tmp_path / "alone" / "bar.yaml", BAR)
    refused = CliRunner().invoke(app, ["levers", str(alone), str(tmp_path / "evening.yaml")])
    assert "give an option of a ticket a delay" in str(refused.exception)
