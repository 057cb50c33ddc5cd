"""The plugin, in a pytest of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.house.source import ROOT
from tests.house.test_public import HEAVY
from tests.study.small import BAR, EVENING, changed, write

SURE = {"looks": [3], "risk": 0.4, "alpha": 0.3}
PLUGIN = "eventlive_sim.pytest_plugin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of somebody else's, with scenarios beside other YAML."""
    write(tmp_path / "bar.yaml", BAR)
    budgets = {"calls": ["count==10", "count<10"], "call_duration": [{"threshold": "max<1", "severity": "warn"}]}
    write(tmp_path / "night.yaml", changed(EVENING, budgets={}))
    text = json.dumps(changed(EVENING, budgets=budgets, gate=SURE), indent=1)
    lines = [re.sub(r'^ "(\w+)": ', r"\1: ", line) for line in text.splitlines()[1:-1]]
    (tmp_path / "evening.yaml").write_text(
        "\n".join(line.removesuffix(",") if re.match(r"^(?! {2})", line) else line for line in lines)
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\neventlive_design = bar.yaml\n")
    return tmp_path


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "-ra", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_each_budget_is_a_test(project: Path) -> None:
    """What holds passes, what breaks fails in short, a warning is skipped; values go into JUnit."""
    done = pytest_in(project, "evening.yaml", "--junit-xml=out.xml")
    assert done.returncode == 1, done.stdout
    assert "1 failed, 2 passed, 1 skipped" in done.stdout
    assert "calls: count<10: FAIL: 3 of 3 events break it" in done.stdout
    assert "Traceback" not in done.stdout
    assert "pytest_plugin.py:" not in done.stdout.split("short test summary")[0]
    root = ET.parse(project / "out.xml").getroot()  # noqa: S314 - we wrote it
    case = next(case for case in root.iter("testcase") if "count==10" in str(case.get("name")))
    assert {one.get("name"): one.get("value") for one in case.iter("property")} == {
        "verdict": "PASS", "value": "10", "broken": "0 of 3", "seed": "1",
    }  # fmt: skip


def test_a_folder_is_searched_for_scenarios(project: Path) -> None:
    """Designs are no scenarios, nor is YAML without budgets at its top."""
    done = pytest_in(project, "--collect-only", "-q")
    assert {line.split("::")[0] for line in done.stdout.splitlines() if "::" in line} == {"evening.yaml"}
    assert sum("::" in line for line in done.stdout.splitlines()) == 4


def test_without_a_design_nothing_is_collected(project: Path) -> None:
    """The plugin is loaded in every run, also where nobody thinks of it."""
    (project / "pytest.ini").write_text("[pytest]\n")
    assert pytest_in(project).returncode == 5
    assert "4 tests collected" in pytest_in(project, "--eventlive-design=bar.yaml", "--collect-only", "-q").stdout


def test_a_mistake_is_told_where_it_is_collected(project: Path) -> None:
    """A misspelt metric: no traceback, the nearest name, and no test passes."""
    text = (project / "evening.yaml").read_text().replace('"calls"', '"cals"')
    (project / "evening.yaml").write_text(text)
    done = pytest_in(project, "evening.yaml")
    assert done.returncode == 2
    assert "did you mean 'calls'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_undecided_is_what_one_says_it_is(project: Path) -> None:
    """Failed, unless it is to be a warning."""
    text = (project / "evening.yaml").read_text().replace("0.4", "0.05").replace('"count<10"', '"count>=10"')
    (project / "evening.yaml").write_text(text)
    assert "2 failed, 1 passed, 1 skipped" in pytest_in(project, "evening.yaml").stdout
    assert "1 passed, 3 skipped" in pytest_in(project, "evening.yaml", "--eventlive-undecided=warn").stdout


def test_budgets_can_be_written_in_python(project: Path) -> None:
    """The fixture passes with figures, fails with reasons, and takes long budgets as files have them."""
    (project / "test_it.py").write_text(
        "def test_holds(eventlive):\n"
        "    found = eventlive.check('bar.yaml', 'evening.yaml', {'calls': ['count==10']})\n"
        "    assert found.rows[0].value == 10\n"
        "def test_breaks(eventlive):\n"
        "    eventlive.check('bar.yaml', 'evening.yaml', {'calls': [{'threshold': 'count<10'}]})\n"
        "def test_own(eventlive):\n"
        "    eventlive.check('bar.yaml', 'evening.yaml', scenario_sets=['clients.guest.people=2'])\n"
        "def test_wrong(eventlive):\n"
        "    eventlive.check('bar.yaml', 'evening.yaml', {'calls': [{'treshold': 'count<10'}]})\n"
    )
    done = pytest_in(project, "test_it.py")
    assert "3 failed, 1 passed" in done.stdout, done.stdout
    assert "calls: count<10: FAIL" in done.stdout
    assert "did you mean threshold?" in done.stdout


def test_the_plugin_is_announced() -> None:
    """pytest finds it by its entry point."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"eventlive": PLUGIN}


def test_loading_the_plugin_loads_no_simulator() -> None:
    """Whoever has it installed pays nothing in runs that ask for no budget."""
    script = f"import json, sys, pytest\nbefore = set(sys.modules)\nimport {PLUGIN}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "eventlive_sim" in loaded
    assert loaded & (HEAVY | {"llvmlite"}) == set()
