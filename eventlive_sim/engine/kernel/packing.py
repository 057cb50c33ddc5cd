"""A program, written into the kernel's memory."""

from __future__ import annotations

import threading
import weakref
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import cache

import numpy as np

from eventlive_sim.engine.draws import ranks_in_arrays, stream_state
from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.places import Places, Use
from eventlive_sim.engine.kernel.registers import registers_of
from eventlive_sim.engine.kernel.rows import code_of
from eventlive_sim.engine.recording import EDGE_LIST, EDGES, HIST, bins_of
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import ACTS_OF_A_PERSON, ACTS_OF_A_TURN, CALL_SLOTS, StationKind
from eventlive_sim.program.program import Int64Array, Program, StationSpec

QUEUES = (StationKind.FIFO, StationKind.LOCK)
DRAWS = (at.OP_DRAW, at.OP_DRAW_HOLD, at.OP_DRAW_ADD)
STATE = 4
"""Word of a decoded row that holds the state of its stream, if it draws."""

FIRST_WIDTH, PEOPLE_A_SLOT = 23, 1000
"""The first width of the calendar's slots, as a power of two of ns: 8 ms for up to 1,000 people, half of it for four times as many.

It soon becomes what the events ask for."""


@cache
def first_edges() -> Int64Array:
    """Histogram bin of the first value with the same highest bit and the same bits after it, by both; two in a word."""
    parts = range(1 << at.EDGE_BITS, 2 << at.EDGE_BITS)
    starts = [part << high for high in range(63 - at.EDGE_BITS) for part in parts]
    return np.asarray([bisect_right(EDGE_LIST, start) - 1 for start in starts], dtype=np.int32).view(np.int64)


def signed(value: int) -> int:
    """Return 64 bits as a signed number."""
    return value - (1 << 64) if value >= 1 << 63 else value


def exact_division(divisor: int) -> tuple[int, int]:
    """Shift and factor, in 64 bits, that divide every multiple of a number by it (`keys.id_of`)."""
    shift = (divisor & -divisor).bit_length() - 1
    return shift, signed(pow(divisor >> shift, -1, 1 << 64))


class Packing:
    """Places arrays one after the other, and writes the records that describe them; all but what the seed decides.

    Attributes
    ----------
    size : int
        Words used so far.
    constants, tables, stations, shared, signals : int or list of int
        Places of what rows name.
    places : Places
        Where what is kept for keys stands.
    shared_values : list of int
        Places of the registers that rows name without a key.
    begun : list of (slice, int)
        Registers that do not begin with 0, and what they begin with.
    streams : dict
        By place: the number of the stream whose state stands there.
    zero, nowhere : int
        Places of a word that is always 0, and of one that nobody reads.
    """

    def __init__(self, program: Program, seldom: Collection[Use] = ()) -> None:
        self.program = program
        self.streams: dict[int, int] = {}
        self.bins = bins_of(program.horizon_ns, program.bin_ns)
        self.parts: list[tuple[int, Int64Array]] = []
        self.size = at.HEADER
        self.head: dict[int, int] = {}
        self.zero, self.nowhere = self.room(1), self.room(1)
        self.stations = self.room(len(program.stations) * at.STATION)
        self.constants = self.put(program.constants)
        self.tables = [self.put(table) for table in program.tables]
        self.places = Places(program, self.room, seldom)
        self.shared_values: list[int] = []
        self.begun: list[tuple[slice, int]] = []
        self.shared = self._shared()
        self.signals = [self._signal(number) for number in range(len(program.signals))]
        for number, spec in enumerate(program.stations):
            self.put_at(self.stations + number * at.STATION, self._station(number, spec))
        self._books()
        self._wheels()
        self._people()
        self._code()

    def room(self, words: int) -> int:
        """Reserve words of zeros."""
        place = self.size
        self.size += words
        return place

    def put_at(self, place: int, values: Int64Array) -> None:
        """Write values at a place."""
        self.parts.append((place, values))

    def put(self, values: Int64Array) -> int:
        """Place an array."""
        place = self.room(values.size)
        self.put_at(place, np.asarray(values, dtype=np.int64).reshape(-1))
        return place

    def numbers(self, *values: int) -> int:
        """Place some numbers."""
        return self.put(np.array(values, dtype=np.int64))

    def station(self, number: int) -> int:
        """Place of a station."""
        return self.stations + number * at.STATION

    def series_at(self, number: int, *, trend: bool) -> int:
        """Place of a series: of its trends by window, or of its counters by tag."""
        if trend:
            return self.head[at.H_TRENDS] + number * len(self.program.windows)
        return self.head[at.H_COUNTERS] + number * at.TAGS

    def fill(self, memory: Int64Array, seed: int) -> None:
        """Write the program into memory that is all 0, for a seed."""
        for place, values in self.parts:
            memory[place : place + values.size] = values
        for place, value in self.head.items():
            memory[place] = value
        states = {number: signed(stream_state(seed, number)) for number in set(self.streams.values())}
        for place, number in self.streams.items():
            memory[place] = states[number]
        for places, value in self.begun:
            memory[places] = value
        self._fill_people(memory, seed)

    def _fill_people(self, memory: Int64Array, seed: int) -> None:
        program, first = self.program, 0
        words = self.places.people.step
        people = (
            memory[self.places.people.first :][: program.people * words].reshape(program.people, words).view(np.int32)
        )
        people[:, at.P_ID] = np.arange(program.people)
        people[:, at.P_RANK] = ranks_in_arrays(program.populations, seed)
        for population in program.populations:
            those = people[first : first + population.count]
            those[:, at.P_TABS] = population.tabs
            those[:, at.P_ENTRY] = population.entry
            first += population.count

    # ---------------------------------------------------------------- parts

    def _shared(self) -> list[int]:
        found = []
        for number, (spec, place) in enumerate(zip(self.program.shared, self.places.shared, strict=True)):
            self.shared_values.append(place.first)
            found.append(self.numbers(place.first, spec.keys, number, *place.steps))
            if spec.initial:
                self.begun += [(places, spec.initial) for places in place.all(spec.keys)]
        return found

    def _signal(self, number: int) -> int:
        place = self.places.signals[number]
        return self.numbers(place.first, self.program.signals[number].keys, number, *place.steps)

    def _station(self, number: int, spec: StationSpec) -> Int64Array:
        kind = StationKind(spec.kind)
        s = np.zeros(at.STATION, dtype=np.int64)
        s[[at.S_KIND, at.S_NUMBER, at.S_KEYS, at.S_SERVERS]] = kind, number, spec.keys, spec.servers
        s[[at.S_LIMIT, at.S_CORES, at.S_SPEED]] = spec.queue_limit, spec.cores, spec.speed
        s[[at.S_INTERVAL, at.S_SLACK]] = spec.interval_ns, (spec.burst - 1) * spec.interval_ns
        s[[at.S_WINDOW, at.S_LENGTH, at.S_TICKS, at.S_SIZE]] = spec.window, spec.length_ns, spec.ticks, spec.size
        s[at.S_TICK_NS] = max(1, spec.length_ns // max(1, spec.ticks))
        s[at.S_NEFFICIENCY] = len(spec.efficiency)
        s[at.S_EFFICIENCY] = self.numbers(*spec.efficiency) if spec.efficiency else 0
        lanes = self.places.lanes[number]
        if lanes is not None:
            s[at.S_LANES] = lanes.first
            s[at.S_STEP : at.S_STEP + at.STEPS] = lanes.steps
        if kind in QUEUES:
            s[at.B_CAPACITY] = spec.servers * spec.keys
        elif kind is StationKind.SHARING:
            s[at.S_PROCESSOR] = self._processor(s, number)
            s[at.B_CAPACITY] = spec.cores
        elif kind is StationKind.ELASTIC:
            self._elastic(s, number, spec)
        if kind is not StationKind.METER:
            s[at.B_BORDER] = self.program.bin_ns
            s[at.B_WAITS] = self.room(len(self.program.windows))
            s[[at.B_BINS, at.B_ROW]] = self.room(self.bins * at.FIGURES)
        return s

    def _processor(self, s: Int64Array, number: int) -> int:
        r = np.zeros(at.PROCESSOR, dtype=np.int64)
        r[[at.R_CORES, at.R_SPEED]] = s[[at.S_CORES, at.S_SPEED]]
        r[[at.R_EFFICIENCY, at.R_NEFFICIENCY]] = s[[at.S_EFFICIENCY, at.S_NEFFICIENCY]]
        r[[at.R_PLANNED_NS, at.R_PLANNED]] = at.NEVER
        r[at.R_OWNER] = self.station(number)
        return self.put(r)

    def _elastic(self, s: Int64Array, number: int, spec: StationSpec) -> None:
        indexes = max(spec.instances_min, spec.instances_max) + 1
        s[[at.S_MIN, at.S_MAX, at.S_CONCURRENCY]] = spec.instances_min, spec.instances_max, spec.concurrency
        s[[at.S_JOBS_MAX, at.S_IDLE_NS]] = spec.jobs_max, spec.idle_ns
        s[at.S_START_INTERVAL] = spec.start_interval_ns
        s[at.S_START_SLACK] = (spec.start_burst - 1) * spec.start_interval_ns
        if spec.cold_table >= 0:
            s[at.S_COLD_TABLE] = self.tables[spec.cold_table]
            self.streams[self.station(number) + at.S_COLD_STATE] = spec.cold_stream
        s[at.S_NEVER_USED] = spec.instances_min
        s[at.S_INDEXES] = indexes
        for place in (at.S_FREE, at.S_ROOMS, at.S_INSTANCES):
            s[place] = self.room(indexes)
        s[at.B_CAPACITY] = spec.instances_max * spec.concurrency

    def _books(self) -> None:
        program, windows = self.program, self.program.windows
        bounds = [bound for window in windows for bound in (window.start_ns, window.end_ns)]
        self.head |= {
            at.H_BINS: self.bins,
            at.H_BIN_NS: program.bin_ns,
            at.H_HORIZON: program.horizon_ns,
            at.H_NWINDOWS: len(windows),
            at.H_WINDOWS: self.numbers(*bounds),
            at.H_ACTIVE: self.room(len(windows)),
            at.H_EDGES: self.put(np.append(EDGES, at.FAR + 1)),
            at.H_FIRST_EDGES: self.put(first_edges()),
            at.H_HIST: HIST,
            at.H_COUNTERS: self.room(len(program.series) * at.TAGS),
            at.H_TRENDS: self.room(len(program.series) * len(windows)),
            at.H_STATIONS: self.stations,
            at.H_NSTATIONS: len(program.stations),
        }

    def _wheels(self) -> None:
        width = FIRST_WIDTH - (self.program.people // PEOPLE_A_SLOT).bit_length() // 2
        near = self.room((at.NEAR_MASK + 1) * at.EVENT)
        run = self.put(np.full(at.PADS, at.FAR - 1, np.int64)) + at.PADS
        self.room(at.RUN_EVENTS + 1)
        self.head |= {
            at.H_WIDTH: width,
            at.H_BORDER_NS: min(1 << width, self.program.horizon_ns),
            at.H_NEXT_FINE: 1,
            at.H_NEAR: near,
            at.H_NEAR_FREE: (1 << at.RUN_EVENTS) - 1,
            at.H_RUN: run,
            at.H_RUN_END: run,
            at.H_FINE: self.room(at.FINE),
            at.H_FINE_BITMAP: self.room(at.FINE // 64),
            at.H_COARSE: self.room(at.COARSE),
            at.H_COARSE_BITMAP: self.room(at.COARSE // 64),
        }

    def _people(self) -> None:
        program, tabs = self.program, self.places.tabs
        tabs_bits = max(1, (program.tabs_max - 1).bit_length())
        ordinal_bits = 62 - max(1, (program.people - 1).bit_length()) - tabs_bits
        if ordinal_bits < 16:
            message = f"the kernel's keys hold no {program.people} people with {program.tabs_max} tabs"
            raise SimulationError(message)
        shift, inverse = exact_division(self.places.people.step)
        self.head |= {
            at.H_PEOPLE: program.people,
            at.H_ACTS_MAX: ACTS_OF_A_TURN + program.people * ACTS_OF_A_PERSON,
            at.H_TABS_MAX: program.tabs_max,
            at.H_TAB_SHIFT: ordinal_bits + 1,
            at.H_RANK_SHIFT: ordinal_bits + 1 + tabs_bits,
            at.H_ORDINALS: min(1 << ordinal_bits, at.HALVES),
            at.H_TABS: tabs.first,
            at.H_FURTHER: self.places.further,
            **{at.H_TAB_STEPS + place: step for place, step in enumerate(tabs.steps)},
            at.H_PERSON_WORDS: self.places.people.step,
            at.H_PERSONS: self.places.people.first,
            at.H_PERSON_SHIFT: shift,
            at.H_PERSON_INVERSE: inverse,
        }

    def _code(self) -> None:
        self.registers = registers_of(self.program)
        rows, calls = code_of(self.program, self)
        most = self.registers.most
        self.task_words = at.VISITOR + at.T_REGS + (most >> 1)
        self.call_words = at.C_REGS + min(calls, CALL_SLOTS)
        code = self.put(rows)
        draws = np.isin(rows[:, 0], DRAWS).nonzero()[0]
        self.streams |= {int(code + row * at.ROW + STATE): int(rows[row, STATE]) for row in draws}
        self.head |= {
            at.H_CODE: code,
            at.H_REGS: self.registers.first,
            at.H_OWN_CALLS: int(self.registers.calls),
            at.H_FREE_TASK: self.room(most + 1),
            at.H_CALL_WORDS: self.call_words,
        }


class _Recent:
    """The last few packings: replications of one program share theirs."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[int, tuple[weakref.ref[Program], Packing]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, program: Program, seldom: Callable[[Program], Collection[Use]] | None = None) -> Packing:
        """Return the packing of a program; of one that is new, asks what it seldom writes to."""
        with self._lock:
            found = self._kept.get(id(program))
            if found is not None and found[0]() is program:
                self._kept.move_to_end(id(program))
                return found[1]
        packing = Packing(program, () if seldom is None else seldom(program))
        with self._lock:
            self._kept[id(program)] = weakref.ref(program), packing
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return packing


packing_of = _Recent(8).of
"""Packing of a program, kept for the next run of it."""
