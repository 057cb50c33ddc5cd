"""Checks in every form: tables, JSON, JUnit XML that its schema takes, annotations and summary of GitHub."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from rich.console import Console

from eventlive_sim.report import github
from eventlive_sim.report.checks import check_document, check_tables
from eventlive_sim.report.document import text_of
from eventlive_sim.report.junit import junit_text
from eventlive_sim.stats.intervals import Interval
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.baseline import Regression
from eventlive_sim.study.evidence import Evidence
from eventlive_sim.study.gate import gate
from eventlive_sim.study.run import unstarted
from tests.study.small import BAR, EVENING, changed, resolved

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[1] / "files" / "junit.xsd")
BUDGETS = {
    "calls": ["count<10", "count==10", {"threshold": "rate<0.5", "severity": "warn"}],
    "call_duration": ["p(95)<500"],
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """A check with a budget of every verdict, and a regression."""
    folder = tmp_path_factory.mktemp("check")
    world = changed(EVENING, budgets=BUDGETS, gate={"looks": [20]}, title="50 %, [odd] <title>")
    (checked,) = gate([unstarted(*resolved(folder, BAR, world))], workers=1)
    worse = Regression("calls: count<10", 5.0, 10.0, Interval(4.0, 5.0, 6.0, 0.99), True, 20)
    return Evidence(checked, (worse,))


def text_of_tables(found: Evidence) -> str:
    console = Console(file=StringIO(), width=200, no_color=True)
    for table in check_tables(found):
        console.print(table)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_fixture_has_every_verdict(found: Evidence) -> None:
    """Or the tests below show less than they say."""
    assert [row.verdict for row in found.checked.rows] == ["FAIL", "UNDECIDED", "FAIL", "FAIL", "PASS"]


def test_failures_come_first_in_the_table(found: Evidence) -> None:
    """Then what is undecided; why stands beside it, and what was run below."""
    text = text_of_tables(found)
    marks = re.findall(r"^│ (FAIL|PASS|UNDECIDED)", text, re.MULTILINE)
    assert marks == ["FAIL", "FAIL", "FAIL", "UNDECIDED", "PASS"]
    assert "FAIL (warn)" in text
    assert "insufficient data: 10 of 300 samples" in text
    assert "20 of 20 events break it" in text
    assert "seed 1, 20 replications" in text
    assert "REGRESSED" in text


def test_the_document_holds_what_a_verdict_rests_on(found: Evidence) -> None:
    """Values, bounds, margins, lines and what would decide; the same bytes twice."""
    document = check_document([found])
    (check,) = document["checks"]
    assert (document["result"], check["verdict"]) == ("stop the deployment", "FAIL")
    first, second, _, fourth, _ = check["budgets"]
    assert first["values"] == [10] * 20
    assert (first["value"], first["margin"], first["broken"]) == (10, 0, 20)
    assert (second["verdict"], second["replications_needed"]) == ("UNDECIDED", 90)
    assert fourth["value"] is None
    assert text_of(document) == text_of(check_document([found]))


@pytest.mark.parametrize(("undecided", "tag"), [("", "error"), ("fail", "failure"), ("warn", "skipped")])
def test_junit_is_as_its_schema_says(found: Evidence, undecided: str, tag: str) -> None:
    """A suite a scenario, a case a budget; the undecided one is what the policy makes of it."""
    text = junit_text([found, found], undecided)
    SCHEMA.validate(text)
    root = ET.fromstring(text)  # noqa: S314 - we wrote it
    cases = root[0].findall("testcase")
    assert len(cases) == 6
    assert [child.tag for case in cases for child in case] == ["failure", tag, "system-out", "failure", "failure"]
    assert int(root.get("tests", "0")) == 12
    assert int(root.get("failures", "0")) == 2 * (3 + (tag == "failure"))


def test_a_document_that_is_no_junit_is_refused() -> None:
    """The schema looks."""
    with pytest.raises(xmlschema.XMLSchemaException):
        SCHEMA.validate("<testsuites><testcase name='a'/></testsuites>")


def test_annotations_are_commands_of_github(found: Evidence) -> None:
    """Level, file, title, message: escaped, the worst first, at most ten."""
    lines = github.notes([found])
    pattern = re.compile(r"::(error|warning) file=[^:,]+\.yaml(,line=\d+)?,title=[^:,]+::[^\r\n]+")
    assert all(pattern.fullmatch(line) for line in lines)
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 3 + ["::warning"] * 2
    assert "count<10: it was 5 and is 10" in lines[0]
    many = [found] * 3
    assert len(github.notes(many, "fail")) <= github.ANNOTATIONS_MOST


def test_a_line_marks_the_budget(tmp_path: Path) -> None:
    """The annotation stands where the threshold is written."""
    text = "format: 1\nduration: 11s\nbins: 500ms\nclients:\n  guest: {people: 1}\nbudgets:\n  calls: ['count<10']\n"
    design, _ = resolved(tmp_path, BAR, EVENING)
    (tmp_path / "lines.yaml").write_text(text)
    from eventlive_sim.model.resolve import resolve_scenario

    (checked,) = gate([unstarted(design, resolve_scenario(str(tmp_path / "lines.yaml")))], most=3, workers=1)
    (line,) = (one for one in github.notes([Evidence(checked)]) if one.startswith("::error"))
    assert ",line=7," in line


def test_text_cannot_end_a_command() -> None:
    """Percent, line ends, colons and commas are written as GitHub reads them."""
    assert github._data("50 %\r\n::error::x") == "50 %25%0D%0A::error::x"
    assert github._property("a:b,c\n") == "a%3Ab%2Cc%0A"


def test_the_summary_is_markdown_of_limited_size(found: Evidence) -> None:
    """A row a budget, nothing that Markdown takes for its own; never over 1 MiB, and it says what it cut."""
    text = github.summary([found])
    rows = [line for line in text.splitlines() if line.startswith("| ❌")]
    assert len(rows) == 3
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)
    assert "calls: count&lt;10" in text
    assert "**Worse than the baseline:**" in text
    many: Sequence[Evidence] = [found] * 1_500
    cut = github.summary(many)
    assert len(cut.encode()) <= github.SUMMARY_BYTES_MAX
    assert cut.endswith("a summary holds 1 MiB.\n")


def test_a_pass_says_nothing_on_github(tmp_path: Path) -> None:
    """No annotation where there is nothing to do."""
    world = changed(EVENING, budgets={"calls": ["count==10"]}, gate={"looks": [3], "risk": 0.9})
    (checked,) = gate([unstarted(*resolved(tmp_path, BAR, world))], workers=1)
    assert checked.verdict is Verdict.PASS
    assert github.notes([Evidence(checked)]) == []
