"""The best order of work: by what is gained along the way, when every ticket takes as long."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

from eventlive_sim.stats.shapley import Coalition, Order, prefixes

Score = Mapping[Coalition, float]
"""Share of the whole benefit that a set brings: 0 of none, 1 of all."""


def area(order: Order, score: Score) -> float:
    """Mean share of the benefit that is there after each step; 1 if the first step brought all of it.

    Examples
    --------
    >>> score = {frozenset(): 0.0, frozenset({0}): 0.8, frozenset({1}): 0.1, frozenset({0, 1}): 1.0}
    >>> area((0, 1), score), area((1, 0), score)
    (0.9, 0.55)
    """
    return math.fsum(score[there] for there in prefixes(order)[1:]) / len(order)


def greedy(players: int, score_of: Callable[[Coalition], float]) -> Order:
    """Order in which each step is the one that brings most at that moment; of equals the first."""
    order: list[int] = []
    while len(order) < players:
        left = [player for player in range(players) if player not in order]
        order.append(max(left, key=lambda player: score_of(frozenset([*order, player]))))
    return tuple(order)


def best(players: int, score: Score, allowed: Callable[[Coalition, int], bool] | None = None) -> Order | None:
    """Order with the largest area among those all of whose sets are known.

    Parameters
    ----------
    score : mapping
        Sets whose score is known: with all of them it is the best of all orders.
    allowed : callable, optional
        Whether a player may come once these are there.

    Returns
    -------
    tuple of int or None
        None if no order leads from none to all through known sets.

    Notes
    -----
    Dynamic programming over sets, by size: the best way to a set is the best way to it without its last player.
    """
    reached: dict[Coalition, tuple[float, Order]] = {frozenset(): (0.0, ())}
    for _ in range(players):
        further: dict[Coalition, tuple[float, Order]] = {}
        for there, (gained, order) in reached.items():
            for player in _next(players, there, allowed):
                then = there | {player}
                if then in score:
                    found = (gained + score[then], (*order, player))
                    # Of equals the one whose players come in their own order: the result does not depend on chance.
                    if then not in further or _beats(found, further[then]):
                        further[then] = found
        reached = further
    whole = frozenset(range(players))
    return reached[whole][1] if whole in reached else None


def _next(players: int, there: Coalition, allowed: Callable[[Coalition, int], bool] | None) -> Collection[int]:
    left = [player for player in range(players) if player not in there]
    return left if allowed is None else [player for player in left if allowed(there, player)]


def _beats(one: tuple[float, Order], other: tuple[float, Order]) -> bool:
    if not math.isclose(one[0], other[0], rel_tol=1e-12, abs_tol=1e-12):
        return one[0] > other[0]
    return one[1] < other[1]
