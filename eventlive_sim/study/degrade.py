"""What degrade mode did and what people lost by it, as figures beside the others of a design."""

from __future__ import annotations

from collections.abc import Sequence

from eventlive_sim.model.design import Design
from eventlive_sim.study.samples import Sample, aggregate, gauge, select

Row = tuple[str, str, int, "Measure", str]
"""Name, unit, digits, measure and note of a figure."""


class Measure:
    """A number of a replication: a metric with its tags, its aggregate, and a factor."""

    def __init__(self, metric: str, aggregate: str, factor: float = 1.0, **tags: str) -> None:
        self._metric, self._aggregate, self._factor, self._tags = metric, aggregate, factor, tags

    def __call__(self, samples: list[Sample]) -> float:
        """Value; 0 of what never happened, and not a number of a time that nothing took."""
        found = select(samples, self._metric, **self._tags)
        if self._aggregate == "count":
            values = [sample.count for sample in found]
            return float(sum(values)) * self._factor
        if self._aggregate == "level":
            return gauge(found, self._metric, **self._tags) * self._factor if found else 0.0
        return aggregate(found, self._aggregate) * self._factor


def degrade_rows(designs: Sequence[Design]) -> list[Row]:
    """Figures of degrade mode, where a design has one: levels, how late pages knew, what came later or not at all."""
    modes = [design.degrade for design in designs if design.degrade is not None]
    levels = dict.fromkeys(name for mode in modes for name in mode.levels)
    calls = dict.fromkeys(
        design.clients[client].loops[loop].call
        for design in designs
        if design.degrade is not None
        for client, loop in (path.split(".") for path in sorted(design.degrade.paths()))
    )
    if not modes:
        return []
    return [
        *(
            (f"degraded, {name} or more", "% of time", 1, Measure("degrade_level", "level", 100, level=name), "")
            for name in levels
        ),
        ("changes of level", "", 0, Measure("degrade_changes", "count"), ""),
        (
            "pages learn of a level after",
            "s",
            1,
            Measure("degrade_told", "avg", 1e-3),
            "mean, from the monitor's decision",
        ),
        *((f"{name}: calls held back", "", 0, Measure("held_back", "count", endpoint=name), "") for name in calls),
        *(
            (f"{name}: held back for", "s", 1, Measure("held_back", "avg", 1e-3, endpoint=name), "mean")
            for name in calls
        ),
    ]
