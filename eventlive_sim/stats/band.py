"""The test of a simulated mean against an exact value: within 4 standard errors, over at least 20 replications."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy.typing as npt

from eventlive_sim.stats import _errors as check

REPLICATIONS_MIN = 20
"""Fewest replications of a band: below, the standard error itself is too uncertain."""
SIGMAS = 4.0
"""Half-width of the band [standard errors]. With 20 replications a right program leaves it once in 1,300 tests."""


@dataclass(frozen=True)
class Band:
    """A simulated mean beside the value that it should have."""

    expected: float
    """Exact value, in the unit of the replications."""
    mean: float
    """Mean over replications."""
    standard_error: float
    """Standard deviation of the replications over the root of their number."""
    replications: int
    """How many there were."""
    sigmas: float
    """Half-width of the band [standard errors]."""

    @property
    def distance(self) -> float:
        """How far the mean is from the expected value [standard errors], 0 or more; infinite if that error is 0."""
        gap = abs(self.mean - self.expected)
        if self.standard_error > 0:
            return gap / self.standard_error
        return 0.0 if math.isclose(self.mean, self.expected, rel_tol=1e-9) else math.inf

    @property
    def holds(self) -> bool:
        """Whether the expected value lies in the band."""
        return self.distance <= self.sigmas

    def __str__(self) -> str:
        """One line for a report or a failed test."""
        verdict = "within" if self.holds else "outside"
        found = f"{self.mean:.6g} +- {self.standard_error:.2g} of {self.replications} replications"
        return f"{found}, expected {self.expected:.6g}: {self.distance:.2f} standard errors, {verdict} {self.sigmas:g}"


def band(values: npt.ArrayLike, expected: float, sigmas: float = SIGMAS) -> Band:
    """Distance of the mean of replications from an exact value.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        One value a replication, at least `REPLICATIONS_MIN`, of fixed seeds that no other test uses.
    expected : float
        Exact value, in the same unit.
    sigmas : float
        Half-width of the band [standard errors], above 0.

    Returns
    -------
    Band
        `holds` says whether it passes; its text says how far off it is.

    Raises
    ------
    StatisticsError
        If there are too few replications (run more), or a value is not finite.

    Examples
    --------
    >>> print(band([0.9, 1.1] * 10, 1.0))
    1 +- 0.023 of 20 replications, expected 1: 0.00 standard errors, within 4
    """
    check.positive("sigmas", sigmas)
    sample = check.replications(values, REPLICATIONS_MIN)
    if not math.isfinite(expected):
        message = f"expected is {expected!r}; give a finite value"
        raise check.StatisticsError(message)
    error = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    return Band(float(expected), float(sample.mean()), error, sample.size, sigmas)
