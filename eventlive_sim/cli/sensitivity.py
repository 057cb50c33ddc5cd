"""The command that says which guesses and knobs a metric hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolving, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.cli.tune import needs
from eventlive_sim.errors import ModelError


@app.command()
def sensitivity(
    design: Design,
    scenario: Scenario,
    metric: Annotated[str, typer.Option("--metric", help="What is looked at: METRIC{tags}:AGGREGATE, or risk.")],
    method: Annotated[str, typer.Option("--method", help="tornado, morris or sobol.")] = "tornado",
    knob: Annotated[
        list[str] | None, typer.Option("--knob", help="A factor besides the guesses: PATH=2s..60s, PATH=word,word.")
    ] = None,
    guesses: Annotated[
        bool, typer.Option("--guesses/--no-guesses", help="Whether guesses with a range are factors.")
    ] = True,
    most: Annotated[
        int, typer.Option("--most", min=0, help="Only so many factors, those that a tornado ranks first.")
    ] = 0,
    samples: Annotated[
        int, typer.Option("--samples", min=2, help="Trajectories of morris; base points of sobol, a power of 2.")
    ] = 10,
    replications: Annotated[int, typer.Option("--replications", "-n", min=1, max=10_000, help="At each point.")] = 4,
    seed: Seed = 1,
    sets: Sets = None,
    json: JsonFile = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the effects into an .svg file.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Say which guesses and knobs a metric hangs on: one at a time, over the whole space, by shares of variance."""
    needs("SALib", "tune")
    from eventlive_sim.report.sensitivity import sensitivity_document, sensitivity_picture, sensitivity_table
    from eventlive_sim.study.axes import axis
    from eventlive_sim.study.points import Points
    from eventlive_sim.study.sensitivity import METHODS
    from eventlive_sim.study.sensitivity import sensitivity as study

    if picture is not None and picture.suffix.lower() != ".svg":
        raise ModelError(f"--picture is {picture}", "name a file that ends in .svg", rule="bad-option")
    chosen = next((one for one in METHODS if one == method), None)
    if chosen is None:
        raise ModelError(f"--method is {method}", f"write one of: {', '.join(METHODS)}", rule="bad-option")

    points = Points(resolving(design, scenario, sets), (metric,), workers=workers)
    writable(json, picture)
    with following(f"{metric} of {design} in {scenario}", quiet=quiet) as progress:
        done = study(
            points,
            [axis(text) for text in knob or []],
            method=chosen,
            guesses=guesses,
            most=most,
            samples=samples,
            seed=seed,
            replications=replications,
            progress=progress,
        )
    if str(json) != "-":
        show(sensitivity_table(done))
    write_json(sensitivity_document(done), json)
    if picture is not None:
        write_text(picture, sensitivity_picture(done))
