"""What platforms charge: plans, what they include, and what is billed beyond; read from the file of presets."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.errors import ModelError
from eventlive_sim.model.base import Part
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.files import Files
from eventlive_sim.model.nodes import Node, mapping, plain
from eventlive_sim.model.sourced import Sourced, unwrap

PRICES = "prices.yaml"
"""File of prices, among the presets of platforms."""


class PlanPrice(Part):
    """A plan: what its month costs, and what becomes of usage beyond what it includes."""

    month: float = Field(ge=0, strict=False)
    credit: float = Field(default=0.0, ge=0, strict=False)
    """What a month includes in dollars: of compute (projects), of usage (functions)."""
    beyond: Literal["billed", "refused"]
    capped: Literal["billed", "refused"] | None = None
    """The same while the spend cap is on, where the plan has one."""
    sizes: tuple[str, ...] = Field(default=(), strict=False)
    """Compute sizes that it has; all without any."""
    then: str = ""
    """What being refused looks like."""
    source: str


class ItemPrice(Part):
    """What is counted: its price a package, and how much a plan's month includes."""

    unit: str
    package: float = Field(default=1.0, gt=0, strict=False)
    """Units that the price is of."""
    whole: bool = False
    """Whether a package that is begun is charged whole."""
    price: float | None = Field(default=None, ge=0, strict=False)
    """The same everywhere; or else by region."""
    prices: dict[str, float] = Field(default_factory=dict)
    """By region."""
    included: dict[str, float] = Field(default_factory=dict)
    """Units a month, by plan."""
    source: str

    @model_validator(mode="after")
    def _has_a_price(self) -> Self:
        if (self.price is None) == (not self.prices):
            message = "an item has one price or prices by region; give it one of them"
            raise ValueError(message)
        return self

    def price_in(self, region: str) -> float | None:
        """Price of a package in a region; None where none is known."""
        return self.prices.get(region) if self.prices else self.price


class PresetPaths(Part):
    """Where the presets lie that a project's plans and sizes are made of."""

    plans: str
    sizes: str


class ProjectPrices(Part):
    """Of projects: plans of an organisation, compute by size and hour, items."""

    presets: PresetPaths
    plans: dict[str, PlanPrice]
    compute: dict[str, float]
    """By size, an hour."""
    items: dict[str, ItemPrice]


class FunctionPrices(Part):
    """Of functions."""

    plans: dict[str, PlanPrice]
    items: dict[str, ItemPrice]


class Sizes(Part):
    """Bytes of what the simulation counts without measuring it."""

    query: float = Field(ge=0, strict=False)
    auth: float = Field(ge=0, strict=False)
    message: float = Field(ge=0, strict=False)
    response: float = Field(ge=0, strict=False)


class Prices(Part):
    """All prices."""

    hours_month: float = Field(gt=0, strict=False)
    project: ProjectPrices
    functions: FunctionPrices
    bytes: Sizes


@lru_cache(maxsize=8)
def read_prices(root: Path | None = None) -> tuple[Prices, tuple[Sourced, ...]]:
    """Prices, and the numbers among them that say for themselves where they come from.

    Parameters
    ----------
    root : Path, optional
        Folder that holds ``models``; by default the models that come with the program.

    Raises
    ------
    ModelError, ModelErrors
        If the file is not there, or not as it must be.
    """
    files = Files(root)
    tree, sourced = unwrap(files.load(files.models / "platforms" / PRICES).node)
    return validated(Prices, tree), tuple(sourced)


def variants(kind: Literal["plans", "sizes"], root: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Plans or compute sizes that there are presets of: their names, and the values that set a design to them.

    Raises
    ------
    ModelError
        If the prices name presets that are not there.
    """
    prices, _ = read_prices(root)
    text = getattr(prices.project.presets, kind)
    stem, *keys = text.split("/")
    files = Files(root)
    node = files.load(files.models / "platforms" / f"{stem}.yaml").node
    for key in keys:
        deeper = node.child(key)
        if deeper is None:
            raise ModelError(
                f"there are no presets {text!r}", f"mend project.presets of {PRICES}", rule="unknown-preset"
            )
        node = deeper
    named = mapping(unwrap(node)[0], f"the presets {text!r}")
    return {name: tuple(_sets("platform.project", child)) for name, child in named.items()}


def _sets(path: str, node: Node) -> list[str]:
    """Values of a tree as texts that set them."""
    if isinstance(node.value, dict):
        return [text for key, child in node.value.items() for text in _sets(f"{path}.{key}", child)]
    value = plain(node)
    return [f"{path}={str(value).lower() if isinstance(value, bool) else value}"]
