"""What each ticket buys alone: every option on top of one design, under the same seeds."""

from __future__ import annotations

from dataclasses import dataclass

from eventlive_sim.model.resolve import ResolvedScenario, resolve_design, tickets_of
from eventlive_sim.study.compare import Row, measured
from eventlive_sim.study.figures import Figure, figures
from eventlive_sim.study.run import Progress, Run, run_all
from eventlive_sim.study.samples import total


@dataclass(frozen=True, eq=False)
class TicketStudy:
    """A base and each option on top of it; ``rows`` by option, one a figure."""

    base: Run
    runs: dict[str, Run]
    titles: dict[str, str]
    figures: tuple[Figure, ...]
    rows: dict[str, tuple[Row, ...]]


def ticket_study(
    base: str,
    scenario: ResolvedScenario,
    *,
    sets: tuple[str, ...] = (),
    seed: int = 1,
    replications: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> TicketStudy:
    """Simulate a design and each ticket option alone on top of it."""
    titles = {
        f"{ticket.ticket}:{name}": f"{ticket.title}: {option.title}"
        for ticket in tickets_of(base)
        for name, option in ticket.options.items()
    }
    designs = [resolve_design(base, sets=sets)]
    designs += [resolve_design(f"{base}+{option}", sets=sets) for option in titles]
    runs = run_all(designs, scenario, seed=seed, replications=replications, workers=workers, progress=progress)
    shown = tuple(_worth_showing(figures([design.design for design in designs], scenario.scenario)))
    by_option = dict(zip(titles, runs[1:], strict=True))
    rows = {
        option: tuple(Row(figure, measured(figure, runs[0]), measured(figure, run), None) for figure in shown)
        for option, run in by_option.items()
    }
    return TicketStudy(runs[0], by_option, titles, shown, rows)


def _worth_showing(all_figures: list[Figure]) -> list[Figure]:
    """Figures that fit a table with a row an option."""
    kept = [
        figure for figure in all_figures if "least" not in figure.name and "calls" not in figure.name.split(": ")[-1]
    ]
    kept = [figure for figure in kept if "p99" not in figure.name and "pool wait, mean" not in figure.name]
    rows = Figure("rows written", "", 0, lambda samples: total(samples, "rows"))
    refused = Figure("calls answered 401 or 403", "", 0, _guarded)
    per_minute = [figure for figure in all_figures if figure.name.startswith("calls a ")]
    return [*kept, *per_minute, rows, refused]


def _guarded(samples: list) -> float:  # type: ignore[type-arg]
    return total(samples, "calls", status="401") + total(samples, "calls", status="403")
