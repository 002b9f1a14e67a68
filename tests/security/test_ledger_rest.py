"""The ledger over REST: a member sees totals and their own line, a PI each person, an operator all, others nothing."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

import pytest
from own_hub import OwnHub
from own_hub_place import LEDGER_TOKEN, TOKEN
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]

V1 = "/hub/api/aif/v1"
THEIRS = f"{V1}/allocations/mobility01"
JOB = ("--partition=mig", "--gres=gpu:h100_1g.10gb:1", "--mem=100M", "--time=60", "--output=/dev/null", "--chdir=/tmp")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


def ask(hub: OwnHub, path: str, token: str = "", **headers: str) -> Reply:
    request = urllib.request.Request(f"{hub.url}{path}", headers=headers)  # noqa: S310  # our own http URL
    if token:
        request.add_header("Authorization", f"token {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return Reply(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, error.headers, error.read())


@dataclass
class Spent:
    """A project on which its PI and a member have each run a job, and people with tokens."""

    hub: OwnHub
    member: str
    pi: str
    tokens: dict[str, str]

    def ask(self, who: str, path: str, **headers: str) -> Reply:
        return ask(self.hub, path, self.tokens[who], **headers)


@pytest.fixture(scope="module")
def spent(own_hub: OwnHub) -> Iterator[Spent]:
    own_hub.start()
    logins = {who: own_hub.login(short) for who, short in
              {"member": "bakker", "pi": "visser", "foreign": "class30", "operator": "olga"}.items()}  # fmt: skip
    # An open job until the end of the tests, so that something is used and committed whenever Slurm is asked.
    jobs = [
        own_hub.slurm(
            "sbatch", "--parsable", f"--uid={logins[who]}", "-A", "mobility01", *JOB, "--wrap=sleep 3500"
        ).strip()
        for who in ("member", "pi")
    ]
    try:
        for job in jobs:
            until(lambda job=job: own_hub.state_of(int(job)) == "RUNNING", "the job runs")
        tokens = {who: own_hub.token(login) for who, login in logins.items()}
        tokens |= {"service": LEDGER_TOKEN, "other service": TOKEN, "nobody": ""}
        made = Spent(own_hub, logins["member"], logins["pi"], tokens)
        # The service first: it asks for everybody's, so that one reading has them all.
        until(lambda: made.ask("service", f"{V1}/allocations").data.get("not_read_yet") == [], "all are read", 200)
        until(lambda: {made.member, made.pi} <= people(made, "pi"), "the ledger has seen both jobs", 200)
        yield made
    finally:
        own_hub.slurm("scancel", *jobs, sure=False)


def people(spent: Spent, who: str) -> set[str]:
    reply = spent.ask(who, THEIRS)
    assert reply.status in (200, 503), reply.body
    return {line["login"] for line in reply.data["people"]} if reply.status == 200 else set()


@pytest.mark.parametrize(
    ("who", "role", "sees"),
    [
        ("member", "member", {"member"}),
        ("pi", "pi", {"member", "pi"}),
        ("operator", "operator", {"member", "pi"}),
        ("service", "operator", {"member", "pi"}),
    ],
)
def test_each_role_sees_the_lines_that_are_theirs_to_see(spent: Spent, who: str, role: str, sees: set[str]) -> None:
    logins = {getattr(spent, one) for one in sees}
    told = spent.ask(who, THEIRS).data
    assert told["role"] == role
    seen = {line["login"] for line in told["people"]}
    assert seen == logins if role == "member" else seen >= logins, "others have used something in the demo's past"
    assert told["limit"] > told["consumed"] > 0
    usage = spent.ask(who, f"{THEIRS}/usage")
    assert usage.status == 200
    for part in ("people", "jobs"):
        assert {line["login"] for line in usage.data[part]} == seen
    assert {line["login"] for week in usage.data["weeks"] for line in week["people"]} == seen
    csv = spent.ask(who, f"{THEIRS}/usage?as=csv").body
    for login in (spent.member, spent.pi):
        assert (login.encode() in csv) == (login in logins)


def test_all_of_them_see_the_same_totals_at_the_same_moment(spent: Spent) -> None:
    def seen() -> set[tuple[Any, ...]]:
        told = [spent.ask(who, THEIRS).data for who in ("member", "pi", "operator", "service")]
        return {(one["as_of"], one["consumed"], one["committed"], one["free_to_plan"]) for one in told}

    until(lambda: len(seen()) == 1, "four answers of one reading with the same figures", 10)


@pytest.mark.parametrize("path", ["", "/usage", "/usage?as=csv"])
def test_a_foreign_allocation_is_answered_like_one_that_is_not_there(spent: Spent, path: str) -> None:
    foreign, absent = (spent.ask("foreign", f"{V1}/allocations/{name}{path}") for name in ("mobility01", "nonesuch1"))
    assert (foreign.status, absent.status) == (404, 404)
    assert foreign.body.replace(b"mobility01", b"nonesuch1") == absent.body
    assert [one["id"] for one in spent.ask("foreign", f"{V1}/allocations").data["allocations"]] == ["trn0007"]


@pytest.mark.parametrize("path", ["/allocations", "/allocations/mobility01", "/allocations/mobility01/usage"])
def test_without_the_right_nothing_is_told(spent: Spent, path: str) -> None:
    narrow = {"note": "of a test", "scopes": [f"read:users!user={spent.pi}"]}
    token = spent.hub.api("POST", f"users/{spent.pi}/tokens", narrow).data["token"]
    for secret in ("", "nonsense", TOKEN, token):
        reply = ask(spent.hub, f"{V1}{path}", secret)
        assert reply.status == 403
        assert {"asked", "allowed", "do"} <= set(reply.data)
        assert b"mobility01" not in reply.body.replace(f"{V1}{path}".encode(), b"")


def test_everybodys_allocations_are_for_operators_and_services(spent: Spent) -> None:
    path = f"{V1}/allocations?all=true"
    assert spent.ask("member", path).status == 403
    assert spent.ask("pi", path).status == 403
    for who, asked in (("operator", path), ("service", f"{V1}/allocations")):
        ids = {one["id"] for one in spent.ask(who, asked).data["allocations"]}
        assert {"mobility01", "trn0007", "ops01"} <= ids
    assert [one["id"] for one in spent.ask("operator", f"{V1}/allocations").data["allocations"]] == ["ops01"]


def test_a_token_for_reading_alone_reads_and_does_nothing_else(spent: Spent) -> None:
    asked = {"note": "of a test", "scopes": ["custom:aif:read"]}
    token = spent.hub.api("POST", f"users/{spent.pi}/tokens", asked).data["token"]
    assert ask(spent.hub, THEIRS, token).status == 200
    assert spent.hub.api("POST", f"users/{spent.pi}/server", {}, token).status in (403, 404)
    assert spent.hub.api("GET", f"users/{spent.pi}/tokens", None, token).status in (403, 404)
    operators = spent.hub.api("POST", f"users/{spent.hub.login('olga')}/tokens", asked).data["token"]
    assert ask(spent.hub, THEIRS, operators).status == 404, "a token narrowed to one's own shows one's own"
    assert ask(spent.hub, f"{V1}/allocations", LEDGER_TOKEN).status == 200
    assert ask(spent.hub, "/hub/api/users", LEDGER_TOKEN).status == 403


def test_an_answer_is_private_and_named_and_not_sent_twice(spent: Spent) -> None:
    def twice(path: str) -> tuple[Reply, Reply]:
        first = spent.ask("member", path)
        return first, spent.ask("member", path, **{"If-None-Match": first.headers["ETag"]})

    for path in (f"{V1}/allocations", THEIRS, f"{THEIRS}/usage", f"{THEIRS}/usage?as=csv"):
        first, second = until(
            lambda path=path: (got := twice(path))[1].status == 304 and got, f"{path} is not read anew"
        )
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert second.body == b""
        other = spent.ask("pi", path, **{"If-None-Match": first.headers["ETag"]})
        assert other.status == 200, "what one person has is not another's"


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=2026-13-01", "from=20261101", "until=2026-01-01&from=2026-01-02", "since=1", "as=pdf"],
)
def test_a_question_that_has_no_meaning_is_refused_in_words(spent: Spent, query: str) -> None:
    reply = spent.ask("pi", f"{THEIRS}/usage?{query}")
    assert reply.status == 400
    assert all(reply.data[part] for part in ("asked", "allowed", "do"))


def test_a_projects_page_gives_its_files_to_its_members_and_to_nobody_else(spent: Spent) -> None:
    page: Callable[..., Any] = spent.hub.browser(spent.member)
    text = page("/hub/aif/project/mobility01/usage.csv").text
    assert text.startswith("\ufeffProject,Mobility flows\r\n")
    assert spent.member in text
    assert spent.pi not in text
    told = json.loads(page("/hub/aif/project/mobility01/usage.json?from=2026-01-01").text)
    assert {line["login"] for line in told["jobs"]} == {spent.member}
    assert page("/hub/aif/project/trn0007/usage.csv").status == 404
    assert page("/hub/aif/project/nonesuch1/usage.csv").status == 404
    assert page("/hub/aif/project/mobility01/usage.csv?from=x").status == 400
    stranger = ask(spent.hub, "/hub/aif/project/mobility01/usage.csv")
    assert stranger.headers.get_content_type() == "text/html", "the sign-in page"
    assert b"mobility01," not in stranger.body


def test_a_sessions_own_token_reads_its_persons_projects(spent: Spent) -> None:
    hub, login = spent.hub, spent.hub.login("class12")
    hub.use_standin(login)
    hub.ask_for(login)
    session = hub.await_ready(login)
    try:
        text = (hub.folder_of(session) / "session.json").read_text()
        token = json.loads(text)["env"]["JUPYTERHUB_API_TOKEN"]
        assert [one["id"] for one in ask(hub, f"{V1}/allocations", token).data["allocations"]] == ["trn0007"]
        assert ask(hub, THEIRS, token).status == 404
        assert ask(hub, f"{V1}/allocations?all=true", token).status == 403
    finally:
        hub.ask_to_stop(login)
        hub.await_ended(login)
