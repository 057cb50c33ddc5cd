"""What the tests of the contract are written with: a sheet to write a small program on, and what came of it."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from eventlive_sim.engine.audit import audit
from eventlive_sim.engine.laws import check_laws
from eventlive_sim.engine.recording import Recording
from eventlive_sim.engine.trace import Act, Row, Trace
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import NONE, Cmp, Fn, StationKind
from eventlive_sim.program.program import Program, StationSpec, Window
from eventlive_sim.program.quantiles import deterministic

HORIZON = 1000


class Simulate(Protocol):
    """An engine."""

    def __call__(
        self,
        program: Program,
        seed: int,
        *,
        trace: Trace | None = None,
        progress: Callable[[float], object] | None = None,
    ) -> Recording:
        """Run a program."""


class Sheet(Assembler):
    """An assembler with short forms for tests."""

    @contextmanager
    def actor(self, name: str, count: int = 1, *, world: bool = True, tabs: int = 1) -> Iterator[Label]:
        """Rows of a population, with an END after them; entities of the world unless said otherwise: ranks by id."""
        entry = self.here(name)
        with self.entry(f"actor {name}"):
            yield entry
            self.end()
        self.population(name, count, entry, tabs=tabs, world=world)

    def wait(self, duration: int) -> None:
        """Hold for a constant time."""
        self.hold(self.const(duration))

    def mark(self, name: str, value: int | None = None) -> None:
        """Record that this place was reached, with the value of an operand."""
        self.count(self.series("mark", of=name), self.const(0) if value is None else value)

    def increase(self, dest: int, by: int = 1) -> None:
        """Add a constant to a register."""
        self.set(dest, Fn.ADD, dest, self.const(by))

    def unless(self, a: int, cmp: Cmp, b: int) -> Label:
        """Label, not yet placed, that is gone to when a cmp b holds."""
        label = self.label()
        self.test(a, cmp, self.const(b), label)
        return label

    def fifo(self, servers: int = 1, **more: int) -> int:
        """FIFO station."""
        return self.station(StationSpec(f"queue {len(self._stations)}", StationKind.FIFO, servers=servers, **more))  # type: ignore[arg-type]  # all are ints

    def lock(self, keys: int = 1) -> int:
        """Keyed lock."""
        return self.station(StationSpec(f"lock {len(self._stations)}", StationKind.LOCK, keys=keys))

    def cpu(self, cores: int = 1000, *, speed: int = 1_000_000, efficiency: tuple[int, ...] = ()) -> int:
        """Processor-sharing station."""
        name = f"cpu {len(self._stations)}"
        return self.station(StationSpec(name, StationKind.SHARING, cores=cores, speed=speed, efficiency=efficiency))

    def fixed(self, value: int) -> int:
        """Quantile table of a constant."""
        return self.table(deterministic(value))

    def serve(self, station: int, duration: int, *, key: int = NONE) -> None:
        """Enter, hold, leave."""
        self.enter(station, key=key)
        self.wait(duration)
        self.leave(station, key)


@dataclass(frozen=True)
class Outcome:
    """A run of a sheet."""

    program: Program
    recording: Recording
    trace: Trace

    def rows(self, *acts: Act) -> list[Row]:
        """Rows of the trace with one of these acts; all without."""
        return [Row(*row) for row in self.trace.rows if not acts or row[1] in acts]

    def marks(self, name: str) -> list[tuple[int, int, int]]:
        """Time, person and value of every mark of that name, in order."""
        wanted = (("of", name),)
        return [
            (row.time_ns, row.person, row.value)
            for row in self.rows(Act.COUNT)
            if self.program.series[row.station].tags == wanted
        ]

    def times(self, name: str) -> list[int]:
        """Times of the marks of that name."""
        return [time for time, _, _ in self.marks(name)]

    def values(self, name: str) -> list[int]:
        """Values of the marks of that name."""
        return [value for _, _, value in self.marks(name)]

    def who(self, name: str) -> list[int]:
        """Persons of the marks of that name."""
        return [person for _, person, _ in self.marks(name)]


class Bench:
    """Runs sheets on an engine; a subclass names it: ``simulate = staticmethod(simulate)``."""

    simulate: ClassVar[Simulate]

    def run(
        self,
        sheet: Sheet,
        *,
        horizon: int = HORIZON,
        seed: int = 1,
        bin_ns: int = 100,
        windows: tuple[Window, ...] = (),
    ) -> Outcome:
        """Run it; every law holds, the trace is clean, and a second run without a trace records the same."""
        program = sheet.build(horizon, bin_ns=bin_ns, windows=windows)
        trace = Trace()
        recording = self.simulate(program, seed, trace=trace)
        assert self.simulate(program, seed).fingerprint == recording.fingerprint
        assert [law for law in check_laws(program, recording) if not law.holds] == []
        assert audit(program, trace) == []
        return Outcome(program, recording, trace)

    def refuses(self, sheet: Sheet, *, horizon: int = HORIZON) -> bool:
        """Whether the engine meets something in the program that a well-formed one never does."""
        try:
            self.simulate(sheet.build(horizon, bin_ns=100), 1)
        except SimulationError:
            return True
        return False
