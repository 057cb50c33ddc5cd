"""Tenancy: what webinars share of a platform, and how much of it one of them may take."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from eventlive_sim.model.base import Part
from eventlive_sim.model.values import Duration

ProjectOf = Literal["all", "webinar"]


class Quotas(Part):
    """What one webinar may take of a project, whoever else is on it; without a number there is no limit.

    They hold where the application can hold them: in functions, and where a page opens its socket. A browser that
    calls the project itself passes by ``requests``.
    """

    requests: int | None = Field(default=None, ge=1, le=100_000)
    """Requests of functions to REST and Auth at once."""
    wait: Duration = Field(default="2s", validate_default=True)
    """How long a request waits for its turn; over it the handler gets 429, without asking the project."""
    connections: int | None = Field(default=None, ge=1, le=10_000_000)
    """Realtime sockets at once; over it a page is refused as by the service."""
    messages_second: int | None = Field(default=None, ge=1, le=10_000_000)
    """Broadcasts and row changes, once for each receiver, over the service's window; what is over is not told."""


class Tenancy(Part):
    """Where webinars live that go on at the same time."""

    project: ProjectOf = "all"
    """Whether all webinars are on one project, or each has its own."""
    deployment: ProjectOf = "all"
    """Whether all webinars are on one deployment of functions, or each has its own."""
    quotas: Quotas = Quotas()
    """What one webinar may take of a project."""
    project_kept: Duration | None = None
    """How long a webinar's own project is paid for at each event; without it all month long."""

    projects_beside: int = Field(default=0, ge=0, le=1_000)
    """Projects beside those of webinars that are paid for all month long: where accounts are kept, say."""

    @model_validator(mode="after")
    def _a_project_is_kept_for_a_webinar(self) -> Self:
        if self.project_kept is not None and self.project == "all":
            message = "project_kept is of projects that each webinar has; write project: webinar, or take it away"
            raise ValueError(message)
        return self
