"""The command that says how many an event holds, and how likely it holds whoever comes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolving, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.stores import keeping
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.errors import ModelError

if TYPE_CHECKING:
    from eventlive_sim.study.gate import Checked

_EVERYBODY = "10..100000"


@app.command()
def capacity(
    design: Design,
    scenario: Scenario,
    also: Annotated[list[str] | None, typer.Option("--and", help="Another design, in the same table.")] = None,
    each: Annotated[str, typer.Option("--each", help="A ticket: every design with each of its options.")] = "",
    over: Annotated[
        str, typer.Option("--over", help="PATH=LOW..HIGH; by default the people for whom the event is, 10 to 100,000.")
    ] = "",
    falls: Annotated[bool, typer.Option("--less-is-harder", help="Of an interval: the shorter, the harder.")] = False,
    start: Annotated[
        float | None, typer.Option("--start", help="Where to begin; else in the middle of the range.")
    ] = None,
    width: Annotated[
        float, typer.Option("--width", min=0.001, max=1, help="How near first FAIL and last PASS.")
    ] = 0.05,
    most: Annotated[int | None, typer.Option("--replications", "-n", min=2, help="Most of a verdict.")] = None,
    registered: Annotated[int, typer.Option("--registered", min=0, help="Instead: so many registered.")] = 0,
    show_up: Annotated[
        str, typer.Option("--show-up", help="Share of them who come: 0.35..0.6, beta(20, 22).")
    ] = "0.3..0.6",
    seed: Seed = 1,
    sets: Sets = None,
    json: JsonFile = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Keep each replication in this folder, and go on from it.")
    ] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the brackets into an .svg file.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Search how many people, or how much of anything, a design holds under the budgets: last PASS, first FAIL, what broke."""
    from eventlive_sim.study.capacity import Question

    if picture is not None and (picture.suffix.lower() != ".svg" or registered):
        remedy = "name a file that ends in .svg, and draw brackets only: without --registered"
        raise ModelError(f"--picture is {picture}", remedy, rule="bad-option")
    if start is not None and not math.isfinite(start):
        raise ModelError(f"--start is {start}", "write a value of the range", rule="bad-option")
    writable(json, picture, folder=store)
    names = [text for one in [design, *(also or [])] for text in _each(one, each)]
    path, axis = _axis(names[0], scenario, sets, over)
    with keeping(store) as kept:
        if registered:
            how = {"seed": seed, "replications": most or 120, "workers": workers, "kept": kept}
            _attendance(names, scenario, sets, path, registered, show_up, json, how, quiet=quiet)
        else:
            question = Question(axis, start, width=width, seed=seed, most=most, falls=falls)
            _brackets(names, scenario, sets, question, json, picture, {"workers": workers, "kept": kept}, quiet=quiet)


def _each(design: str, ticket: str) -> list[str]:
    """A design with each option of a ticket, or as it is."""
    if not ticket:
        return [design]
    from eventlive_sim.model.resolve import tickets_of

    known = {one.ticket: one for one in tickets_of(design.split("+", 1)[0])}
    if ticket not in known:
        remedy = f"write one of: {', '.join(known)}" if known else "the design has none"
        raise ModelError(f"there is no ticket {ticket!r}", remedy, rule="unknown-ticket")
    return [f"{design}+{ticket}:{option}" for option in known[ticket].options]


def _axis(design: str, scenario: str, sets: list[str] | None, over: str):  # type: ignore[no-untyped-def] # noqa: ANN202 - heavy to import
    """Path that is searched, and its range."""
    from eventlive_sim.study.axes import axis
    from eventlive_sim.study.figures import audiences, hot_endpoints

    if over:
        return over.partition("=")[0], axis(over)
    resolved, world = resolving(design, scenario, sets)([])
    hot = hot_endpoints([resolved.design], world.scenario)
    names = audiences([resolved.design], world.scenario, hot) or list(world.scenario.clients)
    if not names:
        raise ModelError(
            "the scenario has no clients", "say what is searched: --over PATH=LOW..HIGH", rule="missing-option"
        )
    path = f"clients.{names[0]}.people"
    return path, axis(f"{path}={_EVERYBODY}")


def _brackets(  # type: ignore[no-untyped-def]
    names: list[str],
    scenario: str,
    sets: list[str] | None,
    question,  # noqa: ANN001 - its type is heavy to import
    json: Path | None,
    picture: Path | None,
    how: dict[str, Any],
    *,
    quiet: bool,
) -> None:
    from dataclasses import replace

    from eventlive_sim.report.capacity import capacity_document, capacity_picture, capacity_table
    from eventlive_sim.study.capacity import capacity as search

    known: dict[tuple[str, str, int], Checked] = {}
    found = []
    for name in names:
        with following(f"{name} in {scenario}", quiet=quiet) as progress:
            one = search(resolving(name, scenario, sets), question, known=known, progress=progress, **how)
        found.append(one)
        if one.last_pass is not None and one.first_fail is not None:  # the next one is likely to turn near there
            question = replace(question, near=(one.last_pass.load, one.first_fail.load))
    if str(json) != "-":
        show(capacity_table(found))
    write_json(capacity_document(found), json)
    if picture is not None:
        write_text(picture, capacity_picture(found))


def _attendance(
    names: list[str],
    scenario: str,
    sets: list[str] | None,
    path: str,
    registered: int,
    show_up: str,
    json: Path | None,
    how: dict[str, Any],
    *,
    quiet: bool,
) -> None:
    from eventlive_sim.report.capacity import attendance_document, attendance_table
    from eventlive_sim.study.attendance import attendance

    found = []
    for name in names:
        with following(f"{name} in {scenario}", quiet=quiet) as progress:
            resolve = resolving(name, scenario, sets)
            found.append(attendance(resolve, path, registered, show_up, progress=progress, **how))
    if str(json) != "-":
        show(attendance_table(found))
    write_json(attendance_document(found), json)
