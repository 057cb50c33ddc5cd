"""Hostile input: a clear message, no harm to the server, nothing that others would see."""

from __future__ import annotations

import json

import pytest

from eventlive_sim.app import places, store
from eventlive_sim.app.live import PEOPLE_MOST, TooLong, ground_of, live, scenario_of
from eventlive_sim.app.setting import default_setting, from_params, shown
from eventlive_sim.app.shell import plain
from eventlive_sim.app.words import say
from eventlive_sim.errors import EventLiveError, ModelError
from tests.app.test_page import page_of

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENTLIVE_APP_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (places.UPLOAD_MOST + 1), "at most"),
        ("format: 1\nbase: before\n".encode("utf-16"), "UTF-8"),
        ("format: 1\ntitle: caf\u00e9\n".encode("latin-1"), "UTF-8"),
        (b"PK\x03\x04\x00\x00\xff", "UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8"),
        (b"format: 1\x00\nbase: before\n", "special characters"),
        (b"a,b,c\n1,2,3\n", "mapping"),
        (b"x: {y: 1}\nz:\n  <<: {y: 2}\n", ""),
        (b"a: &a [*a]\n", "anchor"),
        (b"? [a, b]\n: 1\n", "key"),
        (b"format: 1\n---\nformat: 1\n", "document"),
        (b"%YAML 9.9\n---\nformat: 1\n", "version"),
        (b"format: 1e400\n", "finite"),
        (b"format: .nan\n", "finite"),
        (b"#" * 100_000, "empty"),
        (b"a:\n" * 40_000, "twice"),
        (
            b"format: 1\nduration: 1h\nwindows: {" + b", ".join(b"w%d: [0s, 1s]" % n for n in range(101)) + b"}\n",
            "100",
        ),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"format: 1\nformat: 1\n", "twice|duplicate"),
        (BOMB.encode(), "alias|anchor"),
        (b"[" * 2000, "deep|nest|flow"),
        (b"{" * 200 + b"}" * 200, ""),
        (b"- a\n- b\n", "mapping"),
        (b"format: 1\ninclude: [/etc/passwd]\n", "includes others"),
        (b"format: 1\nbase: ../../../tmp/other.yaml\n", "based on"),
        (b"format: 1\nduration: 1h\nclients: {x: {people: 1e99}}\n", "people"),
        (b"!!python/object/apply:os.system [ls]\n", ""),
    ],
)
def test_an_upload_is_refused_with_a_message(content: bytes, said: str, home):
    """Huge, malformed, aliased, nested, or pointing at files of the server: refused, and nothing is kept of it."""
    with pytest.raises(EventLiveError) as raised:
        places.take(content)
    assert len(str(raised.value)) > 10
    assert any(word in str(raised.value) for word in said.split("|"))
    assert not list(home.rglob("*.yaml"))


def test_what_is_taken_goes_by_its_content():
    """A good design is taken, named by its content, and no path gets around its name."""
    kind, name = places.take(b"format: 1\nbase: before\ntickets: ['0-1:A']\n")
    assert kind == "design"
    assert places.known_expression(f"{name}+1-1:B").endswith(f"{name}.yaml+1-1:B")
    for wrong in ("../x", f"../uploads/{name}", f"{name}.yaml", "/etc/passwd", "models/eventlive/before.yaml"):
        with pytest.raises(ModelError, match="there is no design"):
            places.known_expression(wrong)
        with pytest.raises(ModelError, match="there is no scenario"):
            places.known_scenario(wrong)


def test_messages_do_not_say_where_the_server_keeps_things(home):
    """The folder of uploads is left out of what visitors are told."""
    assert str(home) not in shown(f"{places.uploads()}/upload-1.yaml:3: wrong")


@pytest.mark.parametrize(
    "params",
    [
        {"seed": ["-1"]},
        {"seed": ["1e5"]},
        {"seed": ["99999999999999999999"]},
        {"seed": ["٣"]},
        {"n": ["1000000"]},
        {"n": ["many"]},
        {"a": ["![x](http://127.0.0.1/x.png)"]},
        {"b": ["../../etc/passwd"]},
        {"b": ["before" + "+0-1:A" * 1000]},
        {"s": ["<script>alert(1)</script>"]},
        {"set": ["clients.participant.people"]},
        {"set": ["no.such.path=1"]},
        {"set": ["clients.participant.loops.ping.every=2s"] * 500},
        {"world": ["clients.participant.people=100000000"]},
        {"world": ["duration=banana"]},
        {"world": [f"clients.participant.people={PEOPLE_MOST + 1}"]},
    ],
)
def test_a_link_out_of_range_is_told_and_left(params):
    """What cannot be taken is said, and the default stays in its place."""
    setting, complaints = from_params(params)
    assert len(complaints) == 1
    assert setting == default_setting()


def test_names_with_markup_stay_text():
    """Markdown makes nothing of a name: no image is fetched, no link stands there."""
    said = plain("![x](http://evil.example/a.png) <b>bold</b> `code` $x$ :red[no]")
    for mark in "![](<>`$:":
        assert said.count(mark) == said.count(f"\\{mark}")


def test_a_simulation_that_takes_too_long_is_ended(monkeypatch):
    """A page does not wait for ever, and the replication is not kept."""
    monkeypatch.setattr("eventlive_sim.app.live.SECONDS_MOST", 0.0)
    ground = ground_of("before", (), "s1_entry", ("clients.participant.people=2000",))
    with pytest.raises(TooLong, match="command line"):
        live.replica(ground, 991, 0)
    assert live.have(ground, 991, 0) is None


def test_what_a_page_raises_ends_its_simulation():
    """A visitor's next change is raised in the progress of what is under way, which then costs nobody anything more."""

    class Superseded(BaseException):
        pass

    def tell(part: float) -> None:
        raise Superseded

    ground = ground_of("before", (), "s1_entry", ("clients.participant.people=2000",))
    with pytest.raises(Superseded):
        live.replica(ground, 992, 0, tell)
    assert live.have(ground, 992, 0) is None


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"[]",
        b"nonsense",
        b"[" * 100_000,
        b'{"schema": "eventlive-study/1", "kind": 3}',
        b"x" * (store.BYTES_MOST + 1),
    ],
)
def test_a_result_that_is_none_is_refused(content: bytes):
    """Whatever is brought as a result says what it is, or is refused."""
    with pytest.raises(ModelError):
        store.take(content)


def test_a_brought_result_never_stands_for_a_computed_one():
    """Somebody may bring any figures; they get a name of their own, and the key of the real study stays free."""
    params = {"design": "before"}
    text = json.dumps({"schema": store.SCHEMA, "kind": "storm", "params": params, "document": {"lie": 1}})
    kept = store.take(text.encode())
    assert not kept.ours
    assert store.get(kept.key) == kept
    assert store.get(store.key_of("storm", params)) is None
    assert store.get("../results/x") is None


@pytest.mark.parametrize("kind", ["check", "storm", "plan", "verify"])
@pytest.mark.parametrize("document", [{}, {"rows": 1}, {"rows": [{}], "checks": [1]}, {"checks": [{"budgets": "x"}]}])
def test_a_result_of_another_shape_is_told_to_be_none(kind: str, document: dict[str, object]):
    """It says what it is but holds something else: an error on the page, which goes on."""
    text = json.dumps({"schema": store.SCHEMA, "kind": kind, "params": {}, "document": document})
    kept = store.take(text.encode())
    page, there = {
        "check": ("budgets", {}),
        "storm": ("storms", {"s": "s2_realtime_outage", "world": "clients.participant.people=60"}),
        "plan": ("planner", {}),
        "verify": ("model", {}),
    }[kind]
    at = page_of(page, run=kept.key, **there)
    assert not at.exception
    assert [one.value for one in at.error] == [say("en", "job.damaged")]


def test_people_of_a_page_have_a_ceiling():
    """More people than a page may simulate are refused before memory is asked for."""
    with pytest.raises(ModelError, match="too many for a page"):
        scenario_of("s1_entry", (f"clients.participant.people={PEOPLE_MOST + 1}",))
