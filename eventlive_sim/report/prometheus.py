"""Alert rules as a file of Prometheus.

Names as its conventions have them: counters end in ``_total``, durations are histograms of seconds, levels are as they are.
Series that a rule names are expected from the beginning, at 0: a counter that comes into being with its first event hides it.
"""

from __future__ import annotations

from typing import Any

from eventlive_sim.model.alerts import Alerts, Rule, Watch
from eventlive_sim.model.yaml import dump
from eventlive_sim.stats.thresholds import parse_selector
from eventlive_sim.study.alerts.rules import threshold_of
from eventlive_sim.study.metrics import METRICS
from eventlive_sim.units import duration_text

_SUFFIX = {"duration": "_seconds", "counter": "_total"}


def prometheus_text(alerts: Alerts) -> str:
    """Text of a rule file: one group, named by its channel, its rules in order."""
    rules = [_rule(alerts, key, rule) for key, rule in alerts.rules.items()]
    return dump({"groups": [{"name": alerts.channel, "interval": duration_text(alerts.evaluate), "rules": rules}]})


def _rule(alerts: Alerts, name: str, rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"alert": name, "expr": expression(rule)}
    if rule.for_:
        found["for"] = duration_text(rule.for_)
    found["labels"] = {"severity": rule.severity, "channel": alerts.channel}
    if rule.summary:
        found["annotations"] = {"summary": rule.summary}
    return found


def expression(rule: Rule) -> str:
    """PromQL of a rule.

    Examples
    --------
    >>> watch = Watch(rate="queries{status:400}", over="1m", above=0.5)
    >>> expression(Rule(when=(watch,)))
    'sum(rate(queries_total{status="400"}[60s])) > 0.5'
    """
    parts = [_comparison(watch) for watch in rule.when]
    return parts[0] if len(parts) == 1 else " and ".join(f"({part})" for part in parts)


def _comparison(watch: Watch) -> str:
    left = _term(watch, watch.function, watch.series)
    if watch.per is not None:
        left = f"{left} / {_term(watch, watch.function, watch.per)}"
    elif watch.per_gauge is not None:
        left = f"{left} / {_term(watch, 'gauge', watch.per_gauge)}"
    return f"{left} {'<' if watch.below is not None else '>'} {threshold_of(watch):.12g}"


def _term(watch: Watch, function: str, series: str) -> str:
    over = f"[{duration_text(watch.over)}]"
    match function:
        case "gauge":
            return f"sum({_selected(series, '')})"
        case "quantile":
            return f"histogram_quantile({watch.level:g}, sum by (le) (rate({_selected(series, '_bucket')}{over})))"
        case "mean":
            return (
                f"sum(increase({_selected(series, '_sum')}{over})) / sum(increase({_selected(series, '_count')}{over}))"
            )
        case _:
            return f"sum({function}({_selected(series, '')}{over}))"


def _selected(series: str, suffix: str) -> str:
    """Selector of PromQL; a metric that is not there yet is named by what its suffix says that it is."""
    selector = parse_selector(series)
    labels = ", ".join(f'{tag}="{value}"' for tag, value in selector.tags.items())
    return exported_name(selector.metric, suffix) + (f"{{{labels}}}" if labels else "")


def exported_name(metric: str, suffix: str = "") -> str:
    """Name under which a metric is exported."""
    kind = METRICS.get(metric, ("duration" if suffix else "counter", ()))[0]
    return metric + _SUFFIX.get(kind, "") + suffix
