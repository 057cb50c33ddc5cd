"""What is said where: results on stdout, progress and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from eventlive_sim.study.run import Progress


def say(text: str) -> None:
    """Print a line to stderr."""
    print(text, file=sys.stderr)


def show(*tables: Table) -> None:
    """Print tables to stdout, as wide as they need to be where nobody reads them on a screen."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=200)
    for table in tables:
        console.print(table)


@contextmanager
def following(title: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Progress on stderr: a bar on a terminal, else a line each tenth."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        told = [-1]

        def tell(part: float) -> None:
            if int(part * 10) > told[0]:
                told[0] = int(part * 10)
                say(f"{title}: {told[0] * 10} %")

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda part: bar.update(task, completed=part)


def write_json(document: dict[str, Any], file: Path | None) -> None:
    """Write a document to a file, or to stdout for -."""
    from eventlive_sim.report.document import text_of

    if file is None:
        return
    if str(file) == "-":
        sys.stdout.write(text_of(document))
    else:
        file.write_text(text_of(document), encoding="utf-8")
