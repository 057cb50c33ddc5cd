"""What only a browser shows: live redrawing, links, phone width, keyboard, themes, accessibility, no request to outside.

Screenshots are artefacts, in the folder EVENTLIVE_ARTEFACTS or one of pytest's own.
"""

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
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine; .ci/run installs it")
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
SMALL = "world=clients.participant.people%3D80&n=1"
PAGES = ("", "lab", "storms", "budgets", "planner", "model")
STREAMLIT_OWN = {
    "svg-img-alt",  # st.metric and icons of Streamlit draw pictures without a text
    "aria-allowed-attr",
    "button-name",  # the zoom and menu buttons of tables
    "scrollable-region-focusable",  # code blocks of Streamlit
}
"""Rules that Streamlit's own elements break; what the pages write is held to all others."""


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of screenshots."""
    named = os.environ.get("EVENTLIVE_ARTEFACTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the application on loopback, stopped afterwards."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    environment = {**os.environ, "EVENTLIVE_APP_HOME": str(tmp_path_factory.mktemp("home"))}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
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
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield launched
        launched.close()


def _open(browser: Browser, url: str, **options: Any) -> Page:
    size: dict[str, Any] = {"viewport": {"width": 1440, "height": 1300}}
    page = browser.new_context(**{**size, **options}).new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    _idle(page)
    return page


def _idle(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1, timeout=60_000)
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)


def _whole(page: Page, path: Path) -> None:
    """Screenshot of the whole page."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 1440
    page.set_viewport_size({"width": width, "height": min(height + 80, 4000)})
    page.wait_for_timeout(300)
    page.screenshot(path=path)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_clean_for_axe_and_asks_nothing_of_others(browser: Browser, address: str, artefacts: Path, name: str):
    """No violation of accessibility in the light theme, no request to another host, no error told."""
    outside: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 1300}, color_scheme="light")
    page = context.new_page()
    page.on("request", lambda request: outside.append(request.url))
    page.goto(f"{address}/{name}?lang=en&{SMALL}")
    _idle(page)
    _whole(page, artefacts / f"{name or 'incident'}_en_light.png")
    violations = [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in Axe().run(page).response["violations"]
        if one["id"] not in STREAMLIT_OWN
    ]
    assert violations == []
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in outside if not url.startswith(ours)] == []
    assert page.get_by_test_id("stException").count() == 0
    context.close()


def test_a_slider_by_keyboard_redraws_the_chart(browser: Browser, address: str):
    """Arrow keys move a knob; the chart's text changes, the address holds the value, and a reload brings it back."""
    page = _open(browser, f"{address}/lab?lang=en&{SMALL}")
    chart = page.locator(".st-key-lab_timeline [aria-label*=': ']").first
    before = chart.get_attribute("aria-label")
    assert before is not None
    slider = page.locator('[class*="st-key-k_clients_participant_loops_ping_every"]').get_by_role("slider")
    slider.focus()
    slider.press("ArrowLeft")
    expect(chart).not_to_have_attribute("aria-label", before, timeout=60_000)
    page.wait_for_url("**ping.every**")
    after = chart.get_attribute("aria-label")
    page.reload()
    _idle(page)
    expect(page.locator(".st-key-lab_timeline [aria-label*=': ']").first).to_have_attribute(
        "aria-label", after or "", timeout=60_000
    )


def test_the_setting_follows_from_page_to_page(browser: Browser, address: str):
    """A change in one page is there in the others, and in their addresses."""
    page = _open(browser, f"{address}/lab?lang=en&seed=5&{SMALL}")
    page.get_by_role("link", name="Budgets").click()
    page.wait_for_url("**/budgets**")
    _idle(page)
    page.wait_for_url("**seed=5**")
    expect(page.locator(".st-key-w_seed input")).to_have_value("5")


def test_phone_width_scrolls_one_way(browser: Browser, address: str, artefacts: Path):
    """At 390 px nothing sticks out at the side, and the verdict is on the first screen."""
    page = _open(browser, f"{address}/?lang=ko&{SMALL}", viewport={"width": 390, "height": 844}, has_touch=True)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844
    _whole(page, artefacts / "incident_ko_phone.png")


@pytest.mark.parametrize("name", PAGES)
def test_dark_and_korean_are_drawn(browser: Browser, address: str, artefacts: Path, name: str):
    """The dark theme follows the browser; the other language is there; a screenshot to look at."""
    page = _open(browser, f"{address}/{name}?lang=ko&{SMALL}", color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert sum(int(part) for part in dark.strip("rgba()").split(",")[:3]) < 120
    assert any("가" <= letter <= "힣" for letter in page.locator("h1").inner_text())
    _whole(page, artefacts / f"{name or 'incident'}_ko_dark.png")


def test_the_first_page_has_its_own_address_too(browser: Browser, address: str):
    """What people type: the name of the page that opens by itself."""
    page = _open(browser, f"{address}/incident?lang=en&{SMALL}")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_role("link", name="Incident")).to_have_count(1)


def test_a_cell_of_the_map_shows_its_event(browser: Browser, address: str, artefacts: Path):
    """A click on a cell of the map simulates that event; a click on another one, that."""
    page = _open(browser, f"{address}/storms?lang=en&s=s2_realtime_outage&{SMALL}")
    for field, text in (("storm_durations", "30s, 1m"), ("storm_sizes_outage", "0.5, 1")):
        asked = page.locator(f".st-key-{field} input")
        asked.fill(text)
        asked.press("Enter")
        _idle(page)
    page.get_by_role("button", name="Run", exact=True).click()
    drawn = page.locator(".st-key-storm_map canvas").first
    expect(drawn).to_be_visible(timeout=120_000)
    _idle(page)
    box = drawn.bounding_box()
    assert box is not None
    for across, down, event in ((0.35, 0.12, "outage of 0.5 for 30s"), (0.85, 0.3, "outage of 1 for 1m")):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        expect(page.get_by_role("heading", name=event)).to_be_visible()
    _idle(page)
    _whole(page, artefacts / "storms_map.png")


def test_markup_in_a_link_stays_text(browser: Browser, address: str):
    """An image in a name is not fetched, and the message says what was wrong."""
    fetched: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{address}/lab?lang=en&{SMALL}&b=![x](http://127.0.0.1:9/evil.png)<img src=http://127.0.0.1:9/e2.png>")
    _idle(page)
    expect(page.get_by_text("there is no design called")).to_be_visible()
    assert not any(":9/" in url for url in fetched if "/lab" not in url)
    context.close()


def test_hostile_yaml_leaves_others_alone(browser: Browser, address: str, tmp_path: Path):
    """An aliased file is refused with a message; a second visitor's page answers as before."""
    file = tmp_path / "bomb.yaml"
    file.write_text("a: &a [x]\nb: [*a, *a]\n", encoding="utf-8")
    page = _open(browser, f"{address}/lab?lang=en&{SMALL}")
    page.get_by_text("Files and links").click()
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_text("This file was not taken")).to_be_visible()
    other = _open(browser, f"{address}/lab?lang=en&{SMALL}")
    assert other.get_by_test_id("stException").count() == 0
    expect(other.locator("h1")).to_contain_text("after")
