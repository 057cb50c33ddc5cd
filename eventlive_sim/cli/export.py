"""The command that takes settings to production."""

from __future__ import annotations

from typing import Annotated

import typer

from eventlive_sim.cli.commands import Design, Quiet, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve
from eventlive_sim.cli.terminal import following, tell
from eventlive_sim.errors import ModelError

Form = Annotated[str, typer.Option("--format", help="env, json or sql.")]
Judged = Annotated[
    str, typer.Option("--scenario", help="Judge the budgets of this scenario first, and say the verdict in the file.")
]
Most = Annotated[int, typer.Option("--replications", "-n", min=2, max=10_000, help="Most replications of that.")]


@app.command()
def export(
    design: Design,
    base: Annotated[str, typer.Option("--base", help="The design that is deployed now.")] = "",
    form: Form = "env",
    table: Annotated[str, typer.Option(help="For sql: a table with the columns key and value (jsonb).")] = "",
    scenario: Judged = "",
    seed: Seed = 1,
    most: Most = 120,
    sets: Sets = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print the settings of a design that differ from another's: .env, JSON or an SQL upsert, with the diff and a verdict."""
    from eventlive_sim.model.resolve import resolve_design
    from eventlive_sim.report.export import TABLE, settings_of, verdict_of
    from eventlive_sim.report.export import export as text_of
    from eventlive_sim.study.gate import gate
    from eventlive_sim.study.run import unstarted

    if not base:
        raise ModelError(
            "no base is named", "write --base NAME: the design that is deployed now", rule="missing-option"
        )
    deployed = resolve_design(base)
    if not scenario:
        settings = settings_of(resolve_design(design, sets=sets or []), deployed)
        tell(text_of(settings, form, table=table or TABLE).rstrip("\n"))
        return
    (resolved,), world = resolve([design], scenario, sets)
    text_of(settings_of(resolved, deployed), form, table=table or TABLE)  # what is wrong is said before the work
    with following(f"{resolved.expression} in {world.name}", quiet=quiet) as progress:
        (checked,) = gate([unstarted(resolved, world)], seed=seed, most=most, workers=workers, progress=progress)
    tell(text_of(settings_of(resolved, deployed, verdict_of(checked)), form, table=table or TABLE).rstrip("\n"))
