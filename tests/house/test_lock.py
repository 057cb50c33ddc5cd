"""The lock names versions and hashes and no place to get them from; neither does any other file."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from tests.house.source import ROOT

LOCK = ROOT / "requirements.lock"
# Put together from halves, so that this file does not hold what it looks for.
HOSTS = [
    "pypi" + r"\.org",
    "python" + r"hosted\.org",
    "ana" + r"conda\.(?:org|com)",
    "npm" + r"js\.(?:org|com)",
    "jfrog" + r"\.io",
    "--(?:extra-)?index" + "-url ",
    "--find" + "-links ",
]


def tracked_files() -> list[str]:
    """Files that git knows or would take: what somebody else would get."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def normal(requirement: str) -> str:
    """Name of a requirement as an index writes it."""
    name = re.split(r"[\s\[<>=;~!]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_lock_holds_no_address():
    """The lock installs from whatever index a machine is set up with."""
    text = LOCK.read_text(encoding="utf-8")
    assert len(locked()) > 20
    assert re.findall(r"\w+://\S*| @ \S+|^-.*$", text, flags=re.MULTILINE) == []


def test_each_locked_release_has_hashes():
    """Nothing is installed that was not seen when the lock was made."""
    entries = re.split(r"\n(?=[a-z0-9])", LOCK.read_text(encoding="utf-8"))[1:]
    assert len(entries) >= len(locked())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_lock_covers_what_the_project_asks_for():
    """After a change of dependencies somebody has run scripts/lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = {normal(line) for line in [*project["dependencies"], *extras["app"], *extras["dev"]]}
    assert asked - locked() == set(), "run scripts/lock"


def test_no_file_names_a_registry_host():
    """The repository says what it needs, never where a machine gets it."""
    files = tracked_files()
    assert "requirements.lock" in files
    found = [f"{name}: {hit}" for name in files for hit in hosts_in((ROOT / name).read_bytes())]
    assert found == []


def hosts_in(content: bytes) -> list[str]:
    return [hit.decode() for hit in re.findall("|".join(HOSTS).encode(), content)]


def test_host_is_found():
    """The pattern finds what it is for."""
    assert hosts_in(b"see https://" + b"py" + b"pi.org/simple")
