"""Table of how often gates are wrong."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.characteristic import Operation


def gate_table(operations: Sequence[Operation], measured: float, expected: float) -> Table:
    """How often gates pass, fail and stay undecided, and how often they are wrong."""
    table = Table(
        title=Text(f"{operations[0].gates} gates a case, up to 120 replications each"),
        title_justify="left",
        caption=Text(
            f"the queue's mean sojourn: {measured:.5f} s measured, {expected:.5f} s by Erlang's formula,"
            "\nwhich weighs customers and not events; the gates are held against what was measured"
        ),
        caption_justify="left",
    )
    table.add_column("estimand")
    for heading in ("truth over budget", "PASS", "FAIL", "UNDECIDED", "wrong", "wrong at most (95 %)"):
        table.add_column(heading, justify="right")
    for one in operations:
        said = [str(one.said.get(verdict, 0)) for verdict in Verdict]
        table.add_row(one.estimand, f"{one.ratio:g}", *said, str(one.wrong), f"{one.wrong_at_most:.2%}")
    return table
