"""A small house of sessions, whose requests and times can be worked out by hand.

Browser to project 100 ms each way, browser to function 50 ms, function to project 10 ms. A statement of Auth takes 1 ms on a
core of its own, the commit nothing: POST /token takes 6 statements of checks and a transaction of 18, 24 ms in all; one that
finds the rows locked 9 ms.
"""

from __future__ import annotations

import copy
from typing import Any

from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Trace
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program

MS = 1_000_000
HOUSE: dict[str, Any] = {
    "format": 1,
    "platform": {
        "network": {"client_function": "50ms", "client_project": "100ms", "function_project": "10ms"},
        "project": {
            "postgres": {"cores": 64},
            "auth": {"pool": 10, "statement": "1ms", "deadline": "10s", "tokens": {"lock_pause": "20ms"}},
        },
    },
    "tables": {"notes": {"columns": ["id"]}},
    "endpoints": {
        "page": {"runs_on": "vercel", "hot": True, "steps": {"who": {"auth": "get_user"}}},
        "note": {"runs_on": "supabase", "steps": {"row": {"insert": "notes"}}},
    },
    "clients": {"guest": {"sessions": {}}},
}


def joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One tree over another; what is not a mapping replaces."""
    tree = copy.deepcopy(base)
    for key, value in over.items():
        tree[key] = joined(tree[key], value) if isinstance(value, dict) and isinstance(tree.get(key), dict) else value
    return tree


def house(
    sessions: dict[str, Any] | None = None,
    *,
    tokens: dict[str, Any] | None = None,
    loops: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
    tabs: int = 1,
) -> dict[str, Any]:
    """Tree of a design whose guests have such sessions, pages and tokens."""
    guest = {"sessions": sessions or {}, "loops": loops or {}, "tabs": {str(tabs): 1.0}}
    over: dict[str, Any] = {"clients": {"guest": guest}, "platform": {"project": {"auth": {"tokens": tokens or {}}}}}
    return joined(joined(HOUSE, over), more or {})


class Stay:
    """Some guests in such a house, and what came of it; the laws hold."""

    def __init__(
        self,
        tree: dict[str, Any],
        *,
        people: int = 1,
        duration: str = "2m",
        faults: dict[str, Any] | None = None,
        guest: dict[str, Any] | None = None,
        trace: Trace | None = None,
        seed: int = 1,
    ) -> None:
        self.design = Design.model_validate(tree)
        clients = {"guest": {"people": people, **(guest or {})}}
        world = {"format": 1, "duration": duration, "bins": "1s", "clients": clients, "faults": faults or {}}
        self.program: Program = lower(self.design, Scenario.model_validate(world))
        self.recording: Recording = simulate(self.program, seed, trace=trace)
        broken = [law for law in check_laws(self.program, self.recording) if not law.holds]
        assert not broken, broken

    def total(self, metric: str, status: int | None = None, **tags: str) -> int:
        """What was added up in all."""
        return sum(
            int(sums.sum())
            for (series, tag), sums in self.recording.sums.items()
            if self._fits(series, metric, tags) and status in {None, tag}
        )

    def times(self, metric: str, **tags: str) -> tuple[int, int, int]:
        """Number, smallest and largest value [ns] of a duration."""
        found = [
            trend
            for (series, window), trend in self.recording.trends.items()
            if window == 0 and self._fits(series, metric, tags)
        ]
        assert found, f"nothing was recorded of {metric} {tags}"
        return sum(t.count for t in found), min(t.min for t in found), max(t.max for t in found)

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()
