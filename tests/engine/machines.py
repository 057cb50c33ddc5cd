"""Small programs for the tests of engines."""

from __future__ import annotations

from eventlive_sim.engine.kernel import simulate as fast
from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act, Trace
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import NONE
from eventlive_sim.program.program import Program, Window

HORIZON = 1_000


def finish(asm: Assembler, horizon: int = HORIZON, bin_ns: int = 100) -> Program:
    """Build with one window over the whole run."""
    return asm.build(horizon, bin_ns=bin_ns, windows=(Window("all", 0, horizon),))


def run(program: Program, seed: int = 1) -> tuple[Recording, Trace]:
    """Simulate with a trace; every law holds."""
    trace = Trace()
    recording = simulate(program, seed, trace=trace)
    broken = [law for law in check_laws(program, recording) if not law.holds]
    assert not broken
    return recording, trace


def acts(trace: Trace, *kinds: Act) -> list[tuple[int, str, int, int, int]]:
    """(time, act, person, ordinal, value) of the rows of some kinds."""
    return [(row[0], Act(row[1]).name, row[2], row[4], row[8]) for row in trace.rows if row[1] in kinds]


def counted(trace: Trace) -> list[tuple[int, int, int]]:
    """(time, person, value) of what was counted."""
    return [(row[0], row[2], row[8]) for row in trace.rows if row[1] == Act.COUNT]


def mark(asm: Assembler, value: int = NONE) -> None:
    """Count a value; by default the time."""
    asm.count(asm.series("mark", trend=True), asm.now if value == NONE else value)


def marks(program: Program) -> list[int]:
    """Values that both engines count, in the same order."""
    _, slow = run(program)
    trace = Trace()
    fast(program, 1, trace=trace)
    assert trace.rows == slow.rows
    return [value for _, _, value in counted(trace)]
