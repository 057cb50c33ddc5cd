"""Small designs whose times can be added up by hand, run through lowering and the reference engine."""

from __future__ import annotations

from typing import Any

from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program

MS = 1_000_000

PLATFORM: dict[str, Any] = {
    "network": {"client_function": "10ms", "client_project": "10ms", "function_project": "1ms"},
    "project": {
        "postgrest": {"pool": 2, "round_trip": "100us", "acquisition_timeout": "2s"},
        "postgres": {
            "cores": 2,
            "commit": "2ms",
            "costs": {
                "select": "1ms",
                "select_error": "1ms",
                "scan": "1ms",
                "scan_row": "10us",
                "insert": "2ms",
                "insert_conflict": "4ms",
                "upsert": "2ms",
                "upsert_ignore": "1ms",
                "update": "2ms",
                "update_missing": "1ms",
                "delete": "2ms",
                "rpc": "1ms",
                "slow": "3s",
            },
            "statement_timeout": {"authenticated": "1s"},
        },
        "auth": {"pool": 1, "user_cpu": "2ms", "statement": "1ms", "deadline": "500ms", "verify": "1ms"},
    },
}
TABLES: dict[str, Any] = {
    "seats": {"columns": ["who", "since"], "key": ["who"], "row": "person", "initially": "seated"},
    "notes": {"columns": ["id", "text"], "row": "event"},
    "rooms": {"columns": ["id"], "key": ["id"], "row": "world", "initially": "always"},
}


class Run:
    """One endpoint called by some people, once or in a loop, and what came of it."""

    def __init__(
        self,
        steps: dict[str, Any],
        *,
        people: int = 1,
        loop: dict[str, Any] | None = None,
        endpoint: dict[str, Any] | None = None,
        attributes: dict[str, float] | None = None,
        stations: dict[str, Any] | None = None,
        platform: dict[str, Any] | None = None,
        stay: str | None = None,
        duration: str = "1m",
        tabs: int = 1,
        tables: dict[str, Any] | None = None,
    ) -> None:
        guest = {
            "attributes": {"seated": 0.0, "barred": 0.0, **(attributes or {})},
            "tabs": {str(tabs): 1.0},
            "loops": {"go": {"call": "door", **(loop or {})}},
        }
        design = Design.model_validate(
            {
                "format": 1,
                "platform": PLATFORM if platform is None else platform,
                "tables": TABLES if tables is None else tables,
                "stations": stations or {},
                "endpoints": {"door": {"steps": steps, **(endpoint or {})}},
                "clients": {"guest": guest},
            }
        )
        attendance: dict[str, Any] = {"people": people}
        if stay is not None:
            attendance["stay"] = stay
        scenario = Scenario.model_validate({"format": 1, "duration": duration, "clients": {"guest": attendance}})
        self.program: Program = lower(design, scenario)
        self.recording: Recording = simulate(self.program, 1)
        broken = [law for law in check_laws(self.program, self.recording) if not law.holds]
        assert not broken, broken

    def count(self, metric: str, status: int | None = None, **tags: str) -> int:
        """Total of a counter."""
        return sum(
            int(values.sum())
            for (series, tag), values in self.recording.counts.items()
            if self._fits(series, metric, tags) and status in {None, tag}
        )

    def statuses(self) -> dict[int, int]:
        """Calls by status."""
        found: dict[int, int] = {}
        for (series, tag), values in self.recording.counts.items():
            if self._fits(series, "calls", {}):
                found[tag] = found.get(tag, 0) + int(values.sum())
        return found

    def span(self, metric: str, **tags: str) -> tuple[int, int]:
        """Smallest and largest value of a trend."""
        found = [
            trend
            for (series, window), trend in self.recording.trends.items()
            if window == 0 and self._fits(series, metric, tags)
        ]
        return min(trend.min for trend in found), max(trend.max for trend in found)

    @property
    def lasted(self) -> int:
        """Duration of the only call [ns]."""
        low, high = self.span("call_duration")
        assert low == high
        return low

    def _fits(self, series: int, metric: str, tags: dict[str, str]) -> bool:
        spec = self.program.series[series]
        return spec.metric == metric and tags.items() <= dict(spec.tags).items()
