"""What only a browser shows: the page is drawn, a run ends in a chart, nothing is fetched from outside."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ARTEFACTS = Path(os.environ.get("EVENTLIVE_ARTEFACTS", ROOT / "artefacts"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of the application on loopback, stopped afterwards."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_up(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not come up within a minute")


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    """The page in Debian's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium is not None, "there is no chromium on this machine; .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.goto(address)
        yield page
        browser.close()


def _idle(page: Page) -> None:
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=60_000)


def test_a_run_is_drawn(page: Page) -> None:
    """Ten people: a verdict, four numbers, a chart that is not empty, a table, and a screenshot to look at."""
    expect(page.get_by_role("heading", name="Two designs, one event")).to_be_visible(timeout=60_000)
    _idle(page)
    people = page.locator(".st-key-people_participant").get_by_role("slider")
    people.focus()
    people.press("Home")
    _idle(page)
    page.locator(".st-key-run").get_by_role("button").click()
    expect(page.get_by_role("heading", name="times fewer")).to_be_visible(timeout=120_000)
    expect(page.get_by_test_id("stMetric")).to_have_count(4)
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible(timeout=60_000)
    _idle(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "compare.png", full_page=True)
    assert page.get_by_text("Traceback").count() == 0


def test_a_wrong_design_is_told(page: Page) -> None:
    """A slip of the pen is answered with the names that there are."""
    box = page.locator(".st-key-one").get_by_role("textbox")
    box.fill("beforr")
    box.press("Enter")
    expect(page.get_by_text("there is no design called 'beforr'")).to_be_visible(timeout=60_000)
    page.screenshot(path=ARTEFACTS / "wrong.png")
