"""Knobs: what of a design and a scenario may be turned on a page, found by looking at them, with the values to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eventlive_sim.data import models_dir
from eventlive_sim.model.design import Design, Loop
from eventlive_sim.model.nodes import plain
from eventlive_sim.model.policies import Backoff, Breaker
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.sourced import unwrap
from eventlive_sim.model.values import Distribution
from eventlive_sim.model.yaml import load
from eventlive_sim.units import duration_ns, duration_text

GROUPS = ("people", "intervals", "backoff", "breakers", "quotas", "capacity", "platform")

_TIMES = [
    "100ms",
    "200ms",
    "500ms",
    "1s",
    "2s",
    "3s",
    "5s",
    "8s",
    "10s",
    "15s",
    "20s",
    "30s",
    "45s",
    "1m",
    "90s",
    "2m",
    "3m",
    "5m",
    "8m",
    "10m",
    "15m",
    "20m",
    "30m",
    "45m",
    "1h",
    "90m",
    "2h",
]
_NUMBERS = [digit * 10**power for power in range(7) for digit in (1, 2, 3, 5, 8)]
_SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
_REACH = 32
"""How many times more or less than today a knob goes."""


@dataclass(frozen=True)
class Knob:
    """Something to turn.

    Attributes
    ----------
    group : str
        One of ``GROUPS``.
    path : str
        Where it is, as ``--set`` takes it; of a choice that sets several, the first.
    value : str
        What it is set to.
    levels : tuple of str
        What it may be set to, in their order; the value is among them.
    law : str
        For an interval that is drawn: how its mean is written.
    settings : dict
        For a choice that sets several paths: by level.
    world : bool
        Whether it belongs to the scenario.
    """

    group: str
    path: str
    value: str
    levels: tuple[str, ...]
    law: str = "{}"
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    world: bool = False

    def sets(self, level: str) -> tuple[str, ...]:
        """What ``--set`` is given for a level."""
        return dict(self.settings).get(level) or (f"{self.path}={self.law.format(level)}",)

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that it sets."""
        return tuple(text.split("=", 1)[0] for text in self.sets(self.value))


def knobs_of(design: Design, scenario: Scenario) -> list[Knob]:
    """Knobs of a design and a scenario, group by group."""
    found = [*_of_scenario(scenario), *_of_clients(design, scenario), *_of_platform(design), *_of_stations(design)]
    return sorted((knob for knob in found if len(knob.levels) > 1), key=lambda knob: GROUPS.index(knob.group))


def turned(sets: tuple[str, ...], knob: Knob, level: str, plain_level: str) -> tuple[str, ...]:
    """Set values after a knob was turned to a level; one at its written value is not set at all."""
    paths = set(knob.paths) | {text.split("=", 1)[0] for text in knob.sets(level)}
    rest = tuple(text for text in sets if text.split("=", 1)[0] not in paths)
    return rest if level == plain_level else (*rest, *knob.sets(level))


# ---------------------------------------------------------------- where they are


def _of_scenario(scenario: Scenario) -> Iterator[Knob]:
    for name, part in scenario.clients.items():
        yield _number("people", f"clients.{name}.people", part.people, world=True)
    for name, fault in scenario.faults.items():
        yield _time("people", f"faults.{name}.lasts", fault.lasts, world=True)


def _of_clients(design: Design, scenario: Scenario) -> Iterator[Knob]:
    for name, client in design.clients.items():
        if name not in scenario.clients:
            continue
        for key, loop in client.loops.items():
            yield from _of_loop(f"clients.{name}.loops.{key}", loop)
        for key, one in client.checks.items():
            yield _time("intervals", f"clients.{name}.checks.{key}.every", one.every)


def _of_loop(path: str, loop: Loop) -> Iterator[Knob]:
    if loop.every is not None:
        yield from _law("intervals", f"{path}.every", loop.every)
    if loop.jitter:
        yield _time("intervals", f"{path}.jitter", loop.jitter)
    if loop.timeout:
        yield _time("backoff", f"{path}.timeout", loop.timeout)
    for key, part in (("backoff", loop.backoff), ("retry.backoff", loop.retry and loop.retry.backoff)):
        if isinstance(part, Backoff):
            yield _time("backoff", f"{path}.{key}.base", part.base)
            yield _time("backoff", f"{path}.{key}.cap", part.cap)
    if loop.breaker is not None:
        yield from _of_breaker(f"{path}.breaker", loop.breaker)


def _of_breaker(path: str, part: Breaker) -> Iterator[Knob]:
    yield _number("breakers", f"{path}.minimum_number_of_calls", part.minimum_number_of_calls)
    if part.sliding_window_calls is not None:
        yield _number("breakers", f"{path}.sliding_window_calls", part.sliding_window_calls)
    yield _choice("breakers", f"{path}.failure_rate_threshold", part.failure_rate_threshold, _SHARES)
    yield from _law("breakers", f"{path}.wait_duration_in_open_state", part.wait_duration_in_open_state)
    yield _number("breakers", f"{path}.permitted_calls_in_half_open_state", part.permitted_calls_in_half_open_state)


def _of_platform(design: Design) -> Iterator[Knob]:
    project, functions = design.platform.project, design.platform.functions
    if project.realtime.quotas:
        plan = project.plan if project.spend_cap else f"{project.plan}_uncapped"
        quota = plan if plan in project.realtime.quotas else project.plan
        for key in ("connections", "messages_second", "joins_second", "presence_second"):
            path = f"platform.project.realtime.quotas.{quota}.{key}"
            if quota in project.realtime.quotas:
                yield _number("quotas", path, getattr(project.realtime.quotas[quota], key))
        plans = [name for name in project.realtime.quotas if not name.endswith("_uncapped")]
        yield _choice("platform", "platform.project.plan", project.plan, plans)
        yield _choice("platform", "platform.project.spend_cap", str(project.spend_cap).lower(), ["true", "false"])
    yield from _of_size(design)
    yield _number("capacity", "platform.project.postgrest.pool", project.postgrest.pool)
    yield _number("capacity", "platform.project.auth.pool", project.auth.pool)
    yield _choice("capacity", "platform.project.postgres.cores", project.postgres.cores, [1, 2, 4, 8, 16, 32, 64])
    yield _number("capacity", "platform.functions.instances_max", functions.instances_max)
    paths = design.platform.network.paths.get(project.region, {})
    yield _choice("platform", "platform.functions.region", functions.region, list(paths))


def _of_size(design: Design) -> Iterator[Knob]:
    """Compute size: a choice that sets all that the presets of sizes say."""
    settings = {name: sets for name, sets in sizes().items() if sets}
    now = design.platform.project.compute
    if now in settings:
        path = "platform.project.compute"
        yield Knob("platform", path, now, tuple(settings), settings=tuple(settings.items()))


@lru_cache(maxsize=1)
def sizes() -> dict[str, tuple[str, ...]]:
    """Compute sizes of the presets in their order, each with what it sets in a design."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((models_dir() / "platforms").glob("*.yaml")):
        part = load(file).node.child("sizes")
        if part is not None:
            for name, size in plain(unwrap(part)[0]).items():
                found.setdefault(name, tuple(_leaves("platform.project", size)))
    return found


def _leaves(path: str, part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _leaves(f"{path}.{key}", value)
    elif not isinstance(part, list):
        yield f"{path}={part}"


def _of_stations(design: Design) -> Iterator[Knob]:
    for name, station in design.stations.items():
        if station.every is not None:
            yield _time("quotas", f"stations.{name}.every", station.every)
            yield _number("quotas", f"stations.{name}.burst", station.burst)


# ---------------------------------------------------------------- what they may be set to


def _time(group: str, path: str, now: int, law: str = "{}", *, world: bool = False) -> Knob:
    texts = {duration_ns(text): text for text in _TIMES}
    near = {ns: text for ns, text in texts.items() if now / _REACH <= ns <= max(now * _REACH, 10**9)}
    near[now] = duration_text(now)
    return Knob(group, path, near[now], tuple(near[ns] for ns in sorted(near)), law, world=world)


def _law(group: str, path: str, law: Distribution) -> Iterator[Knob]:
    """Knob of an interval: a constant, or the mean of what is drawn."""
    if law.law in {"constant", "exp"} and law.arguments[0][1] > 0:
        yield _time(group, path, int(law.arguments[0][1]), "{}" if law.law == "constant" else "exp({})")


def _number(group: str, path: str, now: int, *, world: bool = False) -> Knob:
    near = {number for number in _NUMBERS if now / _REACH <= number <= max(now, 1) * _REACH} | {now}
    return Knob(group, path, str(now), tuple(map(str, sorted(near))), world=world)


def _choice(group: str, path: str, now: object, values: list[Any]) -> Knob:
    known = values if now in values else [*values, now]
    if all(isinstance(value, int | float) for value in known):
        known = sorted(known)
    texts = [f"{value:g}" if isinstance(value, int | float) else str(value) for value in known]
    return Knob(group, path, texts[known.index(now)], tuple(texts))
