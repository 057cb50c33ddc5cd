"""What a long study does, in a process of its own; nothing here knows of streamlit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from eventlive_sim.app.live import design_of, scenario_of
from eventlive_sim.app.planning import plan
from eventlive_sim.app.setting import named, options, shown
from eventlive_sim.errors import EventLiveError
from eventlive_sim.report.checks import check_document
from eventlive_sim.report.storm import storm_document
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.evidence import Evidence
from eventlive_sim.study.gate import gate
from eventlive_sim.study.run import unstarted
from eventlive_sim.study.storm import storm
from eventlive_sim.study.trials import tickets_alone
from eventlive_sim.study.verify import verify

Progress = Callable[[float], object]
Params = dict[str, Any]

_TELL_S = 0.1
_OF_CHECK, _OF_TRIALS = 0.7, 0.3


def work(kind: str, params: Params, sender: Connection) -> None:
    """Do a study, telling progress at most ten times a second, and send the document or what was wrong."""
    os.nice(5)
    told = [0.0]

    def tell(part: float) -> None:
        if time.monotonic() - told[0] > _TELL_S:
            told[0] = time.monotonic()
            sender.send(("progress", part))

    try:
        sender.send(("result", perform(kind, params, tell)))
    except EventLiveError as error:
        sender.send(("error", shown(str(error))))


def perform(kind: str, params: Params, progress: Progress | None = None) -> dict[str, Any]:
    """Document of a study.

    Raises
    ------
    EventLiveError
        If a design, scenario or value cannot stand.
    """
    return _KINDS[kind](params, progress)


def command_of(kind: str, params: Params) -> str:
    """Command that does the same study."""
    return _COMMANDS[kind](params)


def _storm(params: Params, progress: Progress | None) -> dict[str, Any]:
    done = storm(
        design_of(params["design"], tuple(params["sets"])),
        scenario_of(params["scenario"], tuple(params["world"])),
        fault=params["fault"],
        durations=params["durations"],
        sizes=params["sizes"],
        seed=params["seed"],
        replications=params["replications"],
        workers=1,
        progress=progress,
    )
    return storm_document(done)


def _storm_command(params: Params) -> str:
    sets = options([*params["world"], *params["sets"]])
    return (
        f"eventlive-sim storm {named(params['design'])} {named(params['scenario'])} --fault {params['fault']} "
        f"--durations {','.join(params['durations'])} --sizes {','.join(params['sizes'])}{sets} "
        f"--seed {params['seed']} --replications {params['replications']} --json storm.json"
    )


def _check(params: Params, progress: Progress | None) -> dict[str, Any]:
    """Verdicts on all scenarios that are named, each with the tickets that turn it."""
    design = design_of(params["design"], tuple(params["sets"]))
    grounds = [unstarted(design, scenario_of(name, tuple(world))) for name, world in params["scenarios"]]
    checked = gate(
        grounds, seed=params["seed"], most=params["most"], workers=1, progress=_share(progress, 0.0, _OF_CHECK)
    )
    found = []
    for number, one in enumerate(checked):
        tried = None
        if one.verdict is Verdict.FAIL:
            part = _share(progress, _OF_CHECK + _OF_TRIALS * number / len(checked), _OF_TRIALS / len(checked))
            tried = tickets_alone(one, workers=1, progress=part)
        found.append(Evidence(one, trials=tried))
    return check_document(found)


def _check_command(params: Params) -> str:
    lines = [
        f"eventlive-sim check {named(name)} --design {named(params['design'])}{options([*world, *params['sets']])} "
        f"--seed {params['seed']} --replications {params['most']}"
        for name, world in params["scenarios"]
    ]
    return "\n".join(lines)


def _verify(params: Params, progress: Progress | None) -> dict[str, Any]:
    rows = verify(params["oracles"] or None, replications=params["replications"], workers=1, progress=progress)
    return {
        "rows": [
            {
                "oracle": row.oracle,
                "quantity": row.quantity,
                "expected": row.expected,
                "measured": row.measured,
                "sigma": row.sigma,
                "ok": row.ok,
            }
            for row in rows
        ]
    }


def _verify_command(params: Params) -> str:
    return " ".join(["eventlive-sim verify", *params["oracles"], f"--replications {params['replications']}"])


def _plan(params: Params, progress: Progress | None) -> dict[str, Any]:
    return plan(params, progress)


def _plan_command(params: Params) -> str:
    from eventlive_sim.app.planning import commands

    return "\n".join(commands(params))


def _share(progress: Progress | None, begins: float, share: float) -> Progress | None:
    return None if progress is None else lambda part: progress(begins + share * part)


_KINDS: dict[str, Callable[[Params, Progress | None], dict[str, Any]]] = {
    "storm": _storm,
    "check": _check,
    "plan": _plan,
    "verify": _verify,
}
_COMMANDS: dict[str, Callable[[Params], str]] = {
    "storm": _storm_command,
    "check": _check_command,
    "plan": _plan_command,
    "verify": _verify_command,
}
