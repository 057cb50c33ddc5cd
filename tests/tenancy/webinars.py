"""Two small webinars side by side, wherever they live."""

from __future__ import annotations

from typing import Any

from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program
from eventlive_sim.program.scoped import WEBINAR, unscoped
from eventlive_sim.study.laws import all_laws
from tests.realtime.rooms import DESIGN, joined

SHARED: dict[str, Any] = {}
OWN_PROJECT: dict[str, Any] = {"project": "webinar"}
OWN_DEPLOYMENT: dict[str, Any] = {"project": "webinar", "deployment": "webinar"}
EVERYWHERE = (SHARED, OWN_PROJECT, OWN_DEPLOYMENT)

BUSY: dict[str, Any] = {
    "platform": {
        "functions": {"concurrency": 4, "instances_max": 20},
        "project": {
            "postgrest": {"pool": 2, "acquisition_timeout": "3s", "cpu": "exp(2ms)"},
            "postgres": {"cores": 1, "commit": "1ms"},
        },
        "network": {"client_function": "exp(5ms)", "client_project": "exp(5ms)", "function_project": "exp(5ms)"},
    },
    "channels": {"talk": {"table": "lines"}},
    "tables": {"seats": {"columns": ["id"], "key": ["id"], "row": "person"}},
    "endpoints": {
        "sit": {
            "runs_on": "vercel",
            "hot": True,
            "cpu": "exp(3ms)",
            "steps": {"user": {"auth": "get_user"}, "seat": {"upsert": "seats"}},
        }
    },
    "clients": {
        "guest": {"loops": {"sit": {"call": "sit", "every": "1s", "jitter": "300ms", "timeout": "5s"}}},
        "speaker": {"loops": {"say": {"call": "say", "first": "exp(4s)", "every": "exp(4s)"}}},
    },
}
"""Over the room: functions, a database and a chat that everybody uses."""


def webinar(people: int, speakers: int = 1, **more: Any) -> dict[str, Any]:
    """Guests who come within ten seconds, and who speaks to them."""
    clients = {"guest": {"people": people, "arrive": "uniform(0s, 10s)"}, "speaker": {"people": speakers}}
    return {"clients": clients, **more}


def built(tenancy: dict[str, Any], over: dict[str, Any] | None = None) -> Design:
    """The busy room with a tenancy."""
    return Design.model_validate(joined(joined(DESIGN, BUSY), {"tenancy": tenancy, **(over or {})}))


def world(webinars: dict[str, Any], duration: str = "40s", **more: Any) -> Scenario:
    """Scenario of some webinars."""
    return Scenario.model_validate({"format": 1, "duration": duration, "bins": "1s", "webinars": webinars, **more})


class Event:
    """A design, some webinars, and what came of them."""

    def __init__(self, design: Design, scenario: Scenario, seed: int = 1) -> None:
        self.program: Program = lower(design, scenario)
        self.recording: Recording = simulate(self.program, seed)
        broken = [law for law in all_laws(self.program, self.recording) if not law.holds]
        assert not broken, broken

    def figures(self, name: str = "") -> dict[Any, Any]:
        """All series and stations that are a webinar's own, without its name; of the only one without a name."""
        found: dict[Any, Any] = {}
        for (series, tag), sums in self.recording.sums.items():
            spec = self.program.series[series]
            tags = dict(spec.tags)
            if tags.pop(WEBINAR, "") == name:
                found[spec.metric, tuple(sorted(tags.items())), tag] = sums.tolist()
        for (series, window), trend in self.recording.trends.items():
            spec = self.program.series[series]
            tags = dict(spec.tags)
            if tags.pop(WEBINAR, "") == name:
                found[spec.metric, tuple(sorted(tags.items())), window, "trend"] = (trend.sum, trend.counts.tolist())
        for station in self.recording.stations.values():
            scope, own = unscoped(station.name)
            if scope == name:
                found[own] = (station.sojourn_sum, station.busy_integral.tolist(), station.inside_integral.tolist())
        return found

    def total(self, metric: str, name: str, tag: int | None = None, **tags: str) -> int:
        """What was added up for a webinar."""
        return sum(
            int(sums.sum())
            for (series, status), sums in self.recording.sums.items()
            if self.program.series[series].metric == metric
            and tag in {None, status}
            and {**tags, WEBINAR: name}.items() <= dict(self.program.series[series].tags).items()
        )

    def worst(self, metric: str, name: str, **tags: str) -> int:
        """Largest value of a trend of a webinar [ns]."""
        return max(
            trend.max
            for (series, _), trend in self.recording.trends.items()
            if self.program.series[series].metric == metric
            and {**tags, WEBINAR: name}.items() <= dict(self.program.series[series].tags).items()
        )
