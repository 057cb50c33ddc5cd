"""The gate's command: what it prints, writes and exits with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlive_sim.cli.commands import Engine, JsonFile, Quiet, Seed, Sets, Workers, app
from eventlive_sim.cli.inputs import resolve, writable
from eventlive_sim.cli.outputs import write_text, writing
from eventlive_sim.cli.terminal import following, say, show, tell, write_json
from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import EventLiveError, ModelError

if TYPE_CHECKING:
    from eventlive_sim.study.baseline import Baseline
    from eventlive_sim.study.evidence import Evidence
    from eventlive_sim.study.gate import Checked
    from eventlive_sim.study.run import Run

_POLICIES = ("fail", "warn")

Scenarios = Annotated[
    list[str] | None, typer.Argument(help="Scenarios: s3, or files; without any, all that have budgets.")
]
Most = Annotated[int | None, typer.Option("--replications", "-n", min=2, max=10_000, help="Most replications.")]


@app.command()
def check(
    scenarios: Scenarios = None,
    design: Annotated[str, typer.Option("--design", "-d", help="The design to check.")] = "",
    seed: Seed = 1,
    most: Most = None,
    sets: Sets = None,
    everything: Annotated[bool, typer.Option("--all", help="Simulate though an exact budget has failed.")] = False,
    undecided: Annotated[str, typer.Option(help="What UNDECIDED counts as: fail or warn; by default exit 3.")] = "",
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier --json of the same seed: no budget is worse.")
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0, help="How much worse than the baseline is let pass.")] = 0.02,
    robust: Annotated[bool, typer.Option("--robust", help="Draw the guesses over their ranges as well.")] = False,
    trials: Annotated[
        int, typer.Option("--tickets", min=0, max=120, help="Replications of each ticket alone, on a FAIL; 0: none.")
    ] = 4,
    json: JsonFile = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML.")] = None,
    engine: Engine = EngineName.FAST,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Judge a design by the budgets of scenarios; exit 0 PASS, 1 FAIL, 2 bad input, 3 UNDECIDED."""
    from eventlive_sim.study.baseline import Baseline
    from eventlive_sim.study.evidence import worst
    from eventlive_sim.study.gate import gate

    if undecided not in {"", *_POLICIES}:
        raise ModelError(f"--undecided is {undecided!r}", "write fail or warn", rule="bad-option")
    writable(json, junit)
    grounds = _grounds(scenarios, design, sets)
    earlier = None if baseline is None else Baseline(baseline)
    before = [{} if earlier is None else _before(earlier, ground, seed) for ground in grounds]
    title = f"{grounds[0].design.expression} in {', '.join(ground.scenario.name for ground in grounds)}"
    with following(title, quiet=quiet) as progress:
        checked = gate(
            grounds, seed=seed, most=most, everything=everything, engine=engine, workers=workers, progress=progress
        )
    found = []
    for one, values in zip(checked, before, strict=True):
        found.append(
            _evidence(
                one,
                values,
                tolerance,
                trials,
                robust=(most, everything) if robust else None,
                workers=workers,
                quiet=quiet,
            )
        )
    _tell(found, json, junit, undecided)
    raise typer.Exit(worst([one.exit_code(undecided) for one in found]))


def _grounds(scenarios: list[str] | None, design: str, sets: list[str] | None) -> list[Run]:
    """Designs in scenarios, every budget read; all that is wrong is said before anything is simulated."""
    from eventlive_sim.study.budgets import known_budgets
    from eventlive_sim.study.run import unstarted

    if not design:
        raise ModelError("no design is named", "write --design NAME", rule="missing-option")
    grounds, wrong = [], []
    for name in dict.fromkeys(scenarios or _with_budgets()):
        try:
            (resolved,), world = resolve([design], name, sets)
            ground = unstarted(resolved, world)
            known_budgets(ground)
            grounds.append(ground)
        except EventLiveError as error:
            wrong += [line for line in str(error).splitlines() if line not in wrong]
    if wrong:
        for line in wrong[:-1]:
            say(f"error: {line}")
        raise EventLiveError(wrong[-1])
    return grounds


def _with_budgets() -> list[str]:
    from eventlive_sim.model.resolve import resolve_scenario, scenario_names

    found = [resolve_scenario(name) for name in scenario_names()]
    names = [one.name for one in found if one.scenario.budgets and not one.scenario.gate.only_when_named]
    if not names:
        raise ModelError("no scenario has budgets", "name one, or write some", rule="no-budgets")
    return names


def _before(earlier: Baseline, ground: Run, seed: int) -> dict[str, dict[str, object]]:
    from eventlive_sim.report.checks import world_of

    return earlier.of(ground.scenario.name, world_of(ground.scenario), seed)


def _evidence(
    checked: Checked,
    before: dict[str, dict[str, object]],
    tolerance: float,
    trials: int,
    *,
    robust: tuple[int | None, bool] | None,
    workers: int | None,
    quiet: bool,
) -> Evidence:
    """What is asked for beside the verdicts: the baseline, tickets alone, guesses."""
    from eventlive_sim.stats.verdicts import Verdict
    from eventlive_sim.study.baseline import regressions
    from eventlive_sim.study.evidence import Evidence
    from eventlive_sim.study.robust import robust as draw
    from eventlive_sim.study.trials import tickets_alone

    worse = regressions(checked, before, tolerance)
    tried = None
    if trials and checked.verdict is Verdict.FAIL:
        with following(f"tickets alone in {checked.ground.scenario.name}", quiet=quiet) as progress:
            tried = tickets_alone(checked, replications=trials, workers=workers, progress=progress)
    drawn = None
    if robust is not None:
        with following(f"guesses of {checked.ground.design.expression}", quiet=quiet) as progress:
            drawn = draw(checked, most=robust[0], everything=robust[1], workers=workers, progress=progress)
    return Evidence(checked, worse, tried, drawn)


def _tell(found: list[Evidence], json: Path | None, junit: Path | None, undecided: str) -> None:
    """Tables or JSON to stdout, files, and what GitHub shows when it is there."""
    from eventlive_sim.report.checks import check_document, check_tables
    from eventlive_sim.report.junit import junit_text

    on_stdout = str(json) == "-"
    if not on_stdout:
        show(*(table for one in found for table in check_tables(one)))
    write_json(check_document(found), json)
    if junit is not None:
        write_text(junit, junit_text(found, undecided))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _tell_github(found, undecided, on_stdout=on_stdout)


def _tell_github(found: list[Evidence], undecided: str, *, on_stdout: bool) -> None:
    from eventlive_sim.report.github import notes, summary

    for line in notes(found, undecided):
        (say if on_stdout else tell)(line)
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        with writing(file), Path(file).open("a", encoding="utf-8") as stream:
            stream.write(summary(found))
