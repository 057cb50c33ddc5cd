"""Checks as JUnit XML, which every CI shows: a suite a scenario, a case a budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from eventlive_sim.report.checks import heading
from eventlive_sim.stats.verdicts import Verdict
from eventlive_sim.study.baseline import Regression
from eventlive_sim.study.evidence import Evidence
from eventlive_sim.study.gate import Checked, Row

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(evidence: Sequence[Evidence], undecided: str = "") -> str:
    """JUnit XML of checks.

    Parameters
    ----------
    evidence : sequence of Evidence
        Checked scenarios.
    undecided : str
        What an UNDECIDED is shown as: ``fail`` a failure, ``warn`` a skipped case, else an error.
    """
    root = ET.Element("testsuites", name="eventlive-sim")
    for one in evidence:
        root.append(_suite(one, undecided))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(evidence: Evidence, undecided: str) -> ET.Element:
    checked = evidence.checked
    suite = ET.Element("testsuite", name=_text(heading(checked)))
    properties = ET.SubElement(suite, "properties")
    facts = {
        "verdict": str(evidence.verdict),
        "result": str(evidence.result),
        "seed": str(checked.ground.seed),
        "replications": str(checked.replications),
        "program": checked.ground.program.digest,
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=_text(value))
    _add_rows(suite, checked, checked.ground.scenario.name, undecided)
    for one in evidence.regressions:
        _add_regression(suite, one, checked.ground.scenario.name)
    if evidence.robust is not None:
        _add_rows(suite, evidence.robust.checked, f"{checked.ground.scenario.name}.robust", undecided)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _add_rows(suite: ET.Element, checked: Checked, classname: str, undecided: str) -> None:
    for row in checked.rows:
        case = ET.SubElement(suite, "testcase", classname=_text(classname), name=_text(row.budget.name), time="0")
        tag = _tag(row, undecided)
        if tag:
            found = ET.SubElement(case, tag, message=_text(f"{row.verdict}: {row.why}"))
            if tag != "skipped":
                found.set("type", str(row.verdict))
        elif row.why or row.verdict is not Verdict.PASS:
            ET.SubElement(case, "system-out").text = _text(f"{row.verdict} ({row.budget.severity}): {row.why}")


def _tag(row: Row, undecided: str) -> str:
    if row.verdict is Verdict.PASS or row.budget.severity == "warn":
        return ""
    if row.verdict is Verdict.FAIL:
        return "failure"
    if not row.looked:
        return "skipped"  # something else failed before it was simulated
    return {"fail": "failure", "warn": "skipped"}.get(undecided, "error")


def _add_regression(suite: ET.Element, one: Regression, classname: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=_text(f"{classname}.baseline"), name=_text(one.name), time="0")
    if one.worse:
        told = f"it was {one.before:g} and is {one.after:g}"
        ET.SubElement(case, "failure", message=_text(told), type="REGRESSED")


def _text(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)
