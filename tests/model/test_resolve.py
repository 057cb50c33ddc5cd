"""Designs, presets, tickets and set values resolve to one explicit tree, whatever order they were typed in."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from eventlive_sim.errors import EventLiveError, ModelError, ModelErrors
from eventlive_sim.model.resolve import (
    ResolvedDesign,
    design_names,
    resolve_design,
    resolve_scenario,
    scenario_names,
    tickets_of,
)

ROOT = Path(__file__).parents[1] / "files" / "project"


def resolve(expression: str, *sets: str) -> ResolvedDesign:
    """Resolve in the small project of the test files."""
    return resolve_design(expression, sets=sets, root=ROOT)


def rule_of(expression: str, *sets: str) -> ModelError:
    """The one error that resolving ends with."""
    with pytest.raises(EventLiveError) as caught:
        resolve(expression, *sets)
    if isinstance(caught.value, ModelErrors):
        return caught.value.errors[0]
    assert isinstance(caught.value, ModelError)
    return caught.value


def project_of(tree: dict[str, Any]) -> Any:
    """The platform's project in a tree."""
    return tree["platform"]["project"]


def test_short_names_are_files_that_hold_a_design() -> None:
    """A schema alone and a preset are no designs."""
    assert design_names(ROOT) == ("base", "done")
    assert scenario_names(ROOT) == ("s1_evening",)


def test_own_parts_win_over_presets_and_later_presets_over_earlier() -> None:
    """What lies beneath shows through only where nothing is written; like itself disappears."""
    project = project_of(resolve("base").tree)
    assert project == {
        "plan": "free",
        "postgrest": {"pool": 10},
        "compute": "small",
        "postgres": {"cores": 2, "costs": {"select": "1ms", "insert": "2ms"}},
    }


def test_numbers_keep_their_sources_from_presets_too() -> None:
    """The list says where each number lands, and the one that an own number hides is not in it."""
    sourced = {number.path: number for number in resolve("base").sourced}
    assert set(sourced) == {"platform.project.postgres.costs.select", "platform.project.postgres.costs.insert"}
    select = sourced["platform.project.postgres.costs.select"]
    assert (select.value, select.source, select.guess, select.range) == ("1ms", "x", True, ("500us", "2ms"))
    insert = sourced["platform.project.postgres.costs.insert"]
    assert insert.place is not None
    assert insert.place.file.endswith("cloud.yaml")
    assert [number.path for number in resolve("base").guesses] == [select.path]


def test_a_guess_can_be_set_by_its_path() -> None:
    """A set value takes the place of the number and of what was said about it."""
    resolved = resolve("base", "platform.project.postgres.costs.select=2ms")
    assert project_of(resolved.tree)["postgres"]["costs"]["select"] == "2ms"
    assert resolved.guesses == ()


def test_a_ticket_switches_a_preset_and_own_parts_stay() -> None:
    """like can be set: what was written over the old preset is written over the new one."""
    project = project_of(resolve("base+T-2").tree)
    assert project["compute"] == "large"
    assert project["postgres"] == {"cores": 8, "costs": {"select": "1ms", "insert": "3ms"}}


@pytest.mark.parametrize("order", list(permutations(["T-1:B", "T-2:every=30s", "T-3"])))
def test_order_of_typing_does_not_matter(order: tuple[str, ...]) -> None:
    """All orders give the same design under the same canonical name."""
    resolved = resolve("+".join(["base", *order]))
    assert resolved.expression == "base+T-2:A:every=30s+T-1:B+T-3:only"
    assert resolved.design == resolve("base+T-2:every=30s+T-1:B+T-3").design


def test_an_added_step_stands_beside_its_neighbour_even_if_that_is_removed() -> None:
    """A part that another ticket removed still says where its neighbours go."""
    steps = resolve("base+T-2+T-1:B").tree["endpoints"]["ping"]["steps"]
    assert list(steps) == ["user", "pause", "make", "live"]
    assert list(resolve("base+T-2").tree["endpoints"]["ping"]["steps"])[:3] == ["user", "reg", "pause"]


def test_edits_of_superseded_parts_are_dropped_and_reported() -> None:
    """Nothing is dropped in silence, and nothing is reported that was not dropped."""
    assert resolve("base+T-2+T-1:B").dropped == (
        "T-2:A: set endpoints.ping.steps.reg.by is dropped; T-1:B supersedes it",
    )
    assert resolve("base+T-2+T-1:A").dropped == ()


def test_a_removed_part_is_missing_for_those_that_nobody_supersedes() -> None:
    """An edit of a part that is gone is an error with the ticket's file and line, unless it was superseded."""
    error = rule_of("base+T-3+T-4")
    assert error.rule == "missing-path"
    assert error.place is not None
    assert error.place.file.endswith("T-4.yaml")
    assert error.place.line == 7


def test_parameters_take_the_place_of_their_names() -> None:
    """A whole value keeps its type and its source; inside a text it is written in."""
    resolved = resolve("base+T-2")
    assert resolved.tree["clients"]["viewer"]["loops"]["ping"]["every"] == "20s"
    assert resolved.tree["endpoints"]["ping"]["steps"]["pause"]["delay"] == "uniform(20s, 100s)"
    assert "clients.viewer.loops.ping.every" in {number.path for number in resolved.guesses}
    chosen = resolve("base+T-2:every=30s")
    assert chosen.tree["clients"]["viewer"]["loops"]["ping"]["every"] == "30s"
    assert "clients.viewer.loops.ping.every" not in {number.path for number in chosen.guesses}


def test_defaults_are_left_out_of_the_canonical_name() -> None:
    """20s and 20000ms are the default: the name does not mention them; the option is always named."""
    assert resolve("base+T-2:A:every=20000ms").expression == "base+T-2:A"
    assert resolve("base+T-1").expression == "base+T-1:A"


def test_a_design_of_a_base_and_tickets_takes_more() -> None:
    """A based design is its base with its tickets, under its own title; more may be typed."""
    done = resolve("done")
    assert done.design.title == "done"
    assert done.expression == "done"
    assert {**done.tree, "title": ""} == {**resolve("base+T-1:B").tree, "title": ""}
    assert resolve("done+T-2").tree["endpoints"] == resolve("base+T-1:B+T-2").tree["endpoints"]
    assert resolve("done+T-2").expression == "done+T-2:A"


def test_set_values_come_last_and_may_name_unwritten_fields() -> None:
    """They win over tickets; a field that the grammar knows needs not be written yet."""
    resolved = resolve("base+T-2", "clients.viewer.loops.ping.every=7s", "platform.functions.region=near")
    assert resolved.tree["clients"]["viewer"]["loops"]["ping"]["every"] == "7s"
    assert resolved.design.platform.functions.region == "near"
    assert resolved.sets == ("clients.viewer.loops.ping.every=7s", "platform.functions.region=near")


def test_a_set_list_and_an_item_of_it() -> None:
    """Lists of scalars can be set whole or by position."""
    path = "endpoints.ping.steps.reg.columns"
    assert resolve("base", f"{path}=[w, u]").tree["endpoints"]["ping"]["steps"]["reg"]["columns"] == ["w", "u"]
    assert resolve("base", f"{path}.0=w").tree["endpoints"]["ping"]["steps"]["reg"]["columns"] == ["w"]


@pytest.mark.parametrize(
    "expression, sets, rule, words",
    [
        ("", (), "bad-expression", "names no design"),
        ("bse", (), "unknown-design", "did you mean base"),
        ("base+", (), "bad-expression", "names no ticket"),
        ("base+T-1:A:B", (), "bad-expression", "names no ticket"),
        ("base+T-11", (), "unknown-ticket", "did you mean T-1"),
        ("base+T-1:Z", (), "unknown-option", "write one of A, B"),
        ("base+T-5", (), "option-needed", "T-5:one (first), T-5:two (second)"),
        ("base+T-1:A+T-1:B", (), "ticket-excludes", "two options of one ticket"),
        ("base+T-3+T-1:A", (), "ticket-excludes", "T-3:only cannot stand beside T-1:A"),
        ("base+T-5:one", (), "ticket-requires", "add +T-1:B"),
        ("base+T-2:evry=20s", (), "unknown-parameter", "did you mean every"),
        ("base+T-2:every=20", (), "bad-parameter", "20s"),
        ("base+T-2:every=1s", (), "parameter-range", "at least 5s"),
        ("base+T-2:every=20s+T-2:every=30s", (), "ticket-twice", ""),
        ("base", ("x",), "bad-set", "path=value"),
        ("base", ("clients.viewr.tabs=1",), "missing-path", "did you mean viewer"),
        ("base", ("clients.viewer.loops.ping.evry=1s",), "missing-path", "did you mean every"),
        ("base", ("clients.viewer.loops.ping=1s",), "not-a-leaf", "clients.viewer.loops.ping.call"),
        ("base", ("title={a: 1}",), "bad-set", "no scalar"),
        ("base", ("title=[",), "bad-yaml", ""),
        ("base", ("clients.viewer.loops.ping.every=5",), "bare-number", "--set clients.viewer.loops.ping.every"),
        ("base", ("endpoints.ping.steps.reg.select=rags",), "unknown-table", "--set endpoints.ping.steps.reg.select"),
        ("base", ("platform.project.like=cloud/sizes/lrge",), "unknown-preset", "did you mean large"),
    ],
)
def test_what_cannot_stand_says_why(expression: str, sets: tuple[str, ...], rule: str, words: str) -> None:
    """Each slip ends with its rule and with what to write instead."""
    error = rule_of(expression, *sets)
    assert error.rule == rule, str(error)
    assert words in str(error)


def test_errors_in_parts_from_tickets_name_the_ticket(tmp_path: Path) -> None:
    """A part knows the file and line that it came from."""
    tickets = tmp_path / "models" / "demo" / "tickets"
    tickets.mkdir(parents=True)
    (tmp_path / "models" / "demo" / "base.yaml").write_text("format: 1\nendpoints: {a: {steps: {b: {delay: 1ms}}}}\n")
    (tickets / "X.yaml").write_text(
        "format: 1\nticket: X\norder: 1\noptions:\n  A:\n    edits:\n"
        "      - add: endpoints.a.steps.c\n        with:\n          select: nowhere\n          errors: {409: 3}\n"
    )
    with pytest.raises(ModelErrors) as caught:
        resolve_design("base+X", root=tmp_path)
    (error,) = caught.value.errors
    assert (error.rule, error.place and error.place.line) == ("bad-errors", 10)
    assert error.place is not None
    assert error.place.file.endswith("X.yaml")


def test_tickets_of_a_design_are_listed_in_canonical_order() -> None:
    """The order of a ticket decides, then its id."""
    assert [ticket.ticket for ticket in tickets_of("done", root=ROOT)] == ["T-2", "T-1", "T-3", "T-4", "T-5"]


def test_scenarios_by_short_name_name_and_path() -> None:
    """s1, s1_evening and the file itself are one scenario."""
    by_short = resolve_scenario("s1", root=ROOT)
    assert by_short.name == "s1_evening"
    assert resolve_scenario("s1_evening", root=ROOT) == by_short
    assert resolve_scenario(str(ROOT / "experiments" / "s1_evening.yaml"), root=ROOT) == by_short
    assert resolve_scenario("s1", sets=["clients.viewer.people=20"], root=ROOT).scenario.clients["viewer"].people == 20


def test_unknown_scenario_lists_the_names() -> None:
    """Whoever mistypes sees what there is."""
    with pytest.raises(ModelError, match="write one of s1_evening") as caught:
        resolve_scenario("s2", root=ROOT)
    assert caught.value.rule == "unknown-scenario"


def test_a_preset_made_of_itself_is_refused(tmp_path: Path) -> None:
    """A circle of presets is an error that names the circle."""
    (tmp_path / "models" / "platforms").mkdir(parents=True)
    (tmp_path / "models" / "platforms" / "p.yaml").write_text("a: {like: p/b}\nb: {like: p/a}\n")
    path = tmp_path / "d.yaml"
    path.write_text("format: 1\nplatform: {like: p/a}\nendpoints: {a: {steps: {b: {delay: 1ms}}}}\n")
    with pytest.raises(ModelError, match="p/a -> p/b -> p/a") as caught:
        resolve_design(str(path), root=tmp_path)
    assert caught.value.rule == "preset-cycle"
