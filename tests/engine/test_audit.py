"""The auditor finds nothing in clean traces and finds planted faults under their rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eventlive_sim.engine.audit import RULES, audit
from eventlive_sim.engine.contract import Sheet
from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act, Row, Trace
from eventlive_sim.program.primitives import Cmp, Fn, JoinMode, Leaving, StationKind
from eventlive_sim.program.program import Program, StationSpec
from eventlive_sim.program.quantiles import exponential

HORIZON = 1000
FIRST_CUSTOMER, SECOND_CUSTOMER, THIRD_CUSTOMER, LATE, DISARMS, WORKER, _, LIMITED, IMPATIENT, PARENT, WAITS, SENDS = (
    range(12)
)
LOCKED, LOCKED_OUT, TRIES = 12, 13, 14

Rows = list[Row]


def sample() -> Program:
    """Fifteen entities, each of which shows one thing; times are in the comments."""
    s = Sheet()
    queue, left, right, cpu, lock = s.fifo(), s.fifo(), s.fifo(), s.cpu(), s.lock()
    bucket = s.station(StationSpec("bucket", StationKind.BUCKET, interval_ns=10, burst=2))
    news, got, time = s.new_signal("news"), s.task("got"), s.task("time")
    with s.actor("customers", 3):  # granted at 0, 10, 20
        s.serve(queue, 10)
    late = s.label("late")
    with s.actor("late"):  # fires at 30
        s.deadline(s.const(30), late)
        s.enter(left)
        s.enter(right)
        s.wait(100)
        s.place(late)
        s.wait(1)
    with s.actor("disarms"):
        s.deadline(s.const(40), late)
        s.wait(5)
        s.disarm()
        s.wait(50)
    with s.actor("workers", 2):  # depart at 20
        s.work(cpu, s.const(10))
    with s.actor("limited"):  # yes, yes, no
        for _ in range(3):
            s.enter(bucket, got, patience=s.const(0))
    with s.actor("impatient"):  # gives up at 6
        s.wait(1)
        s.enter(queue, got, patience=s.const(5))
    child = s.label("child")
    with s.actor("parent"):  # joins at 20
        for end in (10, 20):
            s.copy(time, s.const(end))
            s.spawn(child, 0)
        s.join(got, 0)
        s.end()
        s.place(child)
        s.hold(time)
    with s.actor("waits"):
        s.await_(got, news)
    with s.actor("sends"):
        s.wait(7)
        s.signal(news, s.const(5))
    with s.actor("locked", 2):  # granted at 0 and 10
        s.serve(lock, 10)
    with s.actor("tries"):  # refused at 0
        s.enter(queue, got, patience=s.const(0))
    return s.build(HORIZON, bin_ns=100)


@pytest.fixture(scope="module")
def program() -> Program:
    """The sample."""
    return sample()


@pytest.fixture
def rows(program: Program) -> Rows:
    """Rows of the clean trace of the sample."""
    return rows_of(program)


def rows_of(program: Program, seed: int = 1) -> Rows:
    """Rows of the trace of a run."""
    trace = Trace()
    simulate(program, seed, trace=trace)
    return [Row(*row) for row in trace.rows]


def find(rows: Rows, act: Act, person: int, nth: int = 0) -> int:
    """Place of the nth row of an act of a person."""
    return [at for at, row in enumerate(rows) if row.act == act and row.person == person][nth]


def change(act: Act, person: int, nth: int = 0, **values: int) -> Callable[[Rows], Rows]:
    """Plant that adds to values of one row (``act`` and ``value_is`` set them)."""

    def plant(rows: Rows) -> Rows:
        at = find(rows, act, person, nth)
        changed = {name: getattr(rows[at], name) + value for name, value in values.items() if name != "to_act"}
        if "to_act" in values:
            changed["act"] = values["to_act"]
        rows[at] = rows[at]._replace(**changed)
        return rows

    return plant


def drop(wanted: Callable[[Row], bool]) -> Callable[[Rows], Rows]:
    """Plant that leaves rows out."""
    return lambda rows: [row for row in rows if not wanted(row)]


def twice(act: Act, person: int) -> Callable[[Rows], Rows]:
    """Plant that repeats a row."""

    def plant(rows: Rows) -> Rows:
        at = find(rows, act, person)
        return [*rows[: at + 1], *rows[at:]]

    return plant


def swap(first: tuple[Act, int, int], second: tuple[Act, int, int]) -> Callable[[Rows], Rows]:
    """Plant that swaps two rows."""

    def plant(rows: Rows) -> Rows:
        one, other = find(rows, *first), find(rows, *second)
        rows[one], rows[other] = rows[other], rows[one]
        return rows

    return plant


def delay(act: Act, person: int, by: int, **values: int) -> Callable[[Rows], Rows]:
    """Plant that moves a row of a person, and all of its rows behind it, in time."""

    def plant(rows: Rows) -> Rows:
        at = find(rows, act, person)
        rows = change(act, person, **values)(rows)
        moved = [
            row._replace(time_ns=row.time_ns + by) if place >= at and row.person == person else row
            for place, row in enumerate(rows)
        ]
        return sorted(moved, key=lambda row: row.time_ns)

    return plant


def insert(after: tuple[Act, int], act: Act, **values: int) -> Callable[[Rows], Rows]:
    """Plant that adds a row of the same task behind one."""

    def plant(rows: Rows) -> Rows:
        at = find(rows, *after)
        return [*rows[: at + 1], rows[at]._replace(act=act, **values), *rows[at + 1 :]]

    return plant


def grant_at_once(person: int) -> Callable[[Rows], Rows]:
    """Plant that moves the grant of a person to its ask."""

    def plant(rows: Rows) -> Rows:
        grant = rows.pop(find(rows, Act.GRANT, person))
        at = find(rows, Act.ASK, person)
        rows.insert(at + 1, grant._replace(time_ns=rows[at].time_ns))
        return rows

    return plant


def overtake(rows: Rows) -> Rows:
    """From 10 on the second and third customer are each other."""
    other = {SECOND_CUSTOMER: THIRD_CUSTOMER, THIRD_CUSTOMER: SECOND_CUSTOMER}
    return [row._replace(person=other.get(row.person, row.person)) if row.time_ns >= 10 else row for row in rows]


PLANTS: dict[str, Callable[[Rows], Rows]] = {
    "time-back": swap((Act.START, FIRST_CUSTOMER, 0), (Act.END, THIRD_CUSTOMER, 0)),
    "after-horizon": insert((Act.END, DISARMS), Act.END, time_ns=HORIZON),
    "start-without-spawn": drop(lambda row: row.act == Act.SPAWN),
    "start-twice": twice(Act.START, FIRST_CUSTOMER),
    "start-missing": drop(lambda row: (row.person, row.ordinal) == (PARENT, 1)),
    "act-before-start": drop(lambda row: row.act == Act.START and row.person == FIRST_CUSTOMER),
    "act-after-end": insert((Act.END, FIRST_CUSTOMER), Act.COUNT, station=0),
    "double-end": twice(Act.END, FIRST_CUSTOMER),
    "acts-while-waiting": insert((Act.HOLD, DISARMS), Act.COUNT, station=0),
    "lost-wake": drop(lambda row: row.act == Act.END and row.person == FIRST_CUSTOMER),
    "hold-time": change(Act.HOLD, DISARMS, value=1),
    "deadline-time": delay(Act.FIRE, LATE, 1),
    "deadline-missed": drop(lambda row: row.person == LATE and row.time_ns >= 30),
    "deadline-disarm": change(Act.DISARM, DISARMS, value=1),
    "not-unwound": drop(lambda row: row.person == LATE and row.act == Act.LEAVE),
    "unwind-order": swap((Act.LEAVE, LATE, 0), (Act.LEAVE, LATE, 1)),
    "patience": delay(Act.RENEGE, IMPATIENT, 1, value=1),
    "ghost-grant": insert((Act.START, SENDS), Act.GRANT, station=0, key=0, value=1),
    "ghost-renege": insert((Act.START, SENDS), Act.RENEGE, station=0, key=0, value=0),
    "grant-order": overtake,
    "over-capacity": grant_at_once(SECOND_CUSTOMER),
    "lock-shared": grant_at_once(LOCKED_OUT),
    "idle-server": drop(lambda row: row.person == SECOND_CUSTOMER and row.time_ns >= 10),
    "refused-while-free": drop(lambda row: row.person <= THIRD_CUSTOMER and row.act != Act.START),
    "lost-server": drop(lambda row: row.person == FIRST_CUSTOMER and row.act == Act.LEAVE),
    "ghost-leave": twice(Act.LEAVE, FIRST_CUSTOMER),
    "time-value": change(Act.LEAVE, FIRST_CUSTOMER, value=1),
    "token-early": change(Act.REFUSE, LIMITED, to_act=Act.GRANT, value=1),
    "token-late": change(Act.GRANT, LIMITED, 1, to_act=Act.REFUSE, value=-1),
    "early-departure": delay(Act.DEPART, WORKER, -3, value=-3),
    "late-departure": delay(Act.DEPART, WORKER, 3, value=3),
    "ghost-departure": twice(Act.DEPART, WORKER),
    "join-early": delay(Act.JOIN, PARENT, -5),
    "join-status": change(Act.JOIN, PARENT, value=1),
    "signal-ghost": drop(lambda row: row.act == Act.SIGNAL),
    "signal-missed": drop(lambda row: row.person == WAITS and row.time_ns >= 7),
    "rank-order": swap((Act.WAKE, FIRST_CUSTOMER, 0), (Act.WAKE, LOCKED, 0)),
}
"""For each rule a change of the clean trace that breaks it."""


def test_sample_is_clean(program: Program, rows: Rows) -> None:
    """The sample's trace breaks no rule."""
    assert audit(program, rows) == []


def test_every_rule_has_a_plant() -> None:
    """No rule stands untested."""
    assert set(PLANTS) == set(RULES)


@pytest.mark.parametrize("rule", PLANTS)
def test_planted_fault_is_found(program: Program, rows: Rows, rule: str) -> None:
    """A trace with a planted fault has a finding under its rule."""
    found = audit(program, PLANTS[rule](rows))
    assert rule in {finding.rule for finding in found}, found


def test_a_deadline_after_its_disarm(program: Program, rows: Rows) -> None:
    """A deadline that was disarmed at 5 and fires at 40 all the same is found."""
    at = find(rows, Act.DISARM, DISARMS)
    fire = rows[at]._replace(
        time_ns=40, act=Act.FIRE, value=int(program.code[rows[find(rows, Act.ARM, DISARMS)].row, 3])
    )
    planted = sorted([*rows, fire], key=lambda row: row.time_ns)
    assert [finding.rule for finding in audit(program, planted)][:1] == ["deadline-time"]


def test_an_ask_that_is_forgotten(program: Program, rows: Rows) -> None:
    """Without its reneging the impatient one waits for ever: its patience is found to be over."""
    planted = [row for row in rows if row.person != IMPATIENT or row.time_ns < 6]
    assert "patience" in {finding.rule for finding in audit(program, planted)}


def test_departure_within_the_tolerance(program: Program, rows: Rows) -> None:
    """A departure that is 2 ns late is within the tolerance, one of 3 ns is not."""
    cpu = {"early-departure", "late-departure"}
    for by, found in ((2, False), (3, True)):
        planted = delay(Act.DEPART, WORKER, by, value=by)(list(rows))
        assert bool(cpu & {finding.rule for finding in audit(program, planted)}) == found


def test_finding_says_where(program: Program, rows: Rows) -> None:
    """A finding names rule, time, task, station and what was seen."""
    finding = audit(program, twice(Act.LEAVE, FIRST_CUSTOMER)(rows))[0]
    assert (finding.rule, finding.time_ns, finding.task, finding.station) == ("ghost-leave", 10, (FIRST_CUSTOMER, 0), 0)
    assert "holds nothing" in finding.text


def crowd(people: int) -> Program:
    """People whose calls queue, work, retry, time out, abandon and join, with random times."""
    s = Sheet()
    pool, cpu, lock = s.fifo(3), s.cpu(2000, efficiency=(1_000_000, 950_000, 800_000)), s.lock(5)
    bucket = s.station(StationSpec("bucket", StationKind.BUCKET, interval_ns=60, burst=20))
    elastic = s.station(
        StationSpec(
            "functions", StationKind.ELASTIC, instances_max=4, concurrency=4, jobs_max=3, idle_ns=2000,
            cold_table=s.table(exponential(300)), cold_stream=s.stream("cold"),
        )
    )  # fmt: skip
    news, got, key, time = s.new_signal("news"), s.task("got"), s.task("key"), s.task("time")
    table, call, late, last = s.table(exponential(700)), s.label("call"), s.label("late"), s.label("finally")
    refused, gone = s.label("refused"), s.label("gone")
    with s.actor("people", people, world=False, tabs=2):
        top = s.here()
        s.draw(time, table, "think")
        s.hold(time)
        s.increase(s.task("ordinal"))
        s.deadline(s.const(1500), gone, Leaving.DETACH)
        s.spawn(call, 0, tab=s.const(1), new_call=True, finally_=last)
        s.spawn(call, 1, leaving=Leaving.DETACH)
        s.spawn(call, 2, finally_=last)
        s.join(got, 0)
        s.cancel(2)
        s.join(got, 1, JoinMode.FIRST)
        s.disarm()
        s.place(gone)
        s.jump(top)
        s.place(call)
        s.enter(bucket, got, patience=s.const(500))
        s.test(got, Cmp.EQ, s.const(0), refused)
        s.enter(elastic, got, patience=s.const(900))
        s.test(got, Cmp.EQ, s.const(0), refused)
        s.draw(time, table, "cpu")
        s.work(elastic, time)
        s.deadline(s.const(800), late)
        s.enter(pool, got, patience=s.const(600))
        s.test(got, Cmp.EQ, s.const(0), refused)
        s.set(key, Fn.DIV, time, s.const(150))
        s.set(key, Fn.MIN, key, s.const(4))
        s.enter(lock, key=key)
        s.work(cpu, time)
        s.leave(lock, key)
        s.leave(pool)
        s.signal(news, time)
        s.end()
        s.place(late)
        s.end(s.const(500))
        s.place(refused)
        s.end(s.const(429))
        s.place(last)
        s.mark("finally", s.status)
    with s.actor("waits", 4):
        top = s.here()
        s.await_(got, news)
        s.jump(top)
    return s.build(30_000, bin_ns=1000)


@pytest.mark.parametrize("seed", range(5))
def test_crowds_are_clean(seed: int) -> None:
    """A crowd over every kind of station, overloaded, leaves a clean trace."""
    program = crowd(20)
    rows = rows_of(program, seed)
    acts = {row.act for row in rows}
    assert {Act.FIRE, Act.RENEGE, Act.REFUSE, Act.CUT, Act.CANCEL, Act.DISMISS, Act.JOIN} <= acts
    assert audit(program, rows) == []
