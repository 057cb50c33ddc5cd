"""Places that a command reads and writes: odd ones are refused or named, and no verdict hangs on a full stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import ENVIRONMENT, here, said

__all__ = ["here"]

EVENT = ("bar.yaml", "evening.yaml", "-q")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """What a shell prints for a line; $E stands for the command."""
    environment = {**ENVIRONMENT, "E": f"{sys.executable} -m eventlive_sim"}
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, check=False, env=environment, timeout=60
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("run", *EVENT, "--trace", "-"), "only --json takes"),
        (("run", *EVENT, "--json", "x", "--trace", "x"), "x is named twice"),
        (("run", *EVENT, "--parquet", "p\udcff"), "no name in UTF-8"),
        (("run", *EVENT, "--trace-people", "3"), "add --trace FILE"),
        (("check", "evening.yaml", "-q", "-d", "bar.yaml", "--junit", "-"), "only --json takes"),
    ],
)
def test_places_that_would_lose_something_are_refused(here: Path, arguments: tuple[str, ...], problem: str) -> None:
    """Nothing is written over what the same command writes, and no file is called -."""
    done = said(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert not (here / "-").exists()


@needs_full
@pytest.mark.parametrize("option", ["--json", "--trace"])
def test_a_full_disk_is_named(here: Path, option: str) -> None:
    """The place that is full, and what to do."""
    done = said("run", *EVENT, option, str(FULL))
    assert done.returncode == 2
    assert "/dev/full cannot be written (No space left on device); make room there" in done.stderr


@needs_full
def test_a_full_stdout_is_named_and_a_full_stderr_changes_nothing(here: Path) -> None:
    """Results that cannot be told are an error; notes that cannot be are not, and 1 stays a broken budget."""
    told = shell("$E models > /dev/full")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "stdout cannot be written (No space left on device)" in told.stderr
    assert shell("$E run bar.yaml evening.yaml 2> /dev/full").returncode == 0
    assert shell("$E schema nothing 2> /dev/full").returncode == 2


@pytest.mark.parametrize(("closed", "told"), [("2>&-", True), ("<&- >&- 2>&-", False)])
def test_closed_streams_change_no_exit_code(here: Path, closed: str, told: bool) -> None:
    """What was closed takes nothing in, and no file of ours takes its place."""
    done = shell(f"$E run bar.yaml evening.yaml --json all.json {closed}")
    assert (done.returncode, bool(done.stdout)) == (0, told)
    assert json.loads((here / "all.json").read_text())["schema"] == "eventlive-run/1"


def test_a_pipe_in_place_of_a_file_is_refused_at_once(here: Path) -> None:
    """Nobody may ever write into it."""
    os.mkfifo("pipe.yaml")
    done = said("run", "pipe.yaml", "evening.yaml")
    assert done.returncode == 2
    assert "pipe.yaml: it is a pipe or socket, not a file" in done.stderr


def test_a_file_with_an_odd_name_stays_on_its_line(here: Path) -> None:
    """A line break in a name is written as its escape."""
    assert said("run", "a\nb.yaml", "evening.yaml").stderr.splitlines() == [
        "error: a\\nb.yaml: there is no such file; check the name [no-such-file]"
    ]


def test_as_many_traced_people_as_anybody_could_want(here: Path) -> None:
    """All of them, at once: the number is no list."""
    assert said("run", *EVENT, "--trace", "t.jsonl", "--trace-people", str(10**18)).returncode == 0
    assert (here / "t.jsonl").stat().st_size > 0


@pytest.mark.parametrize(("key", "value"), [("seed", None), ("budgets", [{"name": "calls"}]), ("scenario", "evening")])
def test_a_baseline_that_was_damaged_is_named(here: Path, key: str, value: object) -> None:
    """Its shape is looked at before anything is simulated."""
    arguments = ("check", "evening.yaml", "-q", "--design", "bar.yaml")
    assert said(*arguments, "--json", "then.json").returncode == 0
    assert said(*arguments, "--baseline", "then.json").returncode == 0
    then = json.loads((here / "then.json").read_text())
    then["checks"][0][key] = value
    (here / "then.json").write_text(json.dumps(then))
    done = said(*arguments, "--baseline", "then.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"then.json: checks.0.{key}" in done.stderr


def test_an_encoding_that_is_too_small_loses_nothing(here: Path) -> None:
    """Tables hold escapes, JSON is the same document."""
    name = "title=커피 \N{CURLY LOOP}"
    small = shell(f"PYTHONIOENCODING=ascii $E run bar.yaml evening.yaml -q --json - --set '{name}'")
    assert (small.returncode, small.stderr) == (0, "")
    assert small.stdout.isascii()
    assert json.loads(small.stdout) == json.loads(said("run", *EVENT, "--json", "-", "--set", name).stdout)
    assert json.loads(small.stdout)["design"]["sets"] == [name]
    assert shell("PYTHONIOENCODING=ascii $E guesses before").returncode == 0


def test_what_does_not_fit_a_design_is_told_with_file_and_line(here: Path) -> None:
    """A client that the design has not, a tag of a budget that names nothing, and a metric that nobody wrote down."""
    (here / "odd.yaml").write_text("format: 1\nduration: 10s\nclients:\n  guest: {people: 1}\n  waiter: {people: 1}\n")
    for command in ("run", "preflight", "cost"):
        told = said(command, "bar.yaml", "odd.yaml").stderr
        assert told.startswith("error: odd.yaml:5: clients.waiter: the design has no such client; write one of: guest")
    (here / "odd.yaml").write_text(
        "format: 1\nduration: 10s\nclients:\n  guest: {people: 1}\nbudgets:\n  'calls{endpoint:ordr}': ['count==0']\n"
    )
    told = said("check", "odd.yaml", "--design", "bar.yaml").stderr
    assert told.startswith(
        "error: odd.yaml:6: budgets.calls{endpoint:ordr}: there is no endpoint of calls 'ordr'; did you"
    )
    told = said("sweep", *EVENT, "--over", "clients.guest.people=1,2", "--metric", "calls{endpoint:ordr}:count").stderr
    assert told.startswith("error: evening: calls{endpoint:ordr}: there is no endpoint of calls 'ordr'; did you")
