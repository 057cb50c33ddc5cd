"""Every file that ships is valid by the schema of its kind, and slips are underlined as the loader refuses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from eventlive_sim.errors import EventLiveError
from eventlive_sim.model.checklist import CHECKLIST_FILE, read_checklist
from eventlive_sim.model.order import ORDER_FILE, read_order
from eventlive_sim.model.prices import PRICES, read_prices
from eventlive_sim.model.schema import schemas
from eventlive_sim.model.yaml import dump, load

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
SHIPPED = sorted(path for folder in ("models", "experiments") for path in (ROOT / folder).rglob("*.yaml"))
BESIDE = {CHECKLIST_FILE: "checklist", ORDER_FILE: "order", PRICES: "prices", "schema.yaml": "included"}


SCHEMAS = schemas()


def kind_of(path: Path) -> str | None:
    """Schema of a file by its place; presets are parts of any shape, and have none."""
    if path.name in BESIDE:
        return BESIDE[path.name]
    if "experiments" in path.parts:
        return "scenario"
    if path.parent.name == "platforms":
        return None
    return "ticket" if path.parent.name == "tickets" else "design"


def underlined(kind: str, tree: Any) -> list[str]:
    """What an editor complains of."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[f"{kind}.json"])
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in validator.iter_errors(tree)]


@pytest.mark.parametrize("path", [path for path in SHIPPED if kind_of(path)], ids=lambda path: path.name)
def test_nothing_is_underlined_in_what_ships(path: Path) -> None:
    """Checklist, order of work, prices, parts, designs, tickets, scenarios."""
    assert underlined(str(kind_of(path)), load(path).data) == []


def read(kind: str, tree: Any, folder: Path) -> None:
    """Read a tree as the loader reads a file of its kind."""
    places = {
        "checklist": folder / CHECKLIST_FILE,
        "order": folder / ORDER_FILE,
        "prices": folder / "models" / "platforms" / PRICES,
    }
    places[kind].parent.mkdir(parents=True, exist_ok=True)
    places[kind].write_text(dump(tree), encoding="utf-8")
    if kind == "checklist":
        read_checklist(places[kind])
    elif kind == "order":
        read_order(places[kind])
    else:
        read_prices(folder)


def slipped(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A tree with another value at a path; None takes what is there away."""
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    if len(path) > 1:
        copy[path[0]] = slipped(copy[path[0]], path[1:], value)
    elif value is None:
        del copy[path[0]]
    else:
        copy[path[0]] = value
    return copy


LINES = ("lines", "failed_read")


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("checklist", ("format",), 2),
        ("checklist", ("lines",), {}),
        ("checklist", ("line",), {}),
        ("checklist", (*LINES, "says"), None),
        ("checklist", (*LINES, "shown"), []),
        ("checklist", (*LINES, "shown", 0, "in"), 3),
        ("checklist", (*LINES, "shown", 0, "sets"), {}),
        ("checklist", (*LINES, "shown", 1, "never", 0, "follows"), "reads"),
        ("checklist", (*LINES, "shown", 0, "budgets", "calls"), []),
        ("order", ("title",), None),
        ("order", ("stages",), []),
        ("order", ("stages", 0, "tickets"), []),
        ("order", ("stages", 0, "tickets", 0), 5),
        ("order", ("stages", 0, "ticket"), ["1-1"]),
        ("prices", ("hours_month",), 0),
        ("prices", ("project", "plans", "pro", "beyond"), "free"),
        ("prices", ("project", "plans", "pro", "source"), None),
        ("prices", ("bytes", "query"), "many"),
    ],
)
def test_a_slip_is_underlined_and_refused(kind: str, path: tuple[Any, ...], value: Any, tmp_path: Path) -> None:
    """The editor and the loader say no to the same."""
    names = {
        "checklist": "eventlive/checklist.yaml",
        "order": "eventlive/order.yaml",
        "prices": "platforms/prices.yaml",
    }
    tree = slipped(load(MODELS / names[kind]).data, path, value)
    assert underlined(kind, tree)
    with pytest.raises(EventLiveError):
        read(kind, tree, tmp_path)
