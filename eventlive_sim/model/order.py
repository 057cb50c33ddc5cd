"""An order of work, as written: stages of tickets, one after the other, that somebody recommends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.errors import ModelError
from eventlive_sim.model.base import Part
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.files import Files, shown_path
from eventlive_sim.model.nodes import pruned
from eventlive_sim.model.ticket import TicketId

ORDER_FILE = "order.yaml"
"""Name of the file, beside the design."""


class Stage(Part):
    """Tickets that are done together, or in any order among themselves."""

    title: str = ""
    tickets: Annotated[tuple[TicketId, ...], Field(min_length=1, strict=False)]


class Order(Part):
    """Stages of work."""

    format: Literal[1]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Who recommends it."""
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [ticket for stage in self.stages for ticket in stage.tickets]
        twice = sorted({ticket for ticket in named if named.count(ticket) > 1})
        if twice:
            message = f"{', '.join(twice)} stands in two stages; keep one"
            raise ValueError(message)
        return self

    def stage_of(self, ticket: str) -> int:
        """Number of the stage of a ticket; what no stage names comes after all."""
        found = (number for number, stage in enumerate(self.stages) if ticket in stage.tickets)
        return next(found, len(self.stages))

    def ordered(self, tickets: tuple[str, ...]) -> tuple[str, ...]:
        """Tickets stage by stage, within a stage as it lists them; what no stage names comes last, as it came."""
        places = {
            ticket: (number, place)
            for number, stage in enumerate(self.stages)
            for place, ticket in enumerate(stage.tickets)
        }
        last = (len(self.stages), 0)
        return tuple(sorted(tickets, key=lambda ticket: places.get(ticket, last)))


def read_order(file: Path) -> Order:
    """Order of a file.

    Raises
    ------
    ModelError, ModelErrors
        If there is no such file, or it is not as it must be.
    """
    if not file.is_file():
        problem = f"there is no order of work {shown_path(file)}"
        raise ModelError(problem, "write one, or name another with --order", rule="no-order")
    return validated(Order, pruned(Files().load(file).node))
