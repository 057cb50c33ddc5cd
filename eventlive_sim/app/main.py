"""The application: pages side by side, one setting for all of them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from eventlive_sim.app import shell
from eventlive_sim.app.pages import budgets, incident, lab, model, planner, storms

PAGES: dict[str, Callable[[], None]] = {
    "incident": incident.page,
    "lab": lab.page,
    "storms": storms.page,
    "budgets": budgets.page,
    "planner": planner.page,
    "model": model.page,
}
"""By name, which is also the end of the address."""
FIRST = "incident"
"""The page that opens by itself."""


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="eventlive_sim", page_icon="📈", layout="wide")
    _settle()
    shell.begin()
    pages = {
        name: st.Page(draw, title=shell.t(f"{name}.nav"), url_path="" if name == FIRST else name, default=name == FIRST)
        for name, draw in PAGES.items()
    }
    st.session_state["pages"] = pages
    # The default page has the empty address; its own name, which people type and link to, would be "not found".
    first = st.Page(incident.page, title=shell.t("incident.nav"), url_path=FIRST, visibility="hidden")
    chosen = st.navigation([*pages.values(), first], position="top")
    shell.header()
    with shell.told_errors():
        chosen.run()
    shell.end()


def one_page(name: str) -> None:
    """Draw one page without the others: what tests do."""
    shell.begin()
    shell.header()
    with shell.told_errors():
        PAGES[name]()
    shell.end()


@lru_cache(maxsize=1)
def _settle() -> None:
    """Take what is imported out of the garbage collector's way: Streamlit collects after each run of a page."""
    gc.collect()
    gc.freeze()
