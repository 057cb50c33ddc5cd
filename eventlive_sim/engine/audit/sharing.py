"""Processor sharing, recomputed from the demands and the rows that change the load."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlive_sim.engine.audit.findings import Checker, Findings, TaskId, knob_values, task_of
from eventlive_sim.engine.trace import Act, Row
from eventlive_sim.program.primitives import Knob, StationKind
from eventlive_sim.program.program import Program, StationSpec

TOLERANCE_NS = 2.0
"""A departure may be off by this: one nanosecond for rounding up, one for floating point."""


@dataclass
class _Processor:
    """Jobs and what is left of their demand; loads change at whole nanoseconds, so steps between rows are exact."""

    now: int = 0
    left: dict[TaskId, float] = field(default_factory=dict)
    done_ns: dict[TaskId, float] = field(default_factory=dict)
    """When the demand of a job that is still there was done."""


class SharingChecker(Checker):
    """Checks work: every job runs at speed x e(n) x min(1, cores / n), and departs as its demand is done."""

    def __init__(self, program: Program, findings: Findings) -> None:
        self.findings = findings
        self.specs = program.stations
        self.horizon_ns = program.horizon_ns
        self.processors: dict[int, _Processor] = {}
        self.jobs: dict[TaskId, tuple[int, int, int]] = {}
        self.exact = [_is_exact(program, at) for at in range(len(self.specs))]
        self.fastest = [_fastest(program, at) for at in range(len(self.specs))]

    def see(self, number: int, row: Row) -> None:
        """Look at a row."""
        if row.act == Act.WORK:
            self._work(row)
        elif row.act in {Act.DEPART, Act.CUT}:
            self._depart(row)

    def _work(self, row: Row) -> None:
        processor = self.processors.setdefault(row.station, _Processor())
        self._advance(row.station, processor, row.time_ns)
        processor.left[task_of(row)] = float(row.value)
        self.jobs[task_of(row)] = (row.station, row.time_ns, row.value)

    def _depart(self, row: Row) -> None:
        who = task_of(row)
        station, began_ns, demand = self.jobs.pop(who, (-1, 0, 0))
        if station != row.station:
            self.findings.add("ghost-departure", row, "it does not work here")
            return
        if row.value != row.time_ns - began_ns:
            self.findings.add("time-value", row, f"it worked for {row.time_ns - began_ns} ns, not {row.value}")
        processor = self.processors[station]
        self._advance(station, processor, row.time_ns)
        rate = self._rate(self.specs[station], len(processor.left))
        left = processor.left.pop(who)
        processor.done_ns.pop(who, None)
        fastest = self.fastest[station]
        if row.act == Act.CUT:
            return
        if self.exact[station] and left > TOLERANCE_NS * rate:
            self.findings.add("early-departure", row, f"{left:.3f} ns of {demand} are left to do")
        if fastest is not None and (row.value + TOLERANCE_NS) * fastest < demand:
            self.findings.add("early-departure", row, f"{demand} ns of work were done in {row.value} ns")

    def _advance(self, station: int, processor: _Processor, now: int) -> None:
        """Work off the time since the last row; report who should have departed."""
        span = now - processor.now
        if not span:
            return
        rate = self._rate(self.specs[station], len(processor.left))
        for who, left in processor.left.items():
            processor.left[who] = left - span * rate
            if processor.left[who] <= 0 < rate:
                done_ns = processor.done_ns.setdefault(who, processor.now + left / rate)
                if done_ns < now - TOLERANCE_NS and self.exact[station]:
                    text = f"its demand was done {now - done_ns:.3f} ns ago"
                    self.findings.note("late-departure", now, who, station, text)
        processor.now = now

    @staticmethod
    def _rate(spec: StationSpec, jobs: int) -> float:
        """Speed of each of so many jobs, in cores of speed 1."""
        if not jobs:
            return 0.0
        efficiency = spec.efficiency[min(jobs, len(spec.efficiency)) - 1] / 1e6 if spec.efficiency else 1.0
        return spec.speed / 1e6 * efficiency * min(1.0, spec.cores / 1000 / jobs)

    def finish(self, horizon_ns: int) -> None:
        """Report who should have departed by the end."""
        for station, processor in self.processors.items():
            self._advance(station, processor, horizon_ns)


def _is_exact(program: Program, station: int) -> bool:
    """Whether loads and speeds are known: no knobs, and one processor (a trace does not say which instance works)."""
    spec = program.stations[station]
    if spec.kind is StationKind.ELASTIC and spec.instances_max > 1:
        return False
    return all(knob_values(program, station, knob) == [] for knob in (Knob.CORES, Knob.SPEED))


def _fastest(program: Program, station: int) -> float | None:
    """Highest speed of one job over the run, None if it is not known."""
    spec = program.stations[station]
    speeds, cores = (knob_values(program, station, knob) for knob in (Knob.SPEED, Knob.CORES))
    if speeds is None or cores is None:
        return None
    most = min(1.0, max(spec.cores, *cores, 0) / 1000)
    return max(spec.speed, *speeds, 0) / 1e6 * max(spec.efficiency, default=1_000_000) / 1e6 * most
