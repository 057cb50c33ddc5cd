"""Budgets as k6 writes thresholds: ``p(95)<500`` on ``call_duration{endpoint:ping}``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from eventlive_sim.errors import EventLiveError
from eventlive_sim.units import duration_ns, milliseconds

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
"""Comparison by its text; the longer ones first, so that ``<=`` is not read as ``<``."""
AGGREGATES = ("count", "rate", "share", "value", "avg", "min", "med", "max")
"""Names of the aggregates, besides ``p(N)``."""
TEXT_MAX = 200
"""Longest text that is read [characters]."""

_QUANTILE_OF = {"min": 0.0, "med": 0.5, "max": 1.0}
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_THRESHOLD = re.compile(
    rf"\s*(?P<aggregate>[a-z]+)\s*(?:\(\s*(?P<percent>{_NUMBER})\s*\))?"
    rf"\s*(?P<operator>{'|'.join(map(re.escape, OPERATORS))})\s*(?P<limit>[^<>=!\s](?:[^<>=!]*[^<>=!\s])?)\s*"
)
_SELECTOR = re.compile(r"\s*(?P<metric>[A-Za-z_][A-Za-z0-9_]*)\s*(?:\{(?P<tags>[^{}]*)\})?\s*")
_TAG = re.compile(r"\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*:\s*(?P<value>[^\s:{},](?:[^:{},]*[^\s:{},])?)\s*")


class ThresholdError(EventLiveError, ValueError):
    """A threshold, or the name of the metric that it is for, cannot be read."""


@dataclass(frozen=True)
class Threshold:
    """A limit on an aggregate of a metric."""

    aggregate: str
    """One of count, rate, share, value, avg, min, med, max, p."""
    quantile: float | None
    """Quantile that the aggregate is, in 0..1 (min 0, med 0.5, max 1); None for count, rate, share, value and avg."""
    operator: str
    """One of ``<``, ``<=``, ``>``, ``>=``, ``==``, ``!=``."""
    limit: float
    """The limit [the metric's unit; ms if it is a duration]."""
    is_duration: bool
    """Whether the limit was written with a unit of time; such a threshold fits only a metric of durations."""
    text: str
    """As it was written."""

    def holds(self, value: float) -> bool:
        """Whether a value keeps to the limit. What is not a number keeps to none: no data never passes."""
        return not math.isnan(value) and OPERATORS[self.operator](value, self.limit)

    def __str__(self) -> str:
        return self.text


class Selector(NamedTuple):
    """A metric and the tags that its samples must have."""

    metric: str
    """Name of the metric."""
    tags: dict[str, str]
    """Value by tag, in the order in which they were written; empty selects all samples."""


def parse_threshold(text: str) -> Threshold:
    """Threshold of its text.

    Parameters
    ----------
    text : str
        Aggregate, comparison, limit: ``p(95)<500``, ``p(99.9) <= 1.5s``, ``max<=2``, ``count==0``, ``rate<0.01``. A
        limit with a unit of time is converted to milliseconds; without one it is in the metric's own unit,
        which for durations is ms.

    Returns
    -------
    Threshold
        What was written, read.

    Raises
    ------
    ThresholdError
        If it cannot be read. The message names the text, what was expected, and an example.

    References
    ----------
    .. [1] Grafana k6 documentation, Thresholds.

    Examples
    --------
    >>> late = parse_threshold("p(95)<1.5s")
    >>> late.quantile, late.operator, late.limit
    (0.95, '<', 1500.0)
    >>> late.holds(1499.0), late.holds(1500.0)
    (True, False)
    """
    match = _THRESHOLD.fullmatch(_short(text))
    if match is None:
        raise _unreadable(text, "an aggregate, a comparison and a limit")
    aggregate, percent = match["aggregate"], match["percent"]
    quantile = _quantile(text, aggregate, percent)
    limit, is_duration = _limit(text, match["limit"])
    return Threshold(aggregate, quantile, match["operator"], limit, is_duration, text.strip())


def parse_selector(text: str) -> Selector:
    """Metric and tags of a budget's key.

    Parameters
    ----------
    text : str
        A metric's name, and tags in braces if only some of its samples count:
        ``call_duration{endpoint:ping,window:join}``.

    Returns
    -------
    Selector
        The name, and the value of each tag.

    Raises
    ------
    ThresholdError
        If it cannot be read, a tag has no value, or a tag stands twice.

    Examples
    --------
    >>> parse_selector("call_duration{endpoint:ping,window:join}")
    Selector(metric='call_duration', tags={'endpoint': 'ping', 'window': 'join'})
    """
    match = _SELECTOR.fullmatch(_short(text))
    if match is None:
        raise _no_selector(text, "a metric's name, then tags in braces or nothing")
    tags: dict[str, str] = {}
    for part in match["tags"].split(",") if match["tags"] is not None else ():
        tag = _TAG.fullmatch(part)
        if tag is None:
            raise _no_selector(text, f"a tag and its value in place of {part.strip()!r}")
        if tag["name"] in tags:
            raise _no_selector(text, f"each tag once, and {tag['name']!r} stands twice")
        tags[tag["name"]] = tag["value"]
    return Selector(match["metric"], tags)


def _quantile(text: str, aggregate: str, percent: str | None) -> float | None:
    """Quantile that an aggregate stands for, or none; refuse what is no aggregate."""
    if aggregate == "p" and percent is not None:
        if not 0 <= float(percent) <= 100:
            raise _unreadable(text, "a percentile from 0 to 100")
        return float(percent) / 100
    if aggregate not in AGGREGATES or percent is not None:
        raise _unreadable(text, f"one of {', '.join(AGGREGATES)}, p(N) as the aggregate")
    return _QUANTILE_OF.get(aggregate)


def _limit(text: str, written: str) -> tuple[float, bool]:
    """Limit as a number, and whether it was a duration [ms]."""
    if re.fullmatch(_NUMBER, written):
        number = float(written)
        if not math.isfinite(number):
            raise _unreadable(text, "a finite limit")
        return number, False
    try:
        return milliseconds(duration_ns(written)), True
    except ValueError as error:
        raise _unreadable(text, "a number, or a duration with its unit, as the limit") from error


def _short(text: str) -> str:
    if len(text) > TEXT_MAX:
        message = f"{text[:40]!r}... has {len(text)} characters; write at most {TEXT_MAX}"
        raise ThresholdError(message)
    return text


def _unreadable(text: str, expected: str) -> ThresholdError:
    return ThresholdError(f"{text!r} is not a threshold; expected {expected}, such as p(95)<500ms or count==0")


def _no_selector(text: str, expected: str) -> ThresholdError:
    return ThresholdError(f"{text!r} names no metric; expected {expected}, such as call_duration{{window:join}}")
