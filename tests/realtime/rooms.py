"""Small rooms on channels, whose counts and times can be worked out by hand."""

from __future__ import annotations

import copy
from typing import Any

from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program

S = 1_000_000_000
DESIGN: dict[str, Any] = {
    "format": 1,
    "platform": {"project": {"plan": "small", "realtime": {"quotas": {"small": {}}}}},
    "tables": {"lines": {"columns": ["id", "text"]}},
    "channels": {"talk": {"shows": "talk"}},
    "endpoints": {
        "say": {"runs_on": "supabase", "steps": {"line": {"insert": "lines"}}},
        "read": {"runs_on": "nothing", "shows": "talk", "steps": {"d": {"delay": "1us"}}},
    },
    "clients": {
        "guest": {
            "channels": ["talk"],
            "loops": {"fallback": {"call": "read", "while": {"talk": "down"}, "first": "2s", "every": "2s"}},
        },
        "speaker": {},
    },
}


def joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One tree over another; what is not a mapping replaces, and so does a condition."""
    tree = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(tree.get(key), dict) and key != "while"
        tree[key] = joined(tree[key], value) if both else value
    return tree


class Room:
    """A design with a channel, some people on it, and what came of it; counts by second."""

    def __init__(
        self,
        design: dict[str, Any] | None = None,
        *,
        people: int = 10,
        guest: dict[str, Any] | None = None,
        duration: str = "2m",
        faults: dict[str, Any] | None = None,
        clients: dict[str, Any] | None = None,
        seed: int = 1,
    ) -> None:
        self.design = Design.model_validate(joined(DESIGN, design or {}))
        attendance = {"guest": {"people": people, **(guest or {})}, **(clients or {})}
        world = {"format": 1, "duration": duration, "bins": "1s", "clients": attendance, "faults": faults or {}}
        self.program: Program = lower(self.design, Scenario.model_validate(world))
        self.recording: Recording = simulate(self.program, seed)
        broken = [law for law in check_laws(self.program, self.recording) if not law.holds]
        assert not broken, broken

    def by_second(self, metric: str, status: int | None = None, **tags: str) -> dict[int, int]:
        """What was added up in each second in which there was something."""
        found: dict[int, int] = {}
        for (series, tag), sums in self.recording.sums.items():
            if self._fits(series, metric, tags) and status in {None, tag}:
                for second, value in enumerate(sums.tolist()):
                    if value:
                        found[second] = found.get(second, 0) + value
        return found

    def total(self, metric: str, status: int | None = None, **tags: str) -> int:
        """What was added up in all."""
        return sum(self.by_second(metric, status, **tags).values())

    def trend(self, metric: str, **tags: str) -> tuple[int, float, float]:
        """Number, smallest and largest value [s] of a trend."""
        found = [
            trend
            for (series, window), trend in self.recording.trends.items()
            if window == 0 and self._fits(series, metric, tags)
        ]
        assert found, f"nothing was recorded of {metric} {tags}"
        return (
            sum(trend.count for trend in found),
            min(trend.min for trend in found) / S,
            max(trend.max for trend in found) / S,
        )

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()


def outage(begin: str, lasts: str, **more: Any) -> dict[str, Any]:
    """Faults: one outage of Realtime."""
    return {"outage": {"service": "realtime", "from": begin, "lasts": lasts, **more}}


def quota(**limits: int) -> dict[str, Any]:
    """Part of a design: the limits of its plan."""
    return {"platform": {"project": {"realtime": {"quotas": {"small": limits}}}}}
