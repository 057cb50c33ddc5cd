"""Whatever is put in, only errors that a person can act on come out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventlive_sim.errors import ModelError, ModelErrors
from eventlive_sim.model.complaints import validated
from eventlive_sim.model.design import Design
from eventlive_sim.model.lint import lint
from eventlive_sim.model.nodes import grown
from eventlive_sim.model.resolve import explicit, resolve_design, resolve_scenario
from eventlive_sim.model.scenario import Scenario
from eventlive_sim.model.sourced import unwrap
from eventlive_sim.model.ticket import Ticket
from eventlive_sim.model.yaml import dump, load

FILES = Path(__file__).parents[1] / "files"
PROJECT = FILES / "project"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted((FILES / "valid").glob("*.yaml"))]
TREES = [load(text).data for text in TEXTS]
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["1ms", "uniform(1ms, 2ms)", "exp(0s)", "lognormal(mean=1s, cv=)", "missing", "ignored", "$x", "1e9h"]
    ),
)
KEYS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["value", "source", "guess", "range", "like", "when", "errors", "steps", "any", "not", "select", "409"]
    ),
)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@contextlib.contextmanager
def only_model_errors() -> Any:
    """Let errors of what was put in pass; each has a rule, a problem and a remedy on one line."""
    try:
        yield
    except ModelErrors as errors:
        helpful(errors.errors)
    except ModelError as error:
        helpful([error])


def helpful(errors: Sequence[ModelError]) -> None:
    """Check that errors say what a person needs."""
    assert errors
    for error in errors:
        assert error.rule
        assert error.problem
        assert error.remedy
        assert "\n" not in str(error)


def judge(tree: Any) -> None:
    """Validate a tree as each kind of file; what is valid is also linted, and read back from its twin."""
    for model in (Design, Scenario, Ticket):
        with only_model_errors():
            read = validated(model, unwrap(grown(tree, "fuzz", 1))[0])
            if not isinstance(read, Ticket):
                assert type(read).model_validate(explicit(read)) == read
            if isinstance(read, Design):
                lint(read)


@FUZZ
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """Any text is a document or an error."""
    with only_model_errors():
        assert load(text).node.line >= 0


@FUZZ
@given(st.text(alphabet="ab:1 -\n\t{}[],'\"#&*!|>%@`?<~.\\", max_size=40))
def test_any_text_of_marks(text: str) -> None:
    """Texts of YAML's own marks reach the corners of the scanner."""
    with only_model_errors():
        assert () in load(text).places


@FUZZ
@given(st.binary(max_size=60))
def test_any_bytes(tmp_path: Path, raw: bytes) -> None:
    """Any file is a design or an error, through the whole resolver."""
    path = tmp_path / "any.yaml"
    path.write_bytes(raw)
    with only_model_errors():
        resolve_design(str(path), root=PROJECT)


@FUZZ
@given(st.sampled_from(TEXTS), st.integers(0, 3000), st.integers(0, 12), st.text(max_size=6))
def test_text_of_a_valid_file_cut_and_pasted(tmp_path: Path, text: str, start: int, length: int, put: str) -> None:
    """A slip of the pen in a valid file is an error, or makes another valid file."""
    path = tmp_path / "slip.yaml"
    with contextlib.suppress(UnicodeEncodeError):
        path.write_text(text[:start] + put + text[start + length :], encoding="utf-8")
    if path.is_file():
        for resolve in (resolve_design, resolve_scenario):
            with only_model_errors():
                resolve(str(path), root=PROJECT)


@FUZZ
@given(st.data())
def test_tree_of_a_valid_file_with_a_part_changed(data: st.DataObject) -> None:
    """Any value in the place of any part of a valid file."""
    tree = data.draw(st.sampled_from(TREES))
    judge(_changed(tree, data))


def _changed(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        if not data.draw(st.integers(0, 6)):
            return {other: item for other, item in value.items() if other != key}
        return {**value, key: _changed(value[key], data)}
    return data.draw(DATA)


@FUZZ
@given(DATA)
def test_any_tree(tree: Any) -> None:
    """Any tree is refused with errors that name a place."""
    judge(tree)


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=8)
SAYABLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTABLE, inner, max_size=3),
)


@FUZZ
@given(st.dictionaries(PRINTABLE, SAYABLE, min_size=1, max_size=3))
def test_what_is_dumped_is_loaded_as_the_same(tree: dict[str, Any]) -> None:
    """Dumping and loading are inverse for printable text, numbers, truth and nothing."""
    assert load(dump(tree)).data == tree


@FUZZ
@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=2))
def test_any_expression(expression: str, sets: list[str]) -> None:
    """Whatever is typed for a design names one, or is an error."""
    with only_model_errors():
        resolve_design(expression, sets=sets, root=PROJECT)


@FUZZ
@given(
    st.lists(
        st.sampled_from(["T-1", "T-1:B", "T-2", "T-2:every=30s", "T-3", "T-4", "T-5:two", "T-2:every=9"]), max_size=4
    ),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "platform.project.like",
                    "platform.project.postgres.cores",
                    "endpoints.ping.steps.reg.columns.0",
                    "endpoints.ping.steps.live",
                    "clients.viewer.tabs.1",
                    "clients.viewer.loops.ping.every",
                    "format",
                    "platform.functions.idle.x",
                ]
            ),
            st.one_of(st.text(max_size=6), st.sampled_from(["1", "2s", "cloud/sizes/large", "[a, b]", "{value: 3}"])),
        ),
        max_size=3,
    ),
)
def test_any_choice_of_tickets_and_set_values(choices: list[str], sets: list[tuple[str, str]]) -> None:
    """Any tickets and any values at known paths resolve, or say why not."""
    with only_model_errors():
        resolve_design("+".join(["base", *choices]), sets=[f"{path}={value}" for path, value in sets], root=PROJECT)


@pytest.mark.parametrize(
    "text", ["%", "a: \x85", "? ", "- - -\n -", "&", "!<", "|", ">-\n\t", "'\n---\n'", "a: |9\n  b", "\ufeff\ufeff"]
)
def test_corners_that_the_scanner_once_let_through(text: str) -> None:
    """Texts that make parsers raise what is no error of theirs."""
    with only_model_errors():
        load(text)


@pytest.mark.parametrize(
    "tree", [{"\n": None}, {"format": 1, "endpoints": {"a\tb": 3}}, {"format": 1, "a\u2028": "\r"}]
)
def test_names_that_cannot_be_printed_stay_on_one_line(tree: Any) -> None:
    """A name with a line break in it does not break the message in two."""
    judge(tree)
