"""Where the kernel keeps what stands under keys: every key has a place of its own, and further tabs lie apart."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.kernel.places import Place, Places, Table
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.program import Program


def _place_of(place: Place, key: int) -> int:
    step, shift, mask, block = place.steps
    return place.first + (key >> shift) * step + (key & mask) * block


@pytest.mark.parametrize("tabs", [1, 2, 4])
@pytest.mark.parametrize("keys", [1, 7, 8, 13])
def test_every_key_has_a_place_of_its_own(tabs: int, keys: int) -> None:
    """Two things of two words and one, for as many keys: no place twice, all in the table, and all of them are found."""
    table = Table(rows=8, words=0, first=100, tabs=tabs)
    wide, narrow = Place(table, table.give(keys, 2)), Place(table, table.give(keys, 1))
    found = [_place_of(wide, key) + word for key in range(keys) for word in (0, 1)]
    found += [_place_of(narrow, key) for key in range(keys)]
    assert len(set(found)) == 3 * keys
    assert 100 <= min(found) <= max(found) < 100 + tabs * table.block
    every = [place for places in narrow.all(keys) for place in range(places.start, places.stop, places.step)]
    assert sorted(every) == sorted(_place_of(narrow, key) for key in range(keys))


@pytest.mark.parametrize("tabs", [1, 2])
def test_what_is_given_after_a_table_is_closed_stands_apart(tabs: int) -> None:
    """Five words together, then eleven in parts of five: no word twice, and those of one thing side by side."""
    table = Table(rows=6 * tabs, words=0, tabs=tabs)
    together = [Place(table, table.give(6 * tabs, words)) for words in (3, 2)]
    table.close(3)
    apart = [Place(table, table.give(6 * tabs, words)) for words in (3, 3, 1, 1, 3)]
    keys = range(6 * tabs)
    found = [
        _place_of(place, key) + word
        for place, words in zip((*together, *apart), (3, 2, 3, 3, 1, 1, 3), strict=True)
        for key in keys
        for word in range(words)
    ]
    assert len(set(found)) == len(found) == 16 * 6 * tabs
    assert max(found) < table.size
    assert max(_place_of(place, key) for place in together for key in keys) < tabs * table.block
    assert min(_place_of(place, key) for place in apart for key in keys) >= tabs * table.block


def _program(tabs: int) -> Program:
    asm = Assembler()
    entry = asm.here()
    asm.copy(asm.tab("seen"), asm.now)
    asm.end()
    asm.population("p", 1000, entry, tabs=tabs)
    return asm.build(1000, bin_ns=1000)


@pytest.mark.parametrize(("tabs", "apart"), [(1, 0), (2, 1), (3, 0), (4, 3)])
def test_further_tabs_lie_apart(tabs: int, apart: int) -> None:
    """All first tabs come first; of a number of tabs that is no power of two, a person's stand side by side."""
    sizes: list[int] = []

    def room(words: int) -> int:
        sizes.append(words)
        return sum(sizes[:-1])

    places = Places(_program(tabs), room)
    (nobody, none), (first, stop) = places.apart
    assert nobody == none == places.people.size
    assert stop - first == apart * 1000
    assert sum(sizes) == stop
