"""The command that tunes: it looks for settings that trade objectives well, and judges them on fresh seeds."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolving, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.stores import keeping
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.errors import ModelError

Knobs = Annotated[
    list[str],
    typer.Option(
        "--knob", help="PATH=2s..60s, PATH=1..20, PATH=2s..60s:log or PATH=word,word; PATH+PATH=... sets both."
    ),
]
Objectives = Annotated[
    list[str],
    typer.Option("--objective", help="Less is better: METRIC{tags}:AGGREGATE, or risk; max:METRIC... turns it round."),
]


def needs(library: str, extra: str) -> None:
    """Refuse to begin without a library of an extra.

    Raises
    ------
    ModelError
        If it is not installed.
    """
    if importlib.util.find_spec(library) is None:
        remedy = f"install it: pip install 'eventlive_sim[{extra}]'"
        raise ModelError(f"{library} is not installed", remedy, rule="missing-extra")


@app.command()
def tune(
    design: Design,
    scenario: Scenario,
    knob: Knobs,
    objective: Objectives,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Settings that are tried in all.")] = 60,
    replications: Annotated[int, typer.Option("--replications", "-n", min=2, help="Of each, in the search.")] = 4,
    fresh: Annotated[int, typer.Option("--fresh", min=2, help="Of each setting of the front, under fresh seeds.")] = 20,
    front: Annotated[int, typer.Option("--front", min=1, max=60, help="Most settings simulated again.")] = 10,
    minutes: Annotated[float, typer.Option("--minutes", min=0.01, help="Most time for the search.")] = math.inf,
    beat: Annotated[
        bool, typer.Option("--beat", help="Look only where no objective is worse than as written.")
    ] = False,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep trials and replications in this folder, and go on from it.")
    ] = None,
    ticket: Annotated[Path | None, typer.Option("--ticket", help="Write the choice as a ticket, ID.yaml.")] = None,
    seed: Seed = 1,
    sets: Sets = None,
    json: JsonFile = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the front into an .svg file.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Tune settings under the budgets: the trade between objectives, on seeds that the search never saw."""
    needs("optuna", "tune")
    from eventlive_sim.report.tune import ticket_text, tune_document, tune_picture, tune_table
    from eventlive_sim.study.axes import axis
    from eventlive_sim.study.points import Points
    from eventlive_sim.study.search import JOURNAL, Search
    from eventlive_sim.study.search import objective as read
    from eventlive_sim.study.tune import tune as tune_study

    for file, ending in ((picture, ".svg"), (ticket, ".yaml")):
        if file is not None and file.suffix.lower() != ending:
            raise ModelError(f"{file} is to be written", f"name a file that ends in {ending}", rule="bad-option")

    goals = [read(text) for text in objective]
    place, metrics = resolving(design, scenario, sets), tuple(one.metric for one in goals)
    search = Search(trials, replications, fresh, front, 60 * minutes, beat, store and store / JOURNAL)
    writable(json, picture, ticket, folder=store)
    with keeping(store) as kept, following(f"tuning {design} in {scenario}", quiet=quiet) as progress:
        points = Points(place, metrics, budgets=True, workers=workers, kept=kept)
        done = tune_study(points, [axis(text) for text in knob], goals, search, seed=seed, progress=progress)
    if str(json) != "-":
        show(tune_table(done))
    write_json(tune_document(done), json)
    if picture is not None:
        write_text(picture, tune_picture(done))
    if ticket is not None:
        write_text(ticket, ticket_text(done, ticket.stem))
