"""A hub that restarts under a hundred running sessions: nobody's way to theirs is cut, and it finds every one again."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from own_hub import OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE, EACH = 20, 5
PROFILE = {"profile": "cpu", "minutes": 60}
#: What a restarted hub may take until it answers, and until it has found all of them.
ANSWERS_SECONDS, FOUND_SECONDS = 10.0, 30.0


@pytest.fixture
def hub(instance: dict[str, Any]) -> Iterator[OwnHub]:
    made = OwnHub(instance, "hundred-hub")
    try:
        made.start()
        yield made
    finally:
        made.close()


class Visitors:
    """Goes round all sessions through the proxy, again and again, and notes what each answers."""

    def __init__(self, hub: OwnHub, paths: list[str]) -> None:
        self.answers: Counter[str] = Counter()
        self.seen: set[str] = set()
        self._port, self._paths = hub.port, paths
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_round)

    def __enter__(self) -> Visitors:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _go_round(self) -> None:
        while not self._over.is_set():
            for path in self._paths:
                self.answers[self._asked(path)] += 1
                self.seen.add(path)

    def _asked(self, path: str) -> str:
        door = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            door.request("GET", path)
            answer = door.getresponse()
            answer.read()
            return f"{answer.status}"
        except (OSError, http.client.HTTPException) as fault:
            return type(fault).__name__
        finally:
            door.close()


def all_ready(hub: OwnHub) -> int:
    """How many servers the hub says are ready."""
    people = hub.api("GET", "users").data
    return sum(server["ready"] for person in people for server in person["servers"].values())


def jobs_of(hub: OwnHub, sessions: Container[str]) -> set[int]:
    """What carries one of these sessions' ids; Slurm forgets jobs of other tests meanwhile."""
    return {job for job, session in hub.jobs().items() if session in sessions}


def test_a_hub_restarts_under_a_hundred_sessions_and_nobody_is_cut_off(hub: OwnHub) -> None:
    logins = [hub.login(f"class{number:02}") for number in range(1, PEOPLE + 1)]
    for login in logins:
        hub.use_standin(login)
    seats = [(login, f"s{at}") for at in range(EACH) for login in logins]
    with ThreadPoolExecutor(16) as askers:
        asked = askers.map(lambda seat: hub.ask_for(seat[0], seat[1], **PROFILE).status, seats)
        assert set(asked) <= {201, 202}
    until(lambda: all_ready(hub) == len(seats), "all are ready", 120, every=1.0)
    before = {row[0]: row[1] for row in hub.rows("SELECT session, job_id FROM aif_sessions WHERE open")}
    assert len(before) == len(seats)
    assert jobs_of(hub, before) == set(before.values())
    with Visitors(hub, [f"/user/{login}/{name}/api" for login, name in seats]) as visitors:
        until(lambda: len(visitors.seen) == len(seats), "each was visited", 60)
        hub.kill()
        began = time.monotonic()
        hub.start()
        answered = time.monotonic() - began
        until(lambda: all_ready(hub) == len(seats), "all are found", FOUND_SECONDS)
        found = time.monotonic() - began
        visitors.seen.clear()
        until(lambda: len(visitors.seen) == len(seats), "each was visited again", 60)
    print(f"{len(seats)} sessions: answers after {answered:.1f} s, all found after {found:.1f} s, {visitors.answers}")
    assert set(visitors.answers) == {"200"}
    assert answered < ANSWERS_SECONDS
    after = {row[0]: row[1] for row in hub.rows("SELECT session, job_id FROM aif_sessions WHERE open")}
    assert after == before
    assert jobs_of(hub, before) == set(before.values()), "no job more, and none less"
