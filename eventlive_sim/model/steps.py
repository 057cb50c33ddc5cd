"""The closed set of kinds of steps that an endpoint's handler takes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, GetPydanticSchema, Tag
from pydantic_core import core_schema

from eventlive_sim.model.base import Part
from eventlive_sim.model.conditions import When
from eventlive_sim.model.protections import CountStore
from eventlive_sim.model.values import Duration, Law, Name


class Retry(Part):
    """Try again."""

    times: int = Field(ge=1, le=100)
    """Most tries after the first."""
    delays: tuple[Law, ...] = Field(min_length=1, strict=False)
    """Wait before each try after the first; the last one holds for all further ones."""
    then: Literal["fail", "continue"] = "fail"
    """What follows when the last try failed too: the call ends, or the error is ignored."""


class Reaction(Part):
    """What the handler does about an error: exactly one of the three."""

    continue_: bool = Field(default=False, alias="continue")
    """Go on as if nothing had happened."""
    answer: int | None = Field(default=None, ge=100, le=599)
    """End the call with this status."""
    retry: Retry | None = None
    """Try the step again."""


def _parse_errors(value: Any) -> dict[str, Reaction]:
    if value == "ignored":
        return {"any": Reaction.model_validate({"continue": True})}
    if not isinstance(value, dict) or not value:
        message = f"{value!r}: write errors: ignored, or a map such as {{409: continue, any: {{answer: 503}}}}"
        raise ValueError(message)
    return {_status_key(str(key)): _reaction(item) for key, item in value.items()}


def _status_key(key: str) -> str:
    if key == "any" or (len(key) == 3 and key[0] in "12345" and (key[1:].isdigit() or key[1:] == "xx")):
        return key
    message = f"{key!r} is no status; write a status (409), a class (4xx) or any"
    raise ValueError(message)


def _reaction(item: Any) -> Reaction:
    if item == "continue":
        return Reaction.model_validate({"continue": True})
    if isinstance(item, Reaction):
        return item
    if not isinstance(item, dict) or len(item) != 1 or next(iter(item)) not in {"answer", "retry"}:
        message = f"{item!r} is no reaction; write continue, {{answer: 503}} or {{retry: {{times: 3, delays: [1s]}}}}"
        raise ValueError(message)
    return Reaction.model_validate(item)


def _written_errors(errors: dict[str, Reaction]) -> Any:
    return {
        key: "continue"
        if reaction.continue_
        else reaction.model_dump(mode="json", by_alias=True, exclude={"continue_"}, exclude_none=True)
        for key, reaction in errors.items()
    }


Errors = Annotated[
    dict[str, Reaction],
    GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            _parse_errors, serialization=core_schema.plain_serializer_function_ser_schema(_written_errors)
        ),
        lambda _core, _handler: {
            "anyOf": [{"const": "ignored"}, {"type": "object"}],
            "examples": ["ignored", {"409": "continue", "any": {"answer": 503}}],
        },
    ),
]
"""What is done about statuses of 400 and more; what is not named ends the call as unhandled."""


class StepPart(Part):
    """What every step may say."""

    KIND: ClassVar[str]

    when: When | None = None
    """Taken only if this holds; otherwise the step is skipped."""
    errors: Errors = Field(default_factory=dict)
    """What is done about its errors."""


class Select(StepPart):
    """Read rows of a table through PostgREST."""

    KIND = "select"
    select: Name
    """Table."""
    by: Literal["key", "scan"] = "key"
    """Whether the row is found by its key, or `rows` rows are read."""
    columns: tuple[Name, ...] = Field(default=(), strict=False)
    """Columns asked for; one that the schema lacks answers 400 (42703)."""
    rows: int = Field(default=1, ge=0)
    """Rows read by a scan, or brought back by it."""
    reads: Literal["rows", "table"] = "rows"
    """Whether a scan reads so many `rows`, or all that the table holds by then; arithmetic reckons with `rows`."""
    cost: Name | None = None
    """Name of its entry in the table of costs, in place of the usual one."""


class Insert(StepPart):
    """Write a new row; a row with the key answers 409 (23505)."""

    KIND = "insert"
    insert: Name
    columns: tuple[Name, ...] = Field(default=(), strict=False)
    """Columns written besides the key; one that the schema lacks answers 400 (PGRST204, in a function 42703)."""
    cost: Name | None = None
    """Name of its entry in the table of costs, in place of the usual one."""


class Upsert(StepPart):
    """Write a row whether or not it is there (ON CONFLICT)."""

    KIND = "upsert"
    upsert: Name
    columns: tuple[Name, ...] = Field(default=(), strict=False)
    """Columns written besides the key; one that the schema lacks answers 400 (PGRST204, in a function 42703)."""
    on_conflict: Literal["update", "ignore"] = "update"
    """Merge duplicates (DO UPDATE) or ignore them (DO NOTHING)."""
    cost: Name | None = None
    """Name of its entry in the table of costs, in place of the usual one."""


class Update(StepPart):
    """Change the row with the key; missing when there is none."""

    KIND = "update"
    update: Name
    columns: tuple[Name, ...] = Field(default=(), strict=False)
    """Columns written besides the key; one that the schema lacks answers 400 (PGRST204, in a function 42703)."""
    cost: Name | None = None
    """Name of its entry in the table of costs, in place of the usual one."""


class Delete(StepPart):
    """Remove the row with the key; missing when there was none."""

    KIND = "delete"
    delete: Name
    cost: Name | None = None
    """Name of its entry in the table of costs, in place of the usual one."""


class Rpc(StepPart):
    """Call a database function: its statements in one transaction, one query."""

    KIND = "rpc"
    rpc: Name
    """Name of the function."""
    definer: bool = False
    """Whether it runs as its owner (security definer): policies of its tables are not checked."""
    statements: dict[Name, Statement] = Field(min_length=1)
    """What it does, in order. A failing statement rolls all back. Missing if one of its reads or updates finds no row."""


class AuthCheck(StepPart):
    """Find out who is calling."""

    KIND = "auth"
    auth: Literal["get_user", "local_jwt"]
    """Ask the Auth service, or check the token's signature here (asymmetric keys only; otherwise it asks)."""
    rejects: tuple[Name, ...] | None = Field(default=None, strict=False)
    """Attributes of a person that this check answers 401 for; by default what the platform says."""


class Visit(StepPart):
    """Wait in line at a station and be served there."""

    KIND = "visit"
    visit: Name
    """A FIFO station of the design."""
    service: Law
    """Service time."""
    crowding: Duration | None = None
    """Added to the service time for each one in service as it begins, itself included: a server that slows in a crowd."""
    patience: Law | None = None
    """Longest wait; over it: 504. Without it: for ever. A full queue answers 503."""


class Work(StepPart):
    """Do a demand on a processor-sharing station."""

    KIND = "work"
    work: Name
    """A sharing station of the design."""
    demand: Law
    """Demand: time of one core at speed 1."""


class Use(StepPart):
    """Hold a server of a station while taking other steps."""

    KIND = "use"
    use: Name
    """A FIFO station of the design."""
    steps: dict[Name, Step] = Field(min_length=1)
    """What is done while it is held."""
    patience: Law | None = None
    """Longest wait; over it: 504. Without it: for ever. A full queue answers 503."""


class Delay(StepPart):
    """Let time pass; nothing is shared."""

    KIND = "delay"
    delay: Law


class Limit(StepPart):
    """Take a token of a bucket, or be counted by a limiter; or be refused with 429."""

    KIND = "limit"
    limit: Name
    """A bucket or limiter station of the design."""
    store: CountStore | None = None
    """Where it counts, if that may be slow; at the edge, and in the memory of what answers, it is not."""
    retry_after: Duration | None = None
    """What the refusal asks its client to wait (Retry-After)."""


class Challenge(StepPart):
    """Have the browser prove itself, or be refused with 403; who has done so is let through for some time."""

    KIND = "challenge"
    challenge: Name
    """The attribute of those who can: share of people, and of bots, who solve it."""
    takes: Law = Field(default="0s", validate_default=True)
    """How long that takes a browser, there and back."""
    clearance: Duration = Field(default="1h", gt=0, validate_default=True)
    """How long it is then let through; of a person, in all their tabs."""


class Parallel(StepPart):
    """Take steps at the same time."""

    KIND = "parallel"
    parallel: dict[Name, Step] = Field(min_length=1)
    join: Literal["all", "settled", "first"] = "all"
    """Go on when all have ended well or one has failed; when all have ended; when the first has ended."""


class Cache(StepPart):
    """Answer from memory while it is fresh; otherwise take the steps and remember."""

    KIND = "cache"
    cache: Name
    """Name of the cache."""
    ttl: Duration
    """How long what was loaded stays fresh, from the end of loading."""
    per: Literal["world", "person", "instance"] = "world"
    """Who shares an entry: everybody, one person, or one function instance."""
    single_flight: bool = True
    """Whether those who come while it is loaded wait for it instead of loading too."""
    steps: dict[Name, Step] = Field(min_length=1)
    """How it is loaded."""


class Answer(StepPart):
    """End the call with a status."""

    KIND = "answer"
    answer: int = Field(ge=100, le=599)
    retry_after: Duration | None = None
    """What the answer asks its client to wait (Retry-After)."""


STEP_KINDS: dict[str, type[StepPart]] = {
    part.KIND: part
    for part in (
        *(Select, Insert, Upsert, Update, Delete, Rpc, AuthCheck),
        *(Visit, Work, Use, Delay, Limit, Challenge, Parallel, Cache, Answer),
    )
}
TABLE_KINDS = ("select", "insert", "upsert", "update", "delete")


def kind_of(value: Any) -> str | None:
    """Kind of a step as written or as parsed; None when it has no kind or more than one."""
    if isinstance(value, StepPart):
        return value.KIND
    if not isinstance(value, dict):
        return None
    kinds = [key for key in value if key in STEP_KINDS]
    return kinds[0] if len(kinds) == 1 else None


Statement = Annotated[
    Annotated[Select, Tag("select")]
    | Annotated[Insert, Tag("insert")]
    | Annotated[Upsert, Tag("upsert")]
    | Annotated[Update, Tag("update")]
    | Annotated[Delete, Tag("delete")],
    Discriminator(kind_of),
]
"""One statement of a database function."""

Step = Annotated[
    Annotated[Select, Tag("select")]
    | Annotated[Insert, Tag("insert")]
    | Annotated[Upsert, Tag("upsert")]
    | Annotated[Update, Tag("update")]
    | Annotated[Delete, Tag("delete")]
    | Annotated[Rpc, Tag("rpc")]
    | Annotated[AuthCheck, Tag("auth")]
    | Annotated[Visit, Tag("visit")]
    | Annotated[Work, Tag("work")]
    | Annotated[Use, Tag("use")]
    | Annotated[Delay, Tag("delay")]
    | Annotated[Limit, Tag("limit")]
    | Annotated[Challenge, Tag("challenge")]
    | Annotated[Parallel, Tag("parallel")]
    | Annotated[Cache, Tag("cache")]
    | Annotated[Answer, Tag("answer")],
    Discriminator(kind_of),
]
"""One action that a handler takes: exactly one key of the closed set of kinds."""

Guard = Annotated[
    Annotated[Limit, Tag("limit")] | Annotated[Challenge, Tag("challenge")] | Annotated[Answer, Tag("answer")],
    Discriminator(kind_of),
]
"""What the edge can do before a call reaches its function."""

for _part in (Rpc, Use, Parallel, Cache):
    _part.model_rebuild()


def inner_steps(step: StepPart) -> dict[str, StepPart]:
    """Steps that a step contains, by name."""
    match step:
        case Use() | Cache():
            return dict(step.steps)
        case Parallel():
            return dict(step.parallel)
        case Rpc():
            return dict(step.statements)
        case _:
            return {}
