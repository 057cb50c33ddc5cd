"""The two engines against each other: drawn programs and drawn designs, figure for figure and act for act."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from random import Random

from eventlive_sim.engine.contract.fuzz import random_sheet
from eventlive_sim.engine.engines import Engine, EngineName, engine_of
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.engine.trace import Trace, first_divergence
from eventlive_sim.errors import ModelError, SimulationError
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import design_names, resolve_design, resolve_scenario, scenario_names, tickets_of
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program, Window
from eventlive_sim.study.drawn import with_policies
from eventlive_sim.study.drawn_sessions import with_sessions
from eventlive_sim.study.workers import begin_worker

HORIZONS = (1, 50, 300, 1000)
BINS = (1, 7, 100, 5000)
UNITS_NS = (1, 1, 1, 9_000_001, 3 * 10**9, 4 * 10**10)
"""Times of drawn programs are multiples of one of these: what is simulated lasts from a nanosecond to half a day."""
DESIGN_EVERY = 50
"""One in so many cases is a whole design in a scenario; the others are drawn programs."""
PEOPLE_MOST = 3
_CHUNK = 50
_TICKETS_MOST = 4
_TRIES = 20


@dataclass
class Tally:
    """What was checked.

    Attributes
    ----------
    counts : Counter
        ``programs`` and ``designs`` on which the engines agree, ``refused`` by both, ``events`` and ``acts`` in all.
    divergence : str
        Where they part, and how to see it again; empty if they agree.
    """

    counts: Counter[str] = field(default_factory=Counter)
    divergence: str = ""

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        self.counts += other.counts
        self.divergence = self.divergence or other.divergence


def disagreement(program: Program, seed: int, fast: Engine, counts: Counter[str]) -> str:
    """Say where an engine and the reference part on a program; empty if they record and do the same.

    Both may refuse the program; what they say then may differ.
    """
    left, right = Trace(), Trace()
    try:
        theirs = engine_of(EngineName.REFERENCE)(program, seed, trace=right)
    except SimulationError as refusal:
        try:
            fast(program, seed)
        except SimulationError:
            counts["refused"] += 1
            return ""
        return f"the reference refuses it ({refusal}), the other engine does not"
    ours = fast(program, seed, trace=left)
    counts["events"] += theirs.totals.events
    counts["acts"] += len(right)
    return (
        first_divergence(left, right)
        or first_difference(ours, theirs)
        or ("" if fast(program, seed).fingerprint == theirs.fingerprint else "without a trace it records otherwise")
    )


# ---------------------------------------------------------------- cases


def drawn_program(number: int) -> tuple[Program, int]:
    """Return a drawn program and a seed: every primitive over every kind of station."""
    draw = Random(f"program {number}")
    unit = draw.choice(UNITS_NS)
    windows = tuple(
        Window(f"window {at}", unit * draw.randint(0, 300), unit * draw.randint(0, 300))
        for at in range(draw.randint(0, 3))
    )
    sheet = random_sheet(draw.getrandbits(40), knobs=draw.random() < 0.5, unit=unit)
    program = sheet.build(unit * draw.choice(HORIZONS), bin_ns=unit * draw.choice(BINS), windows=windows)
    return program, draw.getrandbits(63)


def drawn_design(number: int) -> tuple[Program, int, str]:
    """Return a design with drawn tickets in a drawn scenario with few people, a seed, and how to write it.

    Every second one has drawn policies of its clients too; of four the last two have drawn sessions.
    """
    draw, policed = Random(f"design {number}"), number // DESIGN_EVERY % 2 == 1
    sessions = number // DESIGN_EVERY % 4 >= 2
    for _ in range(_TRIES):
        expression, scenario = _drawn_expression(draw), draw.choice(scenario_names())
        drawn = resolve_scenario(scenario).scenario
        groups = [f"clients.{name}" for name in drawn.clients]
        groups += [f"webinars.{key}.clients.{name}" for key, one in drawn.webinars.items() for name in one.clients]
        sets = [f"{group}.people={draw.randint(0, PEOPLE_MOST)}" for group in groups]
        try:
            world = resolve_scenario(scenario, sets=sets)
            design = resolve_design(expression)
            tree = with_policies(draw, design.tree) if policed else design.tree
            tree = with_sessions(draw, tree) if sessions else tree
            program = lower(Design.model_validate(tree), world.scenario)
        except ModelError:
            continue  # these tickets exclude each other, or the scenario has clients that the design has not
        policies = f" with the policies of design {number}" if policed else ""
        policies += f" with the sessions of design {number}" if sessions else ""
        return program, draw.getrandbits(63), f"{expression}{policies} in {scenario} with {', '.join(sets)}"
    message = f"none of {_TRIES} drawn designs could be lowered"
    raise SimulationError(message)


def _drawn_expression(draw: Random) -> str:
    base = draw.choice(design_names())
    options = [f"{ticket.ticket}:{name}" for ticket in tickets_of(base) for name in ticket.options]
    chosen = draw.sample(options, min(len(options), draw.randint(0, _TICKETS_MOST)))
    return "+".join([base, *chosen])


def check_case(number: int, fast: Engine | None = None) -> Tally:
    """Check the case of a number; the same number is the same case on any machine."""
    tally, engine = Tally(), fast or engine_of(EngineName.FAST)
    if number % DESIGN_EVERY:
        program, seed = drawn_program(number)
        kind, said = "programs", f"program {number}"
    else:
        program, seed, written = drawn_design(number)
        kind, said = "designs", written
    parted = disagreement(program, seed, engine, tally.counts)
    if parted:
        tally.divergence = f"{said}, seed {seed} (case {number}):\n{parted}"
    tally.counts[kind] += 1
    return tally


def check_cases(numbers: range, fast: Engine | None = None) -> Tally:
    """Check cases until one of them parts the engines."""
    tally = Tally()
    for number in numbers:
        tally.add(check_case(number, fast))
        if tally.divergence:
            break
    return tally


# ---------------------------------------------------------------- for as long as it is told


def selfcheck(
    seconds: float,
    *,
    first: int = 0,
    most: int | None = None,
    workers: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> Tally:
    """Draw and check cases for a time.

    Parameters
    ----------
    seconds : float
        How long; the cases that have begun then are finished.
    first : int
        Number of the first case.
    most : int, optional
        Most cases.
    workers : int, optional
        Processes; by default one a core.
    progress : callable, optional
        Told the part of the time that has passed; what it raises ends the check.

    Returns
    -------
    Tally
        What was checked; it ends at the first divergence.
    """
    engine_of(EngineName.FAST)  # compiled once, here, rather than in each process at once
    tally, started = Tally(), time.monotonic()
    count = workers or os.cpu_count() or 1
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=begin_worker)
    chunks = _chunks(first, most)
    try:
        pending: set[Future[Tally]] = set()
        while True:
            passed = time.monotonic() - started
            if passed < seconds and not tally.divergence:
                while len(pending) < 2 * count and (chunk := next(chunks, None)) is not None:
                    pending.add(pool.submit(check_cases, chunk))
            if not pending:
                return tally
            done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                tally.add(future.result())
            if progress is not None:
                progress(min(1.0, passed / seconds))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _chunks(first: int, most: int | None) -> Iterator[range]:
    number, end = first, None if most is None else first + most
    while end is None or number < end:
        yield range(number, number + _CHUNK if end is None else min(number + _CHUNK, end))
        number += _CHUNK
