"""Errors of the closed forms, and the checks of arguments that raise them."""

from __future__ import annotations

import math

from eventlive_sim.errors import EventLiveError


class TheoryError(EventLiveError, ValueError):
    """Base of the errors of closed forms: an argument for which the formula says nothing."""


class ArgumentError(TheoryError):
    """An argument outside the range of its formula."""


class UnstableQueue(TheoryError):
    """The queue has no steady state: work arrives at least as fast as it can be served."""


def positive(name: str, value: float) -> None:
    """Refuse a value that is not a finite number above 0."""
    if not (value > 0 and math.isfinite(value)):
        message = f"{name} is {value!r}; give a finite number above 0"
        raise ArgumentError(message)


def not_negative(name: str, value: float) -> None:
    """Refuse a value that is not a finite number of 0 or more."""
    if not (value >= 0 and math.isfinite(value)):
        message = f"{name} is {value!r}; give a finite number of 0 or more"
        raise ArgumentError(message)


def whole(name: str, value: int, least: int) -> None:
    """Refuse a value that is not a whole number of at least `least`."""
    if not math.isfinite(value) or value != math.floor(value):
        message = f"{name} is {value!r}; give a whole number"
        raise ArgumentError(message)
    if value < least:
        message = f"{name} is {value!r}; give at least {least}"
        raise ArgumentError(message)


def quantile(value: float) -> None:
    """Refuse a quantile outside the open interval 0..1."""
    if not 0 < value < 1:
        message = f"quantile is {value!r}; give a number between 0 and 1, such as 0.99 for p99"
        raise ArgumentError(message)


def probability(name: str, value: float) -> None:
    """Refuse a probability outside 0..1."""
    if not 0 <= value <= 1:
        message = f"{name} is {value!r}; give a probability, 0..1"
        raise ArgumentError(message)


def stable(load: float, capacity: float) -> None:
    """Refuse a load that is not below the capacity it is offered to (same unit)."""
    if not load < capacity:
        message = f"load {load:.6g} is not below capacity {capacity:.6g}; add servers, serve faster or shed load"
        raise UnstableQueue(message)
