"""An assembler that tells apart by name what belongs to one of several webinars, projects or deployments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from eventlive_sim.program.assembler import Assembler, Label
from eventlive_sim.program.program import StationSpec

WEBINAR = "webinar"
"""Tag of series that are counted for one of several webinars."""
_BETWEEN = "/"


class ScopedAssembler(Assembler):
    """Writes programs row by row; what is made within a scope bears its name.

    Outside a scope every name stays as it is given. Constants, tables, streams of draws and the registers of tasks, calls,
    tabs and persons are the same in all scopes: a person is in one webinar only, and meets in it what they would meet if it
    were the only one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scope = ""

    @contextmanager
    def within(self, scope: str) -> Iterator[None]:
        """Give what is made inside the name of a scope; the empty one is no scope."""
        before, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = before

    def _scoped(self, name: str) -> str:
        return f"{self.scope}{_BETWEEN}{name}" if self.scope else name

    @property
    def people_so_far(self) -> int:
        """People and world entities of all populations until now."""
        return sum(population.count for population in self._populations)

    def station(self, spec: StationSpec) -> int:
        """Index of a new station."""
        return super().station(replace(spec, name=self._scoped(spec.name)))

    def register(self, name: str, keys: int = 1, initial: int = 0) -> int:
        """Index of a new shared register."""
        return super().register(self._scoped(name), keys, initial)

    def new_signal(self, name: str, keys: int = 1) -> int:
        """Index of a new signal."""
        return super().new_signal(self._scoped(name), keys)

    def series(self, metric: str, *, trend: bool = False, tag: str = "", unit: str = "1", **tags: str) -> int:
        """Index of a series; the same series in the same scope gives the same index."""
        own = {WEBINAR: self.scope} if self.scope else {}
        return super().series(metric, trend=trend, tag=tag, unit=unit, **own, **tags)

    def population(self, name: str, count: int, entry: Label, *, tabs: int = 1, world: bool = False) -> int:
        """First person id of a new population."""
        return super().population(self._scoped(name), count, entry, tabs=tabs, world=world)

    @contextmanager
    def entry(self, name: str) -> Iterator[None]:
        """Name the rows written inside, for the listing."""
        with super().entry(self._scoped(name)):
            yield


def unscoped(name: str) -> tuple[str, str]:
    """Scope and own name of what a scoped assembler named.

    Examples
    --------
    >>> unscoped("spring/db_cpu"), unscoped("db_cpu")
    (('spring', 'db_cpu'), ('', 'db_cpu'))
    """
    scope, _, own = name.rpartition(_BETWEEN)
    return scope, own
