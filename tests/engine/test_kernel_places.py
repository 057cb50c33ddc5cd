"""Where the kernel keeps what stands under keys: every key has a place of its own, and further tabs lie apart."""

from __future__ import annotations

import pytest

from eventlive_sim.engine.kernel.layout import H_FURTHER, HEADER, STEPS
from eventlive_sim.engine.kernel.memory import place_of
from eventlive_sim.engine.kernel.places import Place, Places, Table
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.program import Program


def _asked(*asked: tuple[Place, int]) -> list[int]:
    """Place of a key of each thing, as the kernel finds it: its functions are Python as well."""
    steps = HEADER
    memory = [0] * (steps + STEPS + 1000)
    memory[H_FURTHER] = steps + STEPS
    found = []
    for place, key in asked:
        memory[steps : steps + STEPS] = place.steps
        found.append(place_of(memory, place.first, steps, key))
    return found


@pytest.mark.parametrize("tabs", [1, 2, 4])
@pytest.mark.parametrize("keys", [1, 7, 8, 13])
def test_every_key_has_a_place_of_its_own(tabs: int, keys: int) -> None:
    """Two things of two words and one, for as many keys: no place twice, all in the table, and all of them are found."""
    table = Table(rows=8, words=0, first=100, tabs=tabs)
    wide, narrow = Place(table, table.give(keys, 2)), Place(table, table.give(keys, 1))
    order = [key * 5 % keys for key in range(keys)] if keys % 5 else list(range(keys))
    places = _asked(*((wide, key) for key in order), *((narrow, key) for key in range(keys)))
    found = [place + word for place in places[:keys] for word in (0, 1)] + places[keys:]
    assert len(set(found)) == 3 * keys
    assert 100 <= min(found) <= max(found) < 100 + tabs * table.block
    every = [place for places in narrow.all(keys) for place in range(places.start, places.stop, places.step)]
    assert len(set(every)) == len(every)
    assert set(places[keys:]) <= set(every)


def test_further_tabs_stand_side_by_side_as_they_are_opened() -> None:
    """A hundred people may have four tabs each, three open a further one: one record after the other, and so again when asked for."""
    table = Table(rows=400, words=0, first=0, tabs=4)
    one, other = Place(table, table.give(400, 3)), Place(table, table.give(400, 2))
    opened = [4 * 77 + 3, 4 * 12 + 1, 4 * 77 + 1]
    again = [(other, key) for key in reversed(opened)]
    assert _asked(*((one, key) for key in opened), *again, (one, 4 * 50)) == [
        *(500, 505, 510),
        *(513, 508, 503),
        250,
    ]


@pytest.mark.parametrize("tabs", [1, 2])
def test_what_is_given_after_a_table_is_closed_stands_apart(tabs: int) -> None:
    """Five words together, then eleven in parts of five: no word twice, and those of one thing side by side."""
    table = Table(rows=6 * tabs, words=0, tabs=tabs)
    together = [Place(table, table.give(6 * tabs, words)) for words in (3, 2)]
    table.close(3)
    apart = [Place(table, table.give(6 * tabs, words)) for words in (3, 3, 1, 1, 3)]
    keys = range(6 * tabs)
    places = _asked(*((place, key) for place in (*together, *apart) for key in keys))
    wide = [words for words in (3, 2, 3, 3, 1, 1, 3) for _ in keys]
    found = [place + word for place, words in zip(places, wide, strict=True) for word in range(words)]
    assert len(set(found)) == len(found) == 16 * 6 * tabs
    assert max(found) < table.size
    assert max(places[: 2 * len(keys)]) < tabs * table.block <= min(places[2 * len(keys) :])


def _program(tabs: int) -> Program:
    asm = Assembler()
    entry = asm.here()
    asm.copy(asm.tab("seen"), asm.now)
    asm.end()
    asm.population("p", 1000, entry, tabs=tabs)
    return asm.build(1000, bin_ns=1000)


@pytest.mark.parametrize(("tabs", "further"), [(1, 0), (2, 1), (3, 0), (4, 3)])
def test_further_tabs_have_numbers(tabs: int, further: int) -> None:
    """All first tabs come first; of a number of tabs that is no power of two, a person's stand side by side and need no number."""
    sizes: list[int] = []

    def room(words: int) -> int:
        sizes.append(words)
        return sum(sizes[:-1])

    places = Places(_program(tabs), room)
    assert places.apart == [(places.people.size, places.people.size), (sum(sizes[:2]), sum(sizes[:2]))]
    assert places.tabs.further == further * 1000
    assert places.further == sum(sizes[:-1])
    assert sizes[-1] == further * 500
