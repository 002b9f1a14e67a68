"""The tour of JupyterLab's screen: by keyboard alone, left half way and taken again; and by mouse, straight through."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

NAMES = ("Your files", "Run and stop", "The program behind it", "Time, budget, GPU", "The panel", "Stopping")
STOPS = len(NAMES)
_axe = Axe()


def taken(page: Page) -> None:
    """With the panel open. Each stop takes the focus and is in sight; where it was left it goes on."""
    door = page.get_by_role("button", name="Tour of the screen")
    window, title, ring = page.get_by_role("dialog"), page.locator("#aif-tour-title"), page.locator(".aif-tour-ring")
    door.focus()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    expect(title).to_have_text("1 of 6: Your files")
    expect(ring).to_be_visible()
    page.keyboard.press("Tab")  # there is no way back from the first stop
    page.keyboard.press("Enter")
    expect(title).to_have_text("2 of 6: Run and stop")
    found = _axe.run(page, context={"include": [[".aif-tour"]]}).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(ring).to_have_count(0)
    expect(door).to_be_focused()
    page.keyboard.press("Enter")
    for stop in range(2, STOPS + 1):
        expect(title).to_be_focused()
        expect(title).to_contain_text(f"{stop} of {STOPS}: ")
        expect(window).to_be_in_viewport(ratio=1)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    expect(window).to_have_count(0)
    page.keyboard.press("Enter")
    expect(title).to_have_text("1 of 6: Your files")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def walked(page: Page) -> None:
    """With the panel open, by mouse and from the first stop to the last: each is named, and pointed at."""
    window, title = page.get_by_role("dialog"), page.locator("#aif-tour-title")
    page.get_by_role("button", name="Tour of the screen").click()
    for at, name in enumerate(NAMES, 1):
        expect(title).to_have_text(f"{at} of {STOPS}: {name}")
        expect(page.locator(".aif-tour-ring")).to_be_visible()
        window.get_by_role("button", name="Next" if at < STOPS else "Done", exact=True).click()
    expect(window).to_have_count(0)
