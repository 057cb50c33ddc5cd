"""What can be read from a design without running it: findings with stable ids."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eventlive_sim.model.conditions import subjects
from eventlive_sim.model.design import Design, Endpoint, Loop, Table, walk_steps
from eventlive_sim.model.lint_sessions import always_due, no_pause, no_second_try, two_keepers
from eventlive_sim.model.policies import ClientRetry
from eventlive_sim.model.steps import (
    AuthCheck,
    Cache,
    Challenge,
    Delete,
    Insert,
    Limit,
    Rpc,
    Select,
    StepPart,
    Update,
    Upsert,
)
from eventlive_sim.model.values import Distribution
from eventlive_sim.units import NS_PER_MS, NS_PER_S, duration_text

_POLL_NS_MAX = 10 * NS_PER_S
_NEAR_NS_MAX = 10 * NS_PER_MS
_WRITES = (Insert, Upsert, Update, Delete, Rpc)


@dataclass(frozen=True)
class Finding:
    """Something in a design that is likely to hurt."""

    id: str
    """Stable id of the rule."""
    path: str
    """Where in the explicit design."""
    text: str
    """What is there, and what it leads to."""
    remedy: str
    """What to do about it."""

    def __str__(self) -> str:
        """One line: id, place, what, remedy."""
        return f"{self.id} {self.path}: {self.text}; {self.remedy}"


@dataclass(frozen=True)
class Rule:
    """A kind of finding."""

    id: str
    title: str
    check: Callable[[Design], Iterator[tuple[str, str, str]]]
    """Yields path, text and remedy of each finding."""


def lint(design: Design) -> list[Finding]:
    """Findings of all rules, by rule and then in the order of the design."""
    return [Finding(rule.id, *found) for rule in RULES for found in rule.check(design)]


_Found = Iterator[tuple[str, str, str]]


def _steps(design: Design, *, hot: bool = False) -> Iterator[tuple[str, Endpoint, StepPart]]:
    """All steps of all endpoints, or of those on the hot path, with their paths."""
    for name, endpoint in design.endpoints.items():
        if endpoint.hot or not hot:
            for path, _, step in walk_steps(dict(endpoint.steps)):
                yield f"endpoints.{name}.steps.{path}", endpoint, step


def _loops(design: Design) -> Iterator[tuple[str, Loop]]:
    """Loops of our own pages; nobody can ask bots to behave."""
    for client_name, client in design.clients.items():
        for name, loop in client.loops.items():
            if not client.outsider:
                yield f"clients.{client_name}.loops.{name}", loop


def _unknown_column(design: Design) -> _Found:
    for path, _, step in _steps(design):
        if not isinstance(step, Select):
            continue
        table = design.tables[step.select]
        for column in step.columns:
            if column not in table.columns:
                text = f"{step.select} has no column {column}, so every such call answers 400 (42703)"
                yield path, text, f"ask for columns among {', '.join(table.columns)}"


def _ignored_before_write(design: Design) -> _Found:
    for name, endpoint in design.endpoints.items():
        ignored: set[str] = set()
        for path, step_name, step in walk_steps(dict(endpoint.steps)):
            believed = sorted(ignored & (set() if step.when is None else subjects(step.when)))
            if believed and isinstance(step, _WRITES):
                text = f"errors of {believed[0]} are ignored, so a failed read looks like a missing row and is written"
                yield f"endpoints.{name}.steps.{path}", text, f"end the call when {believed[0]} fails"
            if not isinstance(step, _WRITES) and _ignores_errors(step):
                ignored.add(step_name)


def _ignores_errors(step: StepPart) -> bool:
    """Whether a read that fails with a 4xx passes for one that found nothing."""
    for key in ("400", "4xx", "any"):
        reaction = step.errors.get(key)
        if reaction is not None:
            return reaction.continue_ or (reaction.retry is not None and reaction.retry.then == "continue")
    return False


def _unhandled_conflict(design: Design) -> _Found:
    for path, _, step in _steps(design, hot=True):
        if isinstance(step, Insert) and design.tables[step.insert].key and not {"409", "4xx"} & set(step.errors):
            text = f"an insert into {step.insert}, which has a key, conflicts (409), and nothing is made of that"
            yield path, text, "use an upsert, or say under errors what follows a 409"


def _retry_without_jitter(design: Design) -> _Found:
    remedy = "draw the delays, such as uniform(0s, 2s), or give the back-off a jitter"
    for path, _, step in _steps(design):
        for key, reaction in step.errors.items():
            if reaction.retry is not None and _in_step(reaction.retry.delays):
                yield f"{path}.errors.{key}.retry", "all who fail together come back together", remedy
    for path, loop in _loops(design):
        if loop.retry is not None and _waits_alike(loop.retry):
            yield f"{path}.retry", "all clients that fail together come back together", remedy


def _waits_alike(retry: ClientRetry) -> bool:
    if retry.backoff is not None:
        return retry.backoff.jitter == "none"
    return retry.delays is None or _in_step(retry.delays)


def _in_step(delays: tuple[Distribution, ...]) -> bool:
    return all(delay.law == "constant" for delay in delays)


def _poll_without_brake(design: Design) -> _Found:
    for path, loop in _loops(design):
        if loop.every is None or mean_ns(loop.every) > _POLL_NS_MAX:
            continue
        if loop.breaker is None and loop.backoff is None:
            text = f"it calls every {duration_text(round(mean_ns(loop.every)))} however the calls end"
            yield path, text, "call less often than every 10s, or give it a breaker or back-off"


def _asks_auth(design: Design) -> _Found:
    keys = design.platform.project.auth.keys
    for path, _, step in _steps(design, hot=True):
        if isinstance(step, AuthCheck) and step.auth == "get_user":
            yield path, "the hot path asks the Auth service at every call", "check the token locally (local_jwt)"
        elif isinstance(step, AuthCheck) and keys == "symmetric":
            text = "with symmetric keys a local check falls back to asking the Auth service"
            yield path, text, "use asymmetric signing keys (platform.project.auth.keys)"


def _far_function(design: Design) -> _Found:
    away = mean_ns(design.platform.path.function_project)
    if away > _NEAR_NS_MAX and any(endpoint.runs_on == "vercel" for endpoint in design.endpoints.values()):
        text = f"a message from a function to the project takes {away / NS_PER_MS:.3g} ms, at every query twice"
        yield "platform.network.function_project", text, "run the functions in the region of the database"


def _creates_state(design: Design) -> _Found:
    for path, _, step in _steps(design, hot=True):
        name = getattr(step, step.KIND) if isinstance(step, Insert | Upsert) else None
        if name is not None and _made_by_others(design.tables[name]):
            text = f"the hot path creates rows of {name}, which others create before the event"
            yield path, text, "update only, and answer by design when the row is missing"


def _made_by_others(table: Table) -> bool:
    return table.row == "person" and table.initially != "never"


def _open_door(design: Design) -> _Found:
    for name, endpoint in design.endpoints.items():
        limited = any(isinstance(step, Limit | Challenge) for _, _, step in walk_steps(endpoint.all_steps))
        if endpoint.public and not limited:
            text = "anybody may call it as often as they like"
            yield f"endpoints.{name}", text, "take a token of a bucket first (limit)"


def _stampede(design: Design) -> _Found:
    for path, _, step in _steps(design):
        if isinstance(step, Cache) and not step.single_flight:
            text = "all who come while the cache is stale load it at the same time"
            yield path, text, "set single_flight: true"


def _costly_scan(design: Design) -> _Found:
    for path, _, step in _steps(design, hot=True):
        if not isinstance(step, Select) or step.by != "scan":
            continue
        if not design.tables[step.select].policy.per_row.is_zero:
            text = f"the policy of {step.select} is evaluated for every row that the hot path scans"
            yield path, text, "evaluate it once a query (initplan), add an index, or read by key"


def _piles_up(design: Design) -> _Found:
    for path, loop in _loops(design):
        if loop.timing == "open" and loop.every is not None and loop.timeout is None:
            text = "it calls again whether or not it was answered, and never gives up: calls pile up in overload"
            yield path, text, "use closed timing, or give it a timeout"


def _closed_by_its_own_check(design: Design) -> _Found:
    service, limit = design.platform.project.realtime, design.platform.project.quota.presence_calls
    for name, client in design.clients.items():
        for key, check in client.checks.items():
            if check.by == "track" and limit and limit * check.every < service.presence_window:
                text = (
                    f"it calls track every {duration_text(check.every)}; the plan allows {limit} calls in "
                    f"{duration_text(service.presence_window)}, so {check.on} is closed {duration_text(limit * check.every)} in"
                )
                yield f"clients.{name}.checks.{key}", text, "read local state (by: state), or be told (by: event)"


def _falls_back_by_presence(design: Design) -> _Found:
    for name, client in design.clients.items():
        watched = {
            subject for loop in client.loops.values() if loop.while_ is not None for subject in subjects(loop.while_)
        }
        for key, check in client.checks.items():
            if check.by != "event" and check.on in watched:
                text = f"it shares {check.on} with what falls back: a limit on presence closes the channel, and the polling starts"
                yield f"clients.{name}.checks.{key}.on", text, "give presence a channel of its own"


def mean_ns(law: Distribution) -> float:
    """Mean of a distribution [ns]."""
    values = dict(law.arguments)
    match law.law:
        case "constant":
            return values["value"]
        case "uniform":
            return (values["low"] + values["high"]) / 2
        case "lognormal" if "median" in values:
            return values["median"] * math.exp(min(values["sigma"], 30.0) ** 2 / 2)
        case _:
            return values["mean"]


RULES = (
    Rule("L001", "a column that does not exist is selected", _unknown_column),
    Rule("L002", "an error is ignored before a write", _ignored_before_write),
    Rule("L003", "an insert on the hot path does not handle a conflict", _unhandled_conflict),
    Rule("L004", "a retry has no jitter", _retry_without_jitter),
    Rule("L005", "a poll has neither breaker nor back-off", _poll_without_brake),
    Rule("L006", "the hot path asks the Auth service", _asks_auth),
    Rule("L007", "functions run far from the database", _far_function),
    Rule("L008", "the hot path creates state that others create", _creates_state),
    Rule("L009", "a public endpoint has no limit", _open_door),
    Rule("L010", "a cache can be stampeded", _stampede),
    Rule("L011", "a policy is evaluated row by row on the hot path", _costly_scan),
    Rule("L012", "an open loop never gives up", _piles_up),
    Rule("L013", "a check is closed by the quota of its own calls", _closed_by_its_own_check),
    Rule("L014", "presence shares a channel that a fallback follows", _falls_back_by_presence),
    Rule("L015", "a token is due as soon as it is given out", always_due),
    Rule("L016", "browser and functions refresh copies of one session", two_keepers),
    Rule("L017", "a refresh that fails is tried again at once", no_pause),
    Rule("L018", "one failure of Auth signs people out", no_second_try),
)
"""All rules, by id."""
