"""Draws with an address, as ``engine.draws`` gives them, in 64-bit arithmetic."""

from __future__ import annotations

from eventlive_sim.engine import draws as law
from eventlive_sim.engine.kernel.keys import id_of, tab_of
from eventlive_sim.engine.kernel.language import Unsigned, Words, inlined, leading_zeros, signed, unsigned

MIX_1, MIX_2 = Unsigned(law.MIX_1), Unsigned(law.MIX_2)
PERSON_FACTOR, TAB_FACTOR = Unsigned(law.PERSON_FACTOR), Unsigned(law.TAB_FACTOR)
ORDINAL_FACTOR, ATTEMPT_FACTOR = Unsigned(law.ORDINAL_FACTOR), Unsigned(law.ATTEMPT_FACTOR)
OCCURRENCE_FACTOR = Unsigned(law.OCCURRENCE_FACTOR)
LAST, CELLS, BITS, MASK = law.OCTAVES - 1, law.CELLS, law.FRACTION_BITS, law.FRACTION_MASK


@inlined
def mix(value: Unsigned) -> Unsigned:
    """Finaliser of splitmix64."""
    value = unsigned((value ^ (value >> 30)) * MIX_1)
    value = unsigned((value ^ (value >> 27)) * MIX_2)
    return unsigned(value ^ (value >> 31))


@inlined
def who(person: int, tab: int) -> int:
    """Return what the address of a draw says of person and tab."""
    return signed(unsigned(person) * PERSON_FACTOR + unsigned(tab) * TAB_FACTOR)


@inlined
def draw(m: Words, table: int, state: int, task: int, ordinal: int, attempt: int, occurrence: int) -> int:
    """Value of the table at ``table`` at a task's address in the stream with that state."""
    which = unsigned(ordinal) * ORDINAL_FACTOR + unsigned(attempt) * ATTEMPT_FACTOR
    whose = who(id_of(m, task), tab_of(m, task))
    word = mix(unsigned(mix(unsigned(state ^ whose)) ^ (which + unsigned(occurrence) * OCCURRENCE_FACTOR)))
    octave = min(leading_zeros(~word), LAST)
    shift = max(36 - octave, 17)
    cell = signed(word >> (shift + BITS)) & (CELLS - 1)
    fraction = signed(word >> shift) & MASK
    at = table + 2 * (CELLS * octave + cell)
    low = m[at]
    width = m[at + 1] - low
    return low + (width >> BITS) * fraction + (((width & MASK) * fraction) >> BITS)
