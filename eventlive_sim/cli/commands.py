"""Commands. Heavy imports stand inside them, so that help is fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import writing
from eventlive_sim.cli.terminal import following, say, show, tell, write_json
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ExitCode, ModelError

app = typer.Typer(
    help="Simulate a live event on Vercel and Supabase: what it queries, how it queues, what a fix buys.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NOTES_MOST = 3
"""Most superseded edits that are told one by one."""

Design = Annotated[str, typer.Argument(help="A design: before, after, a file, or before+0-1:B+5-1:interval=20s.")]
Scenario = Annotated[str, typer.Argument(help="A scenario: s1, s3, or a file.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Root seed: the same seed meets the same people.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="Set a value, such as clients.NAME.people=200; of the scenario if it has the path."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="How many at once; by default one a core.")]
Engine = Annotated[EngineName, typer.Option("--engine", help="What simulates; both give the same figures.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write a JSON document; - writes it to stdout.")]
Replications = Annotated[int, typer.Option("--replications", "-n", min=1, max=10_000, help="How many replications.")]


# ---------------------------------------------------------------- commands


@app.command()
def run(
    design: Design,
    scenario: Scenario,
    seed: Seed = 1,
    replications: Replications = 1,
    sets: Sets = None,
    json: JsonFile = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="Write every act of the first replication, JSON lines.")
    ] = None,
    trace_people: Annotated[
        int | None, typer.Option("--trace-people", min=1, help="Trace only the first so many persons.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", help="Write metrics and series into this folder.")
    ] = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a design in a scenario and print its figures."""
    from eventlive_sim.report.document import run_document
    from eventlive_sim.report.tables import run_table
    from eventlive_sim.study.run import run as run_study
    from eventlive_sim.study.run import traced

    if trace_people is not None and trace is None:
        raise ModelError("--trace-people says whom --trace writes down", "add --trace FILE", rule="bad-option")
    (resolved,), world = resolve([design], scenario, sets)
    writable(json, trace, folder=parquet)
    with following(f"{resolved.expression} in {world.name}", quiet=quiet) as progress:
        done = run_study(
            resolved, world, seed=seed, replications=replications, engine=engine, workers=workers, progress=progress
        )
    if str(json) != "-":
        show(run_table(done))
    write_json(run_document(done), json)
    if parquet is not None:
        _write_parquet(done, parquet)
    if trace is not None:
        persons = None if trace_people is None else range(trace_people)
        with writing(trace):
            traced(resolved, world, seed, persons, engine).write_jsonl(trace)
    _note_guesses(resolved, quiet=quiet)


def _write_parquet(done: Any, folder: Path) -> None:
    from eventlive_sim.study.series import metrics_frame, series_frame, stations_frame

    with writing(folder):
        folder.mkdir(exist_ok=True)
    for name, frame in (("metrics", metrics_frame), ("series", series_frame), ("stations", stations_frame)):
        with writing(file := folder / f"{name}.parquet"):
            frame(done).to_parquet(file, index=False)


def _note_guesses(resolved: Any, *, quiet: bool) -> None:
    if quiet:
        return
    for text in resolved.dropped[:_NOTES_MOST]:
        say(f"note: {text}")
    if len(resolved.dropped) > _NOTES_MOST:
        more = len(resolved.dropped) - _NOTES_MOST
        say(f"note: {more} more edits of {resolved.expression} are superseded; the JSON document lists all")
    if resolved.guesses:
        say(
            f"note: {len(resolved.guesses)} numbers of {resolved.expression} are guesses; "
            f"`eventlive-sim guesses {resolved.expression}` lists them"
        )


@app.command()
def compare(
    one: Design,
    other: Design,
    scenario: Scenario,
    seed: Seed = 1,
    replications: Replications = 4,
    sets: Sets = None,
    json: JsonFile = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print two designs side by side, under the same seeds, with paired differences."""
    from eventlive_sim.report.document import compare_document
    from eventlive_sim.report.tables import comparison_table
    from eventlive_sim.study.compare import compare as compare_study

    resolved, world = resolve([one, other], scenario, sets)
    writable(json)
    with following(f"{one} and {other} in {world.name}", quiet=quiet) as progress:
        done = compare_study(
            resolved[0],
            resolved[1],
            world,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(comparison_table(done))
    write_json(compare_document(done), json)
    for design in resolved:
        _note_guesses(design, quiet=quiet)


@app.command()
def tickets(
    scenario: Scenario,
    design: Annotated[str, typer.Option("--design", "-d", help="The design that each option is put on.")] = "before",
    seed: Seed = 1,
    replications: Replications = 1,
    sets: Sets = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Print what each ticket option moves, alone on a design."""
    from eventlive_sim.report.tables import ticket_table
    from eventlive_sim.study.tickets import ticket_study

    (_,), world = resolve([design], scenario, sets)
    given = tuple(text for text in sets or [] if text not in world.sets)
    with following(f"each option on {design} in {world.name}", quiet=quiet) as progress:
        study = ticket_study(
            design,
            world,
            sets=given,
            seed=seed,
            replications=replications,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    show(ticket_table(study))
    for option, title in study.titles.items():
        tell(f"{option:15} {title}")
    for option, reason in study.left_out.items():
        tell(f"{option:15} left out: {reason}")


@app.command()
def verify(
    oracles: Annotated[list[str] | None, typer.Argument(help="Oracles, such as O1; all without.")] = None,
    replications: Annotated[int, typer.Option("--replications", "-n", min=20, help="Replications of each.")] = 20,
    gates: Annotated[
        int,
        typer.Option("--gate", min=0, help="Instead: so many gates on a queue of known truth, 1000 for the figures."),
    ] = 0,
    capacities: Annotated[
        int,
        typer.Option("--capacity", min=0, help="Instead: search for known capacities under so many seeds, such as 50."),
    ] = 0,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Run the oracles: closed forms against the simulator; exit 70 when one is missed."""
    if gates:
        _verify_gate(gates, engine, workers, quiet=quiet)
        return
    if capacities:
        _verify_capacities(capacities, workers, quiet=quiet)
        return
    from rich.table import Table
    from rich.text import Text

    from eventlive_sim.study.verify import verify as verify_all

    with following("oracles", quiet=quiet) as progress:
        rows = verify_all(oracles or None, replications=replications, engine=engine, workers=workers, progress=progress)
    table = Table(title=f"{len(rows)} quantities, {replications} replications each", title_justify="left")
    for heading in ("oracle", "quantity"):
        table.add_column(heading)
    for heading in ("expected", "measured", "standard error", "sigma"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in rows:
        cells = (f"{row.expected:.5g}", f"{row.measured:.5g}", f"{row.standard_error:.2g}", f"{row.sigma:+.2f}")
        table.add_row(row.oracle, Text(row.quantity), *cells, "ok" if row.ok else "MISSED")
    show(table)
    raise typer.Exit(ExitCode.OK if all(row.ok for row in rows) else ExitCode.OUR_FAULT)


def _verify_gate(gates: int, engine: EngineName, workers: int | None, *, quiet: bool) -> None:
    """Print how often the gate is wrong."""
    from eventlive_sim.report.gates import gate_table
    from eventlive_sim.study.characteristic import characteristic, queue_values, truth

    with following(f"{gates} gates", quiet=quiet) as progress:
        values = queue_values(gates, engine=engine, workers=workers, progress=progress)
    show(gate_table(list(characteristic(values, float(values.mean()))), float(values.mean()), truth()))


def _verify_capacities(seeds: int, workers: int | None, *, quiet: bool) -> None:
    """Print how often the bracket of a search holds a capacity that a formula knows; leave with 70 if it seldom does."""
    from eventlive_sim.report.capacity import coverage_table
    from eventlive_sim.study.known_capacities import coverage

    with following(f"capacities under {seeds} seeds", quiet=quiet) as progress:
        found = list(coverage(seeds, workers=workers, progress=progress))
    show(coverage_table(found))
    raise typer.Exit(ExitCode.OK if all(one.is_right for one in found) else ExitCode.OUR_FAULT)


@app.command()
def selfcheck(
    minutes: Annotated[float, typer.Option("--minutes", min=0.01, help="How long.")] = 1.0,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first case.")] = 0,
    cases: Annotated[int | None, typer.Option("--cases", min=1, help="Most cases.")] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Hold the engines against each other on drawn programs and designs; exit 70 when they part."""
    from eventlive_sim.study.selfcheck import selfcheck as check_engines

    with following("selfcheck", quiet=quiet) as progress:
        tally = check_engines(60 * minutes, first=first, most=cases, workers=workers, progress=progress)
    told = ", ".join(f"{tally.counts[name]:,} {name}" for name in ("programs", "designs", "refused", "events", "acts"))
    tell(f"{told}: {'the engines part' if tally.divergence else 'no divergence'}")
    if tally.divergence:
        tell(tally.divergence)
        raise typer.Exit(ExitCode.OUR_FAULT)


@app.command()
def lint(
    designs: Annotated[list[str], typer.Argument(help="Designs: names, files, with tickets.")],
    sets: Sets = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when anything is found.")] = False,
    ignore: Annotated[list[str] | None, typer.Option(help="A rule to leave out, such as L007.")] = None,
    designs_only: Annotated[
        bool, typer.Option("--designs-only", help="Pass over files that are no designs, as a commit hook has to.")
    ] = False,
) -> None:
    """Read designs without running them, and say what looks wrong."""
    from eventlive_sim.model.files import is_design
    from eventlive_sim.model.lint import RULES
    from eventlive_sim.model.lint import lint as lint_design
    from eventlive_sim.model.resolve import resolve_design
    from eventlive_sim.report.tables import lint_table

    rules = [rule.id for rule in RULES]
    for name in ignore or []:
        if name not in rules:
            raise ModelError(f"there is no rule {name!r}", f"write one of {', '.join(rules)}", rule="unknown-rule")
    found = 0
    for design in designs:
        if designs_only and not is_design(Path(design)):
            continue
        resolved = resolve_design(design, sets=sets or [])
        findings = [finding for finding in lint_design(resolved.design) if finding.id not in (ignore or [])]
        found += len(findings)
        show(lint_table(findings, resolved.expression))
    if found and strict:
        raise typer.Exit(ExitCode.BUDGET_BROKEN)


@app.command()
def preflight(design: Design, scenario: Scenario, sets: Sets = None) -> None:
    """Print the offered load against what there is, by arithmetic."""
    from eventlive_sim.report.tables import preflight_tables
    from eventlive_sim.study.preflight import preflight as preflight_study
    from eventlive_sim.study.run import unstarted

    (resolved,), world = resolve([design], scenario, sets)
    show(*preflight_tables(result := preflight_study(unstarted(resolved, world).design.design, world.scenario)))
    for warning in result.warnings:
        tell(f"warning: {warning}")


@app.command()
def listing(
    design: Design,
    name: Annotated[str, typer.Argument(help="An endpoint, client or source.")],
    sets: Sets = None,
) -> None:
    """Print the lowered program of an endpoint or client, to be read and counted in."""
    from eventlive_sim.model.resolve import resolve_design
    from eventlive_sim.program.listing import listing as list_program
    from eventlive_sim.program.lower import lower
    from eventlive_sim.program.lower.stage import stage

    resolved = resolve_design(design, sets=sets or []).design
    tell(list_program(lower(resolved, stage(resolved)), name))


@app.command()
def schema(
    what: Annotated[
        str, typer.Argument(help="design, included, scenario, ticket, checklist, order or prices.")
    ] = "design",
) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from eventlive_sim.model.schema import schemas, text_of

    known = {name.removesuffix(".json"): one for name, one in schemas().items()}
    if what not in known:
        raise ModelError(f"there is no schema of {what!r}", f"write one of: {', '.join(known)}", rule="unknown-schema")
    tell(text_of(known[what]))


@app.command()
def guesses(design: Design, sets: Sets = None) -> None:
    """List the numbers of a design that nobody measured, with their ranges and sources."""
    from rich.table import Table
    from rich.text import Text

    from eventlive_sim.model.resolve import resolve_design

    resolved = resolve_design(design, sets=sets or [])
    table = Table(title=f"{resolved.expression}: {len(resolved.guesses)} guesses", title_justify="left")
    for heading in ("path", "value", "range", "source"):
        table.add_column(heading)
    for guess in resolved.guesses:
        ends = "" if guess.range is None else f"{guess.range[0]} to {guess.range[1]}"
        table.add_row(Text(guess.path), Text(str(guess.value)), Text(ends), Text(guess.source))
    show(table)


@app.command()
def models() -> None:
    """List designs, tickets with their options, and scenarios."""
    from eventlive_sim.model.resolve import design_names, scenario_names, tickets_of

    names = design_names()
    tell(f"designs:   {', '.join(names)}")
    tell(f"scenarios: {', '.join(scenario_names())}")
    for name in names:
        found = tickets_of(name)
        if found:
            tell(f"tickets of {name}:")
            for ticket in found:
                tell(f"  {ticket.ticket:5} {ticket.title}")
                for option, part in ticket.options.items():
                    tell(f"    {ticket.ticket}:{option:12} {part.title}")
            break


@app.command(name="app", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def start_app(context: typer.Context) -> None:
    """Open the application in a browser; what follows goes to streamlit."""
    import importlib.util
    import subprocess

    if importlib.util.find_spec("streamlit") is None:
        raise ModelError("the application needs streamlit", "install eventlive-sim[app]", rule="missing-extra")
    entry = Path(__file__).parents[1] / "app" / "entry.py"
    # Only this machine may open it, unless what follows says otherwise: later options win.
    ours = ["--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--client.toolbarMode=minimal"]
    command = [sys.executable, "-m", "streamlit", "run", str(entry), *ours, *context.args]
    raise typer.Exit(subprocess.call(command))  # noqa: S603 - our own command
