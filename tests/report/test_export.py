"""Settings to take to production: what is in the file is what was tuned, and it can be read back."""

from __future__ import annotations

import json
import shlex

import pytest

from eventlive_sim.cli import app
from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import resolve_design
from eventlive_sim.report.export import export, settings_of, variable

PING = "clients.participant.loops.ping.every"


@pytest.fixture(scope="module")
def tuned():
    return settings_of(resolve_design("before+5-1:interval=15s", sets=[f"{PING}=90s"]), resolve_design("before"))


def test_settings_are_what_differs(tuned):
    """Two intervals were set otherwise, and nothing else."""
    assert tuned.values == {PING: "90s", "clients.admin.loops.stats.every": "15s"}
    assert tuned.code == []


def test_code_is_told_as_code():
    """A ticket that changes steps brings no setting, and the endpoint is named."""
    found = settings_of(resolve_design("before+0-1:A"), resolve_design("before"))
    assert found.values == {}
    assert "endpoints.presence_ping" in found.code
    assert "# code, not a setting: endpoints.presence_ping" in export(found, "env")


def test_json_sets_the_same_design_again(tuned):
    """Put back as --set, the settings make the design that they came from."""
    document = json.loads(export(tuned, "json"))
    sets = [f"{path}={value}" for path, value in document["settings"].items()]
    again = settings_of(resolve_design("before", sets=sets), resolve_design("before"))
    assert again.values == tuned.values
    assert document["before"][PING] == "2m"


def test_env_is_read_by_a_shell(tuned):
    """Each line that is no comment is a name and one word."""
    lines = [line for line in export(tuned, "env").splitlines() if not line.startswith("#")]
    assert all(len(shlex.split(line)) == 1 for line in lines)
    assert f"{variable(PING)}=90s" in lines


def test_lists_and_quotes_survive():
    """A list is a list in JSON; a quote in a value ends no text of SQL."""
    found = settings_of(resolve_design("after"), resolve_design("before"))
    values = json.loads(export(found, "json"))["settings"]
    assert any(isinstance(value, list) for value in values.values())
    sql = export(found, "sql", table="config.settings")
    assert "insert into config.settings (key, value) values" in sql
    assert "on conflict (key) do update set value = excluded.value;" in sql
    statement = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    assert statement.count("'") % 2 == 0
    for line in statement.splitlines():
        if line.endswith((",", ")")) and "::jsonb" in line:
            json.loads(line.split("', '")[1].rsplit("'::jsonb", 1)[0].replace("''", "'"))


@pytest.mark.parametrize(("form", "table"), [("toml", "t"), ("sql", "t; drop table users"), ("sql", "")])
def test_what_is_no_form_or_table_is_refused(tuned, form: str, table: str):
    """Before anything is written."""
    with pytest.raises(ModelError):
        export(tuned, form, table=table)


def test_the_command_prints_it_with_a_verdict(capsys: pytest.CaptureFixture[str]):
    """The verdict of the gate stands in the head of the file."""
    asked = (
        "export after --base before --scenario s1 -n 2 --quiet --set clients.participant.people=10 --set duration=4m"
    )
    with pytest.raises(SystemExit) as left:
        app([*shlex.split(asked), "--set", "windows.steady=[2m, 4m]"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "# after" in said
    assert "in s1_entry: 9 budgets, 2 replications, seed 1" in said
    assert "CLIENTS_PARTICIPANT_LOOPS_CHAT_FALLBACK_EVERY=15s" in said
