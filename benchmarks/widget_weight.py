"""Measures what the widget costs a news page, on the demo page of a server that runs.

    faq-bot serve & python benchmarks/widget_weight.py [ADDRESS]

Sizes are of the files compressed with gzip -9; "ready" is the median time from the click until the
question field has the focus, with nothing in the browser's cache.
"""

import gzip
import re
import statistics
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUESTION = "Was ist Trainium?"
RUNS = 9


def main() -> None:
    """Print the table."""
    server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860"
    widget = _read(f"{server}/widget.js")
    (panel,) = re.findall(r"panel-\w+\.js", widget.decode())
    rows: list[tuple[str, object]] = [
        ("script of the tag, gzip, bytes", len(gzip.compress(widget, 9))),
        ("panel, gzip, bytes", len(gzip.compress(_read(f"{server}/{panel}"), 9))),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        rows += _visit(browser, server)
        times = [_time_to_open(browser, server) for _ in range(RUNS)]
        browser.close()
    rows.append(("click to question field, median of 9, ms", round(statistics.median(times))))
    print("| measure | figure |\n|---|---|")
    for name, figure in rows:
        print(f"| {name} | {figure} |")


def _read(address: str) -> bytes:
    with urlopen(address) as response:  # noqa: S310 - the address is the user's own
        body: bytes = response.read()
    return body


def _visit(browser: Browser, server: str) -> list[tuple[str, object]]:
    page = browser.new_context(locale="de-DE").new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{server}/demo/de")
    page.wait_for_timeout(1000)
    own = {f"{server}/demo/de", f"{server}/demo.css", f"{server}/favicon.svg"}
    rows: list[tuple[str, object]] = [
        ("requests before a click", len(set(requested) - own)),
        ("storage and cookies before a click", _stored(page)),
        ("layout shift", page.evaluate(_LAYOUT_SHIFT)),
    ]
    _open(page)
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".reply .answer").wait_for()
    hosts = {urlsplit(address).netloc for address in requested} - {urlsplit(server).netloc}
    found = Axe().run(page).response["violations"]
    return [
        *rows,
        ("storage and cookies after an answer", _stored(page)),
        ("third-party hosts", len(hosts)),
        ("axe violations with the panel open", len(found)),
    ]


def _time_to_open(browser: Browser, server: str) -> float:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(f"{server}/demo/de")
    page.wait_for_timeout(300)
    elapsed: float = page.evaluate(_OPENING)
    context.close()
    return elapsed


def _open(page: Page) -> None:
    page.get_by_role("button", name="Fragen zum Artikel").click()
    page.get_by_role("textbox").wait_for()


def _stored(page: Page) -> int:
    kept: int = page.evaluate("localStorage.length + sessionStorage.length")
    return kept + len(page.context.cookies())


_LAYOUT_SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => sum += entry.value))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 500);
})"""

_OPENING = """() => new Promise((resolve) => {
  const host = document.querySelector("faq-bot-widget");
  const start = performance.now();
  host.shadowRoot.querySelector("button").click();
  const look = () => {
    const focused = host.shadowRoot.activeElement?.shadowRoot?.activeElement;
    if (focused?.tagName === "TEXTAREA") resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""

if __name__ == "__main__":
    main()
