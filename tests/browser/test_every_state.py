"""Every state of a real hub's pages, in both languages: for keyboards, screen readers, phones and the dark.

What needs no hub, such as each way in which a session ends, is seen in `test_made_up_states`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from gallery import NEW_HERE, Gallery
from looking import DESK, PHONE, by_keyboard, faults, too_wide, violations, words
from pictures import WANTED, documented
from playwright.sync_api import Browser, BrowserContext, Page, expect
from states import STATES, State
from visiting import sign_in

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LOCALES = {"en": "en-GB", "nl": "nl-NL"}
#: A run with $AIF_PICTURES=FOLDER leaves there each state in each language, on each screen, light and dark. These few
#: stand in the documentation.
CHOSEN = {
    "home-running-en-desk-light": "home",
    "home-running-nl-desk-light": "home-nl",
    "start-first-en-desk-light": "start",
    "start-first-en-phone-light": "start-phone",
    "waiting-en-desk-light": "waiting",
    "ended-en-desk-light": "ended",
    "tutorials-ready-en-desk-light": "tutorials",
    "tutorials-ready-nl-desk-light": "tutorials-nl",
}
Door = Callable[[State, str], Page]
#: What the browser kept a page from, by the page's own policy.
KEPT_FROM: list[str] = []


@pytest.fixture(scope="module")
def gallery(instance: dict[str, Any]) -> Iterator[Gallery]:
    hub = Gallery(instance)
    try:
        hub.everybody_in_place()
        yield hub
    finally:
        hub.close()


@pytest.fixture(scope="module")
def door(browser: Browser, gallery: Gallery) -> Iterator[Door]:
    """The page of a state; each person signs in once."""
    with ExitStack() as stack:
        contexts: dict[tuple[str, str], BrowserContext] = {}

        def signed_in(person: str, language: str) -> BrowserContext:
            if (person, language) not in contexts:
                told = {"base_url": gallery.url, "viewport": DESK, "locale": LOCALES[language]}
                known = next((one for (name, _), one in contexts.items() if person and name == person), None)
                context = browser.new_context(**told, storage_state=known.storage_state() if known else None)
                stack.callback(context.close)
                contexts[person, language] = context
                if person and known is None:
                    page = context.new_page()
                    page.goto("/hub/login")
                    sign_in(page, person, gallery.password(gallery.login(person)))
                    page.wait_for_url("**/hub/home")
                    page.close()
            return contexts[person, language]

        def opened(state: State, language: str) -> Page:
            page = signed_in(state.person, language).new_page()
            page.set_default_timeout(20_000)
            page.on("console", lambda said: KEPT_FROM.append(said.text) if "Security Policy" in said.text else None)
            page.goto(state.path.format(login=gallery.login(state.person) if state.person else ""))
            page.wait_for_selector(state.ready)
            if state.act:
                state.act(page)
            return page

        yield opened


@pytest.fixture(scope="module", autouse=True)
def documentation(gallery: Gallery) -> Iterator[None]:
    """At the end: the chosen pictures made small, by the Python of the lessons, which has Pillow."""
    yield
    for full, short in CHOSEN.items() if WANTED else ():
        if (made := Path(WANTED) / f"{full}.png").exists():
            documented(gallery.prefix, made, short)


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_there_for_everyone(door: Door, gallery: Gallery, name: str) -> None:
    """By keyboard, light and dark: English at a desk, Dutch, whose words are longer, on a phone; each fits both."""
    with closing(door(STATES[name], "en")) as page:
        expect(page.locator("body")).to_contain_text(STATES[name].said)
        found = [*faults(page, "en"), *too_wide(page), *violations(page), *by_keyboard(page)]
        paint(page, "dark")
        found += violations(page)
        english = words(page)
        page.set_viewport_size(PHONE)
        found += [*faults(page, "en"), *too_wide(page)]
        pictures(page, name, "en")
    with closing(door(STATES[name], "nl")) as page:
        page.set_viewport_size(PHONE)
        found += [*faults(page, "nl"), *too_wide(page), *violations(page), *by_keyboard(page)]
        same = english & words(page)
        paint(page, "dark")
        found += violations(page)
        page.set_viewport_size(DESK)
        found += [*faults(page, "nl"), *too_wide(page)]
        pictures(page, name, "nl")
    found += KEPT_FROM
    KEPT_FROM.clear()
    found += [f"{text!r} is the same in both languages" for text in sorted(same) if not _is_a_name(text, gallery)]
    assert not found, "\n".join(dict.fromkeys(found))


#: What is the same in Dutch: names of people, places, projects and sessions, Slurm's own words, and a few of ours.
NAMES = re.compile(
    r"AI Factory Groningen|Groningen, the Netherlands|JupyterLab|Slurm|GPU|[\w.-]+@[\w.-]+|English|Nederlands"
    r"|Marieke de Vries|Dr\. Iris Bakker|Sam Jansen|Learner \d\d|\bmin\b"
    r"|Inspection pilot|Mobility flows|Mobility test|AI workshop"
    r"|\b(Account|QOS|GRES|Partition|Nodes|mig|gpu|cpu|mig01|trn0007|mobility01|mobtest01|inspect01)\b"
    r"|gpu:h100\S*|(research|education|sme)-\w+|Workbench|workbench|Start|Details|Open|Contact|Computer"
    r"|\b1 week\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{64}\b|\bdata/[a-z]+\.py\b"
    r"|Prof\. Hanna Visser|Dr\. Yara Haddad|Sem Jansen|Joost Hoekstra|Olga Smit|Operations|\bops01\b"
    r"|\b(EHPC-AIF|NL|TRN|OPS)-[\w-]+|Playground|Regular|Small|Fast Lane|Training|BSD-3-Clause"
)


def _is_a_name(text: str, gallery: Gallery) -> bool:
    return not re.search(r"[A-Za-z]{3}", NAMES.sub("", re.sub(rf"{gallery.name}(-\w+)?", "", text)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
def test_the_page_of_a_proxy_without_a_hub_is_there_for_everyone(
    browser: Browser, gallery: Gallery, scheme: str, language: str
) -> None:
    """As the gallery's hub has written it. It names the contact, whom it gives a diagnosis."""
    context = browser.new_context(viewport=DESK, color_scheme=scheme, locale=LOCALES[language])
    page = context.new_page()
    page.goto((gallery.state / "proxy/error.html").as_uri())
    expect(page.get_by_role("main").get_by_role("link", name="helpdesk@example.org")).to_have_count(1)
    page.get_by_text({"en": "Diagnosis for the contact", "nl": "Diagnose voor het contactpunt"}[language]).click()
    expect(page.locator("pre")).to_contain_text(re.compile("^asked: .*error.html\nanswer: .*\ntime: 20"))
    found = [*too_wide(page), *violations(page)]
    page.set_viewport_size(PHONE)
    found += [*too_wide(page), *violations(page)]
    pictures(page, "hub-starting", language)
    context.close()
    assert not found, "\n".join(found)


def test_nothing_starts_before_the_terms_are_accepted(door: Door, gallery: Gallery) -> None:
    """Nor if somebody else asks for it in that name. With the button pressed, a tutorial's link leads to its start."""
    login = gallery.login(NEW_HERE)
    refused = gallery.ask_for(login, profile="cpu", minutes=60)
    assert refused.status == 400
    assert f"Nothing starts before {login} has accepted the terms of use" in refused.text
    assert gallery.session(login) is None
    with closing(door(STATES["terms"], "en")) as page:
        page.locator("#accept").press("Enter")
        page.wait_for_url(re.compile("/hub/spawn/.*profile=slice"))
        expect(page.locator("#spawn_form")).to_be_visible()
        page.goto("/hub/aif/terms")
        expect(page.get_by_role("main")).to_contain_text("You accepted version 2026-11 on")
    lines = [json.loads(line) for day in gallery.state.glob("audit/*") for line in day.read_text().splitlines()]
    [line] = [one for one in lines if one["action"] == "terms"]
    assert (line["who"], line["result"], line["more"]["version"]) == (login, "ok", "2026-11")
    assert gallery.ask_for(login, profile="cpu", minutes=60).status in (201, 202)


def test_what_is_copied_is_what_is_shown(door: Door) -> None:
    """The diagnosis of a failure, of a session's and of a page's, and the job script of a choice."""
    for name, fold, button, begins in (
        ("did-not-start", "Diagnosis for the contact", "Copy the diagnosis", "session: "),
        ("not-there", "Diagnosis for the contact", "Copy the diagnosis", "asked: GET /hub/nothing-here"),
        ("start-first", "For experts", "Copy the command", "sbatch "),
    ):
        with closing(door(STATES[name], "en")) as page:
            page.context.grant_permissions(["clipboard-read", "clipboard-write"])
            page.get_by_text(fold).click()
            page.get_by_role("button", name=button).click()
            expect(page.get_by_role("button", name=re.compile("[Cc]opied"))).to_be_visible()
            expect(page.get_by_role("main").get_by_role("status").filter(has_text="copied")).to_have_count(1)
            copied = page.evaluate("navigator.clipboard.readText()")
            shown = page.locator("pre[data-copy]").filter(visible=True).inner_text()
            assert copied.split() == shown.split()
            assert copied.startswith(begins)
            assert len(copied) > 100


def test_a_request_can_be_taken_back_at_every_stage(door: Door, gallery: Gallery) -> None:
    """Last: afterwards these people wait for nothing any more."""
    for name in ("asked", "waiting", "waiting-long", "waiting-stuck", "starting"):
        with closing(door(STATES[name], "en")) as page:
            cancel = page.get_by_role("main").get_by_role("button", name="Cancel", exact=True)
            expect(cancel).to_be_visible()
            if name in ("asked", "waiting", "starting"):
                cancel.click()
                page.wait_for_url("**/hub/home")
    gallery.open_gate(f"before-sbatch-{gallery.login('class05')}")
    for short in ("class05", "class02", "class06"):
        assert gallery.await_ended(gallery.login(short))["end_cause"] == "stopped"


def paint(page: Page, scheme: str) -> None:
    """As after a press of the hub's own switch."""
    page.evaluate("(scheme) => document.documentElement.setAttribute('data-bs-theme', scheme)", scheme)


def pictures(page: Page, name: str, language: str = "") -> None:
    """The whole page on each screen, light and dark, for people, if somebody asked for pictures."""
    if not WANTED:
        return
    for screen, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            paint(page, scheme)
            full = "-".join(filter(None, (name, language, screen, scheme)))
            page.screenshot(path=Path(WANTED) / f"{full}.png", full_page=True)
