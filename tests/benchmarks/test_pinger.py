"""The closed pinger model counts the same in C, in the kernel and in the reference engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pinger import (
    Pinger,
    build,
    checksum,
    compiler,
    difference,
    figures_of,
    program_of,
    read_figures,
    run_c,
    write_input,
)
from eventlive_sim.engine.kernel import simulate as kernel
from eventlive_sim.engine.reference import simulate as reference
from eventlive_sim.program.quantiles import deterministic, exponential, uniform

SECOND = 1_000_000_000
SEED = 7
MODELS = {
    "no station": Pinger(50, 0, 400 * SECOND, 7 * SECOND),
    "idle station": Pinger(50, 1, 400 * SECOND, 7 * SECOND),
    "busy station": Pinger(
        50, 3, 100 * SECOND, 3 * SECOND, think=exponential(SECOND), service=exponential(SECOND / 10)
    ),
    "all at once": Pinger(
        50, 3, 100 * SECOND, 2 * SECOND, deterministic(0), deterministic(SECOND), deterministic(SECOND // 10)
    ),
    "ties now and then": Pinger(50, 2, 2_000, 30, deterministic(9), uniform(0, 40), uniform(0, 4)),
}


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = build(tmp_path_factory.mktemp("pinger"))
    if found is None:
        pytest.skip("there is no C compiler")
    return found


@pytest.mark.parametrize("engine", [kernel, reference], ids=["kernel", "reference"])
@pytest.mark.parametrize("name", MODELS)
def test_c_and_engine_record_the_same(name: str, engine, binary: Path, tmp_path: Path):
    """Every figure: counts by bin, histograms, integrals of the station."""
    model, given, figures = MODELS[name], tmp_path / "input", tmp_path / "figures"
    write_input(model, SEED, given)
    printed = run_c(binary, given, figures)
    by_c = read_figures(figures)
    by_engine = figures_of(engine(program_of(model), SEED))
    assert difference(by_c, by_engine) == ""
    assert printed.checksum == checksum(by_engine)
    assert printed.events == by_engine["events"][0] > 100
    assert sum(by_c["calls"]) == by_c["durations.exact"][0] > 50


def test_people_wait_where_they_should(binary: Path, tmp_path: Path):
    """The models hold what they are for: queues, and ties."""
    write_input(MODELS["all at once"], SEED, tmp_path / "input")
    run_c(binary, tmp_path / "input", tmp_path / "figures")
    figures = read_figures(tmp_path / "figures")
    assert max(figures["waiting_max"]) == 47
    assert figures["waits.exact"][3] == 16 * SECOND // 10


def test_another_seed_differs():
    """The comparison sees what differs, and says where."""
    one, other = (figures_of(reference(program_of(MODELS["no station"]), seed)) for seed in (1, 2))
    assert difference(one, other).startswith("calls[")
    assert difference(one, {**one, "more": [1]}) == "more: absent and 1"
    assert checksum(one) != checksum(other)


def test_input_that_is_none_is_refused(binary: Path, tmp_path: Path):
    """The C program looks at what it reads."""
    import subprocess

    given = tmp_path / "input"
    for content, said in ((b"", "too short"), (b"\0" * 80, "no input of")):
        given.write_bytes(content)
        done = subprocess.run([binary, given], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert said in done.stderr


def test_without_a_compiler_nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine without a compiler has no C program, and no error."""
    monkeypatch.setenv("CC", "no-such-compiler")
    assert compiler() is None
    assert build(tmp_path) is None
