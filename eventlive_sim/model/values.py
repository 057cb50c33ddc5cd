"""Values that people write as text: durations, distributions, names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetPydanticSchema, PlainSerializer, StringConstraints
from pydantic_core import core_schema

from eventlive_sim.units import duration_ns, duration_text

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
"""A name: a letter, then letters, digits and underscores."""


def _duration(value: Any) -> int:
    if not isinstance(value, str):
        message = f"{value!r} has no unit; write a duration as text, such as 250ms or 2s"
        raise ValueError(message)  # noqa: TRY004 - pydantic turns ValueError into a place in the file
    return duration_ns(value)


Duration = Annotated[
    int,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, return_type=str),
    Field(ge=0, json_schema_extra={"type": "string", "examples": ["250ms", "2s", "5m"]}),
]
"""A length of time in files as text with a unit; inside, whole nanoseconds."""

_LAWS: dict[str, tuple[tuple[str, ...], ...]] = {
    "exp": (("mean",),),
    "uniform": (("low", "high"),),
    "lognormal": (("mean", "cv"), ("median", "sigma")),
    "gamma": (("mean", "cv"),),
}
_RATIOS = {"cv", "sigma"}
_LOG_MOST = math.log(2.0**63)
_FAR, _MEANS = 6.25, 22.0
"""How far a table reaches: so many sigmas of a lognormal law, so many means of an exponential one."""
_CALL = re.compile(r"^([a-z]+)\((.*)\)$")


@dataclass(frozen=True)
class Distribution:
    """A law of a duration.

    Attributes
    ----------
    law : str
        ``constant``, ``exp``, ``uniform``, ``lognormal`` or ``gamma``.
    arguments : tuple of (str, float)
        Named arguments; durations in nanoseconds, ``cv`` and ``sigma`` as ratios.
    """

    law: str
    arguments: tuple[tuple[str, float], ...]

    @property
    def is_zero(self) -> bool:
        """Whether it is the constant 0."""
        return self.law == "constant" and self.arguments[0][1] == 0

    def __str__(self) -> str:
        """Text as it is written in files."""
        if self.law == "constant":
            return duration_text(int(self.arguments[0][1]))
        parts = (
            f"{name}={value:g}" if name in _RATIOS else f"{name}={duration_text(int(value))}"
            for name, value in self.arguments
        )
        return f"{self.law}({', '.join(parts)})"


def parse_distribution(value: Any) -> Distribution:
    """Distribution of its text: ``3ms``, ``exp(3ms)``, ``uniform(1ms, 3ms)``, ``lognormal(mean=3ms, cv=0.5)``.

    Raises
    ------
    ValueError
        If the law or its arguments are unknown; the message lists what may be written.
    """
    if isinstance(value, Distribution):
        return value
    if not isinstance(value, str):
        message = f"{value!r} has no unit; write 3ms, exp(3ms), uniform(1ms, 3ms) or lognormal(mean=3ms, cv=0.5)"
        raise ValueError(message)  # noqa: TRY004 - pydantic turns ValueError into a place in the file
    match = _CALL.match(value.strip())
    if match is None:
        return Distribution("constant", (("value", float(duration_ns(value))),))
    law, inside = match.group(1), match.group(2)
    if law not in _LAWS:
        message = f"unknown law {law!r}; write one of {', '.join(_LAWS)}"
        raise ValueError(message)
    given = [part.strip() for part in inside.split(",")]
    named = dict(part.split("=", 1) for part in given if "=" in part)
    for names in _LAWS[law]:
        values = named or dict(zip(names, given, strict=False))
        if set(values) == set(names) and len(given) == len(names):
            arguments = tuple((name, _argument(name, values[name])) for name in names)
            return _checked(Distribution(law, arguments))
    forms = " or ".join(f"{law}({', '.join(names)})" for names in _LAWS[law])
    message = f"{value!r}: write {forms}"
    raise ValueError(message)


def _argument(name: str, text: str) -> float:
    if name not in _RATIOS:
        return float(duration_ns(text))
    ratio = float(text)
    if not 0 < ratio <= 100:
        message = f"{name} is {text}; write a ratio above 0 and at most 100"
        raise ValueError(message)
    return ratio


def _checked(law: Distribution) -> Distribution:
    values = dict(law.arguments)
    if law.law == "uniform" and values["low"] > values["high"]:
        message = "the low end of uniform(low, high) is above the high end; swap them"
        raise ValueError(message)
    if any(value <= 0 for name, value in values.items() if name in {"mean", "median"}):
        message = "a mean or median of 0 leaves nothing to draw; write a duration above 0, or the constant 0s"
        raise ValueError(message)
    if _log_reach(law) >= _LOG_MOST:
        message = "its rarest values are longer than 292 years; write a smaller mean or median, cv or sigma"
        raise ValueError(message)
    return law


def _log_reach(law: Distribution) -> float:
    """Logarithm of a value that not one draw in a thousand million exceeds [ns]: tables hold such tails."""
    values = dict(law.arguments)
    match law.law:
        case "lognormal" if "median" in values:
            return math.log(values["median"]) + _FAR * values["sigma"]
        case "lognormal":
            square = math.log1p(values["cv"] ** 2)
            return math.log(values["mean"]) - square / 2 + _FAR * math.sqrt(square)
        case "exp" | "gamma":
            return math.log(values["mean"]) + math.log(_MEANS * max(1.0, values.get("cv", 1.0) ** 2))
    return 0.0


Law = Annotated[
    Distribution,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            parse_distribution, serialization=core_schema.to_string_ser_schema()
        ),
        lambda _core, _handler: {
            "type": "string",
            "examples": ["3ms", "exp(3ms)", "uniform(1ms, 3ms)", "lognormal(mean=3ms, cv=0.5)"],
        },
    ),
]
"""A distribution of a duration, written as text."""

ZERO = Distribution("constant", (("value", 0.0),))
