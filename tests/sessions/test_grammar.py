"""What a design may say of sessions, and what it is told when it says something else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import resolve_design
from tests.sessions.house import house


@pytest.mark.parametrize(
    ("sessions", "told"),
    [
        ({"when": {"page": "found"}}, "write person.page"),
        ({"when": {"person.tall": True}}, "no client has the attribute 'person.tall'"),
        ({"age": 30}, "has no unit"),
        ({"tick": "0s"}, "greater than 0"),
        ({"ssr": 1.5}, "less than or equal to 1"),
        ({"storage": "memory"}, "'cookie' or 'local'"),
        ({"single_flight": {"people": True}}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(sessions: dict[str, Any], told: str) -> None:
    """Conditions on anything but the person, ages without a unit, shares over one, words that mean nothing."""
    with pytest.raises(ValidationError, match=told):
        Design.model_validate(house(sessions))


@pytest.mark.parametrize("tokens", [{"kind": "v3"}, {"lifetime": "0s"}, {"work": 0}, {"burst": -1}])
def test_tokens_that_cannot_be_are_refused(tokens: dict[str, Any]) -> None:
    """An unknown kind, a lifetime of nothing, a transaction without statements."""
    with pytest.raises(ValidationError):
        Design.model_validate(house(tokens=tokens))


def test_libraries_are_presets() -> None:
    """The two releases differ in the lock over tabs and in what follows a failure."""
    sets = ["clients.participant.sessions.single_flight.tabs=true", "clients.participant.sessions.cooldown=0s"]
    sessions = resolve_design("before", sets=sets).design.clients["participant"].sessions
    assert sessions is not None
    assert sessions.single_flight.tabs
    assert (sessions.tick, sessions.ticks_ahead, sessions.margin) == (30 * 10**9, 3, 90 * 10**9)


@pytest.mark.parametrize(
    ("option", "stores", "ssr"), [("A", "cookie", 1.0), ("B", "local", 0.0), ("shared", "local", 1.0)]
)
def test_the_ticket_has_three_options(option: str, stores: str, ssr: float) -> None:
    """One store in the browser; no refresh in functions; one refresh that functions share."""
    sessions = resolve_design(f"before+3-2:{option}").design.clients["participant"].sessions
    assert sessions is not None
    assert (sessions.storage, sessions.ssr) == (stores, ssr)
    assert sessions.single_flight.server == (option == "shared")
