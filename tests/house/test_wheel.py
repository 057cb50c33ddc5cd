"""A wheel carries the models and experiments, and finds its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

LOOK = """
from eventlive_sim import data
print(data.__file__, data.models_dir(), data.experiments_dir(), sep="\\n")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder into which the wheel of this checkout was installed, without its dependencies."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], ROOT)
    (wheel,) = wheels.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--no-index", "--no-compile", "--target", str(target), str(wheel)], wheels)
    return target.resolve()


def run(command: list[str], where: Path) -> str:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_wheel_finds_its_own_models(installed: Path, tmp_path: Path):
    """Away from the checkout, models and experiments are those that were installed."""
    script = f"import sys; sys.path.insert(0, {str(installed)!r})\n{LOOK}"
    file, models, experiments = map(Path, run([sys.executable, "-I", "-c", script], tmp_path).split("\n")[:3])
    assert installed in file.parents
    assert installed in models.parents
    assert (models / "eventlive" / "before.yaml").is_file()
    assert list(experiments.glob("*.yaml"))


def test_wheel_carries_each_model_unchanged(installed: Path):
    """Every YAML of the checkout is in the wheel, byte for byte, and the marker of types with it."""
    for folder in ("models", "experiments"):
        here = {path.relative_to(ROOT): path.read_bytes() for path in (ROOT / folder).rglob("*.yaml")}
        assert here
        shipped = {name: (installed / "eventlive_sim" / "_data" / name).read_bytes() for name in here}
        assert shipped == here
    assert (installed / "eventlive_sim" / "py.typed").is_file()


def test_wheel_carries_the_package_alone(installed: Path):
    """Tests, scripts and the app's three lines stay at home."""
    tops = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert tops - {"bin"} == {"eventlive_sim"}


def test_checkout_reads_its_own_folders():
    """In a checkout the models are those that people edit."""
    from eventlive_sim import data

    assert data.models_dir() == ROOT / "models"
    assert data.experiments_dir() == ROOT / "experiments"
