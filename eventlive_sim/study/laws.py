"""Laws of a replication: those of the machine, and that attempts are first tries and retries."""

from __future__ import annotations

from eventlive_sim.engine.laws import LawResult, check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.program.program import Program


def all_laws(program: Program, recording: Recording) -> list[LawResult]:
    """Every law that a replication must obey; a broken one is an error of ours."""
    counted = dict.fromkeys(("attempts", "first_tries", "retries", "not_permitted", "calls"), 0)
    for (series, _), bins in recording.counts.items():
        metric = program.series[series].metric
        if metric in counted:
            counted[metric] += int(bins.sum())
    attempts = counted["attempts"] + counted["not_permitted"]
    tries = counted["first_tries"] + counted["retries"]
    return [
        *check_laws(program, recording),
        LawResult("attempts and those not permitted = first tries + retries", "", attempts, tries, attempts == tries),
        LawResult(
            "calls ended <= calls begun",
            "",
            counted["calls"],
            counted["first_tries"],
            counted["calls"] <= counted["first_tries"],
        ),
    ]
