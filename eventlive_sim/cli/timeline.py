"""The command of timelines: what designs do from moment to moment, as a table of levels and peaks and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import JsonFile, Quiet, Replications, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.errors import ModelError


@app.command()
def timeline(
    scenario: Scenario,
    design: Annotated[
        list[str] | None, typer.Option("--design", "-d", help="A design, once for each; by default before and after.")
    ] = None,
    seed: Seed = 1,
    replications: Replications = 5,
    sets: Sets = None,
    json: JsonFile = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the courses into an .svg file.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Show designs over the time of a scenario: quiet level, windows, peaks, recovery."""
    from eventlive_sim.report.timeline import DESIGNS_MOST, timeline_document, timeline_picture, timeline_table
    from eventlive_sim.study.timeline import timeline as timeline_study

    if picture is not None and picture.suffix.lower() != ".svg":
        raise ModelError(f"--picture is {picture}", "name a file that ends in .svg", rule="bad-option")
    names = design or ["before", "after"]
    if len(names) > DESIGNS_MOST:
        problem = f"{len(names)} designs are given"
        raise ModelError(problem, f"a picture tells {DESIGNS_MOST} apart: give fewer", rule="bad-option")
    resolved, world = resolve(names, scenario, sets)
    writable(json, picture)
    with following(f"{' and '.join(names)} in {world.name}", quiet=quiet) as progress:
        done = timeline_study(resolved, world, seed=seed, replications=replications, workers=workers, progress=progress)
    if str(json) != "-":
        show(timeline_table(done))
    write_json(timeline_document(done), json)
    if picture is not None:
        write_text(picture, timeline_picture(done))
