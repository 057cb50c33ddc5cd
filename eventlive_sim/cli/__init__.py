"""The command line: results to stdout, progress and notes to stderr, exit codes that CI can read."""

from __future__ import annotations

import os
import traceback

from eventlive_sim.cli.alerts import alerts
from eventlive_sim.cli.capacity import capacity
from eventlive_sim.cli.check import check
from eventlive_sim.cli.checklist import checklist
from eventlive_sim.cli.commands import app
from eventlive_sim.cli.cost import cost
from eventlive_sim.cli.export import export
from eventlive_sim.cli.ledger import ledger
from eventlive_sim.cli.levers import levers
from eventlive_sim.cli.radius import radius
from eventlive_sim.cli.sensitivity import sensitivity
from eventlive_sim.cli.storm import storm
from eventlive_sim.cli.sweep import sweep
from eventlive_sim.cli.terminal import say, stand_in
from eventlive_sim.cli.timeline import timeline
from eventlive_sim.cli.tune import tune
from eventlive_sim.errors import EventLiveError, ExitCode

__all__ = [
    "alerts",
    "app",
    "capacity",
    "check",
    "checklist",
    "cost",
    "export",
    "ledger",
    "levers",
    "main",
    "radius",
    "sensitivity",
    "storm",
    "sweep",
    "timeline",
    "tune",
]


_LESS_MEMORY = (
    "simulate fewer people (--set clients.NAME.people=...), or fewer at once (--workers 1), or on a larger machine"
)


def main() -> None:
    """Run the command line and leave with its exit code."""
    stand_in()
    try:
        app(standalone_mode=True)
    except EventLiveError as error:
        say(f"error: {error}")
        raise SystemExit(ExitCode.BAD_INPUT) from None
    except OSError as error:
        say(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "))
        raise SystemExit(ExitCode.BAD_INPUT) from None
    except MemoryError as error:
        say(f"error: this machine refuses the memory that is needed: {str(error) or 'none is left'}\n{_LESS_MEMORY}")
        raise SystemExit(ExitCode.BAD_INPUT) from None
    except KeyboardInterrupt:
        say("interrupted")
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except Exception as error:  # noqa: BLE001 - whatever else comes is our fault, and is said in one line
        if os.environ.get("EVENTLIVE_DEBUG"):
            traceback.print_exc()
        say(f"our fault: {type(error).__name__}: {error}\nset EVENTLIVE_DEBUG=1 to see where; please report it")
        raise SystemExit(ExitCode.OUR_FAULT) from None
