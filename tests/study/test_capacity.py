"""Capacity: on a bar whose limit is known by hand, on queues whose limit a formula knows (O21), and with an unknown crowd."""

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
from eventlive_sim.report.capacity import capacity_document
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.attendance import attendance, show_up
from eventlive_sim.study.axes import axis
from eventlive_sim.study.capacity import Capacity, Question, capacity
from eventlive_sim.study.known_capacities import Coverage, Known, coverage
from eventlive_sim.study.store import opened
from tests.study.small import BAR, EVENING, changed, write

SERVICE, EVERY = "endpoints.order.steps.serve.service", "clients.guest.loops.go.every"
PEOPLE = "clients.guest.people"
Place = Callable[[list[str]], tuple[ResolvedDesign, ResolvedScenario]]


def bar(folder: Path, budgets: dict[str, Any], **world: Any) -> Place:
    """A lone guest who is served for 100 ms and comes back after a second, for 500 s; a fifth of events may break."""
    gate = {"risk": 0.2, "looks": [28, 60]}
    design = str(write(folder / "bar.yaml", BAR))
    evening = str(
        write(folder / "evening.yaml", changed(EVENING, duration="500s", budgets=budgets, gate=gate, **world))
    )

    def resolve(sets: list[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        of_scenario = [text for text in sets if text.startswith(PEOPLE)]
        of_design = [text for text in sets if text not in of_scenario]
        return resolve_design(design, sets=of_design), resolve_scenario(evening, sets=of_scenario)

    return resolve


def asked(place: Place, over: str, **how: Any) -> Capacity:
    return capacity(place, Question(axis(over), **how), workers=1)


def test_the_bracket_holds_the_limit(tmp_path: Path) -> None:
    """A service under 250 ms keeps the budget, over it breaks it: within a twentieth, by verdicts at both ends."""
    found = asked(bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]}), f"{SERVICE}=10ms..2s")
    assert found.last_pass is not None
    assert found.first_fail is not None
    assert found.last_pass.load < 250e6 <= found.first_fail.load <= 1.05 * found.last_pass.load
    assert found.last_pass.checked.replications == 28
    assert found.first_fail.broke is not None
    assert found.first_fail.broke.budget.name == "call_duration{endpoint:order}: max<250"
    assert found.busiest[0][0] == "desk"
    assert found.oddities == ()


@pytest.mark.parametrize(("near", "looked"), [((240e6, 255e6), 2), ((20e6, 21e6), 14), ((1.8e9, 1.9e9), 14)])
def test_a_search_may_begin_where_another_ended(tmp_path: Path, near: tuple[float, float], looked: int) -> None:
    """Two looks do where it turns in the same place; where it does not, they only cost a little more."""
    place = bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]})
    found = asked(place, f"{SERVICE}=10ms..2s", near=near)
    assert found.last_pass is not None
    assert found.first_fail is not None
    assert found.last_pass.load < 250e6 <= found.first_fail.load <= 1.07 * found.last_pass.load
    assert found.coarse <= looked


def test_less_may_be_harder(tmp_path: Path) -> None:
    """At most 250 orders in 500 s: who comes back sooner than after 1.9 s orders more."""
    place = bar(tmp_path, {"attempts": ["count<=250"]})
    found = asked(place, f"{EVERY}=200ms..20s", falls=True)
    assert found.last_pass is not None
    assert found.first_fail is not None
    last, first = 1 / found.last_pass.load, 1 / found.first_fail.load
    assert first < 1.9e9 <= last <= 1.06 * first
    assert asked(place, f"{EVERY}=200ms..20s", falls=True, start=2e9).last_pass is not None


def test_a_range_that_never_or_always_breaks(tmp_path: Path) -> None:
    """Then there is one end only, and it says so."""
    place = bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]})
    easy = asked(place, f"{SERVICE}=10ms..100ms")
    assert easy.first_fail is None
    assert easy.last_pass is not None
    assert easy.last_pass.text == "100ms"
    hard = asked(place, f"{SERVICE}=300ms..400ms")
    assert hard.last_pass is None
    assert hard.first_fail is not None
    assert hard.first_fail.text == "300ms"


def test_what_is_judged_once_is_known(tmp_path: Path) -> None:
    """A second search of the same programs simulates nothing that a first one judged."""
    place = bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]})
    known: dict[tuple[str, str, int], Any] = {}
    question = Question(axis(f"{SERVICE}=100ms..400ms"))
    first = capacity(place, question, known=known, workers=1)
    again = capacity(place, question, known=known, workers=1)
    assert all(one.checked is other.checked for one, other in zip(first.probes, again.probes, strict=True))


def test_known_capacities_are_found() -> None:
    """O21, one seed of each case here; `verify --capacity 50` asks fifty."""
    for one in coverage(1):
        assert one.held == 1
        assert one.widest <= 0.11
        assert one.is_right


def test_a_wrong_truth_is_noticed(tmp_path: Path) -> None:
    """The measure can fail: against a truth a tenth off, no bracket holds it."""
    found = asked(bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]}), f"{SERVICE}=10ms..2s")
    off = Known("off", "", "", (), "", 275e6)
    assert (Coverage(off, (found,)).held, Coverage(off, (found,)).is_right) == (0, False)


@pytest.mark.parametrize("over", [f"{SERVICE}=1s,2s", "clients.guest.people=0..5"])
def test_what_cannot_be_searched(tmp_path: Path, over: str) -> None:
    """Words, and ranges from nothing."""
    with pytest.raises(ModelError, match="begins above 0"):
        asked(bar(tmp_path, {"goodput": ["rate>0"]}), over)


# ---------------------------------------------------------------- attendance


def test_the_probability_that_an_event_holds(tmp_path: Path) -> None:
    """Guests at one clerk: eleven never wait once they have sorted themselves, and more do; the crowd decides."""
    place = bar(tmp_path, {"attempts": ["count<=2000"]})  # a guest orders 455 times: four are fine, five are too many
    found = attendance(place, PEOPLE, 10, "0.2..0.7", replications=20, workers=1)
    assert (found.largest_kept, found.smallest_broken) == (4, 5)
    assert sum(found.kept) == sum(count <= 4 for count in found.people)
    assert found.probability.low < found.probability.estimate < found.probability.high
    assert found.broke[0][0].startswith("attempts")
    assert sorted(found.people) == sorted(attendance(place, PEOPLE, 10, "0.2..0.7", replications=20, workers=2).people)


def test_shares_are_read() -> None:
    """A share, a range, a beta distribution; nothing else."""
    assert (show_up("0.4").low, show_up("0.4").high) == (0.4, 0.4)
    assert show_up("beta(20, 30)").shape == (20, 30)
    for text in ("", "0", "1.2", "0.6..0.3", "beta(0, 1)", "half", "0.3..x"):
        with pytest.raises(ModelError, match="--show-up"):
            show_up(text)


# ---------------------------------------------------------------- the command


def test_command(tmp_path: Path) -> None:
    """A table, a document and a picture of several designs; one option of a ticket each; bad options."""
    bar(tmp_path, {"call_duration{endpoint:order}": ["max<250"]})
    write(
        tmp_path / "tickets" / "T-1.yaml",
        {"format": 1, "ticket": "T-1", "order": 1, "options": {"one": {"edits": []}, "two": {"edits": []}}},
    )
    picture = tmp_path / "held.svg"
    names = [str(tmp_path / "bar.yaml"), str(tmp_path / "evening.yaml")]
    over = ["--over", f"{SERVICE}=100ms..400ms", "-q"]
    done = CliRunner().invoke(
        app, ["capacity", *names, *over, "--each", "T-1", "--json", "-", "--picture", str(picture)]
    )
    told = json.loads(done.stdout)
    assert [one["design"]["expression"].rsplit("+", 1)[1] for one in told["designs"]] == ["T-1:one", "T-1:two"]
    assert all(one["first_fail"] in {"252ms", "254ms"} for one in told["designs"])
    root = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    dots = sum(element.tag.endswith("circle") for element in root)
    assert dots == len(Verdict) + sum(len(one["probes"]) for one in told["designs"])
    said = CliRunner().invoke(app, ["capacity", *names, *over]).stdout
    assert "max<250" in said
    assert "there is no ticket" in str(CliRunner().invoke(app, ["capacity", *names, *over, "--each", "T-2"]).exception)
    crowd = CliRunner().invoke(app, ["capacity", *names, "--registered", "10", "--show-up", "0.5", "-n", "4", "-q"])
    assert "P(holds)" in crowd.stdout


def test_a_search_that_is_asked_again_simulates_nothing(tmp_path: Path) -> None:
    """Its replications are kept: the same bracket, verdicts and reasons; an attendance too."""
    place = bar(tmp_path, {"call_duration{endpoint:order}": ["max<250", "p(99)<400"]})
    how: dict[str, Any] = {"workers": 1}
    plain = capacity(place, Question(axis(f"{SERVICE}=10ms..2s")), **how)
    with opened(tmp_path / "kept") as kept:
        first = capacity(place, Question(axis(f"{SERVICE}=10ms..2s")), kept=kept, **how)
        event = attendance(place, PEOPLE, 3, "0.4..0.9", replications=6, kept=kept)
        assert kept.new > 28 * 2
    with opened(tmp_path / "kept") as kept:
        again = capacity(place, Question(axis(f"{SERVICE}=10ms..2s")), kept=kept, **how)
        assert attendance(place, PEOPLE, 3, "0.4..0.9", replications=6, kept=kept).kept == event.kept
        assert kept.new == 0
    assert capacity_document([plain]) == capacity_document([first]) == capacity_document([again])
