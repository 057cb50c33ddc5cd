"""The ledger on a bar whose figures can be worked out by hand: one guest, one clerk, nobody waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.order import Order, read_order
from eventlive_sim.model.resolve import resolve_design, resolve_scenario, tickets_in
from eventlive_sim.study.coalitions import Term, Values, effective, players_of
from eventlive_sim.study.ledger import ledger
from tests.study.small import BAR, EVENING, changed, write

SERVICE = "endpoints.order.steps.serve.service"
DURATION = "call_duration{endpoint:order}:max"


def ticket(name: str, order: int, to: str, **more: object) -> dict[str, object]:
    option = {"edits": [{"set": SERVICE, "to": to}], **more}
    return {"format": 1, "ticket": name, "title": f"ticket {name}", "order": order, "options": {"a": option}}


@pytest.fixture
def bar(tmp_path: Path) -> Path:
    """Service takes 100 ms; 50 with `quick`; 20 with `quicker`, which needs `quick`; `late` does nothing to it."""
    write(tmp_path / "tickets" / "quick.yaml", ticket("quick", 1, "50ms"))
    write(tmp_path / "tickets" / "quicker.yaml", ticket("quicker", 2, "20ms", requires=["quick"]))
    late = {"edits": [{"set": "clients.guest.loops.go.every", "to": "2s"}]}
    write(tmp_path / "tickets" / "late.yaml", {"format": 1, "ticket": "late", "order": 3, "options": {"a": late}})
    return write(tmp_path / "bar.yaml", BAR)


def values(
    bar: Path, *metrics: str, tickets: str = "quick:a+quicker:a+late:a", replications: int = 2, people: int = 1
) -> Values:
    evening = changed(EVENING, clients={"guest": {"people": people, "arrive": "uniform(0s, 900ms)"}})
    world = resolve_scenario(str(write(bar.parent / "evening.yaml", evening)))
    players = players_of(tickets_in(f"{bar}+{tickets}"))
    return Values(str(bar), players, tuple(Term(world, one) for one in metrics), resolve_design, 1, replications)


def recommended(*stages: list[str]) -> Order:
    return Order.model_validate({"format": 1, "title": "someone", "stages": [{"tickets": one} for one in stages]})


def test_what_each_buys_by_hand(bar: Path) -> None:
    """100 ms, 50 with the first, 100 with the second alone, 20 with both: 65 and 15 on average, 0 for the third."""
    done = ledger(values(bar, DURATION), "all", exact=True)
    assert done.ends[0] == pytest.approx((100, 20))
    amounts = {row.player.ticket: row.by_term[0] for row in done.rows}
    quick, quicker, late = amounts["quick"], amounts["quicker"], amounts["late"]
    assert (quick.first.value, quick.last.value, quick.average.value) == pytest.approx((50, 80, 65))
    assert (quicker.first.value, quicker.last.value, quicker.average.value) == pytest.approx((0, 30, 15))
    assert (late.first.value, late.last.value, late.average.value) == pytest.approx((0, 0, 0), abs=1e-9)
    assert done.rows[0].all.average.value == pytest.approx(65 / 80)


def test_a_ticket_without_its_requirement_brings_nothing_until_it_comes(bar: Path) -> None:
    """Its design is that of the set without it, and is simulated once."""
    given = values(bar, DURATION)
    alone, both = frozenset({1}), frozenset({0, 1})
    assert (effective(alone, given.players), effective(both, given.players)) == (frozenset(), both)
    done = ledger(given, "all", exact=True)
    assert (done.sets, done.designs, done.simulated) == (8, 6, 12)


def test_averages_add_up_to_all_exact_or_drawn(bar: Path) -> None:
    """Efficiency, in shares and in each metric's unit; with queues, so that nothing is linear."""
    for exact in (True, False):
        metrics = (DURATION, "attempts{endpoint:order}:count")
        given = values(bar, *metrics, replications=3, people=5)
        done = ledger(given, "all", exact=exact, permutations=4)
        assert sum(row.all.average.value for row in done.rows) == pytest.approx(1)
        for number, (none, all_) in enumerate(done.ends):
            assert sum(row.by_term[number].average.value for row in done.rows) == pytest.approx(none - all_)


def test_the_best_order_against_the_recommended(bar: Path) -> None:
    """What needs another comes after it; the recommended order does `late` first and loses a step."""
    done = ledger(values(bar, DURATION), "all", recommended=recommended(["late"], ["quicker", "quick"]))
    assert done.best.order == ("quick", "quicker", "late")
    assert done.best.shares == pytest.approx((0, 0.625, 1, 1))
    assert done.recommended is not None
    assert done.recommended.order == ("late", "quicker", "quick")
    assert done.recommended.shares == pytest.approx((0, 0, 0, 1), abs=1e-9)
    assert done.within is not None
    assert done.within.order == ("late", "quick", "quicker")
    assert done.lead is not None
    assert done.lead.value == pytest.approx((0.625 + 1 + 1) / 3 - 1 / 3)


def test_intervals_hold_replications_apart_from_orders(bar: Path) -> None:
    """One replication has no interval; drawn orders have one of their own, and every order counting has none."""
    single = ledger(values(bar, DURATION, replications=1), "all", exact=True)
    assert single.rows[0].all.average.interval is None
    assert single.rows[0].orders is None
    write(bar.parent / "tickets" / "x.yaml", {**ticket("x", 4, "20ms"), "options": {"a": {"edits": []}}})
    write(bar.parent / "tickets" / "y.yaml", {**ticket("y", 5, "20ms"), "options": {"a": {"edits": []}}})
    five = values(bar, DURATION, tickets="quick:a+quicker:a+late:a+x:a+y:a", people=4)
    drawn = ledger(five, "all", permutations=6)
    assert (drawn.exact, drawn.orders) == (False, 6)
    spans = {row.player.ticket: row.orders for row in drawn.rows}
    assert all(span is not None for span in spans.values())
    assert spans["x"] is not None
    assert spans["x"].high == pytest.approx(0, abs=1e-9)
    assert drawn.rows[0].all.average.interval is not None


def test_what_is_not_moved_is_left_out_or_refused(bar: Path) -> None:
    """A share of nothing is no share."""
    done = ledger(values(bar, DURATION, "people{change:join}:count"), "all", exact=True)
    assert [term.metric for term in done.still] == ["people{change:join}:count"]
    with pytest.raises(ModelError, match="do not move"):
        ledger(values(bar, "people{change:join}:count"), "all")
    with pytest.raises(ModelError, match="too few samples"):
        ledger(values(bar, "call_duration{endpoint:order}:p(95)"), "all")
    with pytest.raises(ModelError, match="no metric 'call_durations'"):
        ledger(values(bar, "call_durations:max"), "all")


def test_an_order_names_each_ticket_once(tmp_path: Path) -> None:
    """What no stage names comes last; a ticket in two stages, and no file at all, are refused."""
    order = recommended(["b"], ["a", "c"])
    assert order.ordered(("a", "z", "b", "c")) == ("b", "a", "c", "z")
    assert (order.stage_of("a"), order.stage_of("z")) == (1, 2)
    with pytest.raises(ValueError, match="b stands in two stages"):
        recommended(["b"], ["a", "b"])
    with pytest.raises(ModelError, match="no order of work"):
        read_order(tmp_path / "order.yaml")
