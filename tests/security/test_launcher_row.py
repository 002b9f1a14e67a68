"""One launcher for many people: each gets their own, a slow one holds up nobody, and a killed one loses nothing."""

from __future__ import annotations

import fcntl
import os
import pwd
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from launcher_desk import Desk, until
from launcher_row import Row
from processes import children, memory

pytestmark = [pytest.mark.demo, pytest.mark.threat("T4")]


@pytest.fixture
def row(desk: Desk) -> Iterator[Row]:
    row = Row(desk)
    yield row
    row.process.communicate(timeout=60)


@contextmanager
def held(desk: Desk, session: str) -> Iterator[None]:
    """Whoever works on the session waits: another process holds its lock. Makes its folder where there is none."""
    lock_file = desk.folder(session) / "submit.lock"
    for argv in (("mkdir", "-p", str(lock_file.parent)), ("touch", str(lock_file))):
        assert desk.run_as(desk.login, *argv).returncode == 0
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def waiting_child(row: Row, login: str) -> int:
    uid = pwd.getpwnam(login).pw_uid
    launcher = row.pid()

    def found() -> int | None:
        return next((pid for pid in children(launcher) if f"Uid:\t{uid}\t" in _status(pid)), None)

    return int(until(found, "the child is the person"))


def test_people_at_one_launcher_each_get_their_own_job_and_files(row: Row) -> None:
    logins = [f"{row.desk.name}-class{number}" for number in (38, 39, 40, 41, 42)]
    sessions = {row.submit(login, uuid.uuid4().hex, **{"key.pem": f"KEY OF {login}\n"}): login for login in logins}
    answers = dict(row.answer() for _ in logins)
    assert set(answers) == set(sessions)
    for number, login in sessions.items():
        shown = row.desk.slurm("squeue", "-h", "-t", "all", "-j", str(answers[number]["job_id"]), "-o", "%u|%k").strip()
        user, _, session = shown.partition("|")
        folder = Path(pwd.getpwnam(login).pw_dir) / ".aif/sessions" / session
        assert user == login
        assert (folder / "key.pem").read_text() == f"KEY OF {login}\n"
        assert {path.stat().st_uid for path in folder.iterdir()} == {pwd.getpwnam(login).pw_uid}


def test_one_who_has_to_wait_holds_up_nobody(row: Row, session: str) -> None:
    row.desk.submit(session)
    with held(row.desk, session):
        slow = row.send(verb="find", login=row.desk.login, session=session)
        quick = row.send(verb="log", login=row.desk.other, session=session)
        assert row.answer() == (quick, {"lines": []})
    assert row.answer() == (slow, {"job_id": row.desk.jobs[0]})


def test_a_person_can_stop_or_end_their_own_child_and_nobody_elses_and_read_none(row: Row, session: str) -> None:
    desk = row.desk
    desk.submit(session)
    with held(desk, session):
        number = row.send(verb="find", login=desk.login, session=session)
        child = waiting_child(row, desk.login)
        for path in ("environ", "maps", "fd"):
            assert desk.run_as(desk.login, "ls" if path == "fd" else "cat", f"/proc/{child}/{path}").returncode != 0
        assert desk.run_as(desk.other, "kill", "-KILL", str(child)).returncode != 0
        assert desk.run_as(desk.login, "kill", "-KILL", str(row.pid())).returncode != 0
        assert desk.run_as(desk.login, "kill", "-STOP", str(child)).returncode == 0
        quick = row.send(verb="log", login=desk.other, session=session)
        assert row.answer() == (quick, {"lines": []})
        assert desk.run_as(desk.login, "kill", "-KILL", str(child)).returncode == 0
        answered, answer = row.answer()
        assert (answered, answer["error"]["code"]) == (number, "unknown")
    row.send(verb="find", login=desk.login, session=session)
    assert row.answer()[1] == {"job_id": desk.jobs[0]}


def test_a_child_holds_nothing_of_the_requests_before_it(row: Row, session: str) -> None:
    secret = f"KEY{uuid.uuid4().hex}"
    row.submit(row.desk.other, uuid.uuid4().hex, **{"key.pem": secret})
    assert "job_id" in row.answer()[1]
    with held(row.desk, session):
        row.send(verb="find", login=row.desk.login, session=session)
        for pid in (waiting_child(row, row.desk.login), row.pid()):
            found = memory(pid)
            assert b"aif_launcher" in found  # the search does find what is there
            assert secret.encode() not in found
    row.answer()


def test_a_launcher_that_is_killed_loses_no_job_and_doubles_none(row: Row, session: str) -> None:
    with held(row.desk, session):
        row.submit(row.desk.login, session)
        waiting_child(row, row.desk.login)
        os.kill(row.pid(), 9)
        row.process.wait(20)
    job_id = row.desk.submit(session)["job_id"]  # whether it or the child that was left comes first
    shown = row.desk.slurm("squeue", "-h", "-t", "all", "-u", row.desk.login, "-o", "%A|%k").split()
    assert [line for line in shown if line.endswith(session)] == [f"{job_id}|{session}"]


def _status(pid: int) -> str:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
