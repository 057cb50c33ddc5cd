"""Checks as GitHub Actions shows them: annotations at the budget's line, and a summary of the job."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from eventlive_sim.model.files import shown_path
from eventlive_sim.report.checks import heading, turns_the_verdict
from eventlive_sim.report.tables import number
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.evidence import Evidence
from eventlive_sim.study.gate import Row

ANNOTATIONS_MOST = 10
"""GitHub shows few annotations a step; the worst come first, the summary has them all."""
SUMMARY_BYTES_MAX = 1 << 20
_MARKS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.UNDECIDED: "❔"}
_CUT = "\n\nThe rest is cut off: a summary holds 1 MiB.\n"


def notes(evidence: Sequence[Evidence], undecided: str = "") -> list[str]:
    """Workflow commands that mark budgets, failures before what is undecided, as many as GitHub shows."""
    found = [(_level(row, undecided), one, row) for one in evidence for row in one.checked.rows]
    found += [(_level(row, undecided), one, row) for one in evidence if one.robust for row in one.robust.checked.rows]
    lines = [
        _command(level, heading(one.checked), f"{row.budget.name}: {row.verdict}: {row.why}", one, row)
        for level in ("error", "warning")
        for here, one, row in found
        if here == level
    ]
    worse = [
        _command("error", heading(one.checked), f"{it.name}: it was {it.before:g} and is {it.after:g}", one, None)
        for one in evidence
        for it in one.regressed
    ]
    return list(dict.fromkeys([*worse, *lines]))[:ANNOTATIONS_MOST]


def _level(row: Row, undecided: str) -> str:
    if row.verdict is Verdict.PASS or (row.verdict is Verdict.UNDECIDED and not row.looked):
        return ""
    soft = row.budget.severity == "warn" or (row.verdict is Verdict.UNDECIDED and undecided != "fail")
    return "warning" if soft else "error"


def _command(level: str, title: str, message: str, evidence: Evidence, row: Row | None) -> str:
    file = Path(evidence.checked.ground.scenario.file)
    line = "" if row is None or row.budget.line is None else f",line={row.budget.line}"
    return f"::{level} file={_property(shown_path(file))}{line},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(evidence: Sequence[Evidence]) -> str:
    """Markdown of the checks, at most as long as a summary may be."""
    text = "\n".join(line for one in evidence for line in _section(one)) + "\n"
    data = text.encode()
    if len(data) <= SUMMARY_BYTES_MAX:
        return text
    return data[: SUMMARY_BYTES_MAX - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _section(evidence: Evidence) -> Iterator[str]:
    checked = evidence.checked
    yield f"### {_MARKS[evidence.verdict]} {_cell(heading(checked))}: {evidence.verdict}, {evidence.result}"
    yield ""
    yield from _table(checked.rows)
    yield ""
    yield f"Seed {checked.ground.seed}, {checked.replications} replications. {_cell(checked.stopped)}".rstrip()
    yield ""
    if evidence.regressed:
        yield "**Worse than the baseline:** " + "; ".join(
            f"{_cell(one.name)}, {number(one.before, 3)} before and {number(one.after, 3)} now"
            for one in evidence.regressed
        )
        yield ""
    if evidence.trials is not None and evidence.trials.tried:
        turning = [
            f"{one.option} ({'the verdict' if turns_the_verdict(checked, one) else _cell(', '.join(one.turned))})"
            for one in evidence.trials.turning
        ]
        yield "**Ticket options that alone turn a failed budget:** " + ("; ".join(turning) or "none")
        yield ""
    if evidence.robust is not None:
        yield f"**Over the guesses' ranges: {evidence.robust.checked.verdict}**"
        yield ""
        yield from _table(evidence.robust.checked.rows)
        yield ""
        for flip in evidence.robust.flips:
            yield f"* `{flip.path}` at {_cell(flip.value)} makes {_cell(flip.budget)} {flip.now}"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| | budget | value | margin | broken | why |"
    yield "|---|---|---:|---:|---:|---|"
    order = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
    for row in sorted(rows, key=lambda row: order.index(row.verdict)):
        margin = "" if math.isnan(row.margin) else f"{row.margin:+.1%}"
        broken = f"{row.broken} of {row.looked}" if row.looked else ("exact" if row.exact else "")
        cells = (row.budget.name, number(row.value, 3), margin, broken, row.why)
        yield f"| {_MARKS[row.verdict]} {row.verdict} | " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")
