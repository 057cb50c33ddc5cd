"""Sessions: what the Auth service does with refresh tokens, and what browsers and functions do with theirs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.conditions import PERSON_PREFIX, When, subjects
from eventlive_sim.model.values import Duration, Law


class Tokens(Part):
    """POST /token of the Auth service: rotation, its statements, its retries on a lock, its limit by address."""

    kind: Literal["v1", "v2"] = "v1"
    """Rows of tokens that know their parent (v1), or a counter in the session's row (v2)."""
    lifetime: Duration = Field(default="1h", gt=0, validate_default=True)
    """How long an access token holds."""
    reuse_interval: Duration = Field(default="10s", validate_default=True)
    """How long a token that was spent may be presented once more."""
    cpu: Law = Field(default="0s", validate_default=True)
    """Own CPU demand of a request, the signature of the new access token included."""
    checks: int = Field(default=6, ge=0)
    """Statements before the transaction, each on a connection of its own."""
    work: int = Field(default=18, ge=1)
    """Statements of the transaction that hands out tokens."""
    contended: int = Field(default=3, ge=0)
    """Statements of a transaction that finds the rows locked."""
    refused: int = Field(default=11, ge=1)
    """Statements of a transaction that finds the token used."""
    lock_pause: Law = Field(default="uniform(10ms, 30ms)", validate_default=True)
    """Wait before the next look at locked rows; no connection is held meanwhile."""
    lock_give_up: Duration = Field(default="5s", validate_default=True)
    """After this long no further look: 409 (conflict)."""
    burst: int = Field(default=0, ge=0)
    """Requests of one address at once; 0 is no limit. Over it 429 (over_request_rate_limit)."""
    every: Duration = Field(default="2s", gt=0, validate_default=True)
    """Time until an address may send one more."""


class SingleFlight(Part):
    """Who joins a refresh that is under way, rather than begin one more."""

    client: bool = True
    """The calls of one tab."""
    tabs: bool = False
    """A person's tabs, by a lock of the browser."""
    server: bool = False
    """The functions that serve a person, through a store: at the same time, and later with the same old cookie."""


class Sessions(Part):
    """The session of a person: where it is kept, who refreshes it when, and what follows a failure."""

    when: When | None = None
    """Which persons have one; only attributes of the person."""
    age: Law = Field(default="0s", validate_default=True)
    """Age of the access token as the person joins; over its lifetime it has expired."""
    storage: Literal["cookie", "local"] = "cookie"
    """Whether the browser's client keeps it in the cookie that functions read, or in a store of its own beside it."""
    tick: Duration = Field(default="30s", gt=0, validate_default=True)
    """Time between two looks at the token, while the tab is looked at."""
    ticks_ahead: int = Field(default=3, ge=0, le=1_000)
    """At a look, a token with at most this many whole ticks left is refreshed."""
    margin: Duration = Field(default="90s", validate_default=True)
    """Before a call, a token with less than this left is refreshed."""
    ssr: float = Field(default=0.0, ge=0, le=1, strict=False)
    """Share of people whose functions read the session from the cookie, and refresh it; others send the access token."""
    written_back: float = Field(default=1.0, ge=0, le=1, strict=False)
    """Share of people whose cookie takes what a function has refreshed."""
    functions_refresh: bool = True
    """Whether functions refresh at all; otherwise they check, and an expired token is answered 401."""
    single_flight: SingleFlight = SingleFlight()
    retry_first: Duration = Field(default="200ms", gt=0, validate_default=True)
    """Wait before the second try of a refresh that met 5xx; each further one is twice as long."""
    retry_within: Duration = Field(default="30s", validate_default=True)
    """No further try that would begin later than this."""
    after_failure: Literal["sign_out", "keep"] = "sign_out"
    """What follows any other failure: the session is removed, or kept while its access token holds."""
    cooldown: Duration = Field(default="0s", validate_default=True)
    """With keep: how long no further refresh is tried."""
    signed_out: Literal["stop", "go_on"] = "stop"
    """What pages do without a session: their loops end, or go on and are answered 401."""

    @model_validator(mode="after")
    def _condition_is_on_the_person(self) -> Self:
        names = set() if self.when is None else subjects(self.when)
        wrong = sorted(name for name in names if not name.startswith(PERSON_PREFIX))
        if wrong:
            message = f"the condition of sessions may name attributes of the person only; write person.{wrong[0]}"
            raise ValueError(message)
        return self
