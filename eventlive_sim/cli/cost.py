"""The command of money: what designs cost, on which plan and size, and what a storm adds."""

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
Events = Annotated[
    int | None,
    typer.Option("--events-per-month", min=1, help="How many such events a month; by default what the scenario says."),
]
Plans = Annotated[str, typer.Option(help="Plans to put each design on, such as pro,pro_uncapped,team; or every.")]
Sizes = Annotated[str, typer.Option(help="Compute sizes to put each design on, such as small,large; or every.")]


@app.command()
def cost(
    design: Design,
    scenario: Scenario,
    others: Others = None,
    events_per_month: Events = None,
    plans: Plans = "",
    sizes: Sizes = "",
    seed: Seed = 1,
    replications: Replications = 1,
    sets: Sets = None,
    json: JsonFile = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print what designs cost a month and an event, item by item, and what a storm adds."""
    from eventlive_sim.report.money import money_document, money_tables
    from eventlive_sim.study.money import money

    resolved, world = resolve([design, *(others or [])], scenario, sets)
    writable(json)
    with following(f"{len(resolved)} designs in {world.name}", quiet=quiet) as progress:
        done = money(
            resolved,
            world,
            events=events_per_month,
            plans=[name for name in plans.split(",") if name],
            sizes=[name for name in sizes.split(",") if name],
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(*money_tables(done))
    write_json(money_document(done), json)
