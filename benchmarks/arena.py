"""How time and memory grow with people: python -m benchmarks.arena.

An hour of a design in `arena` for more and more people, each in a process of its own, one replication by the kernel: processor time
of the simulation without what comes before and after, and the peak memory of the process. The exponent is that of time against
events, from the fewest people to the most.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.contenders import ROOT, SEED, WARM_UP, program_of
from benchmarks.measure import machine
from benchmarks.worker import peak_kib

KIB, KB, MB, GB = 1024, 10**3, 10**6, 10**9
MOST_S, MOST_GB, MOST_EXPONENT = 180, 4, 1.1


def measured(design: str, people: int) -> dict[str, Any]:
    """Run it once, in this process.

    Parameters
    ----------
    design : str
        Design and options, as the command line takes them.
    people : int
        Participants.

    Returns
    -------
    dict
        ``people``, ``events``, ``seconds`` of processor time, ``peak_kib`` of the process.
    """
    from eventlive_sim.engine.kernel import simulate  # noqa: PLC0415 - heavy, and --help is quick
    from eventlive_sim.model.resolve import resolve_design, resolve_scenario  # noqa: PLC0415
    from eventlive_sim.program.lower import lower  # noqa: PLC0415

    scenario = resolve_scenario("arena", sets=[f"clients.participant.people={people}"]).scenario
    program = lower(resolve_design(design).design, scenario)
    simulate(program_of(WARM_UP), SEED)
    begun = time.process_time()
    recording = simulate(program, SEED, progress=lambda part: _say(f"{people:,} people: {part:.0%}"))
    seconds = time.process_time() - begun
    return {"people": people, "events": recording.totals.events, "seconds": seconds, "peak_kib": peak_kib()}


def in_a_process(design: str, people: int) -> dict[str, Any]:
    """Run it once, in a process of its own, whose peak memory is that of this size."""
    command = [sys.executable, "-m", "benchmarks.arena", "--design", design, "--one", str(people)]
    answer: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    return answer


def exponent(rows: Sequence[dict[str, Any]]) -> float:
    """Exponent of time against events, from the least to the greatest; NaN of one size."""
    small, large = rows[0], rows[-1]
    if small["events"] == large["events"]:
        return math.nan
    return math.log(large["seconds"] / small["seconds"]) / math.log(large["events"] / small["events"])


def table_of(rows: Sequence[dict[str, Any]]) -> Table:
    """Return the table for people."""
    table = Table(title=f"one hour of arena, one replication, {machine()['cpu']}", title_justify="left")
    for heading in ("people", "events", "seconds", "ns an event", "peak MB", "KB a person"):
        table.add_column(heading, justify="right")
    for row in rows:
        kib = row["peak_kib"]
        table.add_row(
            f"{row['people']:,}", f"{row['events']:,}", f"{row['seconds']:.2f}", f"{row['seconds'] / row['events'] * 1e9:.0f}",
            f"{kib * KIB / MB:,.0f}", f"{(kib - rows[0]['peak_kib']) * KIB / (row['people'] - rows[0]['people']) / KB:.1f}" if row is not rows[0] else "-",
        )  # fmt: skip
    return table


def lines_of(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What is said below the table: figures, with what was aimed at."""
    last = rows[-1]
    found = []
    if len(rows) > 1:
        found.append("KB a person: more memory than with the fewest, by people more")
        found.append(f"exponent of time against events {exponent(rows):.3f}; goal at most {MOST_EXPONENT}")
    if last["people"] == 1_000_000:
        found.append(
            f"a million people: {last['seconds']:.0f} s, {last['peak_kib'] * KIB / GB:.2f} GB; "
            f"goal under {MOST_S} s and {MOST_GB} GB"
        )
    return found


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:40.40}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.arena", description=__doc__)
    parser.add_argument("--design", default="after+P-1:arena", help="what is simulated")
    parser.add_argument("--sizes", default="1000,10000,100000", help="participants; 1000000 takes two minutes and 4 GB")
    parser.add_argument("--one", type=int, help="one size in this process, as a line of JSON")
    given = parser.parse_args(arguments)
    if given.one is not None:
        print(json.dumps(measured(given.design, given.one)))
        return
    rows = []
    for people in sorted({int(part) for part in given.sizes.split(",")}):
        rows.append(in_a_process(given.design, people))
        _say("")
    console = Console() if sys.stdout.isatty() else Console(width=100)
    console.print(table_of(rows))
    for line in lines_of(rows):
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
