"""Jobs of the project: one task each that calls an endpoint on a fixed beat, one call after the other."""

from __future__ import annotations

from eventlive_sim.model.design import Job
from eventlive_sim.program.lower.callers import Caller, lower_abandonment, lower_call
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.primitives import ORDINAL_SLOT, Fn, Self, Space, operand


def lower_jobs(low: Lowering) -> None:
    """Rows and population of each job; its calls are counted under its own name as client."""
    for name, job in low.design.jobs.items():
        with low.asm.entry(f"job {name}"):
            low.asm.at(f"jobs.{name}")
            _lower_job(low, name, job)


def _lower_job(low: Lowering, name: str, job: Job) -> None:
    asm = low.asm
    caller = Caller(name, job.call)
    run, block = asm.label("run"), asm.label("finally")
    entry = asm.here(f"job {name}")
    asm.copy(low.person, asm.self_(Self.PERSON))
    asm.copy(low.tab, asm.self_(Self.TAB_ID))
    asm.copy(asm.task("in call"), asm.const(0))
    asm.spawn(run, 0, finally_=block)
    with asm.temp() as ignored:
        asm.join(ignored, 0)
    asm.end()
    asm.place(run)
    ordinal, again = operand(Space.TASK, ORDINAL_SLOT), asm.here("again")
    with asm.temp() as left:
        # The beat is that of the clock: the first run at one interval, the next ones at its multiples.
        asm.set(left, Fn.DIV, asm.now, asm.const(job.every))
        asm.set(left, Fn.ADD, left, asm.const(1))
        asm.set(left, Fn.MUL, left, asm.const(job.every))
        asm.set(left, Fn.SUB, left, asm.now)
        asm.hold(left)
    asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
    lower_call(low, caller)
    asm.jump(again)
    asm.place(block)
    lower_abandonment(low, caller)
    asm.population(name, 1, entry)
