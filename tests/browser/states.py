"""Every state of the pages: who is in it, where it is seen, and what is said there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gallery import NEW_HERE, PAUSED, SILENT, STRANGER
from playwright.sync_api import Page
from visiting import sign_in


@dataclass(frozen=True)
class State:
    """`person` is a short name, or nobody; `{login}` in `path` is theirs; `said` is English, as in the catalogues."""

    person: str
    path: str
    said: str
    ready: str = "main h1"
    act: Callable[[Page], None] | None = None


def wrong_password(page: Page) -> None:
    sign_in(page, "marieke", "wrong")
    page.wait_for_selector("[role=alert]")


def too_long(page: Page) -> None:
    """Sends what the page itself would not let anybody choose."""
    page.evaluate(
        """() => {
          const form = document.getElementById("spawn_form");
          form.querySelector("[name=minutes]").removeAttribute("name");
          const wish = document.createElement("input");
          Object.assign(wish, { type: "hidden", name: "minutes", value: "99999" });
          form.append(wish);
          form.submit();
        }"""
    )
    page.wait_for_selector("[role=alert]")


def open_menu(page: Page) -> None:
    page.click(".who > summary")


def open_stop(page: Page) -> None:
    page.click(".session .confirm > summary")
    page.click(".past__row > summary >> nth=0")


def open_receipt(page: Page) -> None:
    page.click(".past__row > summary >> nth=0")
    page.click(".past__row[open] .buttons a")
    page.wait_for_selector(".receipt")


OAUTH = "/hub/api/oauth2/authorize?client_id=service-another-program&response_type=code&state=x"
STATES = {
    "sign-in": State("", "/hub/login", "Ask your data bigger questions"),
    "sign-in-wrong": State("", "/hub/login", "That name and password do not belong together.", act=wrong_password),
    "home-empty": State("class01", "/hub/home", "Nothing is running, so nothing is being charged."),
    "home-running": State("marieke", "/hub/home", "Your sessions now"),
    "home-opened": State("marieke", "/hub/home", "Your last sessions", act=open_stop),
    "receipt": State("marieke", "/hub/home", "Receipt of a session at", act=open_receipt),
    "home-waiting": State("class02", "/hub/home", "See how it goes"),
    "home-failed": State("class10", "/hub/home", "Ended by an error"),
    "home-paused": State(PAUSED, "/hub/home", "The cluster has paused it (suspended)"),
    "home-silent": State(SILENT, "/hub/home", "It has not answered since"),
    "home-told": State("class11", "/hub/home", "Your session is idle"),
    "home-sector": State("class09", "/hub/home", "Choose your sector"),
    "home-menu": State("bakker", "/hub/home", "Sign out", act=open_menu),
    "tutorials": State("class01", "/hub/aif/tutorials", "Each answers one question"),
    "tutorials-ready": State("marieke", "/hub/aif/tutorials?sector=all", "Continue where you were"),
    "tutorials-newer": State("marieke", "/hub/aif/tutorials?sector=manufacturing", "There is a newer version."),
    "tutorials-sector": State("class09", "/hub/aif/tutorials", "A question from your own sector"),
    "terms": State(NEW_HERE, "/hub/aif/tutorial/01_spreadsheet", "With “I accept” your name"),
    "terms-home": State(NEW_HERE, "/hub/home", "Before you start anything, read and accept the terms of use."),
    "terms-accepted": State("marieke", "/hub/aif/terms", "You accepted version 2025-03 on"),
    "start-first": State("class01", "/hub/spawn", "How big?"),
    "home-budgets": State("bakker", "/hub/home", "Nearly used up"),
    "home-closed": State("olga", "/hub/home", "nothing can be started on it any more"),
    "start-budgets": State("bakker", "/hub/spawn", "Which budget pays?"),
    "start-used-up": State("bakker", "/hub/spawn?project=mobtest01&profile=gpu", "has nothing free to plan. Choose"),
    "start-closed": State("olga", "/hub/spawn?allocation=ops01", "cannot pay for a session now."),
    "project-leader": State("visser", "/hub/aif/project/mobility01", "By person"),
    "project-member": State("marieke", "/hub/aif/project/inspect01", "For your own records"),
    "start-gone": State("class01", "/hub/spawn?profile=gone&project=gone", "is not offered here now, so another one"),
    "start-refused": State("bakker", "/hub/spawn", "Start a session", act=too_long),
    "start-no-project": State(STRANGER, "/hub/spawn", "You are not a member of a project yet"),
    "asked": State("class05", "/hub/spawn-pending/{login}", "Sending your request"),
    "waiting": State("class02", "/hub/spawn-pending/{login}", "Waiting for your turn"),
    "waiting-long": State("class03", "/hub/spawn-pending/{login}", "This takes longer than usual"),
    "waiting-stuck": State("class04", "/hub/spawn-pending/{login}", "Another choice can start sooner"),
    "starting": State("class06", "/hub/spawn-pending/{login}", "Your session is starting"),
    "stopping": State("class07", "/hub/spawn-pending/{login}", "Your session is stopping"),
    "did-not-start": State("class10", "/hub/spawn-pending/{login}", "Your session did not start"),
    "ended": State("class08", "/hub/user/{login}/lab", "This session is not running"),
    "never-was": State("class09", "/hub/user/{login}/lab", "Start a session"),
    "not-there": State("bakker", "/hub/nothing-here", "There is no page here"),
    "not-yours": State("bakker", "/hub/admin", "This is not open to you"),
    "not-reachable": State("bakker", "/hub/error/503", "Not reachable just now"),
    "tokens": State("bakker", "/hub/token", "A token lets a program of yours use the workbench in your name."),
    "consent": State("bakker", OAUTH, "Let this program know who you are?"),
}
