"""What the hub tells a person is theirs alone, to read and to act on; and a session reports only of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from own_hub import OwnHub
from own_hub_place import TOKEN
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.timeout(240)]

QUIET = {"busy": False, "idle_seconds": 5, "gpu": "none", "gpu_idle_seconds": 5, "saved_seconds_ago": None}


@dataclass
class Two:
    """Two people with a session each, and a second session of the first; each with the token that its job holds."""

    hub: OwnHub
    login: str
    other: str
    session: str
    tokens: dict[str, str]  # mine, second, other: of sessions; person, stranger: of people

    def post(self, path: str, token: str, body: Any = None) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return self.hub.get(f"/hub/api/aif/v1/{path}", self.tokens.get(token, token), "POST", data).status

    def reports(self, token: str, body: Any = None, session: str = "") -> int:
        return self.post(f"sessions/{session or self.session}/activity", token, QUIET if body is None else body)

    def counts(self, token: str, done: int = 2) -> int:
        one = {
            "name": "01_spreadsheet",
            "exercises": 3,
            "done": done,
            "seen_at": "2027-04-01T14:30:00Z",
            "newer": False,
        }
        return self.post("tutorials", token, {"tutorials": [one]})

    def done(self, token: str) -> int:
        told = self.hub.api("GET", "aif/v1/tutorials", token=self.tokens[token]).data
        (one,) = told["tutorials"]
        return int(one["done"])

    def keeps(self, token: str, session: str = "") -> int:
        return self.post(f"sessions/{session or self.session}/keep", token)

    @property
    def kept(self) -> Any:
        return (self.hub.session(self.login) or {}).get("kept_at")

    def events(self, token: str) -> Any:
        return self.hub.api("GET", "aif/v1/events", token=self.tokens.get(token, token))


@pytest.fixture(scope="module")
def two(own_hub: OwnHub) -> Iterator[Two]:
    own_hub.start()
    mine, other = own_hub.login("class23"), own_hub.login("class24")
    servers = [(mine, ""), (mine, "second"), (other, "")]
    for login, server in servers:
        own_hub.use_standin(login)
        assert own_hub.ask_for(login, server, profile="cpu").status in (201, 202)
    sessions = [own_hub.await_ready(login, server) for login, server in servers]
    held = [
        json.loads((own_hub.folder_of(one) / "session.json").read_text())["env"]["JUPYTERHUB_API_TOKEN"]
        for one in sessions
    ]
    tokens = dict(zip(("mine", "second", "other"), held, strict=True))
    tokens |= {"person": own_hub.token(mine), "stranger": own_hub.token(other)}
    yield Two(own_hub, mine, other, sessions[0]["session"], tokens)
    for login, server in servers:
        own_hub.ask_to_stop(login, server)
    for login, server in servers:
        own_hub.await_ended(login, server)


def test_a_session_reports_with_its_own_token_and_is_told_when_again(two: Two) -> None:
    answer = two.hub.get(
        f"/hub/api/aif/v1/sessions/{two.session}/activity", two.tokens["mine"], "POST", json.dumps(QUIET).encode()
    )
    assert (answer.status, answer.data) == (200, {"again_seconds": 60})


@pytest.mark.parametrize("token", ["second", "other", "person", "stranger", TOKEN, "", "guessed"])
def test_no_other_token_reports_for_it(two: Two, token: str) -> None:
    assert two.reports(token) == 403


def test_a_browser_cannot_report(two: Two) -> None:
    page = two.hub.browser(two.login)
    path = f"/hub/api/aif/v1/sessions/{two.session}/activity"
    assert page(path, data=json.dumps(QUIET).encode(), kind="application/json").status == 403


def test_nobody_reports_for_a_session_that_does_not_exist(two: Two) -> None:
    assert two.reports("mine", session="0" * 32) == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, {**QUIET, "login": "root"}, {**QUIET, "busy": "no"}],
    ids=lambda body: str(body)[:30],
)
def test_what_is_not_a_report_is_refused(two: Two, body: Any) -> None:
    assert two.reports("mine", body) == 400


@pytest.mark.parametrize("token", ["other", "stranger"])
def test_another_person_cannot_keep_it(two: Two, token: str) -> None:
    assert two.keeps(token) == 404
    assert two.kept is None


@pytest.mark.parametrize("token", [TOKEN, "", "guessed"])
def test_neither_can_a_service_or_nobody(two: Two, token: str) -> None:
    assert two.keeps(token) == 403
    assert two.kept is None


def narrowed(two: Two, scope: str) -> str:
    """A token of the first person that may do no more than that."""
    return str(two.hub.api("POST", f"users/{two.login}/tokens", {"scopes": [scope]}).data["token"])


def test_neither_can_the_same_persons_token_of_another_session_or_of_a_narrower_purpose(two: Two) -> None:
    assert two.keeps("second") == 403
    for scope in (f"read:users!user={two.login}", f"custom:aif:read!user={two.login}"):
        assert two.keeps(narrowed(two, scope)) == 403
    assert two.kept is None


def test_a_token_that_may_only_read_what_is_left_reads_events_and_one_for_something_else_does_not(two: Two) -> None:
    reading = narrowed(two, f"custom:aif:read!user={two.login}")
    assert two.events(reading).status == 200
    assert two.post("events/1/seen", reading) == 403
    assert two.events(narrowed(two, f"read:users!user={two.login}")).status == 403


def test_a_form_of_another_site_keeps_nothing(two: Two) -> None:
    page = two.hub.browser(two.login)
    assert page("/hub/aif/keep", data=f"session={two.session}".encode(), kind="text/plain").status in (400, 403, 404)
    assert page(f"/hub/aif/keep?session={two.session}").status == 405
    assert two.kept is None


def test_its_person_and_its_own_server_can(two: Two) -> None:
    assert two.keeps("mine") == 204
    first = two.kept
    assert two.keeps("person") == 204
    assert two.kept > first


@pytest.mark.slow
def test_events_are_read_and_put_away_by_their_person_alone(two: Two) -> None:
    job = (two.hub.session(two.login) or {})["job_id"]
    two.hub.slurm("scontrol", "update", f"jobid={job}", "TimeLimit=20")
    event = until(lambda: two.events("person").data["events"], "the end is announced", 60)[0]
    assert (event["kind"], event["session"], event["seen_at"]) == ("session-ends", two.session, None)
    assert two.events("mine").data["events"][0]["id"] == event["id"]
    assert two.events("stranger").data["events"] == []
    assert [two.events(token).status for token in (TOKEN, "", "guessed")] == [403, 403, 403]
    seen = f"events/{event['id']}/seen"
    assert [two.post(seen, token) for token in ("stranger", "other", TOKEN, "")] == [404, 404, 403, 403]
    assert two.events("person").data["events"][0]["seen_at"] is None
    assert two.hub.browser(two.login)("/hub/home").text.count(f'data-event="{event["id"]}"') == 1
    assert two.hub.browser(two.other)("/hub/aif/seen", event=str(event["id"])).status == 404
    assert two.events("person").data["events"][0]["seen_at"] is None
    assert two.hub.browser(two.login)("/hub/aif/seen", event=str(event["id"])).status == 200
    first = two.events("person").data["events"][0]["seen_at"]
    assert first
    assert two.post(seen, "person") == 204
    assert two.events("person").data["events"][0]["seen_at"] == first
    assert f'data-event="{event["id"]}"' not in two.hub.browser(two.login)("/hub/home").text
    assert two.hub.api("GET", "aif/v1/events?since=x", token=two.tokens["person"]).status == 400
    assert two.hub.api("GET", f"aif/v1/events?since={event['id']}", token=two.tokens["person"]).data["events"] == []


def test_how_far_somebody_is_in_the_tutorials_is_told_by_their_sessions_and_to_them_alone(two: Two) -> None:
    assert (two.counts("mine"), two.counts("second", 3), two.counts("other", 1)) == (204, 204, 204)
    assert {name: two.done(name) for name in two.tokens} == {
        **dict.fromkeys(("mine", "second", "person"), 3),
        **dict.fromkeys(("other", "stranger"), 1),
    }
    assert [two.counts(token, 0) for token in ("person", "stranger", TOKEN, "", "guessed")] == [403] * 5
    assert two.post("tutorials", "mine", {"tutorials": [{"name": "01_spreadsheet", "tries": 7}]}) == 400
    assert two.done("mine") == 3
    assert two.hub.get("/hub/api/aif/v1/tutorials", TOKEN).status == 403, "whatever rights a service has"


def test_a_page_elsewhere_in_the_browser_cannot_tell_it(two: Two) -> None:
    sent = json.dumps({"tutorials": []}).encode()
    page = two.hub.browser(two.login)
    assert page("/hub/api/aif/v1/tutorials", data=sent, kind="application/json").status == 403
    assert two.done("mine") == 3
    note = {"id": "c" * 32, "when": "2027-04-01T14:30:00Z", "verdict": "allowed", "place": "home", "until": ""}
    assert page("/hub/api/aif/v1/own-data", data=json.dumps(note).encode(), kind="application/json").status == 403
    assert [two.post("own-data", token, note) for token in ("person", "stranger", TOKEN, "", "guessed")] == [403] * 5
    assert two.post("own-data", "mine", {**note, "file": "orders.csv"}) == 400
