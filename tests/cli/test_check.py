"""The gate's command: exit codes, formats, baseline, tickets alone, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.cli.test_cli import said
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, write
from tests.study.test_compare import TICKET

SURE = {"looks": [3], "risk": 0.4, "alpha": 0.3}
HOLDS, BREAKS = {"calls": ["count==10"]}, {"calls": ["count<10"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenarios that hold, break and stay open, and a design with a ticket; the working directory."""
    write(tmp_path / "bar.yaml", BAR)
    write(tmp_path / "door.yaml", DOOR)
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    write(tmp_path / "holds.yaml", changed(EVENING, budgets=HOLDS, gate=SURE))
    write(tmp_path / "breaks.yaml", changed(EVENING, budgets=BREAKS, gate=SURE))
    write(tmp_path / "open.yaml", changed(EVENING, budgets=HOLDS, gate={"looks": [3]}))
    write(tmp_path / "wrong.yaml", changed(EVENING, budgets={"cals": ["count==10"]}))
    write(tmp_path / "night.yaml", changed(NIGHT, budgets={"queries{status:400}": ["count==0"]}, gate=SURE))
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def check(*arguments: str) -> tuple[int, str, str]:
    done = said("check", *arguments, "--workers", "1", "-q")
    return done.returncode, done.stdout, done.stderr


def document(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["holds.yaml"], 0),
        (["breaks.yaml"], 1),
        (["wrong.yaml"], 2),
        (["open.yaml"], 3),
        (["open.yaml", "--undecided", "fail"], 1),
        (["open.yaml", "--undecided", "warn"], 0),
        (["holds.yaml", "open.yaml"], 3),
        (["open.yaml", "breaks.yaml", "holds.yaml"], 1),
        (["breaks.yaml", "wrong.yaml"], 2),
        (["holds.yaml", "--undecided", "perhaps"], 2),
        (["holds.yaml", "--baseline", "nothing.json"], 2),
        (["holds.yaml", "--baseline", "bar.yaml"], 2),
        (["holds.yaml", "--junit", "no/such/file.xml"], 2),
        (["holds.yaml", "-n", "1"], 2),
        (["nothing.yaml"], 2),
    ],
)
def test_exit_codes(here: Path, arguments: list[str], code: int) -> None:
    """0 PASS, 1 FAIL, 2 bad input, 3 UNDECIDED; of several scenarios the worst wins, in the order 2, 1, 3, 0."""
    returned, _, err = check(*arguments, "--design", "bar.yaml")
    assert returned == code
    assert "Traceback" not in err


def test_a_design_must_be_named(here: Path) -> None:
    """There is none by default."""
    code, _, err = check("holds.yaml")
    assert (code, "--design" in err) == (2, True)


def test_all_that_is_wrong_is_said_before_the_work(here: Path) -> None:
    """Two scenarios with mistakes are two lines, with the nearest valid names; nothing is simulated."""
    write(here / "odd.yaml", changed(EVENING, budgets={"calls{window:erly}": ["count<1"]}))
    code, out, err = check("wrong.yaml", "holds.yaml", "odd.yaml", "--design", "bar.yaml")
    assert (code, out) == (2, "")
    assert "did you mean 'calls'?" in err
    assert "did you mean 'early'?" in err
    assert len(err.splitlines()) == 2


def test_the_same_twice_gives_the_same_bytes(here: Path) -> None:
    """JSON, JUnit and table."""
    for name in ("one", "two"):
        files = ("--json", f"{name}.json", "--junit", f"{name}.xml")
        (here / f"{name}.txt").write_text(check("open.yaml", "breaks.yaml", "--design", "bar.yaml", *files)[1])
    for kind in ("json", "xml", "txt"):
        assert (here / f"one.{kind}").read_bytes() == (here / f"two.{kind}").read_bytes()
        assert (here / f"one.{kind}").stat().st_size > 100


def test_json_on_stdout_is_all_there_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No table beside it; on GitHub the annotations go to stderr then."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    code, out, err = check("breaks.yaml", "--design", "bar.yaml", "--json", "-")
    assert code == 1
    assert json.loads(out)["schema"] == "eventlive-check/2"
    assert err.startswith("::error file=breaks.yaml,line=")


def test_github_gets_annotations_and_a_summary(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is there; the summary is added to what other steps wrote."""
    summary = here / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    _, out, _ = check("breaks.yaml", "--design", "bar.yaml")
    assert "\n::error file=breaks.yaml" in out
    assert summary.read_text().startswith(
        "before\n### ❌ bar in breaks: FAIL, stop the deployment".replace("bar in", "bar.yaml in")
    )


def test_nothing_of_github_elsewhere(here: Path) -> None:
    """Without its variable there are no commands in the output."""
    assert "::error" not in check("breaks.yaml", "--design", "bar.yaml")[1]


def test_junit_is_written(here: Path) -> None:
    """A case a budget."""
    check("breaks.yaml", "--design", "bar.yaml", "--junit", "out.xml")
    root = ET.parse(here / "out.xml").getroot()  # noqa: S314 - we wrote it
    assert [case.get("name") for case in root.iter("testcase")] == ["calls: count<10", "goodput in each event: rate>0"]


def test_a_failed_check_names_the_tickets_that_turn_it(here: Path) -> None:
    """The column that does not exist: either option alone turns the budget, and the table says so."""
    code, out, _ = check("night.yaml", "--design", "door.yaml", "--json", "out.json")
    assert code == 1
    assert "7:A" in out
    (found,) = document(here / "out.json")["checks"]
    assert [one["option"] for one in found["tickets"]["options"] if one["turned"]] == ["7:A", "7:B"]
    code, out, _ = check("night.yaml", "--design", "door.yaml", "--tickets", "0")
    assert (code, "7:A" in out) == (1, False)


def test_a_baseline_finds_what_has_become_worse(here: Path) -> None:
    """The same design is no worse than itself; a slower desk is, though every budget still holds."""
    budgets = {"call_duration": ["avg<500"]}
    write(here / "calm.yaml", changed(EVENING, budgets=budgets, gate={"looks": [6], "risk": 0.9, "alpha": 0.2}))
    assert check("calm.yaml", "--design", "bar.yaml", "--json", "before.json")[0] == 0
    assert check("calm.yaml", "--design", "bar.yaml", "--baseline", "before.json")[0] == 0
    slower = ("--set", "endpoints.order.steps.serve.service=120ms")
    code, out, _ = check("calm.yaml", "--design", "bar.yaml", "--baseline", "before.json", *slower)
    assert (code, "REGRESSED" in out) == (1, True)
    assert (
        check("calm.yaml", "--design", "bar.yaml", "--baseline", "before.json", *slower, "--tolerance", "0.3")[0] == 0
    )
    faster = ("--set", "endpoints.order.steps.serve.service=80ms")
    assert check("calm.yaml", "--design", "bar.yaml", "--baseline", "before.json", *faster)[0] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--seed", "2"), "made with seed 1"),
        (("--set", "clients.guest.people=2"), "other people"),
    ],
)
def test_a_baseline_of_another_world_is_refused(here: Path, change: tuple[str, str], words: str) -> None:
    """Without common random numbers there is nothing to compare."""
    check("holds.yaml", "--design", "bar.yaml", "--json", "before.json")
    code, _, err = check("holds.yaml", "--design", "bar.yaml", "--baseline", "before.json", *change)
    assert (code, words in err) == (2, True)
    code, _, err = check("open.yaml", "--design", "bar.yaml", "--baseline", "before.json")
    assert (code, "no check of open" in err) == (2, True)


def test_another_budget_is_no_other_world(here: Path) -> None:
    """What is asked may change; who comes may not."""
    check("holds.yaml", "--design", "bar.yaml", "--json", "before.json")
    write(here / "holds.yaml", changed(EVENING, budgets={**HOLDS, "goodput": ["rate>0"]}, gate=SURE))
    assert check("holds.yaml", "--design", "bar.yaml", "--baseline", "before.json")[0] == 0


def test_guesses_are_drawn_over_their_ranges(here: Path) -> None:
    """What holds as guessed breaks within the guess's range: the guess is named, and there is no PASS."""
    guess = {"value": "100ms", "guess": True, "range": ["50ms", "2s"]}
    write(here / "guessed.yaml", changed(BAR, endpoints__order__steps__serve__service=guess))
    write(
        here / "calm.yaml", changed(EVENING, budgets={"call_duration": ["avg<500"]}, gate={"looks": [20], "risk": 0.3})
    )
    assert check("calm.yaml", "--design", "guessed.yaml")[0] == 0
    code, out, _ = check("calm.yaml", "--design", "guessed.yaml", "--robust", "--json", "out.json")
    assert code == 1
    (found,) = document(here / "out.json")["checks"]
    assert (found["robust"]["guesses"], found["robust"]["verdict"]) == (1, "FAIL")
    (flip,) = found["robust"]["flips"]
    assert (flip["guess"], flip["now"]) == ("endpoints.order.steps.serve.service", "FAIL")
    assert flip["at"] == "2000000000ns"
    assert "guesses that turn a budget alone" in out


def test_lint_can_fail(here: Path) -> None:
    """For hooks: exit 1 when anything is found, but for rules that are left out; files that are no designs are passed over."""
    assert said("lint", "door.yaml").returncode == 0
    done = said("lint", "door.yaml", "bar.yaml", "--strict")
    assert (done.returncode, "L001" in done.stdout) == (1, True)
    rules = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("│ L")}
    ignored = [text for rule in sorted(rules) for text in ("--ignore", rule)]
    assert said("lint", "door.yaml", "--strict", *ignored).returncode == 0
    assert said("lint", "door.yaml", "--ignore", "L99").returncode == 2
    assert said("lint", "night.yaml", "--strict", "--designs-only") == (0, "", "")
    assert said("lint", "night.yaml", "--strict").returncode == 2
