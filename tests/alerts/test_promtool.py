"""Prometheus' own tool takes the exported rules, and fires on the same series at the same times."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eventlive_sim.model.yaml import dump
from eventlive_sim.report.prometheus import exported_name, prometheus_text
from eventlive_sim.stats.thresholds import parse_selector
from eventlive_sim.study.alerts.rules import series_of
from eventlive_sim.units import NS_PER_S
from tests.alerts.watched import evaluated, room, scrapes

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt install prometheus")
S, LATE = 15, 14
"""Scrapes and evaluations are 15 s apart, the latter a second later; promtool evaluates at whole multiples, so that the
series are 14 s late there."""


def promtool(*arguments: str) -> str:
    """Output of a command that must succeed."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def written(rows: Any) -> str:
    """Values of a series by second, as promtool reads them."""
    gap = f" _x{S - 1} "
    return f"_x{LATE} " + gap.join(f"{value:.17g}" for value in rows)


def labelled(name: str, key: tuple[tuple[str, str], ...], **more: str) -> str:
    labels = ", ".join(f'{tag}="{value}"' for tag, value in (*key, *more.items()))
    return f"{name}{{{labels}}}"


def input_series() -> list[dict[str, str]]:
    """Every series that a rule names, as it would be exported."""
    alerts, seen = room()[0].design.alerts, scrapes()
    bounds = [bound / NS_PER_S for bound in alerts.buckets]
    found: dict[str, Any] = {}
    wanted = {
        (function, parse_selector(text).metric)
        for rule in alerts.rules.values()
        for watch in rule.when
        for function, text in series_of(watch)
    }
    for function, metric in sorted(wanted):
        for key in seen._index.get(metric, {}):
            tags = dict(key)
            match function:
                case "gauge":
                    found[labelled(exported_name(metric), key)] = seen.levels(metric, tags)[0]
                case "quantile":
                    (counts,) = seen.buckets(metric, tags, alerts.buckets)
                    for bound, row in zip([*map(str, bounds), "+Inf"], counts, strict=True):
                        found[labelled(exported_name(metric, "_bucket"), key, le=bound)] = row
                case "mean":
                    for suffix, row in zip(("_sum", "_count"), seen.sums(metric, tags), strict=True):
                        found[labelled(exported_name(metric, suffix), key)] = row[0]
                case _:
                    found[labelled(exported_name(metric), key)] = seen.counters(metric, tags)[0]
    return [{"series": name, "values": written(row)} for name, row in found.items()]


def expected() -> list[dict[str, Any]]:
    """What we say of each rule at each evaluation."""
    alerts, found = room()[0].design.alerts, []
    for name, rule in alerts.rules.items():
        result = evaluated()[name]
        for time in result.times_s:
            firing = any(one.begins_s <= time < one.ends_s for one in result.firings)
            alert: dict[str, Any] = {"exp_labels": {"severity": rule.severity, "channel": alerts.channel}}
            if rule.summary:
                alert["exp_annotations"] = {"summary": rule.summary}
            case: dict[str, Any] = {"eval_time": f"{round(time) + LATE}s", "alertname": name}
            found.append(case | ({"exp_alerts": [alert]} if firing else {}))
    return found


def test_the_rules_are_rules(tmp_path: Path) -> None:
    """Syntax, durations, functions."""
    file = tmp_path / "rules.yaml"
    alerts = room()[0].design.alerts
    file.write_text(prometheus_text(alerts), encoding="utf-8")
    assert f"{len(alerts.rules)} rules found" in promtool("check", "rules", str(file))


def test_prometheus_fires_when_we_do(tmp_path: Path) -> None:
    """Every rule at every evaluation of twenty minutes; and each kind of rule does fire and stop."""
    rules, cases = tmp_path / "rules.yaml", expected()
    rules.write_text(prometheus_text(room()[0].design.alerts), encoding="utf-8")
    suite = {
        "rule_files": [str(rules)],
        "evaluation_interval": f"{S}s",
        "tests": [{"interval": "1s", "input_series": input_series(), "alert_rule_test": cases}],
    }
    file = tmp_path / "test.yaml"
    file.write_text(dump(suite), encoding="utf-8")
    assert "SUCCESS" in promtool("test", "rules", str(file))
    fired = {name for name, result in evaluated().items() if result.firings}
    assert fired >= {
        "bad_requests",
        "disconnects",
        "slow_pings",
        "mean_ping",
        "many_polls",
        "few_sockets",
        "polls_of_calls",
    }
    ended = [one for result in evaluated().values() for one in result.firings if not math.isinf(one.ends_s)]
    assert len(ended) >= 4
    assert np.isfinite([one.begins_s for one in ended]).all()


def test_a_wrong_time_is_found(tmp_path: Path) -> None:
    """The comparison can fail: an alert expected one evaluation early is not there."""
    rules, cases = tmp_path / "rules.yaml", expected()
    rules.write_text(prometheus_text(room()[0].design.alerts), encoding="utf-8")
    first = next(number for number, case in enumerate(cases) if "exp_alerts" in case)
    cases[first - 1]["exp_alerts"] = cases[first]["exp_alerts"]
    suite = {
        "rule_files": [str(rules)],
        "evaluation_interval": f"{S}s",
        "tests": [{"interval": "1s", "input_series": input_series(), "alert_rule_test": cases}],
    }
    file = tmp_path / "test.yaml"
    file.write_text(dump(suite), encoding="utf-8")
    with pytest.raises(AssertionError, match="FAILED"):
        promtool("test", "rules", str(file))
