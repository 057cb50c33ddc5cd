"""A checklist, as written: lines that each say what has to be so, and how a simulation shows whether it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.errors import ModelError
from eventlive_sim.model.base import Part
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.files import Files, shown_path
from eventlive_sim.model.nodes import pruned
from eventlive_sim.model.scenario import Budget
from eventlive_sim.model.values import Name

CHECKLIST_FILE = "checklist.yaml"
"""Name of the file, beside the design."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Written = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A metric with its tags, and an aggregate or threshold where one is asked for."""


class Never(Part):
    """What no call does: once it was answered so, it asks no more; seen in traces, call by call."""

    after: Written
    """The answer, as a metric of queries: ``queries{status:400}``."""
    follows: Literal["query", "write"]
    """What may not follow in that call: any query, or one that writes."""


class Ratio(Part):
    """One metric over another in the same event: two windows, or two endpoints."""

    of: Written
    """The metric above, with its aggregate: ``attempts{endpoint:NAME,window:late}:rate``."""
    over: Written
    """The metric below; where it is 0 there is nothing to compare with, and the claim fails."""
    threshold: Written
    """As k6 writes it, on the value: ``value<=0.5``."""


class Shown(Part):
    """One event in which a line is looked at, and what has to be so there."""

    scenario: Text = Field(alias="in")
    """Name of the scenario."""
    sets: tuple[Text, ...] = Field(default=(), alias="set", strict=False)
    """Values that are set, each as ``path=value``, of the scenario or of the design."""
    why: str = ""
    """What this event is for."""
    budgets: dict[Written, Annotated[tuple[Budget, ...], Field(min_length=1, strict=False)]] = Field(
        default_factory=dict
    )
    """Budgets, as scenarios write them."""
    never: tuple[Never, ...] = Field(default=(), strict=False)
    ratios: tuple[Ratio, ...] = Field(default=(), strict=False)
    calls: tuple[Written, ...] = Field(default=(), strict=False)
    """Which call is printed as an example: the first that asked a query like the first of these, else like the next."""

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if not (self.budgets or self.never or self.ratios or self.calls):
            message = "nothing is asked of this event; write budgets, never, ratios or calls"
            raise ValueError(message)
        return self


class Line(Part):
    """One line: a sentence, and the events in which it is shown or refuted."""

    says: Text
    """The sentence."""
    shown: tuple[Shown, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _can_be_refuted(self) -> Self:
        if not any(one.budgets or one.never or one.ratios for one in self.shown):
            message = "no event of this line can refute it; write budgets, never or ratios"
            raise ValueError(message)
        return self


class Checklist(Part):
    """Lines in the order in which they are told."""

    format: Literal[1]
    title: str = ""
    lines: dict[Name, Line] = Field(min_length=1)


def read_checklist(file: Path) -> Checklist:
    """Checklist of a file.

    Raises
    ------
    ModelError, ModelErrors
        If there is no such file, or it is not as it must be.
    """
    if not file.is_file():
        problem = f"there is no checklist {shown_path(file)}"
        raise ModelError(problem, "write one, or name another with --list", rule="no-checklist")
    return validated(Checklist, pruned(Files().load(file).node))
