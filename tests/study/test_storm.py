"""Storms: what a design gets over, on the reference cases of the literature, and what cannot be asked."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from eventlive_sim import data, theory
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.study import recovery
from eventlive_sim.study.hidden import hidden_capacities
from eventlive_sim.study.preflight import preflight
from eventlive_sim.study.storm import Cell, Storm, storm, trigger_of


def design(name: str, *sets: str) -> ResolvedDesign:
    return resolve_design(str(data.models_dir() / "oracles" / f"{name}.yaml"), sets=sets)


def world(name: str, *sets: str) -> ResolvedScenario:
    return resolve_scenario(str(data.experiments_dir() / "oracles" / f"{name}.yaml"), sets=sets)


def outage(load: int, *durations: str, sizes: tuple[str, ...] = (), replications: int = 4) -> Storm:
    """R1 with so many calls a second; the link is down, or has some servers left."""
    there = world("outage", f"clients.caller.people={load}", "duration=300s")
    return storm(design("outage"), there, durations=durations, sizes=sizes, replications=replications)


def test_r1_the_length_of_the_trigger_decides() -> None:
    """Bronson et al. at 280/s: half a second is got over, a second never; nothing happens without a trigger."""
    done = outage(280, "500ms", "1s")
    short, long = done.cells
    assert (short.metastable, long.metastable) == (0, 4)
    assert (short.probability.estimate, long.probability.estimate) == (0, 1)
    assert long.probability.low == pytest.approx(0.025 ** (1 / 4))
    assert math.isinf(long.median_s)
    assert [(cell.lasts, cell.metastable) for cell in done.quiet] == [("500ms", 0), ("1s", 0)]


def test_r1_the_size_of_the_trigger_decides() -> None:
    """A link that lets a hundred thousand through at once is no trigger, however long; one that lets nobody is."""
    done = outage(280, "5s", sizes=("0", "100000"))
    assert [cell.metastable for cell in done.cells] == [4, 0]
    assert done.cell("100000", "5s").median_s == 0


def test_r1_below_the_hidden_capacity_it_recovers_when_the_fluid_says() -> None:
    """100/s and ten seconds: 16 s by formula, from the end of the outage; blocks begin up to a second early or late."""
    (cell,) = outage(100, "10s", replications=8).cells
    assert cell.metastable == 0
    assert np.mean(cell.times) == pytest.approx(theory.recovery_time(100, 300.0, 1, 1.0, 10.0), abs=2)


def test_r2_collapses_by_size_and_length() -> None:
    """A crowd that slows the server: longer and larger is worse, and the corner of the map is certain."""
    done = storm(design("crowding"), world("spike"), durations=["1s", "20s"], sizes=["1.1", "3"], replications=5)
    assert done.cell("1.1", "1s").metastable == 0
    assert done.cell("3", "20s").metastable == 5


def test_hidden_capacities_are_those_of_the_literature() -> None:
    """300/s and one retry: 150/s. A crowd of 64.3/s and three tries: 21.4/s."""
    (database,) = hidden_capacities(design("outage").design, world("outage").scenario)
    figures = (database.load, database.capacity, database.amplification, database.stable)
    assert figures == pytest.approx((280, 300, 2, 150))
    assert database.standing == "vulnerable"
    (server,) = hidden_capacities(design("crowding").design, world("spike").scenario)
    assert (server.load, server.capacity, server.stable) == pytest.approx((40, 64.2857, 21.4286), rel=1e-4)


def test_polling_amplifies_too() -> None:
    """With every channel down the cores of the design before are asked for what preflight says, over what is usual."""
    resolved, there = resolve_design("before"), resolve_scenario("s2_realtime_outage")
    parts = {part.name: part for part in preflight(resolved.design, there.scenario).parts}
    cores = hidden_capacities(resolved.design, there.scenario)[0]
    assert cores.part == "database cores"
    assert cores.amplification == pytest.approx(
        parts["database cores, channels down"].offered / parts["database cores"].offered
    )
    assert cores.standing == "vulnerable"


def test_the_map_does_not_depend_on_who_works_on_it() -> None:
    """One worker or two, the same times; and another root seed meets others."""
    there = world("outage", "clients.caller.people=100", "duration=150s")
    one, two, other = (
        storm(design("outage"), there, durations=["5s"], replications=4, workers=workers, seed=seed)
        for workers, seed in ((1, 1), (2, 1), (2, 2))
    )
    assert one.cells == two.cells
    assert one.cells != other.cells


def test_progress_runs_through_all_cells_and_can_end_it() -> None:
    """It grows to 1 over the map; what it raises ends the study."""
    there = world("outage", "clients.caller.people=50", "duration=150s")
    told: list[float] = []
    storm(design("outage"), there, durations=["1s", "2s"], replications=2, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        storm(design("outage"), there, durations=["1s"], replications=2, progress=stop)


@pytest.mark.parametrize(
    ("sets", "fault", "durations", "rule", "told"),
    [
        ((), "outge", ["1s"], "unknown-trigger", "did you mean outage?"),
        ((), "", ["ten"], "bad-option", "'ten' is not a duration"),
        ((), "", ["9m"], "no-time-after", "--set duration="),
        (("disturbances.outage.from=15s",), "", ["1s"], "no-baseline", "20s or later"),
        (("clients.caller.people=0",), "", ["1s"], "no-baseline", "nothing is served before"),
    ],
)
def test_what_cannot_be_asked(sets: tuple[str, ...], fault: str, durations: list[str], rule: str, told: str) -> None:
    """Each refusal says what is wrong and what to write instead."""
    with pytest.raises(ModelError, match=told) as refused:
        storm(design("outage"), world("outage", *sets), fault=fault, durations=durations, replications=1)
    assert refused.value.rule == rule


def test_the_trigger_has_to_be_one() -> None:
    """Without any it is refused; of several, all are named."""
    with pytest.raises(ModelError, match="no fault and no disturbance"):
        trigger_of(world("crowd"))
    one = world("spike")
    spike = one.scenario.disturbances["spike"]
    both = one.scenario.model_copy(update={"disturbances": {"spike": spike, "wave": spike}})
    several = replace(one, scenario=both)
    with pytest.raises(ModelError, match="--fault: spike, wave"):
        trigger_of(several)
    assert trigger_of(several, "wave").name == "wave"


def test_recovery_has_to_hold_for_thirty_seconds() -> None:
    """A block that is fine alone is none; the first that is followed by fine ones counts, from the end of the trigger."""
    fine = np.zeros(100, dtype=np.bool_)
    fine[20:35] = True
    assert math.isinf(recovery._first_held_s(fine, 10 * 10**9))
    fine[50:71] = True
    assert recovery._first_held_s(fine, 10 * 10**9 + 500_000_000) == pytest.approx(39.5)


def test_the_median_of_half_that_recover_is_never() -> None:
    """Two that do and two that do not: the middle is not reached."""
    assert math.isinf(Cell("1", "1s", (3.0, math.inf, 2.0, math.inf)).median_s)
    assert Cell("1", "1s", (3.0, math.inf, 2.0)).median_s == 3.0
