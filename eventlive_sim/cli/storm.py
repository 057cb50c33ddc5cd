"""The command of storms: a map of what a design gets over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Replications, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.errors import ModelError

Sizes = Annotated[
    str,
    typer.Option(help="Sizes of what the trigger has: share, speed, delay, factor or value; by default its own."),
]


@app.command()
def storm(
    design: Design,
    scenario: Scenario,
    fault: Annotated[
        str, typer.Option("--fault", help="The fault or disturbance that triggers; needed if there are several.")
    ] = "",
    durations: Annotated[str, typer.Option(help="How long it lasts, such as 10s,30s,2m.")] = "10s,30s,2m",
    sizes: Sizes = "",
    seed: Seed = 1,
    replications: Replications = 20,
    sets: Sets = None,
    json: JsonFile = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the map into an .svg file.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Map what a design gets over, and what it does not, by size and length of a trigger."""
    from eventlive_sim.report.storm import storm_document, storm_picture, storm_tables
    from eventlive_sim.study.storm import storm as storm_study

    if picture is not None and picture.suffix.lower() != ".svg":
        raise ModelError(f"--picture is {picture}", "name a file that ends in .svg", rule="bad-option")
    (resolved,), world = resolve([design], scenario, sets)
    writable(json, picture)
    with following(f"{resolved.expression} in {world.name}", quiet=quiet) as progress:
        done = storm_study(
            resolved,
            world,
            fault=fault,
            durations=durations.split(","),
            sizes=sizes.split(","),
            seed=seed,
            replications=replications,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(*storm_tables(done))
    write_json(storm_document(done), json)
    if picture is not None:
        write_text(picture, storm_picture(done))
