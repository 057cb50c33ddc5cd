"""Faults planted in the kernel, and whether the comparison with the reference finds them."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from eventlive_sim.engine.kernel import simulate
from eventlive_sim.engine.kernel.native import compile_kernel, load
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.program.lower import lower
from eventlive_sim.study.selfcheck import check_cases, disagreement

PROGRAMS = range(1, 250)
KERNEL = "eventlive_sim.engine.kernel"


@dataclass(frozen=True)
class Mutant:
    """A function of the kernel with one piece of its text replaced."""

    name: str
    function: str
    old: str
    new: str

    def source(self) -> str:
        """Text of the function with the fault."""
        module, name = self.function.split(".")
        text = textwrap.dedent(inspect.getsource(getattr(import_module(f"{KERNEL}.{module}"), name)))
        assert self.old in text, f"{self.function} no longer says {self.old!r}"
        return text.replace(self.old, self.new, 1)


MUTANTS = [
    Mutant("one server too many", "queues.enter_queue", "m[lane + LANE_BUSY] < m[s + S_SERVERS]",
           "m[lane + LANE_BUSY] <= m[s + S_SERVERS]"),
    Mutant("last come, first served", "queues.admit", "task = m[queue + ENDS_FIRST]", "task = m[queue + ENDS_LAST]"),
    Mutant("a wake-up is lost", "signals.send", "        ready(m, task)\n", "        if value & 3:\n            ready(m, task)\n"),
    Mutant("409 counted as 400", "acts.count_row", "m[c + 2] + tag - TAG_MIN",
           "m[c + 2] + (400 if tag == 409 else tag) - TAG_MIN"),
    Mutant("a deadline beats a wake-up", "calendar.time_in", "m[task + T_KEY] + 1", "m[task + T_KEY] - 1"),
    Mutant("departures a nanosecond early", "processor.planned", "int(span)", "int(span) - 1"),
    Mutant("efficiency of one job more", "processor.rate_of", "min(active, count) - 1", "min(active + 1, count) - 1"),
    Mutant("what was acquired is kept when a deadline fires", "unwinding.fire", "give_back_since(m, task, acquired)",
           "give_back_since(m, task, acquired + 1)"),
    Mutant("a draw forgets the attempt", "draws.draw", "unsigned(attempt) * ATTEMPT_FACTOR",
           "unsigned(0) * ATTEMPT_FACTOR"),
    Mutant("the cell next to the one drawn", "draws.draw", "(CELLS * octave + cell)", "(CELLS * octave + (cell ^ 1))"),
    Mutant("patience is forgotten", "turns.enter", "outcome == queues.QUEUED and patience > 0",
           "outcome == queues.QUEUED and patience > 5"),
    Mutant("Promise.all waits for the last", "tasks.decide_now", "(mode == MODE_ALL and fails(status))",
           "(mode == MODE_ALL and fails(status) and m[group + G_TAIL] == 0)"),
    Mutant("Promise.all forgets who failed before it waited", "tasks.decide", "m[fates + F_FAILING] >= 0", "m[fates + F_FAILING] >= 1 << 20"),
    Mutant("a token too many", "bucket.enter_bucket", "if 0 <= patience < delay:", "if 0 <= patience < delay - 1:"),
    Mutant("an instance retires a nanosecond late", "rooms.retire", "m[node + IDLE_EXPIRY] > now",
           "m[node + IDLE_EXPIRY] >= now"),
    Mutant("a bin's border belongs to the bin before", "books.bin_now", "now >= m[H_BORDER]", "now > m[H_BORDER]"),
    Mutant("a sliding window holds what is as old as itself", "meter.refresh", "now - m[s + S_LENGTH] + 1",
           "now - m[s + S_LENGTH]"),
    Mutant("children of a cancelled task live on", "unwinding.let_go", "stack_children(m, task, LEAVING_CANCEL, 0)",
           "stack_children(m, task, LEAVING_CANCEL, 1 << 60)"),
    Mutant("those of one instant come in any order", "coming.first_of_equals",
           "comes_first(m, other, m[first + E_KEY], m[first + E_SEQ])", "not m[other + E_KEY]"),
    Mutant("who acts now comes last of those that do", "coming.put_now", "m[at - 1] < word", "m[at - 1] < word + 64"),
    Mutant("an event stands where one stood that comes later", "coming.put_near", "min(other, word)", "word"),
    Mutant("what becomes busy counts from the last bin's end", "books.set_busy", "* m[H_NOW]", "* (m[H_NOW] + 1)"),
    Mutant("who goes on at once is before others of that instant", "calendar.is_next", "+ NEAR_MASK < m", "< m"),
    Mutant("a job that is next of all leaves no departure", "sharing.work_shared", "m[r + R_PLANNED] == m[task + T_KEY] and is_next",
           "is_next"),
    Mutant("values of two bins are not told apart", "books.edge_of", "low + int(m[m[H_EDGES] + low + 1] <= value)", "low"),
    Mutant("a timer is dropped from the wheel", "calendar.void_timer", "m[task + T_PATIENCE] == time:",
           "m[task + T_PATIENCE] == time + 1:"),
    Mutant("a group remembers who ended before it was joined", "tasks.forget_all", "if fates:", "if fates < 0:"),
    Mutant("further tabs share a record", "memory.further", "m[H_NFURTHER] += 1", "m[H_NFURTHER] = 1"),
]  # fmt: skip
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


def found(name: str) -> str:
    """Say how a fault shows: where the engines part, or nothing; no name is the kernel as it is."""
    mutant = BY_NAME.get(name)
    sources = {mutant.function: mutant.source()} if mutant else {}
    engine = partial(simulate, loop=load(compile_kernel(sources)))
    scenario = resolve_scenario("s1", sets=["clients.participant.people=20", "clients.admin.people=1"])
    program = lower(resolve_design("before").design, scenario.scenario)
    return disagreement(program, 1, engine, Counter()) or check_cases(PROGRAMS, engine).divergence


if __name__ == "__main__":
    told = found(sys.argv[1])
    sys.stdout.write(told + "\n")
    sys.exit(1 if told else 0)
