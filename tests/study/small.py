"""Small worlds whose figures can be worked out by hand, written to files and resolved like any other."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.study.run import Run, run

BAR: dict[str, Any] = {
    "format": 1,
    "stations": {"desk": {"kind": "fifo", "servers": 1}},
    "endpoints": {
        "order": {"runs_on": "nothing", "hot": True, "steps": {"serve": {"visit": "desk", "service": "100ms"}}}
    },
    "clients": {"guest": {"loops": {"go": {"call": "order", "every": "1s"}}}},
}
"""Guests order, are served for 100 ms by one clerk, and order again 1 s after: a lone guest every 1.1 s."""

EVENING: dict[str, Any] = {
    "format": 1,
    "duration": "11s",
    "bins": "500ms",
    "clients": {"guest": {"people": 1}},
    "windows": {"early": ["0s", "5s"]},
}

DOOR: dict[str, Any] = {
    "format": 1,
    "platform": {
        "network": {"client_function": "10ms", "function_project": "1ms"},
        "project": {
            "postgrest": {"pool": 2, "round_trip": "100us"},
            "postgres": {
                "cores": 2,
                "commit": "2ms",
                "costs": {"select": "1ms", "select_error": "1ms", "insert": "2ms", "insert_conflict": "4ms"},
            },
            "auth": {"user_cpu": "2ms", "statement": "1ms"},
        },
    },
    "tables": {"seats": {"columns": ["who"], "key": ["who"], "row": "person", "initially": "seated"}},
    "endpoints": {
        "door": {
            "hot": True,
            "steps": {
                "look": {"select": "seats", "columns": ["id"], "errors": "ignored"},
                "sit": {"insert": "seats", "when": {"look": "missing"}, "errors": "ignored"},
            },
        }
    },
    "clients": {"guest": {"attributes": {"seated": 0.5}, "loops": {"go": {"call": "door", "every": "exp(1s)"}}}},
}
"""The bug in small: a column that is not there, an ignored error, an insert that conflicts."""

NIGHT: dict[str, Any] = {
    "format": 1,
    "duration": "1m",
    "bins": "1s",
    "clients": {"guest": {"people": 12, "arrive": "uniform(0s, 10s)"}},
    "windows": {"late": ["30s", "1m"]},
}


def changed(tree: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Copy of a tree with some parts replaced: ``a__b=1`` replaces b of a."""
    copy = deepcopy(tree)
    for path, value in parts.items():
        *owners, last = path.split("__")
        node = copy
        for key in owners:
            node = node[key]
        node[last] = value
    return copy


def write(path: Path, tree: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tree), encoding="utf-8")  # JSON is YAML, and keeps the order of steps
    return path


def resolved(
    folder: Path, design: dict[str, Any], scenario: dict[str, Any], name: str = "design"
) -> tuple[ResolvedDesign, ResolvedScenario]:
    one = resolve_design(str(write(folder / f"{name}.yaml", design)))
    return one, resolve_scenario(str(write(folder / "scenario.yaml", scenario)))


def simulated(folder: Path, design: dict[str, Any], scenario: dict[str, Any], replications: int = 1) -> Run:
    return run(*resolved(folder, design, scenario), seed=1, replications=replications, workers=1)
