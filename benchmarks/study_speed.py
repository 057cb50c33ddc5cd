"""What the study layer costs, and what a second worker gains: python -m benchmarks.study_speed.

*Overhead*: the same points simulated twice by turns in one process, bare (programs that are lowered already, one after the other
in the kernel, which packs each once) and as a worker of a study does it (names and values resolved, lowered, simulated, laws
checked, figures collected; passed on and kept in a store). Ratios are of processor time, of runs that followed each other.
*Where*: the parts of that, of a point and of a replication. *Speed-up*: the same study by one worker and by two, wall time, by
turns: as threads of one process, and as processes, their start included and taken off.
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.program.lower import WHOLE, lower
from eventlive_sim.study.laws import all_laws
from eventlive_sim.study.places import Place
from eventlive_sim.study.replications import Subject
from eventlive_sim.study.runner import Limits, Study, answer, run_study
from eventlive_sim.study.samples import collect
from eventlive_sim.study.store import Figure, Store, opened
from eventlive_sim.study.workers import rarely_look_for_cycles

KNOB = "clients.participant.loops.ping.every"
METRIC = "call_duration{endpoint:presence_ping}:p(95)"
_FOR_EVER_S = 1e9
"""A limit of time that is none: with one a study is done by processes, without one by threads."""


def study(design: str, people: int, points: int, replications: int) -> Study:
    """A study of S1: so many settings of the ping's interval."""
    settings = tuple((f"{KNOB}={90 + number}s",) for number in range(points))
    place = Place(design, "s1", (f"clients.participant.people={people}",))
    return Study(place, settings, (METRIC,), 1, replications)


def bare(asked: Study) -> Callable[[], int]:
    """The study's simulations without the study; returns the events of one go. Each go packs each program anew."""
    simulate = engine_of(EngineName.FAST)
    programs = [lower(design.design, world.scenario) for design, world in map(asked.place, asked.settings)]

    def go() -> int:
        new = [replace(program) for program in programs]
        return sum(simulate(program, seed).totals.events for program in new for seed in asked.seeds)

    return go


def whole(asked: Study, kept: Store) -> Callable[[], None]:
    """The study's simulations as a worker does them, passed on and kept."""
    tasks = [pickle.dumps(asked.task(number)) for number in range(len(asked.settings))]

    def go() -> None:
        for number, text in enumerate(tasks):
            task = pickle.loads(text)  # noqa: S301 - our own
            result = pickle.loads(pickle.dumps(answer(task)))  # noqa: S301 - our own
            found = dict(zip(task.seeds, result.figures, strict=True))
            kept.keep(result.content, found, task.metrics, setting=str(number))

    return go


def timed(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """How long a work takes [s]."""
    began = clock()
    work()
    return clock() - began


def overhead(kept: Store, design: str, people: int, points: int, replications: int, rounds: int) -> list[str]:
    """A row: milliseconds of a replication bare and in a study, and the median of the ratios."""
    asked = study(design, people, points, replications)
    go, study_go = bare(asked), whole(asked, kept)
    events = go()  # compiled, and warm
    study_go()
    count = points * replications
    alone, studied = [], []
    for _ in range(rounds):
        alone.append(timed(time.process_time, go) / count)
        studied.append(timed(time.process_time, study_go) / count)
    ratios = [one / other - 1 for one, other in zip(studied, alone, strict=True)]
    return [
        f"{design}, {people:,} people, {replications} replications a point",
        f"{events / count:,.0f}",
        f"{1000 * statistics.median(alone):,.1f}",
        f"{1000 * statistics.median(studied):,.1f}",
        f"{statistics.median(ratios):+.1%}",
        f"{min(ratios):+.1%} to {max(ratios):+.1%}",
    ]


def where(kept: Store, rounds: int) -> list[list[str]]:
    """Rows: what the study does beside simulating, and what it costs, by a point of 100 people."""
    asked = study("before", 100, rounds + 1, 1)
    found = [_parts(asked, kept, number) for number in range(rounds + 1)]
    return [[name, f"{1000 * statistics.median(one[name] for one in found[1:]):.2f}"] for name in found[0]]


def _parts(asked: Study, kept: Store, number: int) -> dict[str, float]:
    """Processor time [s] of the parts of a point."""
    task, clock = asked.task(number), time.process_time
    spent: dict[str, float] = {}
    times = [clock()]

    def did(name: str) -> None:
        times.append(clock())
        spent[name] = times[-1] - times[-2]

    design, world = task.place(task.setting)
    did("a point: names and values resolved")
    program = lower(design.design, world.scenario)
    did("a point: lowered")
    content = Subject(design, world, program).content
    did("a point: known by its content")
    recording = engine_of(EngineName.FAST)(program, 1)
    times.append(clock())
    all_laws(program, recording)
    did("a replication: laws checked")
    collect(program, recording, design.design, windows={WHOLE})
    did("a replication: figures collected")
    pickle.loads(pickle.dumps((task, content)))  # noqa: S301 - our own
    did("a point: passed on")
    kept.keep(content, {1: (Figure(1.0),)}, task.metrics, setting="one")
    did("a point: kept as a part")
    return spent


def speed_up(design: str, people: int, points: int, replications: int, rounds: int) -> list[list[str]]:
    """Rows: one worker against two, as threads, as processes, and as processes without what starting them takes."""
    asked, nothing = study(design, people, points, replications), study(design, 1, 2, 1)
    ways: dict[str, dict[int, list[float]]] = {}
    for _ in range(rounds):
        for workers in (1, 2):
            here, apart = Limits(workers), Limits(workers, within_s=_FOR_EVER_S)
            start = timed(time.perf_counter, lambda apart=apart: run_study(nothing, limits=apart))
            took = timed(time.perf_counter, lambda apart=apart: run_study(asked, limits=apart))
            threads = timed(time.perf_counter, lambda here=here: run_study(asked, limits=here))
            for name, seconds in (("threads", threads), ("processes", took), ("processes, start off", took - start)):
                ways.setdefault(name, {1: [], 2: []})[workers].append(seconds)
    rows = []
    for name, times in ways.items():
        ratios = [one / two for one, two in zip(times[1], times[2], strict=True)]
        medians = [f"{statistics.median(times[count]):.2f}" for count in (1, 2)]
        median, spread = f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}"
        rows.append([name, *medians, median, spread])
    return rows


def table(title: str, headings: list[str], rows: list[list[str]]) -> Table:
    """Rows under headings."""
    drawn = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        drawn.add_column(heading, justify="right" if number else "left")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds by turns")
    parser.add_argument("--points", type=int, default=8, help="points of the study that one and two workers do")
    given = parser.parse_args()
    console = Console(width=150)
    rarely_look_for_cycles()  # as workers do
    cases = [("before", 1000, 2, 4), ("after", 1000, 3, 4), ("before", 1000, 3, 1), ("before", 100, 4, 4)]
    with tempfile.TemporaryDirectory(prefix="eventlive-speed-") as place, opened(Path(place) / "store") as kept:
        rows = [overhead(kept, *case, given.rounds) for case in cases]
        headings = ["a point of S1", "events", "bare [ms]", "in a study [ms]", "overhead, median", "least to most"]
        console.print(table("Processor time of a replication", headings, rows))
        console.print(table("Where it goes", ["of S1, before", "processor time [ms]"], where(kept, given.rounds)))
    rows = speed_up("before", 1000, given.points, 4, given.rounds)
    headings = ["workers as", "1 [s]", "2 [s]", "speed-up, median", "least to most"]
    title = f"Wall time of {given.points} points of S1, 1,000 people, 4 replications; {os.cpu_count()} processors, "
    console.print(table(f"{title}{os.getloadavg()[1]:.1f} busy in the last 5 minutes", headings, rows))


if __name__ == "__main__":
    main()
