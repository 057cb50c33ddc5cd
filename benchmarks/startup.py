"""Start-up as a person meets it: the command as a whole process, from an empty cache and from a warm one."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import ROOT

CACHES = ("EVENTLIVE_SIM_CACHE", "XDG_CACHE_HOME")
"""Variables that name the place of the compiled kernel, and of caches in general."""
MOST_S = 600


@dataclass(frozen=True)
class StartUp:
    """Wall seconds of the whole process; the engine is the one that the command runs by itself."""

    command: str
    engine: str
    cold_s: float
    warm_s: tuple[float, ...]

    @property
    def warm_median_s(self) -> float:
        """Median of the warm ones."""
        return statistics.median(self.warm_s)


def start_up(people: int, repeats: int) -> StartUp:
    """Run the command once cold, then warm."""
    sets = ["--set", f"clients.participant.people={people}"] if people else []
    words = ["run", "before", "s1", "--quiet", *sets]
    with tempfile.TemporaryDirectory(prefix="cold") as folder:
        document = Path(folder) / "run.json"
        command = [sys.executable, "-m", "eventlive_sim", *words, "--json", str(document)]
        environment = os.environ | {name: str(Path(folder) / name.lower()) for name in CACHES}
        seconds = []
        for _ in range(1 + repeats):
            begun = time.monotonic()
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=MOST_S)
            seconds.append(time.monotonic() - begun)
        engine = str(_engine_of(json.loads(document.read_text(encoding="utf-8"))))
    return StartUp(f"eventlive-sim {' '.join(words)}", engine, seconds[0], tuple(seconds[1:]))


def _engine_of(document: object) -> object:
    """Engine that a document names, wherever in it."""
    if isinstance(document, dict):
        if "engine" in document:
            return document["engine"]
        return next((found for part in document.values() if (found := _engine_of(part))), None)
    return None
