"""The oracles: closed forms that design files, run through the whole chain, must meet within 4 standard errors.

Each has 20 replications under seeds of its own; `eventlive-sim verify` prints the same rows. Laws (flow balance, Little,
attempts) are checked exactly on every replication of all of them: a broken one raises.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.engine.laws import LawResult
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.reference import simulate
from eventlive_sim.errors import ModelError, SimulationError
from eventlive_sim.program.program import Program
from eventlive_sim.study import workers as workers_module
from eventlive_sim.study.oracles import Quantity, cases, heavy_cases
from eventlive_sim.study.verify import VerifyRow, compared, verify, verify_cases

WANTED = {"O1", "O2", "O3", "O5", "O6", "O8", "O9", "O10", "O11", "O13", "O17", "O18", "O19", "O22"}


def met(oracle: str, *printed: float) -> list[VerifyRow]:
    """Run an oracle on both engines; its rows expect the numbers printed in the specification, all within the band.

    The fast engine also runs the queues at loads of 0.9 and 0.95; what both run, they measure alike to the last digit.
    """
    rows, fast = verify([oracle], engine=EngineName.REFERENCE), verify([oracle])
    expected = [row.expected for row in rows]
    for number in printed:
        assert any(math.isclose(number, one, rel_tol=3e-4) for one in expected), number
    assert [row for row in (*rows, *fast) if not row.ok] == []
    assert fast[: len(rows)] == rows
    return rows


def test_o1_mm1() -> None:
    """M/M/1: mean sojourn 1/(mu - l); 1 % of sojourns are over ln 100/(mu - l). Kleinrock, Queueing Systems I, 3.2."""
    met("O1", 2.0, 5.0)


def test_o2_mmc() -> None:
    """M/M/c: Erlang C waits, mean wait C/(c mu - l), and the sojourn's p99. Kleinrock, Queueing Systems I, chapter 3."""
    met("O2", 2.77778, 0.71111, 0.40918)


def test_o3_mmck() -> None:
    """M/M/c/K, a queue that is full refuses: birth and death. Kleinrock, Queueing Systems I, chapter 3."""
    met("O3", 0.12602, 2.19478, 0.19563, 6.81672)


def test_o5_mg1() -> None:
    """M/G/1: Pollaczek and Khinchine, wait l E[S^2]/(2 (1 - rho)). Kleinrock, Queueing Systems I, 5.6."""
    met("O5", 3.0, 11.0)


def test_o6_dm1() -> None:
    """D/M/1, arrivals on a beat: sigma = exp(-mu (1 - sigma)/l). Kleinrock, Queueing Systems I, chapter 6."""
    met("O6", 1.2550, 2.69273)


def test_o8_fork_join() -> None:
    """The longest of n exponential branches lasts H_n/mu in the mean. David and Nagaraja, Order Statistics."""
    met("O8", 2.92897)


def test_o9_sharing_is_insensitive() -> None:
    """M/G/c under processor sharing, a job on one core at most, is as M/M/c whatever the demand's law. Kelly 1979, 3.3."""
    assert len([row for row in met("O9", 2.77778) if row.expected]) == 3


def test_o10_pool_before_cores() -> None:
    """A pool of K >= c connections before c shared cores: sojourn of M/M/c, P(wait) = P(N >= K). Kelly 1979, 3.3."""
    met("O10", 2.77778, 0.18641)


def test_o11_patience() -> None:
    """M/M/c+M (Palm 1957; Erlang A); and a caller who leaves work behind: P(T > tau) = exp(-(mu - l) tau)."""
    met("O11", 0.10391, 0.24239, math.exp(-1.5))


def test_o13_closed_pingers() -> None:
    """Machine repairman: X and R whatever the law of the think time. Lazowska et al., Quantitative System Performance."""
    met("O13", 0.87806, 4.77746, 8.25376, 1.15684)


def test_o17_token_bucket() -> None:
    """A bucket of b tokens refuses as M/D/1/b loses: embedded chain. Gross and Harris, 5.1; ITU-T I.371, annex A."""
    met("O17", 0.44444, 0.19957, 0.03529)


def test_o18_population() -> None:
    """People there at t: the integral of l(u) P(S > t - u). Eick, Massey, Whitt 1993, doi:10.1287/opre.41.4.731."""
    met("O18", 983.517, 361.816, 991.667, 491.667)


def test_o19_jitter_decorrelates() -> None:
    """Pings of a burst keep their beat: each period leaves sin(2 pi j/T)/(2 pi j/T) of it, as characteristic functions multiply."""
    met("O19", 1.247)


def test_o22_attempts() -> None:
    """Each attempt that asked for a token was a first try or a retry: an identity, in every replication."""
    (row,) = verify(["O22"])
    assert (row.measured, row.standard_error, row.ok) == (0.0, 0.0, True)


def test_o22_utilisation_at_every_station() -> None:
    """Each case with a first-come or sharing station holds U = XS/c beside its own claim. Denning and Buzen 1978."""
    without = {"O8", "O17", "O18", "O19", "O22"}  # no station, or a bucket, which is not busy
    for case in cases():
        named = [quantity for quantity in case.quantities if "(O22)" in quantity.name]
        assert bool(named) == (case.oracle not in without)


def test_o22_laws_are_checked_on_every_replication(monkeypatch: pytest.MonkeyPatch) -> None:
    """A law that one replication breaks ends the verification."""
    seen: list[Recording] = []

    def laws(program: Program, recording: Recording) -> list[LawResult]:
        seen.append(recording)
        return [LawResult("planted", "", len(seen), 0, len(seen) < 20)]

    monkeypatch.setattr(workers_module, "all_laws", laws)
    case = next(case for case in cases() if case.oracle == "O6")
    short = replace(case, scenario_sets=(*case.scenario_sets, "duration=700s", "windows.steady=[600s, 700s]"))
    with pytest.raises(SimulationError, match="planted"):
        verify_cases([short], workers=1)
    assert len(seen) == 20


def test_no_oracle_is_forgotten() -> None:
    """Every oracle that the project asked for has a case, each case a seed of its own, each quantity a name."""
    assert {case.oracle for case in cases()} == WANTED
    assert len({case.seed for case in cases()}) == len(cases())
    names = [quantity.name for case in cases() for quantity in case.quantities]
    assert len(set(names)) == len(names)


def test_heavy_loads() -> None:
    """Loads of 0.9 and 0.95 are there for three kinds of queue, under seeds that no other case has."""
    heavy = heavy_cases()
    assert {
        (case.oracle, load) for case in heavy for load in ("0.9", "0.95") if f"at {load}:" in case.quantities[0].name
    } == {(oracle, load) for oracle in ("O1", "O2", "O5") for load in ("0.9", "0.95")}
    seeds = [case.seed for case in (*cases(), *heavy)]
    assert len(set(seeds)) == len(seeds)


def test_a_seed_does_not_depend_on_other_oracles() -> None:
    """Seeds are written here: who changes one says so. A seed is not changed because of what it gave."""
    assert {case.seed for case in cases() if case.oracle == "O2"} == {10_200, 10_201}
    assert {case.seed for case in cases() if case.oracle == "O22"} == {12_200}


def biased(program: Program, seed: int, **given: object) -> Recording:
    """An engine whose buckets hold one token more than the program says."""
    larger = tuple(replace(spec, burst=spec.burst + 1) for spec in program.stations)
    return simulate(replace(program, stations=larger), seed)


def test_a_wrong_engine_is_found_out() -> None:
    """The band can fail: an engine whose buckets hold one token more misses each of them."""
    assert [row.ok for row in verify(["O17"], engine=biased, workers=1)] == [False, False, False]


def test_no_number_is_a_miss() -> None:
    """A measure that finds nothing to measure does not pass."""
    quantity = Quantity("nothing", 1.0, lambda program, recording: math.nan)
    assert not compared("O0", quantity, [math.nan] * 20).ok
    assert not compared("O0", quantity, [*[1.0] * 19, math.nan]).ok


def test_too_few_replications_are_refused() -> None:
    """The band is fixed for 20 or more."""
    with pytest.raises(ModelError, match="at least 20"):
        verify(["O1"], 19)


def test_an_unknown_oracle_lists_the_known() -> None:
    """The error names what there is."""
    with pytest.raises(ModelError, match="O13"):
        verify(["O99"])
