"""The command of the ledger: what each ticket buys, and in which order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlive_sim.cli.commands import Engine, JsonFile, Quiet, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError

if TYPE_CHECKING:
    from eventlive_sim.model.chosen import Chosen
    from eventlive_sim.model.resolve import ResolvedDesign
    from eventlive_sim.study.coalitions import Term

Scenarios = Annotated[list[str], typer.Argument(help="Scenarios, each counting the same.")]
Metrics = Annotated[
    list[str],
    typer.Option("--metric", help="What is to move: queries{service:rest}:rate; SCENARIO=METRIC asks it of one only."),
]
Base = Annotated[str, typer.Option("--design", "-d", help="The design that tickets are put on.")]
To = Annotated[str, typer.Option("--to", help="The same design with all tickets.")]
Tickets = Annotated[str, typer.Option(help="Only these: 0-1,5-1, or with other options: 0-1:B,5-1:cache,5-1:summary.")]
Permutations = Annotated[
    int, typer.Option("--permutations", min=2, max=10_000, help="Orders to draw, in pairs of opposite ones.")
]
Exact = Annotated[bool, typer.Option("--exact", help="Simulate every set of tickets: 2 to the power of their number.")]
OrderFile = Annotated[
    Path | None, typer.Option("--order", help="The recommended order; by default order.yaml beside the design, if any.")
]
Replications = Annotated[int, typer.Option("--replications", "-n", min=1, max=1_000, help="Replications of each set.")]
Picture = Annotated[Path | None, typer.Option("--picture", help="Draw it into an .svg file.")]


@app.command()
def ledger(
    scenarios: Scenarios,
    metric: Metrics,
    design: Base = "before",
    to: To = "after",
    tickets: Tickets = "",
    permutations: Permutations = 20,
    exact: Exact = False,
    order: OrderFile = None,
    seed: Seed = 1,
    replications: Replications = 4,
    sets: Sets = None,
    json: JsonFile = None,
    picture: Picture = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print what each ticket buys first, last and on average over orders, and the best order of work."""
    from eventlive_sim.model.order import ORDER_FILE, read_order
    from eventlive_sim.report.ledger import ledger_document, ledger_tables
    from eventlive_sim.report.ledger_picture import ledger_picture
    from eventlive_sim.study.coalitions import Values, players_of
    from eventlive_sim.study.ledger import ledger as ledger_study

    if picture is not None and picture.suffix.lower() != ".svg":
        raise ModelError(f"--picture is {picture}", "name a file that ends in .svg", rule="bad-option")
    writable(json, picture)
    terms, of_design = _terms(scenarios, metric, design, sets or [])

    def resolved(expression: str) -> ResolvedDesign:
        from eventlive_sim.model.resolve import resolve_design

        return resolve_design(expression, sets=of_design)

    players = players_of(_chosen(design, to, tickets))
    beside = resolved(design).files[0].parent / ORDER_FILE
    recommended = read_order(order or beside) if order is not None or beside.is_file() else None
    values = Values(design, players, terms, resolved, seed, replications, engine, workers)
    with following(f"{len(players)} of the tickets on {design}", quiet=quiet) as progress:
        done = ledger_study(
            values,
            "" if tickets else to,
            recommended=recommended,
            permutations=permutations,
            exact=exact,
            progress=progress,
        )
    if str(json) != "-":
        show(*ledger_tables(done))
    write_json(ledger_document(done), json)
    if picture is not None:
        write_text(picture, ledger_picture(done))


def _terms(
    scenarios: list[str], metrics: list[str], design: str, sets: list[str]
) -> tuple[tuple[Term, ...], list[str]]:
    """Metrics in scenarios, and the values that are set of the design."""
    from eventlive_sim.model.nodes import suggestion
    from eventlive_sim.study.coalitions import Term

    worlds, of_design = {}, list[str]()
    for name in scenarios:
        (one,), world = resolve([design], name, sets)
        worlds[name] = world
        of_design = [text for text in sets if text in one.sets or text in of_design]
    terms = []
    for written in metrics:
        owner, sign, rest = written.partition("=")
        if sign and owner not in worlds:
            problem = f"--metric {written!r}: {owner!r} is none of the scenarios"
            raise ModelError(problem, suggestion(owner, worlds), rule="bad-metric")
        terms += [Term(world, rest if sign else written) for name, world in worlds.items() if owner == name or not sign]
    return tuple(terms), of_design


def _chosen(design: str, to: str, tickets: str) -> list[Chosen]:
    """Tickets of the design with all of them, or those that are named: with their options there, else as typed."""
    from eventlive_sim.model.nodes import suggestion
    from eventlive_sim.model.resolve import tickets_in

    there = {one.id for one in tickets_in(design)}
    every = [one for one in tickets_in(to) if one.id not in there]
    if not tickets:
        return every
    found: list[Chosen] = []
    for text in dict.fromkeys(part.strip() for part in tickets.split(",")):
        fitting = [one for one in every if one.fits(text)]
        if not fitting:
            fitting = [one for one in tickets_in(f"{design}+{text}") if one.id not in there]
        if not fitting:
            problem = f"--tickets: {text!r} is in {design} already"
            raise ModelError(problem, suggestion(text, [one.id for one in every]), rule="bad-ledger")
        found += [one for one in fitting if one.id not in {other.id for other in found}]
    return sorted(found, key=lambda one: one.order)
