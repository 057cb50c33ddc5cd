"""The command of the blast radius: what one webinar notices of the others."""

from __future__ import annotations

from typing import Annotated

import typer

from eventlive_sim.cli.commands import (
    Design,
    Engine,
    JsonFile,
    Quiet,
    Replications,
    Scenario,
    Seed,
    Sets,
    Workers,
    app,
)
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.engine.engines import EngineName

Others = Annotated[list[str] | None, typer.Argument(help="More designs, to stand beside the first.")]


@app.command()
def radius(
    design: Design,
    scenario: Scenario,
    others: Others = None,
    webinar: Annotated[str, typer.Option("--webinar", help="The one that is watched; by default the first.")] = "",
    seed: Seed = 1,
    replications: Replications = 4,
    sets: Sets = None,
    json: JsonFile = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print what one webinar notices of the others, beside the same webinar alone."""
    from eventlive_sim.report.radius import radius_document, radius_table
    from eventlive_sim.study.radius import radius as radius_study

    resolved, world = resolve([design, *(others or [])], scenario, sets)
    writable(json)
    with following(f"{len(resolved)} designs in {world.name}", quiet=quiet) as progress:
        done = radius_study(
            resolved,
            world,
            webinar=webinar,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(radius_table(done))
    write_json(radius_document(done), json)
