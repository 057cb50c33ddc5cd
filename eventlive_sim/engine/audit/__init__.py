"""The trace auditor: stands outside the engines and checks any full trace against the laws of the machine.

It shares no code with the engines: queues, buckets and processors are kept here once more, in the simplest way. A trace
must hold every act of everybody (no sample of persons).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlive_sim.engine.audit.findings import RULES, Finding, Findings
from eventlive_sim.engine.audit.order import OrderChecker
from eventlive_sim.engine.audit.sharing import SharingChecker
from eventlive_sim.engine.audit.stations import StationChecker
from eventlive_sim.engine.audit.tasks import TaskChecker
from eventlive_sim.engine.trace import Row, Trace
from eventlive_sim.program.program import Program

__all__ = ["RULES", "Finding", "audit"]


def audit(program: Program, trace: Trace | Iterable[tuple[int, ...]]) -> list[Finding]:
    """What in a trace breaks a law; empty for a clean trace.

    Parameters
    ----------
    program : Program
        What was run.
    trace : Trace or iterable of rows
        Every act of the run, in order.

    Returns
    -------
    list of Finding
        In the order of discovery; ``RULES`` says what each rule means. One fault may break several rules.

    Notes
    -----
    Settings that a program changes while it runs (knobs) are not in a trace: at such stations only bounds are checked,
    from the least and the greatest constant that the program sets, and nothing where it computes them.
    Nor does a trace say on which instance a task works: elastic stations of several instances have bounds only.
    """
    rows = [Row(*(int(value) for value in row)) for row in (trace.rows if isinstance(trace, Trace) else trace)]
    findings = Findings()
    checkers = (
        TaskChecker(program, findings),
        StationChecker(program, findings, rows),
        SharingChecker(program, findings),
        OrderChecker(program, findings),
    )
    now = 0
    for number, row in enumerate(_forward(rows, program.horizon_ns, findings)):
        if row.time_ns > now:
            for checker in checkers:
                checker.close(now, row.time_ns)
            now = row.time_ns
        for checker in checkers:
            checker.see(number, row)
    for checker in checkers:
        checker.close(now, program.horizon_ns)
        checker.finish(program.horizon_ns)
    return findings.found


def _forward(rows: list[Row], horizon_ns: int, findings: Findings) -> Iterator[Row]:
    """Rows; one that goes back in time is reported and taken as if it were of the time before it."""
    now = 0
    for row in rows:
        if row.time_ns < now:
            findings.add("time-back", row, f"the row before was at {now} ns")
            row = row._replace(time_ns=now)  # noqa: PLW2901 - the row as it should have been
        elif row.time_ns >= horizon_ns:
            findings.add("after-horizon", row, f"the horizon is {horizon_ns} ns")
        now = row.time_ns
        yield row
