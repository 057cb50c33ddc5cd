"""Growth in `arena`: sizes run in processes of their own, and what is said of them."""

from __future__ import annotations

import pytest

from benchmarks.arena import exponent, lines_of, main


def test_sizes_are_run_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """More people make more events, and the exponent is printed."""
    main(["--sizes", "20,5"])
    out = capsys.readouterr().out
    assert "exponent of time against events" in out
    rows = [line.replace("│", " ").split() for line in out.splitlines() if line.startswith("│")]
    assert [row[0] for row in rows] == ["5", "20"]
    assert int(rows[1][1].replace(",", "")) > int(rows[0][1].replace(",", ""))


def test_exponent_is_that_of_a_power() -> None:
    """Time that grows as the 1.2th power of events has the exponent 1.2, and a goal is named beside it."""
    rows = [{"people": n, "events": 600 * n, "seconds": n**1.2, "peak_kib": 8 * n} for n in (1_000, 1_000_000)]
    assert exponent(rows) == pytest.approx(1.2)
    lines = lines_of(rows)
    assert any("exponent of time against events 1.200; goal at most 1.1" in line for line in lines)
    assert any("a million people" in line and "8.19 GB" in line for line in lines)
