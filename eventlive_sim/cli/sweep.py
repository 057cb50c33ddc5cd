"""The command that sweeps a grid of settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, Engine, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolving, writable
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.engine.engines import EngineName

Over = Annotated[
    list[str],
    typer.Option(
        "--over",
        help="A path and its values: PATH=2s,5s,10s, PATH=2s..60s:8 or PATH=2s..60s:8:log; PATH=2s..60s with --samples.",
    ),
]
Metrics = Annotated[
    list[str], typer.Option("--metric", help="What is measured: freshness{of:NAME}:p(95), queries{service:rest}:rate.")
]


@app.command()
def sweep(
    design: Design,
    scenario: Scenario,
    over: Over,
    metric: Metrics,
    samples: Annotated[
        int, typer.Option("--samples", min=0, help="No grid, but so many points of a Latin hypercube over ranges.")
    ] = 0,
    seed: Seed = 1,
    replications: Annotated[int, typer.Option("--replications", "-n", min=1, max=10_000, help="At each point.")] = 4,
    sets: Sets = None,
    json: JsonFile = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it, as SVG.")] = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Simulate every point of a grid of settings, under the same seeds, and print what each comes to."""
    from eventlive_sim.report.sweep import sweep_document, sweep_picture, sweep_table
    from eventlive_sim.study.axes import axis
    from eventlive_sim.study.knobs import knob
    from eventlive_sim.study.sweep import frame
    from eventlive_sim.study.sweep import sweep as sweep_study

    knobs = [axis(text) for text in over] if samples else [knob(text) for text in over]
    writable(json, csv, picture)
    with following(f"{design} in {scenario}", quiet=quiet) as progress:
        done = sweep_study(
            resolving(design, scenario, sets),
            knobs,
            metric,
            samples=samples,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(sweep_table(done))
    write_json(sweep_document(done), json)
    if csv is not None:
        frame(done).to_csv(csv, index=False)
    if picture is not None:
        picture.write_text(sweep_picture(done), encoding="utf-8")
