"""What the statements of one query ask of the cores: their kind, the policy of their table, the rows they look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlive_sim.errors import ModelError
from eventlive_sim.model.steps import Select, StepPart
from eventlive_sim.model.values import ZERO, Distribution
from eventlive_sim.program.assembler import Label
from eventlive_sim.program.lower.conditions import CONFLICT, FAILED
from eventlive_sim.program.lower.context import Handler
from eventlive_sim.program.lower.laws import add_to, put
from eventlive_sim.program.primitives import Cmp, Fn

WRAPPER = "rpc"
_INNER = "_inner"

_Cause = tuple[int, int, str]
NO_COLUMN: _Cause = (400, FAILED, "42703")
NOT_CACHED: _Cause = (400, FAILED, "PGRST204")
DUPLICATE: _Cause = (409, CONFLICT, "23505")
NOT_ALLOWED: _Cause = (403, FAILED, "42501")
"""Why a statement fails: HTTP status, outcome, SQLSTATE."""


@dataclass(frozen=True)
class Transaction:
    """What the statements of one query share while their rows are written."""

    handler: Handler
    step: str
    inside_rpc: bool
    definer: bool
    demand: int
    outcome: int
    status: int
    failures: dict[_Cause, Label] = field(default_factory=dict)
    earlier: list[tuple[str, StepPart]] = field(default_factory=list)

    def failing(self, cause: _Cause) -> Label:
        """Where a statement goes that fails for a cause: all is rolled back there."""
        return self.failures.setdefault(cause, Label(cause[2]))


def charge(work: Transaction, name: str, kind: str) -> None:
    """Rows that add the cost of a kind of statement."""
    costs = work.handler.low.design.platform.project.postgres.costs
    law = costs.get(kind + _INNER) if work.inside_rpc and kind != WRAPPER else None
    _add(work, name, law or _cost(costs, kind), kind)


def _cost(costs: dict[str, Distribution], kind: str) -> Distribution:
    if costs and kind not in costs:
        raise ModelError(
            f"platform.project.postgres.costs has no entry {kind!r}",
            f"add one, or name one of: {', '.join(sorted(costs))}",
            rule="unknown-cost",
        )
    return costs.get(kind, ZERO)


def is_guarded(work: Transaction) -> bool:
    """Whether policies hold for who asks: neither the service role nor a function that runs as its owner."""
    return work.handler.endpoint.role != "service" and not work.definer


def charge_policy(work: Transaction, name: str, table: str, what: str) -> None:
    """Rows that add what a policy costs once a query: `read`, `write` or `update`."""
    if not is_guarded(work):
        return
    policy = work.handler.low.design.tables[table].policy
    if what != "update":
        _add(work, name, getattr(policy, what), what)
    elif policy.update is not None:
        _add(work, name, policy.update, what)


def own_update(work: Transaction, table: str) -> bool:
    """Whether a write to a row that is there has a policy of its own."""
    return is_guarded(work) and work.handler.low.design.tables[table].policy.update is not None


def unless_allowed(work: Transaction, table: str, hidden: Label | None = None) -> None:
    """Rows for a caller who lacks the row of another table that the policy asks for.

    A read finds nothing, and goes to `hidden`; a write fails (42501). A row that the same transaction has just written
    counts.
    """
    asm, low = work.handler.asm, work.handler.low
    required = low.design.tables[table].policy.requires
    if required is None or not is_guarded(work):
        return
    rows, allowed = low.rows[required], asm.label("allowed")
    asm.test(asm.shared(rows.present, rows.key), Cmp.NE, asm.const(0), allowed)
    for name, statement in work.earlier:
        if not isinstance(statement, Select) and getattr(statement, statement.KIND) == required:
            asm.test(asm.call(f"writes {name}"), Cmp.NE, asm.const(0), allowed)
    asm.jump(work.failing(NOT_ALLOWED) if hidden is None else hidden)
    asm.place(allowed)


def charge_rows(work: Transaction, name: str, statement: Select) -> None:
    """Rows that add the cost of each row read: their sum has the mean of one times their number."""
    asm, handler = work.handler.asm, work.handler
    design, policy = handler.low.design, handler.low.design.tables[statement.select].policy
    if statement.by == "key" and (policy.per_row.is_zero or not is_guarded(work)):
        return
    looked_at = _rows_looked_at(work, statement)
    laws = []
    if statement.by == "scan":
        laws.append((_cost(design.platform.project.postgres.costs, "scan_row"), looked_at))
    if is_guarded(work):
        laws.append((policy.per_row, asm.const(1) if policy.initplan else looked_at))
    for number, (law, rows) in enumerate(laws, start=statement.by == "key"):
        if law.is_zero or rows == asm.const(0):
            continue
        with asm.temp() as cost:
            stream = handler.stream(name, f"row{number}")
            asm.set(cost, Fn.MUL, put(asm, cost, law, stream, occurrence=handler.occurrence), rows)
            asm.set(work.demand, Fn.ADD, work.demand, cost)


def _rows_looked_at(work: Transaction, statement: Select) -> int:
    """Operand of the rows that a read looks at: one by key, else those that it asks for.

    They are all of the table where it reads the whole of it, and where no index serves the policy that holds for it.
    """
    asm, low = work.handler.asm, work.handler.low
    if statement.by == "key":
        return asm.const(1)
    if statement.reads == "table" or (is_guarded(work) and not low.design.tables[statement.select].policy.index):
        return asm.shared(low.deployed.sizes[statement.select])
    return asm.const(statement.rows)


def _add(work: Transaction, name: str, law: Distribution, what: str) -> None:
    handler = work.handler
    add_to(handler.asm, work.demand, law, handler.stream(name, what), occurrence=handler.occurrence)
