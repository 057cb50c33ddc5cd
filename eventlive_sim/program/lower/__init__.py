"""Lowering: a design and a scenario become one program."""

from __future__ import annotations

from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower.clients import lower_clients
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.deployed import lower_deployments
from eventlive_sim.program.lower.disturbances import lower_disturbances
from eventlive_sim.program.lower.endpoints import lower_endpoint
from eventlive_sim.program.lower.faults import lower_faults
from eventlive_sim.program.lower.jobs import lower_jobs
from eventlive_sim.program.lower.monitor import lower_monitor
from eventlive_sim.program.lower.realtime.changes import lower_changes
from eventlive_sim.program.lower.sessions.functions import lower_functions
from eventlive_sim.program.lower.sources import lower_sources
from eventlive_sim.program.lower.tenancy import sites
from eventlive_sim.program.program import Program, Window
from eventlive_sim.program.scoped import ScopedAssembler

__all__ = ["WHOLE", "lower"]

WHOLE = "all"
"""Name of the window that spans the whole scenario."""


def lower(design: Design, scenario: Scenario) -> Program:
    """Program of a design in a scenario.

    Parameters
    ----------
    design : Design
        What is deployed.
    scenario : Scenario
        Who comes and when; its clients and sources must name clients and endpoints of the design.

    Returns
    -------
    Program
        What both engines run. The same input gives the same program, byte for byte.

    Raises
    ------
    ModelError
        If the scenario names a client, attribute or endpoint that the design lacks.
    """
    asm = ScopedAssembler()
    for site, world in sites(design, scenario):
        with asm.within(site.scope):
            _lower_webinar(Lowering(design, world, asm, site))
    windows = (
        Window(WHOLE, 0, scenario.duration),
        *(Window(name, start, min(end, scenario.duration)) for name, (start, end) in scenario.windows.items()),
    )
    return asm.build(scenario.duration, bin_ns=scenario.bins, windows=windows)


def _lower_webinar(low: Lowering) -> None:
    """Rows of all that goes on in one webinar; the only one of most scenarios."""
    for name, endpoint in low.design.endpoints.items():
        lower_endpoint(low, name, endpoint)
    lower_functions(low)
    lower_clients(low)
    lower_sources(low)
    lower_jobs(low)
    lower_changes(low)
    lower_faults(low)
    lower_disturbances(low)
    lower_deployments(low)
    lower_monitor(low)
