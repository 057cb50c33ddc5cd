"""What a design is deployed on: functions, project, network."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.realtime import Quota, Realtime
from eventlive_sim.model.sessions import Tokens
from eventlive_sim.model.values import Duration, Law, Name


class Functions(Part):
    """The functions that endpoints with ``runs_on: vercel`` run in. One pool of instances."""

    plan: str = "none"
    region: str = ""
    fluid: bool = True
    """Many requests an instance; otherwise one (classic)."""
    concurrency: int = Field(default=256, ge=1, le=100_000)
    """Requests that a fluid instance takes at once."""
    jobs_max: int | None = Field(default=None, ge=1)
    """CPU jobs at which an instance takes no further request."""
    cores: float = Field(default=1.0, gt=0, le=64, strict=False)
    """Cores of an instance."""
    speed: float = Field(default=1.0, gt=0, le=100, strict=False)
    """Speed of a core."""
    memory_gb: float = Field(default=2.0, gt=0, strict=False)
    instances_min: int = Field(default=0, ge=0)
    """Warm from the start and never retired."""
    instances_max: int = Field(default=30_000, ge=1, le=1_000_000)
    """Ceiling; beyond it 503."""
    start_burst: int = Field(default=1_000, ge=1)
    """Instances that may start at once."""
    start_every: Duration = Field(default="10ms", gt=0, validate_default=True)
    """Time until one more may start."""
    cold_start: Law = Field(default="0s", validate_default=True)
    """Start-up time of an instance."""
    idle: Duration | None = None
    """An instance idle this long goes; without it never."""
    max_duration: Duration = Field(default="300s", gt=0, validate_default=True)
    """Longest time of an invocation; over it 504."""
    addresses: int = Field(default=1, ge=1, le=100_000)
    """Addresses from which instances call out, one after the other; limits by address count them together."""


class Postgrest(Part):
    """The REST service in front of the database."""

    pool: int = Field(default=10, ge=1, le=10_000)
    """Database connections."""
    acquisition_timeout: Duration = Field(default="10s", validate_default=True)
    """Longest wait for a connection; over it 504 (PGRST003)."""
    cpu: Law = Field(default="0s", validate_default=True)
    """Own CPU demand of a request, on the project's cores."""
    round_trips: int = Field(default=4, ge=1)
    """Statements of a request: begin, set_config, query, commit."""
    round_trip: Law = Field(default="0s", validate_default=True)
    """Time of one round trip to the database, beside the work."""


class Postgres(Part):
    """The database."""

    cores: float = Field(default=2.0, ge=0.001, le=1024, strict=False)
    speed: float = Field(default=1.0, gt=0, le=100, strict=False)
    """Speed of a core against the one that the costs were measured on."""
    efficiency: dict[str, float] = Field(default_factory=dict)
    """Speed of all by number of active jobs, such as {1: 1.0, 64: 0.67}; linear between, flat beyond."""
    commit: Law = Field(default="0s", validate_default=True)
    """Time until a write is on disk."""
    costs: dict[Name, Law] = Field(default_factory=dict)
    """CPU demand of a PostgREST transaction by kind: select, select_error, scan, scan_row, insert, insert_conflict, \
upsert, upsert_ignore, update, update_missing, delete, rpc (the wrapper), and any that steps name."""
    statement_timeout: dict[Literal["anon", "authenticated", "service"], Duration] = Field(default_factory=dict)
    """Longest time of a statement by role; over it 500 (57014)."""


class Auth(Part):
    """The Auth service."""

    pool: int = Field(default=10, ge=1, le=10_000)
    """Database connections."""
    deadline: Duration = Field(default="10s", gt=0, validate_default=True)
    """Longest time of a request; over it 504."""
    keys: Literal["symmetric", "asymmetric"] = "symmetric"
    """Signing keys; a local check needs asymmetric ones."""
    user_cpu: Law = Field(default="0s", validate_default=True)
    """Own CPU demand of GET /user."""
    user_statements: int = Field(default=5, ge=1)
    statement: Law = Field(default="0s", validate_default=True)
    """CPU demand of one of its statements in the database."""
    round_trip: Law = Field(default="0s", validate_default=True)
    """Time of one round trip to the database, beside the work."""
    verify: Law = Field(default="0s", validate_default=True)
    """CPU demand of a local check, in the function or the REST service."""
    jwks_ttl: Duration = Field(default="10m", gt=0, validate_default=True)
    """How long an instance keeps the public keys."""
    get_user_rejects: tuple[Name, ...] = Field(default=(), strict=False)
    """Attributes of a person for which GET /user answers 401."""
    local_rejects: tuple[Name, ...] = Field(default=(), strict=False)
    """Attributes for which a local check answers 401; revoked sessions are not among them until they expire."""
    tokens: Tokens = Tokens()
    """How sessions are refreshed."""


class Project(Part):
    """The Supabase project."""

    plan: str = "none"
    compute: str = "none"
    region: str = ""
    spend_cap: bool = True
    postgrest: Postgrest = Postgrest()
    postgres: Postgres = Postgres()
    auth: Auth = Auth()
    realtime: Realtime = Realtime()

    @property
    def quota(self) -> Quota:
        """Limits of Realtime on this plan; none without a plan, or where no plan has any."""
        quotas, uncapped = self.realtime.quotas, f"{self.plan}_uncapped"
        if not quotas or self.plan == "none":
            return Quota()
        return quotas[uncapped if not self.spend_cap and uncapped in quotas else self.plan]

    @model_validator(mode="after")
    def _plan_has_a_quota(self) -> Self:
        quotas = self.realtime.quotas
        if quotas and self.plan not in {*quotas, "none"}:
            known = ", ".join(name for name in quotas if not name.endswith("_uncapped"))
            message = f"plan: realtime.quotas has no plan {self.plan!r}; write one of {known}"
            raise ValueError(message)
        return self


class Path(Part):
    """One-way delays between the parts."""

    client_function: Law = Field(default="0s", validate_default=True)
    """Browser to function (through the edge)."""
    client_project: Law = Field(default="0s", validate_default=True)
    """Browser to project."""
    function_project: Law = Field(default="0s", validate_default=True)
    """Function to project."""


class Network(Path):
    """One-way delays between the parts: the same everywhere, or by the regions that are chosen."""

    paths: dict[str, dict[str, Path]] = Field(default_factory=dict)
    """By region of the project, then of the functions; where there are any, they decide."""


class Platform(Part):
    """Where everything runs."""

    functions: Functions = Functions()
    project: Project = Project()
    network: Network = Network()

    @model_validator(mode="after")
    def _regions_have_a_path(self) -> Self:
        paths = self.network.paths
        if paths and self.project.region not in paths:
            message = (
                f"project.region: network.paths has no region {self.project.region!r}; "
                f"write one of {', '.join(sorted(paths))}"
            )
            raise ValueError(message)
        if paths and self.functions.region not in paths[self.project.region]:
            known = ", ".join(sorted(paths[self.project.region]))
            message = f"functions.region: network.paths has no region {self.functions.region!r}; write one of {known}"
            raise ValueError(message)
        return self

    @property
    def path(self) -> Path:
        """Delays between the regions that are chosen."""
        paths = self.network.paths
        return paths[self.project.region][self.functions.region] if paths else self.network
