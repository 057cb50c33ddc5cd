"""Checks as tables for people and as JSON for machines: the same input and seed give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from rich.table import Table
from rich.text import Text

from eventlive_sim.model.resolve import ResolvedScenario
from eventlive_sim.report.document import digest_of, number_of, what_of
from eventlive_sim.report.tables import number
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.baseline import SCHEMA, Regression
from eventlive_sim.study.evidence import Evidence, overall
from eventlive_sim.study.gate import Checked, Row
from eventlive_sim.study.robust import Robust
from eventlive_sim.study.trials import Trial, Trials

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.UNDECIDED: "yellow"}
_ORDER = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS)
_WITHOUT_WORLD = {"budgets", "gate", "title", "format"}
"""Parts of a scenario that change nothing of what happens in it."""


def world_of(scenario: ResolvedScenario) -> str:
    """Digest of who comes and what happens, whatever is asked about it."""
    return digest_of({key: value for key, value in scenario.tree.items() if key not in _WITHOUT_WORLD})


# ---------------------------------------------------------------- tables


def check_tables(evidence: Evidence) -> list[Table]:
    """Budgets with their verdicts, the worst first; then what else was found, a table each."""
    tables = [_budgets(evidence.checked, f"{evidence.verdict}: {evidence.result}")]
    if evidence.regressions:
        tables.append(_regressions(evidence.regressions))
    if evidence.trials is not None and evidence.trials.tried:
        tables.append(_trials(evidence.checked, evidence.trials))
    if evidence.robust is not None:
        tables += _robust(evidence.robust)
    return tables


def heading(checked: Checked) -> str:
    """What was checked."""
    return f"{checked.ground.design.expression} in {checked.ground.scenario.name}"


def _budgets(checked: Checked, verdict: str) -> Table:
    done = f"{checked.replications} replications" if checked.replications else "nothing simulated"
    said = f"seed {checked.ground.seed}, {done}, engine {checked.ground.engine}, program {checked.ground.program.digest[:12]}"
    table = Table(
        title=Text(f"{heading(checked)}: {verdict}"),
        title_justify="left",
        caption=Text(f"{said}; {checked.stopped}" if checked.stopped else said),
        caption_justify="left",
    )
    for name in ("", "budget", "value", "margin", "broken", "why"):
        table.add_column(name, justify="right" if name in {"value", "margin", "broken"} else "left", overflow="fold")
    for row in sorted(checked.rows, key=lambda row: _ORDER.index(row.verdict)):
        table.add_row(
            _mark(row), Text(row.budget.name), number(row.value, 3), _margin(row), _broken(row), Text(row.why)
        )
    return table


def _mark(row: Row) -> Text:
    told = "" if row.budget.severity == "stop" else f" ({row.budget.severity})"
    return Text(f"{row.verdict}{told}", style=_STYLES[row.verdict])


def _margin(row: Row) -> str:
    return "-" if math.isnan(row.margin) else f"{row.margin:+.1%}"


def _broken(row: Row) -> str:
    if row.exact and not row.looked:
        return "exact"
    return f"{row.broken} of {row.looked}" if row.looked else "-"


def _regressions(found: Sequence[Regression]) -> Table:
    table = Table(title="against the baseline, under the same seeds", title_justify="left")
    for name in ("", "budget", "before", "now", "worse by at least"):
        table.add_column(name, justify="left" if name in {"", "budget"} else "right")
    for one in sorted(found, key=lambda one: not one.worse):
        mark = Text("REGRESSED", style="bold red") if one.worse else Text("ok", style="green")
        least = "exact" if one.worsening is None else number(one.worsening.low, 3)
        table.add_row(mark, Text(one.name), number(one.before, 3), number(one.after, 3), least)
    return table


def _trials(checked: Checked, trials: Trials) -> Table:
    failed = [row for row in checked.failed() if row.budget.severity != "warn"]
    title = f"{len(trials.tried)} ticket options, each alone: what of the {len(failed)} failed budgets it turns"
    table = Table(title=Text(title), title_justify="left")
    for name in ("option", "turns", "what it is"):
        table.add_column(name)
    for one in trials.turning:
        turned = "the verdict" if turns_the_verdict(checked, one) else "\n".join(one.turned)
        table.add_row(Text(one.option), Text(turned), Text(one.title))
    for row in failed:
        near = ", ".join(f"{option} makes it {value:,.4g}" for option, value in trials.nearest(row))
        if not any(row.budget.name in one.turned for one in trials.tried):
            table.add_row("none alone", Text(row.budget.name), Text(near and f"nearest: {near}"))
    return table


def turns_the_verdict(checked: Checked, trial: Trial) -> bool:
    """Whether an option turns all that failed, and nothing was left unjudged that might fail too."""
    return trial.whole and not checked.stopped


def _robust(found: Robust) -> list[Table]:
    told = f"{found.guesses} guesses over their ranges ({found.without_range} say none): "
    tables = [_budgets(found.checked, f"{told}{found.checked.verdict}")]
    if found.flips:
        table = Table(title="guesses that turn a budget alone", title_justify="left")
        for name in ("guess", "written", "at", "budget", "comes to"):
            table.add_column(name)
        for flip in found.flips:
            cells = (flip.path, flip.written, flip.value, flip.budget, str(flip.now))
            table.add_row(*(Text(cell) for cell in cells))
        tables.append(table)
    return tables


# ---------------------------------------------------------------- documents


def check_document(evidence: Sequence[Evidence]) -> dict[str, Any]:
    """Document of checks: every budget with the values that it was judged by, and the verdicts."""
    return {
        "schema": SCHEMA,
        "version": metadata.version("eventlive-sim"),
        "result": str(overall(evidence)),
        "checks": [_check(one) for one in evidence],
    }


def _check(evidence: Evidence) -> dict[str, Any]:
    checked = evidence.checked
    what = what_of(checked.ground)
    what["scenario"]["world"] = world_of(checked.ground.scenario)
    return {
        **what,
        "verdict": str(evidence.verdict),
        "result": str(evidence.result),
        **_rows(checked),
        "regressions": [_regression(one) for one in evidence.regressions],
        "tickets": None if evidence.trials is None else _tried(checked, evidence.trials),
        "robust": None if evidence.robust is None else _drawn(evidence.robust),
    }


def _rows(checked: Checked) -> dict[str, Any]:
    return {
        "replications": checked.replications,
        "looks": list(checked.looks.replications),
        "alpha": checked.looks.alpha,
        "stopped": checked.stopped,
        "budgets": [_row(row) for row in checked.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    budget, judged = row.budget, row.judgement
    return {
        "name": budget.name,
        "metric": budget.key,
        "window": budget.window,
        "threshold": budget.threshold.text,
        "line": budget.line,
        "estimand": budget.estimand,
        "risk": budget.risk,
        "severity": budget.severity,
        "verdict": str(row.verdict),
        "exact": row.exact,
        "value": number_of(row.value),
        "values": [number_of(value) for value in row.values],
        "margin": number_of(row.margin),
        "broken": row.broken,
        "looked": row.looked,
        "estimate": None if judged is None else number_of(judged.estimate),
        "bounds": None if judged is None else [number_of(judged.low), number_of(judged.high)],
        "replications_needed": None if judged is None else judged.needed,
        "why": row.why,
    }


def _regression(one: Regression) -> dict[str, Any]:
    return {
        "name": one.name,
        "before": number_of(one.before),
        "after": number_of(one.after),
        "worse_by_at_least": None if one.worsening is None else number_of(one.worsening.low),
        "worse": one.worse,
        "replications": one.replications,
    }


def _tried(checked: Checked, trials: Trials) -> dict[str, Any]:
    return {
        "replications": trials.replications,
        "options": [
            {
                "option": one.option,
                "turned": list(one.turned),
                "turns_the_verdict": turns_the_verdict(checked, one),
                "values": {name: number_of(value) for name, value in one.values.items()},
            }
            for one in trials.tried
        ],
    }


def _drawn(found: Robust) -> dict[str, Any]:
    return {
        "verdict": str(found.checked.verdict),
        "guesses": found.guesses,
        "without_range": found.without_range,
        **_rows(found.checked),
        "flips": [
            {"guess": flip.path, "written": flip.written, "at": flip.value, "budget": flip.budget, "now": str(flip.now)}
            for flip in found.flips
        ],
    }
