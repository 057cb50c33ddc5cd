"""Stations where work is done: processor sharing and elastic instances."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Outcome, Sheet
from eventlive_sim.engine.draws import ranks_of
from eventlive_sim.engine.trace import Act
from eventlive_sim.program.primitives import Gauge, Knob, Self, StationKind
from eventlive_sim.program.program import StationSpec


class ProcessorsContract(Bench):
    """Processor sharing."""

    def _departures(self, *jobs: tuple[int, int], cores: int = 1000, **more: object) -> list[int]:
        """Times at which jobs (start, demand) depart, by job."""
        s = Sheet()
        cpu = s.cpu(cores, **more)  # type: ignore[arg-type]  # fields of the station
        for start, demand in jobs:
            with s.actor("a"):
                s.wait(start)
                s.work(cpu, s.const(demand))
                s.mark("done")
        done = {person: time for time, person, _ in self.run(s).marks("done")}
        return [done[person] for person in range(len(jobs))]

    def test_two_share_a_core(self) -> None:
        """Two jobs of 10 at 0 each get half a core: both depart at 20. Alone a job of 10 takes 10."""
        assert self._departures((0, 10), (0, 10)) == [20, 20]
        assert self._departures((0, 10)) == [10]

    def test_staggered(self) -> None:
        """10 at 0 and 10 at 4: the first has 6 left at 4 and departs at 16; the second has 4 left then, until 20."""
        assert self._departures((0, 10), (4, 10)) == [16, 20]

    def test_nothing_to_do(self) -> None:
        """Demands of 0 and below pass at once and are no arrival."""
        s = Sheet()
        cpu = s.cpu()
        with s.actor("a"):
            s.work(cpu, s.const(0))
            s.work(cpu, s.const(-5))
            s.mark("done")
        out = self.run(s)
        assert out.times("done") == [0]
        assert out.recording.stations[cpu].arrivals.sum() == 0

    def test_a_job_that_outlasts_the_horizon(self) -> None:
        """Of a job of 2^61, one that takes twice as long, and one of 5 that shares a core with the first, only the last departs."""
        long = 1 << 61
        s = Sheet()
        slow, cpu = s.cpu(speed=500_000), s.cpu()
        for station, demand in ((cpu, long), (slow, long - 1024), (cpu, 5)):
            with s.actor("a"):
                s.work(station, s.const(demand))
                s.mark("done")
        out = self.run(s, horizon=long, bin_ns=long)
        assert out.marks("done") == [(10, 2, 0)]

    def test_departures_are_rounded_up(self) -> None:
        """Two jobs on 1.5 cores run at 0.75: 10 takes 13.33, so 14; the other, of 11, has 0.5 left at 14, so 15."""
        assert self._departures((0, 10), (0, 11), cores=1500) == [14, 15]

    def test_a_job_uses_one_core_at_most(self) -> None:
        """Two cores: two jobs of 12 take 12, three take 18 (2/3 of a core each)."""
        assert self._departures((0, 12), (0, 12), cores=2000) == [12, 12]
        assert self._departures((0, 12), (0, 12), (0, 12), cores=2000) == [18, 18, 18]

    def test_efficiency(self) -> None:
        """Efficiency 1 alone, 0.5 from two on, on four cores: 10 alone is 10; three of 10 take 20."""
        efficiency = (1_000_000, 500_000)
        assert self._departures((0, 10), cores=4000, efficiency=efficiency) == [10]
        assert self._departures((0, 10), (0, 10), (0, 10), cores=4000, efficiency=efficiency) == [20, 20, 20]

    def test_speed(self) -> None:
        """Speed 2 halves, speed 0.5 doubles; 11 at speed 2 is 5.5, so 6."""
        assert self._departures((0, 10), speed=2_000_000) == [5]
        assert self._departures((0, 10), speed=500_000) == [20]
        assert self._departures((0, 11), speed=2_000_000) == [6]

    def test_less_than_a_core(self) -> None:
        """A quarter of a core: 10 takes 40."""
        assert self._departures((0, 10), cores=250) == [40]

    def test_departures_of_one_instant(self) -> None:
        """20 equal jobs of 10 on 10 cores depart at 20 in the order of ranks."""
        s = Sheet()
        cpu = s.cpu(10_000)
        with s.actor("a", 20, world=False):
            s.work(cpu, s.const(10))
            s.mark("done")
        out = self.run(s, seed=7)
        ranks = ranks_of(out.program.populations, 7)
        assert out.who("done") == sorted(range(20), key=ranks.__getitem__)
        assert set(out.times("done")) == {20}

    def test_departures_within_one_nanosecond(self) -> None:
        """At speed 3 demands of 41 and 40 are done at 13.67 and 13.33: both depart at 14, the earlier one first."""
        s = Sheet()
        cpu = s.cpu(2000, speed=3_000_000)
        for demand in (41, 40):
            with s.actor("a"):
                s.work(cpu, s.const(demand))
                s.mark("done")
        assert self.run(s).marks("done") == [(14, 1, 0), (14, 0, 0)]

    def test_cut_speeds_up_the_others(self) -> None:
        """Three jobs of 30 on one core; one is cancelled at 30, after 10: two have 20 left and depart at 70."""
        s = Sheet()
        cpu, child = s.cpu(), s.label("child")
        with s.actor("a"):
            s.spawn(child, 0)
            s.wait(30)
            s.cancel(0)
            s.end()
            s.place(child)
            s.work(cpu, s.const(30))
            s.mark("cut")
        with s.actor("b", 2):
            s.work(cpu, s.const(30))
            s.mark("done")
        out = self.run(s)
        assert (out.times("cut"), out.times("done")) == ([], [70, 70])
        assert [row.value for row in out.rows(Act.CUT)] == [30]

    def test_gauges_of_a_processor(self) -> None:
        """Two jobs of 15 on 1.5 cores until 20: at 10 in service 2, busy 15,000; after it 30,000; 1500; speed 1e6."""
        s = Sheet()
        cpu = s.cpu(1500)
        with s.actor("a", 2):
            s.work(cpu, s.const(15))
        with s.actor("looks"):
            s.wait(10)
            for gauge in (Gauge.IN_SERVICE, Gauge.INSIDE, Gauge.BUSY_INTEGRAL, Gauge.SERVERS, Gauge.SPEED):
                s.mark("gauge", s.gauge(cpu, gauge))
            s.wait(100)
            s.mark("later", s.gauge(cpu, Gauge.BUSY_INTEGRAL))
        out = self.run(s)
        assert out.values("gauge") == [2, 2, 15_000, 1500, 1_000_000]
        assert out.values("later") == [30_000]

    def test_knob_of_cores(self) -> None:
        """Two jobs of 20 on one core; at 10 each has 15 left and there are two cores: both depart at 25."""
        s = Sheet()
        cpu = s.cpu()
        with s.actor("a", 2):
            s.work(cpu, s.const(20))
            s.mark("done")
        with s.actor("turns"):
            s.wait(10)
            s.copy(s.knob(cpu, Knob.CORES), s.const(2000))
        assert self.run(s).times("done") == [25, 25]

    def test_knob_of_speed(self) -> None:
        """A job of 20; from 10 to 50 the speed is 0: it departs at 60. Half speed after 55 makes it 65."""
        for half, expected in ((False, 60), (True, 65)):
            s = Sheet()
            cpu = s.cpu()
            with s.actor("a"):
                s.work(cpu, s.const(20))
                s.mark("done")
            with s.actor("turns"):
                for wait, speed in ((10, 0), (40, 1_000_000), (5, 500_000 if half else 1_000_000)):
                    s.wait(wait)
                    s.copy(s.knob(cpu, Knob.SPEED), s.const(speed))
            assert self.run(s).times("done") == [expected]

    def test_many_processors_are_apart(self) -> None:
        """40 processors with one job each, of 1..40: each departs at its own demand."""
        s = Sheet()
        for number in range(1, 41):
            cpu = s.cpu()
            with s.actor("a"):
                s.work(cpu, s.const(number))
                s.mark("done")
        assert self.run(s).marks("done") == [(number, number - 1, 0) for number in range(1, 41)]


class ElasticContract(Bench):
    """Elastic stations; a cold start takes 100."""

    def _visits(self, visits: tuple[tuple[int, int], ...], *, patience: int = -1, **spec: int) -> Outcome:
        """Marks ``granted`` (the answer) and ``instance`` of visits (start, time inside)."""
        s = Sheet()
        station, got = elastic(s, **spec), s.task("got")
        for start, inside in visits:
            with s.actor("a"):
                s.wait(start)
                s.enter(station, got, patience=s.const(patience))
                s.mark("granted", got)
                s.mark("instance", s.self_(Self.INSTANCE))
                s.wait(inside)
                s.leave(station)
        return self.run(s)

    def test_cold_start(self) -> None:
        """The first request starts an instance and is granted at 100, with 2; one at 150 finds it: at once, with 1."""
        out = self._visits(((0, 20), (150, 20)), instances_max=3)
        assert out.marks("granted") == [(100, 0, 2), (150, 1, 1)]
        assert out.values("instance") == [0, 0]

    def test_an_instance_that_starts_has_no_room(self) -> None:
        """Two at 0: two instances start, both requests are granted at 100."""
        out = self._visits(((0, 20), (0, 20)), instances_max=3, concurrency=2)
        assert out.marks("granted") == [(100, 0, 2), (100, 1, 2)]
        assert out.values("instance") == [0, 1]

    def test_existing_instances_first(self) -> None:
        """Two places an instance: at 200 the second place of instance 0; at 201 none is free, instance 1 comes at 301."""
        out = self._visits(((0, 500), (200, 500), (201, 10)), instances_max=3, concurrency=2)
        assert out.marks("granted") == [(100, 0, 2), (200, 1, 1), (301, 2, 2)]
        assert out.values("instance") == [0, 0, 1]

    def test_fullest_instance_first(self) -> None:
        """Warm 0 and 1 with 3 places; after 0, 0, 0, 1 and one leaving 0, the next goes to 0 (2 inside) and not to 1."""
        out = self._visits(
            ((0, 500), (1, 500), (2, 10), (3, 500), (20, 10)), instances_min=2, instances_max=2, concurrency=3
        )
        assert out.values("instance") == [0, 0, 0, 1, 0]
        assert out.values("granted") == [1] * 5

    def test_ceiling(self) -> None:
        """One instance with one place: the second waits for the first, which leaves at 150; the third for the second."""
        out = self._visits(((0, 50), (10, 50), (20, 50)), instances_max=1)
        assert out.marks("granted") == [(100, 0, 2), (150, 1, 1), (200, 2, 1)]

    def test_no_patience_at_the_ceiling(self) -> None:
        """No place, none to start: 0 at once. Patience does not count against a cold start."""
        out = self._visits(((0, 50), (10, 50)), instances_max=1, patience=0)
        assert out.marks("granted") == [(10, 1, 0), (100, 0, 2)]

    def test_patience_in_the_queue(self) -> None:
        """Queued at 10 with patience 30: 0 at 40."""
        out = self._visits(((0, 50), (10, 50)), instances_max=1, patience=30)
        assert out.marks("granted") == [(40, 1, 0), (100, 0, 2)]

    def test_burst_of_starts(self) -> None:
        """One start, the next after 500: the second request waits for the place of the first, at 150."""
        out = self._visits(((0, 50), (0, 50)), instances_max=9, start_interval_ns=500, start_burst=1)
        assert out.marks("granted") == [(100, 0, 2), (150, 1, 1)]

    def test_warm_from_the_start(self) -> None:
        """One instance is there at 0 and never retires: grants at 0 and 900 without a cold start."""
        out = self._visits(((0, 50), (900, 50)), instances_min=1, instances_max=2, idle_ns=10)
        assert out.marks("granted") == [(0, 0, 1), (900, 1, 1)]

    def test_idle_instances_retire(self) -> None:
        """Idle from 150 with 50 to go: a request at 199 finds it, one at 200 starts anew."""
        assert self._visits(((0, 50), (199, 5)), instances_max=1, idle_ns=50).values("granted") == [2, 1]
        assert self._visits(((0, 50), (200, 5)), instances_max=1, idle_ns=50).marks("granted")[1] == (300, 1, 2)

    def test_gauge_of_instances(self) -> None:
        """0 before, 1 while it starts and is idle, 0 once it retired at 200."""
        s = Sheet()
        station = elastic(s, instances_max=2, idle_ns=50)
        with s.actor("looks"):
            for wait in (5, 45, 149, 1):
                s.wait(wait)
                s.mark("instances", s.gauge(station, Gauge.INSTANCES))
        with s.actor("a"):
            s.wait(10)
            s.enter(station)
            s.wait(40)
            s.leave(station)
        assert self.run(s).values("instances") == [0, 1, 1, 0]

    def test_instances_own_their_cpu(self) -> None:
        """Work of 10: two on two instances take 10 each, two on one instance 20 each."""
        for concurrency, took in ((1, 10), (2, 20)):
            s = Sheet()
            station = elastic(s, instances_min=2 // concurrency, instances_max=2, concurrency=concurrency)
            with s.actor("a", 2):
                s.enter(station)
                s.work(station, s.const(10))
                s.mark("done")
            assert self.run(s).times("done") == [took, took]

    def test_an_instance_with_too_many_jobs_takes_no_more(self) -> None:
        """One job at most: b, who asks at 5, is granted as a's job departs at 30, though a stays inside."""
        s = Sheet()
        station = elastic(s, instances_min=1, instances_max=1, concurrency=9, jobs_max=1)
        with s.actor("a"):
            s.enter(station)
            s.work(station, s.const(30))
            s.wait(100)
            s.leave(station)
        with s.actor("b"):
            s.wait(5)
            s.enter(station)
            s.mark("granted")
        assert self.run(s).times("granted") == [30]

    def test_start_whose_request_is_gone(self) -> None:
        """The deadline at 10 ends the wait for a cold start; the instance comes up at 100 and serves another at 120."""
        s = Sheet()
        station, late, got = elastic(s, instances_max=1), s.label("late"), s.task("got")
        with s.actor("a"):
            s.deadline(s.const(10), late)
            s.enter(station, got)
            s.mark("granted", got)
            s.place(late)
            s.mark("late")
        with s.actor("b"):
            s.wait(120)
            s.enter(station, got)
            s.mark("granted", got)
        out = self.run(s)
        assert out.times("late") == [10]
        assert out.marks("granted") == [(120, 1, 1)]

    def test_knob_of_instances(self) -> None:
        """Half speed from 10 on, for instances there are: 20 of work, begun at 0, ends at 10 + 20 = 30."""
        s = Sheet()
        station = elastic(s, instances_min=1)
        with s.actor("a"):
            s.enter(station)
            s.work(station, s.const(20))
            s.mark("done")
        with s.actor("turns"):
            s.wait(10)
            s.copy(s.knob(station, Knob.SPEED), s.const(500_000))
        assert self.run(s).times("done") == [30]


def elastic(s: Sheet, **spec: int) -> int:
    """Elastic station with cold starts of 100."""
    return s.station(
        StationSpec("elastic", StationKind.ELASTIC, cold_table=s.fixed(100), cold_stream=s.stream("cold"), **spec)  # type: ignore[arg-type]  # all are ints
    )
