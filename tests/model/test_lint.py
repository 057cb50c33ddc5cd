"""Each rule of lint finds what it is for, and nothing once the cause is gone."""

from __future__ import annotations

from typing import Any

import pytest

from eventlive_sim.model.design import Design
from eventlive_sim.model.lint import RULES, lint, mean_ns
from eventlive_sim.model.values import parse_distribution

TABLES = {
    "members": {"columns": ["room", "person"], "key": ["room", "person"], "row": "person", "initially": "invited"},
    "seen": {"columns": ["room", "person"], "key": ["room", "person"], "row": "person"},
    "lines": {"columns": ["id", "text"], "policy": {"per_row": "10us"}},
    "free": {"columns": ["id", "text"]},
}


def design(
    steps: dict[str, Any] | None = None,
    *,
    hot: bool = True,
    public: bool = False,
    loop: dict[str, Any] | None = None,
    platform: dict[str, Any] | None = None,
    check: dict[str, Any] | None = None,
) -> Design:
    """Smallest design that holds what a rule looks at."""
    loops = {} if loop is None else {"go": {"call": "door", **loop}}
    return Design.model_validate(
        {
            "format": 1,
            "platform": platform or {},
            "tables": TABLES,
            "stations": {"tokens": {"kind": "bucket", "every": "1s"}},
            "endpoints": {"door": {"hot": hot, "public": public, "steps": steps or {"wait": {"delay": "1ms"}}}},
            "channels": {"talk": {}, "own": {"scope": "person"}},
            "clients": {"viewer": {"attributes": {"invited": 0.9}, "loops": loops, **_holding(check)}},
        }
    )


def _holding(check: dict[str, Any] | None) -> dict[str, Any]:
    return {"channels": ["talk"], "checks": {} if check is None else {"login": check}}


QUOTA = {"project": {"plan": "p", "realtime": {"quotas": {"p": {"presence_calls": 5}}}}}
FALLBACK = {"every": "20s", "while": {"talk": "down"}}
READ = {"select": "members", "errors": "ignored"}
LOAD = {"load": {"select": "free"}}

CASES: list[tuple[str, Design, Design]] = [
    (
        "L001",
        design({"read": {"select": "members", "columns": ["id"]}}),
        design({"read": {"select": "members", "columns": ["room"]}}),
    ),
    (
        "L001",
        design({"all": {"rpc": "f", "statements": {"read": {"select": "members", "columns": ["id"]}}}}),
        design({"all": {"rpc": "f", "statements": {"read": {"select": "members", "columns": ["person"]}}}}),
    ),
    (
        "L002",
        design({"read": READ, "make": {"upsert": "seen", "when": {"read": "missing"}}}),
        design({"read": {"select": "members"}, "make": {"upsert": "seen", "when": {"read": "missing"}}}),
    ),
    (
        "L002",
        design({"read": READ, "make": {"upsert": "seen", "when": {"read": "missing"}}}),
        design({"read": READ, "make": {"upsert": "seen"}}),
    ),
    (
        "L002",
        design(
            {"read": {"select": "seen", "errors": {"4xx": "continue"}}, "w": {"delete": "seen", "when": {"read": 400}}}
        ),
        design(
            {"read": {"select": "seen", "errors": {"5xx": "continue"}}, "w": {"delete": "seen", "when": {"read": 200}}}
        ),
    ),
    ("L003", design({"make": {"insert": "seen"}}), design({"make": {"insert": "seen", "errors": {409: "continue"}}})),
    (
        "L003",
        design({"make": {"insert": "seen", "errors": "ignored"}}),
        design({"make": {"insert": "seen"}}, hot=False),
    ),
    ("L003", design({"make": {"insert": "seen"}}), design({"make": {"insert": "free"}})),
    (
        "L004",
        design({"read": {"select": "free", "errors": {"5xx": {"retry": {"times": 2, "delays": ["1s"]}}}}}),
        design({"read": {"select": "free", "errors": {"5xx": {"retry": {"times": 2, "delays": ["uniform(0s, 1s)"]}}}}}),
    ),
    (
        "L004",
        design(loop={"every": "60s", "retry": {"times": 2, "delays": ["1s", "2s"]}}),
        design(loop={"every": "60s", "retry": {"times": 2, "delays": ["exp(1s)"]}}),
    ),
    (
        "L004",
        design(loop={"every": "60s", "retry": {"times": 2, "backoff": {"base": "1s"}}}),
        design(loop={"every": "60s", "retry": {"times": 2, "backoff": {"base": "1s", "jitter": "full"}}}),
    ),
    ("L005", design(loop={"every": "10s"}), design(loop={"every": "11s"})),
    ("L005", design(loop={"every": "2s"}), design(loop={"every": "2s", "backoff": {"base": "2s"}})),
    ("L005", design(loop={"every": "2s"}), design(loop={"every": "2s", "breaker": {}})),
    ("L005", design(loop={"every": "uniform(1s, 3s)"}), design(loop={})),
    ("L006", design({"who": {"auth": "get_user"}}), design({"who": {"auth": "get_user"}}, hot=False)),
    (
        "L006",
        design({"who": {"auth": "local_jwt"}}),
        design({"who": {"auth": "local_jwt"}}, platform={"project": {"auth": {"keys": "asymmetric"}}}),
    ),
    (
        "L007",
        design(platform={"network": {"function_project": "90ms"}}),
        design(platform={"network": {"function_project": "2ms"}}),
    ),
    ("L008", design({"make": {"upsert": "members"}}), design({"make": {"upsert": "seen"}})),
    (
        "L008",
        design({"make": {"insert": "members", "errors": {409: "continue"}}}),
        design({"make": {"update": "members"}}),
    ),
    (
        "L009",
        design(public=True),
        design({"gate": {"limit": "tokens"}, "wait": {"delay": "1ms"}}, public=True),
    ),
    (
        "L010",
        design({"memo": {"cache": "m", "ttl": "1s", "single_flight": False, "steps": LOAD}}),
        design({"memo": {"cache": "m", "ttl": "1s", "steps": LOAD}}),
    ),
    (
        "L011",
        design({"read": {"select": "lines", "by": "scan", "rows": 50}}),
        design({"read": {"select": "free", "by": "scan", "rows": 50}}),
    ),
    (
        "L012",
        design(loop={"every": "60s", "timing": "open"}),
        design(loop={"every": "60s", "timing": "open", "timeout": "10s"}),
    ),
    (
        "L013",
        design(platform=QUOTA, check={"on": "own", "by": "track", "every": "5s"}),
        design(platform=QUOTA, check={"on": "own", "by": "track", "every": "6s"}),
    ),
    (
        "L013",
        design(platform=QUOTA, check={"on": "own", "by": "track", "every": "5s"}),
        design(platform=QUOTA, check={"on": "own", "by": "state", "every": "5s"}),
    ),
    (
        "L014",
        design(loop=FALLBACK, check={"on": "talk", "by": "state"}),
        design(loop=FALLBACK, check={"on": "own", "by": "state"}),
    ),
    (
        "L014",
        design(loop=FALLBACK, check={"on": "talk", "by": "state"}),
        design(loop=FALLBACK, check={"on": "talk", "by": "event"}),
    ),
]


def keeping(lifetime: str = "1h", **sessions: Any) -> Design:
    """Design whose viewers have sessions."""
    project = {"project": {"auth": {"tokens": {"lifetime": lifetime}}}}
    bare = design(platform=project).model_dump(mode="python", by_alias=True, exclude_unset=True)
    bare["clients"]["viewer"]["sessions"] = sessions
    return Design.model_validate(bare)


CASES += [
    # With three whole ticks of 30 s left it is refreshed: from 120 s on.
    ("L015", keeping("2m"), keeping("121s")),
    ("L015", keeping("10m", ticks_ahead=1, margin="10m"), keeping("10m", ticks_ahead=1, margin="9m")),
    ("L016", keeping(storage="local", ssr=0.5), keeping(storage="cookie", ssr=0.5)),
    ("L016", keeping(storage="local", ssr=0.5), keeping(storage="local", ssr=0.5, functions_refresh=False)),
    ("L016", keeping(storage="local", ssr=0.5), keeping(storage="local")),
    ("L017", keeping(after_failure="keep"), keeping(after_failure="keep", cooldown="60s")),
    ("L017", keeping(after_failure="keep"), keeping(after_failure="sign_out")),
    ("L018", keeping(retry_within="100ms"), keeping(retry_within="200ms")),
    ("L018", keeping(retry_within="100ms"), keeping(retry_within="100ms", after_failure="keep", cooldown="1s")),
]


@pytest.mark.parametrize("rule, bad, good", CASES)
def test_finds_the_cause_and_nothing_without_it(rule: str, bad: Design, good: Design) -> None:
    """A rule finds its cause, with a place and a remedy, and is silent when the cause is gone."""
    found = [finding for finding in lint(bad) if finding.id == rule]
    assert len(found) == 1
    assert found[0].path.split(".")[0] in {"endpoints", "clients", "platform"}
    assert found[0].remedy
    assert str(found[0]).startswith(f"{rule} {found[0].path}: ")
    assert rule not in {finding.id for finding in lint(good)}


def test_every_rule_is_tested_both_ways() -> None:
    """No rule is without a case, and ids are unique and in order."""
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert set(ids) == {rule for rule, _, _ in CASES}


@pytest.mark.parametrize(
    "text, mean",
    [
        ("3ms", 3e6),
        ("exp(3ms)", 3e6),
        ("uniform(1ms, 5ms)", 3e6),
        ("lognormal(mean=3ms, cv=0.5)", 3e6),
        ("lognormal(median=3ms, sigma=1)", 3e6 * 1.6487212707),
        ("gamma(mean=3ms, cv=2)", 3e6),
    ],
)
def test_mean(text: str, mean: float) -> None:
    """The mean of each law is its closed form."""
    assert mean_ns(parse_distribution(text)) == pytest.approx(mean)
