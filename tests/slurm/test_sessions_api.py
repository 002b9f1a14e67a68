"""A person's open sessions over REST: what they are, and stopping one, for those alone who may."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest
from person_client import Person

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(180)]
SESSIONS = "hub/api/aif/v1/sessions"


@pytest.fixture
def joost(instance: dict[str, Any]) -> Iterator[Person]:
    person = Person(instance, "joost")
    yield person
    person.stop_all()


def refused(person: Person, method: str, path: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        person.api(method, path)
    return refusal.value.code


class Holder(Person):
    """The same person with a token of less."""

    def __init__(self, person: Person, *scopes: str) -> None:
        self.url, self.login = person.url, person.login
        body = {"note": "of a test", "scopes": [f"{scope}!user={person.login}" for scope in scopes]}
        self._token = person.api("POST", f"hub/api/users/{person.login}/tokens", body)["token"]


def test_open_sessions_are_told_and_stopped_by_their_owner_alone(instance: dict[str, Any], joost: Person) -> None:
    assert joost.api("GET", SESSIONS)["sessions"] == []
    joost.start({"profile": "cpu", "minutes": "30"})
    answer = joost.api("GET", SESSIONS)
    [session] = answer["sessions"]
    assert (session["profile"], session["minutes"], session["state"]) == ("cpu", 30, "ready")
    assert session["ends_at"] > session["asked_at"]
    assert session["open_url"] == f"/user/{joost.login}/lab"
    assert answer["start_url"] == f"/hub/spawn/{joost.login}/session-2"

    path = f"{SESSIONS}/{session['session']}"
    other = Person(instance, "visser")
    assert other.api("GET", SESSIONS)["sessions"] == []
    assert refused(other, "DELETE", path) == 404, "somebody else's is answered as one that does not exist"
    reader = Holder(joost, "read:servers")
    assert reader.api("GET", SESSIONS)["sessions"] == answer["sessions"]
    assert refused(reader, "DELETE", path) == 403
    assert refused(Holder(joost, "read:users:name"), "GET", SESSIONS) == 403
    assert refused(joost, "DELETE", f"{SESSIONS}/{'0' * 32}") == 404

    joost.api("DELETE", path)
    deadline = time.monotonic() + 60
    while joost.api("GET", SESSIONS)["sessions"]:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert refused(joost, "DELETE", path) == 404
