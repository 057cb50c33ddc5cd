"""What may change while an event goes on: columns of tables, intervals that clients take from outside, sizes of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventlive_sim.errors import ModelError
from eventlive_sim.model.changes import Change, asked_to_time, unknown_names
from eventlive_sim.model.design import Design, Table, walk_steps
from eventlive_sim.model.steps import Select
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.primitives import Cmp, Fn

if TYPE_CHECKING:
    from eventlive_sim.model.scenario import Scenario
    from eventlive_sim.program.lower.context import Lowering


@dataclass(frozen=True)
class Deployed:
    """Registers of what may change; there are none of what nothing changes or nobody asks for.

    Attributes
    ----------
    columns : dict
        By table and column: whether the column is there now.
    intervals : dict
        By client and loop: the interval set from outside [ns], 0 while it is the deployed one.
    sizes : dict
        By table: its rows now.
    timed : frozenset of str
        Endpoints, and steps as ENDPOINT.STEP, whose queries are timed.
    """

    columns: dict[tuple[str, str], int]
    intervals: dict[tuple[str, str], int]
    sizes: dict[str, int]
    timed: frozenset[str]

    @classmethod
    def of(cls, asm: Assembler, design: Design, scenario: Scenario, people: int) -> Deployed:
        """Registers for a design in a scenario.

        Raises
        ------
        ModelError
            If the scenario changes, or times, what the design lacks.
        """
        for problem, remedy in (*unknown_names(design, scenario), *asked_to_time(design, scenario)):
            raise ModelError(problem, remedy, rule="unknown-name")
        columns: dict[tuple[str, str], int] = {}
        intervals: dict[tuple[str, str], int] = {}
        for change in scenario.changes.values():
            if change.column is not None and change.column not in columns:
                table, column = change.column
                there = int(column in design.tables[table].columns)
                columns[change.column] = asm.register(f"column.{table}.{column}", initial=there)
            elif change.loop is not None and change.loop not in intervals:
                intervals[change.loop] = asm.register(f"interval.{'.'.join(change.loop)}")
        sizes = {
            name: asm.register(f"size.{name}", initial=_rows_at_first(design.tables[name], people))
            for name in _sized_tables(design)
        }
        return cls(columns, intervals, sizes, frozenset(scenario.timed))

    def go_if_lacking(self, asm: Assembler, design: Design, table: str, columns: Iterable[str], target: Label) -> bool:
        """Rows that go to `target` while the table lacks one of the columns; whether it lacks another at all times."""
        for column in columns:
            if (table, column) in self.columns:
                asm.test(asm.shared(self.columns[table, column]), Cmp.EQ, asm.const(0), target)
            elif column not in design.tables[table].columns:
                return True
        return False

    def may_lack(self, design: Design, table: str, columns: Iterable[str]) -> bool:
        """Whether the table can ever lack one of the columns."""
        return any((table, column) in self.columns or column not in design.tables[table].columns for column in columns)


def _sized_tables(design: Design) -> Iterator[str]:
    """Tables whose rows somebody's cost depends on, in the order of the design."""
    wanted = {
        step.select
        for endpoint in design.endpoints.values()
        for _, _, step in walk_steps(dict(endpoint.steps))
        if isinstance(step, Select) and step.by == "scan"
        if step.reads == "table" or (endpoint.role != "service" and not design.tables[step.select].policy.index)
    }
    yield from (name for name in design.tables if name in wanted)


def _rows_at_first(table: Table, people: int) -> int:
    """Rows when the event begins; those of people with an attribute come when it is drawn who has it."""
    theirs = {"person": people, "tab": people, "world": 1, "event": 0}[table.row]
    return table.rows + (theirs if table.initially == "always" else 0)


def grow(low: Lowering, table: str, rows: int, fn: Fn = Fn.ADD) -> None:
    """Rows of the program that add to a table's size, or take from it, where anybody's cost depends on that."""
    if table in low.deployed.sizes:
        size = low.asm.shared(low.deployed.sizes[table])
        low.asm.set(size, fn, size, rows)


def lower_deployments(low: Lowering) -> None:
    """Rows and world entity of each change."""
    for name, change in low.scenario.changes.items():
        with low.asm.entry(f"change {name}"):
            low.asm.at(f"changes.{name}")
            entry = _lower_change(low, name, change)
        low.asm.population(f"change {name}", 1, entry, world=True)


def _lower_change(low: Lowering, name: str, change: Change) -> Label:
    asm = low.asm
    entry = asm.here(f"change {name}")
    register, now, before = _what(low, change)
    asm.hold(asm.const(change.at + _delay(low.design, change)))
    asm.copy(asm.shared(register), asm.const(now))
    if change.lasts is not None:
        asm.hold(asm.const(change.lasts))
        asm.copy(asm.shared(register), asm.const(before))
    asm.end()
    return entry


def _what(low: Lowering, change: Change) -> tuple[int, int, int]:
    """Register of a change, its value from then on, and the one that it goes back to."""
    if change.loop is not None:
        return low.deployed.intervals[change.loop], change.to or 0, 0
    table, column = change.column or ("", "")
    there = int(column in low.design.tables[table].columns)
    return low.deployed.columns[table, column], int(change.adds is not None), there


def _delay(design: Design, change: Change) -> int:
    """How long after the change clients know of it, where that does not depend on them."""
    if change.loop is None:
        return 0
    client, loop = change.loop
    remote = design.clients[client].loops[loop].remote
    return 0 if remote is None or remote.delay is None else remote.delay
