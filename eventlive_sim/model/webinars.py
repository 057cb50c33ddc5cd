"""Webinars of a scenario, each as a scenario of its own."""

from __future__ import annotations

from collections.abc import Iterator

from eventlive_sim.model.design import Design
from eventlive_sim.model.faults import Fault
from eventlive_sim.model.scenario import Attendance, Scenario, Source
from eventlive_sim.model.tenancy import Tenancy

_OF_DEPLOYMENT = "functions"
"""The service whose faults a deployment has; all others are of a project."""


def alone(scenario: Scenario, name: str, tenancy: Tenancy | None = None) -> Scenario:
    """Scenario of one webinar: its people, and the faults that they meet.

    Parameters
    ----------
    tenancy : Tenancy, optional
        Which others it shares a project and a deployment with: it meets their platform's faults too.

    Notes
    -----
    Under one seed people of the first webinar are the same in the whole scenario and alone.
    """
    webinar = scenario.webinars[name]
    faults = {**scenario.faults, **webinar.faults, **webinar.platform_faults}
    for other, beside in scenario.webinars.items():
        if other != name and tenancy is not None:
            faults |= {
                f"{other}_{fault}": spec for fault, spec in beside.platform_faults.items() if _shared(tenancy, spec)
            }
    return _with(
        scenario,
        clients=webinar.clients,
        sources=webinar.sources,
        disturbances=webinar.disturbances,
        faults=faults,
        webinars={},
    )


def _with(scenario: Scenario, **parts: object) -> Scenario:
    return scenario.model_copy(update=parts)


def _shared(tenancy: Tenancy, fault: Fault) -> bool:
    return (tenancy.deployment if fault.service == _OF_DEPLOYMENT else tenancy.project) == "all"


def undisturbed(scenario: Scenario) -> Scenario:
    """The scenario with nothing going wrong: without faults and disturbances, its own and those of its webinars."""
    calm: dict[str, object] = {"faults": {}, "disturbances": {}}
    webinars = {
        name: webinar.model_copy(update={**calm, "platform_faults": {}}) for name, webinar in scenario.webinars.items()
    }
    return _with(scenario, **calm, webinars=webinars)


def attending(scenario: Scenario) -> Iterator[tuple[str, Attendance]]:
    """Clients of a scenario with their people, webinar by webinar."""
    yield from scenario.clients.items()
    for webinar in scenario.webinars.values():
        yield from webinar.clients.items()


def calling(scenario: Scenario) -> Iterator[tuple[str, Source]]:
    """Sources of a scenario, webinar by webinar."""
    yield from scenario.sources.items()
    for webinar in scenario.webinars.values():
        yield from webinar.sources.items()


def neighbourhoods(design: Design, scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    """What is on each project, as a scenario: its name (empty for the one of all), and everybody on it.

    Where several webinars have a client of one name, their people add up; they arrive as those of the first webinar do.
    """
    if not scenario.webinars:
        yield "", scenario
    elif design.tenancy.project == "webinar":
        yield from ((name, alone(scenario, name, design.tenancy)) for name in scenario.webinars)
    else:
        clients: dict[str, Attendance] = {}
        for name, group in attending(scenario):
            before = clients.get(name)
            people = group.people + (before.people if before is not None else 0)
            clients[name] = (before or group).model_copy(update={"people": people})
        sources = {f"{name}_{number}": source for number, (name, source) in enumerate(calling(scenario))}
        yield "", _with(scenario, clients=clients, sources=sources, webinars={})
