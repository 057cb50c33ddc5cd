"""A ticket, as written: options, each with its parameters and its edits of a design."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Name

TicketId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=40)]
OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=40)]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(:[A-Za-z0-9][A-Za-z0-9_-]*)?$")]
"""A ticket, or one option of it: ``ID`` or ``ID:OPTION``."""
PathText = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Leaf = str | int | float | bool

KINDS = ("replace", "add", "remove", "set")
"""What an edit can do."""


class Parameter(Part):
    """A value that whoever names the option may choose."""

    type: Literal["duration", "number", "integer", "flag", "text"]
    default: Leaf
    """What holds when nothing is said."""
    min: Leaf | None = None
    """Least value, of durations and numbers."""
    max: Leaf | None = None
    """Largest value, of durations and numbers."""
    choices: tuple[str, ...] = Field(default=(), strict=False)
    """Of a text: the values it may have."""
    title: str = ""


class Edit(Part):
    """One change of a named part: exactly one of replace, add, remove, set."""

    replace: PathText | None = None
    """Path of a part that is there; its place in the order stays."""
    add: PathText | None = None
    """Path of a part that is not there yet."""
    remove: PathText | None = None
    """Path of a part that is there."""
    set: PathText | None = None
    """Path of a leaf, or of an optional field."""
    with_: Any = Field(default=None, alias="with")
    """The new part, of replace and add."""
    to: Any = None
    """The new value, of set."""
    after: str | None = None
    """Of add: the neighbour that it follows."""
    before: str | None = None
    """Of add: the neighbour that it precedes."""
    first: bool = False
    """Of add: before all neighbours."""
    last: bool = False
    """Of add: after all neighbours, as when nothing is said."""
    note: str = ""
    """Why, for people."""

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def path(self) -> str:
        """Path of the part that it changes."""
        return str(getattr(self, self.kind))

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            message = f"an edit has {len(kinds)} of {', '.join(KINDS)}; give it exactly one"
            raise ValueError(message)
        needed = {"replace": {"with_"}, "add": {"with_"}, "set": {"to"}, "remove": set()}[kinds[0]]
        given = self.model_fields_set & {"with_", "to"}
        if given != needed:
            wants = {"with_": "with", "to": "to"}
            message = (
                f"{kinds[0]} takes {' and '.join(wants[key] for key in needed) or 'nothing beside it'}; write that"
            )
            raise ValueError(message)
        positions = [self.after is not None, self.before is not None, self.first, self.last]
        if sum(positions) > (1 if kinds[0] == "add" else 0):
            message = "a position (after, before, first, last) belongs to add, once; remove the others"
            raise ValueError(message)
        return self


class Price(Part):
    """What an option costs."""

    dollars: float = Field(ge=0, le=1_000_000, strict=False)
    per: Literal["hour", "event", "month"]
    source: str = Field(min_length=1)
    """Where the price comes from."""


class Option(Part):
    """One way to do what a ticket asks for."""

    title: str = ""
    description: str = ""
    requires: tuple[Reference, ...] = Field(default=(), strict=False)
    """Tickets, or options of them, without which it makes no sense."""
    excludes: tuple[Reference, ...] = Field(default=(), strict=False)
    """Tickets, or options of them, that it cannot stand beside."""
    with_others: bool = False
    """Whether it may stand beside other options of its own ticket."""
    supersedes: tuple[PathText, ...] = Field(default=(), strict=False)
    """Parts that it removes or replaces: edits of others to them, or below, are dropped and reported."""
    delay: Duration | None = None
    """Of a lever, which may be pulled on the evening itself: how long it takes until it acts."""
    price: Price | None = None
    """Of a lever: what it costs; without it nothing."""
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    edits: tuple[Edit, ...] = Field(default=(), strict=False)
    """Changes, in order."""


class Ticket(Part):
    """Named replacement of whole named parts of a design, with options."""

    format: Literal[1]
    ticket: TicketId
    """Its id, which is also the name of its file."""
    title: str = ""
    description: str = ""
    order: int
    """Where it stands in the one order in which tickets are applied; the id decides between equals."""
    default: OptionName | None = None
    """Option that is meant when none is named."""
    options: dict[OptionName, Option] = Field(min_length=1)

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        if self.default is not None and self.default not in self.options:
            message = f"the default {self.default!r} is no option; write one of {', '.join(self.options)}"
            raise ValueError(message)
        return self
