"""The command that holds a checklist against a design."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlive_sim.cli.commands import Design, Engine, JsonFile, Quiet, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.terminal import following, show, tell, write_json
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import EventLiveError, ExitCode, ModelError

if TYPE_CHECKING:
    from eventlive_sim.model.checklist import Checklist
    from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario
    from eventlive_sim.study.checklist import CheckedList

Lines = Annotated[list[str] | None, typer.Option("--line", help="Only this line; may be given several times.")]
ListFile = Annotated[
    Path | None, typer.Option("--list", help="The checklist; by default checklist.yaml by the design.")
]
Most = Annotated[int | None, typer.Option("--replications", "-n", min=2, max=10_000, help="Most replications.")]
Undecided = Annotated[str, typer.Option(help="What UNDECIDED counts as: fail or warn; by default exit 3.")]


@app.command()
def checklist(
    design: Design,
    line: Lines = None,
    file: ListFile = None,
    seed: Seed = 1,
    most: Most = None,
    sets: Sets = None,
    undecided: Undecided = "",
    json: JsonFile = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Prove or refute each line of a checklist by simulation; exit 0 PASS, 1 FAIL, 2 bad input, 3 UNDECIDED."""
    from eventlive_sim.model.checklist import CHECKLIST_FILE, read_checklist
    from eventlive_sim.model.nodes import suggestion
    from eventlive_sim.model.resolve import resolve_design
    from eventlive_sim.report.checklist import checklist_document, checklist_tables, examples
    from eventlive_sim.study.checklist import checklist as checklist_study

    if undecided not in {"", "fail", "warn"}:
        raise ModelError(f"--undecided is {undecided!r}", "write fail or warn", rule="bad-option")
    resolved = resolve_design(design)
    writable(json)
    lines = read_checklist(file or resolved.files[0].parent / CHECKLIST_FILE)
    for name in line or []:
        if name not in lines.lines:
            raise ModelError(f"there is no line {name!r}", suggestion(name, lines.lines), rule="unknown-line")
    if line:
        lines = lines.model_copy(update={"lines": {name: lines.lines[name] for name in dict.fromkeys(line)}})

    given = list(sets or [])
    _check_typed(design, lines, given)

    def event(scenario: str, own: Sequence[str]) -> tuple[ResolvedDesign, ResolvedScenario]:
        (one,), world = resolve([design], scenario, [*own, *given])
        return one, world

    with following(f"{resolved.expression}: {len(lines.lines)} lines", quiet=quiet) as progress:
        done = checklist_study(
            resolved.expression,
            lines,
            event,
            seed=seed,
            most=most,
            engine=engine,
            workers=workers,
            progress=progress,
        )
    if str(json) != "-":
        show(*checklist_tables(done))
        tell(examples(done))
    write_json(checklist_document(done), json)
    raise typer.Exit(_exit_code(done, undecided))


def _check_typed(design: str, lines: Checklist, sets: list[str]) -> None:
    """Refuse typed values that fit no event: what a checklist names may be missing, what somebody types has to be right."""
    scenarios = dict.fromkeys(shown.scenario for line in lines.lines.values() for shown in line.shown)
    refused = []
    for name in scenarios if sets else ():
        try:
            resolve([design], name, sets)
        except EventLiveError as error:
            refused.append(error)
    if refused and len(refused) == len(scenarios):
        raise refused[0]


def _exit_code(done: CheckedList, undecided: str) -> ExitCode:
    from eventlive_sim.stats.verdicts import Verdict

    if done.verdict is Verdict.UNDECIDED and undecided:
        return ExitCode.BUDGET_BROKEN if undecided == "fail" else ExitCode.OK
    return {Verdict.PASS: ExitCode.OK, Verdict.FAIL: ExitCode.BUDGET_BROKEN}.get(done.verdict, ExitCode.UNDECIDED)
