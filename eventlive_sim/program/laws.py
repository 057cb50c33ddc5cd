"""Distributions as tables need them, from the functions of ``scipy.special``.

``scipy.stats`` has the same ones, and takes a second to import: most of the time of a short command. A test holds each
against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammainccinv, gammaincinv, ndtri


@dataclass(frozen=True)
class Exponential:
    """Exponential distribution of mean 1."""

    def ppf(self, q: Any) -> Any:
        """Quantile function."""
        return -np.log1p(-q)

    def isf(self, q: Any) -> Any:
        """Quantile function of the upper tail."""
        return -np.log(q)

    def mean(self) -> float:
        """Mean."""
        return 1.0

    def support(self) -> tuple[float, float]:
        """Lower and upper end."""
        return 0.0, math.inf


@dataclass(frozen=True)
class Uniform:
    """Uniform distribution between two values."""

    low: float
    width: float

    def ppf(self, q: Any) -> Any:
        """Quantile function."""
        return self.low + self.width * q

    def isf(self, q: Any) -> Any:
        """Quantile function of the upper tail."""
        return self.low + self.width * (1 - q)

    def mean(self) -> float:
        """Mean."""
        return self.low + self.width / 2

    def support(self) -> tuple[float, float]:
        """Lower and upper end."""
        return self.low, self.low + self.width


@dataclass(frozen=True)
class Lognormal:
    """Lognormal distribution of median 1."""

    sigma: float

    def ppf(self, q: Any) -> Any:
        """Quantile function."""
        return np.exp(self.sigma * ndtri(q))

    def isf(self, q: Any) -> Any:
        """Quantile function of the upper tail."""
        return np.exp(-self.sigma * ndtri(q))

    def mean(self) -> float:
        """Mean."""
        return math.exp(self.sigma * self.sigma / 2)

    def support(self) -> tuple[float, float]:
        """Lower and upper end."""
        return 0.0, math.inf


@dataclass(frozen=True)
class Gamma:
    """Gamma distribution of scale 1."""

    shape: float

    def ppf(self, q: Any) -> Any:
        """Quantile function."""
        return gammaincinv(self.shape, q)

    def isf(self, q: Any) -> Any:
        """Quantile function of the upper tail."""
        return gammainccinv(self.shape, q)

    def mean(self) -> float:
        """Mean."""
        return self.shape

    def support(self) -> tuple[float, float]:
        """Lower and upper end."""
        return 0.0, math.inf
