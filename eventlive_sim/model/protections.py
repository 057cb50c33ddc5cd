"""Protections of public endpoints: addresses that people share, stores of limiters, edge rules, challenges."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Law, Name


class Addresses(Part):
    """Addresses from which a kind of people comes; without it everybody has one of their own."""

    pool: int = Field(ge=1, le=1_000_000)
    """Addresses that they share, each as likely as the others: of a NAT, or of a network of bots."""
    share: float = Field(default=1.0, ge=0, le=1, strict=False)
    """Share of people who come from one of them; the others have their own."""


class CountStore(Part):
    """Where a limiter in a function keeps its counts: a service of its own, which may be slow."""

    station: Name
    """A sharing station of the design; a disturbance of its speed makes it slow."""
    demand: Law
    """Work there of one question."""
    timeout: Law
    """How long the limiter waits for it."""
    fails: Literal["open", "closed"] = "open"
    """What it does then: let the call through without counting it, or refuse it with 503."""
