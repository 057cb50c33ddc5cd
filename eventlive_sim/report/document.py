"""JSON documents: the same input and seed give the same bytes."""

from __future__ import annotations

import hashlib
import json
import math
from importlib import metadata
from typing import Any

from eventlive_sim.study.compare import Comparison, mean
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.run import Replication, Run
from eventlive_sim.study.samples import Sample, values_of

RUN_SCHEMA = "eventlive-run/1"
COMPARE_SCHEMA = "eventlive-compare/1"


def text_of(document: dict[str, Any]) -> str:
    """Text of a document: keys in order, nothing that changes from one moment to the next."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def run_document(run: Run) -> dict[str, Any]:
    """Document of a run: what it was, and the metrics of each replication."""
    return {
        "schema": RUN_SCHEMA,
        **what_of(run),
        "replications": [_replication(run, replication) for replication in run.replications],
    }


def compare_document(comparison: Comparison) -> dict[str, Any]:
    """Document of a comparison: both designs, and each figure with its paired difference."""
    return {
        "schema": COMPARE_SCHEMA,
        "one": what_of(comparison.one),
        "other": what_of(comparison.other),
        "figures": [
            {
                "name": row.figure.name,
                "unit": row.figure.unit,
                "one": [number_of(value) for value in row.one],
                "other": [number_of(value) for value in row.other],
                "difference": number_of(mean(row.other) - mean(row.one)),
                "interval_95": None
                if row.difference is None
                else [number_of(row.difference.low), number_of(row.difference.high)],
            }
            for row in comparison.rows
        ],
    }


def what_of(run: Run) -> dict[str, Any]:
    """What was run: design, scenario, program, engine, seed, versions."""
    design, scenario = run.design, run.scenario
    return {
        "design": {
            "expression": design.expression,
            "sets": list(design.sets),
            "digest": digest_of(design.tree),
            "dropped_edits": list(design.dropped),
            "guesses": [
                {
                    "path": guess.path,
                    "value": str(guess.value),
                    "range": None if guess.range is None else [str(end) for end in guess.range],
                    "source": guess.source,
                }
                for guess in design.guesses
            ],
        },
        "scenario": {"name": scenario.name, "sets": list(scenario.sets), "digest": digest_of(scenario.tree)},
        "program": run.program.digest,
        "engine": str(run.engine),
        "seed": run.seed,
        "versions": {name: metadata.version(name) for name in ("eventlive-sim", "llvmlite", "numpy", "scipy", "simpy")},
    }


def digest_of(tree: dict[str, Any]) -> str:
    """SHA-256 of an explicit tree, the order of its parts included: steps are taken in order."""
    return hashlib.sha256(json.dumps(tree, default=str).encode()).hexdigest()


def _replication(run: Run, replication: Replication) -> dict[str, Any]:
    recording = replication.recording
    return {
        "seed": replication.seed,
        "fingerprint": recording.fingerprint,
        "events": recording.totals.events,
        "laws": [
            {"name": law.name, "station": law.station, "left": law.left, "right": law.right, "holds": law.holds}
            for law in all_laws(run.program, recording)
        ],
        "metrics": [_metric(sample) for sample in replication.samples],
    }


def _metric(sample: Sample) -> dict[str, Any]:
    values = {key: number_of(value) for key, value in values_of([sample]).items()}
    metric: dict[str, Any] = {
        "name": sample.metric,
        "tags": {key: value for key, value in sample.tags.items() if value},
        "window": sample.window,
        "type": sample.kind,
        "values": values,
    }
    if sample.kind == "trend" and None in values.values():
        metric["insufficient_data"] = sorted(key for key, value in values.items() if value is None)
    return metric


def number_of(value: float) -> float | int | None:
    """Number as JSON has it: none for what is not finite, whole ones without a point."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else value
