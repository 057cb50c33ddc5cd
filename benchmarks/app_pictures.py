"""Pictures of docs/walks, taken in a real browser by doing what the walks say: python -m benchmarks.app_pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import ARGUMENTS, IDLE, ROOT, chromium, server

FOLDER = ROOT / "docs" / "walks" / "pictures"
LONG_MS = 600_000


class Walk:
    """A visitor with a camera."""

    def __init__(self, page: Page, address: str, folder: Path) -> None:
        self.page, self.address, self.folder = page, address, folder

    def open(self, path: str) -> None:
        """Go to a page of the application."""
        self.page.goto(f"{self.address}/{path}")
        self.idle()

    def idle(self) -> None:
        """Wait until the page is drawn and nothing is under way."""
        self.page.wait_for_selector("h1", timeout=LONG_MS)
        self.page.wait_for_selector(IDLE, timeout=LONG_MS)
        self.page.wait_for_function("document.querySelectorAll('[data-testid=stSkeleton]').length == 0")
        self.page.wait_for_timeout(500)

    def take(self, name: str, target: str = "") -> None:
        """Picture of what is on the screen, scrolled to an element."""
        if target:
            self.page.locator(target).first.scroll_into_view_if_needed()
            self.page.wait_for_timeout(400)
        self.page.screenshot(path=self.folder / f"{name}.png")
        print(self.folder / f"{name}.png", flush=True)

    def study(self, kind: str) -> None:
        """Press Run and wait for the result."""
        self.page.locator(f".st-key-run_{kind} button").click()
        self.page.wait_for_selector(f".st-key-take_{kind}", timeout=LONG_MS)
        self.idle()


def architect(walk: Walk) -> None:
    """What happened, which ticket buys it, and the settings to deploy."""
    walk.open("?lang=en")
    walk.take("architect-1-incident")
    walk.page.wait_for_function("!document.body.innerText.includes('steps simulated')", timeout=LONG_MS)
    walk.take("architect-2-flows", ".st-key-incident_flows")
    walk.take("architect-3-tickets", ".st-key-incident_waterfall")
    walk.open("lab?lang=en&b=before%2B0-1:A%2B1-1:B%2B1-2:both&n=4")
    walk.take("architect-4-lab")
    slider = walk.page.locator('[class*="st-key-k_clients_admin_loops_stats_every"]').get_by_role("slider")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
        walk.idle()
    walk.take("architect-5-turned")
    walk.page.get_by_text("Take it to production").click()
    walk.idle()
    walk.take("architect-6-production", ".st-key-take_export")


def owner(walk: Walk) -> None:
    """A gate that fails, which ticket turns it, one that passes, and the lines for CI."""
    walk.open("budgets?lang=en&b=before")
    walk.study("check")
    walk.take("owner-1-fails")
    walk.take("owner-2-turns", "text=Which ticket turns it")
    walk.open("budgets?lang=en")
    walk.study("check")
    walk.take("owner-3-passes")
    walk.page.get_by_role("tab", name="GitHub Actions").click()
    walk.idle()
    walk.page.get_by_role("tab", name="GitHub Actions").scroll_into_view_if_needed()
    walk.take("owner-4-ci")


def planner(walk: Walk) -> None:
    """Tonight's events in Korean, dark: go or not, and the run-sheet."""
    walk.open("planner?lang=ko&b=after")
    walk.take("planner-1-table")
    walk.study("plan")
    walk.take("planner-2-verdicts")
    walk.open("planner?lang=en&b=before%2B1-1:B%2B1-2:both")
    walk.study("plan")
    walk.take("planner-3-tune")
    walk.page.get_by_text("Run-sheet", exact=True).first.click()
    walk.idle()
    walk.take("planner-4-sheet", ".st-key-take_sheet")


def storms(walk: Walk) -> None:
    """The map of an outage."""
    walk.open("storms?lang=en&s=brownout")
    walk.study("storm")
    walk.take("architect-7-storms")


WALKS: dict[str, Callable[[Walk], None]] = {
    "architect": architect,
    "owner": owner,
    "planner": planner,
    "storms": storms,
}


def main() -> None:
    """Walk and take pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("walks", nargs="*", default=list(WALKS))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with server() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        for name in given.walks:
            scheme = "dark" if name == "planner" else "light"
            context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.set_default_timeout(LONG_MS)
            WALKS[name](Walk(page, address, given.folder))
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
