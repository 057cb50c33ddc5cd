"""A kept study: killed, cut off, without room, on a cluster; each time the same results, and nothing done twice."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import LocalCluster

from eventlive_sim.errors import ModelError, SimulationError
from eventlive_sim.program.lower import lower
from eventlive_sim.study import runner, store
from eventlive_sim.study.knobs import knob
from eventlive_sim.study.places import Place
from eventlive_sim.study.runner import Done, Limits, Study, answer, run_study
from eventlive_sim.study.store import Figure, StoreError, opened
from eventlive_sim.study.sweep import frame, sweep
from tests.study.small import BAR, EVENING, changed, write

SERVICE = "endpoints.order.steps.serve.service"
METRICS = ("call_duration{endpoint:order}:avg", "goodput:rate")
ONE = Limits(workers=1)


def study(folder: Path, points: int = 6, **world: Any) -> Study:
    """A bar whose service takes 10 ms more from point to point."""
    design, evening = write(folder / "bar.yaml", BAR), write(folder / "evening.yaml", changed(EVENING, **world))
    settings = tuple((f"{SERVICE}={10 * (1 + number)}ms",) for number in range(points))
    return Study(Place(str(design), str(evening)), settings, METRICS, 1, 2)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Points are simulated in this process; which ones, in order."""
    asked: list[int] = []

    class Alone:
        def work(self, tasks: Any, finished: Any, goes_on: Any) -> None:
            for task in tasks:
                if not goes_on():
                    return
                asked.append(task.number)
                finished(task.number, answer(task))

    monkeypatch.setattr(runner, "_team", lambda *_, **__: Alone())
    return asked


def test_results_are_what_run_measures(tmp_path: Path, here: list[int]) -> None:
    """A lone guest: the mean duration is the service time."""
    done = run_study(study(tmp_path), store=tmp_path / "kept")
    assert [one.values[0] for one in done.results if one] == [
        (pytest.approx(10 * (1 + number)),) * 2 for number in range(6)
    ]
    assert (done.simulated, done.missing) == (6, 0)


def test_what_is_known_is_not_simulated_again(tmp_path: Path, here: list[int]) -> None:
    """Not by a second asking, nor with more points; another seed, or other files, are another question."""
    first = run_study(study(tmp_path), store=tmp_path / "kept")
    assert run_study(study(tmp_path), store=tmp_path / "kept").results == first.results
    assert here == list(range(6))
    run_study(study(tmp_path, bins="1s"), store=tmp_path / "kept")
    assert here == list(range(6)) * 2
    told = json.loads((tmp_path / "kept" / "manifest.json").read_text())
    assert sorted(one["points"] for one in told["asked"].values()) == [6, 6]


def test_more_replications_and_points_take_what_is_there(tmp_path: Path, here: list[int]) -> None:
    """Of each point that is known only the new seeds are simulated; a point is known whatever stands beside it."""
    run_study(study(tmp_path, points=4), store=tmp_path / "kept")
    done = run_study(replace(study(tmp_path, points=6), replications=3), store=tmp_path / "kept")
    assert (done.simulated, done.replications) == (6, 4 * 1 + 2 * 3)
    plain = run_study(replace(study(tmp_path, points=6), replications=3))
    assert done.results == plain.results


def test_one_program_may_cost_different_sums(tmp_path: Path, here: list[int]) -> None:
    """Who is hot decides what goodput counts, and nothing of the program: neither is taken for the other."""
    both = (("endpoints.order.hot=true",), ("endpoints.order.hot=false",))
    wanted = replace(study(tmp_path), settings=both, metrics=("goodput:rate",), replications=1)
    digests = {lower(design.design, world.scenario).digest for design, world in map(wanted.place, both)}
    assert len(digests) == 1
    first = run_study(wanted, store=tmp_path / "kept")
    hot, cold = (one.values[0][0] for one in first.results if one)
    assert hot > cold == 0
    again = run_study(wanted, store=tmp_path / "kept")
    assert (again.simulated, again.results) == (0, first.results)


def test_a_worker_with_other_files_is_refused(tmp_path: Path) -> None:
    """What it would find is no answer to what was asked."""
    task = study(tmp_path).task(0)
    study(tmp_path, bins="1s")
    with pytest.raises(ModelError, match="other files"):
        answer(replace(task, number=1))


def test_time_that_is_over_keeps_what_there_is(tmp_path: Path, here: list[int]) -> None:
    """Then the same question goes on from there."""
    done = run_study(study(tmp_path), store=tmp_path / "kept", limits=Limits(within_s=0))
    assert (done.simulated, done.missing) == (0, 6)
    assert run_study(study(tmp_path), store=tmp_path / "kept").missing == 0


def test_a_full_disk_loses_nothing_that_was_kept(
    tmp_path: Path, here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part that found no room leaves no trace; three points are kept, and three are left to do."""
    plain, written = os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 2 * 4:  # the manifest and three parts, each with its folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device; what was kept before is whole"):
        run_study(study(tmp_path), store=tmp_path / "kept")
    monkeypatch.setattr(os, "fsync", plain)
    assert len(list((tmp_path / "kept").glob("part-*.parquet"))) == 3
    assert list((tmp_path / "kept").glob("*.writing")) == []
    done = run_study(study(tmp_path), store=tmp_path / "kept")
    assert (done.simulated, done.missing) == (3, 0)


def test_a_part_that_cannot_be_read_is_put_aside(tmp_path: Path, here: list[int]) -> None:
    """And simulated again; half-written files are nothing."""
    first = run_study(study(tmp_path), store=tmp_path / "kept")
    part = tmp_path / "kept" / "part-00000002.parquet"
    part.write_bytes(part.read_bytes()[:100])
    (tmp_path / "kept" / "part-00000009.writing").write_bytes(b"half")
    again = run_study(study(tmp_path), store=tmp_path / "kept")
    assert again.results == first.results
    assert (again.simulated, len(again.broken)) == (1, 1)
    assert (tmp_path / "kept" / "broken" / "part-00000002.parquet").exists()
    assert not (tmp_path / "kept" / "part-00000009.writing").exists()


def test_many_parts_are_put_together(tmp_path: Path, here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """On the next opening; they hold the same."""
    monkeypatch.setattr(store, "PARTS_MOST", 4)
    first = run_study(study(tmp_path), store=tmp_path / "kept")
    again = run_study(study(tmp_path), store=tmp_path / "kept")
    assert (again.simulated, again.results) == (0, first.results)
    assert len(list((tmp_path / "kept").glob("part-*.parquet"))) == 1


def test_other_code_is_another_result(tmp_path: Path, here: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier version simulated is not taken for this one's."""
    run_study(study(tmp_path), store=tmp_path / "kept")
    monkeypatch.setattr(store, "code_digest", lambda: "another")
    assert run_study(study(tmp_path), store=tmp_path / "kept").simulated == 6


def test_one_study_at_a_time(tmp_path: Path, here: list[int]) -> None:
    """A second one is refused, and told so; a folder that is no store as well."""
    with opened(tmp_path / "kept"), pytest.raises(ModelError, match="another study"), opened(tmp_path / "kept"):
        pass
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"schema": "something"}')
    with pytest.raises(ModelError, match="something"), opened(tmp_path / "other"):
        pass
    (tmp_path / "other" / "manifest.json").write_text("{")
    with pytest.raises(ModelError, match="is no manifest"), opened(tmp_path / "other"):
        pass


# ---------------------------------------------------------------- processes


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """By its id, while it works: the results are those of an undisturbed study."""
    wanted = study(tmp_path, points=8, duration="20000s", bins="100s", windows={"early": ["0s", "500s"]})
    killed: list[int] = []

    def kill(part: float) -> None:
        if not killed:
            killed.extend(
                child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())
            )
            os.kill(killed[-1], signal.SIGKILL)

    disturbed = run_study(wanted, store=tmp_path / "kept", limits=ONE, progress=kill)
    assert killed
    assert disturbed.missing == 0
    assert disturbed.results == tuple(answer(wanted.task(number)) for number in range(8))


def test_a_point_that_kills_its_worker_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three times, by name."""
    team = runner.Processes(1)
    monkeypatch.setattr(team.__class__, "_until_one_dies", lambda self, left, finished, goes_on: [min(left)])
    with pytest.raises(SimulationError, match="service=10ms died 3 times"):
        team.work([study(tmp_path).task(one) for one in (0, 1)], lambda number, result: None, lambda: True)


def test_a_study_that_is_killed_goes_on(tmp_path: Path) -> None:
    """The main process ends by SIGKILL in the middle: asked again it has the rest to do, and the same table to show."""
    study(tmp_path, duration="50000s", bins="100s", windows={"early": ["0s", "500s"]})
    place = Place(str(tmp_path / "bar.yaml"), str(tmp_path / "evening.yaml"))
    command = [sys.executable, "-m", "eventlive_sim", "sweep", place.design, place.scenario]
    command += ["--over", f"{SERVICE}=10ms..300ms:30", "--metric", METRICS[0], "-n", "2", "-q", "--workers", "1"]
    command += ["--store", str(tmp_path / "kept")]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for(lambda: len(list((tmp_path / "kept").glob("part-*.parquet"))) >= 3)
    children = psutil.Process(running.pid).children(recursive=True)
    running.kill()
    running.wait()
    assert children
    _wait_for(lambda: not any(child.is_running() for child in children))
    there = len(list((tmp_path / "kept").glob("part-*.parquet")))
    assert 3 <= there < 30
    knobs = [knob(f"{SERVICE}=10ms..300ms:30")]
    found, done = sweep(place, knobs, [METRICS[0]], replications=2, store=tmp_path / "kept", limits=ONE)
    assert done.simulated == 30 - there
    assert found is not None
    plain, _ = sweep(place, knobs, [METRICS[0]], replications=2)
    assert plain is not None
    assert frame(found).to_csv() == frame(plain).to_csv()


def _wait_for(what: Any) -> None:
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    """Ctrl-C from the progress: the points before it are known afterwards."""
    wanted = study(tmp_path)

    def stop(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(wanted, store=tmp_path / "kept", limits=ONE, progress=stop)
    done = run_study(wanted, store=tmp_path / "kept", limits=ONE)
    assert (done.simulated, done.missing) == (5, 0)


def test_a_cluster_finds_the_same(tmp_path: Path) -> None:
    """Two worker processes of Dask on loopback, with a store; and nobody at an address is told."""
    wanted = study(tmp_path)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as here:
        done: Done = run_study(wanted, store=tmp_path / "kept", limits=Limits(cluster=here.scheduler_address))
    assert done.results == tuple(answer(wanted.task(number)) for number in range(6))
    assert run_study(wanted, store=tmp_path / "kept", limits=ONE).simulated == 0


def test_nobody_at_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to start one."""
    from eventlive_sim.study import cluster

    monkeypatch.setattr(cluster, "_REACH_S", 0.5)
    with pytest.raises(ModelError, match="dask scheduler"):
        run_study(study(tmp_path), limits=Limits(cluster="tcp://127.0.0.1:9"))


def test_what_does_not_exist_is_told_before_anything_runs(tmp_path: Path) -> None:
    """Path and metric, with the nearest that does."""
    good = study(tmp_path)
    with pytest.raises(ModelError, match="did you mean service"):
        run_study(Study(good.place, ((f"{SERVICE[:-1]}=1s",),), METRICS, 1, 2))
    with pytest.raises(ModelError, match="goodput"):
        run_study(Study(good.place, good.settings, ("godput:rate",), 1, 2))
    assert threading.active_count() < 50


def test_a_replication_is_known_whole_or_not(tmp_path: Path) -> None:
    """Of another seed or measure there is nothing; why there is no value is kept too, and found when opened again."""
    with opened(tmp_path / "kept") as kept:
        kept.keep("c", {7: (Figure(1.0),), 8: (Figure(math.nan, "no data"),)}, ("m",), setting="s")
    with opened(tmp_path / "kept") as kept:
        assert kept.content_of("s") == "c"
        assert kept.content_of("t") is None
        assert kept.figures("c", 7, ("m",)) == (Figure(1.0),)
        (none,) = kept.figures("c", 8, ("m",)) or ()
        assert math.isnan(none.value)
        assert none.why == "no data"
        assert kept.figures("c", 9, ("m",)) is None
        assert kept.figures("c", 7, ("m", "n")) is None
        assert kept.figures("d", 7, ("m",)) is None


@pytest.mark.parametrize("content", ["", "[]", "null", '{"asked": 3}', "\udcff"])
def test_a_manifest_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    """Not in the words of Python, and before anything is simulated."""
    (tmp_path / "manifest.json").write_text(content, errors="surrogateescape")
    with pytest.raises(ModelError, match=r"manifest\.json is no manifest") as caught, opened(tmp_path):
        pass
    assert "attribute" not in str(caught.value)


def test_a_file_that_is_no_part_is_left_alone(tmp_path: Path, here: list[int]) -> None:
    """Parts have numbers."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "part-of-mine.parquet").write_text("mine")
    assert run_study(study(tmp_path), store=tmp_path / "kept").simulated == 6
    assert (tmp_path / "kept" / "part-of-mine.parquet").read_text() == "mine"
