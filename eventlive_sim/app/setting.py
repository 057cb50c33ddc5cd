"""What a visitor has set, whole: to a link and back, and to the command that gives the same figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from eventlive_sim.app.live import Ground, design_of, ground_of, scenario_of
from eventlive_sim.app.places import TEXT_MOST, uploads
from eventlive_sim.errors import EventLiveError, ModelError
from eventlive_sim.model.files import Files
from eventlive_sim.model.resolve import design_names, scenario_names
from eventlive_sim.model.yaml import load

VERSION = "1"
"""Of links: a later one may read them otherwise."""
LANGUAGES = ("en", "ko")
LOOKS = (20, 60, 120)
"""Most replications that the gate may be allowed on a page."""
SEED_MOST = 1_000_000_000
REPLICATIONS_MOST = 20
_SETS_MOST = 80
_PEOPLE_GENTLE = 2_000


@dataclass(frozen=True)
class Setting:
    """Two designs in a scenario, and what is set in them.

    ``one`` stays as it is written; ``sets`` apply to ``other`` alone, ``world`` to the scenario.
    """

    one: str
    other: str
    scenario: str
    sets: tuple[str, ...] = ()
    world: tuple[str, ...] = ()
    seed: int = 1
    replications: int = 8

    def grounds(self) -> tuple[Ground, Ground]:
        """Both designs in the scenario; see ``ground_of``."""
        return (
            ground_of(self.one, (), self.scenario, self.world),
            ground_of(self.other, self.sets, self.scenario, self.world),
        )


def default_setting() -> Setting:
    """What a visitor sees first: a design that is based on another, against that one, in a quiet and small scenario.

    Of several scenarios that in which most is asked of a design.
    """
    names = [name for name in design_names() if design_of(name).design.clients]
    based = [(base, name) for name in names if (base := based_on(name)[0]) in names]
    one, other = based[0] if based else (names[0], names[-1])
    worlds = {name: scenario_of(name).scenario for name in scenario_names()}
    gentle = [
        name
        for name, world in worlds.items()
        if not world.faults
        and not world.disturbances
        and not world.gate.only_when_named
        and sum(part.people for part in world.clients.values()) <= _PEOPLE_GENTLE
    ]
    return Setting(one, other, min(gentle or worlds, key=lambda name: (-len(worlds[name].budgets), name)))


@lru_cache(maxsize=64)
def based_on(name: str) -> tuple[str, tuple[str, ...]]:
    """Base of a design that is one with tickets, and those; empty for others."""
    file = Files().designs().get(name)
    parts = {} if file is None else load(file).data
    return str(parts.get("base", "")), tuple(map(str, parts.get("tickets", ())))


# ---------------------------------------------------------------- links


def to_params(setting: Setting, language: str) -> dict[str, str | list[str]]:
    """Parameters of a link that brings a setting back, all of it: defaults may change, links may not."""
    return {
        "v": VERSION,
        "a": setting.one,
        "b": setting.other,
        "s": setting.scenario,
        "set": list(setting.sets),
        "world": list(setting.world),
        "seed": str(setting.seed),
        "n": str(setting.replications),
        "lang": language,
    }


def from_params(params: Mapping[str, list[str]]) -> tuple[Setting, list[str]]:
    """Setting of a link, and what in it could not be taken; that stays as it is by default."""
    complaints: list[str] = []
    setting = default_setting()
    for key, field in (("a", "one"), ("b", "other"), ("s", "scenario")):
        if key in params:
            setting = _taken(setting, complaints, **{field: params[key][-1]})
    if "world" in params:
        setting = _taken(setting, complaints, world=tuple(params["world"]))
    if "set" in params:
        setting = _taken(setting, complaints, sets=tuple(params["set"]))
    for key, field, low, high in (("seed", "seed", 0, SEED_MOST), ("n", "replications", 1, REPLICATIONS_MOST)):
        if key in params:
            text = params[key][-1]
            if text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high:
                setting = replace(setting, **{field: int(text)})  # type: ignore[arg-type]
            else:
                complaints.append(f"{key}={text[:40]}: write a whole number from {low} to {high:,}")
    return setting, complaints


def _taken(setting: Setting, complaints: list[str], **parts: str | tuple[str, ...]) -> Setting:
    """Setting with these parts, if it can be simulated with them; otherwise as it was, and why."""
    changed = replace(setting, **parts)  # type: ignore[arg-type]
    try:
        check(changed)
    except EventLiveError as error:
        complaints.append(shown(str(error)))
        return setting
    return changed


def check(setting: Setting) -> None:
    """Refuse what cannot be simulated.

    Raises
    ------
    EventLiveError
        With what is wrong, and what to write instead.
    """
    texts = (*setting.sets, *setting.world)
    if len(texts) > _SETS_MOST or any(len(text) > TEXT_MOST for text in texts):
        raise ModelError(f"{len(texts)} values are set", f"set at most {_SETS_MOST}, each short", rule="too-many")
    design_of(setting.one)
    scenario_of(setting.scenario, setting.world)
    design_of(setting.other, setting.sets)


def check_params(setting: Setting, scenarios: list[str], most: int) -> dict[str, Any]:
    """Question to the gate: design B as it is set, in scenarios, of which the set one is as it is set."""
    return {
        "design": setting.other,
        "sets": list(setting.sets),
        "scenarios": [[name, list(setting.world) if name == setting.scenario else []] for name in scenarios],
        "seed": setting.seed,
        "most": most,
    }


def shown(text: str) -> str:
    """Text without the folders of the server."""
    return text.replace(f"{uploads()}/", "").replace(str(Path.home()), "~")


# ---------------------------------------------------------------- the command line


def options(sets: Iterable[str]) -> str:
    """``--set`` of each."""
    return "".join(f" --set {shlex.quote(text)}" for text in sets)


def named(expression: str) -> str:
    """Design or scenario as the command line takes it: an uploaded one is the file of that name."""
    base, plus, rest = expression.partition("+")
    return shlex.quote(f"{base}.yaml{plus}{rest}" if base.startswith("upload-") else expression)


def command(setting: Setting, replications: int | None = None) -> str:
    """Commands that give the same figures: one, or one a design where a value is set in one of them only."""
    ending = f" --seed {setting.seed} --replications {replications or setting.replications}"
    one, other, scenario = named(setting.one), named(setting.other), named(setting.scenario)
    shared = options(setting.world)
    if not setting.sets:
        return f"eventlive-sim compare {one} {other} {scenario}{shared}{ending}"
    tuned = shared + options(setting.sets)
    return f"eventlive-sim run {one} {scenario}{shared}{ending}\neventlive-sim run {other} {scenario}{tuned}{ending}"
