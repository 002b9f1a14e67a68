"""Pages in the person's language: the browser's at first, then the chosen one, through signing in and on every page."""

from __future__ import annotations

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect
from visiting import Visitor, sign_in

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_dutch_browser_signs_in_in_dutch(visit: Visitor, passwords: dict[str, str]) -> None:
    page = visit(locale="nl-NL")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.get_by_role("heading", name="Aanmelden")).to_be_visible()
    sign_in(page, "visser", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("horen niet bij elkaar")
    page.fill("#password_input", passwords["visser"])
    page.click("#login_submit")
    expect(page.get_by_role("heading", name="Uw sessies nu")).to_be_visible()


def test_the_switch_is_kept_through_signing_in_and_leads_back_to_the_same_page(
    visit: Visitor, passwords: dict[str, str]
) -> None:
    page = visit(locale="en-GB")
    page.goto("/hub/login?next=%2Fhub%2Ftoken")
    switch = page.get_by_role("link", name="Nederlands")
    expect(switch).to_have_attribute("lang", "nl")
    expect(switch).to_have_attribute("hreflang", "nl")
    switch.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Aanmelden")).to_be_visible()
    sign_in(page, "visser", passwords["visser"])
    page.wait_for_url("**/hub/token")
    expect(page.get_by_role("heading", name="Toegangstokens", level=1)).to_be_visible()
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/hub/token")
    expect(page.get_by_role("heading", name="Access tokens", level=1)).to_be_visible()


def test_the_switch_leads_nowhere_else(visit: Visitor) -> None:
    page = visit()
    page.goto("/hub/aif/language?to=nl&next=https%3A%2F%2Fexample.org%2F")
    assert re.match(r"http://127\.0\.0\.1:\d+/hub/", page.url)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/hub/nothing-here", 404, "Hier is geen pagina"), ("/hub/admin", 403, "Hier hebt u geen toegang")],
)
def test_a_refusal_speaks_dutch(visit: Visitor, path: str, status: int, title: str) -> None:
    page = visit("visser", locale="nl-NL")
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_a_form_that_was_open_too_long_is_refused_in_dutch(visit: Visitor) -> None:
    page = visit("visser", locale="nl-NL")
    page.goto("/hub/home")
    page.evaluate(
        """() => {
            const form = document.body.appendChild(document.createElement("form"));
            Object.assign(form, { method: "post", action: "/hub/aif/stop" });
            form.submit();
        }"""
    )
    expect(page.get_by_role("heading", name="Deze pagina stond te lang open")).to_be_visible()


def test_the_api_answers_english_unless_another_language_is_asked_for(visit: Visitor) -> None:
    page = visit("visser", locale="nl-NL")
    token = new_token(page)
    asked = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    name, hub = page.evaluate("window.jhdata.user"), page.evaluate("location.origin")
    for language, said in (
        ({}, "There is no size called"),
        ({"Accept-Language": "nl"}, "Er is geen grootte met de naam"),
    ):
        request = Request(  # noqa: S310  # our own hub
            f"{hub}/hub/api/users/{name}/server", b'{"profile": "huge"}', {**asked, **language}
        )
        with pytest.raises(HTTPError) as refused:
            urlopen(request, timeout=30)  # noqa: S310  # the same
        assert refused.value.code == 400
        assert said in json.loads(refused.value.read())["message"]


def test_a_token_is_made_shown_once_and_withdrawn(visit: Visitor) -> None:
    page = visit("visser", locale="nl-NL")
    token = new_token(page)
    assert re.fullmatch(r"[0-9a-f]{32,}", token)
    page.reload()
    rows = page.locator("[data-token]").filter(has_text="een proef")
    shown = rows.count()
    expect(rows.first).to_contain_text("gemaakt op")
    rows.first.get_by_role("button", name="een proef intrekken").click()
    expect(rows).to_have_count(shown - 1)
    page.reload()
    expect(rows).to_have_count(shown - 1)


def test_a_session_asked_for_in_dutch_opens_jupyterlab_in_dutch(visit: Visitor) -> None:
    page = visit("class02", locale="nl-NL")
    page.click("#start")
    page.check("input[value=slice]")
    page.click("#start")
    page.wait_for_url(re.compile(r"^http://[^/]+/user/"), timeout=90_000)
    expect(page.get_by_role("menuitem", name="Bestand", exact=True)).to_be_visible(timeout=60_000)


def new_token(page: Page) -> str:
    """A token of the signed-in person, made on its page."""
    page.goto("/hub/token")
    page.get_by_label("Waarvoor het is").fill("een proef")
    page.get_by_role("button", name="Token maken").click()
    expect(page.locator("#token-made")).to_be_visible()
    return page.locator("#token-text").inner_text()
