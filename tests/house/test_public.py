"""What those see who import the package."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib

from tests.house.source import PACKAGE, ROOT

HEAVY = {"pandas", "pyarrow", "scipy", "simpy", "llvmlite", "numpy", "pydantic", "streamlit", "typer", "rich"}


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True, text=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_is_cheap():
    """Import of the package alone loads none of the libraries it stands on."""
    loaded = loaded_by("import eventlive_sim")
    assert "eventlive_sim" in loaded
    assert loaded & HEAVY == set()


def test_heavy_library_would_be_seen():
    """The rule above looks at what is loaded."""
    assert "pydantic" in loaded_by("import pydantic")


def test_package_is_typed():
    """Type checkers of other projects read our types."""
    assert (PACKAGE / "py.typed").is_file()


def test_version_is_said_once():
    """The package and its metadata name one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = "import eventlive_sim; print(eventlive_sim.__version__)"
    said = subprocess.run([sys.executable, "-c", version], cwd=ROOT, capture_output=True, check=True, text=True)
    assert said.stdout.strip() == project["version"]


def test_app_hands_over_in_guarded_lines():
    """Worker processes import app.py again: nothing may happen unless it is the program."""
    lines = [line for line in (ROOT / "app.py").read_text(encoding="utf-8").splitlines() if line.strip()]
    assert lines[0] == 'if __name__ == "__main__":'
    assert all(line.startswith("    ") for line in lines[1:])
