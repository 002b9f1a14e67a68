"""Signing in at an identity provider, in Chromium, at a real hub and a real provider of the test's own on loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider import CLIENT, SECRET, OidcProvider
from own_hub import OwnHub
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SRAM = json.loads((Path(__file__).parents[1] / "unit/records/sign-in/sram.json").read_text())
GROUP = "urn:mace:surf.nl:sram:group:rug:workbench"


@pytest.fixture(scope="module")
def provider(instance: dict[str, Any]) -> Iterator[OidcProvider]:
    """One that knows SRAM's claims of people with a login, with none, outside the group, and of root."""

    def person(uid: str, **changed: Any) -> dict[str, Any]:
        return {**SRAM, "sub": f"{uid}@sram.example", "uid": [uid], **changed}

    name = instance["instance"]
    made = OidcProvider(
        {
            "marieke": person(f"{name}-marieke"),
            "olga": person(f"{name}-olga", eduperson_entitlement=[f"{GROUP}:operators"]),
            "stranger": person("nobody-of-that-name"),
            "outsider": person(f"{name}-joost", eduperson_entitlement=[]),
            "root": person("root"),
        }
    )
    yield made
    made.stop()


@pytest.fixture(scope="module")
def hub(instance: dict[str, Any], provider: OidcProvider) -> Iterator[OwnHub]:
    """A hub whose site file names that provider."""
    secret = Path(instance["prefix"]) / "run/oidc-secret"
    secret.write_text(SECRET + "\n")
    login = f"""
kind = "oidc"
provider = "sram"
issuer = "{provider.issuer}"
client_id = "{CLIENT}"
client_secret_file = "{secret}"
allowed_groups = ["{GROUP}"]
admin_groups = ["{GROUP}:operators"]
label = {{ en = "Sign in with your institution", nl = "Aanmelden met uw instelling" }}
"""
    made = OwnHub(instance, "oidc-hub", login)
    secret.chmod(0o600)
    shutil.chown(secret, made.user)
    try:
        made.start()
        yield made
    finally:
        made.close()
        secret.unlink()


@pytest.fixture
def page(browser: Browser, hub: OwnHub) -> Iterator[Page]:
    with ExitStack() as stack:
        context = browser.new_context(base_url=hub.url)
        stack.callback(context.close)
        yield context.new_page()


def sign_in(page: Page, person: str, button: str = "Sign in with your institution") -> None:
    """From our page to the provider's, and back as that person."""
    page.goto("/hub/login")
    page.get_by_role("link", name=button).click()
    page.get_by_role("button", name=person, exact=True).click()


def test_somebody_of_the_collaboration_signs_in_and_reaches_home(
    page: Page, hub: OwnHub, provider: OidcProvider
) -> None:
    sign_in(page, "marieke")
    expect(page.get_by_role("heading", name="Hello, Marieke de Vries")).to_be_visible()
    assert provider.refusals == []
    user = hub.api("GET", f"users/{hub.name}-marieke").data
    assert (user["admin"], user["groups"]) == (False, [GROUP])
    assert "auth_state" not in user or not user["auth_state"]
    log = hub.log_text()
    assert SECRET not in log
    assert "eyJ" not in log, "no token in the log"


def test_where_somebody_was_going_is_where_they_arrive(page: Page, hub: OwnHub) -> None:
    page.goto("/hub/token")
    page.get_by_role("link", name="Sign in with your institution").click()
    page.get_by_role("button", name="marieke", exact=True).click()
    page.wait_for_url("**/hub/token")


def test_an_operators_group_makes_an_operator_and_no_administrator(page: Page, hub: OwnHub) -> None:
    sign_in(page, "olga")
    expect(page.locator("#start")).to_be_visible()
    assert hub.api("GET", f"users/{hub.name}-olga").data["admin"] is False
    answer = page.goto("/hub/admin")
    assert answer is not None
    assert answer.status == 200
    assert any('"operator":true' in path.read_text() for path in (hub.state / "audit").glob("*.jsonl"))


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("stranger", "which does not exist on the supercomputer"),
        ("outsider", "none of the groups that may use the workbench"),
        ("root", "one of the system's own"),
        ("Nobody", "It said: Nobody was there <b>at all</b>."),
    ],
)
def test_who_may_not_sign_in_reads_why_and_what_to_do(page: Page, hub: OwnHub, person: str, words: str) -> None:
    sign_in(page, person)
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    expect(page.locator("main")).to_contain_text(words)
    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
    expect(page.get_by_role("link", name="Write to the contact")).to_be_visible()
    page.goto("/hub/home")
    page.wait_for_url("**/hub/login**")
    assert hub.api("GET", "users/root").status == 404


def test_the_refusal_is_in_the_language_of_the_person(browser: Browser, hub: OwnHub) -> None:
    context = browser.new_context(base_url=hub.url, locale="nl-NL")
    page = context.new_page()
    sign_in(page, "stranger", "Aanmelden met uw instelling")
    expect(page.get_by_role("heading", name="U bent niet aangemeld")).to_be_visible()
    expect(page.locator("main")).to_contain_text("nobody-of-that-name")
    context.close()


def test_a_token_that_somebody_else_signed_lets_nobody_in(page: Page, provider: OidcProvider) -> None:
    ours = provider.signing_key
    provider.signing_key = rsa.generate_private_key(65537, 2048)
    try:
        sign_in(page, "marieke")
        expect(page.locator("main")).to_contain_text("does not prove who you are")
    finally:
        provider.signing_key = ours


def test_an_answer_that_comes_twice_or_from_elsewhere_is_not_taken(page: Page, hub: OwnHub) -> None:
    sign_in(page, "marieke")
    answer = page.goto("/hub/oauth_callback?code=abc&state=abc")
    assert answer is not None
    assert answer.status == 400
    expect(page.locator("main")).to_contain_text("begun in another window")


def test_a_provider_that_is_away_is_said_and_comes_back_by_itself(
    page: Page, hub: OwnHub, provider: OidcProvider
) -> None:
    page.goto("/hub/login")
    page.get_by_role("link", name="Sign in with your institution").click()
    provider.stop()
    try:
        answer = page.request.get(f"{hub.url}/hub/oauth_login", max_redirects=0)
        assert answer.status == 302, "what the provider said before is enough to lead there"
        hub.kill()
        hub.start()
        page.goto("/hub/oauth_login")
        expect(page.locator("main")).to_contain_text("does not answer just now")
    finally:
        provider.start()
    sign_in(page, "marieke")
    expect(page.locator("#start")).to_be_visible()
