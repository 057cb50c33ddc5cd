"""The command line as a shell meets it: what it prints where, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pandas as pd
import pytest
from typer.testing import CliRunner

from eventlive_sim.cli import app, main, terminal
from eventlive_sim.study.selfcheck import Tally
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, write
from tests.study.test_compare import TICKET

COMMANDS = (
    "run",
    "compare",
    "check",
    "storm",
    "tickets",
    "verify",
    "selfcheck",
    "lint",
    "preflight",
    "listing",
    "schema",
    "guesses",
    "models",
    "app",
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two designs, a ticket and a scenario, which is the working directory."""
    write(tmp_path / "door.yaml", DOOR)
    write(tmp_path / "bar.yaml", BAR)
    write(tmp_path / "night.yaml", changed(NIGHT, budgets={"queries{status:400}": ["count==0"]}))
    write(tmp_path / "evening.yaml", changed(EVENING, budgets={"calls": ["count==10"]}))
    write(tmp_path / "tickets" / "7.yaml", TICKET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class Said(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def said(*arguments: str) -> Said:
    """What a run of the command prints, without a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["eventlive-sim", *arguments]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            code = 0 if left.code is None else int(left.code)
    return Said(code, out.getvalue(), err.getvalue())


def code_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Exit code of the command, without a process of its own."""
    monkeypatch.setattr(sys, "argv", ["eventlive-sim", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return 0 if left.value.code is None else int(left.value.code)


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_results_and_progress_go_their_own_ways(here: Path) -> None:
    """The table is on stdout, progress and notes are on stderr; quiet leaves nothing there."""
    done = said("run", "bar.yaml", "evening.yaml")
    assert done.returncode == 0
    assert "order: calls" in done.stdout
    assert "%" in done.stderr
    quiet = said("run", "bar.yaml", "evening.yaml", "--quiet")
    assert (quiet.stdout, quiet.stderr) == (done.stdout, "")


def test_the_module_is_the_command(here: Path) -> None:
    """``python -m eventlive_sim`` prints what the command prints."""
    command = [sys.executable, "-m", "eventlive_sim", "lint", "door.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert (done.returncode, done.stdout, done.stderr) == said("lint", "door.yaml")


def test_no_colour_where_nobody_looks(here: Path) -> None:
    """Output into a pipe holds no escape sequences."""
    assert "\x1b" not in said("check", "evening.yaml", "--design", "bar.yaml").stdout


def test_json_on_stdout_is_all_there_is(here: Path) -> None:
    """With --json - the document alone is on stdout, the same bytes each time, without the time of day."""
    first, second = (
        said("run", "door.yaml", "night.yaml", "--json", "-", "-n", "2", "--workers", "1", "-q").stdout
        for _ in range(2)
    )
    assert first == second
    told = document(first)
    assert told["schema"] == "eventlive-run/1"
    assert len(told["replications"]) == 2
    assert told["seed"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "evening.yaml", "--design", "bar.yaml"), 0),
        (("check", "night.yaml", "--design", "door.yaml"), 1),
        (("check", "night.yaml", "--design", "door.yaml+7:A"), 0),
        (("run", "nothing", "evening.yaml"), 2),
        (("run", "bar.yaml", "nothing"), 2),
        (("run", "bar.yaml", "evening.yaml", "--set", "clients.guest.loops.go.every=5"), 2),
        (("run", "bar.yaml", "evening.yaml", "--replications", "0"), 2),
        (("run", "bar.yaml", "evening.yaml", "--seed", "-1"), 2),
        (("run", "bar.yaml", "evening.yaml", "--seed", "x"), 2),
        (("run", "bar.yaml", "evening.yaml", "--json", "no/such/folder.json"), 2),
        (("run", "bar.yaml", "evening.yaml", "--json", "."), 2),
        (("run", "bar.yaml", "evening.yaml", "--trace", "no/such/trace"), 2),
        (("run", "bar.yaml", "evening.yaml", "--parquet", "bar.yaml"), 2),
        (("run", "bar.yaml"), 2),
        (("compare", "bar.yaml", "door.yaml", "evening.yaml", "-n", "0"), 2),
        (("listing", "bar.yaml", "nothing"), 2),
        (("schema", "nothing"), 2),
        (("nothing",), 2),
        (("models",), 0),
        (("lint", "door.yaml"), 0),
    ],
)
def test_exit_codes(here: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int) -> None:
    """0 is well, 1 a broken budget, 2 what was put in."""
    assert code_of(monkeypatch, *arguments) == code


def test_a_misspelt_budget_is_told_before_the_work(here: Path) -> None:
    """Nothing is simulated for a budget that names what is not there: no progress, no table."""
    write(here / "odd.yaml", changed(EVENING, budgets={"station_wait{station:dsk}": ["avg<1"]}))
    done = said("check", "odd.yaml", "--design", "bar.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'desk'?" in done.stderr
    assert "%" not in done.stderr


def test_bad_input_is_told_without_a_traceback(here: Path) -> None:
    """One line: place, problem, remedy."""
    write(here / "bad.yaml", changed(BAR, clients__guest__loops={"go": {"call": "ordr", "every": "1s"}}))
    done = said("run", "bad.yaml", "evening.yaml")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "ordr" in done.stderr
    assert "bad.yaml" in done.stderr


def test_our_fault_is_70(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no fault of the input is said in short; the traceback is for those who ask."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("eventlive_sim.model.resolve.resolve_design", broken)
    monkeypatch.delenv("EVENTLIVE_DEBUG", raising=False)
    assert code_of(monkeypatch, "lint", "bar.yaml") == 70
    told = capsys.readouterr().err
    assert "a wheel came off" in told
    assert "Traceback" not in told
    monkeypatch.setenv("EVENTLIVE_DEBUG", "1")
    assert code_of(monkeypatch, "lint", "bar.yaml") == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "replications", "workers"),
    [("fast", "10000", "1"), ("fast", "10000", "2"), ("reference", "1", "2"), ("reference", "2", "2")],
)
def test_an_interrupt_is_130(here: Path, engine: str, replications: str, workers: str) -> None:
    """Control-C in the middle of the work ends it with 130, one line and no traceback, whatever does the work."""
    write(here / "long.yaml", changed(NIGHT, duration="20h", bins="1m", windows={}))
    command = [
        sys.executable,
        "-m",
        "eventlive_sim",
        "run",
        "door.yaml",
        "long.yaml",
        "-n",
        replications,
        "--engine",
        engine,
        "--workers",
        workers,
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert "0 %" in process.stderr.readline()
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_reader_who_has_enough_changes_no_verdict(here: Path) -> None:
    """With stdout closed by its reader a check that holds is still 0, and one that breaks 1."""
    for scenario, design, code in (("evening.yaml", "bar.yaml", 0), ("night.yaml", "door.yaml", 1)):
        read, written = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "eventlive_sim", "check", scenario, "--design", design, "-q"]
        done = subprocess.run(command, stdout=written, stderr=subprocess.PIPE, text=True, check=False, env=ENVIRONMENT)
        os.close(written)
        assert (done.returncode, done.stderr) == (code, "")


def test_compare_prints_both_and_the_difference(here: Path) -> None:
    """One table: figure, both designs, difference, interval; the same in JSON."""
    done = said(
        "compare", "door.yaml", "door.yaml+7:A", "night.yaml", "-q", "-n", "2", "--workers", "1", "--json", "both.json"
    )
    assert done.returncode == 0
    assert "difference" in done.stdout
    assert "interval" in done.stdout
    told = document((here / "both.json").read_text())
    assert told["schema"] == "eventlive-compare/1"
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert figures["queries answered 400"]["other"] == [0, 0]
    assert figures["queries answered 400"]["difference"] < 0


def test_tickets_show_what_each_option_moves(here: Path) -> None:
    """One column an option, with the title of each below."""
    done = said("tickets", "night.yaml", "--design", "door.yaml", "--workers", "1", "-q")
    assert done.returncode == 0
    assert "7:A" in done.stdout
    assert "No look at all" in done.stdout


def test_set_goes_to_design_or_scenario(here: Path) -> None:
    """A value is set wherever its path is: ten guests make ten times the calls, at twice the interval about half."""
    told = [
        document(said("run", "bar.yaml", "evening.yaml", "-q", "--json", "-", *more).stdout)
        for more in ((), ("--set", "clients.guest.people=10"), ("--set", "clients.guest.loops.go.every=2s"))
    ]
    calls = [
        next(one["values"]["count"] for one in run["replications"][0]["metrics"] if one["name"] == "attempts")
        for run in told
    ]
    assert calls[0] == 10
    assert calls[1] > 50
    assert calls[2] == 6
    assert told[1]["scenario"]["sets"] == ["clients.guest.people=10"]
    assert told[2]["design"]["sets"] == ["clients.guest.loops.go.every=2s"]


def test_files_hold_what_was_simulated(here: Path) -> None:
    """Trace as JSON lines, metrics, series and stations as parquet."""
    done = said(
        "run", "door.yaml", "night.yaml", "-q", "--trace", "acts.jsonl", "--trace-people", "2", "--parquet", "out"
    )
    assert done.returncode == 0
    acts = [json.loads(line) for line in (here / "acts.jsonl").read_text().splitlines()]
    assert {act["person"] for act in acts} == {0, 1}
    frames = {path.stem: pd.read_parquet(path) for path in (here / "out").glob("*.parquet")}
    assert set(frames) == {"metrics", "series", "stations"}
    attempts = frames["series"].query("metric == 'attempts'")["count"].sum()
    assert attempts == frames["metrics"].query("metric == 'attempts' and window == 'all'")["count"].sum() > 0


def test_listing_and_schema_are_text(here: Path) -> None:
    """A listing names its steps; a schema is JSON."""
    listed = said("listing", "door.yaml", "door").stdout
    assert "endpoints.door.steps.look" in listed
    assert document(said("schema", "scenario").stdout)["title"] == "A scenario"


def test_models_lists_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Designs, scenarios, tickets with their options."""
    assert code_of(monkeypatch, "models") == 0
    told = capsys.readouterr().out
    for name in ("before", "after", "s1_entry", "0-1:B", "5-1:"):
        assert name in told


def test_help_is_quick_and_complete() -> None:
    """Every command says what it does, and help loads none of the heavy libraries."""
    told = CliRunner().invoke(app, ["--help"]).output
    assert all(f" {name} " in told for name in COMMANDS)
    for name in COMMANDS:
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom eventlive_sim.cli import app\n"
        "CliRunner().invoke(app, ['run', '--help'])\nprint(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not [name for name in ("pandas", "simpy", "scipy", "numpy", "rich.progress") if f"'{name}'" in loaded]


@pytest.mark.parametrize("command", [["run", "before"], ["check", "--design", "before"]])
def test_a_short_command_loads_nothing_heavy(command: list[str]) -> None:
    """Half of a warm run of a replication was imports, half of them scipy.stats."""
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom eventlive_sim.cli import app\n"
        f"found = CliRunner().invoke(app, [*{command}, 's1', '--set', 'duration=60s', '--set', 'windows.steady=[30s, 60s]'])\n"
        "print(found.exit_code, [name for name in sys.modules if name in "
        "('scipy.stats', 'scipy.optimize', 'pandas', 'simpy', 'streamlit', 'optuna')])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() in {"0 []", "1 []"}


def test_the_app_is_where_the_command_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra: what to install. With it: the package's entry, on this machine only, then what was given."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert code_of(monkeypatch, "app") == 2
    called: list[list[str]] = []

    def call(command: list[str]) -> int:
        called.append(command)
        return 0

    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    monkeypatch.setattr("subprocess.call", call)
    assert code_of(monkeypatch, "app", "--server.port=8600") == 0
    entry = Path(called[0][4])
    assert entry.parts[-3:] == ("eventlive_sim", "app", "entry.py")
    assert "--server.address=127.0.0.1" in called[0]
    assert called[0][-1] == "--server.port=8600"


def test_progress_is_a_line_a_tenth_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """Told a thousand parts, it writes eleven lines to stderr, none twice."""
    with terminal.following("work", quiet=False) as progress:
        assert progress is not None
        for part in range(1_001):
            progress(part / 1_000)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"work: {tenth * 10} %" for tenth in range(11)]


def test_selfcheck_counts_what_it_checked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases by their numbers; 70 and the case when the engines part."""
    assert code_of(monkeypatch, "selfcheck", "--first", "1", "--cases", "6", "--workers", "1", "-q") == 0
    assert "6 programs, 0 designs" in capsys.readouterr().out
    parted = Tally(Counter(programs=1), "program 5, seed 1 (case 5):\nthey part")
    monkeypatch.setattr("eventlive_sim.study.selfcheck.selfcheck", lambda *_, **__: parted)
    assert code_of(monkeypatch, "selfcheck", "-q") == 70
    assert "case 5" in capsys.readouterr().out


def test_an_engine_that_there_is_not_is_bad_input(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names of the engines stand in the error."""
    assert code_of(monkeypatch, "run", "door.yaml", "night.yaml", "--engine", "quick") == 2
    told = capsys.readouterr().err
    assert "fast" in told
    assert "reference" in told
