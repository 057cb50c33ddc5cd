"""From the release of a slider in the Lab to the redrawn chart, in a real browser: python -m benchmarks.app_reaction.

S1 with 1,000 people: one replication of the changed design is simulated, the other comes from memory. The slider is moved
by a key, whose press counts as its release; the chart is redrawn when its text alternative has changed and two frames have been painted.
Each value is one that was not simulated before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.app_server import ARGUMENTS, IDLE, chromium, cpu_s, quantile, server

KNOB = '[class*="st-key-k_clients_participant_loops_ping_every"]'
PROBE = """
window.__probe = {};
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", () => {
      const probe = window.__probe;
      if (probe.released && !probe.painted) { probe.heard = performance.now(); probe.messages += 1; }
    });
  }
  send(data) {
    const probe = window.__probe;
    if (probe.released && !probe.sent) probe.sent = performance.now();
    return super.send(data);
  }
};
for (const kind of ["keydown"])
  document.addEventListener(kind, () => {
    const probe = window.__probe;
    if (probe.armed && !probe.released) { probe.released = performance.now(); probe.messages = 0; }
  }, true);
window.__arm = () => {
  const chart = () => document.querySelector('.st-key-lab_timeline [aria-label*=": "]');
  const before = chart().getAttribute("aria-label");
  const probe = (window.__probe = {armed: true});
  const watch = new MutationObserver(() => {
    const now = chart();
    if (!probe.released || !now || now.getAttribute("aria-label") === before) return;
    watch.disconnect();
    probe.drawn = performance.now();
    probe.chart_heard = probe.heard;
    requestAnimationFrame(() => requestAnimationFrame(() => { probe.painted = performance.now(); }));
  });
  watch.observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"]});
};
"""


def react(page: Page, process: subprocess.Popen[bytes], key: str) -> dict[str, float]:
    """Move the slider by a key, release it, and measure [ms]."""
    page.wait_for_selector(IDLE, timeout=60_000)
    slider = page.locator(KNOB).get_by_role("slider")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    slider.focus()
    page.evaluate("window.__arm()")
    server_before, browser_before = cpu_s(process), _browser_s(session)
    slider.press(key)
    page.wait_for_function("window.__probe.painted", timeout=60_000)
    page.wait_for_selector(IDLE, timeout=60_000)
    found: dict[str, Any] = page.evaluate("window.__probe")
    return {
        "total": found["painted"] - found["released"],
        "server": found["chart_heard"] - found["sent"],
        "browser": found["painted"] - found["chart_heard"] + found["sent"] - found["released"],
        "server CPU": 1000 * (cpu_s(process) - server_before),
        "browser CPU": 1000 * (_browser_s(session) - browser_before),
    }


def _browser_s(session: CDPSession) -> float:
    """Processor time that the page's main thread has used [s]."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--design", default="after")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with server() as (address, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.add_init_script(PROBE)
        found = []
        # Other seeds, so that no value is in memory; one replication, so that nothing else is simulated meanwhile.
        for seed in range(1, 2 + given.times // 5):
            page.goto(f"{address}/lab?a=before&b={given.design}&seed={seed}&n=1&lang=en")
            page.wait_for_selector("h1", timeout=90_000)
            page.wait_for_selector(".st-key-lab_timeline canvas", timeout=90_000)
            react(page, process, "ArrowRight")  # the first one loads what others share
            found += [react(page, process, "ArrowRight") for _ in range(5)]
        browser.close()
    found = found[: given.times]
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print(f"S1, {given.design} changed, {len(found)} releases; milliseconds")
    print(f"{'':16}{'median':>9}{'p95':>9}{'least':>9}")
    for part in found[0]:
        values = [one[part] for one in found]
        print(f"{part:16}{quantile(values, 0.5):9.0f}{quantile(values, 0.95):9.0f}{min(values):9.0f}")


if __name__ == "__main__":
    main()
