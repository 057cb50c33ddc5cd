"""A study on a Dask cluster. Dask is imported here alone: it comes with the extra ``[cluster]``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from distributed import Client, Future, wait

from eventlive_sim.errors import ModelError
from eventlive_sim.study.runner import STRIKES, Finished, Result, Task, answer

_REACH_S = 10
"""How long the scheduler may take to answer [s]."""
_LOOK_S = 0.5
_ADDRESS = re.compile(r"[a-z]+://.+:\d+")
"""What Dask can connect to; of what looks otherwise it finds out late, and not in one line."""


@dataclass(frozen=True)
class Cluster:
    """Workers of a Dask scheduler: each has this program, and the files of designs and scenarios under the same names."""

    address: str

    def work(self, tasks: Sequence[Task], finished: Finished, goes_on: Callable[[], bool]) -> None:
        """See ``runner.Team``; a point whose worker dies is done again by another.

        Raises
        ------
        ModelError
            If nobody answers at the address, or it is none.
        """
        if not _ADDRESS.fullmatch(self.address):
            problem = f"{self.address!r} is no address of a Dask scheduler"
            raise ModelError(problem, "write one such as tcp://HOST:8786", rule="no-cluster")
        if not tasks:
            return
        try:
            client = Client(self.address, timeout=_REACH_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            remedy = "start one with `dask scheduler` and `dask worker ADDRESS`, and give its address"
            raise ModelError(f"no Dask scheduler answers at {self.address}", remedy, rule="no-cluster") from error
        with client, client.as_current():
            futures = {client.submit(answer, task, pure=False, retries=STRIKES): task.number for task in tasks}
            while futures and goes_on():
                for future in _done(list(futures)):
                    finished(futures.pop(future), future.result())
            client.cancel(list(futures))


def _done(futures: list[Future[Result]]) -> list[Future[Result]]:
    """Those that have ended, after waiting for one for a moment."""
    try:
        return list(wait(futures, timeout=_LOOK_S, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []
