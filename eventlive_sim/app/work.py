"""What a job does, in its own process; nothing here knows of streamlit."""

from __future__ import annotations

import os
import shlex
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import pandas as pd

from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import ResolvedScenario, resolve_design, resolve_scenario
from eventlive_sim.program.lower.context import AUTH_POOL, DB_CPU
from eventlive_sim.study.compare import Comparison, compare, mean
from eventlive_sim.study.run import Run
from eventlive_sim.study.series import series_frame, stations_frame

_TELL_S = 0.1


@dataclass(frozen=True)
class Request:
    """Two designs, a scenario, and what is set in each."""

    one: str
    other: str
    scenario: str
    other_sets: tuple[str, ...] = ()
    scenario_sets: tuple[str, ...] = ()
    seed: int = 1
    replications: int = 1

    @property
    def command(self) -> str:
        """Commands that give the same figures: one, or one a design where a value is set in one of them only."""
        one, other = shlex.quote(self.one), shlex.quote(self.other)
        ending = f" --seed {self.seed} --replications {self.replications}"
        shared = _options(self.scenario_sets)
        if not self.other_sets:
            return f"eventlive-sim compare {one} {other} {self.scenario}{shared}{ending}"
        tuned = shared + _options(self.other_sets)
        return (
            f"eventlive-sim run {one} {self.scenario}{shared}{ending}\n"
            f"eventlive-sim run {other} {self.scenario}{tuned}{ending}"
        )


def _options(sets: tuple[str, ...]) -> str:
    return "".join(f" --set {shlex.quote(text)}" for text in sets)


@dataclass(frozen=True)
class Result:
    """What the page shows of a comparison."""

    names: tuple[str, str]
    table: pd.DataFrame
    timeline: pd.DataFrame
    windows: tuple[tuple[str, float, float], ...]
    replications: int
    seed: int


def work(request: Request, sender: Connection) -> None:
    """Compare, telling progress at most ten times a second, and send the result or what was wrong."""
    os.nice(5)
    told = [0.0]

    def tell(part: float) -> None:
        if time.monotonic() - told[0] > _TELL_S:
            told[0] = time.monotonic()
            sender.send(("progress", part))

    try:
        sender.send(("result", compared(request, tell)))
    except EventLiveError as error:
        sender.send(("error", str(error)))


def compared(request: Request, tell: object = None) -> Result:
    """Result of a request."""
    scenario = resolve_scenario(request.scenario, sets=request.scenario_sets)
    one = resolve_design(request.one)
    other = resolve_design(request.other, sets=request.other_sets)
    done = compare(
        one,
        other,
        scenario,
        seed=request.seed,
        replications=request.replications,
        workers=1,
        progress=tell if callable(tell) else None,
    )
    names = _names(request, done)
    return Result(
        names, _table(done, names), _timeline(done, names), _windows(scenario), request.replications, request.seed
    )


def _names(request: Request, done: Comparison) -> tuple[str, str]:
    one, other = done.one.design.expression, done.other.design.expression
    if request.other_sets:
        other += " (tuned)"
    return (one, other) if one != other else (f"{one} (A)", f"{other} (B)")


def _table(done: Comparison, names: tuple[str, str]) -> pd.DataFrame:
    rows = []
    for row in done.rows:
        left, right = mean(row.one), mean(row.other)
        interval = ""
        if row.difference is not None and row.difference.low != row.difference.high:
            digits = row.figure.digits
            interval = f"{row.difference.low:,.{digits}f} to {row.difference.high:,.{digits}f}"
        rows.append(
            {
                "figure": row.figure.name,
                "unit": row.figure.unit,
                names[0]: round(left, row.figure.digits),
                names[1]: round(right, row.figure.digits),
                "difference": round(right - left, row.figure.digits),
                "95 % interval": interval,
            }
        )
    return pd.DataFrame(rows)


def _timeline(done: Comparison, names: tuple[str, str]) -> pd.DataFrame:
    """Means over replications by time bin; a row a bin, a column a series and design."""
    frames = [_series(run, name) for run, name in zip((done.one, done.other), names, strict=True)]
    return pd.concat(frames, axis=1).fillna(0.0).reset_index()


def _series(run: Run, name: str) -> pd.DataFrame:
    counters, stations = series_frame(run), stations_frame(run)
    replications = len(run.replications)
    queries = counters[counters["metric"] == "queries"]
    rest = queries[queries["tags"].str.contains("service:rest")]
    errors = queries[queries["tags"].str.contains(r"status:4(?:00|09)")]
    columns = {
        f"database queries a second · {name}": rest.groupby("time_s")["rate"].sum() / replications,
        f"400 and 409 a second · {name}": errors.groupby("time_s")["rate"].sum() / replications,
    }
    cpu = stations[stations["station"] == DB_CPU].groupby("time_s")["utilisation"].mean() * 100
    auth = stations[stations["station"] == AUTH_POOL].groupby("time_s")["inside"].mean()
    columns[f"database CPU % · {name}"] = cpu
    columns[f"requests in Auth · {name}"] = auth
    return pd.DataFrame(columns)


def _windows(scenario: ResolvedScenario) -> tuple[tuple[str, float, float], ...]:
    return tuple((name, start / 1e9, end / 1e9) for name, (start, end) in scenario.scenario.windows.items())
