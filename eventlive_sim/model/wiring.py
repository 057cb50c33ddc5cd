"""Whether channels, and what clients do on them, fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from eventlive_sim.model.conditions import PERSON_PREFIX, STATES, Condition, subjects, values_of

if TYPE_CHECKING:
    from eventlive_sim.model.design import Client, Design


def channel_problems(design: Design) -> Iterator[str]:
    """Say what names no channel or does not fit one, each with its path, the value and the remedy."""
    for name, channel in design.channels.items():
        where = f"channels.{name}"
        if channel.table is not None and channel.table not in design.tables:
            yield f"{where}.table: no table is called {channel.table!r}; {_choice(design.tables)}"
        if channel.table is not None and channel.scope == "person":
            yield f"{where}.scope: new rows of a table are told to all; write world, or take table away"
        if channel.renews and (channel.table is None or channel.by != "broadcast" or channel.shows is None):
            yield f"{where}.renews: only what is broadcast and shown is renewed; give it table, by: broadcast and shows"
    for name, client in design.clients.items():
        yield from _client_problems(design, f"clients.{name}", client)
    for name, endpoint in design.endpoints.items():
        for step_name, step in endpoint.steps.items():
            if step.when is not None and values_of(step.when) & set(STATES):
                yield (
                    f"endpoints.{name}.steps.{step_name}.when: a handler knows no channels; "
                    "write up and down under while of a loop"
                )


def _client_problems(design: Design, where: str, client: Client) -> Iterator[str]:
    for channel in client.channels:
        if channel not in design.channels:
            yield f"{where}.channels: no channel is called {channel!r}; {_choice(design.channels)}"
    for name, check in client.checks.items():
        if check.on not in design.channels:
            yield f"{where}.checks.{name}.on: no channel is called {check.on!r}; {_choice(design.channels)}"
    most = design.platform.project.quota.channels_connection
    if len(client.held) > most:
        yield f"{where}.channels: a socket takes {most} channels, not {len(client.held)}; hold fewer"
    for name, loop in client.loops.items():
        if loop.while_ is not None:
            yield from _while_problems(f"{where}.loops.{name}.while", loop.while_, client.held)


def _while_problems(where: str, condition: Condition, held: tuple[str, ...]) -> Iterator[str]:
    for subject in sorted(subjects(condition)):
        if subject not in held:
            about = "attributes of a person belong in when" if subject.startswith(PERSON_PREFIX) else _choice(held)
            yield f"{where}: the client holds no channel {subject!r}; {about}"
    wrong = sorted(values_of(condition) - set(STATES))
    if wrong:
        yield f"{where}: {wrong[0]!r} is nothing that a channel can be; write up or down"


def _choice(names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"write one of {', '.join(listed)}" if listed else "there is none to name"
