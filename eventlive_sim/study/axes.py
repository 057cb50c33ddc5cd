"""Axes of a space of settings: a path, or several that move together, and what it may be set to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from eventlive_sim.errors import ModelError
from eventlive_sim.study.knobs import between, split_values, text_of_value
from eventlive_sim.units import duration_ns

HINT = "write PATH=2s..60s, PATH=1..20, PATH=2s..60s:log or PATH=word,word; PATH+PATH=... sets both"
_RANGE = re.compile(r"(?P<low>[^.\s]+(?:\.\d+[^.\s]*)?)\.\.(?P<high>[^\s:]+)(?P<log>:log)?")


@dataclass(frozen=True)
class Axis:
    """What one knob may be set to: a range of durations or numbers, or one of several values.

    Attributes
    ----------
    paths : tuple of str
        Paths that are set together.
    low, high : float
        Ends of a range [ns for durations].
    timed, whole, log : bool
        Whether the range is of durations, of whole numbers, and is gone through by factors.
    values : tuple of str
        Instead of a range: the values, as ``--set`` takes them.
    """

    paths: tuple[str, ...]
    low: float = 0.0
    high: float = 0.0
    timed: bool = False
    whole: bool = False
    log: bool = False
    values: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its paths as they were written."""
        return "+".join(self.paths)

    def at(self, share: float) -> str:
        """Value at a share of the range, 0 to 1, as ``--set`` takes it.

        Examples
        --------
        >>> axis("a.every=2s..32s:log").at(0.5)
        '8s'
        >>> axis("a.mode=slow,fast").at(0.7)
        'fast'
        """
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        value = between(self.low, self.high, share, is_log=self.log)
        if not self.whole:  # to three digits: nobody sets it more finely, and people read it
            value = min(max(float(f"{value:.3g}"), self.low), self.high)
        return self.text(value)

    def text(self, value: float) -> str:
        """Value [ns for durations] as ``--set`` takes it."""
        return text_of_value(value, timed=self.timed, whole=self.whole)

    def sets(self, value: str) -> list[str]:
        """What ``--set`` is given for a value."""
        return [f"{path}={value}" for path in self.paths]


def axis(written: str) -> Axis:
    """Axis of its text.

    Raises
    ------
    ModelError
        If it has no path, no range or values, or a range that does not go up.
    """
    path, equals, given = written.partition("=")
    paths = tuple(one.strip() for one in path.split("+"))
    if not equals or not all(paths) or not given.strip():
        raise ModelError(f"{written!r} says no path and range", HINT, rule="bad-knob")
    found = _RANGE.fullmatch(given.strip())
    if found is None:
        values = tuple(split_values(given))
        if len(values) < 2 or "" in values or len(set(values)) < len(values):
            raise ModelError(f"{written!r} leaves no choice, or one twice", HINT, rule="bad-knob")
        return Axis(paths, values=values)
    timed, is_log = found["low"][-1:].isalpha(), found["log"] is not None
    try:
        low, high = (float(duration_ns(found[end])) if timed else float(found[end]) for end in ("low", "high"))
    except ValueError as error:
        raise ModelError(f"{written!r}: {error}", HINT, rule="bad-knob") from error
    if not (math.isfinite(low) and low < high < math.inf) or (is_log and low <= 0):
        remedy = "go up from a lower to a higher value; by factors only from above 0"
        raise ModelError(f"{written!r} is no range", remedy, rule="bad-knob")
    whole = not timed and found["low"].isdigit() and found["high"].isdigit()
    return Axis(paths, low, high, timed=timed, whole=whole, log=is_log)


def distinct(axes: Sequence[Axis]) -> None:
    """Refuse a path that stands on two axes.

    Raises
    ------
    ModelError
        If one does.
    """
    paths = [path for one in axes for path in one.paths]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise ModelError(f"{twice} stands on two knobs", "keep one of them", rule="bad-knob")


def hypercube(axes: Sequence[Axis], count: int, seed: int) -> list[tuple[str, ...]]:
    """Settings of a Latin hypercube: of each axis one from each of `count` equal parts (McKay, Beckman and Conover 1979).

    Its distances are evened out by random exchanges (SciPy's ``random-cd``). The same seed gives the same settings.
    """
    sampler = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(seed), optimization="random-cd")
    return [
        tuple(one.at(float(share)) for one, share in zip(axes, point, strict=True)) for point in sampler.random(count)
    ]
