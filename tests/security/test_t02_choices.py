"""T2: what a person chooses is one of the site's own sizes, lengths and projects, or it is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from clerk import Clerk, Refusal, as_json
from hub_seen import Seen, is_a_hubs_own
from jupyterhub.slugs import is_valid_safe_slug, safe_slug
from kept_alive import KeptAlive
from odd_material import chances, encodable, odd_key, odd_text, odd_value
from own_hub import OwnHub
from refusals import words
from threats import Attempts

from aif_hub.choices import plain_title

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T2")]

RIGHT = {"profile": "cpu", "minutes": "60", "project": "trn0007", "allocation": "trn0007"}
PERSON = "class13"


def spoilt(chance: Random, odd: Callable[[Random, str], Any]) -> dict[str, Any]:
    """Some of a right choice, with one of its values odd, or with a key that no session has."""
    chosen = {key: value for key, value in RIGHT.items() if chance.random() < 0.5}
    if chance.random() < 0.7:
        key = chance.choice(sorted(RIGHT))
        return chosen | {key: odd(chance, RIGHT[key])}
    return chosen | {odd_key(chance): odd(chance, chance.choice(sorted(RIGHT.values())))}


def body(chance: Random) -> bytes:
    """Such a choice as a program sends it: by itself, beside a title, or no object at all."""
    options, kind = spoilt(chance, odd_value), chance.random()
    if kind < 0.5:
        return as_json(options)
    if kind < 0.8:
        return as_json({"user_options": options})
    if kind < 0.85:
        return as_json({"user_options": RIGHT, odd_key(chance): odd_value(chance)})
    if kind < 0.9:
        return as_json({"display_name": odd_text(chance) + "\n"})
    if kind < 0.95:
        return as_json(chance.choice((options, True)))[:-1] + chance.choice((b"", b"\xff", b"]", b"\x00"))
    return as_json(chance.choice(([options], odd_text(chance), 7, True, [[]])))


def form(chance: Random) -> dict[str, str]:
    """Such a choice as a page sends it."""
    return {encodable(key): encodable(value) for key, value in spoilt(chance, odd_text).items()}


def said_no(refusal: Refusal | None) -> bool:
    """Whether that is a refusal in words, short enough to read and without anything in it that is not shown."""
    return refusal is not None and refusal[0] == 400 and refusal[1].isprintable() and 20 < len(refusal[1]) < 900


async def test_no_odd_choice_is_taken_by_any_way_in(own_hub: OwnHub, tmp_path: Path, attempts: Attempts) -> None:
    own_hub.start()
    chance, clerk = chances(20), Clerk(own_hub, own_hub.login(PERSON), tmp_path)
    await clerk.ready()
    default = clerk.filled_in({})
    right = {default, ("cpu", 60, "trn0007"), (default[0], 60, "trn0007"), ("cpu", default[1], "trn0007")}
    for _ in range(1500):
        sent = body(chance)
        attempts.check(said_no(await clerk.started(sent)), f"a start with {sent[:120]!r}")
    for _ in range(1500):
        fields = form(chance)
        attempts.check(said_no(await clerk.sent(fields)), f"a form with {str(fields)[:120]}")
    attempts.check((clerk.written, clerk.kept) == (0, {}), "a session was written down")
    for ask in (clerk.made, clerk.changed):
        for _ in range(6500):
            sent = body(chance) if ask == clerk.made else as_json({"user_options": spoilt(chance, odd_value)})
            attempts.check(said_no(ask(sent)), f"{ask.__name__}: {sent[:120]!r}")
    for _ in range(2500):
        fields = form(chance)
        attempts.check(clerk.filled_in(fields) in right, f"a link with {str(fields)[:120]} fills that in")
    for _ in range(2500):
        title = plain_title(odd_text(chance, "Morning run"))
        name = safe_slug(title)
        good = title.isprintable() and len(title) <= 40 and is_valid_safe_slug(name)
        attempts.check(good, f"a session called {title!r} as {name!r}")


@pytest.fixture
def program(own_hub: OwnHub) -> Iterator[KeptAlive]:
    own_hub.start()
    line = KeptAlive(own_hub, own_hub.token(own_hub.login(PERSON)))
    yield line
    line.close()


@pytest.fixture
def page(own_hub: OwnHub) -> Iterator[KeptAlive]:
    own_hub.start()
    login = own_hub.login(PERSON)
    line = KeptAlive(own_hub)
    assert line.sign_in(login, own_hub.password(login)).status == 302
    yield line
    line.close()


def test_none_reaches_slurm_or_changes_the_running_hub(
    own_hub: OwnHub, program: KeptAlive, page: KeptAlive, attempts: Attempts
) -> None:
    chance, login = chances(21), own_hub.login(PERSON)
    assert page.ask("GET", f"/hub/spawn/{login}").status == 200
    before, rows = Seen.of(own_hub, login), own_hub.sessions(login)
    here = f"users/{login}"
    for method, path in (("POST", "server"), ("POST", "servers/beside"), ("PUT", "servers/beside")):
        for _ in range(40):
            sent = body(chance)
            answer = program.ask(method, f"/hub/api/{here}/{path}", sent)
            attempts.check(words(answer), f"{method} {path} {sent[:120]!r}: {answer.status}")
    for _ in range(30):
        sent = as_json({"user_options": spoilt(chance, odd_value)})
        answer = program.ask("PATCH", f"/hub/api/{here}/server", sent)
        attempts.check(words(answer), f"PATCH {sent[:120]!r}: {answer.status}")
    for method in ("POST", "PUT", "PATCH", "DELETE") * 10:
        name = quote(odd_text(chance, "beside"), safe="", errors="replace")
        if name in (".", ".."):
            continue  # in an address these are steps between folders, and taken before the hub sees them
        answer = program.ask(method, f"/hub/api/{here}/servers/{name}", b"{}")
        attempts.check(words(answer), f"{method} servers/{name[:120]}: {answer.status} {answer.text[:120]}")
    for name in (7, True, ["x"], {}, *(odd_text(chance, "beside") for _ in range(10))):
        answer = program.api("PATCH", f"{here}/server", {"name": name})
        attempts.check(words(answer), f"a new name: {answer.status} {answer.text[:120]}")
    for _ in range(20):
        fields = form(chance)
        answer = page.form(f"/hub/spawn/{login}", fields)
        attempts.check(answer.status == 400 and 'role="alert"' in answer.text, f"{str(fields)[:120]}: {answer.status}")
    for raw in (b"profile=%ff", b"minutes=%80", b"project=%c0%ae", b"profile=cpu&profile=gpu"):
        answer = page.ask("POST", f"/hub/spawn/{login}", raw, "application/x-www-form-urlencoded")
        attempts.check(words(answer), f"{raw!r}: {answer.status} {answer.text[:120]}")
    for _ in range(20):
        query = urlencode({f"opt-{key}": value for key, value in form(chance).items()})[:6000]
        answer = page.ask("GET", f"/hub/spawn/{login}?{query}")
        attempts.check(answer.status in (200, 400), f"a link {query[:120]}: {answer.status}")
    after = Seen.of(own_hub, login)
    attempts.check(own_hub.sessions(login) == rows, "a session was written down")
    attempts.check(after.changed(before) == [], f"other settings: {after.changed(before)}")
    attempts.check(not after.submitted_since(before), "something reached sbatch")
    for argv in after.since(before):
        attempts.check(is_a_hubs_own(own_hub, argv), f"the hub ran {argv}")
    right = {"display_name": "Right one", "user_options": {"profile": "cpu", "minutes": 60}}
    assert program.api("PUT", f"{here}/servers/right", right).status == 201
    kept = program.api("GET", f"{here}/servers/right").data
    assert {key: kept[key] for key in right} == right
    assert program.api("DELETE", f"{here}/servers/right", {"remove": True}).status == 204
