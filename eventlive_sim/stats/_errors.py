"""Errors of the statistics, and the checks of arguments that raise them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from eventlive_sim.errors import EventLiveError

Vector = npt.NDArray[np.float64]


class StatisticsError(EventLiveError, ValueError):
    """Something that was asked of a sample cannot be answered from it."""


def share(name: str, value: float) -> None:
    """Refuse a value outside the open interval 0..1."""
    if not 0 < value < 1:
        message = f"{name} is {value!r}; give a number between 0 and 1, such as 0.95"
        raise StatisticsError(message)


def positive(name: str, value: float) -> None:
    """Refuse a value that is not a finite number above 0."""
    if not (value > 0 and math.isfinite(value)):
        message = f"{name} is {value!r}; give a finite number above 0"
        raise StatisticsError(message)


def replications(values: npt.ArrayLike, least: int) -> Vector:
    """Values of replications as a vector, of which there must be enough, all finite."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or vector.size < least:
        message = f"values have shape {vector.shape}; give one value a replication, at least {least}"
        raise StatisticsError(message)
    if not np.isfinite(vector).all():
        where = int(np.flatnonzero(~np.isfinite(vector))[0])
        message = (
            f"the value of replication {where} is {vector[where]}; leave out no replication, say what it counts as"
        )
        raise StatisticsError(message)
    return vector
