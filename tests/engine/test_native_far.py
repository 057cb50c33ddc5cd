"""The compiled loop can be loaded wherever there is room, also where a process has mapped much before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCATTERED = """
import mmap
from eventlive_sim.engine.kernel.native import compile_kernel, load
code, kept = compile_kernel(), []
for _ in range(30):
    kept.append(load(code))
    kept.append(mmap.mmap(-1, 3 << 30))
    small = [mmap.mmap(-1, 4096 << (number % 4)) for number in range(50)]
    kept.append(small[::2])
    del small
"""


def test_it_is_loaded_among_scattered_maps() -> None:
    """Small holes lie gigabytes apart, so that what is loaded piece by piece comes to lie too far from itself."""
    done = subprocess.run(
        [sys.executable, "-c", SCATTERED], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
