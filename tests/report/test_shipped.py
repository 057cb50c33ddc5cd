"""Documents of the designs that ship, at the full length of their scenarios: what a short event does not show."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from eventlive_sim.model.resolve import resolve_design, resolve_scenario
from eventlive_sim.report.document import run_document, text_of
from eventlive_sim.study.run import run

FEW = ("clients.participant.people=3", "clients.admin.people=1")


@pytest.mark.parametrize("scenario", ["s1", "s3"])
@pytest.mark.parametrize("design", ["before", "after"])
def test_a_shipped_run_has_a_document(design: str, scenario: str, tmp_path: Path) -> None:
    """All of S1 and S3: thousands of instances over an hour have a fingerprint, and the JSON reads back."""
    done = run(resolve_design(design), resolve_scenario(scenario, sets=FEW))
    path = tmp_path / "run.json"
    path.write_text(text_of(run_document(done)), encoding="utf-8")
    replication = json.loads(path.read_text(encoding="utf-8"))["replications"][0]
    assert len(replication["fingerprint"]) == 64
    assert all(law["holds"] for law in replication["laws"])


def test_figures_beyond_64_bits_count_in_the_fingerprint() -> None:
    """A capacity that needs more than 64 bits does not stop it, and another capacity is another fingerprint."""
    recording = run(resolve_design("after"), resolve_scenario("s1", sets=FEW)).replications[0].recording
    number = max(recording.stations, key=lambda station: recording.stations[station].capacity_integral)
    station = recording.stations[number]
    assert station.capacity_integral > 2**63
    other = dataclasses.replace(station, capacity_integral=station.capacity_integral - 1)
    changed = dataclasses.replace(recording, stations={**recording.stations, number: other})
    assert changed.fingerprint != recording.fingerprint
