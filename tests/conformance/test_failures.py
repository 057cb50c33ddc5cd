"""Failures leave the kernel from wherever they happen, in threads side by side, and leave nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from eventlive_sim.engine.contract.bench import Sheet
from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import DEADLINES, HOLDINGS
from eventlive_sim.program.program import Program

RUNS = 400


def _fine() -> Sheet:
    """Thirty who queue for one server."""
    s = Sheet()
    queue = s.fifo()
    with s.actor("a", 30):
        again = s.here()
        s.serve(queue, 3)
        s.mark("served", s.now)
        s.wait(5)
        s.jump(again)
    return s


def _holds_too_much() -> Sheet:
    """One server too many is granted in the turn of another task, which leaves."""
    s = Sheet()
    queue, last = s.fifo(100), s.fifo()
    with s.actor("leaves"):
        s.serve(last, 20)
    with s.actor("waits"):
        for _ in range(HOLDINGS):
            s.enter(queue)
        s.wait(1)
        s.enter(last)
    return s


def _arms_too_much() -> Sheet:
    """One deadline too many, below a child that is spawned."""
    s = Sheet()
    child, late = s.label("child"), s.label("late")
    with s.actor("a", 3):
        s.spawn(child, 0)
        s.wait(50)
        s.end()
        s.place(child)
        s.wait(7)
        for _ in range(DEADLINES + 1):
            s.deadline(s.const(100), late)
        s.place(late)
    return s


def _waits_in_a_finally_block() -> Sheet:
    """A block that may not wait does, as its task is cancelled by another."""
    s = Sheet()
    child, last = s.label("child"), s.label("finally")
    with s.actor("a"):
        s.spawn(child, 0, finally_=last)
        s.wait(5)
        s.cancel(0)
        s.end()
        s.place(child)
        s.wait(100)
        s.end()
        s.place(last)
        s.wait(5)
    return s


def _asks_for_a_key_that_is_none() -> Sheet:
    """Four keys, and the fifth is asked for."""
    s = Sheet()
    lock = s.lock(4)
    with s.actor("a", 3):
        s.wait(3)
        s.enter(lock, key=s.const(4))
    return s


def _outcome(program: Program) -> str:
    try:
        return kernel(program, 1).fingerprint
    except SimulationError as refusal:
        return str(refusal)


def test_failures_side_by_side() -> None:
    """Each of 400 runs in eight threads says what it says alone: four kinds of failures, which the reference words alike, and a run."""
    sheets = (_holds_too_much, _arms_too_much, _waits_in_a_finally_block, _asks_for_a_key_that_is_none, _fine)
    programs = [sheet().build(1000, bin_ns=100) for sheet in sheets]
    alone = [_outcome(program) for program in programs]
    assert alone[-1] == reference(programs[-1], 1).fingerprint
    for program, said in zip(programs[:-1], alone[:-1], strict=True):
        with pytest.raises(SimulationError) as refusal:
            reference(program, 1)
        assert str(refusal.value) == said
    draw = Random(1)
    which = [draw.randrange(len(programs)) for _ in range(RUNS)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(_outcome, [programs[number] for number in which]))
    assert told == [alone[number] for number in which]
