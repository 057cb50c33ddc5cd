"""What each ticket buys alone: every option on top of one design, under the same seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eventlive_sim.engine.engines import EngineName
from eventlive_sim.errors import ModelError
from eventlive_sim.model.design import Design
from eventlive_sim.model.resolve import ResolvedDesign, ResolvedScenario, resolve_design, tickets_in
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.upon import candidates_upon
from eventlive_sim.study.compare import Row, measured
from eventlive_sim.study.figures import Figure, figures, hot_endpoints
from eventlive_sim.study.run import Run, run_all
from eventlive_sim.study.samples import Sample, total
from eventlive_sim.study.workers import Progress

_DOES_NOT_FIT = ("ticket-excludes", "ticket-requires")


@dataclass(frozen=True, eq=False)
class TicketStudy:
    """A base and each option on top of it.

    Attributes
    ----------
    base : Run
        The design without any.
    runs, titles, rows : dict
        By option, ``TICKET:OPTION`` and after it what it requires: its run, its title, its rows, one a figure.
    figures : tuple of Figure
        What is told of each.
    left_out : dict of str to str
        Options that do not fit on the base, with the reason.
    """

    base: Run
    runs: dict[str, Run]
    titles: dict[str, str]
    figures: tuple[Figure, ...]
    rows: dict[str, tuple[Row, ...]]
    left_out: dict[str, str]


def ticket_study(
    base: str,
    scenario: ResolvedScenario,
    *,
    sets: tuple[str, ...] = (),
    seed: int = 1,
    replications: int = 1,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> TicketStudy:
    """Simulate a design and each ticket option on top of it, alone or with what it requires."""
    without = resolve_design(base, sets=sets)
    titles, upon, left_out = _upon(base, sets)
    designs = [without, *upon]
    runs = run_all(
        designs, scenario, seed=seed, replications=replications, engine=engine, workers=workers, progress=progress
    )
    shown = tuple(_columns([design.design for design in designs], scenario.scenario))
    by_option = dict(zip(titles, runs[1:], strict=True))
    rows = {
        option: tuple(Row(figure, measured(figure, runs[0]), measured(figure, run), None) for figure in shown)
        for option, run in by_option.items()
    }
    return TicketStudy(runs[0], by_option, titles, shown, rows, left_out)


def _upon(base: str, sets: tuple[str, ...]) -> tuple[dict[str, str], list[ResolvedDesign], dict[str, str]]:
    """Titles of what fits on a design, what it makes of it, and what does not fit, with the reason."""
    titles: dict[str, str] = {}
    designs: list[ResolvedDesign] = []
    left_out = {one.id: f"{base} has it" for one in tickets_in(base)}
    for one in candidates_upon(base):
        try:
            designs.append(resolve_design(f"{base}+{one.text}", sets=sets))
        except ModelError as error:
            if error.rule not in _DOES_NOT_FIT:
                raise
            left_out[one.name] = error.problem
        else:
            titles[one.text] = one.title
    return titles, designs, left_out


def _columns(designs: list[Design], scenario: Scenario) -> Iterator[Figure]:
    """Figures that fit a table with a row an option."""
    everything = {figure.name: figure for figure in figures(designs, scenario)}
    for name in hot_endpoints(designs, scenario):
        yield everything[f"{name}: queries a call, mean"]
    yield everything["queries answered 400"]
    yield everything["queries answered 409"]
    yield Figure("calls answered 401 or 403", "", 0, _guarded)
    yield from (_rows_made(name, table) for name in hot_endpoints(designs, scenario) for table in _granted(designs))
    for name in ("database queries a minute", "Auth requests a minute", "database CPU"):
        yield everything[name]
    yield from (everything[f"{name}: duration, p95"] for name in hot_endpoints(designs, scenario))
    yield from (figure for name, figure in everything.items() if ": age" in name or name.startswith("calls a "))


def _granted(designs: list[Design]) -> list[str]:
    """Tables whose rows are there beforehand for some people only: state that somebody else creates."""
    names = dict.fromkeys(
        name
        for design in designs
        for name, table in design.tables.items()
        if table.initially not in {"never", "always"}
    )
    return list(names)


def _rows_made(endpoint: str, table: str) -> Figure:
    def measure(samples: list[Sample]) -> float:
        return sum(
            total(samples, "rows", endpoint=endpoint, table=table, change=change) for change in ("insert", "upsert")
        )

    return Figure(f"{endpoint}: {table} written", "", 0, measure)


def _guarded(samples: list[Sample]) -> float:
    return total(samples, "calls", status="401") + total(samples, "calls", status="403")
