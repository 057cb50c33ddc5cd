"""The compiled kernel on disk: kept, found again, never trusted when damaged, safe among several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.house.source import ROOT

LOAD = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
from eventlive_sim.engine.kernel.native import loop
loop()
"""


def loaded(folder: Path) -> str:
    """Load the kernel in a process of its own; what it says."""
    environment = {**os.environ, "EVENTLIVE_SIM_CACHE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_first_use_compiles_and_says_so_and_the_next_finds_it(tmp_path: Path):
    """The first says how long it took and where it is kept; the second says nothing; a damaged file is compiled anew."""
    told = loaded(tmp_path / "cache")
    assert "compiling the fast engine for this machine" in told
    (kept,) = (tmp_path / "cache").iterdir()
    assert f"kept as {kept}" in told
    assert loaded(tmp_path / "cache") == ""
    kept.write_bytes(kept.read_bytes()[:-100])
    assert "the fast engine is compiled" in loaded(tmp_path / "cache")
    assert loaded(tmp_path / "cache") == ""


def test_several_processes_at_once(tmp_path: Path):
    """Each loads a whole kernel, whoever wrote it; one file remains."""
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(loaded, [tmp_path] * 3))
    assert any("is compiled" in one for one in told)
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_folder_to_write_to(tmp_path: Path):
    """It is compiled each time, and says why."""
    (tmp_path / "file").write_text("no folder")
    assert "no folder could be written" in loaded(tmp_path / "file" / "cache")
