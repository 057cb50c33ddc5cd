"""Tuning: on a design whose best setting is known by hand; its store, its choice, its ticket."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.report.tune import sentence, ticket_text, tune_document
from eventlive_sim.study.axes import axis
from eventlive_sim.study.points import Points
from eventlive_sim.study.search import JOURNAL, Search, dominates, objective
from eventlive_sim.study.store import opened
from eventlive_sim.study.tune import Tuned, tune
from tests.study.small import BAR, EVENING, changed, write

SERVICE = "endpoints.order.steps.serve.service"
EVERY = "clients.guest.loops.go.every"
DURATION, SERVED = "call_duration{endpoint:order}:avg", "max:goodput:rate"
LIMIT = {"call_duration{endpoint:order}": ["max<250"]}
Place = Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]


@pytest.fixture
def bar(tmp_path: Path) -> Place:
    """A lone guest who is served for 100 ms, at most for 250, and comes back after a second."""
    waits = {"base": "1s", "cap": "10s"}
    design = str(write(tmp_path / "bar.yaml", changed(BAR, clients__guest__loops__go__backoff=waits)))
    world = str(write(tmp_path / "evening.yaml", changed(EVENING, budgets=LIMIT, duration="500s")))

    def resolve(sets: list[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        return resolve_design(design, sets=sets), resolve_scenario(world)

    return resolve


def tuned(bar: Place, knobs: list[str], goals: list[str], **how: Any) -> Tuned:
    objectives = [objective(text) for text in goals]
    points = Points(bar, tuple(one.metric for one in objectives), budgets=True, workers=1)
    search = Search(**{"trials": 25, "replications": 2, "fresh": 3, **how})
    return tune(points, [axis(text) for text in knobs], objectives, search)


def test_one_objective_finds_its_end(bar: Place) -> None:
    """Duration is the service time: the shortest is best, and beats the design as written by the difference, exactly."""
    done = tuned(bar, [f"{SERVICE}=50ms..400ms"], [DURATION])
    assert done.chosen is not None
    best = done.candidates[done.chosen]
    assert float(best.setting[0].removesuffix("ms")) < 80
    assert done.beaten
    gap = best.differences[0]
    assert gap is not None
    assert gap.estimate == pytest.approx(float(best.setting[0].removesuffix("ms")) - 100)
    assert sentence(done).startswith("Setting 1 beats")


def test_budgets_keep_settings_out(bar: Place) -> None:
    """More people served a second by coming back sooner; a service over 250 ms breaks the budget, and is on no front."""
    done = tuned(bar, [f"{SERVICE}=200ms..400ms"], ["max:" + DURATION])
    assert 0 < done.refused < done.trials == 25
    assert done.candidates
    assert all(float(one.setting[0].removesuffix("ms")) < 250 for one in done.candidates)
    assert all(one.fresh.kept == (True, True, True) for one in done.candidates)


def test_a_trade_is_a_front_and_does_not_beat(bar: Place) -> None:
    """When long service is good, so are fewer calls bad: no setting is better in both, nor a hundredth within."""
    done = tuned(bar, [f"{SERVICE}=150ms..240ms"], ["max:" + DURATION, SERVED], front=5)
    fronted = [one for one in done.candidates if one.on_front]
    assert len(fronted) >= 3
    assert not done.beaten
    assert sentence(done).startswith("No setting of 25 beats")
    durations = [one.fresh.mean(0) for one in done.candidates]
    assert durations == sorted(durations, reverse=True)


def test_looking_to_beat_stays_where_nothing_is_worse(bar: Place) -> None:
    """With --beat what is refused counts what is worse than as written in any objective."""
    done = tuned(bar, [f"{SERVICE}=60ms..240ms"], [DURATION, SERVED], beat=True)
    assert all(float(one.setting[0].removesuffix("ms")) <= 100 for one in done.candidates)
    assert done.refused > 0
    assert done.beaten


def test_a_stopped_search_goes_on(bar: Place, tmp_path: Path) -> None:
    """Trials that are kept are not tried again; another question is refused."""
    store, knobs = tmp_path / "trials.log", [f"{SERVICE}=50ms..400ms"]
    first = tuned(bar, knobs, [DURATION], trials=4, store=store)
    lines = store.read_text().count("\n")
    assert first.trials == 4
    again = tuned(bar, knobs, [DURATION], trials=4, store=store)
    assert store.read_text().count("\n") <= lines + 1  # that the study is there already is one line
    assert [one.setting for one in again.candidates] == [one.setting for one in first.candidates]
    assert tuned(bar, knobs, [DURATION], trials=7, store=store).trials == 7
    with pytest.raises(ModelError, match="holds another search"):
        tuned(bar, [f"{SERVICE}=50ms..300ms"], [DURATION], trials=4, store=store)


def test_values_that_do_not_fit_together_are_refused_settings(bar: Place) -> None:
    """A back-off whose longest wait is shorter than its first is no error of the search: that setting is out."""
    wait = "clients.guest.loops.go.backoff"
    done = tuned(bar, [f"{wait}.base=1s..10s", f"{wait}.cap=1s..10s"], [SERVED])
    assert 0 < done.refused < 25


def test_a_path_or_metric_that_is_not_there_is_told_before_anything_runs(bar: Place) -> None:
    """With the nearest that is."""
    with pytest.raises(ModelError, match="did you mean service"):
        tuned(bar, ["endpoints.order.steps.serve.servic=50ms..400ms"], [DURATION])
    with pytest.raises(ModelError, match="goodput"):
        tuned(bar, [f"{SERVICE}=50ms..400ms"], ["godput:rate"])
    with pytest.raises(ModelError, match="give a knob"):
        tuned(bar, [], [DURATION])


def test_the_choice_is_a_ticket_that_can_be_named(bar: Place, tmp_path: Path) -> None:
    """Put beside the design, it makes of the design the chosen setting; its values may still be given."""
    done = tuned(bar, [f"{SERVICE}=50ms..90ms", f"{EVERY}=500ms..900ms"], [DURATION, SERVED])
    assert done.chosen is not None
    write(tmp_path / "tickets" / "T-9.yaml", {}).write_text(ticket_text(done, "T-9"), encoding="utf-8")
    setting = done.candidates[done.chosen].setting
    made = resolve_design(f"{tmp_path / 'bar.yaml'}+T-9").design
    written = bar([f"{SERVICE}={setting[0]}", f"{EVERY}={setting[1]}"])[0].design
    assert made == written
    given = resolve_design(f"{tmp_path / 'bar.yaml'}+T-9:k1_service=70ms").design
    assert given == bar([f"{SERVICE}=70ms", f"{EVERY}={setting[1]}"])[0].design


def test_dominance() -> None:
    """Nowhere worse and somewhere better."""
    assert dominates((1, 2), (1, 3))
    assert not dominates((1, 2), (1, 2))
    assert not dominates((1, 4), (2, 3))


def test_command(tmp_path: Path) -> None:
    """Table, document, picture and ticket of one search say the same; endings are looked at first."""
    design = str(write(tmp_path / "bar.yaml", BAR))
    world = str(write(tmp_path / "evening.yaml", EVENING))
    asked = ["tune", design, world, "--knob", f"{SERVICE}=50ms..400ms", "--objective", DURATION, "--objective", SERVED]
    asked += ["--trials", "5", "-n", "2", "--fresh", "2", "-q"]
    picture, ticket = tmp_path / "front.svg", tmp_path / "T-1.yaml"
    result = CliRunner().invoke(app, [*asked, "--json", "-", "--picture", str(picture), "--ticket", str(ticket)])
    told = json.loads(result.stdout)
    assert (told["schema"], told["trials"]) == ("eventlive-tune/1", 5)
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    assert sum(element.tag.endswith("circle") for element in root) == 1 + len(told["candidates"])
    assert ticket.read_text(encoding="utf-8").startswith("format: 1\nticket: T-1\n")
    table = CliRunner().invoke(app, asked).stdout
    assert "as written" in table
    refused = CliRunner().invoke(app, [*asked, "--picture", "front.png"])
    assert "ends in .svg" in str(refused.exception)


def test_the_same_seed_finds_the_same(bar: Place) -> None:
    """Twice the same document."""
    one, other = (tuned(bar, [f"{SERVICE}=50ms..400ms"], [DURATION, SERVED], trials=12) for _ in range(2))
    assert tune_document(one) == tune_document(other)


def test_what_was_simulated_is_not_simulated_again(bar: Place, tmp_path: Path) -> None:
    """A folder keeps trials and replications: asked again nothing is simulated, and the front is the same."""
    place, goals = bar, [objective(DURATION)]
    found = []
    for news in (True, False):
        with opened(tmp_path / "kept") as kept:
            points = Points(place, (DURATION,), budgets=True, workers=1, kept=kept)
            search = Search(trials=6, replications=2, fresh=3, store=tmp_path / "kept" / JOURNAL)
            found.append(tune(points, [axis(f"{SERVICE}=50ms..400ms")], goals, search))
            assert (kept.new > 0) is news
    assert tune_document(found[0]) == tune_document(found[1])
