"""Claims of a checklist that no budget can say, judged over growing numbers of events as budgets are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eventlive_sim.engine.engines import EngineName, engine_of
from eventlive_sim.engine.trace import Trace
from eventlive_sim.errors import ModelError
from eventlive_sim.model.checklist import Never, Ratio
from eventlive_sim.stats.thresholds import Threshold, ThresholdError, parse_threshold
from eventlive_sim.stats.verdicts import Looks, Verdict, judge_probability
from eventlive_sim.study.budgets import Budget, measure, metric_of
from eventlive_sim.study.calls import Call, Query, calls_of
from eventlive_sim.study.compare import mean
from eventlive_sim.study.run import Run, replication_seed
from eventlive_sim.study.samples import collect
from eventlive_sim.study.workers import Progress, simulate_all

TRACED_MOST = 100
"""Most persons of each client who are traced."""


@dataclass(frozen=True)
class Judged:
    """A claim and its verdict.

    Attributes
    ----------
    value : float
        Mean of a ratio; share of occasions that broke a claim about calls.
    broken, looked : int
        Events that broke it, of those that say something.
    high : float
        What the probability that an event breaks it is below, at the confidence of a PASS.
    replications : int
        Events that were simulated.
    example : Call, optional
        The call that refutes it.
    """

    verdict: Verdict
    value: float = math.nan
    broken: int = 0
    looked: int = 0
    high: float = math.nan
    replications: int = 0
    why: str = ""
    example: Call | None = None


def looks_of(ground: Run, most: int | None) -> Looks:
    """Looks of a scenario's gate, up to some number of replications."""
    wanted = ground.scenario.scenario.gate
    looks = Looks(wanted.looks, wanted.alpha)
    return looks if most is None else looks.up_to(most)


def _judged(ground: Run, looks: Looks, look: int, broken: int, looked: int, value: float) -> Judged:
    """Verdict on the probability that an event breaks a claim, at a look."""
    risk = ground.scenario.scenario.gate.risk
    found = judge_probability(broken, looked, risk, looks.passes(look), looks.fails(look))
    told = f"{broken} of {looked} events break it, at most {risk:.3g} of all may"
    why = "" if found.verdict is Verdict.PASS else told
    if found.verdict is Verdict.UNDECIDED and found.needed is not None:
        why += f"; about {found.needed:,} events would decide"
    return Judged(found.verdict, value, broken, looked, found.high, look, why)


# ---------------------------------------------------------------- ratios


def judge_ratios(
    ground: Run,
    ratios: Sequence[Ratio],
    *,
    seed: int = 1,
    most: int | None = None,
    engine: EngineName = EngineName.FAST,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Judged]:
    """Judge ratios of metrics in a scenario, event by event.

    Raises
    ------
    ModelError
        If a metric does not exist, or a threshold is on something else than the value.
    """
    asked = [read_ratio(ground, one) for one in ratios]
    looks, values = looks_of(ground, most), [list[float]() for _ in ratios]
    found: list[Judged] = [Judged(Verdict.UNDECIDED)] * len(ratios)
    done = 0
    for look in looks.replications:
        seeds = [replication_seed(seed, number) for number in range(done, look)]
        part = None if progress is None else _part(progress, done / looks.last, (look - done) / looks.last)
        jobs = [(ground.program, one) for one in seeds]
        for recording in simulate_all(jobs, engine=engine, workers=workers, progress=part):
            samples = collect(ground.program, recording, ground.design.design)
            for kept, (above, below, _) in zip(values, asked, strict=True):
                divisor = measure(samples, below)
                kept.append(measure(samples, above) / divisor if divisor else math.nan)
        done = look
        for number, (kept, (_, _, threshold)) in enumerate(zip(values, asked, strict=True)):
            if found[number].verdict is Verdict.UNDECIDED:
                broken = sum(not threshold.holds(value) for value in kept)
                found[number] = _judged(ground, looks, look, broken, look, mean(kept))
                if any(map(math.isnan, kept)):
                    why = f"nothing to compare with in {sum(map(math.isnan, kept))} of {look} events"
                    found[number] = Judged(Verdict.FAIL, broken=broken, looked=look, replications=look, why=why)
        if all(one.verdict is not Verdict.UNDECIDED for one in found):
            break
    return found


def read_ratio(ground: Run, ratio: Ratio) -> tuple[Budget, Budget, Threshold]:
    """What a ratio measures above and below, and its limit.

    Raises
    ------
    ModelError
        If a metric does not exist, or the threshold is on something else than the value.
    """
    try:
        threshold = parse_threshold(ratio.threshold)
    except ThresholdError as error:
        raise ModelError(str(error), "write it as k6 writes thresholds: value<=0.5", rule="bad-claim") from error
    if threshold.aggregate != "value":
        problem = f"{ratio.threshold!r}: a ratio is one value an event"
        raise ModelError(problem, "write value<=0.5, and the aggregates with the metrics", rule="bad-claim")
    return metric_of(ground, ratio.of), metric_of(ground, ratio.over), threshold


def _part(progress: Progress, done: float, share: float) -> Progress:
    return lambda part: progress(done + share * part)


# ---------------------------------------------------------------- calls


@dataclass
class _Watch:
    """What one claim about calls has met so far."""

    claim: Never
    tags: dict[str, str]
    occasions: int = 0
    broke: int = 0
    events: int = 0
    """Events in which there was an occasion."""
    example: Call | None = None
    why: str = ""

    def take(self, calls: Sequence[Call]) -> None:
        """Take the calls of one event."""
        before = self.occasions
        for call in calls:
            for query in call.queries:
                if query.fits(self.tags):
                    self.occasions += 1
                    self._look(call, query)
        self.events += self.occasions > before

    def _look(self, call: Call, query: Query) -> None:
        after = [one for one in call.following(query) if one.writes or self.claim.follows == "query"]
        if not after:
            return
        self.broke += 1
        if self.example is None:
            self.example = call
            steps = ", ".join(one.tags["step"] for one in after)
            answer = f"{query.tags['status']} {query.tags['code']}".strip()
            self.why = f"{call.endpoint}: after {query.tags['step']} was answered {answer} follow {steps}"

    def judged(self, ground: Run, looks: Looks, look: int) -> Judged:
        """Verdict: one call refutes it; that no call would is shown by events that had an occasion."""
        share = self.broke / self.occasions if self.occasions else math.nan
        if self.example is not None:
            why = f"{self.why}; so in {self.broke:,} of {self.occasions:,} occasions"
            return Judged(Verdict.FAIL, share, 1, self.events, math.nan, look, why, self.example)
        if not self.events:
            why = f"no query was answered so in {look} events: nothing shows what would follow"
            return Judged(Verdict.UNDECIDED, replications=look, why=why)
        found = _judged(ground, looks, look, 0, self.events, share)
        told = f"{self.occasions:,} occasions, none of them followed by a {self.claim.follows}"
        return replace(found, why=f"{told}; {found.why}" if found.why else told)


def judge_calls(
    ground: Run,
    claims: Sequence[Never],
    *,
    seed: int = 1,
    most: int | None = None,
    engine: EngineName = EngineName.FAST,
    progress: Progress | None = None,
) -> list[Judged]:
    """Judge what no call does, call by call in traces.

    One call that does it refutes the claim. That none does is shown as a budget is: by events without one.

    Raises
    ------
    ModelError
        If an answer is not written as a metric of queries that exists.
    """
    watches = [_Watch(claim, read_answer(ground, claim.after)) for claim in claims]
    looks, done = looks_of(ground, most), 0
    for look in looks.replications:
        for number in range(done, look):
            calls = traced_calls(ground, replication_seed(seed, number), engine)
            for watch in watches:
                watch.take(calls)
            if progress is not None:
                progress((number + 1) / looks.last)
            if all(watch.example is not None for watch in watches):
                return [watch.judged(ground, looks, number + 1) for watch in watches]
        done = look
        found = [watch.judged(ground, looks, look) for watch in watches]
        # Where nothing was answered so in the first events there is nothing to wait for.
        if all(one.verdict is not Verdict.UNDECIDED or not one.looked for one in found):
            break
    return found


def read_answer(ground: Run, written: str) -> dict[str, str]:
    """Tags of an answer to a query, written as the metric ``queries``.

    Raises
    ------
    ModelError
        If it is not, or a tag or its value does not exist.
    """
    selector = metric_of(ground, f"{written}:count").selector
    if selector.metric != "queries":
        problem = f"{written!r} is no answer to a query"
        raise ModelError(problem, "write queries{status:400}, with what other tags it has", rule="bad-claim")
    return selector.tags


def traced_calls(ground: Run, seed: int, engine: EngineName = EngineName.FAST) -> list[Call]:
    """Calls of the first persons of each client in one event."""
    trace = Trace(_persons(ground))
    engine_of(engine)(ground.program, seed, trace=trace)
    return calls_of(ground.program, trace, ground.design.design)


def _persons(ground: Run) -> list[int]:
    found: list[int] = []
    first = 0
    for population in ground.program.populations:
        found += range(first, first + min(population.count, TRACED_MOST))
        first += population.count
    return found
