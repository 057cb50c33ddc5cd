"""Numbers that no study can do anything with are refused before the work, by the option that has them."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from tests.cli.test_cli import here, said

__all__ = ["here"]

EVENT = ("bar.yaml", "evening.yaml", "-q")
SWEEP = ("sweep", *EVENT, "--metric", "calls:count", "--over")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("capacity", *EVENT, "--over", "clients.guest.people=1..3", "--start", "nan"), "--start is nan"),
        ((*SWEEP, "clients.guest.people=1..9", "--samples", str(10**12)), f"--samples is {10**12}"),
        ((*SWEEP, "clients.guest.people=1,2", "--cluster", "nothing"), "'nothing' is no address of a Dask scheduler"),
        (("storm", "before", "s2_realtime_outage", "-q", "--durations", "0s"), "--durations: 0s is no time"),
    ],
)
def test_it_is_refused_by_its_option(here: Path, arguments: tuple[str, ...], problem: str) -> None:
    """One line, with the value and what to write instead."""
    done = said(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


def test_memory_that_the_machine_refuses_is_said(here: Path) -> None:
    """Without a traceback, with what makes a run smaller."""
    with mock.patch("eventlive_sim.study.run.run", side_effect=MemoryError("Unable to allocate 745. GiB")):
        done = said("run", *EVENT)
    assert (done.returncode, done.stdout) == (2, "")
    assert "refuses the memory that is needed: Unable to allocate 745. GiB" in done.stderr
    assert "simulate fewer people" in done.stderr


def test_hardly_any_cores_are_refused_before_they_divide_by_nothing(here: Path) -> None:
    """Less than a thousandth of a core is nothing that time can be counted of."""
    done = said("run", "door.yaml", "night.yaml", "-q", "--set", "platform.project.postgres.cores=1e-300")
    assert (done.returncode, done.stdout) == (2, "")
    assert "write a number of at least 0.001 [out-of-range]" in done.stderr
    assert (
        said("run", "door.yaml", "night.yaml", "-q", "--set", "platform.project.postgres.cores=0.001").returncode == 0
    )
