"""A study of a thousand points, disturbed in five ways: python -m benchmarks.study_survives.

Undisturbed; with a worker killed by its id; killed itself (-9) and asked again; on a file system that is full before it is done,
and asked again with more room; on a Dask cluster of two worker processes. Each is to end with the same table, byte for byte, and
to keep each replication once: those of each asking add up to those of the study. What was under way when a worker or the study was
killed was kept nowhere, and is simulated again: at most three points. Exits 1 if a table differs or the replications do not add up.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

ROOM, MORE_ROOM = "1500k", "64m"
REPLICATIONS = 2
_SIMULATED = re.compile(r"note: [0-9]+ of [0-9]+ points were simulated now, ([0-9]+) replications")
_LOOK_S = 0.05
_AT_LEAST = 0.3
"""Part of the points that is kept before a study is disturbed."""


@dataclass
class Asked:
    """A study, where it keeps its points and writes its table, and what it said."""

    folder: Path
    points: int
    store: Path
    more: tuple[str, ...] = ()
    simulated: list[int] = field(default_factory=list)
    """Replications that were kept, by each asking."""
    left_out: bool = False
    error: str = ""

    def command(self) -> list[str]:
        """The command line."""
        every = "clients.participant.loops.{}.every={}"
        return [
            *(sys.executable, "-m", "eventlive_sim", "sweep", "before", "s1", "--samples", str(self.points)),
            *("--over", every.format("ping", "60s..240s"), "--over", every.format("track", "120s..600s")),
            *("--over", "platform.project.postgres.cores=0.5..4"),
            *("--metric", "queries{service:rest}:rate", "--metric", "station_utilisation{station:db_cpu}:avg"),
            *("--set", "clients.participant.people=60", "--set", "duration=10m", "-n", str(REPLICATIONS)),
            *("--store", str(self.store), "--csv", str(self.folder / "table.csv"), *self.more),
        ]

    def start(self) -> subprocess.Popen[str]:
        """Begin it."""
        return subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def end(self, process: subprocess.Popen[str]) -> int:
        """Wait for its end, and note how many replications it kept: as it says, or if it could not, as the store says."""
        _, said = process.communicate()
        found = _SIMULATED.search(said)
        self.simulated.append(int(found[1]) if found else REPLICATIONS * self.kept())
        self.error = next((line for line in said.splitlines() if line.startswith("error")), self.error)
        return process.returncode

    def kept(self) -> int:
        """Parts in the store: one a point, until a new study puts them together."""
        return len(list(self.store.glob("part-*.parquet")))

    def until_some_are_kept(self, process: subprocess.Popen[str]) -> None:
        """Wait until it is well under way."""
        while self.kept() < _AT_LEAST * self.points:
            if process.poll() is not None:
                message = f"it ended before it could be disturbed: {process.communicate()[1]}"
                raise RuntimeError(message)
            time.sleep(_LOOK_S)

    def digest(self) -> str:
        """SHA-256 of the table."""
        path = self.folder / "table.csv"
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else "no table"


def children(process: int) -> list[int]:
    """Worker processes of a process, those that multiprocessing spawned to simulate."""
    found = psutil.Process(process).children()
    return [child.pid for child in found if "spawn_main" in " ".join(child.cmdline())]


def undisturbed(asked: Asked) -> None:
    """Nothing happens."""
    asked.end(asked.start())


def worker_killed(asked: Asked) -> None:
    """One worker is killed."""
    process = asked.start()
    asked.until_some_are_kept(process)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    asked.end(process)


def killed(asked: Asked) -> None:
    """The study itself is killed, and asked again; its workers end by themselves."""
    process = asked.start()
    asked.until_some_are_kept(process)
    workers = children(process.pid)
    process.kill()
    asked.end(process)
    ends = time.monotonic() + 30
    while any(map(psutil.pid_exists, workers)):
        if time.monotonic() > ends:
            asked.error = "workers outlive a study that was killed"
            break
        time.sleep(_LOOK_S)
    asked.end(asked.start())


def disk_full(asked: Asked) -> None:
    """The file system of the store is full; then it has more room."""
    asked.store.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "eventlive", str(asked.store)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        asked.left_out, asked.error = True, "left out: only root may mount"
        return
    try:
        asked.end(asked.start())
        subprocess.run(["mount", "-o", f"remount,size={MORE_ROOM}", str(asked.store)], check=True)
        asked.end(asked.start())
    finally:
        subprocess.run(["umount", str(asked.store)], check=True)


def on_a_cluster(asked: Asked) -> None:
    """A Dask scheduler and two worker processes on loopback."""
    with cluster() as address:
        asked.more = ("--cluster", address)
        asked.end(asked.start())


@contextmanager
def cluster() -> Iterator[str]:
    """A scheduler and two workers, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", "2", "--nthreads", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*dask, "--no-dashboard"], **quiet)]  # type: ignore[call-overload]
    try:
        started.append(subprocess.Popen([*worker, "--no-dashboard"], **quiet))  # type: ignore[call-overload]
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


WAYS: dict[str, Callable[[Asked], None]] = {
    "undisturbed": undisturbed,
    "a worker killed by its id": worker_killed,
    "the study killed -9, asked again": killed,
    f"disk full (tmpfs of {ROOM}), asked again": disk_full,
    "a Dask cluster of two workers": on_a_cluster,
}


def main() -> int:
    """Disturb a study in each way and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study_survives", description=__doc__)
    parser.add_argument("--points", type=int, default=1000, help="points of the study")
    given = parser.parse_args()
    drawn = Table(
        title=f"One study of {given.points:,} points, {REPLICATIONS} replications each, five times",
        title_justify="left",
    )
    for heading in ("how", "replications, each asking", "in all", "seconds", "table", "same", "what it said"):
        drawn.add_column(heading)
    first, differ = "", False
    with tempfile.TemporaryDirectory(prefix="eventlive-study-") as place:
        for number, (name, way) in enumerate(WAYS.items()):
            folder = Path(place) / str(number)
            folder.mkdir()
            asked = Asked(folder, given.points, folder / "store")
            began = time.perf_counter()
            way(asked)
            took, found = time.perf_counter() - began, asked.digest()
            first = first or found
            whole = sum(asked.simulated)
            differ |= not asked.left_out and (found != first or whole != REPLICATIONS * given.points)
            same = "-" if asked.left_out else "yes" if found == first else "NO"
            each = ", then ".join(f"{one:,}" for one in asked.simulated)
            drawn.add_row(name, each, f"{whole:,}", f"{took:.0f}", found, same, asked.error)
            print(f"{name}: {took:.0f} s, {each}, {found}", file=sys.stderr, flush=True)
    Console(width=200).print(drawn)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
