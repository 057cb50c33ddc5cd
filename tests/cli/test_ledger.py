"""The command of the ledger: tables, document, picture, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.test_cli import said
from tests.study.small import BAR, EVENING, write

METRIC = "call_duration{endpoint:order}:max"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A bar, the same with two tickets, and the order in which they are recommended."""
    for number, (name, to) in enumerate((("quick", "50ms"), ("quicker", "20ms"))):
        edits = [{"set": "endpoints.order.steps.serve.service", "to": to}]
        option = {"edits": edits, **({"requires": ["quick"]} if number else {})}
        ticket = {"format": 1, "ticket": name, "title": name, "order": number, "options": {"a": option}}
        write(tmp_path / "tickets" / f"{name}.yaml", ticket)
    write(tmp_path / "bar.yaml", BAR)
    write(tmp_path / "better.yaml", {"format": 1, "base": "bar", "tickets": ["quick:a", "quicker:a"]})
    write(tmp_path / "order.yaml", {"format": 1, "title": "The owner", "stages": [{"tickets": ["quicker"]}]})
    write(tmp_path / "evening.yaml", EVENING)
    return tmp_path


def ask(place: Path, *options: str) -> list[str]:
    bar, better, evening = (str(place / f"{name}.yaml") for name in ("bar", "better", "evening"))
    return ["ledger", evening, "--design", bar, "--to", better, "-n", "2", *options]


def test_tables_document_and_picture_agree(place: Path) -> None:
    """81 % and 19 %; the recommended order wastes its first step; the picture tells it to those who do not see it."""
    file = place / "ledger.svg"
    done = said(*ask(place, "--metric", METRIC, "--picture", str(file)))
    assert done.returncode == 0
    assert "100 %" in done.stderr
    for text in (
        "81.2%",
        "18.8%",
        "quick 62%, quicker 100%",
        "quicker 0%, quick 100%",
        "The owner",
        "every order counts",
    ):
        assert text in done.stdout
    root = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    told = {element.tag.rsplit("}", 1)[-1]: element.text or "" for element in root}
    assert "quick: first 62.5%, last 100.0%, on average 81.2%." in told["desc"]
    assert "recommended: quicker, quick, mean 50.0%." in told["desc"]
    document = json.loads(said(*ask(place, "--metric", METRIC, "--json", "-", "-q")).stdout)
    assert document["schema"] == "eventlive-ledger/1"
    assert [one["share"]["average"]["value"] for one in document["tickets"]] == pytest.approx([0.8125, 0.1875])
    assert document["best"]["order"] == ["quick", "quicker"]
    assert (document["sets"], document["designs"], document["simulations"]) == (4, 3, 6)


def test_tickets_can_be_chosen_and_metrics_given_to_one_scenario(place: Path) -> None:
    """One ticket buys everything; a metric may name its scenario."""
    evening = str(place / "evening.yaml")
    done = said(*ask(place, "--tickets", "quick", "--metric", f"{evening}={METRIC}", "--json", "-", "-q"))
    document = json.loads(done.stdout)
    assert [one["share"]["average"]["value"] for one in document["tickets"]] == [1]
    assert document["metrics"][0]["with_all"] == pytest.approx(50)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--metric", "call_durations:max"), "did you mean 'call_duration'?"),
        (("--metric", f"morning={METRIC}"), "is none of the scenarios"),
        (("--metric", METRIC, "--tickets", "slow"), "slow"),
        (("--metric", METRIC, "--picture", "ledger.png"), "ends in .svg"),
        (("--metric", METRIC, "--order", "nothing.yaml"), "there is no order of work"),
        (("--metric", "people{change:join}:count"), "do not move"),
    ],
)
def test_bad_input_is_said_in_a_line(place: Path, options: tuple[str, ...], told: str) -> None:
    """Exit 2, a remedy, nothing on stdout."""
    done = said(*ask(place, *options, "-q"))
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
