"""The reference engine against closed forms, and its own laws on a closed model."""

from __future__ import annotations

import math
from statistics import mean, stdev

import pytest

from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import first_difference
from eventlive_sim.engine.reference import simulate
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import ORDINAL_SLOT, Fn, Space, StationKind, operand
from eventlive_sim.program.program import Program, StationSpec, Window

S = 1_000_000_000


def single_server(load: float, kind: StationKind, horizon_s: int) -> Program:
    """Poisson arrivals at rate ``load`` to one exponential server of mean 1 s; sojourns from 500 s on."""
    asm = Assembler()
    station = asm.station(StationSpec("server", kind))
    gap, service = asm.table(quantiles.exponential(S / load)), asm.table(quantiles.exponential(S))
    customer = asm.label()
    source = asm.here()
    ordinal = operand(Space.TASK, ORDINAL_SLOT)
    top = asm.here()
    asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
    asm.draw(asm.task("x"), gap, "gap")
    asm.hold(asm.task("x"))
    asm.spawn(customer, 0)
    asm.cancel(1)
    asm.jump(top)
    asm.place(customer)
    asm.copy(asm.task("start"), asm.now)
    asm.draw(asm.task("x"), service, "service")
    if kind is StationKind.SHARING:
        asm.work(station, asm.task("x"))
    else:
        asm.enter(station)
        asm.hold(asm.task("x"))
        asm.leave(station)
    asm.set(asm.task("x"), Fn.SUB, asm.now, asm.task("start"))
    asm.count(asm.series("sojourn", trend=True, unit="ns"), asm.task("x"))
    asm.end()
    asm.population("source", 1, source, world=True)
    return asm.build(horizon_s * S, bin_ns=100 * S, windows=(Window("steady", 500 * S, horizon_s * S),))


@pytest.mark.parametrize("kind", [StationKind.FIFO, StationKind.SHARING])
def test_mean_sojourn_of_a_single_server(kind: StationKind) -> None:
    """M/M/1 at 0.8 has a mean sojourn of 5 service times, first come first served or shared (Kleinrock)."""
    program = single_server(0.8, kind, 4_000)
    means = [simulate(program, seed).trends[0, 0].mean / S for seed in range(20)]
    assert mean(means) == pytest.approx(5.0, abs=4 * stdev(means) / math.sqrt(20))
    assert mean(means) == pytest.approx(5.0, rel=0.15)


def pinger(people: int) -> Program:
    """A closed model: hold U(110, 130) s, enter the pool, work, leave."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO, servers=3))
    cpu = asm.station(StationSpec("cpu", StationKind.SHARING, cores=2000, efficiency=(1_000_000, 900_000)))
    think, demand = asm.table(quantiles.uniform(110 * S, 130 * S)), asm.table(quantiles.exponential(S / 2))
    entry = asm.here()
    ordinal = operand(Space.TASK, ORDINAL_SLOT)
    top = asm.here()
    asm.set(ordinal, Fn.ADD, ordinal, asm.const(1))
    asm.draw(asm.task("x"), think, "think")
    asm.hold(asm.task("x"))
    asm.enter(pool)
    asm.draw(asm.task("x"), demand, "demand")
    asm.work(cpu, asm.task("x"))
    asm.leave(pool)
    asm.jump(top)
    asm.population("people", people, entry)
    return asm.build(1_000 * S, bin_ns=10 * S, windows=(Window("all", 0, 1_000 * S),))


def test_laws_hold_and_runs_repeat() -> None:
    """Every law holds exactly; the same seed gives the same bytes, another seed another run."""
    program = pinger(300)
    recording = simulate(program, 1)
    assert all(law.holds for law in check_laws(program, recording))
    assert len(check_laws(program, recording)) == 10
    again = simulate(program, 1)
    assert again.fingerprint == recording.fingerprint
    assert first_difference(recording, again) == ""
    other = simulate(program, 2)
    assert other.fingerprint != recording.fingerprint
    assert first_difference(recording, other) == "run[0]: 1 and 2"
