"""How many events one more query of a handler costs: what decides how long a design takes, whichever engine runs it."""

from __future__ import annotations

from eventlive_sim.engine.reference import simulate
from eventlive_sim.model.design import Design
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.program.lower import lower

PLATFORM = {
    "network": {"client_function": "9ms", "function_project": "1ms"},
    "project": {
        "postgrest": {"round_trip": "60us", "cpu": "300us"},
        "postgres": {"costs": {"select": "73us"}, "statement_timeout": {"authenticated": "8s"}},
    },
}


def events_per_query() -> float:
    """Events that one more read of a handler adds to a call."""
    few, many = (_events(queries) for queries in (1, 11))
    return (many - few) / 10


def _events(queries: int) -> int:
    design = Design.model_validate(
        {
            "format": 1,
            "platform": PLATFORM,
            "tables": {"seats": {"columns": ["id"], "key": ["id"], "row": "person"}},
            "endpoints": {"door": {"steps": {f"read_{number}": {"select": "seats"} for number in range(queries)}}},
            "clients": {"guest": {"loops": {"go": {"call": "door"}}}},
        }
    )
    scenario = Scenario.model_validate({"format": 1, "duration": "1h", "clients": {"guest": {"people": 1}}})
    return simulate(lower(design, scenario), 1).totals.events
