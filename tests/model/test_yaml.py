"""The loader takes YAML 1.2, keeps lines, and refuses what could surprise its reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlive_sim.errors import ModelError
from eventlive_sim.model.yaml import BYTES_MAX, load, scalar


@pytest.mark.parametrize(
    "text, value",
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("-0", 0),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("0-1", "0-1"),
        ("3ms", "3ms"),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    """What YAML 1.1 read as dates, sexagesimals or truth stays text."""
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_are_text() -> None:
    """Quotes make text of anything."""
    assert load("a: '1'\nb: \"true\"\nc: |\n  2\n").data == {"a": "1", "b": "true", "c": "2\n"}


def test_whole_numbers_as_keys_become_text() -> None:
    """A map of statuses has text as its keys, however they are written."""
    assert load("409: a\n'500': b\n").data == {"409": "a", "500": "b"}


def test_places_are_the_lines_of_names() -> None:
    """A named part is on the line of its name, an item of a list where it begins."""
    places = load("# remark\na:\n  b:\n    - 1\n    - c: 2\n").places
    assert places == {(): 2, ("a",): 2, ("a", "b"): 3, ("a", "b", 0): 4, ("a", "b", 1): 5, ("a", "b", 1, "c"): 5}


def test_order_of_keys_is_kept() -> None:
    """Steps are taken in the order in which they are written."""
    assert list(load("z: 1\na: 2\nm: 3\n").data) == ["z", "a", "m"]


def test_a_byte_order_mark_and_windows_lines_are_taken(tmp_path: Path) -> None:
    """Files saved by Windows editors are read, with the right lines."""
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = load(path)
    assert document.data == {"a": 1, "b": 2}
    assert document.places["b",] == 2


def test_64_levels_are_taken_and_65_refused() -> None:
    """The deepest nesting that is taken is 64."""
    load("[" * 64 + "]" * 64)
    with pytest.raises(ModelError) as caught:
        load("[" * 65 + "]" * 65)
    assert caught.value.rule == "too-deep"


def test_a_mebibyte_is_taken_and_a_byte_more_refused(tmp_path: Path) -> None:
    """The largest file that is taken holds 1 MiB; a larger one is not even read whole."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"a: 1 #".ljust(BYTES_MAX, b"x"))
    assert load(path).data == {"a": 1}
    path.write_bytes(b"a: 1 #".ljust(BYTES_MAX + 1, b"x"))
    with pytest.raises(ModelError) as caught:
        load(path)
    assert caught.value.rule == "too-large"


@pytest.mark.parametrize("name, rule", [("nowhere.yaml", "no-such-file"), (".", "unreadable-file")])
def test_files_that_cannot_be_read(name: str, rule: str, tmp_path: Path) -> None:
    """A missing file and a folder are errors of what was put in."""
    with pytest.raises(ModelError) as caught:
        load(tmp_path / name)
    assert caught.value.rule == rule


def test_a_name_stands_for_the_file_in_messages() -> None:
    """Text from elsewhere is called what its giver calls it."""
    with pytest.raises(ModelError, match=r"^the editor:2: b: &x is an anchor; .* \[anchor\]$"):
        load("a: 1\nb: &x 1\n", "the editor")
