"""A process that runs works for one contender, one at a time, when it is told to: its peak memory is that contender's.

Each line of stdin is a work; the answer is a line of JSON on stdout.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from benchmarks.contenders import CONTENDERS, AbsentError, Runner
from benchmarks.works import Work


def peak_kib() -> int:
    """Peak memory of this process.

    Notes
    -----
    Linux counts the memory of the parent into ``ru_maxrss`` of a child that was forked from it; the high-water mark of
    /proc is the child's own.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found // 1024 if sys.platform == "darwin" else found


def main(name: str) -> None:
    """Answer works until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer

    @cache
    def runner(work: Work) -> Runner:
        return CONTENDERS[name](work)

    for line in sys.stdin:
        try:
            outcome = runner(Work(**json.loads(line)))()
            answer = {"peak_kib": peak_kib()} | {k: v for k, v in outcome.document().items() if v is not None}
        except AbsentError as absent:
            answer = {"absent": str(absent)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
