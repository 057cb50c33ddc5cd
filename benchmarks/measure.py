"""Runs works by turns, A B A B, each contender in a process of its own, and compares what came of it."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders import CONTENDERS, FAST, PEERS, ROOT, SAME, running
from benchmarks.works import DESK_RATE, DESK_SERVERS, Work

Say = Callable[[str], object]
SIGMAS = 5
WAIT_ERROR = 18.0
"""Relative standard error of the mean wait at the desk, times the root of the number of customers.

Measured: 18.4 over 40 seeds of the kernel, 15.2 over 40 of SimPy, 20,000 customers each; waits of neighbours are alike. So
the comparison with theory tells a wrong model from a right one at 80,000 customers (a third), hardly at 5,000.
"""


class DifferentError(Exception):
    """Two contenders that must agree do not, or one is far from theory: a time of such a run says nothing."""


@dataclass(frozen=True)
class Task:
    """A work in two lengths: one that the fast run for long enough, one that the slow end soon enough."""

    fast: Work
    slow: Work

    def of(self, name: str) -> Work:
        """Return the work of a contender."""
        return self.fast if name in FAST else self.slow


@dataclass(frozen=True)
class Spread:
    """Median of pairs that ran one after the other, with the least and the greatest."""

    median: float
    low: float
    high: float


@dataclass
class Entry:
    """Runs of one contender on one task, by round.

    Attributes
    ----------
    work : Work
        What ``runs`` ran.
    runs : dict
        Runs of the contender's own length: long for the fast.
    short : dict
        Runs of the length that all have in common; the same as ``runs`` for the slow.
    """

    work: Work
    name: str
    absent: str = ""
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    short: dict[int, dict[str, Any]] = field(default_factory=dict)

    def figure(self, name: str) -> float:
        """Median of a figure of the runs; NaN if it is not known."""
        values = [run[name] for run in self.runs.values() if run.get(name) is not None]
        return statistics.median(values) if values else math.nan

    def against(self, other: Entry, figure: str) -> Spread | None:
        """How many times the figure of the other this one's is, in runs of one length and round."""
        both_fast = self.name in FAST and other.name in FAST
        ours, theirs = (self.runs, other.runs) if both_fast else (self.short, other.short)
        pairs = [
            ours[number][figure] / theirs[number][figure]
            for number in ours
            if number in theirs and figure in ours[number] and figure in theirs[number]
        ]
        return Spread(statistics.median(pairs), min(pairs), max(pairs)) if pairs else None


class Worker:
    """A process of one contender."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        command = [python, "-m", "benchmarks.worker", name]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, work: Work) -> dict[str, Any]:
        """Have a work run once; what came of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(work.document()) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            message = f"{self.name} ended while it ran {work.name}: see above"
            raise DifferentError(message)
        answer: dict[str, Any] = json.loads(line)
        for what in ("event", "visit"):
            if answer.get(f"{what}s"):
                answer[f"ns_{what}"] = answer["seconds"] / answer[f"{what}s"] * 1e9
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@contextmanager
def workers_of(task: Task, peers_python: str) -> Iterator[dict[str, Worker]]:
    """Give a worker for each contender that has the work."""
    names = [name for name in CONTENDERS if running(name, task.slow)]
    found = {name: Worker(name, peers_python if name in PEERS else sys.executable) for name in names}
    try:
        yield found
    finally:
        for worker in found.values():
            worker.close()


def measure(task: Task, rounds: int, slow_rounds: int, *, peers_python: str, say: Say) -> list[Entry]:
    """Measure all contenders on one task.

    Raises
    ------
    DifferentError
        If results that must be equal are not.
    """
    with workers_of(task, peers_python) as workers:
        entries = {name: Entry(task.of(name), name) for name in workers}
        seen: dict[Work, tuple[str, dict[str, str]]] = {}
        for number in range(max(rounds, slow_rounds)):
            for work, name in _turns(task, list(workers), all_run=number < slow_rounds, fast_run=number < rounds):
                entry = entries[name]
                if entry.absent:
                    continue
                say(f"{work.name}: {name}, round {number + 1}")
                answer = workers[name].ask(work)
                entry.absent = answer.get("absent", "")
                if entry.absent:
                    continue
                _agree(seen, work, name, answer)
                if work == entry.work:
                    entry.runs[number] = answer
                if work == task.slow:
                    entry.short[number] = answer
    return list(entries.values())


def _turns(task: Task, names: Sequence[str], *, all_run: bool, fast_run: bool) -> Iterator[tuple[Work, str]]:
    """One round: all on the short work, then the fast on the long one."""
    if all_run:
        yield from ((task.slow, name) for name in names)
    if fast_run and (task.fast != task.slow or not all_run):
        yield from ((task.fast, name) for name in names if name in FAST)


def _agree(seen: dict[Work, tuple[str, dict[str, str]]], work: Work, name: str, answer: dict[str, Any]) -> None:
    """Compare with the first that ran the same work, or with theory."""
    if name in SAME and "figures" in answer:
        figures = answer.pop("figures")
        first, expected = seen.setdefault(work, (name, figures))
        differing = [key for key in {**expected, **figures} if expected.get(key) != figures.get(key)]
        if differing:
            message = f"{work.name}: {first} and {name} differ in {', '.join(differing[:5])}"
            raise DifferentError(message)
    answer.pop("figures", None)
    if "wait_s" in answer:
        from eventlive_sim.theory import mmc_wait_mean  # noqa: PLC0415 - heavy for what is small

        expected_s = mmc_wait_mean(DESK_SERVERS, DESK_RATE, 1.0)
        if abs(answer["wait_s"] / expected_s - 1) > SIGMAS * WAIT_ERROR / math.sqrt(work.customers):
            message = f"{work.name}: {name} has a mean wait of {answer['wait_s']:.4f} s, theory {expected_s:.4f} s"
            raise DifferentError(message)


def growth(entries: list[Entry]) -> float:
    """Exponent by which time grows with people, where each makes the same number of events; 1: an event costs the same."""
    sizes = sorted((entry.work.people, entry.figure("ns_event")) for entry in entries)
    (small, cheap), (large, dear) = sizes[0], sizes[-1]
    return 1 + math.log(dear / cheap) / math.log(large / small) if large > small else math.nan


def machine() -> dict[str, Any]:
    """What the figures belong to."""
    name = "unknown"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a file of the kernel
            name = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), name)
    except OSError:
        pass
    return {"cpu": name, "cores": os.cpu_count(), "python": sys.version.split()[0]}
