"""The pages by AppTest: they render, a knob moves a number, errors are told, what is shown has its command."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from eventlive_sim.app.main import PAGES


def _script(name: str) -> None:
    from eventlive_sim.app.main import one_page

    one_page(name)


def page_of(name: str, **params: str | list[str]) -> AppTest:
    """A page as a visitor sees it who comes by a link; few people, so that it is quick."""
    at = AppTest.from_function(_script, kwargs={"name": name}, default_timeout=60)
    at.query_params["world"] = ["clients.participant.people=60", "duration=12m", "windows.steady=[2m, 12m]"]
    for key, value in params.items():
        at.query_params[key] = value
    return at.run()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """What the application keeps, it keeps for one test."""
    monkeypatch.setenv("EVENTLIVE_APP_HOME", str(tmp_path))


@pytest.mark.parametrize("name", list(PAGES))
def test_each_page_begins_with_a_verdict(name: str):
    """One sentence as the title, at most four numbers, no error."""
    at = page_of(name)
    assert not at.exception
    assert not at.error
    assert len(at.title) == 1
    assert len(at.title[0].value) > 10
    assert len(at.metric) <= 4
