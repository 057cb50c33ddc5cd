"""Arithmetic before a run: worked out by hand, and against what a simulation then does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.study.preflight import Preflight, preflight
from eventlive_sim.study.samples import aggregate, gauge, select
from tests.study.small import DOOR, NIGHT, changed, simulated

STEPS = "endpoints__door__steps"
BUSY = changed(
    NIGHT,
    duration="400s",
    clients__guest={"people": 60, "arrive": "uniform(0s, 10s)"},
    windows={"late": ["20s", "400s"]},
)


def of(design: dict[str, Any], scenario: dict[str, Any] = NIGHT) -> Preflight:
    return preflight(Design.model_validate(design), Scenario.model_validate(scenario))


def test_the_bug_by_hand() -> None:
    """Twelve guests call once a second: a select that fails (1 ms), then an insert that conflicts (4 ms).

    The first call of one who is not seated inserts instead; from then on the row is there, so both are alike.
    """
    (door,) = of(DOOR).offered
    assert door.calls_per_s == 12
    assert door.queries_per_call == 2
    assert door.cpu == pytest.approx(12 * 0.005)
    assert door.pool == pytest.approx(12 * (0.005 + 2 * 4 * 0.0001))


def test_first_calls_while_people_come() -> None:
    """1.2 guests come a second; half are seated (1 + 4 ms), half insert (1 + 2 ms): 4 ms each on top of the steady load."""
    cores = of(DOOR).parts[0]
    assert cores.at_entry == pytest.approx(cores.offered + 1.2 * 0.004)


@pytest.mark.parametrize(
    ("steps", "queries"),
    [
        ({"look": {"select": "seats", "columns": ["who"]}}, 1),
        ({"look": {"select": "seats"}, "sit": {"insert": "seats", "when": {"look": "missing"}}}, 1),
        ({"look": {"select": "seats"}, "no": {"answer": 403, "when": {"look": "found"}}, "on": {"select": "seats"}}, 1.5),
        ({"look": {"select": "seats", "columns": ["id"]}, "on": {"select": "seats"}}, 1),
        ({"look": {"select": "seats", "columns": ["id"], "errors": {"400": {"answer": 503}}}, "on": {"select": "seats"}}, 1),
        ({"sit": {"insert": "seats", "errors": {"409": "continue"}}, "on": {"select": "seats", "when": {"sit": "conflict"}}}, 2),
        ({"sit": {"insert": "seats", "errors": {"any": {"retry": {"times": 3, "delays": ["1s"]}}}}}, 4),
        ({"go": {"update": "seats"}, "on": {"select": "seats", "when": {"go": "missing"}}}, 1.5),
        ({"who": {"auth": "get_user"}, "look": {"select": "seats", "when": {"person.seated": True}}}, 1.5),
        ({"both": {"parallel": {"a": {"select": "seats"}, "b": {"select": "seats"}}}}, 2),
        ({"kept": {"cache": "k", "ttl": "1s", "steps": {"look": {"select": "seats"}}}}, 1 / 13),
        ({"all": {"rpc": "f", "statements": {"a": {"update": "seats"}, "b": {"select": "seats"}}}}, 1),
        ({"a": {"select": "seats"}, "b": {"select": "seats", "when": {"not": {"a": "found"}}}}, 1.5),
        ({"a": {"select": "seats"}, "b": {"select": "seats", "when": {"any": [{"a": "ok"}, {"a": 404}]}}}, 2),
    ],
)  # fmt: skip
def test_queries_of_a_call(tmp_path: Path, steps: dict[str, Any], queries: float) -> None:
    """Conditions, errors, retries, rows and attributes decide how many steps are taken; a simulation agrees."""
    design = changed(DOOR, **{STEPS: steps})
    design["platform"]["project"]["postgres"]["costs"] |= {"update": "1ms", "update_missing": "1ms", "rpc": "1ms"}
    design["clients"]["guest"]["attributes"]["seated"] = 0.5
    (door,) = of(design).offered
    assert door.queries_per_call == pytest.approx(queries)
    design["clients"]["guest"]["loops"]["go"]["timeout"] = "30s"
    found = simulated(tmp_path, design, changed(NIGHT, clients__guest__people=60)).replications[0].samples
    simulated_mean = aggregate(select(found, "queries_per_call", "late"), "avg")
    cached = "kept" in steps
    assert simulated_mean == pytest.approx(1 / 61 if cached else queries, rel=0.35 if cached else 0.2)


@pytest.mark.parametrize("expression", ["bug", "fixed"])
def test_offered_load_is_what_a_simulation_carries(tmp_path: Path, expression: str) -> None:
    """Where nothing queues for long, utilisation is the offered share, but for the time that calls themselves take."""
    design = (
        DOOR if expression == "bug" else changed(DOOR, **{STEPS: {"look": {"select": "seats", "columns": ["who"]}}})
    )
    expected = of(design, BUSY)
    found = simulated(tmp_path, design, BUSY).replications[0].samples
    for part, station in zip(expected.parts, ("db_cpu", "rest_pool"), strict=False):
        assert gauge(found, "station_utilisation", "late", station=station) == pytest.approx(part.share, rel=0.08)


def test_warnings_say_what_will_break() -> None:
    """More than there is; more only while people come; more only when every failure is tried again."""
    crowd = changed(NIGHT, clients__guest={"people": 600, "arrive": "uniform(0s, 60s)"})
    (lasting, *_) = of(DOOR, crowd).warnings
    assert "as long as the load lasts" in lasting
    rush = changed(NIGHT, clients__guest={"people": 300, "arrive": "uniform(0s, 1s)"})
    assert any("until all are in" in text for text in of(DOOR, rush).warnings)
    eager = changed(DOOR, clients__guest__loops__go__retry={"times": 9})
    told = of(eager, changed(NIGHT, clients__guest={"people": 60, "arrive": "uniform(0s, 60s)"})).warnings
    assert any("tries after failures" in text for text in told)
    assert of(DOOR, changed(NIGHT, clients__guest={"people": 3, "arrive": "uniform(0s, 60s)"})).warnings == ()


def test_everybody_at_once_is_told() -> None:
    """Twelve at one instant, and two connections."""
    assert "one instant" in of(DOOR, changed(NIGHT, clients__guest={"people": 12})).warnings[-1]


def test_sources_offer_load_too() -> None:
    """A source of two calls every 100 ms is 20 a second, whoever else is there."""
    world = changed(NIGHT, clients={}, sources={"bots": {"call": "door", "every": "100ms", "batch": 2}})
    (door,) = of(DOOR, world).offered
    assert door.calls_per_s == 20
