"""Time and its text: durations are written with a unit, kept in whole nanoseconds."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

_NS_OF_UNIT = {
    "ns": 1,
    "us": 1_000,
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3_600 * NS_PER_S,
    "d": 86_400 * NS_PER_S,
}
_TERM = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h|d)")
_LARGEST_NS = 10**18


def duration_ns(text: str) -> int:
    """Nanoseconds of a duration as k6, Go and Prometheus write it.

    Parameters
    ----------
    text : str
        Terms of a number and a unit, largest unit first or not: ``250ms``, ``2s``, ``1h30m``, ``1.5s``.

    Returns
    -------
    int
        The duration [ns], 0 or more, at most 10**18 (31 years).

    Raises
    ------
    ValueError
        If there is no unit, an unknown unit, or anything besides the terms; write for example ``250ms``.

    Examples
    --------
    >>> duration_ns("1m30s")
    90000000000
    >>> duration_ns("1.5ms")
    1500000
    """
    stripped = text.strip()
    if stripped == "0":
        return 0
    total, end = Decimal(0), 0
    for match in _TERM.finditer(stripped):
        if match.start() != end:
            break
        total += _decimal(match.group(1)) * _NS_OF_UNIT[match.group(2).replace("µ", "u")]
        end = match.end()
    if end == 0 or end != len(stripped):
        message = f"{text!r} is not a duration; write a number and a unit (ns, us, ms, s, m, h, d), such as 250ms or 2s"
        raise ValueError(message)
    if total > _LARGEST_NS:
        message = f"{text!r} is longer than 31 years; write a shorter duration"
        raise ValueError(message)
    return round(total)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:  # a number of thousands of digits
        message = f"{text[:40]!r} is not a number"
        raise ValueError(message) from error


def duration_text(ns: int) -> str:
    """Text of a duration in the largest unit that keeps it exact.

    Examples
    --------
    >>> duration_text(90_000_000_000), duration_text(1_500_000), duration_text(0)
    ('90s', '1500us', '0s')
    """
    if ns == 0:
        return "0s"
    for unit in ("h", "m", "s", "ms", "us"):
        if ns % _NS_OF_UNIT[unit] == 0 and not (unit in {"m", "h"} and ns < 2 * _NS_OF_UNIT[unit]):
            return f"{ns // _NS_OF_UNIT[unit]}{unit}"
    return f"{ns}ns"


def seconds(ns: float) -> float:
    """Seconds of a number of nanoseconds."""
    return ns / NS_PER_S


def milliseconds(ns: float) -> float:
    """Milliseconds of a number of nanoseconds."""
    return ns / NS_PER_MS
