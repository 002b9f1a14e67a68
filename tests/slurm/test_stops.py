"""A stop ends when Slurm says so and not before; until then its person reads why, and it is asked for again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from own_hub import Answer, OwnHub
from processes import until

from aif_hub import words
from aif_hub.stopping import Trouble

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]

Page = Callable[..., Answer]


def running(hub: OwnHub, short: str) -> tuple[str, dict[str, Any], Page]:
    """A person, their running stand-in and their browser."""
    hub.start()
    login = hub.login(short)
    hub.use_standin(login)
    assert hub.ask_for(login).status in (201, 202)
    return login, hub.await_ready(login), hub.browser(login)


def panel(hub: OwnHub, login: str) -> dict[str, Any]:
    """The one open session as JupyterLab's panel is told of it."""
    (told,) = hub.api("GET", "aif/v1/sessions", token=hub.token(login)).data["sessions"]
    found: dict[str, Any] = told
    return found


def says(page: Page, trouble: Trouble) -> bool:
    return words.ending(trouble).text in page("/hub/home").text


def test_a_stop_that_slurm_refuses_is_said_and_goes_on_after_a_restart(own_hub: OwnHub) -> None:
    login, session, page = running(own_hub, "class28")
    with own_hub.refusing_to_cancel(login):
        page("/hub/aif/stop", server="", then="home")
        until(lambda: says(page, Trouble.REFUSED), "Home says that it is refused", 20)
        told = panel(own_hub, login)
        assert (told["state"], told["open_url"], told["trouble"]) == (
            *("stopping", ""),
            words.ending(Trouble.REFUSED).text,
        )
        page("/hub/aif/stop", server="", then="home")  # once more changes nothing
        own_hub.kill()
        own_hub.start()
        until(lambda: says(page, Trouble.REFUSED), "the next hub goes on with it, and says so", 30)
        assert own_hub.state_of(session["job_id"]) == "RUNNING"
        assert not own_hub.ready(login), "what is being stopped is no server any more"
        assert (own_hub.session(login) or {})["step"] != "ended"
    ended = own_hub.await_ended(login)
    assert (ended["session"], ended["end_cause"]) == (session["session"], "stopped")
    assert own_hub.state_of(session["job_id"]) == "CANCELLED"


def test_a_scancel_that_takes_its_time_is_waited_for_and_asked_for_once(own_hub: OwnHub) -> None:
    login, session, page = running(own_hub, "class29")
    with own_hub.closed(f"scancel-{login}"):
        for _ in range(3):
            page("/hub/aif/stop", server="", then="home")
        own_hub.await_at_gate(f"scancel-{login}")
        assert says(page, Trouble.NONE)
        assert panel(own_hub, login)["state"] == "stopping"
        assert own_hub.ask_for(login).status == 400, "one after the other"
        assert len([*own_hub.gates.glob(f"scancel-{login}.[0-9]*")]) == 1
        assert own_hub.state_of(session["job_id"]) == "RUNNING"
        assert (own_hub.session(login) or {})["step"] == "ready"
    assert own_hub.await_ended(login)["end_cause"] == "stopped"


@contextmanager
def unending(job_id: int) -> Iterator[None]:
    """Its step's own process stands still, so that Slurm cannot end the job."""
    name = f"slurmstepd: [{job_id}.batch]".encode()
    (step,) = [one.parent for one in Path("/proc").glob("[0-9]*/cmdline") if _words(one).startswith(name)]
    os.kill(int(step.name), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(int(step.name), signal.SIGCONT)


def _words(cmdline: Path) -> bytes:
    try:
        return cmdline.read_bytes()
    except OSError:
        return b""


def test_a_job_that_completes_for_long_is_stopping_until_it_is_gone(own_hub: OwnHub) -> None:
    login, session, page = running(own_hub, "class38")
    with unending(session["job_id"]):
        page("/hub/aif/stop", server="", then="home")
        until(lambda: own_hub.state_of(session["job_id"]) == "COMPLETING", "Slurm has begun to end it", 30)
        own_hub.kill()
        own_hub.start()
        until(lambda: panel(own_hub, login)["state"] == "stopping", "the next hub knows", 30)
        assert says(page, Trouble.NONE)
        assert (own_hub.session(login) or {})["step"] == "ready"
    assert own_hub.await_ended(login, seconds=90)["end_cause"] == "stopped"
