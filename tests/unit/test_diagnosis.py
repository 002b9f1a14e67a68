"""What is copied for the contact when something went wrong: on each page that says so, in words, without secrets."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from test_start_page import Desk
from test_waiting_pages import ASKED, ENDED, LOOK, NOW, PATHS, RUNS, SITE, TEMPLATES, rendered
from test_waiting_script import played

from aif.core.states import EndCause
from aif_hub import diagnosis
from aif_hub.pages import Pages
from aif_hub.speech import speak
from aif_hub.stopping import Trouble
from aif_hub.views import Look, home, past
from aif_hub.views_waiting import waiting
from aif_hub.words import refused
from aif_hub.workbench import Workbench

TOKEN = "5f1d0c9e2b7a4f3d8e6c1a0b9d8f7e6c"  # noqa: S105  # nobody's
PAGES = Pages(Workbench(SITE))
MARIEKE = SimpleNamespace(name="marieke")


@pytest.fixture(params=["en", "nl"])
def speaking(request: pytest.FixtureRequest) -> Iterator[str]:
    speak(request.param)
    yield request.param
    speak("en")


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(diagnosis).failed == 0
    assert doctest.testmod(diagnosis).attempted >= 2


@pytest.mark.parametrize(
    "text",
    [
        f"GET /user/marieke/lab?token={TOKEN}",
        f"no invitation {TOKEN}",
        f'{{"Authorization": "token {TOKEN}"}}',
        f"JUPYTERHUB_API_TOKEN={TOKEN}",
        "_xsrf=MnwxOjB8MTA6MTc5|abc",
        "password: hunter2",
        "/hub/oauth_callback?code=hunter2&state=hunter2",
        "k8yK4qTtG3yJr1xq0b-Zz7W2v9_uPQmN",
    ],
)
def test_what_may_be_a_secret_is_not_in_it(text: str) -> None:
    told = diagnosis.of_page(f"GET /hub/{text}", "marieke", NOW, said=text)
    ended = diagnosis.of_session(replace(ENDED, end_note=text, log_tail=(text,)), trouble=text)
    for found in (told, ended):
        assert diagnosis.MASK in found
        assert TOKEN not in found
        assert "hunter2" not in found
        assert "MnwxOjB8" not in found
        assert "k8yK4qTt" not in found


def test_what_helps_is_in_it() -> None:
    log = "[I 2026-11-24 09:02:11 ServerApp] Kernel started: 4e2f6b1c-0000-4000-8000-0123456789ab, exit code: 1"
    ended = diagnosis.of_session(replace(ENDED, log_tail=(log,)))
    for part in (ENDED.session, "login: marieke", "12 on demo, mig01", "ended as: time limit", log):
        assert part in ended
    open_now = diagnosis.of_session(ASKED, LOOK.sighting, "Unable to contact slurm controller")
    assert "Slurm shows: PENDING Priority" in open_now
    assert "trouble: Unable to contact" in open_now
    page = PAGES.diagnosis("GET /hub/nothing-here", MARIEKE, answer="404 Not Found", said="")
    assert page.startswith("asked: GET /hub/nothing-here\nlogin: marieke\nanswer: 404 Not Found\ntime: ")
    assert "workbench: " in page
    assert "said" not in page
    assert "(not signed in)" in PAGES.diagnosis("GET /hub/", None)


def test_a_refused_choice_is_in_it() -> None:
    def asked() -> str:
        PAGES.remember({"profile": ["slice"], "minutes": ["99999"], "_xsrf": [TOKEN]})
        return PAGES.diagnosis("POST /hub/spawn", MARIEKE)

    told = copy_context().run(asked)  # as each request has its own
    assert "choice: profile=slice minutes=99999" in told
    assert TOKEN not in told


# On each page that says no -------------------------------------------------------------------------------------------


def error(status: int, message: str = "") -> str:
    given = {"status_code": status, "status_message": "In short", "message": message, "asked": "GET /hub/x"}
    aif = {"refused": refused, "site": SITE, "diagnosis": PAGES.diagnosis}
    return rendered("error.html", aif, **given)


def ended(cause: EndCause) -> str:
    last = past(replace(ENDED, end_cause=cause), NOW, SITE, PATHS)
    aif = {"last": lambda *_: last}
    return rendered("not_running.html", aif, server_name="", failed=cause is EndCause.FAILED, spawn_url="/hub/spawn")


def not_started() -> str:
    """A start that failed before the book had anything of it."""
    aif = {"last": lambda *_: None, "plain": PAGES.plain, "diagnosis": PAGES.diagnosis}
    given = {"server_name": "", "failed": True, "failed_message": "It could not be asked for.", "asked": "GET /hub/x"}
    return rendered("not_running.html", aif, spawn_url="/hub/spawn", **given)


def start_refused() -> str:
    aif = {"plain": PAGES.plain, "diagnosis": PAGES.diagnosis}
    said = "HTTP 400: error (“600” minutes is too long.)"
    return rendered("spawn.html", aif, error_message=said, spawner_options_form="", url="/hub/spawn", asked="POST /x")


def sign_in_refused() -> str:
    said = SimpleNamespace(text="You are not known here.", todo="Ask.", identity="m@example.org")
    return rendered("sign_in_refused.html", {"site": SITE, "diagnosis": PAGES.diagnosis}, refused=said, asked="GET /x")


def waits(look: Look = LOOK, minutes: int = 0, reason: str = "Priority", **changed: Any) -> str:
    asked = replace(ASKED, written_at=NOW - timedelta(minutes=minutes), **changed)
    assert look.sighting
    page = waiting(asked, replace(look, sighting=replace(look.sighting, reason=reason)), NOW, SITE)
    return rendered("spawn_pending.html", {}, page=page)


def at_home(look: Look = LOOK, **changed: Any) -> str:
    page = home([replace(RUNS, **changed)], lambda _: look, NOW, SITE, PATHS)
    return rendered("home.html", {"person": lambda _: MARIEKE}, page=page)


FAILURES = {
    **{f"{status}": lambda status=status: error(status) for status in (400, 403, 404, 405, 413, 429, 500, 502, 503)},
    **{
        cause.value: lambda cause=cause: ended(cause)
        for cause in EndCause
        if cause not in (EndCause.FINISHED, EndCause.STOPPED)
    },
    "did not start": not_started,
    "start refused": start_refused,
    "sign-in refused": sign_in_refused,
    "waits long": lambda: waits(minutes=10),
    "never starts": lambda: waits(reason="BadConstraints"),
    "not known": lambda: waits(replace(LOOK, unknown=True)),
    "stop refused while it waits": lambda: waits(replace(LOOK, stop=Trouble.REFUSED), stop_asked=True),
    "stop refused": lambda: at_home(replace(LOOK, stop=Trouble.REFUSED), stop_asked=True),
    "without a record": lambda: at_home(found_at=NOW),
}
LABELS = {
    "en": ("Diagnosis for the contact", "Copy the diagnosis", "Copied", "The diagnosis is copied"),
    "nl": ("Diagnose voor het contactpunt", "Diagnose kopiëren", "Gekopieerd", "De diagnose is gekopieerd"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_page_that_says_no_has_a_diagnosis_to_copy(speaking: str, name: str) -> None:
    html = FAILURES[name]()
    fold, button, copied, said = LABELS[speaking]
    assert f"<summary>{fold}</summary>" in html
    [pre] = re.findall(r"<pre[^>]*data-copy=[^>]*>([^<]*)</pre>", html)
    assert re.match(r"(asked|session): \S", pre)
    for attribute in (f'data-copy="{button}"', f'data-copied="{copied}"', f'data-copied-said="{said}"'):
        assert attribute in html
    assert len(re.findall(r'\bid="([^"]+)"', html)) == len(set(re.findall(r'\bid="([^"]+)"', html)))


def test_what_goes_well_has_none() -> None:
    assert "data-copy" not in waits()
    assert "data-copy" not in at_home()


def test_only_one_macro_says_it() -> None:
    said = [path.name for path in TEMPLATES.glob("*.html") if "Diagnosis for the contact" in path.read_text()]
    assert said == ["_parts.html"]


async def test_who_is_in_no_project_has_one_for_the_contact(tmp_path: Path) -> None:
    async def none(_login: str) -> list[Any]:
        return []

    desk = Desk(tmp_path)
    desk.user.settings["aif"].projects = SimpleNamespace(of=none, trouble="slurmdbd is away")
    spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
    html = await desk.pages.options_form(spawner)
    [pre] = re.findall(r"<pre[^>]*data-copy=[^>]*>([^<]*)</pre>", html)
    assert "projects: none" in pre
    assert "said: slurmdbd is away" in pre


# Its button ----------------------------------------------------------------------------------------------------------

BUTTON = """
const fold = { open: false, after: (...all) => (below = all) };
let below = [], selected = null, copied = "";
const pre = {
  dataset: { copy: "Copy", copied: "Copied", copiedSaid: "It is copied", copyBelow: "" }, textContent: "job: 12",
  closest: () => fold, after: () => { throw new Error("inside a fold that is closed"); },
};
document.createElement = (kind) => ({
  kind, textContent: "", addEventListener(name, does) { this[name] = does; },
  setAttribute(name, value) { this[name] = value; },
});
document.querySelectorAll = (what) => (what === "[data-copy]" ? [pre] : []);
globalThis.getSelection = () => ({ selectAllChildren: (what) => (selected = what) });
navigator.clipboard = { writeText: async (text) => { if (!ALLOWED) throw new Error("no"); copied = text; } };
page();
const [pressed, told] = below;
const before = [pressed.kind, pressed.type, pressed.textContent, told.role, told.textContent];
await pressed.click();
return { before, after: [pressed.textContent, told.textContent, copied, fold.open, selected === pre] };
"""


@pytest.mark.parametrize(
    ("allowed", "after"),
    [(True, ["Copied", "It is copied", "job: 12", False, False]), (False, ["Copy", "", "", True, True])],
)
def test_the_button_stands_below_the_fold_and_screen_readers_hear_that_it_copied(
    allowed: bool, after: list[Any]
) -> None:
    found = played(f"const ALLOWED = {json.dumps(allowed)};{BUTTON}", permission="denied", throws=False)
    assert found == {"before": ["button", "button", "Copy", "status", ""], "after": after}
