"""Budgets as tests: scenario files are collected, a test a budget; and a fixture for budgets written in Python.

pytest loads this module in every run, so that the simulator is imported only when a budget is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from eventlive_sim.study.gate import Checked, Row
    from eventlive_sim.study.run import Run

_SUFFIXES = {".yaml", ".yml"}
_POLICIES = ("fail", "warn")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, and the same in the configuration file."""
    group = parser.getgroup("eventlive", "budgets of live events, by simulation")
    group.addoption("--eventlive-design", help="Design that the budgets of scenario files are judged on.")
    group.addoption("--eventlive-seed", type=int, help="Root seed; 1 unless given.")
    group.addoption("--eventlive-replications", type=int, help="Most replications of a scenario.")
    group.addoption("--eventlive-undecided", choices=_POLICIES, help="What UNDECIDED is: fail (as without), or warn.")
    parser.addini("eventlive_design", "Design that the budgets of scenario files are judged on.")
    parser.addini("eventlive_seed", "Root seed.", default="1")
    parser.addini("eventlive_replications", "Most replications of a scenario.")
    parser.addini("eventlive_undecided", "What UNDECIDED is: fail or warn.", default="fail")


def _setting(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"eventlive_{name}")
    return str(config.getini(f"eventlive_{name}") or "") if given is None else str(given)


def _number(config: pytest.Config, name: str) -> int | None:
    text = _setting(config, name)
    if not text:
        return None
    if not text.isdigit():
        raise pytest.UsageError(f"eventlive_{name} is {text!r}; write a whole number")
    return int(text)


# ---------------------------------------------------------------- scenario files


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files with budgets, once a design is named; no other file is read."""
    if file_path.suffix not in _SUFFIXES or not _setting(parent.config, "design"):
        return None
    try:
        lines = file_path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    tops = {line.split(":", 1)[0] for line in lines if line[:1].isalpha()}
    return ScenarioFile.from_parent(parent, path=file_path) if {"budgets", "duration"} <= tops else None


class ScenarioFile(pytest.File):
    """A scenario file; its budgets are judged together, when the first of them is run."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item a budget, and one for the guard that somebody is served."""
        from eventlive_sim.errors import EventLiveError
        from eventlive_sim.study.budgets import known_budgets
        from eventlive_sim.study.gate import guard

        try:
            budgets = [*known_budgets(self.ground), guard(self.ground)]
        except EventLiveError as error:
            raise self.CollectError(str(error)) from None
        for number, budget in enumerate(budgets):
            yield BudgetItem.from_parent(self, name=budget.name, number=number, line=budget.line)

    @cached_property
    def ground(self) -> Run:
        """Design in the scenario."""
        from eventlive_sim.model.resolve import resolve_design, resolve_scenario
        from eventlive_sim.study.run import unstarted

        design = resolve_design(_setting(self.config, "design"))
        return unstarted(design, resolve_scenario(str(self.path)))

    @cached_property
    def checked(self) -> Checked:
        """All budgets, judged."""
        from eventlive_sim.study.gate import gate

        seed, most = _number(self.config, "seed"), _number(self.config, "replications")
        return gate([self.ground], seed=1 if seed is None else seed, most=most)[0]


class BudgetItem(pytest.Item):
    """A budget of a scenario."""

    def __init__(self, *, number: int, line: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.number, self.line = number, line

    def runtest(self) -> None:
        """Look up the verdict of this budget; what it rests on goes into reports."""
        assert isinstance(self.parent, ScenarioFile)  # noqa: S101 - nobody else makes these
        checked = self.parent.checked
        row = checked.rows[self.number]
        self.user_properties += [
            ("verdict", str(row.verdict)),
            ("value", f"{row.value:g}"),
            ("broken", f"{row.broken} of {row.looked}"),
            ("seed", str(checked.ground.seed)),
        ]
        _settle(row, _setting(self.config, "undecided"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """Say what is wrong in a line, without a traceback: there is no code of the reader's in it."""
        from eventlive_sim.errors import EventLiveError

        if isinstance(excinfo.value, BudgetBroken | EventLiveError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """File, line from 0, and name."""
        return self.path, None if self.line is None else self.line - 1, f"{self.path.name}: {self.name}"


class BudgetBroken(AssertionError):
    """A budget failed, or could not be decided."""


def _settle(row: Row, undecided: str) -> None:
    """Pass, fail or skip as a verdict says."""
    from eventlive_sim.stats.verdicts import Verdict

    told = f"{row.budget.name}: {row.verdict}: {row.why}"
    if row.verdict is Verdict.PASS:
        return
    if row.budget.severity == "warn" or (row.verdict is Verdict.UNDECIDED and (undecided == "warn" or not row.looked)):
        pytest.skip(told)
    raise BudgetBroken(told)


# ---------------------------------------------------------------- budgets in Python


class EventLive:
    """Judges budgets that a test writes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def check(
        self,
        design: str,
        scenario: str,
        budgets: Mapping[str, Sequence[str | Mapping[str, Any]]] | None = None,
        *,
        sets: Sequence[str] = (),
        scenario_sets: Sequence[str] = (),
        seed: int | None = None,
        replications: int | None = None,
    ) -> Checked:
        """Judge budgets of a design in a scenario, and fail the test unless all pass.

        Parameters
        ----------
        design, scenario : str
            As on the command line.
        budgets : mapping, optional
            As in a scenario file, in place of those that it has.
        sets, scenario_sets : sequence of str
            ``path=value`` of the design and of the scenario.
        seed, replications : int, optional
            Root seed, and most replications; by default as pytest is configured.

        Returns
        -------
        Checked
            Rows with values and verdicts, if all pass.
        """
        __tracebackhide__ = True
        from eventlive_sim.stats.verdicts import Verdict
        from eventlive_sim.study.gate import gate

        ground = _ground(design, scenario, budgets, sets, scenario_sets)
        configured = _number(self._config, "seed")
        (checked,) = gate(
            [ground],
            seed=seed if seed is not None else 1 if configured is None else configured,
            most=replications if replications is not None else _number(self._config, "replications"),
        )
        lines = [
            f"{row.budget.name}: {row.verdict}: {row.why}"
            for row in checked.rows
            if row.verdict is not Verdict.PASS and row.budget.severity != "warn"
        ]
        undecided = checked.verdict is Verdict.UNDECIDED
        if undecided and _setting(self._config, "undecided") == "warn":
            pytest.skip("\n".join(lines))
        if lines:
            raise BudgetBroken("\n".join([f"{checked.ground.design.expression} in {scenario}", *lines]))
        return checked


def _ground(
    design: str,
    scenario: str,
    budgets: Mapping[str, Sequence[str | Mapping[str, Any]]] | None,
    sets: Sequence[str],
    scenario_sets: Sequence[str],
) -> Run:
    from dataclasses import replace

    from eventlive_sim.model.complaints import validated
    from eventlive_sim.model.nodes import grown
    from eventlive_sim.model.resolve import resolve_design, resolve_scenario
    from eventlive_sim.model.scenario import Scenario
    from eventlive_sim.study.run import unstarted

    world = resolve_scenario(scenario, sets=scenario_sets)
    if budgets is not None:
        tree = {**world.tree, "budgets": {key: list(values) for key, values in budgets.items()}}
        world = replace(world, scenario=validated(Scenario, grown(tree, "budgets of the test", 1)), tree=tree)
    return unstarted(resolve_design(design, sets=sets), world)


@pytest.fixture(scope="session")
def eventlive(request: pytest.FixtureRequest) -> EventLive:
    """Budgets in Python: ``eventlive.check("after", "s1", {"queries{status:400}": ["count==0"]})``."""
    return EventLive(request.config)
