"""The command of tonight's levers: what turns the verdict, what it costs, how soon it acts."""

from __future__ import annotations

from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.terminal import following, show, write_json


@app.command()
def levers(
    design: Design,
    scenario: Scenario,
    most: Annotated[int | None, typer.Option("--replications", "-n", min=2, help="Most of each.")] = None,
    seed: Seed = 1,
    sets: Sets = None,
    json: JsonFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Try each of tonight's levers alone: the verdict with it, what it costs, how long it takes to act."""
    from eventlive_sim.report.levers import levers_document, levers_table
    from eventlive_sim.study.levers import levers as study

    (resolved,), world = resolve([design], scenario, sets)
    writable(json)
    with following(f"levers of {resolved.expression} in {world.name}", quiet=quiet) as progress:
        done = study(resolved, world, seed=seed, most=most, workers=workers, progress=progress)
    if str(json) != "-":
        show(levers_table(done))
    write_json(levers_document(done), json)
