"""Metrics that budgets may be on: their kinds, their tags, and the aggregates that fit them."""

from __future__ import annotations

METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "lint": ("findings", ("rule",)),
    "offered_load": ("load", ("part",)),
    "amplified_load": ("load", ("part",)),
    "offered_queries": ("load", ("endpoint",)),
    "attempts": ("counter", ("endpoint", "client")),
    "first_tries": ("counter", ("endpoint", "client")),
    "retries": ("counter", ("endpoint", "client")),
    "calls": ("counter", ("endpoint", "client", "status", "outcome")),
    "call_duration": ("duration", ("endpoint", "client")),
    "queries": ("counter", ("endpoint", "step", "service", "status", "code")),
    "query_duration": ("duration", ("endpoint", "step")),
    "query_work": ("duration", ("endpoint", "step")),
    "pace_changes": ("counter", ("client", "endpoint", "to")),
    "queries_per_call": ("trend", ("endpoint",)),
    "statements_per_call": ("trend", ("endpoint",)),
    "auth_requests": ("counter", ("kind", "status")),
    "auth_duration": ("duration", ("kind",)),
    "auth_statements": ("counter", ("kind",)),
    "refreshes": ("counter", ("by", "result")),
    "refresh_errors": ("counter", ("code", "by")),
    "refresh_waits": ("counter", ("by",)),
    "refresh_duration": ("duration", ("by",)),
    "sign_outs": ("counter", ("by",)),
    "rows": ("counter", ("table", "endpoint", "change")),
    "cache": ("counter", ("cache", "result")),
    "people": ("counter", ("client", "change")),
    "freshness": ("duration", ("of",)),
    "goodput": ("counter", ("endpoint", "client")),
    "station_utilisation": ("gauge", ("station",)),
    "station_queue": ("gauge", ("station",)),
    "station_wait": ("duration", ("station",)),
    "station_cores": ("gauge", ("station",)),
    "station_instances": ("gauge", ("station",)),
    "presence_minutes": ("gauge", ("client",)),
    "realtime_connections": ("gauge", ("client",)),
    "realtime_connects": ("counter", ("client", "status")),
    "realtime_sockets": ("counter", ("client", "change")),
    "realtime_joins": ("counter", ("channel", "client", "status")),
    "realtime_closed": ("counter", ("channel", "reason")),
    "breaker_changes": ("counter", ("client", "endpoint", "to")),
    "degrade_changes": ("counter", ("level", "change")),
    "degrade_level": ("gauge", ("level",)),
    "degrade_told": ("duration", ("client",)),
    "degrade_polls": ("counter", ("client",)),
    "held_back": ("duration", ("client", "endpoint")),
    "realtime_messages": ("counter", ("channel",)),
    "realtime_sent": ("counter", ("channel",)),
    "realtime_dropped": ("counter", ("channel",)),
    "presence_messages": ("counter", ("channel",)),
    "presence_calls": ("counter", ("channel",)),
    "logins_again": ("counter", ("client",)),
    "challenges": ("counter", ("endpoint", "result")),
    "entry_wait": ("duration", ("client",)),
    "limiter_failures": ("counter", ("endpoint", "step")),
    "quota_refused": ("counter", ("endpoint", "step")),
    "cost": ("gauge", ("item",)),
    "detection": ("duration", ("of",)),
}
"""Metrics that a budget can be on: their kind, and their tags besides the window."""

ALWAYS = {
    "code": ("42703", "23505", "57014", "PGRST003", "request_timeout", "bad_jwt"),
    "service": ("rest", "auth"),
    "kind": ("user", "jwks", "token"),
    "change": ("insert", "upsert", "update", "delete", "join", "leave"),
    "result": ("hit", "wait", "load"),
}
"""Values that a budget may name though the design as it is can never count them: a fixed bug stays fixed."""

OF_ALL = ("cost",)
"""Metrics that are not told apart by webinar."""

EXACT_KINDS = ("findings", "load")
"""Kinds of metrics that are read from the design and worked out by arithmetic, before anything is simulated."""

FITTING = {
    "findings": {"count"},
    "load": {"value"},
    "counter": {"count", "rate", "share"},
    "gauge": {"avg", "max", "min"},
    "trend": {"avg", "min", "med", "max", "p"},
    "duration": {"avg", "min", "med", "max", "p"},
}
"""Aggregates by kind of metric."""

ENDINGS = frozenset({"status", "outcome", "code", "result"})
"""Tags that say how something ended: a ``share`` is of all that ended, whichever way."""
