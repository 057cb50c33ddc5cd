"""Lowering of what was resolved: what a scenario names and a design has not is told with the scenario's file and line."""

from __future__ import annotations

from contextlib import suppress

from eventlive_sim.errors import ModelError, Place
from eventlive_sim.model.files import shown_path
from eventlive_sim.model.nodes import split
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
from eventlive_sim.model.yaml import load
from eventlive_sim.program.lower import lower
from eventlive_sim.program.program import Program

_OF_SCENARIO = "scenario: "
"""How a problem begins that lowering finds in a scenario, whose file it does not know; its path follows."""


def lowered(design: ResolvedDesign, scenario: ResolvedScenario) -> Program:
    """Program of a design in a scenario.

    Raises
    ------
    ModelError
        If the two do not fit together.
    """
    try:
        return lower(design.design, scenario.scenario)
    except ModelError as error:
        raise _placed(error, scenario) from error


def _placed(error: ModelError, scenario: ResolvedScenario) -> ModelError:
    path, colon, problem = error.problem.removeprefix(_OF_SCENARIO).partition(": ")
    if error.place is not None or not error.problem.startswith(_OF_SCENARIO) or not colon:
        return error
    place = Place(shown_path(scenario.file), _line(scenario, split(path)), path)
    return ModelError(problem, error.remedy, place, error.rule)


def _line(scenario: ResolvedScenario, path: tuple[str, ...]) -> int | None:
    """Line of a path, or of the nearest part above it; None if the file has it not, or no more."""
    with suppress(ModelError):
        lines = load(scenario.file).places
        return next((lines[path[:most]] for most in range(len(path), 0, -1) if path[:most] in lines), None)
    return None
