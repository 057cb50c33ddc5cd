"""Budgets that need no statistics: what a design's text or arithmetic settles before anything is simulated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from eventlive_sim.model.design import Design, Loop
from eventlive_sim.model.lint import lint, mean_ns
from eventlive_sim.model.resolve import ResolvedScenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.steps import AuthCheck, Cache, Parallel, StepPart, Use
from eventlive_sim.model.webinars import attending, calling
from eventlive_sim.program.lower import WHOLE
from eventlive_sim.study.budgets import Budget
from eventlive_sim.study.preflight import holds_for, kinds_of_people, preflight
from eventlive_sim.study.walk import QUERIES, Asked, Person, asked, initial_rows
from eventlive_sim.units import seconds

CALLS_MIN = 20.0
"""Fewest calls expected of a kind of people before it counts as sure that one of them is made: missed once in e^20."""
_TAGS_OF_ASKED = {"endpoint", "step", "service", "status"}


@dataclass(frozen=True)
class Exact:
    """A budget that was settled: its value (not a number if only that it breaks is known), whether it holds, why not."""

    value: float
    holds: bool
    why: str


@dataclass(frozen=True)
class SureCall:
    """A call that is made for certain, and the queries that it asks."""

    endpoint: str
    asked: tuple[Asked, ...]
    tries: float
    """Most tries of its client."""

    def __str__(self) -> str:
        """Queries in order, with what is answered."""
        return ", ".join(f"{one.step} {one.status}" for one in self.asked) or "none"


class Arithmetic:
    """What can be said of one design in one scenario without simulating it."""

    def __init__(self, design: Design, scenario: ResolvedScenario) -> None:
        self.design, self.scenario = design, scenario.scenario
        self.calls = list(sure_calls(design, scenario.scenario))

    def settle(self, budget: Budget) -> Exact | None:
        """What settles a budget; None if only a simulation can tell."""
        match budget.selector.metric:
            case "lint":
                return self._lint(budget)
            case "offered_queries":
                return self._offered_queries(budget)
            case "offered_load" | "amplified_load":
                return self._load(budget)
            case "queries_per_call" if budget.threshold.aggregate == "max" and budget.window == WHOLE:
                return self._queries_per_call(budget)
            case "queries" if budget.threshold.aggregate == "count" and budget.window == WHOLE:
                return self._queries(budget)
        return None

    def _lint(self, budget: Budget) -> Exact:
        rule = budget.selector.tags.get("rule")
        found = [finding for finding in lint(self.design) if rule in {None, finding.id}]
        why = "; ".join(f"{one.id} {one.path}: {one.text}" for one in found[:3])
        more = f"; {len(found) - 3} more" if len(found) > 3 else ""
        return _settled(budget, len(found), why + more)

    def _offered_queries(self, budget: Budget) -> Exact:
        """Queries a second with everybody present, of one endpoint."""
        name = budget.selector.tags["endpoint"]
        offered = [one for one in preflight(self.design, self.scenario).offered if one.endpoint == name]
        value = sum(one.queries_per_s for one in offered)
        why = "; ".join(
            f"{one.calls_per_s:.3g} calls a second of {one.queries_per_call:.3g} queries" for one in offered
        )
        return _settled(budget, value, why)

    def _load(self, budget: Budget) -> Exact:
        part = next(
            part for part in preflight(self.design, self.scenario).parts if part.name == budget.selector.tags["part"]
        )
        amplified = budget.selector.metric == "amplified_load"
        offered = max(part.offered, part.amplified) if amplified else part.offered
        value = offered / part.capacity if part.capacity else math.inf
        said = f"{offered:.3g} of {part.capacity:.3g} {part.unit} are offered"
        return _settled(budget, value, f"{said} when every call fails and is tried again" if amplified else said)

    def _queries_per_call(self, budget: Budget) -> Exact | None:
        """FAIL if a call that is made for certain asks more, PASS if no way through the handler asks as much."""
        calls = [call for call in self.calls if budget.selector.tags.get("endpoint") in {None, call.endpoint}]
        if not calls or budget.threshold.operator not in {"<", "<="}:
            return None
        worst = max(calls, key=lambda call: len(call.asked))
        if not budget.threshold.holds(len(worst.asked)):
            return Exact(len(worst.asked), False, f"{worst.endpoint} asks {len(worst.asked)}: {worst}")
        names = {call.endpoint: call.tries for call in calls}
        if "endpoint" not in budget.selector.tags:
            return None  # others may be called too
        ceiling = max(tries * most_queries(self.design, name) for name, tries in names.items())
        return Exact(ceiling, True, "") if budget.threshold.holds(ceiling) else None

    def _queries(self, budget: Budget) -> Exact | None:
        """FAIL if a single query breaks it, and one that it is about is asked for certain."""
        tags = budget.selector.tags
        if not set(tags) <= _TAGS_OF_ASKED or any(budget.threshold.holds(count) for count in (1, 2, 10, 10**9)):
            return None
        found = [
            f"{call.endpoint}: {one.step} is answered {one.status}"
            for call in self.calls
            for one in call.asked
            if tags.items() <= {"endpoint": call.endpoint, **one._asdict(), "status": str(one.status)}.items()
        ]
        return Exact(math.nan, False, "; ".join(dict.fromkeys(found))) if found else None


def _settled(budget: Budget, value: float, why: str) -> Exact:
    holds = budget.threshold.holds(value)
    return Exact(value, holds, "" if holds else why)


def sure_calls(design: Design, scenario: Scenario) -> Iterator[SureCall]:
    """Calls that are made for certain, of each kind of people, each kind's first and a later one."""
    for name, attendance in attending(scenario):
        client = design.clients.get(name)
        if client is None:
            continue
        for attributes, share in kinds_of_people({**client.attributes, **attendance.attributes}):
            person = Person(attributes, initial_rows(design, attributes))
            loops = [
                loop
                for loop in client.loops.values()
                if _runs(loop, attributes) and share * attendance.people * _times(loop, scenario) >= CALLS_MIN
            ]
            for calls in ("first", "later"):
                for loop in loops:
                    queries = tuple(asked(design, design.endpoints[loop.call], person))
                    if calls == "first" or not _may_end(loop):
                        tries = 1 + (loop.retry.tries_most if loop.retry is not None else 0.0)
                        yield SureCall(loop.call, queries, tries)
    for _, source in calling(scenario):
        if source.call in design.endpoints and source.batch * scenario.duration / mean_ns(source.every) >= CALLS_MIN:
            person = Person({}, initial_rows(design, {}))
            yield SureCall(source.call, tuple(asked(design, design.endpoints[source.call], person)), 1)


def _runs(loop: Loop, attributes: dict[str, bool]) -> bool:
    """Whether such people run a loop; one that waits for something else may never run."""
    if getattr(loop, "while_", None) is not None:
        return False
    return loop.when is None or holds_for(loop.when, attributes)


def _may_end(loop: Loop) -> bool:
    """Whether an answer can stop a loop, or a breaker keep its calls back."""
    return loop.breaker is not None or "stop" in (loop.after or {}).values()


def _times(loop: Loop, scenario: Scenario) -> float:
    """Calls of a person in a tab, about, if they stayed for a tenth of the event."""
    left = seconds(scenario.duration) / 10 - seconds(mean_ns(loop.first))
    if left <= 0:
        return 0.0
    every = 0.0 if loop.every is None else seconds(mean_ns(loop.every))
    return max(1.0, left / every) if every else 1.0


def most_queries(design: Design, endpoint: str) -> int:
    """Queries that no call of an endpoint exceeds: every step is taken, every retry used."""
    return _most(design, endpoint, design.endpoints[endpoint].steps.values())


def _most(design: Design, endpoint: str, steps: Iterable[StepPart]) -> int:
    total = 0
    for step in steps:
        match step:
            case Use() | Cache():
                once = _most(design, endpoint, step.steps.values())
            case Parallel():
                once = _most(design, endpoint, step.parallel.values())
            case AuthCheck():
                once = 1  # a local check asks for the public keys now and then
            case _:
                once = 1 if step.KIND in QUERIES else 0
        again = sum(one.retry.times for one in step.errors.values() if one.retry is not None)
        total += once * (1 + again)
    return total
