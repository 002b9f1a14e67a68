"""T4: who holds the hub can call one program and gets of it what six verbs give, of people alone; no shell, no root."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from launcher_desk import Desk
from launcher_row import Row
from odd_material import chances
from odd_requests import FILES, JOB, right_requests, wrong_request
from own_hub import OwnHub
from processes import children
from threats import Attempts

from aif_hub.launcher.protocol import MAX_REQUEST, Refused
from aif_hub.launcher.request import parse_request

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T4")]

#: The whole environment of a Slurm command that is run for a person.
ENVIRON = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "SLURM_CONF"}
HOSTILE = {
    **dict.fromkeys(("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "HOME", "TMPDIR"), "/tmp/hostile"),  # noqa: S108
    **dict.fromkeys(("PYTHONSTARTUP", "BASH_ENV", "ENV", "SLURM_CONF", "LD_PRELOAD"), "/tmp/hostile/file"),  # noqa: S108
    "SBATCH_ACCOUNT": "root",
    "PYTHONINSPECT": "1",
    "IFS": "/",
    "SUDO_UID": "0",
    "USER": "root",
}


@pytest.fixture
def desk(instance: dict[str, Any]) -> Desk:
    return Desk(instance)


@pytest.fixture
def strangers(instance: dict[str, Any]) -> list[str]:
    """All users of the system, some of the others who are no people of the workbench, and some who do not exist."""
    group = grp.getgrnam(f"aif-{instance['instance']}-people")
    members = {one.pw_name for one in pwd.getpwall() if one.pw_gid == group.gr_gid} | set(group.gr_mem)
    others = sorted((one.pw_uid, one.pw_name) for one in pwd.getpwall() if one.pw_name not in members)
    systems = [name for uid, name in others if uid < 1000]
    people = [name for uid, name in others if uid >= 1000][-20:]
    return [*systems, *people, "nobody-at-all", "ROOT", "0", "1000", "root@localhost"]


@contextmanager
def recorded(hub: OwnHub) -> Iterator[Path]:
    """The launcher of `hub` runs recorders in the place of Slurm's commands; what they wrote is in that folder."""
    bin_folder, settings = hub.folder / "recorders", hub.folder / "etc/launcher.json"
    called, before = bin_folder / "called", settings.read_text()
    called.mkdir(parents=True, exist_ok=True)
    bin_folder.chmod(0o755)
    called.chmod(0o1777)
    for command in ("sbatch", "squeue", "sacct", "scancel"):
        shutil.copyfile(Path(__file__).with_name("recorder.sh"), bin_folder / command)
        (bin_folder / command).chmod(0o755)
    settings.write_text(json.dumps({**json.loads(before), "slurm_bin": str(bin_folder)}))
    try:
        yield called
    finally:
        settings.write_text(before)
        shutil.rmtree(bin_folder)


def calls(called: Path) -> list[tuple[list[str], dict[str, str]]]:
    """Arguments and environment of each recorded call."""
    found = []
    for record in called.iterdir():
        argv, _, environ = record.read_text().partition("\0\0")
        pairs = (pair.partition("=") for pair in environ.split("\0") if pair)
        found.append((argv.split("\0"), {name: value for name, _, value in pairs}))
    return found


def command_line(pid: int) -> bytes:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_sudo_lets_the_hub_do_one_thing(desk: Desk, own_hub: OwnHub, attempts: Attempts) -> None:
    made = Path("/etc/sudoers.d").glob(f"{own_hub.job_name}-*")  # by tests, for hubs of their own
    programs = [own_hub.prefix / path.name.removeprefix(f"{own_hub.job_name}-") / "libexec/aif-launch" for path in made]
    for asker, argv in (("root", ("sudo", "-n", "-l", "-U", desk.hub_user)), (desk.hub_user, ("sudo", "-n", "-l"))):
        said = desk.run_as(asker, *argv).stdout
        lines = {" ".join(line.split()) for line in said.splitlines() if re.match(r"\s+\(", line)}
        golden = {f'(root) NOPASSWD: {program} ""' for program in (desk.program, *programs)}
        attempts.check(lines == golden, f"sudo says to {asker}: {lines}")
        attempts.check("env_reset" in said and "setenv" not in said.lower(), f"the caller's environment stays: {said}")
    for argv in (("/bin/sh",), ("-s",), ("-i",), ("-e", "/etc/passwd"), ("-u", desk.login, "id"), (desk.program, "x")):
        done = desk.run_as(desk.hub_user, "sudo", "-n", *argv)
        attempts.check(done.returncode != 0 and not done.stdout, f"sudo {argv}")
    groups = os.getgrouplist(desk.hub_user, pwd.getpwnam(desk.hub_user).pw_gid)
    names = {grp.getgrgid(group).gr_name for group in groups}
    attempts.check(names == {desk.hub_user}, f"the hub's user is in {names}")


def test_only_people_are_served(desk: Desk, strangers: list[str], attempts: Attempts) -> None:
    row = Row(desk)
    for name in strangers:
        for answer in [row.answer()[1] for _ in [row.send(**request) for request in right_requests(name)]]:
            attempts.check(answer.get("error", {}).get("code") == "refused", f"{name}: {answer}")
    row.process.communicate(timeout=60)


def test_a_parser_takes_nothing_that_is_wrong(desk: Desk, attempts: Attempts) -> None:
    chance = chances(40)
    for _ in range(16_500):
        data = wrong_request(chance, desk.login, ["", "-", "a b", "$(id)", "\n", "é", "x" * 65])
        try:
            parse_request(data)
            attempts.check(False, f"taken: {data[:200]!r}")
        except Refused as error:
            attempts.check(error.code == "refused" and error.message.isprintable(), f"{error} for {data[:200]!r}")


def test_thousands_of_wrong_requests_run_nothing(
    desk: Desk, own_hub: OwnHub, strangers: list[str], attempts: Attempts
) -> None:
    chance, sessions = chances(41), desk.home / ".aif/sessions"
    before = set(sessions.iterdir()) if sessions.exists() else set()
    with recorded(own_hub) as called:
        row = Row(desk, f"{own_hub.folder}/libexec/aif-launch")
        row.send_bytes(b"{}")
        assert row.answer()[0] == 1
        launcher = row.pid()
        for _ in range(65):
            wrong = [wrong_request(chance, desk.login, strangers) for _ in range(60)]
            sent = {row.send_bytes(data): data for data in wrong}
            names = set(map(command_line, children(launcher)))
            attempts.check(all(b"aif-launch" in name or not name for name in names), f"it runs {names}")
            for number, answer in (row.answer() for _ in sent):
                held = answer.get("error", {}).get("code") == "refused"
                attempts.check(held, f"{answer} to {sent[number][:200]!r}")
        row.process.communicate(timeout=60)
        attempts.check(calls(called) == [], f"something was run: {calls(called)[:3]}")
    attempts.check((set(sessions.iterdir()) if sessions.exists() else set()) == before, "a folder was made")


def test_what_is_taken_runs_slurms_commands_and_nothing_else(desk: Desk, own_hub: OwnHub, attempts: Attempts) -> None:
    """With a hostile caller's environment, and values that are as long and as odd as may be."""
    chance, entry, made = chances(42), pwd.getpwnam(desk.login), []
    words = ["a", "_" * 64, "0.0", "sh", "root", "x-", "A--uid", "e.t.c"]
    with recorded(own_hub) as called:
        row = Row(desk, f"{own_hub.folder}/libexec/aif-launch", **HOSTILE)
        for _ in range(20):
            made.append(uuid.uuid4().hex)
            names = {name: chance.choice(words) for name in JOB if isinstance(JOB[name], str)}
            for request in right_requests(desk.login):
                changed = {"session": made[-1]} if "session" in request else {}
                changed |= {"job": {**JOB, **names}} if "job" in request else {}
                changed |= {"files": {**FILES, "session.json": "$(id)`id`\n;{{ }}é"}} if "files" in request else {}
                row.send(**{**request, **changed})
                row.answer()
        row.process.communicate(timeout=60)
        found = calls(called)
    for session in made:
        shutil.rmtree(desk.folder(session), ignore_errors=True)
    assert {argv[0].rpartition("/")[2] for argv, _ in found} >= {"sbatch", "scancel"}
    for argv, environ in found:
        ours = [argv[0]] == [f"{own_hub.folder}/recorders/{argv[0].rpartition('/')[2]}"]
        attempts.check(ours and all(word.isprintable() and " " not in word for word in argv), f"run: {argv}")
        paths = [word.partition("=")[2] for word in argv[1:] if "/" in word]
        attempts.check(all(path.startswith(entry.pw_dir) for path in paths), f"paths: {paths}")
        attempts.check(environ.keys() - {"PWD"} == ENVIRON, f"environment: {sorted(environ)}")
        theirs = (environ["HOME"], environ["USER"], environ["PATH"], environ["SLURM_CONF"])
        right = (entry.pw_dir, desk.login, "/usr/bin:/bin", desk.environ["SLURM_CONF"])
        attempts.check(theirs == right, f"environment: {environ}")


@pytest.mark.parametrize(
    "stream",
    [
        *(
            b"0\n",
            b"-1\n{}",
            b"+2\n{}",
            b"1 0\n",
            b"\n",
            b"\x00",
            b"\xff\xfe",
            b"9" * 50 + b"\n",
            b"%d\n" % (MAX_REQUEST + 1),
        ),
        *(b"5\n{}", b"{" * 100, b"[]", b"null", b"\r\n", b"#!/bin/sh\nid\n", b"x" * (MAX_REQUEST + 2)),
    ],
    ids=lambda stream: repr(stream[:12]),
)
def test_what_is_no_stream_of_requests_is_refused(desk: Desk, attempts: Attempts, stream: bytes) -> None:
    entry = pwd.getpwnam(desk.hub_user)
    done = subprocess.run(
        ["sudo", "-n", desk.program],
        input=stream,
        capture_output=True,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        env=desk.environ,
        cwd="/",
        timeout=60,
        check=False,
    )
    answers = [json.loads(line[line.index(b"{") :]) for line in done.stdout.splitlines()]
    held = done.stderr == b"" and [answer["error"]["code"] for answer in answers] == ["refused"]
    attempts.check(held, f"{stream[:40]!r}: {answers} {done.stderr!r}")
