"""Random programs with ties on purpose: every primitive over every kind of station, in times of a few nanoseconds."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from collections.abc import Callable
from random import Random

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.primitives import (
    Cmp,
    Fn,
    Gauge,
    JoinMode,
    Knob,
    Leaving,
    MeterRead,
    MeterWindow,
    Space,
    StationKind,
    operand,
)
from eventlive_sim.program.program import StationSpec
from eventlive_sim.program.quantiles import uniform

ROUTINES = 4
DEPTH = 3
HORIZON_NS = 300


class FuzzContract(Bench):
    """Random programs."""

    def test_random_programs(self) -> None:
        """60 random programs keep the laws, satisfy the auditor, and record the same again; every act occurs."""
        used: set[int] = set()
        for seed in range(60):
            out = self.run(random_sheet(seed, knobs=seed % 2 == 1), horizon=HORIZON_NS, seed=seed)
            used |= {row.act for row in out.rows()}
        assert used == set(Act)


def random_sheet(seed: int, *, knobs: bool = False, unit: int = 1) -> Sheet:
    """Sheet with a random program.

    Parameters
    ----------
    seed : int
        Decides what is drawn.
    knobs : bool
        Lets an entity of the world change stations.
    unit : int
        All times are multiples of this [ns]: programs of some hours reach parts of a calendar that those of some
        nanoseconds do not.

    Notes
    -----
    Blocks nest, so that deadlines and holdings stay within their bounds; a routine spawns only later ones; every loop of
    an entity holds.
    """
    return _Author(seed, knobs=knobs, unit=unit).write()


class _Author:
    """Writes one random program."""

    def __init__(self, seed: int, *, knobs: bool, unit: int) -> None:
        self.random = Random(seed)
        self.unit = unit
        self.knobs = knobs
        self.s = s = Sheet()
        pick = self.random.choice
        self.queues = [
            s.fifo(pick((1, 1, 2)), queue_limit=pick((-1, -1, 2)), keys=2),
            s.fifo(pick((1, 3))),
            s.lock(2),
        ]
        self.cpus = [
            s.cpu(pick((1000, 1500, 2000)), speed=pick((1_000_000, 3_000_000, 700_000))),
            s.cpu(2000, efficiency=(1_000_000, 900_000, 500_000)),
        ]
        self.bucket = s.station(
            StationSpec("bucket", StationKind.BUCKET, keys=2, interval_ns=unit * pick((3, 10)), burst=pick((1, 3)))
        )
        self.meters = [
            s.station(
                StationSpec(
                    f"meter {window.name}",
                    StationKind.METER,
                    keys=2,
                    window=window,
                    length_ns=20 * unit,
                    ticks=4,
                    size=5,
                )
            )
            for window in MeterWindow
        ]
        self.elastic = s.station(
            StationSpec(
                "elastic", StationKind.ELASTIC, instances_min=pick((0, 1)), instances_max=pick((1, 2, 3)),
                concurrency=pick((1, 2, 3)), jobs_max=pick((-1, 1, 2)), idle_ns=self._scaled(pick((-1, 0, 5, 20))),
                start_interval_ns=unit * pick((0, 0, 30)), start_burst=2, cold_stream=s.stream("cold"),
                cold_table=pick((-1, s.table(uniform(0, 8 * unit)))),
            )
        )  # fmt: skip
        self.signal = s.new_signal("signal", keys=2)
        self.world = s.register("world", keys=2)
        self.got, self.key, self.time = s.task("got"), s.task("key"), s.task("time")
        self.table = s.table(uniform(0, 12 * unit))
        self.routines = [s.label(f"routine {number}") for number in range(ROUTINES)]
        self.finally_ = s.label("finally")
        self.level = 0
        self.inside_elastic = False

    def write(self) -> Sheet:
        """Write the entities, the people and the routines."""
        s = self.s
        for name, count, world in (("world", 1, True), ("world", 1, True), ("people", 4, False)):
            with s.actor(name, count, world=world, tabs=2):
                self.level = 0
                top = s.here()
                self._block(DEPTH)
                s.wait(self.unit * self.random.randint(1, 5))
                s.jump(top)
        with s.actor("routines"):
            s.end()
            for level, routine in enumerate(self.routines, start=1):
                self.level = level
                s.place(routine)
                self._block(2)
                s.end(s.const(self.random.choice((200, 200, 404, 500))))
            s.place(self.finally_)
            s.mark("finally", s.status)
            s.signal(self.signal, s.status, key=s.const(self.random.randint(0, 1)))
        return s

    def _block(self, depth: int) -> None:
        statements: list[Callable[[int], None]] = [
            self._hold, self._hold, self._work, self._count, self._signal, self._meter, self._bucket, self._set,
            self._spawn, self._spawn, self._join, self._join, self._cancel,
        ]  # fmt: skip
        if depth:
            statements += [
                self._serve,
                self._serve,
                self._deadline,
                self._deadline,
                self._elastic,
                self._await,
                self._loop,
            ]
        if self.knobs:
            statements.append(self._knob)
        for _ in range(self.random.randint(1, 4)):
            self.random.choice(statements)(depth - 1)

    def _some(self, most: int = 9) -> int:
        return self.s.const(self.random.randint(0, most))

    def _time(self, most: int) -> int:
        return self.s.const(self.unit * self.random.randint(0, most))

    def _scaled(self, time: int) -> int:
        return time * self.unit if time > 0 else time

    def _group(self) -> int:
        return self.random.choice((0, 0, 0, 1, 2, 3))  # mostly one, so that children meet in it

    def _some_key(self, station: int) -> int:
        several = self.s._stations[station].keys > 1  # noqa: SLF001 - its own sheet
        return self.s.const(self.random.randint(0, 1) if several else 0)

    def _hold(self, depth: int) -> None:
        if self.random.random() < 0.3:
            count = operand(Space.TASK, self.random.randint(0, 1))  # the call's ordinal, or the attempt
            self.s.set(count, Fn.ADD, count, self._some(1))
            occurrence = self.random.choice((None, self._some(1)))
            self.s.draw(self.time, self.table, "time", occurrence=occurrence, exogenous=self.random.random() < 0.5)
            self.s.hold(self.time)
        else:
            self.s.hold(self._time(6))

    def _work(self, depth: int) -> None:
        self.s.work(self.random.choice(self.cpus), self._time(12))

    def _count(self, depth: int) -> None:
        self.s.mark("count", self.s.now)

    def _set(self, depth: int) -> None:
        s = self.s
        s.copy(self.key, self._some(1))
        gauge = s.gauge(self.random.choice(self.queues[:1] + self.cpus), self.random.choice(list(Gauge)))
        s.set(s.shared(self.world, self.key), Fn.ADD, s.shared(self.world, self.key), gauge)
        s.mark("world", s.shared(self.world, self.key))

    def _signal(self, depth: int) -> None:
        self.s.signal(self.signal, self.s.now, key=self._some(1))

    def _meter(self, depth: int) -> None:
        s, meter = self.s, self.random.choice(self.meters)
        s.copy(self.key, self._some(1))
        s.add(meter, self._some(), key=self.key)
        s.mark("meter", s.meter(meter, self.random.choice(list(MeterRead)), self.key))

    def _bucket(self, depth: int) -> None:
        self.s.enter(
            self.bucket,
            self.got,
            key=self._some(1),
            patience=self.s.const(self._scaled(self.random.choice((0, 5, 20, -1)))),
        )

    def _spawn(self, depth: int) -> None:
        if self.level < ROUTINES:
            self.s.spawn(
                self.random.choice(self.routines[self.level :]),
                self._group(),
                tab=self._some(1) if self.random.random() < 0.3 else -1,
                new_call=self.random.random() < 0.5,
                leaving=self.random.choice(list(Leaving)),
                finally_=self.random.choice((None, self.finally_)),
            )

    def _join(self, depth: int) -> None:
        self.s.join(self.got, self._group(), self.random.choice(list(JoinMode)))
        self.s.mark("joined", self.got)

    def _cancel(self, depth: int) -> None:
        self.s.cancel(self._group())

    def _await(self, depth: int) -> None:
        """Await, under a deadline, for a signal may never come."""
        s = self.s
        second = self.signal if self.random.random() < 0.5 else -1
        self._until(lambda: s.await_(self.got, self.signal, key=self._some(1), signal2=second, key2=self._some(1)))

    def _serve(self, depth: int) -> None:
        s, station = self.s, self.random.choice(self.queues)
        key = self._some_key(station)
        s.enter(station, self.got, key=key, patience=s.const(self._scaled(self.random.choice((0, 5, 5, 10, -1, -1)))))
        refused = s.unless(self.got, Cmp.EQ, 0)
        self._block(depth)
        s.leave(station, key)
        s.place(refused)

    def _elastic(self, depth: int) -> None:
        if self.inside_elastic:
            return
        s = self.s
        s.enter(self.elastic, self.got, patience=s.const(self._scaled(self.random.choice((0, 5, 10, -1)))))
        refused = s.unless(self.got, Cmp.EQ, 0)
        self.inside_elastic = True
        s.work(self.elastic, self._time(12))
        self._block(depth)
        s.work(self.elastic, self._time(12))
        self.inside_elastic = False
        s.leave(self.elastic)
        s.place(refused)

    def _deadline(self, depth: int) -> None:
        self._until(lambda: self._block(depth))

    def _until(self, inside: Callable[[], None]) -> None:
        """Rows under a deadline, with a handler."""
        s = self.s
        late, on = s.label("late"), s.label("on")
        s.deadline(self._time(12), late, self.random.choice(list(Leaving)))
        inside()
        s.disarm()
        s.jump(on)
        s.place(late)
        s.mark("late")
        s.place(on)

    def _loop(self, depth: int) -> None:
        s = self.s
        with s.temp() as rounds:
            s.copy(rounds, s.const(0))
            top: Label = s.here()
            self._block(0)
            s.increase(rounds)
            s.test(rounds, Cmp.LT, s.const(self.random.randint(2, 3)), top)

    def _knob(self, depth: int) -> None:
        s, pick = self.s, self.random.choice
        knob = pick(list(Knob))
        station = pick(self.queues) if knob is Knob.SERVERS else pick(self.cpus)
        value = {Knob.SERVERS: (0, 1, 3), Knob.CORES: (500, 1000, 2500), Knob.SPEED: (0, 500_000, 1_000_000)}[knob]
        s.copy(s.knob(station, knob), s.const(pick(value)))
