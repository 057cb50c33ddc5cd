"""The page by AppTest: it renders, a slider moves a number, errors are told, a run ends in a table and a chart."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventlive_sim.app.jobs import JobManager
from eventlive_sim.app.work import Request, compared
from eventlive_sim.cli import app

ROOT = Path(__file__).parents[2]
SMALL = ("clients.participant.people=5", "clients.admin.people=1", "duration=10m", "windows.steady=[2m, 10m]")


@pytest.fixture
def page() -> AppTest:
    """The page as a visitor first sees it."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def test_the_page_says_what_to_do(page: AppTest) -> None:
    """Nothing is simulated until somebody presses Run."""
    assert not page.exception
    assert page.title[0].value == "Two designs, one event"
    assert "press Run" in page.info[0].value


def test_both_designs_and_a_scenario_are_picked(page: AppTest) -> None:
    """The designs that ship are offered, the broken one first."""
    assert (page.text_input(key="one").value, page.text_input(key="other").value) == ("before", "after")
    assert page.selectbox(key="scenario").options


def test_intervals_come_from_the_design(page: AppTest) -> None:
    """Each loop with a fixed interval has a slider at its own value; a ticket moves it."""
    assert page.slider(key="every_participant_ping_120").value == 120
    page.text_input(key="other").set_value("before").run()
    assert page.slider(key="every_admin_stats_5").value == 5


def test_a_wrong_design_is_told_without_a_traceback(page: AppTest) -> None:
    """The message names what there is; no exception is shown."""
    page.text_input(key="one").set_value("beforr").run()
    assert not page.exception
    assert page.error
    assert "before" in page.text[0].value


def test_a_run_ends_in_a_table_and_a_chart(page: AppTest) -> None:
    """Five people, a run in its own process: a verdict, four numbers, a table, a chart, the command."""
    page.slider(key="people_participant").set_value(5)
    page.slider(key="people_admin").set_value(1)
    page.button(key="run").click().run()
    deadline = time.monotonic() + 50
    while not page.subheader and time.monotonic() < deadline:
        time.sleep(0.5)
        page.run()
    assert not page.exception
    assert "times fewer" in page.subheader[0].value
    assert len(page.metric) == 4
    assert "database queries a minute" in set(page.dataframe[0].value["figure"])
    assert page.get("echarts_chart")
    assert "eventlive-sim compare before after" in page.code[0].value


def test_an_interval_moves_the_load() -> None:
    """Twice the interval, about half the pings: the number on the page follows the slider."""
    slow = Request("before", "before", "s1", ("clients.participant.loops.ping.every=240s",), SMALL)
    table = compared(slow).table.set_index("figure")
    pings = table.loc["presence_ping: calls"]
    assert pings["before (tuned)"] < 0.7 * pings["before"]


def test_a_job_can_be_cancelled() -> None:
    """A cancelled job is over at once, and the next in line starts."""
    jobs = JobManager(slots=1)
    long = jobs.submit(Request("before", "after", "s1"))
    short = jobs.submit(Request("after", "after", "s1", (), SMALL))
    assert short.state == "waiting"
    jobs.cancel(long)
    assert long.state == "cancelled"
    deadline = time.monotonic() + 50
    while not short.over and time.monotonic() < deadline:
        time.sleep(0.1)
    assert short.state == "done", short.error


def test_a_wrong_request_fails_with_its_message() -> None:
    """What the model refuses reaches the page as text."""
    jobs = JobManager(slots=1)
    job = jobs.submit(Request("nonsense", "after", "s1"))
    deadline = time.monotonic() + 50
    while not job.over and time.monotonic() < deadline:
        time.sleep(0.1)
    assert job.state == "failed"
    assert "nonsense" in job.error


def test_the_command_gives_the_figures_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """With an interval of B alone moved, the second command prints what the page shows of B."""
    request = Request("before", "after", "s1", ("clients.participant.loops.ping.every=240s",), SMALL)
    first, second = request.command.splitlines()
    assert "every=240s" not in first
    with pytest.raises(SystemExit) as left:
        app([*shlex.split(second)[1:], "--quiet", "--json", "-"])
    assert left.value.code == 0
    samples = json.loads(capsys.readouterr().out)["replications"][0]["metrics"]
    pings = sum(
        sample["values"]["count"]
        for sample in samples
        if sample["name"] == "attempts" and sample["window"] == "all" and sample["tags"]["endpoint"] == "presence_ping"
    )
    table = compared(request).table.set_index("figure")
    assert table.loc["presence_ping: calls", "after (tuned)"] == pings > 0
