"""Changes of what is deployed while the event goes on: a setting, or a column that comes or goes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventlive_sim.model.design import Design
    from eventlive_sim.model.scenario import Scenario

_LOOP, _COLUMN = "clients.NAME.loops.NAME.every", "TABLE.COLUMN"


class Change(Part):
    """From some time on a column is gone or there, or a client's interval is another; exactly one of the three."""

    at: Duration
    """When."""
    lasts: Duration | None = Field(default=None, gt=0)
    """Until it is taken back (a rollback); without it to the end."""
    drops: str | None = None
    """TABLE.COLUMN that the schema lacks from then on."""
    adds: str | None = None
    """TABLE.COLUMN that the schema has from then on."""
    set: str | None = None
    """Path of an interval that clients take from outside: clients.NAME.loops.NAME.every, of a loop with `remote`."""
    to: Duration | None = Field(default=None, gt=0)
    """Of set: the new interval."""

    @model_validator(mode="after")
    def _is_one_change(self) -> Self:
        if sum(part is not None for part in (self.drops, self.adds, self.set)) != 1:
            message = "a change is one of drops, adds and set; write one of them"
            raise ValueError(message)
        if (self.set is None) != (self.to is None):
            message = "set and to belong together; write both, such as to: 60s"
            raise ValueError(message)
        column = self.drops or self.adds
        if column is not None and len(column.split(".")) != 2:
            message = f"{column!r} is no column; write {_COLUMN}"
            raise ValueError(message)
        words = (self.set or _LOOP).split(".")
        if len(words) != 5 or (words[0], words[2], words[4]) != ("clients", "loops", "every"):
            message = f"{self.set!r} is no interval; write {_LOOP}"
            raise ValueError(message)
        return self

    @property
    def column(self) -> tuple[str, str] | None:
        """Table and column that come or go."""
        text = self.drops or self.adds
        if text is None:
            return None
        table, column = text.split(".")
        return table, column

    @property
    def loop(self) -> tuple[str, str] | None:
        """Client and loop whose interval changes."""
        if self.set is None:
            return None
        _, client, _, loop, _ = self.set.split(".")
        return client, loop

    @property
    def end(self) -> int | None:
        """When it is taken back [ns]; None: never."""
        return None if self.lasts is None else self.at + self.lasts


def overlaps(changes: dict[str, Change]) -> Iterator[str]:
    """Changes of one thing at one time, of which nobody could say which holds."""
    parts = sorted((str(part.column or part.loop), part.at, name, part) for name, part in changes.items())
    for (target, _, one, before), (same, later, name, _) in itertools.pairwise(parts):
        if target == same and (before.end is None or later < before.end):
            yield f"changes.{name}: {one} changes the same at that time; let one follow the other"


def unknown_names(design: Design, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What changes name that the design lacks: the problem and the remedy of each."""
    for name, part in scenario.changes.items():
        where = f"scenario: changes.{name}"
        if part.column is not None:
            table, column = part.column
            if table not in design.tables:
                yield f"{where}: no table is called {table!r}", f"write one of: {', '.join(sorted(design.tables))}"
            elif part.drops is not None and column not in design.tables[table].columns:
                columns = ", ".join(design.tables[table].columns)
                yield f"{where}.drops: {table} has no column {column!r}", f"write one of: {columns}"
        if part.loop is not None:
            client, key = part.loop
            loop = design.clients[client].loops.get(key) if client in design.clients else None
            if loop is None:
                yield f"{where}.set: the design has no {part.set!r}", "name a client and a loop that there are"
            elif loop.remote is None:
                yield f"{where}.set: {part.set} is not taken from outside", "give the loop remote: {}, or deploy"


def asked_to_time(design: Design, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What `timed` names that no endpoint is: the problem and the remedy of each."""
    for text in scenario.timed:
        endpoint = text.split(".", maxsplit=1)[0]
        if endpoint not in design.endpoints:
            listed = ", ".join(sorted(design.endpoints))
            yield f"scenario: timed: no endpoint is called {endpoint!r}", f"write one of: {listed}"
