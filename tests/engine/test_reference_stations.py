"""Each station of the reference engine keeps its discipline."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Cmp, Fn, Gauge, Knob, MeterRead, MeterWindow, Self, StationKind
from eventlive_sim.program.program import StationSpec
from tests.engine.machines import acts, counted, finish, mark, run


def test_fifo_is_first_come_first_served() -> None:
    """Two servers, five tasks of 10: granted in pairs, in the order in which they came."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO, servers=2))
    entry = asm.here()
    asm.enter(pool)
    asm.hold(asm.const(10))
    asm.leave(pool)
    mark(asm)
    asm.end()
    asm.population("p", 5, entry, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(10, 0, 10), (10, 1, 10), (20, 2, 20), (20, 3, 20), (30, 4, 30)]
    station = recording.stations[0]
    assert int(station.busy_integral.sum()) == 50
    assert int(station.waiting_integral.sum()) == 10 + 10 + 20
    assert station.waiting_max.tolist()[0] == 3
    assert (station.waits[0].count, station.waits[0].sum, station.waits[0].max) == (5, 40, 20)


def test_fifo_queue_limit_and_no_patience() -> None:
    """A full queue refuses, and so does no patience."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO, queue_limit=1))
    entry = asm.here()
    asm.test(asm.self_(Self.PERSON), Cmp.NE, asm.const(1), (waits := asm.label()))
    asm.enter(pool, asm.task("got"), patience=asm.const(0))
    mark(asm, asm.task("got"))
    asm.end()
    asm.place(waits)
    asm.enter(pool, asm.task("got"))
    mark(asm, asm.task("got"))
    asm.hold(asm.const(10))
    asm.end()
    asm.population("p", 4, entry, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(0, 0, 1), (0, 1, 0), (0, 3, 0), (10, 2, 1)]
    assert int(recording.stations[0].refusals.sum()) == 2


def test_integrals_are_split_at_the_borders_of_bins() -> None:
    """A server held from 50 to 320 is busy 50, 100, 100, 20 in bins of 100."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO))
    entry = asm.here()
    asm.hold(asm.const(50))
    asm.enter(pool)
    asm.hold(asm.const(270))
    asm.leave(pool)
    mark(asm, asm.gauge(pool, Gauge.BUSY_INTEGRAL))
    asm.end()
    asm.population("p", 1, entry)
    recording, trace = run(finish(asm, horizon=450))
    assert recording.stations[0].busy_integral.tolist() == [50, 100, 100, 20, 0]
    assert counted(trace)[0][2] == 270


def test_locks_share_nothing_between_keys() -> None:
    """Tasks of one key wait for each other, those of others do not; one total is recorded."""
    asm = Assembler()
    lock = asm.station(StationSpec("row", StationKind.LOCK, keys=2))
    entry = asm.here()
    key = asm.task("key")
    asm.set(key, Fn.DIV, asm.self_(Self.PERSON), asm.const(2))
    asm.enter(lock, key=key)
    asm.hold(asm.const(10))
    asm.leave(lock, key=key)
    mark(asm, key)
    asm.end()
    asm.population("p", 4, entry, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(10, 0, 0), (10, 2, 1), (20, 1, 0), (20, 3, 1)]
    assert int(recording.stations[0].arrivals.sum()) == 4


def test_servers_can_change() -> None:
    """More servers grant at once; fewer let those in service finish."""
    asm = Assembler()
    pool = asm.station(StationSpec("pool", StationKind.FIFO, servers=0))
    entry = asm.label()
    monitor = asm.here()
    for servers in (3, 1):
        asm.hold(asm.const(5))
        asm.copy(asm.knob(pool, Knob.SERVERS), asm.const(servers))
        mark(asm, asm.gauge(pool, Gauge.WAITING))
    asm.end()
    asm.place(entry)
    asm.enter(pool)
    asm.hold(asm.const(10))
    asm.leave(pool)
    mark(asm)
    asm.end()
    asm.population("monitor", 1, monitor, world=True)
    asm.population("p", 5, entry, world=True)
    _, trace = run(finish(asm))
    assert [(time, value) for time, _, value in counted(trace)] == [
        (5, 2),
        (10, 2),
        (15, 15),
        (15, 15),
        (15, 15),
        (25, 25),
        (35, 35),
    ]


def test_sharing_slows_all_jobs_alike() -> None:
    """Jobs of 10 and 30 on one core: the first is done at 20, the second at 40."""
    asm = Assembler()
    cpu = asm.station(StationSpec("cpu", StationKind.SHARING))
    entry = asm.here()
    asm.set(asm.task("d"), Fn.MUL, asm.self_(Self.PERSON), asm.const(20))
    asm.set(asm.task("d"), Fn.ADD, asm.task("d"), asm.const(10))
    asm.work(cpu, asm.task("d"))
    mark(asm)
    asm.end()
    asm.population("p", 2, entry, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(20, 0, 20), (40, 1, 40)]
    assert int(recording.stations[0].busy_integral.sum()) == 40_000
    assert recording.totals.events == 4


def test_sharing_gives_a_job_one_core_at_most() -> None:
    """Four cores do not speed up one job; efficiency and speed slow it."""
    asm = Assembler()
    cpu = asm.station(
        StationSpec("cpu", StationKind.SHARING, cores=4000, efficiency=(500_000, 1_000_000), speed=500_000)
    )
    entry = asm.here()
    asm.work(cpu, asm.const(10))
    mark(asm)
    asm.end()
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(40, 0, 40)]


def test_departures_are_rounded_up_and_ties_go_by_key() -> None:
    """Three equal jobs of 1 on one core are all done at 3, in the order of rank."""
    asm = Assembler()
    cpu = asm.station(StationSpec("cpu", StationKind.SHARING, cores=900))
    entry = asm.here()
    asm.work(cpu, asm.const(1))
    mark(asm)
    asm.end()
    asm.population("p", 3, entry, world=True)
    assert counted(run(finish(asm))[1]) == [(4, 0, 4), (4, 1, 4), (4, 2, 4)]


def test_cores_and_speed_can_change() -> None:
    """A brown-out at 5 stops the job of 10, at 20 it goes on at half speed."""
    asm = Assembler()
    cpu = asm.station(StationSpec("cpu", StationKind.SHARING))
    entry = asm.label()
    monitor = asm.here()
    asm.hold(asm.const(5))
    asm.copy(asm.knob(cpu, Knob.CORES), asm.const(0))
    asm.hold(asm.const(15))
    asm.copy(asm.knob(cpu, Knob.CORES), asm.const(1000))
    asm.copy(asm.knob(cpu, Knob.SPEED), asm.const(500_000))
    asm.end()
    asm.place(entry)
    asm.work(cpu, asm.const(10))
    mark(asm)
    mark(asm, asm.gauge(cpu, Gauge.SERVERS))
    mark(asm, asm.gauge(cpu, Gauge.SPEED))
    asm.end()
    asm.population("monitor", 1, monitor, world=True)
    asm.population("p", 1, entry)
    assert counted(run(finish(asm))[1]) == [(30, 1, 30), (30, 1, 1000), (30, 1, 500_000)]


@pytest.mark.parametrize(
    ("patience", "times"),
    [
        (0, [(0, 1), (0, 1), (0, 0), (0, 0)]),
        (15, [(0, 1), (0, 1), (0, 0), (10, 1)]),
        (-1, [(0, 1), (0, 1), (10, 1), (20, 1)]),
    ],
)
def test_a_bucket_gives_its_burst_then_a_token_an_interval(patience: int, times: list[tuple[int, int]]) -> None:
    """Two at once, then one every 10; who waits has booked its token, who cannot wait is refused at once."""
    asm = Assembler()
    bucket = asm.station(StationSpec("limit", StationKind.BUCKET, interval_ns=10, burst=2))
    entry = asm.here()
    asm.enter(bucket, asm.task("got"), patience=asm.const(patience))
    mark(asm, asm.task("got"))
    asm.end()
    asm.population("p", 4, entry, world=True)
    _, trace = run(finish(asm))
    assert [(time, value) for time, _, value in counted(trace)] == times


def test_a_booked_token_is_lost_with_who_is_taken_out() -> None:
    """A deadline takes a task out of the bucket; its token is not given to another."""
    asm = Assembler()
    bucket = asm.station(StationSpec("limit", StationKind.BUCKET, interval_ns=10))
    entry, handler = asm.label(), asm.label()
    asm.place(entry)
    asm.test(asm.self_(Self.PERSON), Cmp.NE, asm.const(1), (free := asm.label()))
    asm.deadline(asm.const(5), handler)
    asm.place(free)
    asm.enter(bucket)
    mark(asm)
    asm.end()
    asm.place(handler)
    asm.end()
    asm.population("p", 3, entry, world=True)
    assert counted(run(finish(asm))[1]) == [(0, 0, 0), (20, 2, 20)]


WEIGHTS = (10, 30, 20, 40)
"""Added at 5, 15, 25, 35."""


def reading(spec: StationSpec, read: MeterRead, at: int) -> int:
    """Read a meter to which WEIGHTS were added."""
    asm = Assembler()
    meter = asm.station(spec)
    adder, viewer = asm.label(), asm.label()
    asm.place(adder)
    asm.hold(asm.const(5))
    for weight in WEIGHTS:
        asm.add(meter, asm.const(weight))
        asm.hold(asm.const(10))
    asm.end()
    asm.place(viewer)
    asm.hold(asm.const(at))
    mark(asm, asm.meter(meter, read))
    asm.end()
    asm.population("adder", 1, adder, world=True)
    asm.population("viewer", 1, viewer, world=True)
    return counted(run(finish(asm))[1])[0][2]


@pytest.mark.parametrize(
    ("window", "read", "at", "value"),
    [
        (MeterWindow.SLIDING, MeterRead.SUM, 36, 60),
        (MeterWindow.SLIDING, MeterRead.COUNT, 35, 2),
        (MeterWindow.SLIDING, MeterRead.MEAN, 35, 30),
        (MeterWindow.FIXED, MeterRead.SUM, 39, 60),
        (MeterWindow.FIXED, MeterRead.COUNT, 40, 0),
        (MeterWindow.TICKED, MeterRead.SUM, 29, 40),
        (MeterWindow.TICKED, MeterRead.SUM, 30, 50),
        (MeterWindow.TICKED, MeterRead.COUNT, 9, 0),
        (MeterWindow.TICKED, MeterRead.COUNT, 10, 1),
        (MeterWindow.TICKED, MeterRead.SUM, 200, 0),
        (MeterWindow.LAST, MeterRead.SUM, 500, 90),
        (MeterWindow.LAST, MeterRead.P50, 500, 30),
        (MeterWindow.LAST, MeterRead.P99, 500, 40),
        (MeterWindow.LAST, MeterRead.RATIO, 500, 30_000_000),
    ],
)
def test_meters(window: MeterWindow, read: MeterRead, at: int, value: int) -> None:
    """A meter reads what its window holds: (t - 20, t], the calendar 20, the last 2 ticks of 10, the last 3."""
    spec = StationSpec("m", StationKind.METER, window=window, length_ns=20, ticks=2, size=3)
    assert reading(spec, read, at) == value


def test_a_sliding_window_is_open_at_its_start() -> None:
    """At 45 what was added at 25 has left (t - length < time), what was added at 35 counts."""
    spec = StationSpec("m", StationKind.METER, window=MeterWindow.SLIDING, length_ns=20)
    assert reading(spec, MeterRead.SUM, 44) == 60
    assert reading(spec, MeterRead.SUM, 45) == 40


def elastic(**fields: int) -> tuple[Assembler, int]:
    """An assembler with one elastic station, cold start 50."""
    asm = Assembler()
    table = asm.table(quantiles.deterministic(50))
    values = {"instances_max": 2, "concurrency": 2, "cold_table": table} | fields
    return asm, asm.station(StationSpec("functions", StationKind.ELASTIC, **values))  # type: ignore[arg-type]


def requests(asm: Assembler, station: int, people: int, *, patience: int = -1, demand: int = 10) -> None:
    """People who enter one after the other a nanosecond apart, work and leave."""
    entry = asm.here()
    asm.hold(asm.self_(Self.PERSON))
    asm.enter(station, asm.task("got"), patience=asm.const(patience))
    mark(asm, asm.task("got"))
    asm.test(asm.task("got"), Cmp.EQ, asm.const(0), (out := asm.label()))
    mark(asm, asm.self_(Self.INSTANCE))
    asm.work(station, asm.const(demand))
    asm.leave(station)
    asm.place(out)
    asm.end()
    asm.population("p", people, entry, world=True)


def test_elastic_starts_cold_then_shares() -> None:
    """The first two start instances (a starting one takes no more), the third waits for the first that is up."""
    asm, station = elastic()
    requests(asm, station, 4)
    recording, trace = run(finish(asm))
    assert counted(trace) == [
        (50, 0, 2), (50, 0, 0), (50, 2, 1), (50, 2, 0), (51, 1, 2), (51, 1, 1), (51, 3, 1), (51, 3, 1),
    ]  # fmt: skip
    assert acts(trace, Act.DEPART) == [
        (70, "DEPART", 0, 0, 20),
        (70, "DEPART", 2, 0, 20),
        (71, "DEPART", 1, 0, 20),
        (71, "DEPART", 3, 0, 20),
    ]
    figures = recording.stations[0]
    assert int(figures.starts.sum()) == 2
    assert int(figures.instance_integral.sum()) == 1000 + 999
    assert int(figures.occupied_integral.sum()) == 70 + 70
    assert int(figures.cpu_integral.sum()) == 40_000


def test_elastic_refuses_at_the_ceiling_without_patience() -> None:
    """Beyond the ceiling, and while instances start, who has no patience is refused."""
    asm, station = elastic()
    requests(asm, station, 3, patience=0)
    _, trace = run(finish(asm))
    assert (2, 2, 0) in counted(trace)


def test_elastic_prefers_the_fullest_instance() -> None:
    """Warm instances fill one after the other."""
    asm, station = elastic(instances_min=2)
    requests(asm, station, 4, demand=100)
    _, trace = run(finish(asm))
    instances = [value for _, _, value in counted(trace)][1::2]
    assert instances == [0, 0, 1, 1]


def test_elastic_starts_are_limited_by_their_bucket() -> None:
    """One start every 100: the second asks in vain."""
    asm, station = elastic(start_interval_ns=100, start_burst=1)
    requests(asm, station, 2, patience=0)
    recording, trace = run(finish(asm))
    assert (1, 1, 0) in counted(trace)
    assert int(recording.stations[0].starts.sum()) == 1


def test_elastic_retires_the_idle_and_comes_up_without_its_starter() -> None:
    """A start whose task was taken out comes up all the same, idles 100 and goes; the next one starts cold again."""
    asm, station = elastic(idle_ns=100, instances_max=1)
    entry, handler, late = asm.label(), asm.label(), asm.label()
    asm.place(entry)
    asm.deadline(asm.const(20), handler)
    asm.enter(station)
    asm.end()
    asm.place(handler)
    mark(asm, asm.gauge(station, Gauge.INSTANCES))
    asm.end()
    asm.place(late)
    for wait in (149, 1, 50, 50):
        asm.hold(asm.const(wait))
        mark(asm, asm.gauge(station, Gauge.INSTANCES))
    asm.enter(station, asm.task("got"))
    mark(asm, asm.task("got"))
    asm.end()
    asm.population("early", 1, entry, world=True)
    asm.population("late", 1, late, world=True)
    recording, trace = run(finish(asm))
    assert counted(trace) == [(20, 0, 1), (149, 1, 1), (150, 1, 0), (200, 1, 0), (250, 1, 0), (300, 1, 2)]
    # Up from 0 to 150, and from 250: idle from 300 to 400.
    assert int(recording.stations[0].instance_integral.sum()) == 150 + 150


def test_elastic_takes_no_more_than_jobs_max() -> None:
    """An instance with a job on its CPU takes no more where jobs_max is 1; the end of the job makes room."""
    asm, station = elastic(instances_min=1, instances_max=1, jobs_max=1)
    requests(asm, station, 2, demand=30)
    _, trace = run(finish(asm))
    assert counted(trace)[2:] == [(30, 1, 1), (30, 1, 0)]


def test_work_without_a_place_is_an_error() -> None:
    """Work on an elastic station needs an instance."""
    asm, station = elastic()
    entry = asm.here()
    asm.work(station, asm.const(5))
    asm.end()
    asm.population("p", 1, entry)
    with pytest.raises(SimulationError, match="without a place"):
        simulate(finish(asm), 1)


def test_a_key_that_a_station_lacks_is_an_error() -> None:
    """Keys are dense: 0..keys-1."""
    asm = Assembler()
    lock = asm.station(StationSpec("row", StationKind.LOCK, keys=2))
    entry = asm.here()
    asm.enter(lock, key=asm.const(2))
    asm.end()
    asm.population("p", 1, entry)
    with pytest.raises(SimulationError, match=r"keys 0\.\.1, not 2"):
        simulate(finish(asm), 1)
