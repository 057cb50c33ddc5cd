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
    first, stop = places.further_tabs
    assert stop - first == apart * 1000
    assert sum(sizes) >= stop
