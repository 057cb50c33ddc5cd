"""What one call does, worked out without simulating: the queries of a handler for a known person, on means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from eventlive_sim.model.conditions import PERSON_PREFIX, All, AnyOf, Condition, Is
from eventlive_sim.model.design import Design, Endpoint
from eventlive_sim.model.lint import mean_ns
from eventlive_sim.model.steps import (
    Answer,
    AuthCheck,
    Cache,
    Challenge,
    Insert,
    Parallel,
    Reaction,
    Rpc,
    Select,
    StepPart,
    Update,
    Upsert,
    Use,
)

QUERIES = ("select", "insert", "upsert", "update", "delete", "rpc")


@dataclass
class Demand:
    """Queries of a call, and what they ask of the parts: mean times, without waiting.

    ``cpu_ns`` is demand on the database's cores at speed 1; ``pool_ns`` and ``auth_pool_ns`` are times that a
    connection of the REST service and of Auth is held.
    """

    queries: float = 0.0
    auth: float = 0.0
    cpu_ns: float = 0.0
    pool_ns: float = 0.0
    auth_pool_ns: float = 0.0

    def add(self, other: Demand, times: float = 1.0) -> None:
        """Add another demand, so many times."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + times * value)


@dataclass
class Person:
    """Who calls: attributes, and which of their rows are there. Walking a call changes the rows."""

    attributes: dict[str, bool]
    rows: dict[str, bool] = field(default_factory=dict)


LoadShare = Callable[[Cache], float]
"""Share of the calls through a cache that load it."""


def initial_rows(design: Design, attributes: dict[str, bool]) -> dict[str, bool]:
    """Tables with a key, and whether the person's row is there when the event begins."""
    return {
        name: table.initially == "always" or attributes.get(table.initially, False)
        for name, table in design.tables.items()
        if table.row != "event"
    }


def walk(design: Design, endpoint: Endpoint, person: Person, load_share: LoadShare = lambda _: 1.0) -> Demand:
    """Demand of one call of a person: nobody else is there, no limit refuses, nothing times out."""
    walker = _Walker(design, endpoint, person, load_share)
    walker.take(endpoint.all_steps)
    return walker.demand


class Asked(NamedTuple):
    """A query of a call: who asks, whom, and what is answered."""

    step: str
    service: str
    status: int


def asked(design: Design, endpoint: Endpoint, person: Person) -> list[Asked]:
    """Queries that one call of a person makes for certain, in order: what a cache may hold is left out."""
    walker = _Walker(design, endpoint, person, lambda _: 1.0)
    walker.take(endpoint.all_steps)
    return walker.asked


class _Walker:
    def __init__(self, design: Design, endpoint: Endpoint, person: Person, load_share: LoadShare) -> None:
        self.design, self.endpoint, self.person, self.load_share = design, endpoint, person, load_share
        self.project = design.platform.project
        self.demand = Demand()
        self.asked: list[Asked] = []
        self.outcomes: dict[str, tuple[str, int]] = {}

    def take(self, steps: dict[str, StepPart]) -> bool:
        """Take steps in order; whether the call goes on after them."""
        return all(self._step(name, step) for name, step in steps.items())

    def _step(self, name: str, step: StepPart) -> bool:
        if step.when is not None and not self._holds(step.when):
            return True
        match step:
            case Answer():
                return False
            case Use():
                return self.take(dict(step.steps))
            case Parallel():
                went = [self._step(key, inner) for key, inner in step.parallel.items()]
                return step.join == "settled" or all(went)
            case Cache():
                return self._cache(name, step)
            case Challenge():
                return self.person.attributes.get(step.challenge, False)
        outcome, status = self._body(name, step)
        if status >= 400:
            reaction = _reaction(step, status)
            if reaction is not None and reaction.retry is not None:
                for _ in range(reaction.retry.times):
                    self._body(name, step)
            if not _goes_on(reaction):
                return False
            outcome = "missing" if isinstance(step, Select) else outcome
        self.outcomes[name] = (outcome, status)
        return True

    def _cache(self, name: str, step: Cache) -> bool:
        before, self.demand = self.demand, Demand()
        sure = len(self.asked)
        goes_on = self.take(dict(step.steps))
        before.add(self.demand, self.load_share(step))
        self.demand = before
        del self.asked[sure:]
        self.outcomes[name] = ("found", 200)
        return goes_on

    def _body(self, name: str, step: StepPart) -> tuple[str, int]:
        before = self.demand.queries
        if isinstance(step, AuthCheck):
            outcome, status, service = *self._auth(step), "auth"
        elif step.KIND in QUERIES:
            outcome, status, service = *self._query(name, step), "rest"
        else:
            return "ok", 200
        if self.demand.queries > before:  # a token that is checked locally asks nobody
            self.asked.append(Asked(name, service, status))
        return outcome, status

    def _auth(self, step: AuthCheck) -> tuple[str, int]:
        auth = self.project.auth
        local = step.auth == "local_jwt" and auth.keys == "asymmetric"
        if not local:
            cpu = mean_ns(auth.user_cpu) + auth.user_statements * mean_ns(auth.statement)
            busy = mean_ns(auth.statement) / self.project.postgres.speed + mean_ns(auth.round_trip)
            held = auth.user_statements * busy
            self.demand.add(Demand(queries=1, auth=1, cpu_ns=cpu, auth_pool_ns=held))
        rejects = step.rejects
        if rejects is None:
            rejects = auth.local_rejects if local else auth.get_user_rejects
        turned_away = any(self.person.attributes.get(attribute, False) for attribute in rejects)
        return ("failed", 401) if turned_away else ("ok", 200)

    def _query(self, name: str, step: StepPart) -> tuple[str, int]:
        """One query: cost of its statements, time of its connection; a conflict or a bad column rolls it back."""
        query = _Query(self, mean_ns(self.project.postgrest.cpu), inside_rpc=isinstance(step, Rpc))
        outcome, status = query.run({name: step} if not isinstance(step, Rpc) else dict(step.statements), step)
        rest, postgres = self.project.postgrest, self.project.postgres
        held = query.cpu_ns / postgres.speed + rest.round_trips * mean_ns(rest.round_trip)
        if query.wrote and status < 400:
            held += mean_ns(postgres.commit)
        self.demand.add(Demand(queries=1, cpu_ns=query.cpu_ns, pool_ns=held))
        return outcome, status

    def _holds(self, condition: Condition) -> bool:
        match condition:
            case Is(subject, value) if subject.startswith(PERSON_PREFIX):
                return self.person.attributes.get(subject.removeprefix(PERSON_PREFIX), False) == (value == "true")
            case Is(subject, value):
                return _is(*self.outcomes.get(subject, ("skipped", 0)), value)
            case All(inners):
                return all(self._holds(inner) for inner in inners)
            case AnyOf(inners):
                return any(self._holds(inner) for inner in inners)
        return not self._holds(condition.condition)


def _is(outcome: str, status: int, value: str) -> bool:
    if value.isdigit():
        return status == int(value)
    if value in {"ok", "failed"}:
        return status >= 400 if value == "failed" else 0 < status < 400
    return outcome == value


def _merges(statement: Upsert) -> bool:
    return statement.on_conflict == "update"


def _reaction(step: StepPart, status: int) -> Reaction | None:
    return next((step.errors[key] for key in (str(status), f"{status // 100}xx", "any") if key in step.errors), None)


def _goes_on(reaction: Reaction | None) -> bool:
    if reaction is None:
        return False
    return reaction.continue_ or (reaction.retry is not None and reaction.retry.then == "continue")


class _Query:
    """Statements of one transaction, on means."""

    def __init__(self, walker: _Walker, cpu_ns: float, *, inside_rpc: bool) -> None:
        self.walker, self.inside_rpc = walker, inside_rpc
        self.design, self.rows = walker.design, walker.person.rows
        self.cpu_ns, self.wrote, self.guarded = cpu_ns, False, True

    def run(self, statements: dict[str, StepPart], step: StepPart) -> tuple[str, int]:
        if self.inside_rpc:
            self.cpu_ns += self._cost("rpc")
        self.guarded = self.walker.endpoint.role != "service" and not (isinstance(step, Rpc) and step.definer)
        written, found = dict(self.rows), "found"
        for name, statement in statements.items():
            if self.inside_rpc and statement.when is not None and not self.walker._holds(statement.when):  # noqa: SLF001
                continue
            outcome, status = self._statement(statement, written)
            if status >= 400:
                return outcome, status
            self.walker.outcomes[name] = (outcome, status)
            found = "missing" if outcome == "missing" else found
        self.rows.update(written)
        last = found if self.inside_rpc else self.walker.outcomes[next(iter(statements))][0]
        created = not self.inside_rpc and isinstance(step, Insert | Upsert)
        return last, 201 if created else 200

    def _statement(self, statement: StepPart, rows: dict[str, bool]) -> tuple[str, int]:
        table = str(getattr(statement, statement.KIND))
        policy = self.design.tables[table].policy
        named = getattr(statement, "cost", None)
        if isinstance(statement, Select):
            return self._select(statement)
        columns = (*self.design.tables[table].key, *getattr(statement, "columns", ()))
        if not set(columns) <= set(self.design.tables[table].columns):
            self.cpu_ns += self._cost("select_error") if self.inside_rpc else 0.0
            return "failed", 400
        there = rows.get(table)
        changes = isinstance(statement, Update) or (isinstance(statement, Upsert) and there and _merges(statement))
        law = policy.update if changes and policy.update is not None else policy.write
        self.cpu_ns += mean_ns(law) if self.guarded else 0.0
        match statement:
            case Insert() if there:
                self.cpu_ns += self._cost("insert_conflict")
                return "conflict", 409
            case Upsert() if there and statement.on_conflict == "ignore":
                self.cpu_ns += self._cost(named or "upsert_ignore")
                return "ok", 200
            case Insert() | Upsert():
                self.cpu_ns += self._cost(named or statement.KIND)
            case _ if there is False:
                self.cpu_ns += self._cost("update_missing")
                return "missing", 200
            case _:
                self.cpu_ns += self._cost(named or statement.KIND)
        self.wrote = True
        if table in rows and not isinstance(statement, Update):
            rows[table] = isinstance(statement, Insert | Upsert)
        return ("ok" if isinstance(statement, Insert | Upsert) else "found"), 200

    def _select(self, statement: Select) -> tuple[str, int]:
        table = self.design.tables[statement.select]
        if not set(statement.columns) <= set(table.columns):
            self.cpu_ns += self._cost("select_error")
            return "failed", 400
        by_key = statement.by == "key"
        self.cpu_ns += self._cost(statement.cost or ("select" if by_key else "scan"))
        self.cpu_ns += mean_ns(table.policy.read) if self.guarded else 0.0
        rows = 1 if by_key else statement.rows
        if self.guarded and not by_key and not table.policy.index:
            rows = max(rows, table.rows)
        self.cpu_ns += 0.0 if by_key else rows * self._cost("scan_row")
        if self.guarded:
            self.cpu_ns += (1 if table.policy.initplan else rows) * mean_ns(table.policy.per_row)
        missing = by_key and self.rows.get(statement.select) is False
        return ("missing" if missing else "found"), 200

    def _cost(self, kind: str) -> float:
        costs = self.design.platform.project.postgres.costs
        law = (costs.get(f"{kind}_inner") if self.inside_rpc and kind != "rpc" else None) or costs.get(kind)
        return 0.0 if law is None else mean_ns(law)
