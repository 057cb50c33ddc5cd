"""The page on semantics says what the tables say."""

from __future__ import annotations

import os
from pathlib import Path

from eventlive_sim.program.primitives import PRIMITIVES, Gauge, MeterWindow, Space, StationKind
from eventlive_sim.program.program import StationSpec
from eventlive_sim.program.semantics import GAUGES, REMAKE, SPACES, STATIONS, render

PAGE = Path(__file__).parents[2] / "docs" / "semantics.md"


def test_page_is_current() -> None:
    """The committed page is what the tables give; EVENTLIVE_REGENERATE=1 writes it anew."""
    if os.environ.get("EVENTLIVE_REGENERATE") == "1":
        PAGE.write_text(render(), encoding="utf-8", newline="\n")
    assert PAGE.read_text(encoding="utf-8") == render(), f"write it anew: {REMAKE}"


def test_page_holds_every_row() -> None:
    """Every primitive, station, field, window, space and gauge has a place on the page."""
    text = render()
    for primitive in PRIMITIVES:
        assert f"### {primitive.name}\n" in text
    for name in [*StationKind.__members__, *Space.__members__, *Gauge.__members__, *StationSpec.__dataclass_fields__]:
        assert f"| {name} |" in text
    for name in MeterWindow.__members__:
        assert f"`{name}`" in text
    assert (set(STATIONS), set(SPACES), set(GAUGES)) == (set(StationKind), set(Space), set(Gauge))
