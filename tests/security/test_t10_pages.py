"""Every answer of the hub, whoever asks and whatever comes of it, says whose scripts run in it and who may frame it."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from urllib.parse import quote

import pytest
from jupyterhub import apihandlers, handlers
from own_hub import OwnHub
from threats import Attempts
from tornado.web import RequestHandler

import aif_hub.project_pages
from aif_hub import (  # noqa: F401  # they put their handlers in the hub
    events,
    handlers_jobs,
    handlers_sessions,
    handlers_start,
    handlers_tutorials,
    language,
    notices,
    receipts,
    switching,
)
from aif_hub.ledger import api, api_usage  # noqa: F401
from aif_hub.warnings import api as warnings_api  # noqa: F401
from aif_hub.warnings import forms  # noqa: F401

pytestmark = [pytest.mark.demo, pytest.mark.threat("T10"), pytest.mark.timeout(120)]

#: JupyterHub's own pictures, scripts and health: no pages, and not ours.
NO_PAGES = re.compile(r"/(logo|static|favicon|health|metrics)")
_GROUP = re.compile(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\??")


def addresses() -> list[str]:
    """One for each handler of the hub's, ours and JupyterHub's, and one that nobody has."""
    entries = [*handlers.default_handlers, *apihandlers.default_handlers]
    found = {_GROUP.sub("x", str(entry[0]).strip("^$")).replace("?", "").replace("\\", "") for entry in entries}
    found |= {"/nowhere", "/api/nowhere", "/aif/static/nowhere.svg", "/aif/static/mark.svg", "/aif/docs/"}
    return sorted(f"/hub{quote(path)}" for path in found if not NO_PAGES.match(path))


@pytest.mark.slow
def test_every_answer_of_the_hub_has_the_policy(own_hub: OwnHub, attempts: Attempts) -> None:
    own_hub.start()
    person = own_hub.token(own_hub.login("class44"))
    tried = addresses()
    assert len(tried) > 60
    with closing(http.client.HTTPConnection("127.0.0.1", own_hub.port, timeout=30)) as line:
        for path in tried:
            for method, token in (("GET", person), ("POST", "")):
                if path.endswith(("/shutdown", "/progress")) or (path.endswith("/events") and token):
                    continue  # one ends the hub, the others do not end
                line.request(method, path, None, {"Authorization": f"token {token}"} if token else {})
                answer = line.getresponse()
                answer.read()
                policy = answer.headers.get("Content-Security-Policy", "")
                held = "frame-ancestors 'none'" in policy and "default-src" in policy
                attempts.check(held, f"{method} {path} ({answer.status}) with the policy {policy!r}")
                safe = answer.headers.get("X-Content-Type-Options") == "nosniff"
                attempts.check(safe, f"{method} {path} ({answer.status}), whose kind a browser guesses")


def test_a_handler_of_ours_that_is_no_page_says_so() -> None:
    """What does not stand on JupyterHub's base has no policy by itself."""
    ours = {entry[1] for entry in handlers.default_handlers if entry[1].__module__.startswith("aif_hub")}
    assert len(ours) > 10
    for one in ours:
        assert one.set_default_headers is not RequestHandler.set_default_headers, one
    assert aif_hub.project_pages.ProjectHandler in ours
