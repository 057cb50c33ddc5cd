"""Simulations side by side: in threads for the fast engine, which lets them run at once, in processes for others."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from typing import Any

from eventlive_sim.engine.engines import Engine, EngineName, engine_of
from eventlive_sim.engine.recording import Recording
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.program import Program
from eventlive_sim.study.laws import all_laws

Progress = Callable[[float], object]
"""Told the part of all work that is done, 0 to 1; what it raises ends the study."""
Job = tuple[Program, int]
"""A program and a seed."""

_LOOK_S = 0.1


def simulate_all(
    jobs: Sequence[Job],
    *,
    engine: EngineName | Engine = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Recording]:
    """Recordings of programs under seeds, in the order given; laws checked on each.

    Parameters
    ----------
    engine : EngineName or callable
        What runs the programs; a callable must be a function of a module, so that worker processes find it.
    workers : int, optional
        How many at once; by default as many as cores. Results do not depend on it.
    progress : callable, optional
        See ``Progress``.

    Raises
    ------
    SimulationError
        If a law is broken: our fault.
    """
    count = min(len(jobs), workers or os.cpu_count() or 1)
    threads = engine is EngineName.FAST
    simulate = engine_of(engine) if isinstance(engine, EngineName) else engine
    if count > 1:
        return (_in_threads if threads else _in_processes)(jobs, simulate, count, progress)
    recordings = []
    for number, (program, seed) in enumerate(jobs):
        report = None if progress is None else _part_of(progress, number, len(jobs))
        recordings.append(_checked(simulate, program, seed, report))
        if report is not None:
            report(1.0)
    return recordings


def _part_of(progress: Progress, number: int, count: int) -> Progress:
    return lambda part: progress((number + part) / count)


def _checked(engine: Engine, program: Program, seed: int, progress: Progress | None) -> Recording:
    recording = engine(program, seed, progress=progress)
    broken = [law for law in all_laws(program, recording) if not law.holds]
    if broken:
        told = "; ".join(f"{law.name} at {law.station or 'the run'}: {law.left} and {law.right}" for law in broken)
        message = f"a law is broken with seed {seed}: {told}"
        raise SimulationError(message)
    return recording


# ---------------------------------------------------------------- threads


class _Stopped(Exception):
    """The study has ended: nobody wants the rest."""


def _in_threads(jobs: Sequence[Job], engine: Engine, threads: int, progress: Progress | None) -> list[Recording]:
    """Simulate in threads of our own: an interrupt may fall anywhere in the one that waits, and must find no lock held."""
    found: dict[int, Recording] = {}
    failed: dict[int, BaseException] = {}
    parts = [0.0] * len(jobs)
    stop = threading.Event()
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(jobs)):
        waiting.put(number)

    def note(number: int, part: float) -> None:
        if stop.is_set():
            raise _Stopped
        parts[number] = part

    def work() -> None:
        number = -1
        try:
            while not stop.is_set():
                number = waiting.get_nowait()
                found[number] = _checked(engine, *jobs[number], partial(note, number))
                parts[number] = 1.0
        except (queue.Empty, _Stopped):
            return
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            failed[number] = error
            stop.set()

    team = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for thread in team:
        thread.start()
    try:
        while any(thread.is_alive() for thread in team):
            for thread in team:
                thread.join(_LOOK_S / threads)
            if progress is not None:
                progress(sum(parts) / len(parts))
    finally:
        stop.set()
        for thread in team:
            thread.join()
    if failed:
        raise failed[min(failed)]
    if progress is not None:
        progress(1.0)  # all may have ended before anybody looked
    return [found[number] for number in range(len(jobs))]


# ---------------------------------------------------------------- processes

_OBJECTS = 70_000
"""New objects after which Python looks for cycles; usually 700."""
_channel: Any = None
"""In a worker: the queue on which it tells how far it is."""


def begin_worker() -> None:
    """What a worker process does first: leave interrupts to whoever started it, and end when that one does.

    A pool's workers hold each other's pipes open: without this they wait for ever once their study was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is interrupted too, and ends us
    rarely_look_for_cycles()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def rarely_look_for_cycles() -> None:
    """Have Python look for garbage in cycles a hundred times less often: a worker keeps many objects, and makes few cycles."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])


def _end_after(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _begin(channel: Any) -> None:
    global _channel  # noqa: PLW0603 - a worker has one channel, given once at its start
    _channel = channel
    begin_worker()


def _job(number: int, engine: Engine, program: Program, seed: int) -> Recording:
    return _checked(engine, program, seed, lambda part: _channel.put((number, part)))


def _in_processes(jobs: Sequence[Job], engine: Engine, processes: int, progress: Progress | None) -> list[Recording]:
    context = multiprocessing.get_context("spawn")
    channel = context.Queue()
    parts = [0.0] * len(jobs)

    def drain() -> None:
        while True:
            try:
                number, part = channel.get_nowait()
            except queue.Empty:
                return
            parts[number] = max(parts[number], part)

    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(channel,))
    try:
        with _deaf_to_interrupts():
            futures = [pool.submit(_job, number, engine, *job) for number, job in enumerate(jobs)]
        _follow(futures, drain, parts, progress)
        return [future.result() for future in futures]
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - cancelling must not wait for the work
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that an interrupt does not reach while they are still importing; it ends the study after this."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(
    futures: list[Future[Recording]], drain: Callable[[], None], parts: list[float], progress: Progress | None
) -> None:
    """Pass progress on until all is done or something failed."""
    numbers = {future: number for number, future in enumerate(futures)}
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=_LOOK_S)
        for future in done:
            if future.exception() is not None:
                return
            parts[numbers[future]] = 1.0
        drain()
        if progress is not None:
            progress(sum(parts) / len(parts))
