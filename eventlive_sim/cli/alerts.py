"""The command of alert rules: what fires, how long before what breaks, and what fires for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, JsonFile, Quiet, Replications, Scenario, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import write_text
from eventlive_sim.cli.terminal import following, show, write_json
from eventlive_sim.errors import ModelError

QuietScenario = Annotated[
    str,
    typer.Option("--quiet-scenario", help="A scenario in which nothing should fire: false alarms are counted there."),
]
QuietDesign = Annotated[
    str,
    typer.Option("--quiet-design", help="The design for it; by default the same. Its rules are those of the other."),
]
QuietCount = Annotated[
    int, typer.Option("--quiet-replications", min=1, max=10_000, help="Replications of the quiet scenario.")
]


@app.command()
def alerts(
    design: Design,
    scenario: Scenario,
    seed: Seed = 1,
    replications: Replications = 10,
    quiet_scenario: QuietScenario = "",
    quiet_design: QuietDesign = "",
    quiet_replications: QuietCount = 50,
    rules: Annotated[str, typer.Option("--rules", help="A design whose rules are taken in place of the own.")] = "",
    sets: Sets = None,
    prometheus: Annotated[
        Path | None, typer.Option("--prometheus", help="Write the rules as a rule file of Prometheus.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Draw the first replication as the rules see it, as SVG.")
    ] = None,
    json: JsonFile = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Evaluate a design's alert rules on what is simulated, as Prometheus would, and hold them against the budgets."""
    from eventlive_sim.model.resolve import resolve_design
    from eventlive_sim.report.alerts import alerts_document, alerts_tables
    from eventlive_sim.report.alerts_picture import alerts_picture
    from eventlive_sim.report.prometheus import prometheus_text
    from eventlive_sim.study.alerts import watch, with_rules

    if picture is not None and picture.suffix.lower() != ".svg":
        raise ModelError(f"--picture is {picture}", "name a file that ends in .svg", rule="bad-option")
    if quiet_design and not quiet_scenario:
        raise ModelError("--quiet-design without a scenario", "name one with --quiet-scenario", rule="bad-option")
    (resolved,), world = resolve([design], scenario, sets)
    writable(json, picture, prometheus)
    resolved = with_rules(resolved, resolve_design(rules) if rules else resolved)
    calm = resolve([quiet_design or design], quiet_scenario, None) if quiet_scenario else None
    with following(f"{resolved.expression} in {world.name}", quiet=quiet) as progress:
        done = watch(resolved, world, seed=seed, replications=replications, workers=workers, progress=progress)
    still = None
    if calm is not None:
        (one,), place = calm
        one = with_rules(one, resolved)
        with following(f"{one.expression} in {place.name}", quiet=quiet) as progress:
            still = watch(one, place, seed=seed, replications=quiet_replications, workers=workers, progress=progress)
    if str(json) != "-":
        show(*alerts_tables(done, still))
    write_json(alerts_document(done, still), json)
    if prometheus is not None:
        write_text(prometheus, prometheus_text(resolved.design.alerts))
    if picture is not None:
        write_text(picture, alerts_picture(done))
