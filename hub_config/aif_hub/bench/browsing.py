"""Chromium's part of `aif bench front`: what each page weighs, when it is ready, and what axe-core finds on it.

Runs with the Python of the tests' environment, which has Playwright and axe; the hub's own needs neither. Reads what to
look at as JSON on stdin (``url``, ``chromium``, ``pages``: name to the places it is at, each a path and cookies) and
prints JSON: ``pages``, with null for one that led elsewhere at all its places, and ``empty_ms``, what Chromium takes
until an answer with nothing in it is ready.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, ViewportSize, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SCREENS: tuple[ViewportSize, ...] = ({"width": 1440, "height": 900}, {"width": 375, "height": 812})
LOCALES = ("en-GB", "nl-NL")
WARM_ROUNDS = 21  # of which the second slowest is the 95th percentile
EMPTY = "/hub/health"
# From the last byte of the HTML to a page that can be used, with style sheets and scripts in the browser's cache
_READY = """() => {
  const it = performance.getEntriesByType("navigation")[0];
  return it.domContentLoadedEventEnd - it.responseEnd;
}"""

# People click after they have looked: what Chromium still does for the page before is not this page's. Of twenty-one of
# them in a row it keeps what it will throw away when it has time, which it never has here, and then does as one loads.
_LOOKED_AT = "() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 200)))"


def look(browser: Browser, url: str, name: str, place: dict[str, Any]) -> dict[str, Any] | None:
    """One page: with an empty cache for its weight, with a filled one for its readiness, then everything axe finds.

    None where it leads elsewhere, as the waiting page does for somebody whose session is ready by now.
    """
    with _opened(browser, url, LOCALES[0], place) as page:
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(place["path"], wait_until="load")
        if urlsplit(page.url).path != urlsplit(place["path"]).path:
            return None
        page.wait_for_timeout(300)  # what scripts fetch as the page opens belongs to it
        weights = [len(answer.body()) for answer in answers if not _streams(answer)]
        figures: dict[str, Any] = {
            "html_kb": round(weights[0] / 1000, 1),
            "all_kb": round(sum(weights) / 1000, 1),
            "requests": len(answers),
            "ready_ms": [_warm(page, place["path"]) for _ in range(WARM_ROUNDS)],
            "violations": [],
        }
    for locale in LOCALES:
        with _opened(browser, url, locale, place) as page:
            page.goto(place["path"])
            figures["violations"] += [f"{name}, {locale}, {line}" for line in _violations(page)]
    return figures


@contextmanager
def _opened(browser: Browser, url: str, locale: str, place: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(base_url=url, locale=locale, viewport=SCREENS[0])
    for name, value in place["cookies"].items():
        context.add_cookies([{"name": name, "value": value, "url": f"{url}/hub/"}])
    try:
        yield context.new_page()
    finally:
        context.close()


def _streams(answer: Response) -> bool:
    return answer.headers.get("content-type", "").startswith("text/event-stream")


def _violations(page: Page) -> list[str]:
    lines = []
    for screen in SCREENS:
        page.set_viewport_size(screen)
        for scheme in ("light", "dark"):
            page.evaluate("(scheme) => document.documentElement.setAttribute('data-bs-theme', scheme)", scheme)
            for rule in Axe().run(page).response["violations"]:
                lines += [f"{screen['width']} px, {scheme}: {rule['id']} {node['target']}" for node in rule["nodes"]]
    return lines


def _warm(page: Page, path: str) -> float:
    page.evaluate(_LOOKED_AT)
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    tools.detach()
    page.goto(path)
    return float(page.evaluate(_READY))


def _empty(browser: Browser, url: str) -> list[float]:
    page = browser.new_page(base_url=url)
    page.goto(EMPTY)
    took = [_warm(page, EMPTY) for _ in range(WARM_ROUNDS)]
    page.close()
    return took


def main() -> None:
    """Reads, looks, prints."""
    asked = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked["chromium"], args=FLAGS)
        seen = {
            name: next(filter(None, (look(browser, asked["url"], name, place) for place in places)), None)
            for name, places in asked["pages"].items()
        }
        empty = _empty(browser, asked["url"])
        browser.close()
    json.dump({"pages": seen, "empty_ms": empty}, sys.stdout)


if __name__ == "__main__":
    main()
