"""A long study on a page: started, followed, cancelled, begun again, and its result, by the key in the address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import streamlit as st

from eventlive_sim.app import store
from eventlive_sim.app.jobs import Job, JobManager
from eventlive_sim.app.shell import plain, produced, t
from eventlive_sim.app.store import Kept
from eventlive_sim.app.studies import command_of


@st.cache_resource
def manager() -> JobManager:
    """The one manager of all sessions."""
    return JobManager()


def start(kind: str, params: dict[str, Any], *, kept: bool) -> None:
    """Put a study in line; its key goes into the address."""
    job = manager().submit(kind, params, kept=kept)
    st.session_state["run"] = job.key


def buttons(kind: str, params: dict[str, Any]) -> None:
    """Controls that start a study."""
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(t("job.run"), type="primary", key=f"run_{kind}")
        kept = st.checkbox(t("job.keep"), key=f"keep_{kind}")
    if pressed:
        start(kind, params, kept=kept)
        st.rerun()


def result(kind: str, params: dict[str, Any] | None = None) -> Kept | None:
    """Result of the study that the address names, or of these parameters; a study under way is followed meanwhile."""
    key = str(st.session_state.get("run") or "")
    kept = store.get(key) if key else None
    if kept is None and params is not None and (not key or manager().find(key) is None):
        kept = store.get(store.key_of(kind, params))  # the same has been asked before
    if kept is not None and kept.kind == kind:
        return kept
    job = manager().find(key) if key else None
    if job is not None and job.kind == kind:
        _follow(job)
    elif key and kept is None and job is None:
        st.warning(plain(t("job.unknown", key=key)))
    return None


@contextlib.contextmanager
def shown_as_it_is(kept: Kept) -> Iterator[None]:
    """What a page shows of a result; a file that somebody brought may hold anything, and is then told to be none."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        if kept.ours:
            raise
        st.error(t("job.damaged"))


def footer(kept: Kept) -> None:
    """Below a result: its link, its file, the command that makes it again."""
    st.caption(plain(t("job.link", key=kept.key) if kept.ours else t("job.brought")))
    st.download_button(
        t("files.result"),
        data=kept.text,
        file_name=f"{kept.kind}-{kept.key}.json",
        mime="application/json",
        on_click="ignore",
        key=f"take_{kept.kind}",
    )


def made_by(kept: Kept, how: str) -> None:
    """What made a result."""
    try:
        command = command_of(kept.kind, kept.params)
    except (KeyError, TypeError):  # brought by somebody, and asks what no page would
        command = ""
    produced(how, command)


def _follow(job: Job) -> None:
    """Follow a job until it is over; only this part of the page is drawn again."""

    @st.fragment(run_every=None if job.over else 0.8)
    def follow() -> None:
        manager().find(job.key)  # somebody looks at it
        if job.state == "done":
            st.rerun()
        if job.state in {"failed", "cancelled"}:
            if job.state == "failed":
                st.error(t("job.failed"))
                st.text(job.error[:2000])
            else:
                st.warning(plain(t("job.cancelled", why=job.error)))
            if st.button(t("job.again"), key="job_again"):
                start(job.kind, job.params, kept=job.kept)
                st.rerun()
            return
        waiting = job.state == "waiting"
        said = t("job.waiting", ahead=manager().ahead_of(job)) if waiting else t("job.running", part=f"{job.part:.0%}")
        st.progress(min(job.part, 1.0), text=said)
        if st.button(t("job.cancel"), key="job_cancel"):
            manager().cancel(job)
            st.rerun()

    follow()


def result_is(kind: str) -> bool:
    """Whether the address names a study of a kind, done or under way."""
    key = str(st.session_state.get("run") or "")
    kept = store.get(key) if key else None
    job = manager().find(key) if key else None
    return (kept is not None and kept.kind == kind) or (job is not None and job.kind == kind)
