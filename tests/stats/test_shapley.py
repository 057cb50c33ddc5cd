"""Shapley values: on games whose values are known, exact and over drawn orders."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from eventlive_sim.stats._errors import StatisticsError
from eventlive_sim.stats.shapley import (
    Coalition,
    Weights,
    antithetic_orders,
    coalitions,
    exact_weights,
    prefixes,
    sampled_weights,
    whole_weights,
)

GLOVES: Mapping[Coalition, float] = {there: float(0 in there and bool(there & {1, 2})) for there in coalitions(3)}
"""One left glove and two right ones; a pair is worth 1. Known: 2/3, 1/6, 1/6."""


def value(weights: Weights, game: Mapping[Coalition, float]) -> float:
    return math.fsum(weight * game[there] for there, weight in weights.items())


def test_the_glove_game() -> None:
    """Whoever has the only left glove gets two thirds."""
    found = [value(whole_weights(player, 3), GLOVES) for player in range(3)]
    assert found == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_exact_values_are_the_mean_over_every_order() -> None:
    """Weights by size say the same as all six orders."""
    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    for player in range(3):
        assert value(sampled_weights(player, orders), GLOVES) == pytest.approx(value(whole_weights(player, 3), GLOVES))


@pytest.mark.parametrize("count", [2, 7, 20])
def test_values_add_up_to_the_whole_for_any_orders(count: int) -> None:
    """Efficiency: each order hands out all that there is, so that their average does."""
    game = {there: math.sin(sum(there)) + len(there) ** 2 for there in coalitions(5)}
    orders = antithetic_orders(5, count, seed=3)
    assert len(orders) == count + count % 2
    drawn = math.fsum(value(sampled_weights(player, orders), game) for player in range(5))
    exact = math.fsum(value(whole_weights(player, 5), game) for player in range(5))
    whole = game[frozenset(range(5))] - game[frozenset()]
    assert (drawn, exact) == pytest.approx((whole, whole))


def test_who_adds_nothing_gets_nothing_and_equals_get_the_same() -> None:
    """The other axioms: null player, symmetry."""
    game = {there: float(len(there & {0, 1})) ** 2 for there in coalitions(3)}
    found = [value(whole_weights(player, 3), game) for player in range(3)]
    assert found == pytest.approx([2, 2, 0])


def test_orders_come_in_opposite_pairs_and_their_mean_nears_the_value() -> None:
    """A player comes at place k as often as at the place from the end; many orders come near the exact value."""
    orders = antithetic_orders(3, 2_000, seed=1)
    assert all(one == other[::-1] for one, other in zip(orders[::2], orders[1::2], strict=True))
    assert orders == antithetic_orders(3, 2_000, seed=1) != antithetic_orders(3, 2_000, seed=2)
    assert value(sampled_weights(0, orders), GLOVES) == pytest.approx(2 / 3, abs=0.03)


def test_sets_of_an_order() -> None:
    """From nobody to all."""
    assert prefixes((1, 0)) == [frozenset(), {1}, {0, 1}]
    assert math.fsum(exact_weights(4)[len(there)] for there in coalitions(3)) == pytest.approx(1)
    with pytest.raises(StatisticsError, match="at least 1"):
        exact_weights(0)
