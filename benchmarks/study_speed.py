"""What the study layer costs, and what a second process gains: python -m benchmarks.study_speed.

*Overhead*: the same points simulated twice by turns in one process, bare (programs that are lowered already, one after the
other in the kernel) and as a worker of a study does it (names and values resolved, lowered, simulated, laws checked, figures
collected). Ratios are of processor time, of runs that followed each other. *Speed-up*: the same study by one process and by
two, wall time, by turns, the start of processes included and, in a second row, taken off.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.program.lower import lower
from eventlive_sim.study.places import Place
from eventlive_sim.study.run import replication_seed
from eventlive_sim.study.runner import Limits, Study, answer, run_study

KNOB = "clients.participant.loops.ping.every"
METRIC = "call_duration{endpoint:presence_ping}:p(95)"


def study(design: str, people: int, points: int, replications: int) -> Study:
    """A study of S1: so many settings of the ping's interval."""
    settings = tuple((f"{KNOB}={90 + number}s",) for number in range(points))
    place = Place(design, "s1", (f"clients.participant.people={people}",))
    return Study(place, settings, (METRIC,), 1, replications)


def bare(asked: Study) -> Callable[[], int]:
    """The study's simulations without the study; returns the events of one go."""
    simulate = engine_of(EngineName.FAST)
    programs = [lower(design.design, world.scenario) for design, world in map(asked.place, asked.settings)]
    seeds = [replication_seed(asked.seed, number) for number in range(asked.replications)]

    def go() -> int:
        return sum(simulate(program, seed).totals.events for program in programs for seed in seeds)

    return go


def timed(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """How long a work takes [s]."""
    began = clock()
    work()
    return clock() - began


def overhead(design: str, people: int, points: int, replications: int, rounds: int) -> list[str]:
    """A row: milliseconds of a replication bare and in a study, and the median of the ratios."""
    asked = study(design, people, points, replications)
    go = bare(asked)
    events = go()  # compiled, and warm
    count = points * replications
    alone, whole = [], []
    for _ in range(rounds):
        alone.append(timed(time.process_time, go) / count)
        whole.append(timed(time.process_time, lambda: [answer(asked, number) for number in range(points)]) / count)
    ratios = [one / other - 1 for one, other in zip(whole, alone, strict=True)]
    return [
        f"{design}, {people:,} people, {replications} replications a point",
        f"{events / count:,.0f}",
        f"{1000 * statistics.median(alone):,.1f}",
        f"{1000 * statistics.median(whole):,.1f}",
        f"{statistics.median(ratios):+.1%}",
        f"{min(ratios):+.1%} to {max(ratios):+.1%}",
    ]


def speed_up(design: str, people: int, points: int, replications: int, rounds: int) -> list[list[str]]:
    """Two rows: one process against two, with and without what starting them takes."""
    asked = study(design, people, points, replications)
    nothing = study(design, 1, 2, 1)
    found: dict[int, list[float]] = {1: [], 2: []}
    starts: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers in (1, 2):
            limits = Limits(workers)
            starts[workers].append(timed(time.perf_counter, lambda limits=limits: run_study(nothing, limits=limits)))
            found[workers].append(timed(time.perf_counter, lambda limits=limits: run_study(asked, limits=limits)))
    net = {count: [a - b for a, b in zip(found[count], starts[count], strict=True)] for count in found}
    rows = []
    for name, times in (("start included", found), ("start taken off", net)):
        ratios = [one / two for one, two in zip(times[1], times[2], strict=True)]
        medians = [f"{statistics.median(times[count]):.2f}" for count in (1, 2)]
        rows.append(
            [
                f"{design}, {people:,} people, {points} points, {name}",
                *medians,
                f"{statistics.median(ratios):.2f}",
                f"{min(ratios):.2f} to {max(ratios):.2f}",
            ]
        )
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
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds by turns")
    parser.add_argument("--points", type=int, default=12, help="points of the study that one and two processes do")
    given = parser.parse_args()
    console = Console(width=150)
    cases = [("before", 1000, 3, 4), ("after", 1000, 4, 4), ("before", 100, 6, 4), ("before", 1000, 4, 1)]
    rows = [overhead(*case, given.rounds) for case in cases]
    headings = ["a point of S1", "events", "bare [ms]", "in a study [ms]", "overhead, median", "least to most"]
    console.print(table("Processor time of a replication", headings, rows))
    rows = speed_up("before", 1000, given.points, 4, given.rounds)
    headings = ["a study of S1", "1 process [s]", "2 processes [s]", "speed-up, median", "least to most"]
    console.print(table("Wall time of a study", headings, rows))


if __name__ == "__main__":
    main()
