"""What of the many records of people and tabs is hardly ever written to: told by a run with a few of the people.

Breakers that never open, sign-outs that never come, locks that nobody waits for: half of the words of a record may stay 0. They
stand apart (`places.py`), so that the machine gives no memory to them. What the pilot gets wrong costs memory, nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventlive_sim.engine.kernel.places import SIGNAL, STATION, Use, things_of
from eventlive_sim.program.primitives import StationKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventlive_sim.engine.kernel.places import Places
    from eventlive_sim.program.program import Int64Array, Program

MANY_PEOPLE = 50_000
"""From so many people on: the records of fewer take some 50 MB at most, and the pilot's time would tell in a run of seconds."""
PILOTS = 300
"""People of each population in the pilot: three times what it takes to see what one in `SELDOM` has."""
SELDOM = 100
"""A thing is seldom written to if less than one in so many has it: a page of 4 KiB holds some fourteen records, so that less than
a seventh of the pages is touched."""


def pilot_of(program: Program) -> Program | None:
    """Return the program with fewer people; none if it has few anyway."""
    few = tuple(replace(one, count=min(one.count, PILOTS)) for one in program.populations)
    if program.people < MANY_PEOPLE or few == program.populations:
        return None
    return replace(program, populations=few)


class Written:
    """Collects what a run of the pilot has written to.

    Parameters
    ----------
    pilot : Program
        Its program.
    places : Places
        Where it keeps things.
    """

    def __init__(self, pilot: Program, places: Places) -> None:
        self._enough = max(1, pilot.people // SELDOM)
        tabs = pilot.people * pilot.tabs_max
        self._parts: list[tuple[Use, slice]] = []
        for kind, number, keys, words in things_of(pilot):
            if not _may_stand_apart(pilot, kind, number):
                continue
            for part in places.of(kind, number).all(min(keys, tabs)):
                self._parts += [
                    ((kind, number), slice(part.start + word, part.stop + word, part.step)) for word in range(words)
                ]
        self._ever: list[NDArray[np.bool_]] = [np.zeros(len(range(1 << 62)[part]), np.bool_) for _, part in self._parts]

    def look(self, memory: Int64Array) -> None:
        """Note what is not 0 now."""
        for ever, (_, part) in zip(self._ever, self._parts, strict=True):
            np.logical_or(ever, memory[part], out=ever)

    def seldom(self) -> frozenset[Use]:
        """What hardly anybody has."""
        found: Counter[Use] = Counter()
        for ever, (use, _) in zip(self._ever, self._parts, strict=True):
            found[use] += int(ever.sum())
        return frozenset(use for use, count in found.items() if count < self._enough)


def _may_stand_apart(pilot: Program, kind: int, number: int) -> bool:
    """Whether a thing that is 0 whenever one looks was hardly written to: a queue or a signal is, whenever it is left."""
    if kind == STATION:
        return pilot.stations[number].kind is StationKind.METER
    return kind != SIGNAL
