"""Options upon a design: none that it has, each with what it requires, of every design that is shipped."""

from __future__ import annotations

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import design_names, resolve_design, tickets_in, tickets_of
from eventlive_sim.model.upon import candidates_upon


@pytest.mark.parametrize("design", design_names())
def test_each_option_is_there_or_a_candidate_once(design: str) -> None:
    """What a design has and what may be put upon it are all options of its tickets."""
    found = [one.name for one in candidates_upon(design)]
    there = {one.id for one in tickets_in(design)}
    every = [f"{ticket.ticket}:{name}" for ticket in tickets_of(design) for name in ticket.options]
    assert sorted(found) == sorted(set(every) - there)


def test_an_option_comes_with_what_it_requires() -> None:
    """It can be resolved as written, while alone it is refused; what the design has already is not written again."""
    requiring = [one for one in candidates_upon("before") if one.text != one.name]
    assert requiring
    for one in requiring:
        assert one.text.startswith(f"{one.name}+")
        with pytest.raises(ModelError):
            resolve_design(f"before+{one.name}")
        added = one.text.split("+", 1)[1]
        again = {other.name: other.text for other in candidates_upon(f"before+{added}")}
        assert again[one.name] == one.name


def test_what_fits_resolves() -> None:
    """Most options upon the shipped design can stand there; the others say which one they exclude."""
    rules = []
    for one in candidates_upon("before"):
        try:
            resolve_design(f"before+{one.text}")
        except ModelError as error:
            rules.append(error.rule)
    assert set(rules) <= {"ticket-excludes"}
    assert len(rules) < len(list(candidates_upon("before"))) / 4
