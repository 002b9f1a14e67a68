"""Each state that the code knows of, in each language, at each width, light and dark: without a hub, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from looking import DESK, PHONE, by_keyboard, faults, too_wide, violations
from made_up import answer, html, place
from made_up_states import BUDGET_STATES, BUDGETS, MADE
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

#: How each language is looked at: colours are the same in both, so each scheme is with one of them.
LOOKS = {"en": ("en-GB", "light"), "nl": ("nl-NL", "dark")}
TEMPLATES = Path(__file__).parents[2] / "hub_config/templates"
#: Filled in by handlers that ask more than values of the hub: `states.STATES` shows them on a real one.
ON_A_HUB = {
    *("login.html", "oauth.html", "project.html", "spawn.html", "start_choice.html", "start_form.html"),
    *("terms.html", "token.html", "tutorials.html"),
}
#: What others stand in or extend.
SHELLS = {"404.html", "page.html"}


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    """One of each language, which ask this process instead of a hub."""
    with ExitStack() as stack:
        made = {}
        for language, (locale, scheme) in LOOKS.items():
            context = browser.new_context(viewport=DESK, locale=locale, color_scheme=scheme)
            stack.callback(context.close)
            answer(context, MADE)
            made[language] = context.new_page()
        yield made


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The shapes of pages that axe-core and a keyboard have gone through: many differ from another in words alone."""
    return set()


def shape(html: str) -> str:
    """A page's elements with their classes and roles, in their order."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html.partition("<body")[2], flags=re.DOTALL)
    return " ".join(
        f"{name}{''.join(re.findall(r' (?:class|role|aria-[a-z]+|hidden|open|disabled)(?:=.[^ >]*)?', rest))}"
        for name, rest in re.findall(r"<(\w+)([^>]*)>", re.sub(r'aria-label="[^"]*"', "aria-label", body))
    )


@pytest.mark.parametrize("name", MADE)
def test_a_state_is_there_for_everyone(pages: dict[str, Page], known: set[str], name: str) -> None:
    """It fits both widths in each language; axe-core is asked once in each scheme of each shape."""
    found: list[str] = []
    new = shape(html(MADE[name], "en")) not in known
    for language, page in pages.items():
        fallen: list[str] = []
        page.on("pageerror", lambda fault, to=fallen: to.append(f"the page's script failed: {fault}"))
        page.set_viewport_size(DESK)
        page.goto(place(name, language))
        assert page.evaluate("document.documentElement.dataset.bsTheme") == LOOKS[language][1]
        here = [*faults(page, language), *too_wide(page)]
        if new and language == "en":
            here += [*violations(page), *by_keyboard(page)]
        page.set_viewport_size(PHONE)
        here += [*faults(page, language), *too_wide(page)]
        if new and language == "nl":
            here += violations(page)
        found += [f"{language}: {one}" for one in [*here, *fallen]]
    assert not found, "\n".join(dict.fromkeys(found))
    known.add(shape(html(MADE[name], "en")))


def test_every_template_is_seen_in_some_state() -> None:
    pages = {path.name for path in TEMPLATES.glob("*.html") if not path.name.startswith("_")}
    made = {state.template for state in MADE.values()}
    assert made | ON_A_HUB | SHELLS == pages, "a new page has no state: show it in made_up_states.py, or in states.py"
    assert not made & ON_A_HUB


def test_every_state_of_a_budget_has_its_figures() -> None:
    assert {*BUDGETS, "active"} == set(BUDGET_STATES)
