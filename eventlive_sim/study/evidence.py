"""All that a check found of one scenario: verdicts, what a baseline says, tickets tried alone, guesses drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventlive_sim.errors import ExitCode
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.baseline import Regression
from eventlive_sim.study.gate import Checked, Result
from eventlive_sim.study.robust import Robust
from eventlive_sim.study.trials import Trials

WORST_FIRST = (ExitCode.BAD_INPUT, ExitCode.BUDGET_BROKEN, ExitCode.UNDECIDED, ExitCode.OK)
"""Of several exit codes the first of these wins."""
_OF_VERDICT = {
    Verdict.PASS: ExitCode.OK,
    Verdict.FAIL: ExitCode.BUDGET_BROKEN,
    Verdict.UNDECIDED: ExitCode.UNDECIDED,
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """A checked scenario, and what stands beside it where it was asked for."""

    checked: Checked
    regressions: tuple[Regression, ...] = ()
    trials: Trials | None = None
    robust: Robust | None = None

    @property
    def regressed(self) -> list[Regression]:
        """Budgets whose value is worse than the baseline's beyond chance."""
        return [one for one in self.regressions if one.worse]

    @property
    def verdict(self) -> Verdict:
        """The scenario's verdict: that of its budgets, over the guesses too if they were drawn; FAIL if it regressed."""
        found = [self.checked.verdict, *([self.robust.checked.verdict] if self.robust else [])]
        if self.regressed:
            return Verdict.FAIL
        return next(one for one in (Verdict.FAIL, Verdict.UNDECIDED, Verdict.PASS) if one in found)

    @property
    def result(self) -> Result:
        """What follows."""
        found = {self.checked.result, *([self.robust.checked.result] if self.robust else [])}
        if self.regressed:
            return Result.STOP
        return next(one for one in (Result.STOP, Result.DEGRADE, Result.UNDECIDED, Result.GO) if one in found)

    def exit_code(self, undecided: str = "") -> ExitCode:
        """Exit code; what is undecided may count as failed or be let through with a warning."""
        if self.verdict is Verdict.UNDECIDED and undecided:
            return ExitCode.BUDGET_BROKEN if undecided == "fail" else ExitCode.OK
        return _OF_VERDICT[self.verdict]


def overall(evidence: Sequence[Evidence]) -> Result:
    """What follows from several scenarios: the worst of them decides."""
    found = {one.result for one in evidence}
    return next(one for one in (Result.STOP, Result.DEGRADE, Result.UNDECIDED, Result.GO) if one in found)


def worst(codes: list[ExitCode]) -> ExitCode:
    """The exit code that wins among several.

    Examples
    --------
    >>> worst([ExitCode.OK, ExitCode.UNDECIDED, ExitCode.BUDGET_BROKEN])
    <ExitCode.BUDGET_BROKEN: 1>
    """
    return next((code for code in WORST_FIRST if code in codes), ExitCode.OK)
