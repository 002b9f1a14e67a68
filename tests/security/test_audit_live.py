"""The audit log of a running hub: who did what, from where, and no secret in it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from own_hub import OwnHub
from own_hub_place import LEDGER_TOKEN, METRICS_TOKEN, TOKEN
from processes import until
from roles import Row, Visitor

from aif_hub.audit.entry import Entry
from aif_hub.audit.log import days
from aif_hub.audit.reading import Damaged, Wanted, read

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(200)]

FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9"}
HERE = "127.0.0.1"
GROUP = "of-the-story"


@dataclass(frozen=True)
class Story:
    """Somebody was refused a start, started, was looked at and stopped by an operator, and left.

    Meanwhile they came into a group and out of it, and wished to share, to be an operator, and to accept terms.
    """

    hub: OwnHub
    learner: str
    operator: str
    session: Mapping[str, object]
    secrets: Mapping[str, str]

    def lines(self, action: str) -> list[Entry]:
        """Those about the learner."""
        found = list(read(self.hub.state / "audit", Wanted(person=self.learner, action=action)))
        assert not [one for one in found if isinstance(one, Damaged)]
        return [one for one in found if isinstance(one, Entry)]


@pytest.fixture(scope="module")
def story(own_hub: OwnHub) -> Story:
    own_hub.start()
    learner, operator = own_hub.login("class34"), own_hub.login("olga")
    own_hub.use_standin(learner)
    secrets = {"learner": own_hub.token(learner), "operator": own_hub.token(operator)}
    page = Visitor(own_hub.url, learner, "", own_hub.password(learner))
    with pytest.raises(AssertionError, match="signs in"):
        Visitor(own_hub.url, learner, "", "not-the-password")
    with pytest.raises(AssertionError, match="signs in"):
        Visitor(own_hub.url, "not-a-name-but-a-password", "", "typed in the wrong field")
    ask(own_hub, learner, secrets["learner"], profile="nonesuch")
    ask(own_hub, learner, secrets["learner"], profile="cpu", minutes="15")
    session = own_hub.await_ready(learner)
    job = json.loads((own_hub.folder_of(session) / "session.json").read_text())["env"]
    secrets |= {name: value for name, value in job.items() if "TOKEN" in name}
    brought = {"id": "a" * 32, "when": "2027-04-01T12:00:00+02:00", "verdict": "allowed", "place": "home", "until": ""}
    for verdict in ("allowed", "allowed", "stop"):
        note = {**brought, "id": ("a" if verdict == "allowed" else "b") * 32, "verdict": verdict}
        assert own_hub.api("POST", "aif/v1/own-data", note, job["JUPYTERHUB_API_TOKEN"]).status == 204
    assert own_hub.api("POST", "aif/v1/own-data", brought, secrets["learner"]).status == 403, "no session's token"
    assert own_hub.browser(operator)(f"/hub/aif/session/{session['session']}").status == 200
    for _ in range(2):
        assert own_hub.api("GET", f"users/{learner}", None, secrets["operator"]).status == 200
    made = own_hub.api("POST", f"users/{learner}/tokens", {"note": "a note of mine"}, secrets["learner"]).data
    assert own_hub.api("DELETE", f"users/{learner}/tokens/{made['id']}", None, secrets["learner"]).status == 204
    assert own_hub.api("POST", f"users/{operator}/server", {}, secrets["learner"]).status == 404
    assert own_hub.api("POST", f"groups/{GROUP}", {"users": [learner]}).status == 201
    assert own_hub.api("DELETE", f"groups/{GROUP}").status == 204
    assert own_hub.api("POST", f"shares/{learner}/", {"user": operator}, secrets["learner"]).status == 403
    assert own_hub.api("PATCH", f"users/{learner}", {"admin": True}, secrets["learner"]).status == 403
    assert page.asks(Row("POST", "/hub/aif/terms", {}, '{"version": "none"}'), {}) == 404, "this site states none"
    assert own_hub.api("DELETE", f"users/{learner}/server", None, secrets["operator"]).status in (202, 204)
    session = own_hub.await_ended(learner)
    secrets |= {f"cookie {one.name}": str(one.value) for one in page.cookies}
    page.leaves()
    return Story(own_hub, learner, operator, session, {**secrets, "withdrawn": made["token"]})


def ask(hub: OwnHub, login: str, token: str, **options: str) -> None:
    """Asks for a session, with headers that would have it come from elsewhere."""
    path, body = f"{hub.url}/hub/api/users/{login}/server", json.dumps(options).encode()
    asked = urllib.request.Request(path, body, {**FORGED, "Authorization": f"token {token}"})  # noqa: S310  # our own
    try:
        urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()


def test_a_start_and_its_end_have_four_lines_with_who_from_where_the_payer_and_the_job(story: Story) -> None:
    mine = [one for one in story.lines("session") if one.session == story.session["session"]]
    assert [one.action for one in mine] == ["session.ask", "session.start", "session.stop", "session.end"]
    assert [(one.who, one.kind) for one in mine] == [
        *((story.learner, "person"), (story.learner, "person"), (story.operator, "person"), ("", "hub"))
    ]
    assert {one.account for one in mine} == {"trn0007"}
    assert [one.job_id for one in mine] == [None, *[story.session["job_id"]] * 3]
    assert [one.address for one in mine] == [HERE, HERE, HERE, ""]
    assert (mine[0].more["profile"], mine[0].more["minutes"], mine[0].more["by"]) == ("cpu", 15, "token")
    assert (mine[-1].result, mine[-1].code) == ("ok", "stopped")


def test_refusals_say_what_was_asked_and_why(story: Story) -> None:
    refused = [one for one in story.lines("session.ask") if one.result == "refused"]
    assert [(one.on, one.code, one.address) for one in refused] == [
        (story.learner, "size", HERE),
        (story.operator, "404", HERE),
    ]


def test_signing_in_and_out_is_written_and_a_wrong_password_too(story: Story) -> None:
    tries = story.lines("sign-in")
    assert [(one.who, one.on, one.result, one.code) for one in tries] == [
        (story.learner, "", "ok", ""),
        ("", story.learner, "refused", "password"),
    ]
    assert [(one.who, one.address) for one in until(lambda: story.lines("sign-out"), "the sign-out is written")] == [
        (story.learner, HERE)
    ]


def test_an_operator_who_looks_at_somebodys_session_or_entry_leaves_a_line_for_each(story: Story) -> None:
    looks = [(one.who, one.on, one.more.get("role")) for one in story.lines("look") if one.who == story.operator]
    assert looks == [
        (story.operator, f"{story.learner}/{story.session['session']}", "operator"),
        (story.operator, story.learner, None),
    ]


def test_what_somebody_wished_of_sharing_roles_and_terms_is_written_as_it_was_refused(story: Story) -> None:
    wishes = [one for what in ("share.grant", "person.change", "terms") for one in story.lines(what)]
    mine = [one for one in wishes if one.who == story.learner]
    assert [(one.action, one.code, dict(one.more)) for one in mine] == [
        ("share.grant", "403", {"by": "token", "user": story.operator}),
        ("person.change", "403", {"by": "token", "admin": True}),
        ("terms", "404", {"by": "page"}),
    ]
    assert {(one.kind, one.on, one.result, one.address) for one in mine} == {("person", story.learner, "refused", HERE)}


def test_who_changed_a_group_is_written_and_whom_it_got(story: Story) -> None:
    found = read(story.hub.state / "audit", Wanted(action="group.change"))
    changes = [one for one in found if isinstance(one, Entry) and one.on == GROUP]
    assert [(one.who, one.kind, one.result, one.more.get("users", "")) for one in changes] == [
        ("tests", "service", "ok", story.learner),
        ("tests", "service", "ok", ""),
    ]


def test_tokens_are_written_by_their_id(story: Story) -> None:
    (made,) = (one for one in story.lines("token.make") if one.who == story.learner)
    (withdrawn,) = story.lines("token.withdraw")
    assert (made.on, withdrawn.who) == (story.learner, story.learner)
    assert withdrawn.on.startswith(f"{story.learner}/a")


def test_a_file_that_was_brought_has_one_line_of_the_session_that_told_it_and_a_refused_one_another(
    story: Story,
) -> None:
    came, refused = story.lines("data.bring")
    assert (came.who, came.on, came.result, came.session) == (
        *(story.learner, story.learner, "ok", story.session["session"]),
    )
    assert (came.account, came.job_id) == ("trn0007", story.session["job_id"])
    assert came.more == {"place": "home", "when": "2027-04-01T10:00:00Z"}
    assert (refused.result, refused.code) == ("refused", "stop")


@pytest.mark.threat("T9")
def test_no_secret_is_in_the_log_and_nobody_else_reads_it(story: Story) -> None:
    files = [path for _, path in days(story.hub.state / "audit")]
    text = b"".join(path.read_bytes() for path in files).decode()
    secrets = {**story.secrets, "service": TOKEN, "ledger": LEDGER_TOKEN, "metrics": METRICS_TOKEN}
    secrets["password"] = story.hub.password(story.learner)
    assert len(secrets) > 7
    found = {name for name, secret in secrets.items() if len(secret) > 5 and secret in text}
    assert found == set()
    assert "not-a-name-but-a-password" not in text
    assert "a note of mine" not in text
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.owner() for path in files} == {story.hub.user}
    started = [one for one in read(story.hub.state / "audit", Wanted(action="hub.start")) if isinstance(one, Entry)]
    assert started[0].more["operators"] == story.operator
