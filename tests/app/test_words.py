"""The catalogue: each key in each language with the same names to fill in, and each key that a page asks for."""

from __future__ import annotations

import re
import string

from eventlive_sim.app.setting import LANGUAGES
from eventlive_sim.app.words import catalogue, say
from tests.house.source import PACKAGE

# Keys that are put together from what a page shows.
BUILT: tuple[str, ...] = (
    "lab.",
    "series.",
    "part.",
    "incident.nav",
    "model.files",
    "model.schema",
    "model.flow",
    "model.listing",
    "app.one",
)
BUILT += ("app.other", "budgets.pass", "budgets.fail", "budgets.undecided", "budgets.result_")


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_each_key_is_said_in_each_language():
    """No key lacks a language, none says nothing, and both fill in the same."""
    for key, said in catalogue().items():
        assert set(said) == set(LANGUAGES), key
        assert all(text.strip() for text in said.values()), key
        assert len({frozenset(_names(text)) for text in said.values()}) == 1, key


def test_what_pages_ask_for_is_there_and_what_is_there_is_asked_for():
    """Every key of the code is in the catalogue, and the catalogue keeps none that nobody asks for."""
    code = "\n".join(path.read_text("utf-8") for path in (PACKAGE / "app").rglob("*.py"))
    asked = set(re.findall(r'(?:\bt|\bsay)\(\s*f?["\']([a-z0-9_.]+)["\']', code))
    assert len(asked) > 100
    assert asked - set(catalogue()) == set()
    spare = {key for key in catalogue() if key not in asked and not key.startswith(BUILT) and not key.endswith(".nav")}
    assert spare == set()


def test_korean_is_korean():
    """A sentence that was left in English would stand out."""
    same = [key for key, said in catalogue().items() if said["en"] == said["ko"]]
    assert set(same) <= {"planner.go", "planner.tune", "planner.no", "series.p95"}


def test_values_are_filled_in():
    """By name, whatever the order in the language; a value may be called key."""
    assert say("en", "job.link", key="abc").endswith("Key abc.")
    assert "abc" in say("ko", "job.link", key="abc")
