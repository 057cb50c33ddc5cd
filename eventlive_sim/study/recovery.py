"""When a replication has recovered from a trigger.

Recovered is who serves, over each of the three blocks of ten seconds from then on, 95 % of the goodput before the trigger,
while at each station the smallest queueing delay of the block is back under the 99th percentile of the delays before. The
goodput before is the mean over replications: that of one alone would let a lucky one never come back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from eventlive_sim.engine.recording import Recording, StationRecording
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import Program
from eventlive_sim.study.samples import outcome_of
from eventlive_sim.units import NS_PER_MS, NS_PER_S

BEFORE = "before_the_trigger"
"""Window of the baseline."""
BLOCK_S = 10
HELD_S = 30
"""How long recovery has to hold to be one [s]."""
_BASELINE_MOST_S = 300
GOODPUT_SHARE = 0.95
DELAY_NS = 5 * NS_PER_MS
"""A delay under which no queue stands, whatever it was before: the target of CoDel (RFC 8289)."""

_Floats = NDArray[np.float64]
_UNQUEUED = (StationKind.LOCK, StationKind.SHARING)
"""Kinds at which nobody waits in line; a shared one is slow instead, which the goodput shows."""


def baseline_ns(begins_ns: int) -> tuple[int, int] | None:
    """Interval of the baseline of a trigger, whole seconds [ns]: the last half of the time before, at most five minutes.

    None if the trigger begins too early to leave a block of it.
    """
    end = begins_ns // NS_PER_S
    start = max(-(-end // 2), end - _BASELINE_MOST_S)
    return (start * NS_PER_S, end * NS_PER_S) if end - start >= BLOCK_S else None


def recoveries_s(design: Design, program: Program, recordings: Sequence[Recording], over_ns: int) -> tuple[float, ...]:
    """Time from the end of a trigger to recovery in each replication [s]; infinite if there is none within the horizon.

    Parameters
    ----------
    program : Program
        With bins of a second and the window ``BEFORE``.
    over_ns : int
        End of the trigger [ns].

    Raises
    ------
    ModelError
        If nothing was served before the trigger: there is nothing to come back to.

    Notes
    -----
    Delays are not recorded one by one over time. The delay of a second is the mean over those who left the queue in it, its
    waiting time by Little's law; the smallest of a block is that of its best second. The percentile before is of single
    delays, and no less than ``DELAY_NS``.
    """
    number, window = next((number, one) for number, one in enumerate(program.windows) if one.name == BEFORE)
    before = slice(window.start_ns // NS_PER_S, window.end_ns // NS_PER_S)
    goodputs = [goodput(design, program, recording) for recording in recordings]
    baseline = float(np.mean([one[before] for one in goodputs]))
    if not baseline:
        problem = "nothing is served before the trigger, so that nothing can come back"
        raise ModelError(problem, "let it begin later, or let more people come", rule="no-baseline")
    found = []
    for one, recording in zip(goodputs, recordings, strict=True):
        fine = _blocks(one).sum(axis=1) >= GOODPUT_SHARE * BLOCK_S * baseline
        fine &= _unqueued(program, recording, number)[: len(fine)]
        found.append(_first_held_s(fine, over_ns))
    return tuple(found)


def _unqueued(program: Program, recording: Recording, window: int) -> NDArray[np.bool_]:
    """Whether no station's queue stands over the block that begins with each second."""
    fine = np.ones(recording.bins - BLOCK_S + 1, dtype=np.bool_)
    for station, figures in recording.stations.items():
        if program.stations[station].kind not in _UNQUEUED:
            trend = figures.waits.get(window)
            limit = max(DELAY_NS, trend.quantile(0.99) if trend is not None else 0.0)
            fine &= _blocks(delays_ns(figures)).min(axis=1) <= limit
    return fine


def _first_held_s(fine: NDArray[np.bool_], over_ns: int) -> float:
    """Time from the end of the trigger to the first block that is fine, as are those after it for as long as it takes."""
    first, starts = -(-over_ns // NS_PER_S), len(fine) - (HELD_S - BLOCK_S)
    held = np.logical_and.reduce([fine[late : late + starts] for late in range(0, HELD_S, BLOCK_S)])[first:]
    return first - over_ns / NS_PER_S + float(np.argmax(held)) if held.any() else math.inf


def _blocks(values: _Floats) -> _Floats:
    """Values of the block that begins with each second."""
    found: _Floats = sliding_window_view(values, BLOCK_S)
    return found


def goodput(design: Design, program: Program, recording: Recording) -> _Floats:
    """Calls served in each whole second of a recording with bins of a second."""
    return served(design, program, recording)[: recording.horizon_ns // NS_PER_S]


def served(design: Design, program: Program, recording: Recording) -> _Floats:
    """Calls served in each bin: of the hot path, if the design has one."""
    hot = any(endpoint.hot for endpoint in design.endpoints.values())
    found = np.zeros(recording.bins)
    for (series, status), counts in recording.counts.items():
        spec = program.series[series]
        if spec.metric == "calls":
            endpoint = design.endpoints[dict(spec.tags)["endpoint"]]
            if outcome_of(endpoint, status) == "served" and (endpoint.hot or not hot):
                found += counts
    return found


def delays_ns(station: StationRecording) -> _Floats:
    """Mean queueing delay by bin [ns]: infinite while some wait and nobody gets on."""
    waited = station.waiting_integral.astype(float)
    left = (station.grants + station.renegings).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: _Floats = np.where(waited > 0, waited / left, 0.0)
    return found
