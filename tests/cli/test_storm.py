"""The command of storms: the map on stdout, as JSON, as a picture; and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from eventlive_sim import data
from tests.cli.test_cli import said

WHERE = (
    str(data.models_dir() / "oracles" / "outage.yaml"),
    str(data.experiments_dir() / "oracles" / "outage.yaml"),
    *("--set", "clients.caller.people=100", "--set", "duration=150s", "-n", "3"),
)


def test_the_map_is_on_stdout_and_progress_is_not() -> None:
    """Table with intervals, hidden capacity, and what is chance; quiet leaves stderr empty."""
    done = said("storm", *WHERE, "--durations", "1s,5s")
    assert done.returncode == 0
    assert "100 %" in done.stderr
    for text in ("outage: value", "[0.00, 0.71]", "C_stable", "150.0", "no trigger"):
        assert text in done.stdout
    assert said("storm", *WHERE, "--durations", "1s,5s", "-q").stderr == ""


def test_json_and_picture_hold_the_same_cells(tmp_path: Path) -> None:
    """Every cell of the document is told in the picture, in its squares and for those who do not see it."""
    file = tmp_path / "map.svg"
    done = said("storm", *WHERE, "--durations", "1s, 5s", "--sizes", "0,1", "--json", "-", "--picture", str(file), "-q")
    told = json.loads(done.stdout)
    assert told["schema"] == "eventlive-storm/1"
    assert [(cell["size"], cell["lasts"]) for cell in told["cells"]] == [
        ("0", "1s"),
        ("0", "5s"),
        ("1", "1s"),
        ("1", "5s"),
    ]
    assert told["hidden_capacity"][0]["c_stable_per_s"] == 150
    root = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it
    found = {element.tag.rsplit("}", 1)[-1]: element.text for element in root}
    assert found["title"]
    squares = [element for element in root if element.get("rx")]
    assert len(squares) == len(told["cells"]) + len(told["without_the_trigger"]) == 6
    for cell in told["cells"]:
        sentence = f"value {cell['size']} for {cell['lasts']}: {cell['metastable']} of 3 do not recover"
        assert sentence in (found["desc"] or "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--fault", "outge"), "did you mean outage?"),
        (("--durations", "10"), "write a number and a unit"),
        (("--durations", "1s", "--sizes", "0,-1"), "--sizes -1: disturbances.outage.value"),
        (("--picture", "map.png"), "ends in .svg"),
        (("--picture", "nowhere/map.svg"), "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(options: tuple[str, ...], told: str) -> None:
    """Exit 2, a remedy, nothing on stdout."""
    done = said("storm", *WHERE, *options, "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
