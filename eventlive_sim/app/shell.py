"""What all pages share: the setting of a visitor, the language, the controls at the side, and how numbers are shown."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from eventlive_sim.app import files_ui
from eventlive_sim.app.live import Ground, live
from eventlive_sim.app.setting import (
    LANGUAGES,
    REPLICATIONS_MOST,
    SEED_MOST,
    Setting,
    check,
    from_params,
    shown,
    to_params,
)
from eventlive_sim.app.views import Replica
from eventlive_sim.app.words import catalogue, say
from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.resolve import scenario_names
from eventlive_sim.study.preflight import CHANNELS_DOWN

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$@^=&])")
_LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}


# ---------------------------------------------------------------- state


def begin() -> None:
    """Take the setting of the link, once a session."""
    state = st.session_state
    if "setting" in state:
        return
    params = {key: st.query_params.get_all(key) for key in st.query_params}
    state["setting"], state["link_complaints"] = from_params(params)
    asked = params.get("lang", [""])[-1]
    locale = (st.context.locale or "").split("-")[0]
    state["lang"] = next((one for one in (asked, locale) if one in LANGUAGES), LANGUAGES[0])
    state["run"] = params.get("run", [""])[-1][:40]


def end() -> None:
    """Write the setting into the address, so that it is a link to this very page."""
    params = to_params(setting(), language())
    if st.session_state.get("run"):
        params["run"] = st.session_state["run"]
    now = {key: st.query_params.get_all(key) for key in st.query_params}
    wanted = {key: value if isinstance(value, list) else [value] for key, value in params.items() if value}
    if now != wanted:
        st.query_params.from_dict(params)


def setting() -> Setting:
    """Setting of this visitor."""
    found: Setting = st.session_state["setting"]
    return found


def change(**parts: Any) -> bool:
    """Change the setting, if what comes of it can be simulated; otherwise say why not, and leave it."""
    changed = replace(setting(), **parts)
    try:
        check(changed)
    except EventLiveError as error:
        st.session_state["complaint"] = shown(str(error))
        return False
    st.session_state["setting"] = changed
    st.session_state.pop("complaint", None)
    return True


def language() -> str:
    """Language of this visitor."""
    return str(st.session_state.get("lang", LANGUAGES[0]))


def t(key: str, /, **values: object) -> str:
    """Sentence of the catalogue in the visitor's language."""
    return say(language(), key, **values)


def part_name(name: str) -> str:
    """Name of a part of the platform in the visitor's language; as it is where there is no word for it."""
    base, down, _ = name.partition(CHANNELS_DOWN)
    key = f"part.{base.lower().replace(' ', '_')}"
    said = t(key) if key in catalogue() else base
    return said + t("part.channels_down") if down else said


def follow(key: str, value: Any) -> str:
    """Key of a widget that shows a value of the setting, whoever has changed it."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


# ---------------------------------------------------------------- controls at the side


def header() -> None:
    """Controls that every page has, and what was wrong with the link or the last change."""
    now, side = setting(), st.sidebar
    side.segmented_control(
        "Language · 언어",
        LANGUAGES,
        format_func=_LANGUAGE_NAMES.__getitem__,
        key=follow("w_lang", language()),
        on_change=_take_language,
        required=True,
    )
    names = list(scenario_names())
    if now.scenario not in names:
        names.append(now.scenario)
    side.selectbox(
        t("app.scenario"),
        names,
        key=follow("w_scenario", now.scenario),
        on_change=_take_scenario,
    )
    for key, field in (("w_one", "one"), ("w_other", "other")):
        if st.session_state.get(f"{key}_wrong") is None:
            follow(key, getattr(now, field))
        side.text_input(
            t(f"app.{field}"),
            key=key,
            on_change=_take_design,
            args=(key, field),
            help=t("app.design_help"),
            max_chars=2000,
        )
    side.number_input(
        t("app.seed"), 0, SEED_MOST, key=follow("w_seed", now.seed), on_change=_take_number, args=("w_seed", "seed")
    )
    side.number_input(
        t("app.replications"),
        1,
        REPLICATIONS_MOST,
        key=follow("w_n", now.replications),
        on_change=_take_number,
        args=("w_n", "replications"),
        help=t("app.replications_help"),
    )
    files_ui.files(side, t, change)
    _complaints()


def _take_language() -> None:
    st.session_state["lang"] = st.session_state["w_lang"] or language()


def _take_scenario() -> None:
    change(scenario=st.session_state["w_scenario"], world=())


def _take_design(key: str, field: str) -> None:
    sets = {"sets": ()} if field == "other" else {}
    fine = change(**{field: st.session_state[key].strip()}, **sets)
    st.session_state[f"{key}_wrong"] = None if fine else st.session_state[key]


def _take_number(key: str, field: str) -> None:
    change(**{field: int(st.session_state[key])})


def _complaints() -> None:
    told = list(st.session_state.pop("link_complaints", []))
    if told:
        st.warning(t("app.link_wrong"))
        for one in told:
            st.text(one[:1000])
    complaint = st.session_state.get("complaint")
    if complaint:
        st.error(t("app.cannot"))
        st.text(complaint[:2000])


# ---------------------------------------------------------------- how things are shown


def plain(text: str) -> str:
    """Text that Markdown leaves as it is: names come from files and links, and may hold anything."""
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))[:400]


def verdict(sentence: str) -> None:
    """The sentence that a page begins with."""
    st.title(plain(sentence), anchor=False)


@dataclass(frozen=True)
class Card:
    """A number: what it is, its value, and what stands beside it."""

    label: str
    value: str
    beside: str = ""


def cards(found: list[Card]) -> None:
    """At most four numbers in a row; two in each of two rows where there is no room."""
    row = st.container(horizontal=True)
    for card in found[:4]:
        row.metric(
            plain(card.label),
            card.value,
            card.beside or None,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            width="stretch",
        )


def produced(how: str, command: str = "") -> None:
    """What made the numbers above, and the command that makes them again."""
    st.caption(plain(how))
    if command:
        with st.expander(t("app.same")):
            st.code(command, language=None, wrap_lines=True)


def number(value: float, digits: int = 0) -> str:
    """Text of a number; a dash for one that is not there."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "–"


@contextlib.contextmanager
def told_errors() -> Iterator[None]:
    """What cannot be is said, without a traceback, and touches nobody else."""
    try:
        yield
    except EventLiveError as error:
        st.error(t("app.cannot"))
        st.text(shown(str(error))[:4000])


def first_of(ground: Ground) -> Replica:
    """First replication of a ground, from before or simulated now; progress shows only where it takes a while.

    The placeholder is how a visitor's next change ends this simulation: whatever is shown raises when the page is wanted
    anew.
    """
    have = live.have(ground, setting().seed, 0)
    if have is not None:
        return have
    place = st.empty()

    def tell(part: float) -> None:
        place.progress(min(max(part, 0.0), 1.0), text=t("app.simulating"))

    found = live.replica(ground, setting().seed, 0, tell)
    place.empty()
    return found


def grounds() -> tuple[Ground, Ground]:
    """Both designs of the setting in its scenario."""
    return setting().grounds()


def names(one: Ground, other: Ground) -> tuple[str, str]:
    """Names of both designs, told apart."""
    left, right = shown(one.design.expression), shown(other.design.expression)
    if other.design.sets:
        right += f" ({t('app.tuned')})"
    return (left, right) if left != right else (f"{left} (A)", f"{right} (B)")


def jump(label: str, page: str) -> None:
    """Button that leads to another page with the same setting."""
    pages: dict[str, Any] = st.session_state.get("pages", {})
    if st.button(label, key=f"jump_{page}_{label[:12]}") and page in pages:
        st.switch_page(pages[page])


Draw = Callable[[], None]
