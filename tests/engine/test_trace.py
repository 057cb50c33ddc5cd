"""Traces can be kept, read, sampled and compared."""

from __future__ import annotations

from pathlib import Path

from eventlive_sim.engine.reference import simulate
from eventlive_sim.engine.trace import Act, Trace, first_divergence
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.program import Program
from tests.engine.machines import finish, run


def walkers(step: int = 7) -> Program:
    asm = Assembler()
    entry = asm.here()
    asm.hold(asm.const(step))
    asm.end(asm.const(204))
    asm.population("p", 3, entry)
    return finish(asm)


def test_a_trace_survives_its_file(tmp_path: Path) -> None:
    """What is written is read, row for row."""
    _, trace = run(walkers())
    trace.write_jsonl(tmp_path / "trace.jsonl")
    again = Trace.read_jsonl(tmp_path / "trace.jsonl")
    assert again.rows == trace.rows
    assert first_divergence(trace, again) == ""
    assert '"act": "hold"' in (tmp_path / "trace.jsonl").read_text(encoding="utf-8")


def test_tables_of_a_trace() -> None:
    """As an array it has nine columns, as a frame acts have names."""
    _, trace = run(walkers())
    assert trace.to_numpy().shape == (len(trace), 9)
    frame = trace.to_frame()
    assert set(frame["act"]) == {"start", "hold", "wake", "end"}
    assert frame.loc[frame["act"] == "end", "value"].tolist() == [204, 204, 204]
    assert Trace().to_numpy().shape == (0, 9)


def test_a_sample_holds_only_its_persons_and_changes_nothing() -> None:
    """A sampled trace is the whole one without the others; recording and seed are untouched by tracing."""
    program = walkers()
    recording, whole = run(program)
    sample = Trace(sample=[1])
    assert simulate(program, 1, trace=sample).fingerprint == recording.fingerprint == simulate(program, 1).fingerprint
    assert sample.rows == [row for row in whole.rows if row[2] == 1]


def test_divergence_is_named() -> None:
    """The first row that differs is shown with both sides; a shorter trace is one too."""
    _, left = run(walkers(7))
    _, right = run(walkers(8))
    text = first_divergence(left, right)
    assert text.startswith("row 1:")
    assert "HOLD" in text
    right.rows = left.rows[:-1]
    assert "only one trace goes on" in first_divergence(left, right)
    assert left.rows[0][1] == Act.START
