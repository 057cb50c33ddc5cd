"""Long studies: line, cancel, forgetting, a killed process, results that stay."""

from __future__ import annotations

import os
import signal
import time

import pytest

from eventlive_sim.app import store
from eventlive_sim.app.jobs import Job, JobManager
from eventlive_sim.app.studies import command_of, perform

WORLD = ["clients.participant.people=20", "duration=6m", "windows.steady=[2m, 6m]"]
QUICK = {"design": "after", "sets": [], "scenarios": [["s1_entry", WORLD]], "seed": 1, "most": 20}


def slow(seed: int) -> dict[str, object]:
    """Parameters of a study that nobody waits for."""
    return {**QUICK, "scenarios": [["s1_entry", ["clients.participant.people=3000"]]], "seed": seed, "most": 120}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENTLIVE_APP_HOME", str(tmp_path))


@pytest.fixture
def jobs():
    """A manager of one slot, whose jobs end with the test."""
    made: list[JobManager] = []

    def make(**given: float) -> JobManager:
        made.append(JobManager(slots=1, **given))
        return made[-1]

    yield make
    for manager in made:
        for job in list(manager.jobs.values()):
            manager.cancel(job)


def until(done, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert done()


def test_a_cancelled_study_lets_the_next_in_line(jobs):
    """It is over at once; who waited starts, and its result is on disk under the key of its question."""
    manager = jobs()
    long, short = manager.submit("check", slow(1)), manager.submit("check", QUICK)
    assert (short.state, manager.ahead_of(short)) == ("waiting", 1)
    manager.cancel(long)
    assert long.state == "cancelled"
    until(lambda: short.over)
    assert short.state == "done", short.error
    kept = store.get(store.key_of("check", QUICK))
    assert kept is not None
    assert kept.document["checks"][0]["design"]["expression"] == "after"
    assert manager.submit("check", QUICK) is short, "the same question has the same job"
    assert JobManager(slots=1).submit("check", QUICK).state == "done", "and another server's start has its result"


def test_a_killed_process_is_begun_once_more(jobs):
    """Nothing is lost: the study runs again by itself; killed twice, it says so."""
    manager = jobs()
    job = manager.submit("check", slow(2), kept=True)
    for starts in (1, 2):
        until(lambda starts=starts: job.starts == starts and job.process is not None and job.process.pid)
        first = job.process.pid
        os.kill(first, signal.SIGKILL)
        until(lambda first=first: job.over or (job.process is not None and job.process.pid != first))
    until(lambda: job.over)
    assert job.state == "failed"
    assert "twice" in job.error


def test_a_study_that_nobody_looks_at_is_ended(jobs):
    """After the limit it is cancelled; one that is to be kept, or is looked at, goes on."""
    manager = jobs(unseen_s=0.4)
    forgotten = manager.submit("check", slow(3))
    until(lambda: forgotten.over, 10)
    assert forgotten.state == "cancelled"
    assert "looking" in forgotten.error
    kept = manager.submit("check", slow(4), kept=True)
    time.sleep(1.2)
    assert not kept.over


def test_a_wrong_study_fails_with_its_message(jobs):
    """What the model refuses reaches the page as text."""
    job = jobs().submit("check", {**QUICK, "design": "nonsense"})
    until(lambda: job.over)
    assert (job.state, "nonsense" in job.error) == ("failed", True)


def test_finished_jobs_are_forgotten_in_time():
    """Memory does not grow with what was asked."""
    manager = JobManager(slots=1)
    for number in range(200):
        manager.jobs[str(number)] = Job(number, str(number), "check", {}, state="cancelled")
    manager.submit("check", {**QUICK, "design": "nonsense"})
    assert len(manager.jobs) < 60


def test_a_plan_says_go_and_the_change_that_turns_the_rest():
    """Few people on the fixed design hold; on the broken one the fixes turn it; overlapping events are judged together."""
    rows = [
        {"name": "A", "start": "19:00", "people": 150, "join_min": 1.0, "minutes": 10, "admins": 1, "plan": "–"},
        {"name": "B", "start": "19:03", "people": 120, "join_min": 1.0, "minutes": 10, "admins": 1, "plan": "–"},
    ]
    params = {"design": "before", "sets": [], "scenario": "s1_entry", "events": rows[:1], "seed": 1, "most": 20}
    found = perform("plan", params)["rows"]
    assert [(row["verdict"], row["change"]) for row in found] == [("TUNE", "design after")]
    good = perform("plan", {**params, "design": "after", "events": rows})["rows"]
    assert [row["names"] for row in good] == [["A"], ["B"], ["A", "B"]]
    assert {row["verdict"] for row in good} <= {"GO", "UNDECIDED"}
    assert good[2]["people"] == 270
    assert all(row["dollars_month"] > 25 for row in good), "a plan and its compute cost that much without any use"
    assert command_of("plan", params).startswith("eventlive-sim check s1_entry --design before --set duration=600s")
