"""A lowered program: what both engines run, as numpy tables with a hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.program.primitives import MeterWindow, StationKind

Int64Array = NDArray[np.int64]


@dataclass(frozen=True)
class StationSpec:
    """A station, fully explicit.

    Attributes
    ----------
    name : str
        Name in listings and metrics.
    kind : StationKind
        What it is.
    keys : int
        Number of separate queues, buckets or meters (1: not keyed).
    servers : int
        FIFO and LOCK: servers a key. Keys share nothing.
    queue_limit : int
        FIFO and LOCK: most that wait a key; -1 no bound.
    cores : int
        SHARING and ELASTIC (per instance): cores in thousandths. A job uses at most one core.
    efficiency : tuple of int
        SHARING: millionths by number of active jobs, index n-1; the last holds beyond. Empty: 1,000,000 always.
    speed : int
        SHARING and ELASTIC: millionths of a reference core.
    interval_ns, burst : int
        BUCKET: time between tokens [ns] and size; full at time 0.
    window : MeterWindow
        METER: kind of window, with ``length_ns``, ``ticks`` and ``size``.
    instances_min, instances_max, concurrency, jobs_max : int
        ELASTIC: instances warm from the start and never retired, the ceiling, requests an instance, and CPU jobs at
        which an instance takes no more (-1: no such bound).
    start_interval_ns, start_burst : int
        ELASTIC: token bucket of instance starts; interval 0: unlimited.
    cold_table, cold_stream : int
        ELASTIC: quantile table and stream of the start-up time, addressed by the entering task.
    idle_ns : int
        ELASTIC: an instance idle this long retires (-1: never).
    recorded : bool
        Whether station figures are recorded (locks with many keys record one total).
    """

    name: str
    kind: StationKind
    keys: int = 1
    servers: int = 1
    queue_limit: int = -1
    cores: int = 1000
    efficiency: tuple[int, ...] = ()
    speed: int = 1_000_000
    interval_ns: int = 0
    burst: int = 1
    window: MeterWindow = MeterWindow.SLIDING
    length_ns: int = 0
    ticks: int = 1
    size: int = 0
    instances_min: int = 0
    instances_max: int = 1
    concurrency: int = 1
    jobs_max: int = -1
    start_interval_ns: int = 0
    start_burst: int = 0
    cold_table: int = -1
    cold_stream: int = 0
    idle_ns: int = -1
    recorded: bool = True


@dataclass(frozen=True)
class SharedRegister:
    """A register outside any task: table rows, channels, webinars, the world; dense in its key."""

    name: str
    keys: int = 1
    initial: int = 0


@dataclass(frozen=True)
class SignalSpec:
    """A signal and the number of its keys."""

    name: str
    keys: int = 1


@dataclass(frozen=True)
class SeriesSpec:
    """What a ``count`` row records.

    ``trend`` series keep a histogram and exact count, sum, min and max per window; counters keep number and sum of
    values per (tag, time bin). ``tag`` names the dynamic tag (``status``) or is empty; its values lie in -8..1015.
    ``unit`` is ``ns`` or ``1``.
    """

    metric: str
    tags: tuple[tuple[str, str], ...]
    trend: bool = False
    tag: str = ""
    unit: str = "1"


@dataclass(frozen=True)
class Population:
    """People (or world entities) that exist from time 0: ``count`` persons, each one task at ``entry``.

    Person ids are consecutive over populations in order. World populations come before all people at one instant, in
    order of their ids; people in the order of a seeded permutation. ``tabs`` is the most tabs a person has.
    """

    name: str
    count: int
    entry: int
    tabs: int = 1
    world: bool = False


@dataclass(frozen=True)
class Window:
    """A named interval of simulated time, [start, end)."""

    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Program:
    """A program, ready for an engine.

    Attributes
    ----------
    code : int64 array, shape (rows, WIDTH)
        Op number and fields, ``NONE`` where a field is absent.
    constants : int64 array
        Constant pool.
    tables : tuple of int64 arrays
        Quantile tables, see ``program.quantiles``.
    labels : tuple of str
        For each row, the place in the design that it came from, for listings; not part of the hash.
    entries : dict
        Named rows (``endpoint ping``, ``client participant``), for listings; not part of the hash.
    names : dict
        For each entry, names of registers by operand, for listings; not part of the hash.
    """

    code: Int64Array
    constants: Int64Array
    tables: tuple[Int64Array, ...]
    stations: tuple[StationSpec, ...]
    shared: tuple[SharedRegister, ...]
    signals: tuple[SignalSpec, ...]
    series: tuple[SeriesSpec, ...]
    populations: tuple[Population, ...]
    windows: tuple[Window, ...]
    horizon_ns: int
    bin_ns: int
    tab_slots: int = 0
    person_slots: int = 0
    labels: tuple[str, ...] = ()
    entries: dict[str, tuple[int, int]] = field(default_factory=dict)
    names: dict[str, dict[int, str]] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """Number of persons of all populations, world entities included."""
        return sum(population.count for population in self.populations)

    @property
    def tabs_max(self) -> int:
        """Most tabs that any person has; tab ids are person x tabs_max + tab."""
        return max((population.tabs for population in self.populations), default=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides behaviour, as hex."""
        hasher = hashlib.sha256()
        for array in (self.code, self.constants, *self.tables):
            hasher.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
            hasher.update(b"|")
        rest = [self.stations, self.shared, self.signals, self.series, self.populations, self.windows]
        sizes = [self.horizon_ns, self.bin_ns, self.tab_slots, self.person_slots]
        hasher.update(json.dumps([rest, sizes], sort_keys=True, default=vars).encode())
        return hasher.hexdigest()
