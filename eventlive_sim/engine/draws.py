"""Draws with an address: the same address gives the same number, whatever else a run does.

An address is (seed, stream, person, tab, call ordinal, attempt, occurrence). Three words of it are hashed in a chain:
(seed, stream), which an engine computes once per stream; (person, tab); (ordinal, attempt, occurrence). Parts of one word
are spread by odd 64-bit factors, words are joined by xor, and each step is the finaliser of splitmix64.

References
----------
.. [1] Steele, Lea, Flood: Fast splittable pseudorandom number generators. OOPSLA 2014, doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eventlive_sim.program.program import Population

MASK = 0xFFFF_FFFF_FFFF_FFFF
GOLDEN = 0x9E37_79B9_7F4A_7C15
MIX_1 = 0xBF58_476D_1CE4_E5B9
MIX_2 = 0x94D0_49BB_1331_11EB
STREAM_FACTOR = 0xD6E8_FEB8_6659_FD93
PERSON_FACTOR = 0x9E37_79B9_7F4A_7C15
TAB_FACTOR = 0xC2B2_AE3D_27D4_EB4F
ORDINAL_FACTOR = 0xA076_1D64_78BD_642F
ATTEMPT_FACTOR = 0xE703_7ED1_A0B4_28DB
OCCURRENCE_FACTOR = 0x8EBC_6AF0_9C88_C6E3

RANK_STREAM = -1
"""Stream of the ranks of people; streams of programs are 0 or more."""

OCTAVES = 21
CELLS = 128
FRACTION_BITS = 20
FRACTION_MASK = (1 << FRACTION_BITS) - 1
"""Shape of a quantile table, see ``program.quantiles``."""


def mix(value: int) -> int:
    """Finaliser of splitmix64: every bit in changes half of the bits out.

    Examples
    --------
    >>> hex(mix(1))
    '0x5692161d100b05e5'
    """
    value ^= value >> 30
    value = value * MIX_1 & MASK
    value ^= value >> 27
    value = value * MIX_2 & MASK
    return value ^ value >> 31


def stream_state(seed: int, stream: int) -> int:
    """First word of the chain, the same for all draws of a stream."""
    return mix(mix((seed + GOLDEN) & MASK) ^ (stream * STREAM_FACTOR + GOLDEN) & MASK)


def bits(state: int, person: int, tab: int, ordinal: int, attempt: int, occurrence: int) -> int:
    """64 random bits at an address within a stream.

    Parameters
    ----------
    state : int
        What ``stream_state`` gave for seed and stream.
    person, tab, ordinal, attempt, occurrence : int
        The rest of the address. An exogenous draw has ordinal and attempt 0.

    Returns
    -------
    int
        Uniform in 0..2**64 - 1.
    """
    # mix(), twice, written out: a third of the time of a draw is in the calls otherwise.
    value = state ^ (person * PERSON_FACTOR + tab * TAB_FACTOR) & MASK
    value = (value ^ value >> 30) * MIX_1 & MASK
    value = (value ^ value >> 27) * MIX_2 & MASK
    value ^= value >> 31
    value ^= (ordinal * ORDINAL_FACTOR + attempt * ATTEMPT_FACTOR + occurrence * OCCURRENCE_FACTOR) & MASK
    value = (value ^ value >> 30) * MIX_1 & MASK
    value = (value ^ value >> 27) * MIX_2 & MASK
    return value ^ value >> 31


def draw(table: Sequence[int], word: int) -> int:
    """Value of a quantile table at 64 random bits; it grows with the bits.

    Parameters
    ----------
    table : sequence of int
        A quantile table (as a list, for speed).
    word : int
        Uniform in 0..2**64 - 1.

    Returns
    -------
    int
        A value of the distribution, in the table's unit.

    Notes
    -----
    The number of leading ones is the octave k (at most 20). The bit after them is 0 (for k < 20), the next 7 are the cell, the next
    20 the place in the cell. In 64-bit arithmetic ``width * fraction`` may overflow; ``(width >> 20) * fraction +
    ((width & 0xFFFFF) * fraction >> 20)`` is the same number and does not.
    """
    octave = 64 - (word ^ MASK).bit_length()
    if octave < OCTAVES - 1:
        shift = 36 - octave
    else:
        octave = OCTAVES - 1
        shift = 17
    at = 2 * (CELLS * octave + (word >> shift + FRACTION_BITS & CELLS - 1))
    low = table[at]
    return low + ((table[at + 1] - low) * (word >> shift & FRACTION_MASK) >> FRACTION_BITS)


def ranks_of(populations: Sequence[Population], seed: int) -> list[int]:
    """Rank of every person at one instant.

    World entities come first, in the order of their ids; people follow in a permutation that the seed decides.

    Returns
    -------
    list of int
        Rank by person id: a permutation of 0..people-1.
    """
    world: list[int] = []
    people: list[int] = []
    first = 0
    for population in populations:
        ids = range(first, first + population.count)
        (world if population.world else people).extend(ids)
        first += population.count
    state = stream_state(seed, RANK_STREAM)
    people.sort(key=lambda person: (bits(state, person, 0, 0, 0, 0), person))
    ranks = [0] * first
    for rank, person in enumerate(world + people):
        ranks[person] = rank
    return ranks


def ranks_in_arrays(populations: Sequence[Population], seed: int) -> NDArray[np.int64]:
    """Ranks as ``ranks_of`` gives them, in array arithmetic: for a million people."""
    count = sum(population.count for population in populations)
    world = np.concatenate(
        [np.full(one.count, one.world, dtype=np.bool_) for one in populations] or [np.empty(0, np.bool_)]
    )
    people = np.flatnonzero(~world)
    state = np.uint64(stream_state(seed, RANK_STREAM))
    words = _mix_all(_mix_all(state ^ (people.astype(np.uint64) * np.uint64(PERSON_FACTOR))))
    order = people[np.lexsort((people, words))]
    ranks = np.empty(count, dtype=np.int64)
    ranks[np.concatenate([np.flatnonzero(world), order])] = np.arange(count)
    return ranks


def _mix_all(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(MIX_1)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(MIX_2)
    return values ^ (values >> np.uint64(31))
