"""Long studies in processes of their own: pages stay quick, a study can be cancelled, and its result outlives all of us.

A study goes by its content: whoever asks for the same gets the same job, or its result. One that nobody has looked at for a
minute is ended, unless it was asked to be kept; one whose process is killed is begun once more.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from eventlive_sim.app import store

SLOTS = max(1, (os.cpu_count() or 2) - 1)
"""Studies that run at once; further ones wait their turn."""
QUEUE_MOST = 50
"""Studies that wait at most."""
UNSEEN_S = 60.0
"""How long a study goes on that nobody looks at."""
SECONDS_MOST = 1800.0
"""Longest study."""
KEPT = 50
"""Finished jobs that are remembered; results are on disk."""
_STARTS_MOST = 2
_LOOK_S = 1.0
_PRELOAD = ["eventlive_sim.app.studies"]


@dataclass
class Job:
    """One study, on its way or over."""

    number: int
    key: str
    kind: str
    params: dict[str, Any]
    kept: bool = False
    state: str = "waiting"
    part: float = 0.0
    error: str = ""
    starts: int = 0
    seen: float = field(default_factory=time.monotonic)
    began: float = 0.0
    process: Any = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {"done", "failed", "cancelled"}


class JobManager:
    """Starts studies as slots are free, follows them, ends them when asked or forgotten."""

    def __init__(self, slots: int = SLOTS, unseen_s: float = UNSEEN_S) -> None:
        self.slots = slots
        self.unseen_s = unseen_s
        self.jobs: dict[str, Job] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(_PRELOAD)
        threading.Thread(target=self._watch, daemon=True, name="studies").start()

    def submit(self, kind: str, params: dict[str, Any], *, kept: bool = False) -> Job:
        """Put a study in line; the one that is there, or its result, if somebody has asked for the same."""
        key = store.key_of(kind, params)
        with self._lock:
            found = self.jobs.get(key)
            if found is not None and (not found.over or (found.state == "done" and store.get(key) is not None)):
                found.seen, found.kept = time.monotonic(), found.kept or kept
                return found
            job = Job(next(self._numbers), key, kind, params, kept)
            self.jobs[key] = job
            if store.get(key) is not None:
                job.state, job.part = "done", 1.0
            elif sum(one.state == "waiting" for one in self.jobs.values()) > QUEUE_MOST:
                job.state, job.error = "failed", f"{QUEUE_MOST} studies are waiting already: try again later"
            self._forget()
            self._start_waiting()
        return job

    def find(self, key: str) -> Job | None:
        """Job of a key; somebody has looked at it now."""
        with self._lock:
            job = self.jobs.get(key)
            if job is not None:
                job.seen = time.monotonic()
            return job

    def cancel(self, job: Job, why: str = "") -> None:
        """End a job; nobody else's is touched."""
        with self._lock:
            if job.over:
                return
            job.state, job.error = "cancelled", why
            if job.process is not None:
                job.process.terminate()
            else:
                self._start_waiting()

    def ahead_of(self, job: Job) -> int:
        """How many jobs are before it in line."""
        with self._lock:
            return sum(not one.over and one.number < job.number for one in self.jobs.values())

    def _forget(self) -> None:
        over = [key for key, job in self.jobs.items() if job.over]
        for key in over[:-KEPT]:
            del self.jobs[key]

    def _watch(self) -> None:
        """End what nobody looks at, and what takes too long."""
        while True:
            time.sleep(min(_LOOK_S, self.unseen_s / 4))
            now = time.monotonic()
            with self._lock:
                for job in [job for job in self.jobs.values() if not job.over]:
                    if not job.kept and now - job.seen > self.unseen_s:
                        self.cancel(job, "nobody was looking any more")
                    elif job.process is not None and now - job.began > SECONDS_MOST:
                        self.cancel(job, f"it took longer than {SECONDS_MOST / 60:.0f} min")

    def _start_waiting(self) -> None:
        running = sum(job.state == "running" for job in self.jobs.values())
        for job in sorted(self.jobs.values(), key=lambda one: one.number):
            if running >= self.slots:
                return
            if job.state == "waiting":
                self._start(job)
                running += 1

    def _start(self, job: Job) -> None:
        from eventlive_sim.app.studies import work

        receiver, sender = self._context.Pipe(duplex=False)
        job.state, job.began, job.starts = "running", time.monotonic(), job.starts + 1
        job.process = self._context.Process(target=work, args=(job.kind, job.params, sender), daemon=True)
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
            if not job.over and job.starts < _STARTS_MOST:
                job.state, job.part, job.process = "waiting", 0.0, None  # its process was killed: it begins anew
            elif not job.over:
                job.state, job.error = "failed", "the process of the study was ended twice without a result"
            self._start_waiting()

    def _take(self, job: Job, kind: str, value: Any) -> None:
        if kind == "result":
            store.put(store.Kept(job.key, job.kind, job.params, value))
        with self._lock:
            if job.over:
                return
            if kind == "progress":
                job.part = value
            elif kind == "result":
                job.state, job.part = "done", 1.0
            else:
                job.state, job.error = "failed", value
