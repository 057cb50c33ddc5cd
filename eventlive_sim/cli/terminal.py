"""What is said where: results on stdout, progress and notes on stderr."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventlive_sim.cli.outputs import write_text, writing

if TYPE_CHECKING:
    from rich.table import Table

    from eventlive_sim.study.workers import Progress

_WIDTH = 200
"""Columns of a table that is not read on a screen."""


def stand_in() -> None:
    """Make standard streams fit to be written to.

    For one that was closed the null device is opened: else the next file that is opened takes its number. What cannot be
    said in an encoding, such as ASCII, is written as its escape.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - it stays open
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a line to stderr; where it cannot be written it is not worth the work, nor its exit code."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def tell(text: str) -> None:
    """Write text to stdout, with a line's end."""
    with _pipe_may_close(), writing("stdout"):
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()


def show(*tables: Table) -> None:
    """Print tables to stdout, as wide as they need to be where nobody reads them on a screen."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    with console.capture() as captured:  # rich itself would end the process when nobody reads
        for table in tables:
            console.print(table)
    tell(captured.get())


@contextmanager
def _pipe_may_close() -> Iterator[None]:
    """Let whoever reads stdout stop reading: the work goes on, and its exit code is its own."""
    try:
        yield
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - nobody reads on; it stays open


class _Said(logging.Handler):
    """Says what the engines tell, such as that one is being compiled."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def _listen() -> None:
    logger = logging.getLogger("eventlive_sim")
    if not logger.handlers:
        logger.addHandler(_Said())
    logger.setLevel(logging.INFO)


@contextmanager
def following(title: str, *, quiet: bool) -> Iterator[Progress | None]:
    """Progress on stderr: a bar on a terminal, else a line each tenth."""
    if quiet:
        yield None
        return
    _listen()
    if not sys.stderr.isatty():
        told = [-1]

        def report(part: float) -> None:
            if int(part * 10) > told[0]:
                told[0] = int(part * 10)
                say(f"{title}: {told[0] * 10} %")

        yield report
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
        tell(_sayable(text_of(document)))
    else:
        write_text(file, text_of(document))


def _sayable(text: str) -> str:
    """JSON as the encoding of stdout can have it: what it cannot is escaped as JSON does."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return "".join(sign if sign.isascii() else json.dumps(sign)[1:-1] for sign in text)
    return text
