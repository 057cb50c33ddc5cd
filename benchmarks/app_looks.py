"""Every page in both languages and both themes, wide and as a phone shows it: python -m benchmarks.app_looks FOLDER.

Few people, so that it takes minutes; studies are run, so that their results are seen. The pictures are for looking at.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.app_pictures import LONG_MS, Walk
from benchmarks.app_server import ARGUMENTS, chromium, server

FEW = "world=clients.participant.people%3D80&n=2"
PART = 1400
"""Most pixels from top to bottom of one picture: more are shrunk when they are looked at."""
SMALLER = {"storms": {"storm_durations": "30s, 1m", "storm_sizes_outage": "0.5, 1"}}
PAGES = {"": "", "lab": "", "storms": "storm", "budgets": "check", "planner": "plan", "model": ""}
"""Pages by path, with the study that is run there."""
LANGUAGES, THEMES = ("en", "ko"), ("light", "dark")
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


def look(browser: Browser, address: str, folder: Path, language: str, theme: str, size: str, pages: list[str]) -> None:
    """Take a whole picture of each page."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    walk = Walk(page, address, folder)
    for path in pages:
        walk.open(f"{path}?lang={language}&{FEW}{'&s=s2_realtime_outage' if path in SMALLER else ''}")
        for field, text in SMALLER.get(path, {}).items():
            asked = page.locator(f".st-key-{field} input")
            asked.fill(text)
            asked.press("Enter")
            walk.idle()
        if PAGES[path]:
            walk.study(PAGES[path])
        page.wait_for_timeout(1500)
        # Streamlit scrolls an element of the page, so the window is made as high as what it holds.
        tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(tall) + 80, 9000)})
        page.wait_for_timeout(1500)
        for part, top in enumerate(range(0, int(tall), PART), start=1):
            place = folder / f"{path or 'incident'}-{part}-{size}-{language}-{theme}.png"
            page.screenshot(path=place, clip={"x": 0, "y": top, "width": width, "height": min(PART, tall + 80 - top)})
            print(place, flush=True)
        page.set_viewport_size({"width": width, "height": height})
    context.close()


def main() -> None:
    """Take all pictures, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", nargs="*", choices=sorted(PAGES), default=list(PAGES))
    parser.add_argument("--languages", nargs="*", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument("--themes", nargs="*", choices=THEMES, default=THEMES)
    parser.add_argument("--sizes", nargs="*", choices=sorted(SIZES), default=list(SIZES))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with server() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        for language in given.languages:
            for theme in given.themes:
                for size in given.sizes:
                    look(browser, address, given.folder, language, theme, size, given.pages)
        browser.close()


if __name__ == "__main__":
    main()
