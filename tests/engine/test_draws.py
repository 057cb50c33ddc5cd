"""Draws are uniform, independent of their neighbours, and the same for ever."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventlive_sim.engine.draws import bits, mix, ranks_of, stream_state
from eventlive_sim.program.program import Population

FIELDS = ("person", "tab", "ordinal", "attempt", "occurrence")


def words(field: str, count: int = 4000, seed: int = 1, stream: int = 7) -> list[int]:
    """Draws at neighbouring addresses along one field."""
    state = stream_state(seed, stream)
    at = FIELDS.index(field)
    return [bits(state, *(i if k == at else 3 for k in range(5))) for i in range(count)]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("shift", [0, 28, 56])
def test_uniform_along_every_field(field: str, shift: int) -> None:
    """Top, middle and low bytes along each field pass chi-square."""
    counts = np.bincount([word >> shift & 255 for word in words(field, 25_600)], minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("field", FIELDS)
def test_neighbours_do_not_correlate(field: str) -> None:
    """The correlation of neighbouring addresses is that of noise."""
    values = np.asarray(words(field, 10_000), dtype=np.float64)
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.04


def test_avalanche() -> None:
    """A change of one part changes about half of the bits."""
    state = stream_state(5, 9)
    base = [17, 1, 4, 2, 6]
    for at in range(5):
        flips = []
        for person in range(400):
            one = [person, *base[1:]]
            other = list(one)
            other[at] += 1
            flips.append((bits(state, *one) ^ bits(state, *other)).bit_count())
        assert np.mean(flips) == pytest.approx(32, abs=1)


def test_seed_and_stream_matter() -> None:
    """Neighbouring seeds and streams give different draws."""
    states = {stream_state(seed, stream) for seed in range(50) for stream in range(50)}
    assert len(states) == 2500
    flips = [(stream_state(seed, 3) ^ stream_state(seed + 1, 3)).bit_count() for seed in range(500)]
    assert np.mean(flips) == pytest.approx(32, abs=1)


def test_no_two_small_addresses_share_a_draw() -> None:
    """100,000 small addresses give 100,000 words."""
    state = stream_state(0, 0)
    seen = {bits(state, p, t, o, a, 0) for p in range(100) for t in range(5) for o in range(50) for a in range(4)}
    assert len(seen) == 100_000


def test_known_values() -> None:
    """Draws are pinned: another value is another simulator."""
    assert mix(1) == 0x5692161D100B05E5
    assert bits(stream_state(1, 2), 3, 0, 4, 0, 5) == 0x35C16CA83E511ED9
    assert bits(stream_state(2**63, 2**31 - 1), 999_999, 7, -1, 1, 2**40) == 0xA348848DCAAC3FB3
    assert ranks_of((Population("world", 2, 0, world=True), Population("people", 6, 0)), 1) == [0, 1, 2, 3, 7, 5, 6, 4]


def test_ranks_are_a_permutation_with_the_world_first() -> None:
    """World entities rank first by id wherever they stand; people are shuffled, otherwise by another seed."""
    populations = (Population("people", 500, 0), Population("world", 3, 0, world=True))
    ranks = ranks_of(populations, 1)
    assert sorted(ranks) == list(range(503))
    assert ranks[500:] == [0, 1, 2]
    assert ranks != ranks_of(populations, 2)
    assert abs(np.corrcoef(ranks[:500], np.arange(500))[0, 1]) < 0.2
