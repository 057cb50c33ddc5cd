"""What clients do about failures: retries, back-off with jitter, budgets of retries, circuit breakers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetPydanticSchema, model_validator
from pydantic_core import core_schema

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration, Law

_WORDS = ("any", "timeout")


def answer_key(value: Any) -> str:
    """Text of what a call can come to: a status, a class of them, ``timeout``, or ``any`` failure.

    Raises
    ------
    ValueError
        If it is nothing that a call can come to.
    """
    key = str(value)
    is_status = len(key) == 3 and key[0] in "12345" and (key[1:].isdigit() or key[1:] == "xx")
    if key in _WORDS or is_status:
        return key
    message = f"{value!r} is nothing that a call comes to; write a status (503), a class (5xx), timeout or any"
    raise ValueError(message)


def _parse_answers(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        message = f"{value!r} lists no answers; write a list such as [503, 5xx, timeout]"
        raise ValueError(message)
    return tuple(answer_key(item) for item in value)


def _written(keys: tuple[str, ...]) -> list[str | int]:
    return [int(key) if key.isdigit() else key for key in keys]


Answers = Annotated[
    tuple[str, ...],
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            _parse_answers, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        ),
        lambda _core, _handler: {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "examples": [[503, "5xx", "timeout"]],
        },
    ),
]
"""What calls come to: statuses, classes such as ``5xx``, ``timeout`` (the client gave up), ``any`` failure."""


class Backoff(Part):
    """Waits that grow from failure to failure."""

    base: Duration = Field(gt=0)
    """The first wait, before jitter."""
    factor: float = Field(default=2.0, ge=1, le=100, strict=False)
    """How many times as long the next one is."""
    cap: Duration = Field(default="1h", gt=0, le=3_600_000_000_000, validate_default=True)
    """Longest wait, before jitter; with decorrelated jitter after it."""
    jitter: Literal["none", "full", "equal", "decorrelated", "around"] = "none"
    """None; evenly from 0 to the wait (full); from half of it (equal); from `base` to three times the wait before
    (decorrelated, without `factor`); evenly between two multiples of it (around)."""
    around: tuple[float, float] = Field(default=(0.5, 1.5), strict=False)
    """With jitter around: the least and the largest multiple of the wait."""
    whole: Duration | None = Field(default=None, gt=0)
    """The wait, after jitter, is cut to whole multiples of this."""

    @model_validator(mode="after")
    def _ends_fit(self) -> Self:
        if self.cap < self.base:
            message = "cap is shorter than base; write the longest wait, such as 30s"
            raise ValueError(message)
        if not 0 <= self.around[0] <= self.around[1] <= 100:
            message = "around takes the least and the largest multiple, from 0 to 100, such as [0.5, 1.5]"
            raise ValueError(message)
        return self


Per = Literal["tab", "person", "world"]


class Budget(Part):
    """Retries take tokens; when there are none left there is no retry."""

    ratio: float = Field(gt=0, le=1, strict=False)
    """Tokens put in each time: 0.1 allows one retry for ten calls."""
    most: float = Field(default=10.0, ge=1, le=1_000_000, strict=False)
    """Most tokens."""
    initially: float | None = Field(default=None, ge=0, strict=False)
    """Tokens at the start; without it as many as there may be."""
    deposit: Literal["success", "call"] = "success"
    """Whether tokens are put in when a call succeeds, or when one begins."""
    per: Per = "tab"
    """Whose tokens they are: of a tab, a person, or all together."""


class Cutoff(Part):
    """No retry while more than a share of what was called so far has failed."""

    failing: float = Field(gt=0, le=1, strict=False)
    """Failed attempts over calls begun."""
    per: Per = "tab"
    """Whose calls are counted: of a tab, a person, or all together."""


class ClientRetry(Part):
    """How a client tries a failed call again."""

    times: Annotated[int, Field(ge=1, le=100)] | Literal["unlimited"]
    """Most tries after the first."""
    delays: tuple[Law, ...] | None = Field(default=None, min_length=1, strict=False)
    """Wait before each try after the first; the last one holds for all further ones. Without it, and without `backoff`,
    there is no wait."""
    backoff: Backoff | None = None
    """Waits that grow, in place of `delays`."""
    on: Answers = Field(default=("503", "timeout"), validate_default=True)
    """What is tried again."""
    retry_after: Literal["ignored", "instead", "at_least"] = "ignored"
    """Whether the wait that an answer asks for (Retry-After) is heeded: in place of the own one, or if it is longer."""
    budget: Budget | None = None
    cutoff: Cutoff | None = None

    @model_validator(mode="after")
    def _one_kind_of_wait(self) -> Self:
        if self.backoff is not None and self.delays is not None:
            message = "delays and backoff are both given; keep one of them"
            raise ValueError(message)
        return self

    @property
    def tries_most(self) -> float:
        """Most tries after the first that one call can take; a budget allows less in the mean."""
        return float("inf") if self.times == "unlimited" else float(self.times)


class Breaker(Part):
    """A circuit breaker, in resilience4j's words; one that keeps calls back ends them at once, without an attempt."""

    sliding_window_calls: int | None = Field(default=None, ge=1, le=100_000)
    """The window is the last so many calls; without either kind of window the last 100."""
    sliding_window_time: Duration | None = Field(default=None, gt=0)
    """The window is the last so much time."""
    minimum_number_of_calls: int = Field(default=100, ge=1, le=100_000)
    """Calls in the window before anything is decided."""
    failure_rate_threshold: float = Field(default=0.5, gt=0, le=1, strict=False)
    """It opens when at least this share of the calls in the window failed."""
    slow_call_duration_threshold: Duration = Field(default="60s", gt=0, validate_default=True)
    """A call is slow when it takes longer than this."""
    slow_call_rate_threshold: float = Field(default=1.0, gt=0, le=1, strict=False)
    """It opens when at least this share of the calls in the window were slow."""
    wait_duration_in_open_state: Law = Field(default="60s", validate_default=True)
    """How long it stays open; then trials are let through."""
    permitted_calls_in_half_open_state: int = Field(default=10, ge=1, le=10_000)
    """Trials; when all are back it opens or closes by the same thresholds."""
    failures: Answers = Field(default=("5xx", "429", "timeout"), validate_default=True)
    """What counts as a failure."""
    keeps_back: Literal["calls", "retries"] = "calls"
    """Whether it keeps back every attempt, or only those after the first."""
    per: Per = "tab"
    """Whose calls it watches: of a tab, a person, or all together."""

    @model_validator(mode="after")
    def _one_window(self) -> Self:
        if self.sliding_window_calls is not None and self.sliding_window_time is not None:
            message = "sliding_window_calls and sliding_window_time are both given; keep one of them"
            raise ValueError(message)
        return self

    @property
    def window_calls(self) -> int | None:
        """Calls of the window; None when it is one of time."""
        if self.sliding_window_time is not None:
            return None
        return 100 if self.sliding_window_calls is None else self.sliding_window_calls

    @property
    def minimum(self) -> int:
        """Calls before anything is decided; never more than the window holds."""
        most = self.window_calls
        return self.minimum_number_of_calls if most is None else min(self.minimum_number_of_calls, most)


Sequel = Literal["go_on", "back_off", "stop"]
"""What a loop does after a call: waits its interval, waits longer and longer, or ends for good."""


def _parse_sequels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        message = f"{value!r} maps no answers; write a map such as {{4xx: stop, 429: back_off}}"
        raise ValueError(message)
    sequels = {answer_key(key): item for key, item in value.items()}
    for item in sequels.values():
        if item not in {"go_on", "back_off", "stop"}:
            message = f"{item!r} is nothing that a loop does; write go_on, back_off or stop"
            raise ValueError(message)
    return sequels


Sequels = Annotated[
    dict[str, Sequel],
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            _parse_sequels, serialization=core_schema.plain_serializer_function_ser_schema(dict)
        ),
        lambda _core, _handler: {
            "type": "object",
            "additionalProperties": {"enum": ["go_on", "back_off", "stop"]},
            "examples": [{"4xx": "stop", "429": "back_off", "any": "back_off"}],
        },
    ),
]
"""What a loop does after a call came to something; a status beats its class, a class beats ``any``."""


def breadth(key: str) -> tuple[int, str]:
    """Order in which answers are looked for: a status or a timeout, then a class, then any."""
    return (2 if key == "any" else 1 if key.endswith("xx") else 0, key)
