"""Orders of work: the best by the area under what is there, against every order there is."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from eventlive_sim.stats.shapley import Coalition, coalitions
from eventlive_sim.study.orders import area, best, greedy

TRAP: dict[Coalition, float] = {
    frozenset(): 0.0,
    frozenset({0}): 0.30,
    frozenset({1}): 0.25,
    frozenset({2}): 0.25,
    frozenset({0, 1}): 0.35,
    frozenset({0, 2}): 0.35,
    frozenset({1, 2}): 0.95,
    frozenset({0, 1, 2}): 1.0,
}
"""What brings most at first stands in the way of two that belong together."""


@pytest.mark.parametrize("seed", range(5))
def test_best_is_the_best_of_all_orders(seed: int) -> None:
    """On drawn games of five, 120 orders each."""
    draw = Random(seed)
    score = {there: draw.random() for there in coalitions(5)}
    found = best(5, score)
    assert found is not None
    assert area(found, score) == pytest.approx(max(area(order, score) for order in permutations(range(5))))


def test_greedy_can_be_worse() -> None:
    """It takes the 30 % and misses the pair."""
    assert greedy(3, TRAP.__getitem__) == (0, 1, 2)
    assert best(3, TRAP) == (1, 2, 0)
    assert area((0, 1, 2), TRAP) < area((1, 2, 0), TRAP)


def test_only_known_sets_are_walked_through() -> None:
    """With the sets of one order known that order is found; with a gap none is."""
    known = {there: TRAP[there] for there in (frozenset({0}), frozenset({0, 1}), frozenset({0, 1, 2}))}
    assert best(3, known) == (0, 1, 2)
    del known[frozenset({0, 1})]
    assert best(3, known) is None


def test_stages_are_kept() -> None:
    """What comes in a later stage waits, whatever it would bring."""
    stages = [0, 1, 1]
    allowed = lambda there, one: stages[one] == min(stages[p] for p in {0, 1, 2} - there)  # noqa: E731
    assert best(3, TRAP, allowed) == (0, 1, 2)


def test_equals_come_in_their_own_order() -> None:
    """The result does not depend on how sets are walked through."""
    assert best(3, dict.fromkeys(coalitions(3), 1.0)) == (0, 1, 2)
    assert greedy(3, lambda _: 1.0) == (0, 1, 2)
