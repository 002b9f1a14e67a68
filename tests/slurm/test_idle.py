"""Idle sessions on a real Slurm: told, kept with one click, stopped with words; a long cell is not idle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from idle_hub import IdleHub
from notebook_client import Notebook
from processes import until
from smtp_sink import served

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]


class Person:
    """One of its people, as `Notebook` needs them."""

    def __init__(self, hub: IdleHub, short: str) -> None:
        self.hub = hub
        self.login = hub.login(short)
        self.url = f"{hub.url}/"
        self._token = hub.token(self.login)

    def token(self) -> str:
        return self._token

    def api(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        answer = self.hub.get(f"/{path}", self._token, method, data)
        assert answer.status < 300, answer
        return answer.data if answer.text else None

    def events(self, kind: str) -> list[dict[str, Any]]:
        """All events of that kind that the person was told, oldest first."""
        found = self.api("GET", "hub/api/aif/v1/events")["events"]
        return [event for event in found if event["kind"] == kind]


@pytest.fixture(scope="module")
def idle_hub(instance: dict[str, Any]) -> Iterator[IdleHub]:
    with served() as sink:
        hub = IdleHub(instance, sink, tiny=True)
        try:
            hub.start()
            yield hub
        finally:
            hub.close()


async def test_an_idle_session_is_told_kept_and_stopped_while_a_long_cell_goes_on(idle_hub: IdleHub) -> None:
    idle, busy = (Person(idle_hub, short) for short in ("class25", "class26"))
    for person in (idle, busy):
        assert idle_hub.ask_for(person.login, profile="cpu").status in (201, 202)
    await asyncio.to_thread(idle_hub.await_ready, busy.login)
    async with Notebook(busy) as notebook:  # type: ignore[arg-type]  # it needs no more of a person than this one has
        cell = asyncio.create_task(notebook.run("import time; time.sleep(600)"))
        await asyncio.to_thread(told_kept_and_stopped, idle_hub, idle)
        assert not cell.done()
        assert idle_hub.ready(busy.login)
        assert busy.events("idle-stop-coming") == []
        cell.cancel()
    idle_hub.ask_to_stop(busy.login)
    ended = await asyncio.to_thread(idle_hub.await_ended, busy.login)
    assert ended["end_cause"] == "stopped"


def told_kept_and_stopped(hub: IdleHub, person: Person) -> None:
    session = hub.await_ready(person.login)
    (coming,) = until(lambda: person.events("idle-stop-coming"), "it is told", 60)
    page = hub.browser(person.login)
    assert "Keep it" in page("/hub/home").text
    home = page("/hub/aif/keep", session=coming["session"])
    assert (home.status, "Keep it" in home.text) == (200, False), "one click, and Home is calm again"
    assert person.events("idle-stop-coming")[0]["over_at"], "it is over at once"
    (_, again) = until(lambda: len(found := person.events("idle-stop-coming")) == 2 and found, "it is told again", 60)
    assert again["session"] == session["session"]
    ended = hub.await_ended(person.login, seconds=90)
    assert ended["end_cause"] == "idle"
    assert hub.state_of(ended["job_id"]) == "CANCELLED"
    assert ended["would_end"] > ended["ended_at"] > ended["kept_at"]
    until(lambda: person.events("idle-stopped"), "its end is told", 20)
    until(lambda: not hub.server(person.login), "the hub has let go of the server", 20)
    home = hub.browser(person.login)("/hub/home").text
    assert "Stopped when idle" in home
    assert "Nothing ran in it any more, so it was stopped" in home


def test_a_budget_that_is_used_up_is_told_once_and_by_mail_to_who_runs_something(idle_hub: IdleHub) -> None:
    person = Person(idle_hub, "class27")
    idle_hub.use_standin(person.login)
    assert idle_hub.ask_for(person.login, profile="cpu").status in (201, 202)
    idle_hub.await_ready(person.login)
    (event,) = until(lambda: person.events("budget"), "it is told", 150, every=1)
    assert (event["allocation"], event["data"]["percent"], event["tone"]) == ("tiny", 100, "stop")
    letter = until(
        lambda: next((one for one in idle_hub.sink.letters if one["To"] == f"{person.login}@example.org"), None),
        "the mail arrives",
        60,
    )
    assert letter["Subject"] == f"AI Factory tests: {event['title']}"
    assert event["text"].partition(", as of")[0] in letter.get_content().replace("\r\n", "\n")
    waiting = "SELECT event FROM aif_outbox WHERE login = ?"
    until(lambda: not idle_hub.rows(waiting, person.login), "the hub has noted that it is sent", 30)
    idle_hub.kill()
    idle_hub.start()
    idle_hub.await_ready(person.login)
    idle_hub.ask_to_stop(person.login)
    idle_hub.await_ended(person.login)  # the watch has looked many times meanwhile
    assert len(person.events("budget")) == 1, "nothing is repeated"
    assert sum(one["To"] == letter["To"] for one in idle_hub.sink.letters) == 1
