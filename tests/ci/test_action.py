"""The action and the commit hook, as those would run them who use them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.house.source import ROOT
from tests.study.small import BAR, DOOR, EVENING, changed, write

ACTION: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "action.yml")
HOOKS: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(ROOT / ".pre-commit-hooks.yaml")
STEPS = [step for step in ACTION["runs"]["steps"] if "run" in step]
SURE = {"looks": [3], "risk": 0.4, "alpha": 0.3}
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


class Runner:
    """What a runner does with the steps of a composite action: expressions, variables, bash, outputs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.installed = folder, folder / "installed"
        self.temp = folder / "temp"
        self.temp.mkdir()
        self.output, self.summary = self.temp / "output", self.temp / "summary"

    def run(self, step: dict[str, Any], inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
        given = {name: str(spec.get("default", "")) for name, spec in ACTION["inputs"].items()} | inputs
        values = {f"inputs.{name}": value for name, value in given.items()} | {"github.action_path": str(ROOT)}
        variables = {
            name: _EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in step.get("env", {}).items()
        }
        self.output.write_text("")
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment() | variables, capture_output=True, text=True, check=False
        )

    def environment(self) -> dict[str, str]:
        path = [str(self.installed / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        return {
            "PATH": os.pathsep.join(path),
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join([str(self.installed), *_libraries()]),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            # What pip is told here, and not by the action: everything else is installed already.
            "PIP_TARGET": str(self.installed),
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the wrong way round
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        }

    def outputs(self) -> dict[str, str]:
        lines = self.output.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def _libraries() -> list[str]:
    """Where this interpreter finds the libraries; the checkout is left out, so that what was installed is run."""
    return [path for path in sys.path if path and Path(path).resolve() != ROOT and "site-packages" in path]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the action's first script has installed it, with a repository to check."""
    made = Runner(tmp_path_factory.mktemp("runner"))
    write(made.folder / "bar.yaml", BAR)
    for name, budget in (("holds", "count==10"), ("breaks", "count<10")):
        write(made.folder / f"{name}.yaml", changed(EVENING, budgets={"calls": [budget]}, gate=SURE))
    write(made.folder / "open.yaml", changed(EVENING, budgets={"calls": ["count==10"]}, gate={"looks": [3]}))
    done = made.run(STEPS[0], {})
    assert done.returncode == 0, done.stderr
    return made


def test_each_step_is_one_that_a_runner_takes() -> None:
    """A script names its shell; an action names its version; nothing given from outside is part of a script."""
    assert ACTION["runs"]["using"] == "composite"
    assert len(STEPS) == 2
    for step in ACTION["runs"]["steps"]:
        assert ("uses" in step) is not ("run" in step)
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]
        else:
            assert "@" in step["uses"]
    used = set(_EXPRESSION.findall(json.dumps(ACTION)))
    known = {f"inputs.{name}" for name in ACTION["inputs"]} | {"github.action_path"}
    assert used - known == {f"steps.check.outputs.{name}" for name in ACTION["outputs"]}


@pytest.mark.parametrize(
    ("inputs", "code", "result"),
    [
        ({"scenarios": "holds.yaml"}, 0, "go"),
        ({"scenarios": "holds.yaml breaks.yaml"}, 1, "stop the deployment"),
        ({"scenarios": "open.yaml"}, 3, "undecided"),
        ({"scenarios": "open.yaml", "undecided": "warn"}, 0, "undecided"),
        ({"scenarios": "nothing.yaml"}, 2, ""),
        ({"scenarios": "holds.yaml", "design": "$(touch owned).yaml"}, 2, ""),
    ],
)
def test_the_steps_do_what_they_say(runner: Runner, inputs: dict[str, str], code: int, result: str) -> None:
    """Exit code, outputs, files; text from outside is never run."""
    done = runner.run(STEPS[1], {"design": "bar.yaml"} | inputs)
    assert done.returncode == code, done.stderr
    outputs = runner.outputs()
    assert (outputs["exit-code"], outputs["result"]) == (str(code), result)
    assert Path(outputs["json"]).is_file() is (code != 2)
    assert Path(outputs["junit"]).is_file() is (code != 2)
    assert not (runner.folder / "owned").exists()


def test_a_baseline_goes_from_one_run_to_the_next(runner: Runner) -> None:
    """The document of one check is the baseline of another."""
    runner.run(STEPS[1], {"design": "bar.yaml", "scenarios": "holds.yaml", "replications": "6"})
    kept = runner.folder / "baseline.json"
    kept.write_bytes(Path(runner.outputs()["json"]).read_bytes())
    done = runner.run(STEPS[1], {"design": "bar.yaml", "scenarios": "holds.yaml", "baseline": "baseline.json"})
    assert done.returncode == 0, done.stderr
    assert runner.summary.read_text().count("### ✅") >= 2


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    """What its manifest must have, and a pattern that finds YAML."""
    (hook,) = HOOKS
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert re.search(hook["files"], "models/mine/before.yaml")
    assert not re.search(hook["files"], "README.md")


@pytest.mark.parametrize(("files", "code"), [(["door.yaml", "scenario.yaml"], 1), (["scenario.yaml"], 0)])
def test_the_hook_runs_on_what_is_committed(runner: Runner, files: list[str], code: int) -> None:
    """As pre-commit calls it: the entry, then the files; a design with findings stops the commit, a scenario does not."""
    write(runner.folder / "door.yaml", DOOR)
    write(runner.folder / "scenario.yaml", EVENING)
    done = subprocess.run(
        [*HOOKS[0]["entry"].split(), *files],
        cwd=runner.folder, env=runner.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, "")
