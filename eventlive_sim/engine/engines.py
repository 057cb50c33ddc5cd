"""The engines by name; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventlive_sim.engine.recording import Recording

Engine = Callable[..., "Recording"]
"""Runs (program, seed, trace=, progress=) and returns what it recorded."""


class EngineName(StrEnum):
    """Name of an engine: ``fast`` is the compiled kernel, ``reference`` the one in SimPy that it is held against."""

    FAST = "fast"
    REFERENCE = "reference"


def engine_of(name: EngineName) -> Engine:
    """Return the function that simulates."""
    if name is EngineName.FAST:
        from eventlive_sim.engine.kernel import simulate as fast  # noqa: PLC0415 - its compiler waits until it is needed

        return fast
    from eventlive_sim.engine.reference import simulate as reference  # noqa: PLC0415 - as does SimPy

    return reference
