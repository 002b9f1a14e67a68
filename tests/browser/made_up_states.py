"""The states of a made-up hub's pages: each that the code knows of, so that a new one is seen without being named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from made_up import MadeUp

sys.path.append(str(Path(__file__).parents[1] / "unit"))
import hub_material as material
from budget_material import NOW as BUDGETS_NOW
from budget_material import funds, two_projects
from test_budget_pages import STATES as BUDGETS

from aif.core.jobs import JobSighting
from aif.core.states import EndCause
from aif_hub import words
from aif_hub.book import STEPS, Session
from aif_hub.budget_states import _LOOKS as BUDGET_STATES
from aif_hub.held_up import HeldUp
from aif_hub.paths import Paths
from aif_hub.sign_in.refusals import CODES, SignInRefused
from aif_hub.stopping import Trouble
from aif_hub.views import Look, home, past
from aif_hub.views_clusters import cluster_rows
from aif_hub.views_projects import project_card
from aif_hub.views_receipt import receipt
from aif_hub.views_sessions import A_PAGE, sessions_page
from aif_hub.views_waiting import waiting
from aif_hub.warnings.event import Event, Kind, Notice
from aif_hub.warnings.told import told
from aif_hub.words import _REFUSED as STATUSES
from aif_hub.worker_clusters import ClusterSeen

PATHS = Paths("/hub/", "/", "marieke")
NOW = datetime.now().astimezone().replace(microsecond=0)
ASKED = material.waiting_session(NOW - timedelta(minutes=2), 118)
RUNS = replace(ASKED, step="ready", node="mig01", started_at=NOW - timedelta(hours=1), ready_at=NOW)
ENDED = replace(RUNS, step="ended", ended_at=NOW, log_tail=("slurmstepd: error: *** JOB 118 ON mig01 CANCELLED ***",))
WAITS = JobSighting(118, 1003, "PENDING", reason="Priority")
CLUSTERS = (
    ClusterSeen("aif-abc_1234", here=4, waiting=2, used=Fraction(4, 7), rate=Fraction(4, 7)),
    ClusterSeen("aif-def_5678", here=1, waiting=0, used=Fraction(1), rate=Fraction(1), stopping=True),
)
#: How the book has it that something holds a session up.
HELD: dict[HeldUp, dict[str, Any]] = {
    HeldUp.NO: {},
    HeldUp.PAUSED: {"paused_at": NOW - timedelta(minutes=3)},
    HeldUp.SILENT: {"silent_since": NOW - timedelta(minutes=3)},
}
#: What each kind of notice has in it.
NOTICES: dict[Kind, dict[str, Any]] = {
    Kind.SESSION_ENDS: {"ends": (NOW + timedelta(minutes=4)).isoformat(), "minutes": 5},
    Kind.BUDGET: {
        "percent": 90,
        "account": "inspect01",
        "unit": "gpu-hour",
        "left": "49.9",
        "limit": "500",
        "as_of": NOW.isoformat(),
    },
    Kind.GPU_IDLE: {"since": (NOW - timedelta(minutes=17)).isoformat(), "rate": "1/7", "minutes": 17},
    Kind.IDLE_STOP_COMING: {
        "since": (NOW - timedelta(minutes=16)).isoformat(),
        "stops": (NOW + timedelta(minutes=14)).isoformat(),
        "rate": "1/7",
        "minutes": 16,
    },
    Kind.IDLE_STOPPED: {"since": (NOW - timedelta(minutes=46)).isoformat(), "rate": "1/7", "minutes": 46},
}


# The states -----------------------------------------------------------------------------------------------------------


def _home(session: Session | None = None, look: Look | None = None, **more: Any) -> dict[str, Any]:
    sessions = [session] if session else []
    return {"page": home(sessions, lambda _: look or Look(), NOW, material.site(), PATHS, **more)}


def _home_in_core_hours() -> dict[str, Any]:
    """A site that counts processors: a session that runs with a cluster, one that ended, and their project."""
    paid = replace(BUDGETS["low"][0], allocation=replace(BUDGETS["low"][0].allocation, unit="core-hour"))
    site = replace(two_projects(), allocations=(paid.allocation,))
    request = replace(RUNS.request, account=paid.allocation.account, allocation=paid.allocation.name)
    runs, ended = replace(RUNS, request=request), replace(ENDED, request=request, session="1" * 32)
    rows = cluster_rows([ClusterSeen("aif-abc_1234", 4, 2, Fraction(12), Fraction(8), unit="core-hour")])
    mine = project_card(funds(paid), [runs], BUDGETS_NOW, site, PATHS, {runs.session: Fraction(8)})
    return {"page": home([runs, ended], lambda _: Look(), NOW, site, PATHS, (mine,), clusters=lambda _: rows)}


def _waiting(session: Session, look: Look) -> dict[str, Any]:
    return {"page": waiting(session, look, NOW, material.site()), "spawner": SimpleNamespace(name="")}


def _ended(cause: EndCause) -> dict[str, Any]:
    return {"last": past(replace(ENDED, end_cause=cause), NOW, material.site(), PATHS)}


def _budget(state: str) -> dict[str, Any]:
    """A project whose budget is in that state; `active` is any other's figures."""
    of = BUDGETS[state][0] if state in BUDGETS else replace(BUDGETS["low"][0], usage=_unused(BUDGETS["low"][0].usage))
    return _home(projects=(project_card(funds(of), [], BUDGETS_NOW, two_projects(), PATHS),))


def _unused(usage: Any) -> Any:
    return replace(usage, settled=Fraction())


def _told(kind: Kind) -> dict[str, Any]:
    event = Event(1, NOW, Notice("marieke", "as if crossed", kind, "0" * 32, data=NOTICES[kind]))
    row = SimpleNamespace(event=event, told=told(event, RUNS, NOW, material.site(), PATHS, "session-2"))
    return {"told": [row]}


def _error(status: int, message: str = "") -> dict[str, Any]:
    return {"status_code": status, "status_message": "In the hub's words", "message": message}


def _made() -> Iterator[tuple[str, MadeUp]]:
    """By name. Each loop is over what the code itself knows."""
    stops = replace(RUNS, stop_asked=True)
    for step in STEPS[:-1]:
        session = replace(RUNS if step in ("starting", "ready") else ASKED, step=step)
        look = Look(WAITS if session.step in ("submitted", "waiting") else None)
        yield f"start-{step}", MadeUp("spawn_pending.html", lambda s=session, k=look: _waiting(s, k))
        yield f"home-{step}", MadeUp("home.html", lambda s=session, k=look: _home(s, k))
    unknown, long = Look(WAITS, NOW, unknown=True), replace(ASKED, written_at=NOW - timedelta(hours=1))
    yield "start-unknown", MadeUp("spawn_pending.html", lambda: _waiting(ASKED, unknown))
    yield "start-long", MadeUp("spawn_pending.html", lambda: _waiting(long, Look(WAITS)))
    yield "start-found-out", MadeUp("spawn_pending.html", lambda: {"page": None, "spawner": SimpleNamespace(name="")})
    yield "home-unknown", MadeUp("home.html", lambda: _home(RUNS, unknown))
    yield "home-found", MadeUp("home.html", lambda: _home(replace(RUNS, found_at=NOW)))
    yield (
        "home-clusters",
        MadeUp("home.html", lambda: _home(RUNS, clusters=lambda _: cluster_rows(CLUSTERS))),
    )
    yield "home-core-hours", MadeUp("home.html", _home_in_core_hours)
    for held in HeldUp:
        yield f"home-held-up-{held.name.lower()}", MadeUp("home.html", lambda h=held: _home(replace(RUNS, **HELD[h])))
    paused = replace(RUNS, step="starting", **HELD[HeldUp.PAUSED])
    yield "start-paused", MadeUp("spawn_pending.html", lambda: _waiting(paused, Look()))
    for trouble in Trouble:
        look, name = Look(stop=trouble), trouble.name.lower()
        yield f"home-stopping-{name}", MadeUp("home.html", lambda k=look: _home(stops, k))
        yield (
            f"start-stopping-{name}",
            MadeUp("spawn_pending.html", lambda k=look: _waiting(replace(ASKED, stop_asked=True), k)),
        )
        yield (
            f"stopping-{name}",
            MadeUp(
                "stop_pending.html",
                lambda: {"spawner": SimpleNamespace(name="")},
                says=lambda t=trouble: {"ending": words.ending(t)},
            ),
        )
    for cause in EndCause:
        name = cause.name.lower().replace("_", "-")
        failed = cause in (EndCause.FAILED, EndCause.NEVER_STARTED)
        given = {"server_name": "", "failed": failed, "failed_message": "", "spawn_url": "/hub/spawn"}
        yield f"ended-{name}", MadeUp("not_running.html", lambda g=given: g, says=lambda c=cause: _ended(c))
        yield (
            f"receipt-{name}",
            MadeUp(
                "receipt.html",
                lambda c=cause: {
                    "receipt": receipt(replace(ENDED, end_cause=c), NOW, material.site(), PATHS),
                    "own": True,
                },
            ),
        )
    failed_start = {"server_name": "", "failed": True, "failed_message": "HTTP 500: it", "spawn_url": "/hub/spawn"}
    yield "ended-before-it-was-written", MadeUp("not_running.html", lambda: failed_start)
    for status in STATUSES:
        yield f"error-{status}", MadeUp("error.html", lambda s=status: _error(s))
    yield "error-too-old", MadeUp("error.html", lambda: _error(403, "XSRF cookie does not match POST argument"))
    yield "error-no-database", MadeUp("error.html", lambda: _error(503, words.NO_DATABASE))
    yield "error-signed-out", MadeUp("error.html", lambda: _error(404), signed_in=False)
    gaps = dict.fromkeys(("service", "claim", "login", "organisation", "assurance", "said"), "SURFconext")
    for code in CODES:
        refused = SignInRefused(code, "m.devries@example.org", **gaps)
        yield (
            f"sign-in-{code}",
            MadeUp(
                "sign_in_refused.html",
                lambda r=refused, c=code: {"refused": r, "away": c == "provider-away"},
                signed_in=False,
            ),
        )
    for state in BUDGET_STATES:
        yield f"budget-{state.replace('_', '-')}", MadeUp("home.html", lambda s=state: _budget(s))
    for kind in Kind:
        yield f"told-{kind.value}", MadeUp("home.html", lambda: _home(RUNS), says=lambda k=kind: _told(k))
    ends = [replace(ENDED, end_cause=EndCause.STOPPED, session=f"{at:032x}") for at in range(A_PAGE + 1)]
    yield (
        "sessions",
        MadeUp("sessions.html", lambda: {"page": sessions_page(2, ends, [], NOW, material.site(), PATHS)}),
    )
    yield (
        "sessions-none",
        MadeUp("sessions.html", lambda: {"page": sessions_page(1, [], [], NOW, material.site(), PATHS)}),
    )
    yield "signed-out", MadeUp("logout.html", dict, signed_in=False)
    for ready in (True, False):
        invited = {
            "owner": SimpleNamespace(name="bakker"),
            "spawner_url": "/user/bakker/",
            "spawner_ready": ready,
            "code": "x",
            "next_url": "/user/bakker/",
            "scope_descriptions": [{"scope": "access:servers", "description": "Access servers.", "filter": ""}],
        }
        yield f"invited-{'ready' if ready else 'not-ready'}", MadeUp("accept-share.html", lambda g=invited: g)


MADE: dict[str, MadeUp] = dict(_made())
