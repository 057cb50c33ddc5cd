"""An earlier check beside this one, replication by replication under common random numbers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.stats.intervals import Interval, bonferroni, mean_interval
from eventlive_sim.study.compare import mean
from eventlive_sim.study.gate import Checked, Row

SCHEMA = "eventlive-check/2"
"""Schema of the documents that hold checks."""
TOLERANCE = 0.02
"""Share of the earlier value by which a value may be worse: less is no regression, however certain it is."""
_REPLICATIONS_MIN = 5
_BYTES_MAX = 64 << 20
_UPWARDS = {">", ">="}


@dataclass(frozen=True)
class _World:
    name: str
    world: str


@dataclass(frozen=True)
class _Judged:
    name: str
    exact: bool
    value: float | None
    values: list[float | None]


@dataclass(frozen=True)
class _Check:
    scenario: _World
    seed: int
    budgets: list[_Judged]


_CHECKS = TypeAdapter(list[_Check])
"""What a document has to hold; whatever else stands there is passed over."""


@dataclass(frozen=True)
class Regression:
    """A budget's value now and before.

    Attributes
    ----------
    before, after : float
        Means over the replications that both have, or exact values.
    worsening : Interval, optional
        How much worse it has become, in the metric's unit; None of exact values.
    worse : bool
        Whether it is worse by more than the tolerance, beyond chance.
    """

    name: str
    before: float
    after: float
    worsening: Interval | None
    worse: bool
    replications: int


class Baseline:
    """A document of an earlier check."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            if file.stat().st_size > _BYTES_MAX:
                raise self._bad("it is over 64 MiB")
            document = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise self._bad(f"it cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise self._bad("it is no JSON") from error
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise self._bad(f"its schema is not {SCHEMA}")
        try:
            _CHECKS.validate_python(document.get("checks"))
        except ValidationError as error:
            where = ".".join(str(part) for part in ("checks", *error.errors()[0]["loc"]))
            raise self._bad(f"{where} is not as a check writes it") from error
        self.checks: list[dict[str, Any]] = document["checks"]

    def _bad(self, problem: str) -> ModelError:
        remedy = "give a file that `eventlive-sim check --json FILE` wrote"
        return ModelError(problem, remedy, Place(str(self.file)), "bad-baseline")

    def of(self, scenario: str, world: str, seed: int) -> dict[str, dict[str, Any]]:
        """Budgets of a scenario by name.

        Raises
        ------
        ModelError
            If it is not there, or people or seeds are others: then the two do not share their random numbers.
        """
        found = next((one for one in self.checks if one["scenario"]["name"] == scenario), None)
        if found is None:
            known = ", ".join(one["scenario"]["name"] for one in self.checks) or "none"
            raise self._bad(f"it holds no check of {scenario}, but of {known}")
        if found["seed"] != seed:
            raise self._bad(f"it was made with seed {found['seed']}, this check runs with {seed}")
        if found["scenario"]["world"] != world:
            raise self._bad(f"{scenario} has changed since: other people or another time; make a new baseline")
        return {budget["name"]: budget for budget in found["budgets"]}


def regressions(
    checked: Checked, before: dict[str, dict[str, Any]], tolerance: float = TOLERANCE
) -> tuple[Regression, ...]:
    """Budgets that both checks have a value of, compared in the direction in which they break."""
    pairs = [(row, before[row.budget.name]) for row in checked.rows if row.budget.name in before]
    confidence = bonferroni(1 - checked.looks.alpha, max(1, len(pairs)))
    compared = (_compared(row, earlier, tolerance, confidence) for row, earlier in pairs)
    return tuple(one for one in compared if one is not None)


def _compared(row: Row, earlier: dict[str, Any], tolerance: float, confidence: float) -> Regression | None:
    name, threshold = row.budget.name, row.budget.threshold

    def badness(value: float) -> float:
        if threshold.operator in {"==", "!="}:
            return abs(value - threshold.limit)
        return -value if threshold.operator in _UPWARDS else value

    if row.exact and earlier["exact"]:
        if earlier["value"] is None or math.isnan(row.value):
            return None
        old, new = float(earlier["value"]), row.value
        worse = badness(new) - badness(old) > tolerance * abs(old)
        return Regression(name, old, new, None, worse, 0)
    pairs = [
        (float(old), new)
        for old, new in zip(earlier["values"], row.values, strict=False)
        if old is not None and not math.isnan(new)
    ]
    if len(pairs) < _REPLICATIONS_MIN:
        return None
    old_mean, new_mean = mean([old for old, _ in pairs]), mean([new for _, new in pairs])
    worsening = mean_interval([badness(new) - badness(old) for old, new in pairs], confidence, "lower")
    worse = worsening.low > tolerance * abs(old_mean)
    return Regression(name, old_mean, new_mean, worsening, worse, len(pairs))
