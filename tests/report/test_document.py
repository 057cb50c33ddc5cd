"""JSON documents: deterministic, complete, and honest about what is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eventlive_sim.report.document import compare_document, run_document, text_of
from eventlive_sim.study.compare import compare
from eventlive_sim.study.series import metrics_frame, series_frame, stations_frame
from tests.study.small import BAR, DOOR, EVENING, NIGHT, changed, resolved, simulated

GUESSED: dict[str, Any] = changed(
    DOOR,
    clients__guest__attributes={"seated": {"value": 0.5, "guess": True, "range": [0.1, 0.9], "source": "a feeling"}},
)


def metric(document: dict[str, Any], name: str, window: str = "all", **tags: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        one
        for one in document["replications"][0]["metrics"]
        if one["name"] == name and one["window"] == window and tags.items() <= one["tags"].items()
    ]
    assert len(found) == 1
    return found[0]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice simulated, the text is the same, and is JSON without NaN."""
    first, second = (text_of(run_document(simulated(tmp_path, DOOR, NIGHT, 2))) for _ in range(2))
    assert first == second
    assert "NaN" not in first
    assert json.loads(first)["schema"] == "eventlive-run/1"


def test_a_run_says_what_it_was(tmp_path: Path) -> None:
    """Design, scenario, program, seeds, versions, laws, fingerprints and guesses."""
    run = simulated(tmp_path, GUESSED, NIGHT, 2)
    document = run_document(run)
    assert document["design"]["expression"] == run.design.expression
    assert document["program"] == run.program.digest
    assert document["versions"].keys() >= {"eventlive-sim", "simpy", "numpy"}
    (guess,) = document["design"]["guesses"]
    assert (guess["path"], guess["value"], guess["range"]) == ("clients.guest.attributes.seated", "0.5", ["0.1", "0.9"])
    for told, replication in zip(document["replications"], run.replications, strict=True):
        assert told["seed"] == replication.seed
        assert told["fingerprint"] == replication.recording.fingerprint
        assert told["laws"]
        assert all(law["holds"] for law in told["laws"])


def test_metrics_are_keyed_as_k6_keys_them(tmp_path: Path) -> None:
    """Counters have count and rate, trends avg to p(99) in milliseconds, gauges a value; statuses are text."""
    document = run_document(simulated(tmp_path, BAR, EVENING))
    assert metric(document, "calls", status="200")["values"] == {"count": 10, "rate": 10 / 11}
    duration = metric(document, "call_duration")
    assert duration["values"]["avg"] == 100
    assert duration["values"].keys() == {"count", "avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"}
    assert metric(document, "station_utilisation", "early", station="desk")["values"]["value"] == 0.1


def test_insufficient_data_is_null_and_named(tmp_path: Path) -> None:
    """Ten calls have no p95: null, and listed."""
    duration = metric(run_document(simulated(tmp_path, BAR, EVENING)), "call_duration")
    assert duration["values"]["p(95)"] is None
    assert duration["insufficient_data"] == ["med", "p(90)", "p(95)", "p(99)"]


def test_order_of_steps_is_part_of_the_digest(tmp_path: Path) -> None:
    """Two designs whose steps stand in another order are two designs."""
    steps = BAR["endpoints"]["order"]["steps"] | {"nap": {"delay": "1ms"}}
    digests = {
        run_document(
            simulated(tmp_path / str(number), changed(BAR, endpoints__order__steps=dict(order)), EVENING)
        )["design"]["digest"]
        for number, order in enumerate((steps.items(), reversed(steps.items())))
    }  # fmt: skip
    assert len(digests) == 2


def test_a_comparison_holds_values_of_each_replication(tmp_path: Path) -> None:
    """Both designs' values in the order of seeds, the difference of means and its interval."""
    one, world = resolved(tmp_path, DOOR, NIGHT)
    document = compare_document(compare(one, one, world, replications=2, workers=1))
    calls = next(figure for figure in document["figures"] if figure["name"] == "door: calls")
    assert len(calls["one"]) == 2
    assert calls["one"] == calls["other"]
    assert (calls["difference"], calls["interval_95"]) == (0, [0, 0])
    text_of(document)


def test_frames_say_the_same_as_the_document(tmp_path: Path) -> None:
    """Counts by bin add up to the metric; utilisation of bins averages to the gauge."""
    run = simulated(tmp_path, BAR, EVENING)
    document = run_document(run)
    series, stations = series_frame(run), stations_frame(run)
    assert series.query("metric == 'attempts'")["count"].sum() == metric(document, "attempts")["values"]["count"]
    mean = stations.query("station == 'desk'")["utilisation"].mean()
    assert round(mean, 9) == round(metric(document, "station_utilisation", station="desk")["values"]["value"], 9)
    assert set(metrics_frame(run)["window"]) == {"all", "early"}
