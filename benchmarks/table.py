"""One command, one table: both engines, a C program, SimPy by hand, and other libraries, on the same works."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.contenders import SAME
from benchmarks.measure import DifferentError, Entry, Task, growth, machine, measure
from benchmarks.startup import StartUp, start_up
from benchmarks.works import Work, desk, pinger

ABOUT = """Both engines beside a C program, SimPy by hand and other libraries, on the same works. Results that must be
equal are compared; where they differ the command fails. Nothing fails for being slow: contenders run by turns, and
ratios are of runs that followed each other: median, with least and greatest."""
PARTS = ("s1", "pinger", "desk", "startup")
QUICK: dict[str, Any] = {
    "people": 30, "sizes": [1_000], "events": 300_000, "slow_events": 40_000, "customers": 40_000,
    "slow_customers": 5_000, "rounds": 3, "slow_rounds": 2,
}  # fmt: skip
LARGE = 200_000
RATIOS = ("SimPy_to_this", "bare_to_this", "reference_to_this", "this_to_C")
SIMPY_OF_S1 = """SimPy's S1 does what the model does: processors that are shared, row locks, deadlines and patience, 400 and 409,
refreshes of tokens, Realtime, and records as the engines keep them. SimPy, bare, makes a like number of visits at
resources first come, first served; nothing in it fails or times out, and it records nothing else: not the same work."""
_WIDTH = 220


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=ABOUT)
    parser.add_argument("--quick", action="store_true", help="small sizes: under a minute; each may still be given")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts of the table")
    parser.add_argument("--people", type=int, default=0, help="participants of S1; as the scenario says if not given")
    parser.add_argument("--sizes", type=_sizes, default=[1_000, 100_000, 1_000_000], help="pingers: 1000,100000")
    parser.add_argument("--events", type=int, default=5_000_000, help="events of the pingers, about, for C and kernel")
    parser.add_argument("--slow-events", type=int, default=300_000, help="the same for the reference and SimPy")
    parser.add_argument("--customers", type=int, default=400_000, help="customers of M/M/c, for the kernel")
    parser.add_argument("--slow-customers", type=int, default=80_000, help="the same for all others")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of C and kernel")
    parser.add_argument("--slow-rounds", type=int, default=3, help="of these, rounds in which all run")
    parser.add_argument("--large-rounds", type=int, default=1, help="the same with more than 200,000 pingers")
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter that has ciw and salabim")
    parser.add_argument("--json", type=Path, help="write all figures to a file; - writes them to stdout, and no table")
    if parser.parse_known_args(arguments)[0].quick:
        parser.set_defaults(**QUICK)
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    return sorted({int(part) for part in text.split(",")})


def tasks(given: argparse.Namespace) -> list[Task]:
    """What is measured."""
    found = []
    if "s1" in given.only:
        for design in ("before", "after"):
            work = Work("s1", design, given.people)
            found.append(Task(work, work))
    if "pinger" in given.only:
        for station in (False, True):
            for people in given.sizes:
                fast, slow = (pinger(people, events, station=station) for events in (given.events, given.slow_events))
                found.append(Task(fast, slow))
    if "desk" in given.only:
        found.append(Task(desk(given.customers), desk(given.slow_customers)))
    return found


def slow_rounds(task: Task, given: argparse.Namespace) -> int:
    """Rounds in which all run: fewer where one of the reference takes a minute."""
    rounds: int = given.large_rounds if task.slow.people > LARGE else given.slow_rounds
    return rounds


# ---------------------------------------------------------------- figures


def rows_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Figures of the contenders on one task, with their ratios."""
    by_name = {entry.name: entry for entry in entries if entry.runs}
    rows = []
    for entry in entries:
        row: dict[str, Any] = {"work": entry.work.name, "contender": entry.name, "people": entry.work.people}
        row |= {"absent": entry.absent, "runs": list(entry.runs.values()), "short": list(entry.short.values())}
        for figure in ("events", "visits", "seconds", "ns_event", "ns_visit", "peak_kib"):
            value = entry.figure(figure)
            row[figure] = None if math.isnan(value) else value
        row["SimPy_to_this"] = _ratio(by_name.get("SimPy"), entry, entry.work.shared)
        row["bare_to_this"] = _ratio(by_name.get("SimPy, bare"), entry, entry.work.shared)
        row["reference_to_this"] = _ratio(by_name.get("reference"), entry, "ns_event")
        row["this_to_C"] = _ratio(entry, by_name.get("C"), "ns_event")
        rows.append(row)
    return rows


def _ratio(one: Entry | None, other: Entry | None, figure: str) -> dict[str, float] | None:
    if one is None or other is None or one.name == other.name:
        return None
    spread = one.against(other, figure)
    return None if spread is None else asdict(spread)


def growths_of(measured: Sequence[Sequence[Entry]]) -> dict[str, float]:
    """Exponents of time against events, between the least and the greatest number of pingers."""
    entries = [entry for group in measured for entry in group if entry.runs and entry.work.kind == "pinger"]
    found = {}
    for name in ("C", "kernel"):
        for station in (False, True):
            same = [entry for entry in entries if entry.name == name and bool(entry.work.servers) == station]
            if len(same) > 1:
                found[f"{name}, pingers{' with servers' if station else ''}"] = growth(same)
    return found


def document_of(
    given: argparse.Namespace, measured: Sequence[Sequence[Entry]], started: StartUp | None
) -> dict[str, Any]:
    """All figures, as JSON can say them."""
    from benchmarks.query import events_per_query  # noqa: PLC0415 - heavy, and --help is quick

    return {
        "machine": machine(),
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in vars(given).items()},
        "rows": [row for entries in measured for row in rows_of(entries)],
        "growth": growths_of(measured),
        "events_per_query": events_per_query(),
        "start_up": None if started is None else asdict(started) | {"warm_median_s": started.warm_median_s},
    }


# ---------------------------------------------------------------- for people


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the table for people."""
    table = Table(title="CPU time, set-up included; medians, and ratios with least and greatest", title_justify="left")
    for heading in ("work", "contender"):
        table.add_column(heading)
    counts = ("events", "visits", "seconds", "ns an event", "ns a visit")
    for heading in (*counts, "SimPy / this", "bare / this", "reference / this", "this / C", "peak MB"):
        table.add_column(heading, justify="right")
    before = ""
    for row in rows:
        first = row["work"] != before
        if before and first:
            table.add_section()
        before = row["work"]
        cells = [before if first else "", row["contender"]]
        if row["absent"]:
            table.add_row(*cells)
            continue
        cells += [_number(row[name]) for name in ("events", "visits")]
        cells += [_number(row["seconds"], 3), _number(row["ns_event"], 1), _number(row["ns_visit"])]
        cells += [_spread(row[name]) for name in RATIOS]
        table.add_row(*(Text(cell) for cell in cells), _number(row["peak_kib"] / 1024))
    return table


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _spread(value: dict[str, float] | None) -> str:
    if value is None:
        return "-"
    digits = 2 if value["median"] < 10 else 0
    low, high = (_number(value[end], digits) for end in ("low", "high"))
    return f"{_number(value['median'], digits)} ({low} to {high})"


def lines_of(document: dict[str, Any]) -> list[str]:
    """What is said below the table."""
    found = [f"{row['work']}, {row['contender']}: {row['absent']}" for row in document["rows"] if row["absent"]]
    found += [
        f"Equal results, number for number, on what they ran alike: {_agreed(document['rows'])}.",
        "Ratios to the reference and to SimPy are of one work of the same length, pair by pair, shorter than the long runs",
        "of C and kernel that the other columns show. SimPy / this and bare / this: by visit, of pingers by event.",
    ]
    if any(row["contender"] == "SimPy, bare" for row in document["rows"]):
        found += SIMPY_OF_S1.splitlines()
    for name, exponent in document["growth"].items():
        found.append(f"Growth from the fewest to the most, {name}: exponent {exponent:.3f} of time against events")
    started = document["start_up"]
    if started is not None:
        warm = ", ".join(f"{seconds:.2f}" for seconds in started["warm_s"])
        found.append(
            f"{started['command']} (engine {started['engine']}), whole process, wall: cold {started['cold_s']:.2f} s, "
            f"warm {started['warm_median_s']:.2f} s ({warm})"
        )
    return [*found, *(f"{text}; goal {goal}" for text, goal in goals_of(document))]


def _agreed(rows: Sequence[dict[str, Any]]) -> str:
    """Say who was compared, and on how many works."""
    works = {name: sum(row["contender"] == name and bool(row["short"]) for row in rows) for name in SAME}
    return ", ".join(f"{name} on {count}" for name, count in works.items() if count)


def goals_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """What was aimed at and is measured here, with what it should be; no goal fails the command."""
    found = []
    for row in document["rows"]:
        if row["contender"] != "kernel":
            continue
        if row["SimPy_to_this"] and row["work"].startswith("S1"):
            found.append((f"{row['work']}: SimPy / kernel {row['SimPy_to_this']['median']:.0f}", "at least 100"))
            if row["bare_to_this"]:
                bare = f"{row['work']}: SimPy, bare / kernel {row['bare_to_this']['median']:.0f}"
                found.append((bare, "none, as it does less"))
            found.append((f"{row['work']}: {row['ns_event']:.0f} ns an event", "at most 100"))
            found.append((f"{row['work']}: {row['seconds']:.3f} s a replication", "at most 0.4"))
        if row["this_to_C"]:
            found.append((f"{row['work']}: kernel / C {row['this_to_C']['median']:.2f}", "at most 1.5"))
    if document["start_up"] is not None:
        found.append((f"warm start-up {document['start_up']['warm_median_s']:.2f} s", "under 2"))
    found.append((f"events a PostgREST query {document['events_per_query']:.1f}", "at most 6"))
    return found


def say(text: str) -> None:
    """Tell on stderr what is being run: over the last line where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{text:70.70}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    given = options(arguments)
    started = None
    try:
        measured = [
            measure(task, given.rounds, slow_rounds(task, given), peers_python=given.peers_python, say=say)
            for task in tasks(given)
        ]
    except DifferentError as different:
        print(f"\n{different}", file=sys.stderr)
        sys.exit(1)
    if "startup" in given.only:
        say("start-up, cold and warm")
        started = start_up(given.people, given.slow_rounds)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    document = document_of(given, measured, started)
    text = json.dumps(document, indent=1) + "\n"
    if str(given.json) == "-":
        sys.stdout.write(text)
        return
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    console.print(table_of(document["rows"]))
    for line in lines_of(document):
        console.print(Text(line))
    if given.json:
        given.json.write_text(text, encoding="utf-8")
