"""Laws that every run obeys, checked on its recording: flow balance, Little, utilisation, every task accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eventlive_sim.engine.recording import Recording, StationRecording
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program


@dataclass(frozen=True)
class LawResult:
    """A law, where it was checked, and its two sides; ``station`` is empty for the run as a whole."""

    name: str
    station: str
    left: int
    right: int
    holds: bool


def check_laws(program: Program, recording: Recording) -> list[LawResult]:
    """Every law at every recorded station; all must hold exactly.

    Parameters
    ----------
    program : Program
        What was run.
    recording : Recording
        What it left.

    Returns
    -------
    list of LawResult
        ``arrivals`` = grants + refusals + renegings + waiting at the end; ``departures`` = grants - in service at the
        end; ``little``: time integral of tasks inside = sum of times in the station, of those who left and those still
        inside; ``utilisation``: busy <= capacity; ``tasks``: spawned = ended + cancelled + alive; ``starters``: the
        people of the program were started.
    """
    results = list(_run_laws(program, recording))
    for station in recording.stations.values():
        results.extend(_station_laws(station))
    return results


def _run_laws(program: Program, recording: Recording) -> Iterator[LawResult]:
    totals = recording.totals
    accounted = totals.tasks_ended + totals.tasks_cancelled + totals.tasks_alive
    yield _equal("tasks", "", totals.tasks_spawned, accounted)
    yield LawResult("starters", "", program.people, totals.tasks_spawned, program.people <= totals.tasks_spawned)


def _station_laws(station: StationRecording) -> Iterator[LawResult]:
    name, grants = station.name, int(station.grants.sum())
    answered = grants + int(station.refusals.sum()) + int(station.renegings.sum()) + station.waiting_end
    yield _equal("arrivals", name, int(station.arrivals.sum()), answered)
    yield _equal("departures", name, grants, int(station.departures.sum()) + station.in_service_end)
    yield _equal("little", name, int(station.inside_integral.sum()), station.sojourn_sum + station.sojourn_inside)
    if station.kind is not StationKind.BUCKET:
        busy = int(station.busy_integral.sum())
        yield LawResult("utilisation", name, busy, station.capacity_integral, busy <= station.capacity_integral)


def _equal(name: str, station: str, left: int, right: int) -> LawResult:
    return LawResult(name, station, left, right, left == right)
