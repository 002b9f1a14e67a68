"""Pages that others serve, in the browser of somebody who is signed in: they read, start and stop nothing."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from apart_hub import ApartHub
from own_hub import OwnHub
from playwright.sync_api import Browser, BrowserContext, Page
from threats import Attempts
from visiting import sign_in

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

TRIES = Path(__file__).with_name("cross_site.js").read_text()
#: A session that the attacker would like to have started.
OTHER = "forged"


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another site: what it does, the test runs in it."""

    def do_GET(self) -> None:  # its name there
        page = b"<!doctype html><title>elsewhere</title><body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.2", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.2:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def apart(instance: dict[str, Any]) -> Iterator[ApartHub]:
    hub = ApartHub(instance)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", hub.certificate)
        try:
            hub.start()
            yield hub
        finally:
            hub.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(ignore_https_errors=True)
    yield made
    made.close()


def signed_in(context: BrowserContext, url: str, login: str, password: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/hub/login")
    sign_in(page, login, password)
    page.wait_for_selector("#learn")
    return page


def own_question(page: Page) -> int:
    """The status that a page of the hub's own gets: what is refused to others must be possible for it."""
    status = page.evaluate(
        """async () => {
          const token = document.querySelector("input[name=_xsrf]")?.value ?? window.jhdata.xsrf_token;
          return (await fetch("/hub/api/user", { headers: { "X-XSRFToken": token } })).status;
        }"""
    )
    return int(status)


def tried(page: Page, attempts: Attempts, hub: str, **targets: str) -> None:
    got: dict[str, str] = page.evaluate(TRIES, {"hub": hub, "server": "", "other": OTHER, **targets})
    assert len(got) > 15
    for name, what in got.items():
        attempts.check(not what, f"{name}: {what}")


def seen_where_it_is_allowed(page: Page, hub: str, login: str) -> None:
    """The same tries in the hub's own page find what is there: they notice what others would get."""
    reads = ["reads their home page", "opens their home page and reads it"]
    got = page.evaluate(TRIES, {"hub": hub, "server": "", "other": OTHER, "person": login, "only": reads})
    assert list(got) == reads
    assert all(got.values()), got


def nothing_done(hub: OwnHub, login: str, before: dict[int, str], attempts: Attempts) -> None:
    session = hub.session(login) or {}
    attempts.check(hub.jobs(login) == before, "another job")
    attempts.check(hub.session(login, OTHER) is None, "another session")
    attempts.check((session["step"], session["stop_asked"]) == ("ready", False), "the session's end")
    tokens = hub.rows("SELECT note FROM api_tokens t JOIN users u ON t.user_id = u.id WHERE u.name = ?", login)
    attempts.check(
        all("of a test" in note or "Server at" in note or not note for (note,) in tokens), f"a token {tokens}"
    )


@pytest.mark.threat("T11")
def test_a_page_of_another_site_starts_and_stops_nothing(
    own_hub: OwnHub, context: BrowserContext, elsewhere: str, attempts: Attempts
) -> None:
    own_hub.start()
    login = own_hub.login("class20")
    own_hub.use_standin(login)
    own_hub.ask_for(login)
    own_hub.await_ready(login)
    home = signed_in(context, own_hub.url, login, own_hub.password(login))
    assert own_question(home) == 200
    seen_where_it_is_allowed(home, own_hub.url, login)
    before = own_hub.jobs(login)
    page = context.new_page()
    page.goto(elsewhere)
    tried(page, attempts, own_hub.url, person=login)
    page.goto(
        f"{own_hub.url}/hub/spawn/{login}/{OTHER}?profile=cpu&minutes=60"
    )  # a link fills in, and waits for a click
    nothing_done(own_hub, login, before, attempts)
    for cookie in context.cookies():
        if cookie["name"].startswith("jupyterhub") or cookie["path"] == "/hub/":
            attempts.check((cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax"), f"the cookie {cookie['name']}")

    home.bring_to_front()  # the person can do what nobody else could
    home.reload()
    home.locator("summary.button--stop").click()
    home.get_by_role("button", name="Stop this session").click()
    assert own_hub.await_ended(login)["end_cause"] == "stopped"


@pytest.mark.threat("T10")
def test_a_page_of_one_persons_server_has_nothing_of_anothers(
    apart: ApartHub, context: BrowserContext, attempts: Attempts
) -> None:
    attacker, person = apart.login("class21"), apart.login("class22")
    apart.use_standin(attacker)
    apart.ask_for(attacker)
    apart.ask_for(person)
    session, _ = apart.await_ready(attacker), apart.await_ready(person)
    theirs, own = (str(apart.server(login)["full_url"]) for login in (attacker, person))
    assert theirs.startswith(f"https://{attacker}.")
    assert own.startswith(f"https://{person}.")

    home = signed_in(context, apart.address, person, apart.password(person))
    assert own_question(home) == 200
    seen_where_it_is_allowed(home, apart.address, person)
    lab = context.new_page()
    lab.goto(f"{own}lab")
    lab.wait_for_selector("#jp-main-dock-panel")
    before = apart.jobs(person)
    page = context.new_page()
    page.goto(f"{theirs}page.html")  # what answers there is the attacker's program, and no sign-in is asked
    assert (page.url, session["login"]) == (f"{theirs}page.html", attacker)
    tried(page, attempts, apart.address, server=own, person=person)
    nothing_done(apart, person, before, attempts)
    attempts.check(not (Path.home() / "forged.txt").exists(), "a file")
    for cookie in context.cookies():
        ours = cookie["name"].startswith(("jupyterhub", "__Host-jupyterhub")) or cookie["path"] == "/hub/"
        if ours and cookie["value"] != "forged":
            safe = (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
            attempts.check(safe, f"the cookie {cookie['name']}")
    names = {cookie["name"] for cookie in context.cookies()}
    attempts.check("__Host-jupyterhub-hub-login" in names, "a cookie that a page below the hub's name can set")
