"""Simulations in processes of their own: the page stays quick, and a run can be cancelled."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

SLOTS = max(1, (os.cpu_count() or 2) - 1)
"""Simulations that run at once; further ones wait their turn."""
KEPT = 20
"""Finished jobs that are remembered."""

_PRELOAD = ["eventlive_sim.app.work"]


@dataclass
class Job:
    """One comparison, on its way or done."""

    number: int
    request: Any
    state: str = "waiting"
    part: float = 0.0
    result: Any = None
    error: str = ""
    process: Any = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {"done", "failed", "cancelled"}


class JobManager:
    """Starts jobs as slots are free, follows them, and ends them when asked."""

    def __init__(self, slots: int = SLOTS) -> None:
        self.slots = slots
        self.jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(_PRELOAD)

    def submit(self, request: Any) -> Job:
        """Put a request in line."""
        with self._lock:
            job = Job(next(self._numbers), request)
            self.jobs[job.number] = job
            for number in [number for number, old in self.jobs.items() if old.over][:-KEPT]:
                del self.jobs[number]
            self._start_waiting()
        return job

    def cancel(self, job: Job) -> None:
        """End a job; nobody else's is touched."""
        with self._lock:
            if job.over:
                return
            job.state = "cancelled"
            if job.process is not None:
                job.process.terminate()

    def ahead_of(self, job: Job) -> int:
        """How many jobs are before it in line."""
        return sum(other.state in {"waiting", "running"} and other.number < job.number for other in self.jobs.values())

    def _start_waiting(self) -> None:
        running = sum(job.state == "running" for job in self.jobs.values())
        for job in self.jobs.values():
            if running >= self.slots:
                return
            if job.state == "waiting":
                self._start(job)
                running += 1

    def _start(self, job: Job) -> None:
        from eventlive_sim.app.work import work

        receiver, sender = self._context.Pipe(duplex=False)
        job.state = "running"
        job.process = self._context.Process(target=work, args=(job.request, sender), daemon=True)
        job.process.start()
        sender.close()
        threading.Thread(target=self._follow, args=(job, receiver), daemon=True).start()

    def _follow(self, job: Job, receiver: Connection) -> None:
        with contextlib.suppress(EOFError, OSError):
            while not job.over:
                kind, value = receiver.recv()
                self._take(job, kind, value)
        job.process.join()
        with self._lock:
            if not job.over:
                job.state, job.error = "failed", "the simulation ended without a result"
            self._start_waiting()

    def _take(self, job: Job, kind: str, value: Any) -> None:
        with self._lock:
            if job.over:
                return
            if kind == "progress":
                job.part = value
            elif kind == "result":
                job.state, job.part, job.result = "done", 1.0, value
            else:
                job.state, job.error = "failed", value
