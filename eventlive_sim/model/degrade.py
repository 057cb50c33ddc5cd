"""Degrade mode: a monitor looks at signals and sets a level; pages learn of it late, and do less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Law, Name
from eventlive_sim.units import NS_PER_S

if TYPE_CHECKING:
    from eventlive_sim.model.design import Design

LoopPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*$", max_length=121)]
"""A loop of a client: ``CLIENT.LOOP``."""


class Signal(Part):
    """What the monitor reads each time that it looks: a figure of a station, or how many answers went badly."""

    station: Name | None = None
    """A station of the design, or one of the platform: db_cpu, rest_pool, auth_pool, functions."""
    reads: Literal["waiting", "inside", "utilisation"] = "waiting"
    """Of a station: who waits or is inside at that moment, or the share of it that was busy since the last look."""
    answers: tuple[Name, ...] = Field(default=(), strict=False)
    """Endpoints; the signal is the share of their answers that were 5xx, or `slow`, within the window."""
    slow: Duration | None = Field(default=None, gt=0)
    """Of answers: from when on one counts as slow, in the server's time."""
    window: Duration = Field(default="30s", gt=0, validate_default=True)
    """Of answers: how far back."""
    least: int = Field(default=20, ge=1, le=1_000_000)
    """Of answers: with fewer in the window the signal is 0."""

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> Self:
        if (self.station is None) == (not self.answers):
            message = "a signal is of one thing; give it a station, or answers of endpoints"
            raise ValueError(message)
        return self


class Refusal(Part):
    """An answer that takes no work: of a function, before anything else is done."""

    status: int = Field(default=503, ge=400, le=599)
    retry_after: Duration = Field(default="60s", validate_default=True)
    """What it asks the caller to wait."""


class Level(Part):
    """A step of the ladder: when it begins and ends, and what is done less from then on, lower levels' effects included."""

    enter: dict[Name, float] = Field(min_length=1)
    """By signal: from where on it speaks for this level; one is enough."""
    leave: dict[Name, float] = Field(min_length=1)
    """By signal: what it must have come down to; all of them. Below `enter`, so that the level does not flap."""
    for_: Duration = Field(default="10s", alias="for", validate_default=True)
    """How long a signal must have spoken for it."""
    leave_for: Duration = Field(default="60s", validate_default=True)
    """How long all must have been down."""
    slows: dict[LoopPath, float] = Field(default_factory=dict)
    """Loops by CLIENT.LOOP, and how many times as long they then wait between calls."""
    stops: tuple[LoopPath, ...] = Field(default=(), strict=False)
    """Loops that then call no more."""
    refuses: dict[Name, Refusal] = Field(default_factory=dict)
    """Endpoints of functions, and what they then answer."""

    @model_validator(mode="after")
    def _has_room_between(self) -> Self:
        for name, value in self.enter.items():
            if name not in self.leave:
                message = f"leave does not name {name!r}; say down to where it must come before the level ends"
                raise ValueError(message)
            if self.leave[name] >= value:
                message = f"leave of {name!r} is {self.leave[name]:g}, not below enter, {value:g}; the level would flap"
                raise ValueError(message)
        short = [path for path, times in self.slows.items() if not 1 < times <= 1_000]
        if short:
            message = f"slows {short[0]!r} by {self.slows[short[0]]:g}; write how many times as long, above 1 to 1,000"
            raise ValueError(message)
        return self


class Told(Part):
    """How pages learn of the level: late, each in its own time. A page that opens is told with it."""

    poll: Law | None = None
    """Time between two looks of a tab at a flag that lies at the edge, which costs the platform nothing."""
    answers: bool = True
    """Whether the answers of functions carry it."""

    @model_validator(mode="after")
    def _somehow(self) -> Self:
        if self.poll is None and not self.answers:
            message = "nobody would ever be told; write poll: 30s, or answers: true"
            raise ValueError(message)
        return self


class Degrade(Part):
    """The monitor, what it reads, and the levels in their order: the first is the first to begin and the last to end."""

    every: Duration = Field(default="5s", ge=NS_PER_S, validate_default=True)
    """Time between two looks."""
    delay: Law = Field(default="0s", validate_default=True)
    """From its decision until functions and the flag know."""
    told: Told = Told()
    signals: dict[Name, Signal] = Field(min_length=1)
    levels: dict[Name, Level] = Field(min_length=1, max_length=8)
    at_least: Name | None = None
    """Level that is forced: it holds from the beginning, and is not left."""

    @property
    def forced(self) -> int:
        """Number of the forced level; 0 for none."""
        return 0 if self.at_least is None else 1 + list(self.levels).index(self.at_least)

    def stops(self, path: str) -> int | None:
        """Number of the level from which on a loop calls no more."""
        return next((number for number, level in enumerate(self.levels.values(), 1) if path in level.stops), None)

    def slows(self, path: str) -> list[tuple[int, float]]:
        """Numbers of the levels from which on a loop waits longer, and how many times as long; in their order."""
        levels = enumerate(self.levels.values(), 1)
        return [(number, level.slows[path]) for number, level in levels if path in level.slows]

    def refuses(self, endpoint: str) -> list[tuple[int, Refusal]]:
        """Numbers of the levels from which on an endpoint refuses, and with what; in their order."""
        levels = enumerate(self.levels.values(), 1)
        return [(number, level.refuses[endpoint]) for number, level in levels if endpoint in level.refuses]

    def paths(self) -> set[str]:
        """All loops that a level names."""
        return {path for level in self.levels.values() for path in (*level.slows, *level.stops)}


def degrade_problems(design: Design) -> Iterator[str]:
    """Say what degrade mode names that is not there, each with its path, the value and the remedy."""
    mode = design.degrade
    if mode is None:
        return
    if mode.at_least is not None and mode.at_least not in mode.levels:
        yield f"degrade.at_least: no level is called {mode.at_least!r}; {_choice(mode.levels)}"
    for name, signal in mode.signals.items():
        for endpoint in signal.answers:
            if endpoint not in design.endpoints:
                yield f"degrade.signals.{name}.answers: no endpoint is called {endpoint!r}; {_choice(design.endpoints)}"
    loops = {f"{client}.{loop}" for client, part in design.clients.items() for loop in part.loops}
    for name, level in mode.levels.items():
        where = f"degrade.levels.{name}"
        for key in {*level.enter, *level.leave} - {*mode.signals}:
            yield f"{where}: no signal is called {key!r}; {_choice(mode.signals)}"
        for path in sorted({*level.slows, *level.stops} - loops):
            yield f"{where}: no loop is called {path!r}; {_choice(loops)}"
        for endpoint in level.refuses:
            if endpoint not in design.endpoints:
                yield f"{where}.refuses: no endpoint is called {endpoint!r}; {_choice(design.endpoints)}"
            elif design.endpoints[endpoint].runs_on != "vercel":
                yield f"{where}.refuses.{endpoint}: no function stands before it; slow or stop the loops that call it"
    yield from _order_problems(mode)


def _order_problems(mode: Degrade) -> Iterator[str]:
    """A higher level that asks for less than a lower one would undo it."""
    for path in sorted(mode.paths()):
        for (_, less), (number, more) in pairwise(mode.slows(path)):
            if more <= less:
                name = list(mode.levels)[number - 1]
                yield f"degrade.levels.{name}.slows.{path}: a level below has {less:g} already; write more than that"


def _choice(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"write one of {', '.join(listed)}" if listed else "there is none to name"
