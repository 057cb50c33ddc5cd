"""What all lowerings share: the assembler, the stations of the platform, registers of rows and persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design, Endpoint, Table, walk_steps
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.steps import Cache
from eventlive_sim.model.values import Distribution
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.lower.addresses import limiter
from eventlive_sim.program.lower.deployed import Deployed
from eventlive_sim.program.lower.disturbances import Loads
from eventlive_sim.program.lower.faults import FaultParts, fault_parts
from eventlive_sim.program.lower.laws import constant_of, table_of_law
from eventlive_sim.program.lower.monitor import DegradeParts, degrade_parts
from eventlive_sim.program.lower.quotas import shares_of
from eventlive_sim.program.lower.realtime.parts import RealtimeParts, parts_of
from eventlive_sim.program.lower.sessions.parts import SessionParts, parts_of_sessions
from eventlive_sim.program.lower.tenancy import Housing, Site, most_tabs
from eventlive_sim.program.primitives import Self, StationKind
from eventlive_sim.program.program import Int64Array, StationSpec
from eventlive_sim.program.scoped import ScopedAssembler

_NAMED = ("status", "outcome", "wrote", "instance", "started", "call status", "in call")
"""Task registers that several lowerings use by name; named first, so that none was another's temporary before."""

FUNCTIONS = "functions"
DB_CPU = "db_cpu"
REST_POOL = "rest_pool"
AUTH_POOL = "auth_pool"


@dataclass(frozen=True)
class Rows:
    """Registers of a table with a key: whether each row is there, and the lock of each key."""

    present: int
    lock: int
    key: int


@dataclass(frozen=True)
class Memory:
    """Registers of a cache: fresh until, loaded at, loading; and the signal that loading is over."""

    fresh_until: int
    loaded_at: int
    loading: int
    loaded: int


@dataclass
class Lowering:
    """A design on its way to a program."""

    design: Design
    scenario: Scenario
    asm: ScopedAssembler = field(default_factory=ScopedAssembler)
    site: Site = field(default_factory=Site)
    handlers: dict[str, Label] = field(default_factory=dict)
    stations: dict[str, int] = field(default_factory=dict)
    specs: dict[str, StationSpec] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)
    faults: tuple[FaultParts, ...] = ()
    realtime: RealtimeParts | None = None
    sessions: SessionParts | None = None
    degrade: DegradeParts | None = None
    logins: str | None = None
    """Name of the tab register that tells a second login's tab; None when the scenario has no such login."""

    def __post_init__(self) -> None:
        self._check_names()
        asm, attendance = self.asm, self.scenario.clients
        # Ids of people count on over webinars: what is kept by person has room for those who came before.
        self.people = (
            asm.people_so_far + sum(group.people for group in attendance.values()) + len(self.scenario.sources)
        )
        self.people += len(self.design.jobs)
        clients = [self.design.clients[name] for name in attendance]
        self.tabs_max = max(most_tabs(self.design, self.scenario), self.site.tabs_least)
        if any(group.again is not None for group in attendance.values()):
            self.logins = "login"
        self.person = asm.task("person")
        self.tab = asm.task("tab")
        self.answer = asm.task("answer")
        for register in _NAMED:
            asm.task(register)
        self.attributes = {name: asm.person(name) for name in self._attribute_names()}
        if any(endpoint.runs_on == "vercel" for endpoint in self.design.endpoints.values()):
            self._function_station()
        held = {channel for client in clients for channel in client.held}
        if held or any(endpoint.runs_on != "nothing" for endpoint in self.design.endpoints.values()):
            self._project_stations()
        self.sessions = parts_of_sessions(asm, self.design, self.scenario, self.people, self.people * self.tabs_max)
        self.faults = fault_parts(asm, self.scenario.faults)
        self.loads = Loads(asm, self.scenario)
        self.deployed = Deployed.of(asm, self.design, self.scenario, self.people)
        if held or any(client.visibility is not None for client in clients):
            self.realtime = parts_of(
                asm, self.design, held, (self.people, self.people * self.tabs_max), self.site.project
            )
        self._design_stations()
        self.degrade = degrade_parts(asm, self.design.degrade, self.people * self.tabs_max)
        self.jwks = self.site.project.once(asm, "jwks", lambda: asm.register("jwks_until", keys=self.instances))
        for name, table in self.design.tables.items():
            if table.row != "event":
                self.rows[name] = self._rows(name, table)
        for endpoint in self.design.endpoints.values():
            for _, _, step in walk_steps(dict(endpoint.steps)):
                if isinstance(step, Cache) and step.cache not in self.memories:
                    self.memories[step.cache] = self._memory(step)
        for name in self.design.endpoints:
            self.handlers[name] = asm.label(name)
        self.shares = shares_of(asm, self)
        self.site.project.residents.append(self)

    def speed_of(self, service: str) -> int:
        """Usual speed of the cores of a service, in millionths."""
        platform = self.design.platform
        return _millionths(platform.functions.speed if service == "functions" else platform.project.postgres.speed)

    def _check_names(self) -> None:
        for name, attendance in self.scenario.clients.items():
            if name not in self.design.clients:
                raise _unknown(f"clients.{name}", "the design has no such client", self.design.clients)
            for attribute in attendance.attributes:
                if attribute not in self.design.clients[name].attributes:
                    where = f"clients.{name}.attributes.{attribute}"
                    raise _unknown(where, "the client has no such attribute", self.design.clients[name].attributes)
        for name, source in self.scenario.sources.items():
            if source.call not in self.design.endpoints:
                raise _unknown(f"sources.{name}.call", f"no endpoint {source.call!r}", self.design.endpoints)

    def _attribute_names(self) -> list[str]:
        return sorted({name for client in self.design.clients.values() for name in client.attributes})

    @property
    def instances(self) -> int:
        """Most function instances that can ever be up at once."""
        return self.design.platform.functions.instances_max

    def _function_station(self) -> None:
        functions, asm = self.design.platform.functions, self.asm
        cold = constant_of(functions.cold_start)
        table = -1 if cold == 0 else asm.table(_table_of(functions.cold_start))
        self._add(
            StationSpec(
                FUNCTIONS,
                StationKind.ELASTIC,
                cores=_thousandths(functions.cores),
                speed=_millionths(functions.speed),
                instances_min=functions.instances_min,
                instances_max=self.instances,
                concurrency=functions.concurrency if functions.fluid else 1,
                jobs_max=-1 if functions.jobs_max is None else functions.jobs_max,
                start_interval_ns=functions.start_every,
                start_burst=functions.start_burst,
                cold_table=table,
                cold_stream=asm.stream("functions.cold_start"),
                idle_ns=-1 if functions.idle is None else functions.idle,
            )
        )

    def _project_stations(self) -> None:
        project, house = self.design.platform.project, self.site.project
        postgres = project.postgres
        self._add(
            StationSpec(
                DB_CPU,
                StationKind.SHARING,
                cores=_thousandths(postgres.cores),
                speed=_millionths(postgres.speed),
                efficiency=_efficiency(postgres.efficiency),
            ),
            house,
        )
        self._add(StationSpec(REST_POOL, StationKind.FIFO, servers=project.postgrest.pool), house)
        self._add(StationSpec(AUTH_POOL, StationKind.FIFO, servers=project.auth.pool), house)

    def _design_stations(self) -> None:
        for name, station in self.design.stations.items():
            if station.kind == "fifo":
                limit = -1 if station.queue is None else station.queue
                spec = StationSpec(name, StationKind.FIFO, servers=station.servers, queue_limit=limit)
            elif station.kind == "sharing":
                cores, speed = _thousandths(station.cores), _millionths(station.speed)
                spec = StationSpec(name, StationKind.SHARING, cores=cores, speed=speed)
            else:
                spec = limiter(self, name, station)
            self._add(spec, self.site.own if station.per != "world" else None)

    def _add(self, spec: StationSpec, house: Housing | None = None) -> None:
        """Add a station to where it belongs; by default to the deployment."""
        if spec.name in self.stations:
            message = f"stations.{spec.name}: the platform has a station of that name"
            raise ModelError(message, "give it another name", rule="station-name-taken")
        home = house or self.site.deployment
        self.stations[spec.name] = home.once(self.asm, f"station {spec.name}", lambda: self.asm.station(spec))
        self.specs[spec.name] = spec

    def _rows(self, name: str, table: Table) -> Rows:
        keys = {"person": self.people, "tab": self.people * self.tabs_max, "world": 1}[table.row]
        key = {"person": self.person, "tab": self.tab, "world": -1}[table.row]
        present = self.asm.register(f"rows.{name}", keys, initial=int(table.initially == "always"))
        lock = self.asm.station(StationSpec(f"lock.{name}", StationKind.LOCK, keys=keys))
        return Rows(present, lock, key)

    def _memory(self, step: Cache) -> Memory:
        keys = {"world": 1, "person": self.people, "instance": self.instances}[step.per]
        fresh, loaded_at, loading = (
            self.asm.register(f"cache.{step.cache}.{part}", keys) for part in ("fresh_until", "loaded_at", "loading")
        )
        return Memory(fresh, loaded_at, loading, self.asm.new_signal(f"cache.{step.cache}.loaded", keys))


@dataclass(frozen=True)
class Handler:
    """Where in an endpoint's handler rows are being written.

    Attributes
    ----------
    finish : Label
        Where a step goes that ends the call, its status in the register ``answer``.
    occurrence : int, optional
        Operand that tells repeated tries of a step apart in its draws.
    remembered : frozenset of str
        Steps whose outcome a condition reads.
    """

    low: Lowering
    name: str
    endpoint: Endpoint
    finish: Label
    remembered: frozenset[str]
    occurrence: int | None = None

    @property
    def asm(self) -> Assembler:
        """The assembler."""
        return self.low.asm

    @property
    def direct(self) -> bool:
        """Whether the browser calls the project itself."""
        return self.endpoint.runs_on == "supabase"

    def finishing_at(self, finish: Label) -> Handler:
        """Handler whose calls end at another label: that of a branch."""
        return replace(self, finish=finish)

    def trying(self, occurrence: int) -> Handler:
        """Handler within a loop of tries."""
        return replace(self, occurrence=occurrence)

    def stream(self, step: str, what: str) -> str:
        """Name of a stream of draws."""
        return f"{self.name}.{step}.{what}"

    def load_instance(self) -> int:
        """Rows that put the instance's number in a task register; its operand."""
        register = self.asm.task("instance")
        self.asm.copy(register, self.asm.self_(Self.INSTANCE))
        return register


def _unknown(path: str, problem: str, names: Iterable[str]) -> ModelError:
    listed = ", ".join(sorted(names)) or "none"
    return ModelError(f"scenario: {path}: {problem}", f"write one of: {listed}", rule="unknown-name")


def _table_of(law: Distribution) -> Int64Array:
    constant = constant_of(law)
    return table_of_law(law) if constant is None else quantiles.deterministic(constant)


def _thousandths(cores: float) -> int:
    return round(cores * 1_000)


def _millionths(speed: float) -> int:
    return round(speed * 1_000_000)


def _efficiency(points: dict[str, float]) -> tuple[int, ...]:
    """Millionths by number of active jobs, linear between the points, flat beyond the last."""
    if not points:
        return ()
    knots = sorted((int(jobs), value) for jobs, value in points.items())
    values = []
    for jobs in range(1, knots[-1][0] + 1):
        below = max((knot for knot in knots if knot[0] <= jobs), default=knots[0])
        above = min((knot for knot in knots if knot[0] >= jobs), default=knots[-1])
        share = 0.0 if above[0] == below[0] else (jobs - below[0]) / (above[0] - below[0])
        values.append(round((below[1] + share * (above[1] - below[1])) * 1_000_000))
    return tuple(values)
