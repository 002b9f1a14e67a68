"""T3: a name that no login, group or project can have is refused where it comes in, and starts no program."""

from __future__ import annotations

import json
import resource
import tomllib
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from hub_seen import Seen, is_a_hubs_own
from kept_alive import KeptAlive
from odd_material import LONG, chances, encodable, odd_text
from own_hub import OwnHub
from own_hub_place import TOKEN
from refusals import words
from threats import Attempts
from traitlets.config import Config

from aif.core import site as sites
from aif.core.errors import RequestError, SiteError
from aif.core.names import is_name
from aif.core.request import JobRequest
from aif_hub.audit.reading import Damaged, Wanted, read
from aif_hub.launcher.protocol import Refused
from aif_hub.launcher.request import job_from, parse_request
from aif_hub.projects import parse_associations
from aif_hub.sign_in.pam import PamAuthenticator
from aif_hub.sign_in.settings import set_login

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T3")]

NAMES = ("$(id)", "a;b", "-w node", "`id`", "a b", "a\nb", "../root", "{{ x }}", "a|b", "-", ".", LONG, "a" * 65)
JOB = {"partition": "cpu", "minutes": 5, "cpus": 1, "memory_mb": 500, "gpus": 0, "nodes": 1}
NOTHING = {"qos": None, "gpu_type": None, "reservation": None}


def odd_names(chance: Random, count: int) -> Iterator[str]:
    """Those that everybody tries, then `count` others."""
    yield from NAMES
    for _ in range(count):
        yield odd_text(chance, "marieke")


def refused(taken: Any, value: Any) -> bool:
    try:
        taken(value)
    except (Refused, RequestError, SiteError):
        return True
    return False


def test_no_odd_name_is_a_login_for_the_hub_or_for_the_launcher(own_hub: OwnHub, attempts: Attempts) -> None:
    made = Config()
    set_login(made, sites.load(own_hub.folder / "site.toml"))
    sign_in = PamAuthenticator(config=made)
    for name in odd_names(chances(30), 3000):
        known = sign_in.validate_username(sign_in.normalize_username(name))
        attempts.check(not known, f"{name[:80]!r} may sign in")
        request = json.dumps({"verb": "log", "login": name, "session": "0" * 32}).encode()
        attempts.check(refused(parse_request, request), f"the launcher takes {name[:80]!r}")
    assert sign_in.validate_username(f"{own_hub.name}-class13")
    assert sign_in.validate_username("m.de-vries_2@rug.nl")


def test_no_odd_name_of_slurms_reaches_a_command_line(attempts: Attempts) -> None:
    """What the accounting says of accounts and QOS is text of others' too: the launcher takes it as little."""
    for name in odd_names(chances(31), 1000):
        for field in ("account", "qos", "partition", "reservation"):
            job = {**JOB, **NOTHING, "account": "trn0007", field: name}
            attempts.check(refused(job_from, job), f"a job with {field} {name[:80]!r}")


def test_no_odd_name_is_a_project_of_slurms_or_of_the_sites(own_hub: OwnHub, attempts: Attempts) -> None:
    """Whoever manages accounts in Slurm, or writes the site file, may have typed it, or have been made to."""
    written = tomllib.loads((own_hub.folder / "site.toml").read_text())
    site = sites.parse(written)
    for name in map(encodable, odd_names(chances(34), 2500)):
        for line in (f"ann|{name}|normal|normal", f"ann|trn0007|{name}|{name}", f"ann|{name}||{name}"):
            found = parse_associations(f"{line}\nann|mobility01|normal|normal\n", site)
            mine = found.get("ann", [])
            good = all(is_name(one.account) and (not one.qos or is_name(one.qos)) for one in mine)
            attempts.check(good, f"{name[:80]!r} is a project or pays")
            asked = refused(lambda name, mine=mine: JobRequest.parse({"project": name}, site, mine), name)
            attempts.check(asked, f"a job for {name[:80]!r}")
    for name in map(encodable, odd_names(chances(35), 500)):
        project, allocation = {"account": name, "title": "Ours"}, {"account": name, "name": "ours"}
        for part in ({"project": [project]}, {"allocation": [allocation]}):
            attempts.check(refused(sites.parse, written | part), f"a site file with {name[:80]!r}")


async def test_pam_is_not_asked_of_an_odd_name(own_hub: OwnHub, attempts: Attempts) -> None:
    made = Config()
    set_login(made, sites.load(own_hub.folder / "site.toml"))
    sign_in = PamAuthenticator(config=made)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name in odd_names(chances(32), 300):
        entered = await sign_in.get_authenticated_user(None, {"username": name, "password": "x"})
        attempts.check(entered is None, f"{name[:80]!r} has signed in")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    attempts.check(after.ru_minflt == before.ru_minflt, "a program was started")


def test_the_running_hub_signs_in_adds_and_renames_nobody_by_such_a_name(own_hub: OwnHub, attempts: Attempts) -> None:
    own_hub.start()
    login = own_hub.login("class17")
    nobody, admin = KeptAlive(own_hub), KeptAlive(own_hub, TOKEN)
    person = KeptAlive(own_hub, own_hub.token(login))
    before, people = Seen.of(own_hub), own_hub.rows("SELECT name FROM users ORDER BY id")
    groups = own_hub.rows("SELECT name FROM groups")
    for name in map(encodable, odd_names(chances(33), 6)):
        if set(name) == {"."}:
            continue  # in an address it is a step between folders, and taken before the hub sees it
        answer = nobody.sign_in(name, "x")
        attempts.check(words(answer), f"{name[:80]!r} signs in: {answer.status} {answer.text[:120]}")
        part = quote(name, safe="", errors="replace")
        asks: list[tuple[KeptAlive, str, str, Any]] = [
            (admin, "POST", f"users/{part}", {}),
            (admin, "POST", "users", {"usernames": [name]}),
            (admin, "PATCH", f"users/{login}", {"name": name}),
            (admin, "POST", f"users/{part}/server", {}),
            (admin, "POST", f"users/{part}/tokens", {}),
            (person, "POST", f"users/{part}/server", {}),
            (person, "GET", f"users/{part}", None),
            (person, "POST", f"groups/{part}", {}),
            (person, "POST", "groups", {"groups": [name]}),
            (person, "POST", f"shares/{login}/", {"group": name}),
            (person, "GET", f"aif/v1/allocations/{part}", None),
            (person, "GET", f"aif/v1/allocations/{part}/usage", None),
            (person, "POST", f"users/{login}/server", {"project": name}),
        ]
        for line, method, path, body in asks:
            answer = line.api(method, path, body)
            attempts.check(words(answer), f"{method} {path[:120]}: {answer.status} {answer.text[:120]}")
        answer = person.ask("GET", f"/hub/aif/project/{part}/usage.csv")
        held = words(answer) if answer.status in (400, 403, 404) else answer.status in (302, 414, 431)
        attempts.check(held, f"the page of {name[:80]!r}: {answer.status} {answer.text[:120]}")
    attempts.check(own_hub.rows("SELECT name FROM users ORDER BY id") == people, "there is somebody more")
    attempts.check(own_hub.rows("SELECT name FROM groups") == groups, "there is a group more")
    nothing_of_it(own_hub, before, attempts)
    for line in (nobody, admin, person):
        line.close()


def nothing_of_it(hub: OwnHub, before: Seen, attempts: Attempts, login: str = "") -> None:
    """The hub has no other setting since then, asked for no job and ran nothing but its own."""
    after = Seen.of(hub, login)
    attempts.check(after.changed(before) == [], f"other settings: {after.changed(before)}")
    attempts.check(not after.submitted_since(before), "something reached sbatch")
    for argv in after.since(before):
        attempts.check(is_a_hubs_own(hub, argv), f"the hub ran {argv}")


def test_a_group_of_an_odd_name_is_a_text_to_the_running_hub(own_hub: OwnHub, attempts: Attempts) -> None:
    """JupyterHub takes any name of a group from whoever manages groups: nobody, unless a site's own service does."""
    own_hub.start()
    login = own_hub.login("class17")
    admin, person = KeptAlive(own_hub, TOKEN), KeptAlive(own_hub, own_hub.token(login))
    page = KeptAlive(own_hub)
    page.sign_in(login, own_hub.password(login))
    assert page.ask("GET", f"/hub/spawn/{login}").status == 200
    before, tried = Seen.of(own_hub, login), 0
    for name in map(encodable, odd_names(chances(36), 5)):
        if set(name) == {"."}:
            continue
        part = quote(name, safe="", errors="replace")
        made = admin.api("POST", "groups", {"groups": [name], "users": [login]})
        tried += made.status == 201
        attempts.check(made.status == 201 or words(made), f"a group {name[:80]!r}: {made.status} {made.text[:120]}")
        signed_in = page.sign_in(login, own_hub.password(login))
        attempts.check(signed_in.status == 302, f"{login} signs in: {signed_in.status}")
        for path in ("/hub/home", f"/hub/spawn/{login}"):
            attempts.check(page.ask("GET", path).status == 200, f"{path} of somebody in {name[:80]!r}")
        for options in ({"project": name}, {"allocation": name}, {"group": name}):
            answer = person.api("POST", f"users/{login}/server", options)
            attempts.check(words(answer), f"a start with {str(options)[:80]}: {answer.status} {answer.text[:120]}")
        gone = admin.api("DELETE", f"groups/{part}")
        attempts.check(gone.status in (204, 400, 404, 414, 431), f"{name[:80]!r} is taken away: {gone.status}")
    assert tried > 10, "the groups were there"
    found = list(read(own_hub.state / "audit", Wanted(person=login, action="sign-in")))
    attempts.check(not any(isinstance(one, Damaged) for one in found), "a line of the audit log that is none")
    assert sum(not isinstance(one, Damaged) for one in found) >= tried
    nothing_of_it(own_hub, before, attempts, login)
    for line in (admin, person, page):
        line.close()
