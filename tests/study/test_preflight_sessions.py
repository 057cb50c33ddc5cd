"""Tokens that fall due together, against what the functions' addresses may ask for, by hand; and as simulated."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.report.document import run_document
from eventlive_sim.study.preflight import Part, preflight
from eventlive_sim.study.run import run
from tests.realtime.rooms import DESIGN, joined

NAME = "token requests of functions"
BROWSER = {"storage": "local", "ssr": 0.5, "age": "48m"}


def of(
    sessions: dict[str, Any], *, age: str | None = None, arrive: str = "uniform(0s, 100s)", **more: Any
) -> Part | None:
    """What 400 guests, of whom a quarter is known, ask of two addresses; each may 30 times, then once in 2 s."""
    design = joined(
        DESIGN,
        {
            "platform": {"functions": {"addresses": 2}, "project": {"auth": {"tokens": {"burst": 30, **more}}}},
            "clients": {
                "guest": {
                    "attributes": {"known": 0.25},
                    "sessions": {"when": {"person.known": True}, **sessions},
                }
            },
        },
    )
    guests = {"people": 400, "arrive": arrive} | ({} if age is None else {"session_age": age})
    world = Scenario.model_validate({"format": 1, "duration": "30m", "clients": {"guest": guests}})
    parts = {part.name: part for part in preflight(Design.model_validate(design), world).parts}
    return parts.get(NAME)


def test_a_wave_by_hand() -> None:
    """50 tokens within 100 s: 0.5 a second; 2 addresses may 1 a second, and 60 requests more within the 100 s."""
    part = of(BROWSER)
    assert part is not None
    assert part.offered == pytest.approx(400 * 0.25 * 0.5 / 100)
    assert part.capacity == pytest.approx(2 * (0.5 + 30 / 100))


def test_the_wider_of_two_spreads_counts() -> None:
    """Ages of ten minutes' width, of the scenario, spread what comes within 100 s."""
    part = of(BROWSER, age="uniform(45m, 55m)")
    assert part is not None
    assert part.offered == pytest.approx(50 / 600)


def test_all_at_one_instant_have_two_seconds() -> None:
    """The time of one token of the bucket: no division by nothing."""
    part = of(BROWSER, arrive="0s")
    assert part is not None
    assert (part.offered, part.capacity) == (pytest.approx(25), pytest.approx(2 * (0.5 + 15)))


@pytest.mark.parametrize(
    ("sessions", "more"),
    [
        ({**BROWSER, "ssr": 0.0}, {}),
        ({**BROWSER, "functions_refresh": False}, {}),
        ({**BROWSER, "storage": "cookie"}, {}),
        ({**BROWSER, "age": "10m"}, {}),
        (BROWSER, {"burst": 0}),
    ],
)
def test_where_nothing_is_asked_there_is_no_part(sessions: dict[str, Any], more: dict[str, Any]) -> None:
    """No cookie is read, nothing refreshed, the browser is first, nothing falls due in time, nothing is limited."""
    assert of(sessions, **more) is None


def test_the_wave_that_ships_is_foretold() -> None:
    """Offered more than allowed where the simulation is refused, nothing where a ticket takes it away."""
    sets = ["clients.participant.people=400", "duration=30m", "windows.between=[20m, 25m]", "windows.again=[26m, 29m]"]
    world = resolve_scenario("renewal_wave", sets=sets)
    for expression, warned in (("before", True), ("before+3-2:A", False), ("before+3-2:B", False)):
        design = resolve_design(expression)
        told = [text for text in preflight(design.design, world.scenario).warnings if text.startswith(NAME)]
        assert bool(told) == warned, expression
        done = run(design, world, seed=1, replications=1, workers=1)
        errors = [row for row in run_document(done)["replications"][0]["metrics"] if row["name"] == "refresh_errors"]
        refused = sum(row["values"]["count"] for row in errors if "over_request_rate_limit" in row["tags"].values())
        assert (refused > 50) == warned, expression
