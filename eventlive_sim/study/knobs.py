"""Knobs: a path of a design or scenario and the values that it is set to, one after the other."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from eventlive_sim.errors import ModelError
from eventlive_sim.units import duration_ns

_RANGE = re.compile(r"(?P<low>[^.\s]+(?:\.\d+[^.\s]*)?)\.\.(?P<high>[^\s:]+):(?P<steps>\d+)(?P<log>:log)?")
_HINT = "write PATH=2s,5s,10s or PATH=2s..60s:8 (evenly) or PATH=2s..60s:8:log (each step the same factor)"
_STEPS_MOST = 1_000


@dataclass(frozen=True)
class Knob:
    """A path and its levels: values as ``--set`` takes them."""

    path: str
    levels: tuple[str, ...]


def knob(written: str) -> Knob:
    """Knob of its text.

    Raises
    ------
    ModelError
        If it has no path, no values, one of them twice, or a range that cannot be divided.

    Examples
    --------
    >>> knob("a.every=2s..8s:3:log").levels
    ('2s', '4s', '8s')
    >>> knob("a.people=100,200").levels
    ('100', '200')
    """
    path, equals, given = written.partition("=")
    path, given = path.strip(), given.strip()
    if not equals or not path or not given:
        raise ModelError(f"{written!r} says no path and values", _HINT, rule="bad-knob")
    found = _RANGE.fullmatch(given)
    values = _spaced(written, found) if found else tuple(split_values(given))
    if "" in values:
        raise ModelError(f"{written!r} has an empty value", _HINT, rule="bad-knob")
    if len(set(values)) < len(values):
        raise ModelError(f"{written!r} has a value twice", "keep one of them", rule="bad-knob")
    return Knob(path, values)


def split_values(given: str) -> list[str]:
    """Values between commas that stand in no bracket, so that ``uniform(1s, 2s)`` is one."""
    pieces, depth = [""], 0
    for letter in given:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces]


def _spaced(written: str, found: re.Match[str]) -> tuple[str, ...]:
    steps, is_log = int(found["steps"]), found["log"] is not None
    timed = found["low"][-1:].isalpha()
    try:
        low, high = (float(duration_ns(found[end])) if timed else float(found[end]) for end in ("low", "high"))
    except ValueError as error:
        raise ModelError(f"{written!r}: {error}", _HINT, rule="bad-knob") from error
    if not 2 <= steps <= _STEPS_MOST or not math.isfinite(low) or not low < high < math.inf or (is_log and low <= 0):
        problem = f"{written!r} cannot be divided"
        remedy = f"go up from a lower to a higher value in 2 to {_STEPS_MOST} steps; by factors only from above 0"
        raise ModelError(problem, remedy, rule="bad-knob")
    whole = not timed and found["low"].isdigit() and found["high"].isdigit()
    return tuple(
        text_of_value(between(low, high, step / (steps - 1), is_log=is_log), timed=timed, whole=whole)
        for step in range(steps)
    )


def between(low: float, high: float, share: float, *, is_log: bool) -> float:
    """Value at a share of a range, evenly or by factors."""
    return low * (high / low) ** share if is_log else low + share * (high - low)


def text_of_value(value: float, *, timed: bool, whole: bool) -> str:
    """Text of a value as ``--set`` takes it; durations [ns] with their unit."""
    if not timed:
        return str(round(value)) if whole else f"{value:.6g}"
    # To the millisecond where there is one: nobody sets an interval more finely, and it is read by people.
    millis = round(value / 1e6)
    if millis == 0:
        return f"{round(value)}ns"
    return f"{millis // 1000}s" if millis % 1000 == 0 else f"{millis}ms"
