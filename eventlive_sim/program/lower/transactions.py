"""A query: one PostgREST request, its statements in one transaction on one pooled connection.

Rows of one query: network, own queue for a connection, the statement timeout, one lock a written key, one job on the
database's cores, one hold for round trips and commit, network.
"""

from __future__ import annotations

from eventlive_sim.model.steps import Delete, Insert, Rpc, Select, StepPart, Update, Upsert
from eventlive_sim.model.values import ZERO
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.charges import (
    DUPLICATE,
    NO_COLUMN,
    NOT_CACHED,
    WRAPPER,
    Transaction,
    charge,
    charge_policy,
    charge_rows,
    own_update,
    unless_allowed,
)
from eventlive_sim.program.lower.conditions import (
    FAILED,
    FOUND,
    MISSING,
    OK,
    go_unless,
    outcome_register,
    status_register,
)
from eventlive_sim.program.lower.context import DB_CPU, REST_POOL, Handler
from eventlive_sim.program.lower.deployed import grow
from eventlive_sim.program.lower.faults import delay_by_faults, go_if_out, outages
from eventlive_sim.program.lower.laws import add_to, hold
from eventlive_sim.program.lower.realtime.fanout import announce
from eventlive_sim.program.lower.timings import note_demand
from eventlive_sim.program.primitives import Cmp, Fn


def lower_query(handler: Handler, step: str, statements: dict[str, StepPart], *, rpc: Rpc | None = None) -> None:
    """Rows of one query; the registers ``status`` and ``outcome`` hold what it came to."""
    asm, low, inside_rpc = handler.asm, handler.low, rpc is not None
    rest, postgres = low.design.platform.project.postgrest, low.design.platform.project.postgres
    timeout = postgres.statement_timeout.get(handler.endpoint.role)
    no_connection, timed_out, back = (asm.label(name) for name in ("no connection", "statement timeout", "back"))
    asm.set(asm.call("queries"), Fn.ADD, asm.call("queries"), asm.const(1))
    cross(handler, step, "out")
    unavailable = asm.label("unavailable")
    go_if_out(low, "rest", unavailable)
    pool, station = low.stations[REST_POOL], low.stations[DB_CPU]
    with asm.temp() as demand, asm.temp() as granted:
        asm.enter(pool, granted, patience=asm.const(rest.acquisition_timeout))
        asm.test(granted, Cmp.EQ, asm.const(0), no_connection)
        delay_by_faults(low, "rest")
        trips = rest.round_trips + len(statements) - 1 if inside_rpc else rest.round_trips
        asm.set(asm.call("statements"), Fn.ADD, asm.call("statements"), asm.const(trips))
        if timeout is not None:
            asm.deadline(asm.const(timeout), timed_out)
        asm.copy(demand, asm.const(0))
        asm.copy(asm.task("wrote"), asm.const(0))
        if inside_rpc or handler.occurrence is not None:
            for name in statements:
                asm.copy(asm.call(f"writes {name}"), asm.const(0))
        add_to(asm, demand, rest.cpu, handler.stream(step, "rest"), occurrence=handler.occurrence)
        definer = rpc is not None and rpc.definer
        work = Transaction(handler, step, inside_rpc, definer, demand, asm.task("outcome"), asm.task("status"))
        asm.copy(work.outcome, asm.const(OK))
        asm.copy(work.status, asm.const(_good_status(statements, inside_rpc=inside_rpc)))
        if inside_rpc:
            charge(work, step, WRAPPER)
        for name, statement in statements.items():
            _lower_statement(work, name, statement)
        note_demand(handler, step, demand)
        asm.work(station, demand)
        _settle(work, writes=any(not isinstance(item, Select) for item in statements.values()))
        _commit(work, statements)
        _give_back(work, statements, timed=timeout is not None)
        _count_query(handler, step, work.status, "")
        asm.jump(back)
        _failing_branches(work, statements, (no_connection, timed_out), back, timed=timeout is not None)
        if outages(low, "rest"):
            asm.jump(back)
            asm.place(unavailable)
            _fail(work, 503, FAILED, "PGRST001")
    asm.place(back)
    cross(handler, step, "back")


def _failing_branches(
    work: Transaction, statements: dict[str, StepPart], labels: tuple[Label, Label], back: Label, *, timed: bool
) -> None:
    handler, asm = work.handler, work.handler.asm
    no_connection, timed_out = labels
    pool = handler.low.stations[REST_POOL]
    for cause, label in work.failures.items():
        asm.place(label)
        asm.work(handler.low.stations[DB_CPU], work.demand)
        _settle(work, writes=False)
        _give_back(work, statements, timed=timed)
        _fail(work, *cause)
        asm.jump(back)
    if timed:
        asm.place(timed_out)
        asm.leave(pool)
        _fail(work, 500, FAILED, "57014")
        asm.jump(back)
    asm.place(no_connection)
    _fail(work, 504, FAILED, "PGRST003")


def _fail(work: Transaction, status: int, outcome: int, code: str) -> None:
    asm = work.handler.asm
    asm.copy(work.status, asm.const(status))
    asm.copy(work.outcome, asm.const(outcome))
    _count_query(work.handler, work.step, work.status, code)


def _count_query(handler: Handler, step: str, status: int, code: str) -> None:
    asm = handler.asm
    series = asm.series("queries", tag="status", endpoint=handler.name, step=step, service="rest", code=code)
    asm.count(series, tag=status)


def cross(handler: Handler, step: str, way: str) -> None:
    """Rows of one crossing between function and project; a direct call's network is the call's own."""
    if handler.endpoint.runs_on == "vercel":
        delay = handler.low.design.platform.path.function_project
        hold(handler.asm, delay, handler.stream(step, way), occurrence=handler.occurrence)


def _good_status(statements: dict[str, StepPart], *, inside_rpc: bool) -> int:
    first = next(iter(statements.values()))
    return 201 if isinstance(first, Insert | Upsert) and not inside_rpc else 200


def _settle(work: Transaction, *, writes: bool) -> None:
    """Rows of the round trips and of the commit, during which connection and locks are held."""
    asm, handler = work.handler.asm, work.handler
    rest, postgres = handler.low.design.platform.project.postgrest, handler.low.design.platform.project.postgres
    commit = postgres.commit if writes else ZERO
    if rest.round_trip.is_zero and commit.is_zero:
        return
    with asm.temp() as time:
        asm.copy(time, asm.const(0))
        add_to(asm, time, rest.round_trip, handler.stream(work.step, "trips"), occurrence=handler.occurrence)
        asm.set(time, Fn.MUL, time, asm.const(rest.round_trips))
        if not commit.is_zero:
            nothing = asm.label("nothing written")
            asm.test(asm.task("wrote"), Cmp.EQ, asm.const(0), nothing)
            add_to(asm, time, commit, handler.stream(work.step, "commit"), occurrence=handler.occurrence)
            asm.place(nothing)
        asm.hold(time)


def _lower_statement(work: Transaction, name: str, statement: StepPart) -> None:
    """Rows that take a statement's lock, look at its row and add its cost."""
    asm, low = work.handler.asm, work.handler.low
    done = asm.label("done")
    if work.inside_rpc and statement.when is not None:
        go_unless(low, statement.when, done)
    match statement:
        case Select():
            _select(work, name, statement)
        case Insert(insert=table):
            _write(work, name, statement, table, present=None)
        case Upsert(upsert=table, on_conflict=mode):
            _write(work, name, statement, table, present="upsert_ignore" if mode == "ignore" else "upsert")
        case Update(update=table) | Delete(delete=table):
            _change(work, name, statement, table)
        case _:
            message = f"{statement.KIND} is no statement"
            raise AssertionError(message)
    asm.place(done)
    work.earlier.append((name, statement))


def _select(work: Transaction, name: str, statement: Select) -> None:
    asm, low = work.handler.asm, work.handler.low
    if _lacks(work, name, statement):
        return
    charge(work, name, statement.cost or ("select" if statement.by == "key" else "scan"))
    charge_policy(work, name, statement.select, "read")
    charge_rows(work, name, statement)
    rows = low.rows.get(statement.select)
    found = asm.label("found")
    asm.copy(work.outcome, asm.const(MISSING))
    unless_allowed(work, statement.select, found)
    asm.copy(work.outcome, asm.const(FOUND))
    if rows is not None and statement.by == "key":
        asm.test(asm.shared(rows.present, rows.key), Cmp.NE, asm.const(0), found)
        asm.copy(work.outcome, asm.const(MISSING))
    asm.place(found)
    _remember(work, name)


def _lacks(work: Transaction, name: str, statement: StepPart) -> bool:
    """Rows of a statement on columns that the schema may lack now; whether it lacks one at all times.

    A read fails in the database (42703); what a write lacks PostgREST finds in its schema cache, without asking.
    """
    asm, deployed, design = work.handler.asm, work.handler.low.deployed, work.handler.low.design
    table, columns = str(getattr(statement, statement.KIND)), getattr(statement, "columns", ())
    if not isinstance(statement, Select):
        columns = (*design.tables[table].key, *columns)
    if not deployed.may_lack(design, table, columns):
        return False
    lacking, has = asm.label("no such column"), asm.label("has the columns")
    always = deployed.go_if_lacking(asm, design, table, columns, lacking)
    if not always:
        asm.jump(has)
    asm.place(lacking)
    unasked = isinstance(statement, Insert | Upsert | Update) and not work.inside_rpc
    if not unasked:
        charge(work, name, "select_error")
    asm.jump(work.failing(NOT_CACHED if unasked else NO_COLUMN))
    asm.place(has)
    return always


def _write(work: Transaction, name: str, statement: StepPart, table: str, *, present: str | None) -> None:
    """Rows of an insert (`present` None: a row that is there is a conflict) or an upsert."""
    asm, low = work.handler.asm, work.handler.low
    rows = low.rows.get(table)
    cost = getattr(statement, "cost", None)
    absent = "insert" if present is None else "upsert"
    if _lacks(work, name, statement):
        return
    separate = rows is not None and present == "upsert" and own_update(work, table)
    if not separate:
        charge_policy(work, name, table, "write")
    unless_allowed(work, table)
    if rows is None:
        charge(work, name, cost or absent)
        asm.copy(asm.call(f"writes {name}"), asm.const(1))
        asm.copy(asm.task("wrote"), asm.const(1))
    else:
        there, ready = asm.label("there"), asm.label("ready")
        asm.enter(rows.lock, key=rows.key)
        asm.test(asm.shared(rows.present, rows.key), Cmp.NE, asm.const(0), there)
        if separate:
            charge_policy(work, name, table, "write")
        charge(work, name, cost or absent)
        asm.copy(asm.call(f"writes {name}"), asm.const(1))
        asm.copy(asm.task("wrote"), asm.const(1))
        asm.jump(ready)
        asm.place(there)
        if separate:
            charge_policy(work, name, table, "update")
        charge(work, name, "insert_conflict" if present is None else cost or present)
        if present is None:
            asm.jump(work.failing(DUPLICATE))
        asm.copy(asm.call(f"writes {name}"), asm.const(int(present == "upsert")))
        if present == "upsert":
            asm.copy(asm.task("wrote"), asm.const(1))
        asm.place(ready)
    if work.inside_rpc:
        asm.copy(work.outcome, asm.const(OK))
        _remember(work, name)


def _change(work: Transaction, name: str, statement: StepPart, table: str) -> None:
    """Rows of an update or delete by key."""
    asm, low = work.handler.asm, work.handler.low
    rows = low.rows.get(table)
    cost = getattr(statement, "cost", None) or statement.KIND
    if _lacks(work, name, statement):
        return
    charge_policy(work, name, table, "update" if isinstance(statement, Update) and own_update(work, table) else "write")
    if rows is None:
        charge(work, name, cost)
        asm.copy(asm.call(f"writes {name}"), asm.const(1))
        asm.copy(asm.task("wrote"), asm.const(1))
    else:
        absent, ready = asm.label("absent"), asm.label("ready")
        asm.enter(rows.lock, key=rows.key)
        asm.test(asm.shared(rows.present, rows.key), Cmp.EQ, asm.const(0), absent)
        charge(work, name, cost)
        asm.copy(asm.call(f"writes {name}"), asm.const(1))
        asm.copy(asm.task("wrote"), asm.const(1))
        asm.copy(work.outcome, asm.const(FOUND))
        asm.jump(ready)
        asm.place(absent)
        charge(work, name, "update_missing")
        asm.copy(asm.call(f"writes {name}"), asm.const(0))
        asm.copy(work.outcome, asm.const(MISSING))
        asm.place(ready)
    if work.inside_rpc:
        _remember(work, name)


def _commit(work: Transaction, statements: dict[str, StepPart]) -> None:
    """Rows that make written rows visible, after the commit."""
    asm, low = work.handler.asm, work.handler.low
    for name, statement in statements.items():
        table = str(getattr(statement, statement.KIND))
        rows = low.rows.get(table)
        if isinstance(statement, Select):
            continue
        change = statement.KIND
        series = asm.series("rows", endpoint=work.handler.name, table=table, change=change)
        skip = asm.label("skip")
        asm.test(asm.call(f"writes {name}"), Cmp.EQ, asm.const(0), skip)
        asm.copy(asm.call(f"writes {name}"), asm.const(0))
        _grow(work, statement, table)
        if rows is not None and not isinstance(statement, Update):
            asm.copy(asm.shared(rows.present, rows.key), asm.const(int(not isinstance(statement, Delete))))
        asm.count(series)
        if isinstance(statement, Insert):
            announce(low, table)
        asm.place(skip)
    if work.inside_rpc:
        _rpc_outcome(work, statements)


def _grow(work: Transaction, statement: StepPart, table: str) -> None:
    """Rows by which a table grows or shrinks: an upsert adds no row where there is one."""
    asm, low = work.handler.asm, work.handler.low
    rows = low.rows.get(table)
    if isinstance(statement, Update) or table not in low.deployed.sizes:
        return
    grow(low, table, asm.const(1), Fn.SUB if isinstance(statement, Delete) else Fn.ADD)
    if rows is not None and not isinstance(statement, Delete):
        grow(low, table, asm.shared(rows.present, rows.key), Fn.SUB)


def _rpc_outcome(work: Transaction, statements: dict[str, StepPart]) -> None:
    """Missing if a read or update by key found nothing, found otherwise."""
    asm = work.handler.asm
    over = asm.label("over")
    for name, statement in statements.items():
        if isinstance(statement, Select | Update | Delete):
            asm.copy(work.outcome, asm.const(MISSING))
            asm.test(outcome_register(asm, name), Cmp.EQ, asm.const(MISSING), over)
    asm.copy(work.outcome, asm.const(FOUND))
    asm.place(over)


def _give_back(work: Transaction, statements: dict[str, StepPart], *, timed: bool) -> None:
    asm, low = work.handler.asm, work.handler.low
    for statement in reversed(statements.values()):
        rows = low.rows.get(str(getattr(statement, statement.KIND)))
        if rows is not None and not isinstance(statement, Select):
            asm.leave(rows.lock, rows.key)
    if timed:
        asm.disarm()
    asm.leave(low.stations[REST_POOL])


def _remember(work: Transaction, name: str) -> None:
    """Rows that keep what a statement came to, where a condition reads it or an rpc's own outcome does."""
    asm = work.handler.asm
    if work.inside_rpc:
        asm.copy(outcome_register(asm, name), work.outcome)
        if name in work.handler.remembered:
            asm.copy(status_register(asm, name), asm.const(200))
