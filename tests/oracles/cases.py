"""Reference cases: plain design files of `models/oracles`, run under seeds of their own on the fast engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventlive_sim import data
from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Int64Array
from eventlive_sim.study.run import replication_seed
from eventlive_sim.study.workers import simulate_all

CALL = "clients.caller.loops.ask"


class Case:
    """A design of the oracles in one of their scenarios, some replications; bins are seconds."""

    def __init__(
        self,
        design: str,
        scenario: str,
        *,
        sets: Sequence[str] = (),
        world: Sequence[str] = (),
        replications: int = 3,
        seed: int = 7,
    ) -> None:
        files = (
            data.models_dir() / "oracles" / f"{design}.yaml",
            data.experiments_dir() / "oracles" / f"{scenario}.yaml",
        )
        made = resolve_design(str(files[0]), sets=sets), resolve_scenario(str(files[1]), sets=world)
        self.program = lower(made[0].design, made[1].scenario)
        jobs = [(self.program, replication_seed(seed, number)) for number in range(replications)]
        self.recordings = simulate_all(jobs, workers=2)

    def series(self, recording: Recording, metric: str, status: int | None = None) -> Int64Array:
        """A counter by second."""
        found = np.zeros(recording.bins, dtype=np.int64)
        for (series, tag), values in recording.counts.items():
            if self.program.series[series].metric == metric and status in {None, tag}:
                found += values
        return found

    def total(self, metric: str, status: int | None = None, start: int = 0, end: int | None = None) -> list[int]:
        """A counter in each replication, from one second to another."""
        return [int(self.series(recording, metric, status)[start:end].sum()) for recording in self.recordings]

    def goodput(self, start: int, end: int) -> list[float]:
        """Calls served over calls begun, in each replication."""
        served, begun = self.total("calls", 200, start, end), self.total("first_tries", None, start, end)
        return [one / other for one, other in zip(served, begun, strict=True)]

    def per_call(self, metric: str, status: int | None = None) -> list[float]:
        """A counter over first tries, in each replication."""
        return [one / other for one, other in zip(self.total(metric, status), self.total("first_tries"), strict=True)]
