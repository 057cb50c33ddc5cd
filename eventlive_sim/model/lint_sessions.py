"""What can be read from a design's sessions without running it: refreshes that come too often, twice, or never again."""

from __future__ import annotations

from collections.abc import Iterator

from eventlive_sim.model.design import Design
from eventlive_sim.model.sessions import Sessions
from eventlive_sim.units import duration_text

_Found = Iterator[tuple[str, str, str]]
"""Path, text and remedy of each finding."""


def _sessions(design: Design) -> Iterator[tuple[str, Sessions]]:
    for name, client in design.clients.items():
        if client.sessions is not None:
            yield f"clients.{name}.sessions", client.sessions


def due_before_ns(sessions: Sessions) -> int:
    """How long before its end the browser's client refreshes a token that it looks at, at the earliest [ns]."""
    return max((sessions.ticks_ahead + 1) * sessions.tick, sessions.margin)


def always_due(design: Design) -> _Found:
    """A token that has just been given out is due again."""
    lifetime = design.platform.project.auth.tokens.lifetime
    for path, sessions in _sessions(design):
        ahead = due_before_ns(sessions)
        if lifetime <= ahead:
            text = f"a token holds {duration_text(lifetime)} and is due {duration_text(ahead)} before its end: every look refreshes it"
            yield path, text, "let tokens hold longer (platform.project.auth.tokens.lifetime), or look less far ahead"


def two_keepers(design: Design) -> _Found:
    """Browser and functions refresh the same session, each from a copy of its own."""
    for path, sessions in _sessions(design):
        if sessions.storage == "local" and sessions.ssr > 0 and sessions.functions_refresh:
            text = "browser and functions each keep and refresh a copy of the session: who is two rotations behind is refused"
            yield (
                path,
                text,
                "keep it in the cookie (storage: cookie), or let functions only check (functions_refresh: false)",
            )


def no_pause(design: Design) -> _Found:
    """A refresh that fails is asked for again by the next call."""
    for path, sessions in _sessions(design):
        if sessions.after_failure == "keep" and not sessions.cooldown:
            yield (
                f"{path}.cooldown",
                "after a refresh that failed every call tries the next one",
                "give it a cooldown, such as 60s",
            )


def no_second_try(design: Design) -> _Found:
    """One 5xx ends a session."""
    for path, sessions in _sessions(design):
        if sessions.after_failure == "sign_out" and sessions.retry_within < sessions.retry_first:
            text = (
                f"the second try would begin after {duration_text(sessions.retry_first)}, and none may after "
                f"{duration_text(sessions.retry_within)}: one 5xx of Auth signs people out"
            )
            yield (
                f"{path}.retry_within",
                text,
                "allow more time than the first wait, or keep the session (after_failure: keep)",
            )
