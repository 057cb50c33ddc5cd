"""Memory that the machine refuses, and the most that the kernel can name: another way, or one clear line."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eventlive_sim.engine.kernel import engine, layout, simulate
from eventlive_sim.engine.kernel.packing import packing_of
from eventlive_sim.engine.recording import Recording
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Int64Array, Program
from tests.study.small import BAR, EVENING, changed, write

ROOT = Path(__file__).parents[2]
PEOPLE = 100_000
"""Room for sixteen tasks each is 541 MB, for four 138 MB."""

# Allowed so much beyond what the process has after the kernel is loaded and has run.
LIMITED = """
import resource, sys
from eventlive_sim.engine.kernel import engine, simulate
from tests.engine.test_memory import crowd
folder, allowed = sys.argv[1], int(sys.argv[2])
simulate(crowd(folder, 10), 1)
crowded = crowd(folder, {people})
asked = []
zeros = engine.np.zeros
def counted(shape, *more, **named):
    asked.append(shape)
    return zeros(shape, *more, **named)
engine.np.zeros = counted
has = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (has + allowed, has + allowed))
try:
    told = sum(int(bins.sum()) for bins in simulate(crowded, 1).counts.values())
except MemoryError:
    told = "refused"
print(told, sum(one > 40_000_000 for one in asked if isinstance(one, int)))
"""

needs_limits = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system has no /proc")


def crowd(folder: str | Path, people: int) -> Program:
    """A bar with so many guests, for two seconds."""
    design = write(Path(folder) / "bar.yaml", BAR)
    world = changed(EVENING, clients__guest__people=people, duration="2s", windows={}, budgets={})
    evening = write(Path(folder) / f"evening_{people}.yaml", world)
    return lower(resolve_design(str(design)).design, resolve_scenario(str(evening)).scenario)


def limited(folder: Path, allowed: int) -> list[str]:
    """What a process of its own says that may take so many more bytes."""
    command = [sys.executable, "-c", LIMITED.format(people=PEOPLE), str(folder), str(allowed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    return done.stdout.split()


def counted(recording: Recording) -> int:
    return sum(int(bins.sum()) for bins in recording.counts.values())


@needs_limits
def test_a_refusal_makes_it_begin_with_less_and_changes_nothing(tmp_path: Path) -> None:
    """The large block was asked for and refused; the run counts what it counts with room enough."""
    assert limited(tmp_path, 500 << 20) == [str(counted(simulate(crowd(tmp_path, PEOPLE), 1))), "1"]


@needs_limits
def test_when_less_is_refused_too_it_says_so(tmp_path: Path) -> None:
    """As Python says it: the command line makes a line and an exit code of that."""
    assert limited(tmp_path, 60 << 20)[0] == "refused"


def test_fewer_tasks_at_first_are_more_copies_and_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From hardly any room the block grows as the run goes on: same counts, same histograms."""
    program = crowd(tmp_path, 300)
    whole = simulate(program, 1)
    grown: list[int] = []
    larger = engine._larger

    def noted(block: Int64Array, used: int) -> Int64Array:
        grown.append(used)
        return larger(block, used)

    monkeypatch.setattr(engine, "TASKS_A_PERSON", 0)
    monkeypatch.setattr(engine, "MARGIN", 1 << 11)
    monkeypatch.setattr(engine, "_larger", noted)
    small = simulate(program, 1)
    assert grown
    assert small.counts.keys() == whole.counts.keys()
    assert all(np.array_equal(small.counts[key], whole.counts[key]) for key in whole.counts)


def test_more_than_the_kernel_can_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what there is too much of, in one line, instead of a run that goes on in the wrong words."""
    program = crowd(tmp_path, 300)
    size = packing_of(program).size
    monkeypatch.setattr(layout, "HALVES", size + engine.MARGIN // 2)
    with pytest.raises(MemoryError, match="16 GiB that the kernel can name: too many people at once"):
        simulate(program, 1)


def test_a_limit_that_is_met_in_mid_run_is_said_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows up to the limit, and then says so."""
    program = crowd(tmp_path, 3_000)
    monkeypatch.setattr(engine, "TASKS_A_PERSON", 0)
    monkeypatch.setattr(engine, "MARGIN", 1 << 11)
    monkeypatch.setattr(layout, "HALVES", packing_of(program).size + (3 << 11))
    with pytest.raises(MemoryError, match="16 GiB that the kernel can name"):
        simulate(program, 1)


@needs_limits
def test_the_command_line_says_what_is_refused_and_what_to_do(tmp_path: Path) -> None:
    """Exit code 2 and no traceback for a crowd that this process may not hold."""
    crowd(tmp_path, 1_000_000)
    command = [sys.executable, "-m", "eventlive_sim", "run", "bar.yaml", "evening_1000000.yaml", "-q"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20))

    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
        preexec_fn=limit,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "this machine refuses the memory that is needed" in done.stderr
    assert "simulate fewer people" in done.stderr
    assert "Traceback" not in done.stderr
