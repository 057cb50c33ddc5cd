"""Alert rules over simulated series: what fires, when, and before what."""

from eventlive_sim.study.alerts.study import Lead, Told, Watched, watch, with_rules

__all__ = ["Lead", "Told", "Watched", "watch", "with_rules"]
