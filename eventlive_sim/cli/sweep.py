"""The command that sweeps a grid of settings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventlive_sim.cli.commands import Design, Engine, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolving, writable
from eventlive_sim.cli.outputs import write_text, writing
from eventlive_sim.cli.stores import told_of
from eventlive_sim.cli.terminal import following, say, show, write_json
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ExitCode, ModelError

if TYPE_CHECKING:
    from eventlive_sim.study.runner import Done
    from eventlive_sim.study.sweep import Sweep

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
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep each point in this folder, and go on from it.")
    ] = None,
    cluster: Annotated[str, typer.Option("--cluster", help="Address of a Dask scheduler whose workers simulate.")] = "",
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.01, help="Most time; then exit 3, with --store to go on.")
    ] = math.inf,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw it, as SVG.")] = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Simulate every point of a grid of settings, under the same seeds, and print what each comes to."""
    from eventlive_sim.report.sweep import sweep_document, sweep_picture, sweep_table
    from eventlive_sim.study.axes import axis
    from eventlive_sim.study.knobs import knob
    from eventlive_sim.study.runner import Limits
    from eventlive_sim.study.sweep import frame
    from eventlive_sim.study.sweep import sweep as sweep_study

    knobs = [axis(text) for text in over] if samples else [knob(text) for text in over]
    if store is not None and engine is not EngineName.FAST:
        raise ModelError("--store keeps what the fast engine simulates", "leave --engine out", rule="bad-option")
    writable(json, csv, picture, folder=store)
    limits = Limits(workers, cluster, 60 * minutes)
    how: dict[str, Any] = {"samples": samples, "seed": seed, "replications": replications, "engine": engine}
    with following(f"{design} in {scenario}", quiet=quiet) as progress:
        place = resolving(design, scenario, sets)
        found, told = sweep_study(place, knobs, metric, store=store, limits=limits, progress=progress, **how)
        done = _whole(found, told, store, long=store is not None or bool(cluster) or math.isfinite(minutes))
    if str(json) != "-":
        show(sweep_table(done))
    write_json(sweep_document(done), json)
    if csv is not None:
        with writing(csv):
            frame(done).to_csv(csv, index=False)
    if picture is not None:
        write_text(picture, sweep_picture(done))


def _whole(found: Sweep | None, done: Done, store: Path | None, *, long: bool) -> Sweep:
    """The sweep, if it is whole; else say what is known, and leave with the exit code of what is undecided."""
    told_of(store, done.broken)
    if long:
        points, replications = len(done.results), done.replications
        say(f"note: {done.simulated} of {points} points were simulated now, {replications} replications")
    if found is None:
        kept = f"; ask again to go on from {store}" if store is not None else "; with --store they would have been kept"
        say(f"time is over: {len(done.results) - done.missing} of {len(done.results)} points are known{kept}")
        raise typer.Exit(ExitCode.UNDECIDED)
    return found
