"""T13: another's account, QOS, partition or reservation is refused by the hub, and by Slurm where a hub would ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hub_seen import Seen
from kept_alive import KeptAlive
from launcher_desk import JOB, Desk
from own_hub import OwnHub
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T13")]

PERSON = "class16"  # of trn0007 alone
OTHERS = ("inspect01", "mobility01", "mobtest01", "ops01", "root", "TRN0007", "trn0007,ops01", "nosuch01")


@contextmanager
def reserved(desk: Desk) -> Iterator[dict[str, str]]:
    """A partition of root's group, and a reservation of somebody else's a month from now."""
    names = {"partition": "others13", "reservation": "others13"}
    made = [
        ("partition", "PartitionName=others13", "Nodes=mig01", "AllowGroups=root", "State=UP"),
        (
            *("reservation", "ReservationName=others13", "StartTime=now+30days", "Duration=10"),
            *(f"Users={desk.other}", "Nodes=mig01"),
        ),
    ]
    try:
        for kind, *words in made:
            done = desk.run_as("root", "scontrol", "create", *([kind] if kind == "reservation" else []), *words)
            assert done.returncode == 0, done.stderr
        yield names
    finally:
        for name in ("PartitionName=others13", "ReservationName=others13"):
            desk.run_as("root", "scontrol", "delete", name)


def all_qos(desk: Desk) -> set[str]:
    return set(desk.slurm("sacctmgr", "-n", "-P", "show", "qos", "format=Name").split())


def test_the_hub_takes_only_what_is_the_persons(own_hub: OwnHub, desk: Desk, attempts: Attempts) -> None:
    own_hub.start()
    login = own_hub.login(PERSON)
    program, before = KeptAlive(own_hub, own_hub.token(login)), Seen.of(own_hub)
    page = KeptAlive(own_hub)
    assert page.sign_in(login, own_hub.password(login)).status == 302
    asked = [{key: name} for key in ("project", "allocation") for name in OTHERS]
    asked += [{"qos": name} for name in sorted(all_qos(desk))]
    asked += [{"partition": name} for name in ("gpu", "mig", "cpu", "others13")]
    asked += [{"account": "ops01"}, {"reservation": "others13"}, {"project": "trn0007", "qos": "host-ops01"}]
    for options in asked:
        for method, path in (("POST", "server"), ("PUT", "servers/beside"), ("PATCH", "server")):
            answer = program.api(method, f"users/{login}/{path}", {"user_options": options})
            attempts.check(
                answer.status == 400 and answer.data["message"] != "", f"{method} {options}: {answer.status}"
            )
    for options in asked[::3]:
        answer = page.form(f"/hub/spawn/{login}", options)
        attempts.check(answer.status == 400, f"a form with {options}: {answer.status}")
    after = Seen.of(own_hub)
    attempts.check(not after.submitted_since(before), "something reached sbatch")
    program.close()
    page.close()


def test_slurm_takes_only_what_is_the_persons(desk: Desk, attempts: Attempts) -> None:
    """At the launcher itself, which knows nothing of projects: as if the hub asked for it."""
    assert "job_id" in desk.submit(uuid.uuid4().hex), "what is theirs is taken"
    mine = desk.slurm("sacctmgr", "-n", "-P", "show", "assoc", f"user={desk.login}", "format=QOS").strip().split(",")
    with reserved(desk) as others:
        wrong = [{"account": name} for name in ("inspect01", "mobility01", "mobtest01", "ops01", "root", "nosuch01")]
        wrong += [{"qos": name} for name in sorted(all_qos(desk) - set(mine))]
        wrong += [{key: name} for key, name in others.items()] + [{"partition": "nosuch"}, {"reservation": "nosuch"}]
        for changed in wrong:
            error = desk.submit(uuid.uuid4().hex, job={**JOB, **changed}).get("error", {})
            attempts.check(error.get("code") == "sbatch", f"{changed}: {error}")
        for changed in wrong[::4]:
            estimate = desk.ask(verb="estimate", login=desk.login, job={**JOB, **changed})
            attempts.check(estimate.get("starts_at") is None, f"an estimate for {changed}: {estimate}")
