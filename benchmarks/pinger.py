"""The closed pinger model three times: as a program for the engines, as input of ``pinger.c``, and its figures.

N people, each comes and then for ever thinks and calls. A call is counted in a time bin and its duration goes into a
histogram. With servers, each call queues for one of them in order of arrival.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.works import ARRIVE_S, BINS, SECOND, SERVICE_S, THINK_S, Work
from eventlive_sim.engine.recording import EDGES, Recording, Trend
from eventlive_sim.program.assembler import Assembler, stream_number
from eventlive_sim.program.primitives import ORDINAL_SLOT, Fn, Space, StationKind, operand
from eventlive_sim.program.program import Int64Array, Program, StationSpec, Window
from eventlive_sim.program.quantiles import exponential, uniform

SOURCE = Path(__file__).with_name("pinger.c")

_MAGIC = 0x50494E47
_STREAMS = ("arrive", "think", "service")
_PER_BIN = (
    "arrivals", "grants", "departures", "busy_integral", "waiting_integral", "inside_integral", "waiting_max",
)  # fmt: skip

Figures = dict[str, list[int]]
"""Everything that a run of the model recorded, by name, in one order."""


@dataclass(frozen=True)
class Pinger:
    """The model with its numbers.

    Attributes
    ----------
    servers : int
        Servers of the station; 0: no station.
    arrive, think, service : int64 arrays
        Quantile tables [ns].
    """

    people: int
    servers: int
    horizon_ns: int
    bin_ns: int
    arrive: Int64Array = field(default_factory=lambda: uniform(0, ARRIVE_S * SECOND))
    think: Int64Array = field(default_factory=lambda: uniform(*(end * SECOND for end in THINK_S)))
    service: Int64Array = field(default_factory=lambda: exponential(SERVICE_S * SECOND))


def model_of(work: Work) -> Pinger:
    """Return the model of a work."""
    return Pinger(work.people, work.servers, work.horizon_ns, math.ceil(work.horizon_ns / BINS))


def program_of(model: Pinger) -> Program:
    """Return the model as a program."""
    asm = Assembler()
    calls = asm.series("calls")
    durations = asm.series("durations", trend=True, unit="ns")
    desk = asm.station(StationSpec("desk", StationKind.FIFO, servers=model.servers)) if model.servers else None
    ordinal, asked = operand(Space.TASK, ORDINAL_SLOT), asm.task("asked")
    tables = [asm.table(table) for table in (model.arrive, model.think, model.service)]
    entry = asm.here("pinger")
    with asm.entry("client pinger"), asm.temp() as value:
        asm.draw(value, tables[0], _STREAMS[0], exogenous=True)
        asm.hold(value)
        again = asm.here("again")
        if desk is None:
            asm.copy(asked, asm.now)
        asm.draw(value, tables[1], _STREAMS[1])
        asm.hold(value)
        if desk is not None:
            asm.copy(asked, asm.now)
            asm.enter(desk)
            asm.draw(value, tables[2], _STREAMS[2])
            asm.hold(value)
            asm.leave(desk)
        asm.set(value, Fn.SUB, asm.now, asked)
        asm.count(calls)
        asm.count(durations, value)
        asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
        asm.jump(again)
    asm.population("pinger", model.people, entry)
    return asm.build(model.horizon_ns, bin_ns=model.bin_ns, windows=(Window("all", 0, model.horizon_ns),))


def figures_of(recording: Recording) -> Figures:
    """Everything that an engine recorded of the model; what nobody recorded is 0."""
    nothing = [0] * recording.bins
    calls = recording.counts.get((0, 0))
    found: Figures = {
        "events": [recording.totals.events],
        "calls": nothing if calls is None else calls.tolist(),
        **_trend("durations", recording.trends.get((1, 0))),
    }
    if recording.stations:
        desk = recording.stations[0]
        found |= {name: getattr(desk, name).tolist() for name in _PER_BIN}
        for name in ("sojourn_sum", "sojourn_inside", "waiting_end", "in_service_end"):
            found[name] = [getattr(desk, name)]
        found |= _trend("waits", desk.waits.get(0))
    return found


def _trend(name: str, trend: Trend | None) -> Figures:
    if trend is None:
        return {f"{name}.histogram": [0] * EDGES.size, f"{name}.exact": [0, 0, 0, 0]}
    exact = [trend.count, trend.sum, trend.min, trend.max]
    return {f"{name}.histogram": trend.counts.tolist(), f"{name}.exact": exact}


def checksum(figures: Figures) -> str:
    """One word over all figures: FNV-1a over words, as ``pinger.c`` does it."""
    value = 0xCBF29CE484222325
    for words in figures.values():
        for word in words:
            value = ((value ^ word & 0xFFFF_FFFF_FFFF_FFFF) * 0x100000001B3) & 0xFFFF_FFFF_FFFF_FFFF
    return f"{value:016x}"


def difference(left: Figures, right: Figures) -> str:
    """Name and values of the first figure in which two runs differ; empty if they agree."""
    for name in [*left, *(name for name in right if name not in left)]:
        one, other = left.get(name), right.get(name)
        if one is None or other is None or len(one) != len(other):
            return f"{name}: {'absent' if one is None else len(one)} and {'absent' if other is None else len(other)}"
        for at, (a, b) in enumerate(zip(one, other, strict=True)):
            if a != b:
                return f"{name}[{at}]: {a} and {b}"
    return ""


# ---------------------------------------------------------------- the C program


@dataclass(frozen=True)
class Printed:
    """What the C program printed; seconds are of its CPU, setting up included."""

    events: int
    checksum: str
    seconds: float
    setup_seconds: float
    peak_kib: int


def compiler() -> str | None:
    """C compiler of this machine: what CC says, else cc."""
    return shutil.which(os.environ.get("CC") or "cc")


def build(folder: Path) -> Path | None:
    """Compile the program into a folder; nothing where there is no compiler."""
    found = compiler()
    if found is None:
        return None
    binary = folder / "pinger"
    command = [found, "-O3", "-march=native", "-o", str(binary), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{SOURCE.name} does not compile: {done.stderr.strip()}"
        raise RuntimeError(message)
    return binary


def write_input(model: Pinger, seed: int, path: Path) -> None:
    """Write what the C program reads."""
    streams = [stream_number(name) for name in _STREAMS]
    head = [_MAGIC, model.people, model.servers, seed, model.horizon_ns, model.bin_ns, EDGES.size, *streams]
    words = np.concatenate([np.asarray(head), model.arrive, model.think, model.service, EDGES])
    path.write_bytes(words.astype("=i8").tobytes())


def run_c(binary: Path, given: Path, figures: Path | None = None) -> Printed:
    """Run the C program on an input; its figures go into a file, if one is named."""
    command = [str(binary), str(given), *([] if figures is None else [str(figures)])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said = dict(line.split() for line in text.splitlines())
    seconds, setup = float(said["seconds"]), float(said["setup_seconds"])
    return Printed(int(said["events"]), said["checksum"], seconds, setup, int(said["peak_kib"]))


def read_figures(path: Path) -> Figures:
    """Figures that the C program wrote."""
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {name: [int(word) for word in words] for name, *words in lines}
