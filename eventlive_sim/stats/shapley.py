"""What each player adds on average over all orders in which they may come: Shapley values, sampled or exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from random import Random

from eventlive_sim.stats import _errors as check

Order = tuple[int, ...]
"""Players by number, in the order in which they come."""
Coalition = frozenset[int]


def antithetic_orders(players: int, count: int, seed: int) -> list[Order]:
    """Random orders in pairs: each with its reverse, in which who came first comes last.

    Parameters
    ----------
    players : int
        How many players, numbered from 0.
    count : int
        How many orders; an odd number is made even.
    seed : int
        Of the draws.

    References
    ----------
    .. [1] R. Mitchell, J. Cooper, E. Frank, G. Holmes, Sampling permutations for Shapley value estimation, JMLR 23
       (2022), section 3: antithetic sampling.

    Examples
    --------
    >>> one, other = antithetic_orders(4, 2, seed=1)
    >>> sorted(one), one == other[::-1]
    ([0, 1, 2, 3], True)
    """
    draw, found = Random(seed), []
    for _ in range(math.ceil(count / 2)):
        order = list(range(players))
        draw.shuffle(order)
        found += [tuple(order), tuple(reversed(order))]
    return found


def prefixes(order: Order) -> list[Coalition]:
    """Who is there before the first comes, after the first, the second, and so on.

    Examples
    --------
    >>> [sorted(one) for one in prefixes((2, 0))]
    [[], [2], [0, 2]]
    """
    return [frozenset(order[:length]) for length in range(len(order) + 1)]


def coalitions(players: int) -> list[Coalition]:
    """Every set of players, the smaller ones first.

    Examples
    --------
    >>> len(coalitions(3))
    8
    """
    return [frozenset(one) for size in range(players + 1) for one in combinations(range(players), size)]


def exact_weights(players: int) -> list[float]:
    """Weight of what a player adds to a set, by the size of the set without them.

    Examples
    --------
    >>> exact_weights(3)
    [0.3333333333333333, 0.16666666666666666, 0.3333333333333333]
    """
    if players < 1:
        message = f"{players!r} players; give at least 1"
        raise check.StatisticsError(message)
    return [1 / (players * math.comb(players - 1, size)) for size in range(players)]


Weights = dict[Coalition, float]
"""A figure as a sum of values of sets: weight by set."""


def sampled_weights(player: int, orders: Sequence[Order]) -> Weights:
    """Average of what a player adds over some orders, as weights of sets."""
    weights: Weights = {}
    for order in orders:
        place = order.index(player)
        before = frozenset(order[:place])
        weights[before | {player}] = weights.get(before | {player}, 0.0) + 1 / len(orders)
        weights[before] = weights.get(before, 0.0) - 1 / len(orders)
    return weights


def whole_weights(player: int, players: int) -> Weights:
    """Average of what a player adds over all orders, as weights of sets."""
    sizes, weights = exact_weights(players), dict[Coalition, float]()
    for before in coalitions(players):
        if player not in before:
            weights[before | {player}] = sizes[len(before)]
            weights[before] = -sizes[len(before)]
    return weights
