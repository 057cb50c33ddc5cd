"""Tickets stand together: any pair or triple of options, with what they require, resolves or says what excludes what."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import ResolvedDesign, design_names, resolve_design, tickets_of
from tests.model.together import completed, tickets

PROJECT = Path(__file__).parents[1] / "files" / "project"
BASES = [(name, None) for name in design_names() if name == "before" and tickets_of(name)]
SAMPLE = 300


def resolve(base: str, options: Sequence[str], root: Path | None) -> ResolvedDesign | None:
    """Resolved design, or None when the options exclude each other or need what is not there."""
    try:
        return resolve_design("+".join([base, *options]), root=root)
    except ModelError as error:
        if error.rule not in {"ticket-excludes", "ticket-requires"}:
            pytest.fail(f"{options}: {error}")
        return None


def check(base: str, options: Sequence[str], root: Path | None) -> bool:
    """Resolve options with what they require, in two orders of typing; whether they stand together."""
    resolve(base, options, root)
    whole = completed(base, options, root)
    one, other = resolve(base, whole, root), resolve(base, whole[::-1], root)
    if one is None or other is None:
        assert one is other
        return False
    assert one.expression == other.expression
    assert one.design == other.design
    return True


@pytest.mark.parametrize("base, root", BASES)
def test_every_option_stands_alone(base: str, root: Path | None) -> None:
    """An option with what it requires always resolves."""
    for option in tickets(base, root):
        assert check(base, [option], root), option


@pytest.mark.parametrize("base, root", BASES)
def test_pairs(base: str, root: Path | None) -> None:
    """All pairs of options."""
    for pair in combinations(tickets(base, root), 2):
        check(base, pair, root)


@pytest.mark.parametrize("base, root", BASES)
def test_some_triples(base: str, root: Path | None) -> None:
    """A drawn sample of the triples; the slow run takes all."""
    triples = list(combinations(tickets(base, root), 3))
    for triple in random.Random(0).sample(triples, min(SAMPLE, len(triples))):
        check(base, triple, root)


@pytest.mark.slow
@pytest.mark.parametrize("base, root", BASES)
def test_all_triples(base: str, root: Path | None) -> None:
    """All triples of options."""
    for triple in combinations(tickets(base, root), 3):
        check(base, triple, root)


def test_the_check_finds_a_ticket_that_breaks_another() -> None:
    """In the small project one pair does break: T-4 edits what T-3 removes without saying that it supersedes it."""
    with pytest.raises(pytest.fail.Exception, match="missing-path"):
        check("base", ["T-3:only", "T-4:A"], PROJECT)
