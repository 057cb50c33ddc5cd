"""Clients with policies against stations that can be switched off, run on both engines."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.recording import Recording, Trend, first_difference
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.laws import all_laws

S = 1_000_000_000
DESK: dict[str, Any] = {"desk": {"kind": "fifo", "servers": 1_000}}
VISIT: dict[str, Any] = {"serve": {"visit": "desk", "service": "10ms"}}


def down(start: str, lasts: str) -> dict[str, Any]:
    """Nobody at the desk serves for some time; who comes meanwhile waits."""
    return {"down": {"station": "desk", "knob": "servers", "value": 0, "from": start, "lasts": lasts}}


class Policed:
    """A loop with policies in a small world; both engines must tell the same of it, and every law must hold."""

    def __init__(
        self,
        loop: dict[str, Any],
        *,
        steps: dict[str, Any] | None = None,
        stations: dict[str, Any] | None = None,
        disturbances: dict[str, Any] | None = None,
        people: int = 1,
        tabs: int = 1,
        stay: str | None = None,
        duration: str = "2m",
    ) -> None:
        design = Design.model_validate(
            {
                "format": 1,
                "stations": DESK if stations is None else stations,
                "endpoints": {"door": {"runs_on": "nothing", "steps": steps or VISIT}},
                "clients": {"guest": {"tabs": {str(tabs): 1.0}, "loops": {"go": {"call": "door", **loop}}}},
            }
        )
        attendance = {"people": people} | ({"stay": stay} if stay else {})
        scenario = Scenario.model_validate(
            {
                "format": 1,
                "duration": duration,
                "bins": "100ms",
                "clients": {"guest": attendance},
                "disturbances": disturbances or {},
            }
        )
        self.program = lower(design, scenario)
        one, other = (engine_of(name)(self.program, 1) for name in (EngineName.REFERENCE, EngineName.FAST))
        assert first_difference(one, other) == ""
        assert [law for law in all_laws(self.program, one) if not law.holds] == []
        self.recording: Recording = one

    def bins(self, metric: str, status: int | None = None, **tags: str) -> list[int]:
        """A counter by tenth of a second."""
        found = np.zeros(self.recording.bins, dtype=np.int64)
        for (series, tag), values in self.recording.counts.items():
            spec = self.program.series[series]
            if spec.metric == metric and status in {None, tag} and tags.items() <= dict(spec.tags).items():
                found += values
        return [int(value) for value in found]

    def count(self, metric: str, status: int | None = None, **tags: str) -> int:
        """Total of a counter."""
        return sum(self.bins(metric, status, **tags))

    def times(self, metric: str, status: int | None = None, **tags: str) -> list[float]:
        """Times of what a counter counted [s], to a tenth."""
        return [at / 10 for at, count in enumerate(self.bins(metric, status, **tags)) for _ in range(count)]

    def gaps(self, metric: str = "attempts") -> list[float]:
        """Times between what a counter counted [s]."""
        times = self.times(metric)
        return [round(later - earlier, 1) for earlier, later in itertools.pairwise(times)]

    def duration(self) -> Trend:
        """Durations of calls."""
        return next(
            trend
            for (series, _), trend in self.recording.trends.items()
            if self.program.series[series].metric == "call_duration"
        )
