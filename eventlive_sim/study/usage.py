"""What an event uses of what platforms charge for, counted from a recording."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.design import Design
from eventlive_sim.model.prices import Prices
from eventlive_sim.program.lower.context import FUNCTIONS
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program
from eventlive_sim.program.scoped import WEBINAR, unscoped
from eventlive_sim.units import NS_PER_S

_GIGA = 1e9
_HOUR_NS = 3600 * NS_PER_S
_THOUSANDTHS = 1_000

FORMULAS = {
    "compute": "hours that projects are paid for x price of their size",
    "realtime_connections": "most sockets of a project at the end of a time bin, added up over projects",
    "realtime_messages": "messages, once as sent and once for each receiver; presence too",
    "active_users": "people who come, as if nobody came to two events and all had accounts: at most",
    "egress": "answers of REST and Auth, and messages received, x guessed bytes",
    "invocations": "requests that an instance took",
    "active_cpu": "time that cores of instances are busy",
    "provisioned_memory": "time that an instance has a request, over instances, x its memory",
    "edge_requests": "requests to functions, refused ones too",
    "data_transfer": "invocations x guessed bytes of an answer",
    "origin_transfer": "invocations x guessed bytes of an answer",
}
"""How each item is counted."""
PEAKS = ("realtime_connections",)
"""Items of which a month holds the most of its events, not their sum."""
NOT_SEEN = (
    "disk and storage, logs kept and drained, Edge Functions, custom domains, seats beyond the first, static pages and "
    "their transfer, image optimisation, taxes"
)
"""What is charged for and not simulated."""


def projects_of(program: Program, design: Design) -> int:
    """Projects that the webinars of a program are on."""
    webinars = {dict(series.tags).get(WEBINAR) for series in program.series} - {None}
    return max(1, len(webinars)) if design.tenancy.project == WEBINAR else 1


def usage_of(program: Program, recording: Recording, design: Design, prices: Prices) -> dict[str, float]:
    """Units of each item that one event uses, but for compute, which is paid for by time.

    Returns
    -------
    dict
        By item: connections, messages, people, GB, invocations, CPU hours, GB hours, requests.
    """
    counted = _counted(program, recording)
    sizes, used = prices.bytes, _functions(program, recording)
    memory = design.platform.functions.memory_gb
    received = counted.get("realtime_messages", 0) - counted.get("realtime_sent", 0)
    egress = counted.get("queries rest", 0) * sizes.query + counted.get("queries auth", 0) * sizes.auth
    return {
        "realtime_connections": _sockets_most(program, recording, design),
        "realtime_messages": counted.get("realtime_messages", 0),
        "active_users": counted.get("people join", 0),
        "egress": (egress + received * sizes.message) / _GIGA,
        "invocations": used["granted"],
        "active_cpu": used["cpu"] / _THOUSANDTHS / _HOUR_NS,
        "provisioned_memory": used["occupied"] / _HOUR_NS * memory,
        "edge_requests": used["asked"],
        "data_transfer": used["granted"] * sizes.response / _GIGA,
        "origin_transfer": used["granted"] * sizes.response / _GIGA,
    }


def _counted(program: Program, recording: Recording) -> dict[str, float]:
    """Sums of counters by metric, and by what tells answers and comings apart."""
    found: dict[str, float] = {}
    for (series, _), sums in recording.sums.items():
        spec = program.series[series]
        tags = dict(spec.tags)
        name = " ".join(filter(None, (spec.metric, tags.get("service", ""), tags.get("change", ""))))
        found[name] = found.get(name, 0.0) + float(sums.sum())
    return found


def _functions(program: Program, recording: Recording) -> dict[str, float]:
    used = dict.fromkeys(("asked", "granted", "cpu", "occupied"), 0.0)
    for number, figures in recording.stations.items():
        spec = program.stations[number]
        if spec.kind is StationKind.ELASTIC and unscoped(spec.name)[1] == FUNCTIONS:
            used["asked"] += float(figures.arrivals.sum())
            used["granted"] += float(figures.grants.sum())
            used["cpu"] += float(figures.cpu_integral.sum())
            used["occupied"] += float(figures.occupied_integral.sum())
    return used


def _sockets_most(program: Program, recording: Recording, design: Design) -> float:
    """Most sockets of each project, added up: that is how peaks of projects are charged."""
    levels: dict[str, np.ndarray] = {}
    for project, change in _sockets(program, recording, design):
        levels[project] = levels.get(project, np.zeros_like(change)) + change
    return float(sum(np.cumsum(change).max(initial=0) for change in levels.values()))


def _sockets(program: Program, recording: Recording, design: Design) -> Iterator[tuple[str, np.ndarray]]:
    for (series, _), counts in recording.counts.items():
        spec = program.series[series]
        if spec.metric == "realtime_sockets":
            tags = dict(spec.tags)
            own = tags.get(WEBINAR, "") if design.tenancy.project == WEBINAR else ""
            yield own, counts if tags["change"] == "open" else -counts
