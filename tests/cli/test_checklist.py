"""The command of checklists: verdicts, evidence and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import said
from tests.study.small import DOOR, NIGHT, changed, write

CALM = {**NIGHT, "duration": "20s", "windows": {}, "gate": {"looks": [10], "risk": 0.5}}
FIXED = {"look": {"select": "seats", "columns": ["who"]}, "sit": {"insert": "seats", "when": {"look": "missing"}}}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The bug in small, the same mended, and a list of two lines; the second asks for what is not there."""
    night = str(write(tmp_path / "night.yaml", CALM))
    never = {"in": night, "never": [{"after": "queries{status:400}", "follows": "query"}], "calls": ["queries"]}
    counted = {"in": night, "budgets": {"queries{status:400}": ["count==0"]}}
    lines = {
        "stops": {"says": "A call ends at an error.", "shown": [counted, never]},
        "later": {"says": "Dawn comes.", "shown": [{"in": "dawn", "budgets": {"goodput": ["rate>0"]}}]},
        "clean": {"says": "No errors.", "shown": [counted]},
    }
    write(tmp_path / "checklist.yaml", {"format": 1, "title": "Two lines", "lines": lines})
    write(tmp_path / "door.yaml", DOOR)
    write(tmp_path / "mended.yaml", changed(DOOR, endpoints__door__steps=FIXED))
    return tmp_path


def test_a_refuted_line_is_shown_with_its_call(place: Path) -> None:
    """Exit 1; verdicts, claims, the command that prints it again, and the listing of the call; stderr has progress."""
    done = said("checklist", str(place / "door.yaml"))
    assert done.returncode == 1
    assert "100 %" in done.stderr
    told = " ".join(done.stdout.split())  # a long name of a folder breaks lines
    for text in ("Two lines: 2 FAIL, 1 UNDECIDED", "after queries{status:400} no query", "--line stops", "400 42703"):
        assert text in told
    assert said("checklist", str(place / "door.yaml"), "-q").stderr == ""


def test_exit_codes_and_document(place: Path) -> None:
    """0 when every line passes, 3 when one is undecided, or what is asked for; the document holds each claim."""
    mended = str(place / "mended.yaml")
    assert said("checklist", mended, "--line", "clean", "-q").returncode == 0
    assert said("checklist", mended, "--line", "later", "-q").returncode == 3
    assert said("checklist", mended, "--line", "later", "--undecided", "fail", "-q").returncode == 1
    assert said("checklist", mended, "--line", "later", "--undecided", "warn", "-q").returncode == 0
    done = said("checklist", mended, "--line", "clean", "--line", "later", "--json", "-", "-q")
    told = json.loads(done.stdout)
    assert (told["schema"], told["verdict"]) == ("eventlive-checklist/1", "UNDECIDED")
    clean, later = told["lines"]
    assert (clean["verdict"], clean["claims"][0]["value"], clean["claims"][0]["looked"]) == ("PASS", 0, 10)
    assert "there is no scenario called 'dawn'" in later["claims"][0]["why"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--line", "stop"), "did you mean stops?"),
        (("--list", "nothing.yaml"), "there is no checklist nothing.yaml"),
        (("--set", "clients.guest.peopel=3"), "peopel"),
        (("--undecided", "maybe"), "write fail or warn"),
    ],
)
def test_bad_input_is_said_in_a_line(place: Path, options: tuple[str, ...], told: str) -> None:
    """Exit 2, a remedy, nothing on stdout."""
    done = said("checklist", str(place / "door.yaml"), *options, "-q")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
