"""Who runs the works. A contender turns a work into a function that runs it once and says what came of it."""

from __future__ import annotations

import atexit
import gc
import hashlib
import importlib
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.works import DESK_RATE, DESK_SERVERS, SECOND, Work
from benchmarks.works import pinger as pinger_work

if TYPE_CHECKING:
    from benchmarks.pinger import Figures
    from eventlive_sim.engine.recording import Recording
    from eventlive_sim.program.program import Program

SEED = 1
WARM_UP = pinger_work(10, 100, station=True)
ROOT = Path(__file__).resolve().parents[1]


class AbsentError(Exception):
    """A contender that cannot run on this machine, and why."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Attributes
    ----------
    seconds : float
        CPU time, setting up included.
    events, visits : int or None
        Events processed and stations visited, as the engines count them, if the contender can tell.
    figures : dict
        By name, a hash of each recorded figure; equal results have equal hashes.
    wait_s : float or None
        Mean wait at a desk.
    peak_kib : int or None
        Peak memory, if it is not that of the worker.
    """

    seconds: float
    events: int | None = None
    visits: int | None = None
    figures: dict[str, str] = field(default_factory=dict)
    wait_s: float | None = None
    peak_kib: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the outcome as JSON can say it."""
        return asdict(self)


Runner = Callable[[], Outcome]


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it returned."""
    gc.collect()
    begun = time.process_time()
    returned = function()
    return time.process_time() - begun, returned


# ---------------------------------------------------------------- the engines


def program_of(work: Work) -> Program:
    """Return the program of a work."""
    from benchmarks import pinger  # noqa: PLC0415 - heavy, and not every contender needs it
    from eventlive_sim.data import experiments_dir, models_dir  # noqa: PLC0415
    from eventlive_sim.model.resolve import resolve_design, resolve_scenario  # noqa: PLC0415
    from eventlive_sim.program.lower import lower  # noqa: PLC0415

    if work.kind == "pinger":
        return pinger.program_of(pinger.model_of(work))
    if work.kind == "s1":
        sets = [f"clients.participant.people={work.people}"] if work.people else []
        return lower(resolve_design(work.design).design, resolve_scenario("s1", sets=sets).scenario)
    duration = work.horizon_ns // SECOND
    world = [
        f"sources.visitors.every=exp({round(SECOND / DESK_RATE)}ns)",
        f"duration={duration}s",
        f"bins={duration // 60}s",
        f"windows.steady=[{duration // 10}s, {duration}s]",
    ]
    design = resolve_design(str(models_dir() / "oracles" / "desk.yaml"), sets=[f"stations.desk.servers={DESK_SERVERS}"])
    scenario = resolve_scenario(str(experiments_dir() / "oracles" / "arrivals.yaml"), sets=world)
    return lower(design.design, scenario.scenario)


def engine(name: str) -> Callable[[Work], Runner]:
    """Return the contender of an engine."""

    def prepare(work: Work) -> Runner:
        simulate = importlib.import_module(f"eventlive_sim.engine.{name}").simulate
        program = program_of(work)
        simulate(program_of(WARM_UP), SEED)  # whatever is compiled or loaded on first use, in small

        def run() -> Outcome:
            seconds, recording = timed(lambda: simulate(program, SEED))
            return outcome_of(work, recording, seconds)

        return run

    return prepare


def outcome_of(work: Work, recording: Recording, seconds: float) -> Outcome:
    """Return what an engine recorded, in the words of a work."""
    if work.kind == "pinger":
        from benchmarks import pinger  # noqa: PLC0415

        figures = pinger.figures_of(recording)
        return _pinged(work, seconds, figures)
    totals = recording.totals
    wait = None
    if work.kind == "desk":
        waits = recording.stations[0].waits
        wait = waits[max(waits)].mean / SECOND
    hashes = {name: _hash(array.tobytes()) for name, array in recording.arrays()}
    return Outcome(seconds, totals.events, totals.station_visits, hashes, wait)


def _pinged(work: Work, seconds: float, figures: Figures, peak_kib: int | None = None) -> Outcome:
    visits = sum(figures["arrivals"]) if work.servers else None
    hashes = {name: _hash(repr(words).encode()) for name, words in figures.items()}
    return Outcome(seconds, figures["events"][0], visits, hashes, peak_kib=peak_kib)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


# ---------------------------------------------------------------- others


@cache
def _binary() -> Path:
    """Return the C program, compiled into a folder that goes when this process ends."""
    from benchmarks import pinger  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="pinger"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    binary = pinger.build(folder)
    if binary is None:
        raise AbsentError("not measured: there is no C compiler (cc, or what CC names) on this machine")
    return binary


def c(work: Work) -> Runner:
    """Prepare the program that is written in C by hand."""
    from benchmarks import pinger  # noqa: PLC0415

    binary = _binary()
    given, figures = binary.with_name("input"), binary.with_name("figures")

    def run() -> Outcome:
        pinger.write_input(pinger.model_of(work), SEED, given)
        printed = pinger.run_c(binary, given, figures)
        return _pinged(work, printed.seconds, pinger.read_figures(figures), printed.peak_kib)

    return run


def simpy_by_hand(work: Work) -> Runner:
    """Prepare a work as one would write it in SimPy; of S1, all that the model does."""
    if work.kind == "s1":
        from benchmarks.event.clients import Event  # noqa: PLC0415 - peers may run where SimPy is not

        return _event(Event, work)
    from benchmarks import by_hand  # noqa: PLC0415 - likewise

    duration = work.horizon_ns / SECOND

    def pingers() -> Outcome:
        seconds, events = timed(lambda: by_hand.Pingers(work.people, work.servers, duration).run())
        return Outcome(seconds, events)

    def desk() -> Outcome:
        model = by_hand.Desk(duration)
        seconds, visits = timed(model.run)
        return Outcome(seconds, visits=visits, wait_s=model.waited / visits)

    return {"pinger": pingers, "desk": desk}[work.kind]


def bare_simpy(work: Work) -> Runner:
    """Prepare S1 in SimPy with little more than its visits of stations."""
    from benchmarks.by_hand import Event  # noqa: PLC0415 - peers may run where SimPy is not

    return _event(Event, work)


def _event(model: Callable[[int, int, float], Any], work: Work) -> Runner:
    """Prepare S1 by a model that is made of participants, admins and a duration, and tells its visits."""
    from eventlive_sim.model.resolve import resolve_scenario  # noqa: PLC0415 - heavy, and not every contender needs it

    scenario = resolve_scenario("s1").scenario
    people, admins = work.people or scenario.clients["participant"].people, scenario.clients["admin"].people
    duration = scenario.duration / SECOND

    def run() -> Outcome:
        seconds, visits = timed(lambda: model(people, admins, duration).run())
        return Outcome(seconds, visits=visits)

    return run


def peer(module: str) -> Callable[[Work], Runner]:
    """Return the contender of another library."""

    def prepare(work: Work) -> Runner:
        if importlib.util.find_spec(module) is None:
            raise AbsentError(f"not installed: pip install {module}")
        importlib.import_module(module)  # here, so that no run is charged for it
        from benchmarks import peers  # noqa: PLC0415

        desk = getattr(peers, f"{module}_desk")

        def run() -> Outcome:
            seconds, (visits, wait) = timed(lambda: desk(work.horizon_ns / SECOND))
            return Outcome(seconds, visits=visits, wait_s=wait)

        return run

    return prepare


CONTENDERS: dict[str, Callable[[Work], Runner]] = {
    "C": c,
    "kernel": engine("kernel"),
    "reference": engine("reference"),
    "SimPy": simpy_by_hand,
    "SimPy, bare": bare_simpy,
    "Ciw": peer("ciw"),
    "salabim": peer("salabim"),
}
PEERS = ("Ciw", "salabim")
FAST = ("C", "kernel")
SAME = ("C", "kernel", "reference")
"""Their results must be equal, number for number."""


def running(name: str, work: Work) -> bool:
    """Whether a contender has that work."""
    return {
        "C": work.kind == "pinger",
        "SimPy": work.kind != "s1" or work.design == "before",
        "SimPy, bare": work.kind == "s1" and work.design == "before",
        "Ciw": work.kind == "desk",
        "salabim": work.kind == "desk",
    }.get(name, True)
