"""The ledger: what each ticket buys first, last and on average over orders, and the best order of work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventlive_sim.errors import ModelError
from eventlive_sim.model.order import Order as Recommended
from eventlive_sim.stats.intervals import Interval, mean_interval, paired_interval
from eventlive_sim.stats.shapley import (
    Coalition,
    Order,
    Weights,
    antithetic_orders,
    coalitions,
    prefixes,
    sampled_weights,
    whole_weights,
)
from eventlive_sim.study.coalitions import Float64Array, Player, Term, Values
from eventlive_sim.study.orders import best, greedy
from eventlive_sim.study.workers import Progress

EXACT_MOST = 12
"""Most tickets of which every set is simulated when that is asked for: 4,096 sets."""
_EXACT_BY_ITSELF = 4
"""Up to so many tickets every set is simulated unasked: 16 sets are fewer than a few orders need."""
_STAGE_MOST = 6
"""Most tickets of a stage whose every order is looked at without being asked: 64 sets."""
_OF_SETS = 0.9
"""Share of the progress that stands for the sets known beforehand; the rest for the search of the greedy order."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval over replications; None with a single replication."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Bought:
    """What one ticket buys, in shares of the way from none to all, or in the unit of a metric."""

    first: Estimate
    """Alone."""
    last: Estimate
    """When all others are there."""
    average: Estimate
    """Over orders; its interval is over replications, with the orders as they were drawn."""


@dataclass(frozen=True)
class LedgerRow:
    """A ticket.

    Attributes
    ----------
    all : Bought
        Over all metrics, in shares.
    orders : Interval, optional
        Of the average over orders: what drawing other orders may have changed, over pairs of opposite ones. None where
        every order counts.
    by_term : tuple of Bought
        For each metric, in its own unit: how much smaller it becomes.
    """

    player: Player
    all: Bought
    orders: Interval | None
    by_term: tuple[Bought, ...]


@dataclass(frozen=True)
class Curve:
    """An order of work, and the share of the benefit that is there after each step."""

    order: tuple[str, ...]
    shares: tuple[float, ...]
    area: Estimate
    """Mean share over the steps."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """What each ticket buys, and orders.

    Attributes
    ----------
    ends : tuple of (float, float)
        For each term its mean without and with all tickets.
    best : Curve
        The best order: of all where ``exact``, else of those whose sets were simulated, the greedy one among them.
    recommended : Curve, optional
        The order that somebody recommends, within a stage as its tickets are listed.
    within : Curve, optional
        The best order that keeps to the stages of the recommended one, among those known.
    lead : Estimate, optional
        Area of the best less that of the recommended order.
    """

    base: str
    to: str
    terms: tuple[Term, ...]
    still: tuple[Term, ...]
    """Metrics that all tickets together do not move, and that were left out."""
    ends: tuple[tuple[float, float], ...]
    rows: tuple[LedgerRow, ...]
    best: Curve
    recommended: Curve | None
    within: Curve | None
    lead: Estimate | None
    recommended_by: str
    exact: bool
    orders: int
    sets: int
    designs: int
    simulated: int
    replications: int
    seed: int


def ledger(
    values: Values,
    to: str,
    *,
    recommended: Recommended | None = None,
    permutations: int = 20,
    exact: bool = False,
    progress: Progress | None = None,
) -> Ledger:
    """What each ticket buys.

    Parameters
    ----------
    values : Values
        Base, tickets, metrics, replications.
    to : str
        Name of the design with all tickets, to be told; empty if it has none.
    permutations : int
        Orders that are drawn, in pairs of opposite ones; without effect where every set is simulated.
    exact : bool
        Whether to simulate every set, so that averages are over all orders and the best order is the best of all.

    Raises
    ------
    ModelError
        If a metric has no value with some tickets, or none of them is moved by all tickets together.
    """
    count = len(values.players)
    exact = exact or count <= _EXACT_BY_ITSELF
    _refuse(count, exact)
    tickets = tuple(player.ticket for player in values.players)
    order = None if recommended is None else tuple(map(tickets.index, recommended.ordered(tickets)))
    drawn = [] if exact else antithetic_orders(count, max(permutations, 2), values.seed)
    whole = frozenset(range(count))
    values.check([values.resolve(values.expression(one)) for one in (frozenset[int](), whole)])
    needed = coalitions(count) if exact else [*_needed(count, drawn), *_stage_sets(values, recommended)]
    values.need(needed, _share(progress, 0, _OF_SETS))
    books = _Books(values, whole)
    greedy(count, _Search(values, books, count * (count + 1) // 2, _share(progress, _OF_SETS, 1 - _OF_SETS)).score)
    found, within = _best(values, books, recommended)
    return Ledger(
        base=values.base,
        to=to,
        terms=books.terms,
        still=books.still,
        ends=books.ends,
        rows=tuple(_row(values, books, player, drawn) for player in range(count)),
        best=books.curve(found, tickets),
        recommended=None if order is None else books.curve(order, tickets),
        within=None if within is None else books.curve(within, tickets),
        lead=None if order is None else books.score(_difference(found, order)),
        recommended_by="" if recommended is None else recommended.title,
        exact=exact,
        orders=math.factorial(count) if exact else len(drawn),
        sets=len(values.known),
        designs=values.designs,
        simulated=values.simulated,
        replications=values.replications,
        seed=values.seed,
    )


def _refuse(count: int, exact: bool) -> None:
    if not count or (exact and count > EXACT_MOST):
        problem = f"{count} tickets make 2^{count} sets"
        raise ModelError(problem, f"choose 1 to {EXACT_MOST} with --tickets, or leave --exact out", rule="bad-ledger")


def _needed(count: int, orders: Sequence[Order]) -> list[Coalition]:
    """Sets that the averages need: along some orders, each ticket alone, each left out."""
    whole = frozenset(range(count))
    alone = [frozenset({player}) for player in range(count)]
    along = [there for order in orders for there in prefixes(order)]
    return [frozenset(), whole, *along, *alone, *(whole - one for one in alone)]


def _stage_sets(values: Values, recommended: Recommended | None) -> list[Coalition]:
    """Sets that orders within the recommended stages pass through; of large stages those of the order as listed."""
    if recommended is None:
        return []
    tickets = [player.ticket for player in values.players]
    order = tuple(map(tickets.index, recommended.ordered(tuple(tickets))))
    found, before = prefixes(order), frozenset[int]()
    for stage in range(len(recommended.stages) + 1):
        inside = [player for player in order if recommended.stage_of(tickets[player]) == stage]
        if len(inside) <= _STAGE_MOST:
            found += [before | {inside[place] for place in some} for some in coalitions(len(inside))]
        before |= frozenset(inside)
    return found


def _best(values: Values, books: _Books, recommended: Recommended | None) -> tuple[Order, Order | None]:
    """Best order through known sets, and the best that keeps to the stages of the recommended one."""
    count = len(values.players)
    score = {there: books.score({there: 1.0}).value for there in values.known}
    found = best(count, score)
    assert found is not None  # noqa: S101 - the greedy order leads from none to all
    if recommended is None:
        return found, None
    stages = [recommended.stage_of(player.ticket) for player in values.players]

    def comes_next(there: Coalition, player: int) -> bool:
        return stages[player] == min(stages[one] for one in range(count) if one not in there)

    return found, best(count, score, comes_next)


def _share(progress: Progress | None, done: float, share: float) -> Progress | None:
    return None if progress is None else lambda part: progress(done + share * part)


@dataclass
class _Search:
    """Scores of sets, simulated as the search of the greedy order asks for them."""

    values: Values
    books: _Books
    whole: int
    progress: Progress | None
    asked: int = 0

    def score(self, there: Coalition) -> float:
        self.values.need([there])
        self.asked += 1
        if self.progress is not None:
            self.progress(self.asked / self.whole)
        return self.books.score({there: 1.0}).value


def _row(values: Values, books: _Books, player: int, drawn: Sequence[Order]) -> LedgerRow:
    count = len(values.players)
    whole = frozenset(range(count))
    alone: Weights = {frozenset({player}): 1.0, frozenset(): -1.0}
    last: Weights = {whole: 1.0, whole - {player}: -1.0}
    average = sampled_weights(player, drawn) if drawn else whole_weights(player, count)
    pairs = [books.score(sampled_weights(player, drawn[place : place + 2])).value for place in range(0, len(drawn), 2)]
    return LedgerRow(
        values.players[player],
        Bought(*(books.score(weights) for weights in (alone, last, average))),
        mean_interval(pairs) if len(pairs) > 1 else None,
        tuple(
            Bought(*(books.amount(term, weights) for weights in (alone, last, average)))
            for term in range(len(books.terms))
        ),
    )


def _curve_weights(order: Order) -> Weights:
    return {there: 1 / len(order) for there in prefixes(order)[1:]}


def _difference(one: Order, other: Order) -> Weights:
    weights = _curve_weights(one)
    for there, weight in _curve_weights(other).items():
        weights[there] = weights.get(there, 0.0) - weight
    return weights


class _Books:
    """Shares and amounts of sets, with intervals over replications.

    A share is a ratio of means; its interval is that of the residuals, replication by replication (the delta method),
    so that what varies with the event and not with the tickets cancels.
    """

    def __init__(self, values: Values, whole: Coalition) -> None:
        self.values = values
        none, all_ = values.known[frozenset()], values.known[whole]
        self.kept = [
            number for number in range(len(values.terms)) if _moved(values, none[number], all_[number], number)
        ]
        self.terms = tuple(values.terms[number] for number in self.kept)
        self.still = tuple(term for number, term in enumerate(values.terms) if number not in self.kept)
        if not self.kept:
            told = ", ".join(term.name for term in values.terms)
            problem = f"all tickets together do not move {told}"
            raise ModelError(problem, "ask for another metric, or take more replications", rule="nothing-moves")
        self.none = none[self.kept]
        self.whole = (none - all_)[self.kept]
        self.ends = tuple((float(none[number].mean()), float(all_[number].mean())) for number in self.kept)
        scenarios = [term.scenario.name for term in self.terms]
        # Each scenario counts the same, and within it each metric.
        self.weights = [1 / len(set(scenarios)) / scenarios.count(name) for name in scenarios]

    def _benefit(self, weights: Weights) -> Float64Array:
        """What sets take off each metric in each replication, summed by weights."""
        total = np.zeros_like(self.none)
        for there, weight in weights.items():
            found = self.values.known[there][self.kept]
            if not np.isfinite(found).all():
                raise self._unknown(there, found)
            total += weight * (self.none - found)
        return total

    def _unknown(self, there: Coalition, found: Float64Array) -> ModelError:
        term = self.terms[int(np.argmin(np.isfinite(found).all(axis=1)))]
        problem = f"{term.name} has no value with {self.values.expression(there)}: too few samples"
        return ModelError(problem, "ask for another aggregate, or for more people", rule="no-value")

    def score(self, weights: Weights) -> Estimate:
        """Share of the way from none to all, over all metrics."""
        taken = self._benefit(weights)
        residuals, value = np.zeros(taken.shape[1]), 0.0
        for number, weight in enumerate(self.weights):
            way = float(self.whole[number].mean())
            share = float(taken[number].mean()) / way
            value += weight * share
            residuals += weight * (taken[number] - share * self.whole[number]) / way
        return Estimate(value, _around(value, residuals))

    def amount(self, term: int, weights: Weights) -> Estimate:
        """How much smaller a metric becomes, in its unit."""
        taken = self._benefit(weights)[term]
        value = float(taken.mean())
        return Estimate(value, _around(value, taken - value))

    def curve(self, order: Order, tickets: tuple[str, ...]) -> Curve:
        """An order with its shares step by step."""
        shares = tuple(self.score({there: 1.0}).value for there in prefixes(order))
        return Curve(tuple(tickets[player] for player in order), shares, self.score(_curve_weights(order)))


def _around(value: float, residuals: Float64Array) -> Interval | None:
    return None if len(residuals) < 2 else mean_interval(residuals + value)


def _moved(values: Values, none: Float64Array, all_: Float64Array, term: int) -> bool:
    """Whether all tickets together move a metric, beyond chance where that can be told."""
    if not (np.isfinite(none).all() and np.isfinite(all_).all()):
        problem = f"{values.terms[term].name} has no value without, or with all tickets: too few samples"
        raise ModelError(problem, "ask for another aggregate, or for more people", rule="no-value")
    if len(none) < 2 or np.ptp(none - all_) == 0:
        return bool(none.mean() != all_.mean())
    return 0.0 not in paired_interval(none, all_)
