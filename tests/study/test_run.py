"""Replications: seeds, processes, laws, windows."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.engine.laws import LawResult
from eventlive_sim.errors import ModelError, SimulationError
from eventlive_sim.study import workers as workers_module
from eventlive_sim.study.run import Run, replication_seed, run, run_all, traced
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved


def fingerprints(done: Run) -> list[str]:
    return [replication.recording.fingerprint for replication in done.replications]


def test_seed_of_a_replication_depends_on_root_and_number_only(tmp_path: Path) -> None:
    """The second replication of five is the second of two."""
    world = resolved(tmp_path, DOOR, NIGHT)
    few, many = (run(*world, seed=3, replications=number, workers=1) for number in (2, 4))
    assert fingerprints(many)[:2] == fingerprints(few)
    assert len(set(fingerprints(many))) == 4


def test_seeds_do_not_meet() -> None:
    """Neighbouring root seeds share no replication, as adding number to seed would."""
    seeds = {replication_seed(root, number) for root in range(50) for number in range(50)}
    assert len(seeds) == 2_500
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_processes_change_nothing(tmp_path: Path) -> None:
    """One process after the other or two side by side: the same recordings in the same order."""
    world = resolved(tmp_path, DOOR, NIGHT)
    alone, together = (run(*world, seed=1, replications=3, workers=workers) for workers in (1, 2))
    assert fingerprints(alone) == fingerprints(together)


def test_a_thread_may_start_processes(tmp_path: Path) -> None:
    """As the application does: signals are the main thread's affair, and the recordings are the same."""
    world = resolved(tmp_path, DOOR, NIGHT)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run, *world, replications=2, workers=2).result()
    assert fingerprints(done) == fingerprints(run(*world, replications=2, workers=1))


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    """What is told is a part of all work, never less than before."""
    told: list[float] = []
    run(*resolved(tmp_path, BAR, EVENING), replications=3, workers=1, progress=told.append)
    assert told == sorted(told)
    assert all(0 <= part <= 1 for part in told)


def test_progress_may_end_the_study(tmp_path: Path) -> None:
    """What progress raises comes out."""

    def stop(_part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(*resolved(tmp_path, DOOR, NIGHT), replications=2, workers=1, progress=stop)


def test_a_broken_law_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replication that breaks a law is no result; the message names law, place and seed."""
    law = LawResult("little", "desk", 1, 2, holds=False)
    monkeypatch.setattr(workers_module, "all_laws", lambda *_: [law])
    with pytest.raises(SimulationError, match="little at desk: 1 and 2"):
        run(*resolved(tmp_path, BAR, EVENING), workers=1)


@pytest.mark.parametrize(("replications", "seed"), [(0, 1), (-1, 1), (1, -1)])
def test_numbers_that_make_no_study(tmp_path: Path, replications: int, seed: int) -> None:
    """Fewer than one replication or a seed below 0 is refused."""
    with pytest.raises(ModelError, match="bad-study"):
        run(*resolved(tmp_path, BAR, EVENING), replications=replications, seed=seed)


@pytest.mark.parametrize(
    ("windows", "rule"),
    [
        ({"odd": ["0s", "5200ms"]}, "window-off-bins"),
        ({"odd": ["200ms", "5s"]}, "window-off-bins"),
        ({"after": ["20s", "30s"]}, "empty-window"),
        ({"all": ["0s", "5s"]}, "window-taken"),
    ],
)
def test_windows_that_cannot_be_measured(tmp_path: Path, windows: dict[str, Any], rule: str) -> None:
    """A window that cuts a bin, begins after the end, or takes the name of the whole, is refused."""
    with pytest.raises(ModelError, match=rule):
        run(*resolved(tmp_path, BAR, changed(EVENING, windows=windows)))


def test_a_window_may_reach_beyond_the_end(tmp_path: Path) -> None:
    """It is cut off there."""
    done = run(*resolved(tmp_path, BAR, changed(EVENING, duration="10900ms", windows={"rest": ["5s", "20s"]})))
    assert [(window.name, window.end_ns) for window in done.program.windows][1] == ("rest", 10_900_000_000)


def test_designs_meet_the_same_people(tmp_path: Path) -> None:
    """Under one seed the arrivals of two designs are the same, bin by bin."""
    one, world = resolved(tmp_path, DOOR, NIGHT)
    fixed = changed(DOOR, endpoints__door__steps={"look": {"select": "seats", "columns": ["who"]}})
    other, _ = resolved(tmp_path, fixed, NIGHT, name="other")
    joined = []
    for done in run_all([one, other], world, replications=2, workers=1):
        for replication in done.replications:
            series = next(
                number
                for number, spec in enumerate(done.program.series)
                if spec.metric == "people" and ("change", "join") in spec.tags
            )
            joined.append(replication.recording.counts[series, 0].tolist())
    assert joined[0] == joined[2]
    assert joined[1] == joined[3]
    assert joined[0] != joined[1]


def test_a_trace_is_of_the_first_replication(tmp_path: Path) -> None:
    """Persons may be picked; the rows are theirs."""
    world = resolved(tmp_path, DOOR, NIGHT)
    everybody, one = traced(*world, 1, None), traced(*world, 1, [3])
    assert len(everybody) > len(one) > 0
    assert {row[2] for row in one.rows} == {3}


@pytest.mark.parametrize("replications", [1, 3])
def test_engines_and_workers_change_nothing(tmp_path: Path, replications: int):
    """The same recordings from either engine, from one worker or several, in the order of the seeds."""
    design, night = resolved(tmp_path, DOOR, NIGHT)
    prints = [
        [
            one.recording.fingerprint
            for one in run(design, night, replications=replications, engine=engine, workers=workers).replications
        ]
        for engine in EngineName
        for workers in (1, 2)
    ]
    assert all(one == prints[0] for one in prints)
    assert len(set(prints[0])) == replications


def test_progress_of_threads_ends_at_one_and_may_end_the_study(tmp_path: Path):
    """Parts grow to 1; what progress raises ends the work in all threads."""
    design, night = resolved(tmp_path, DOOR, NIGHT)
    parts: list[float] = []
    run(design, night, replications=3, workers=2, progress=parts.append)
    assert parts == sorted(parts)
    assert parts[-1] == 1.0

    class EnoughError(Exception):
        pass

    def enough(_part: float) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        run(design, night, replications=400, workers=2, progress=enough)


def test_progress_of_threads_that_end_at_once_ends_at_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All have ended before whoever waits looks at them for the first time."""

    class AtOnce(threading.Thread):
        def start(self) -> None:
            super().start()
            self.join()

    monkeypatch.setattr(threading, "Thread", AtOnce)
    parts: list[float] = []
    run(*resolved(tmp_path, DOOR, NIGHT), replications=3, workers=2, progress=parts.append)
    assert parts[-1:] == [1.0]
