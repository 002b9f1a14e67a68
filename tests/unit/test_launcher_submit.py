"""What the launcher does as the person: one job for a session, files nobody else can read, and clear words.

Slurm is a folder of recording scripts here: these tests are about faults that a real one cannot be made to have.
"""

from __future__ import annotations

import json
import os
import signal
import uuid
from typing import Any

import pytest
from garbage_material import GARBAGE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from launcher_material import FILES, HEADS, PATHS, SUBMIT, Desk, odd_value
from launcher_material import desk as desk
from launcher_material import session as session

from aif_hub.launcher.protocol import Refused


def refusal(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_a_submit_writes_the_files_and_tells_the_job(desk: Desk, session: str) -> None:
    assert desk.submit(session) == {"job_id": 41, "adopted": False}
    place = desk.session(session)
    for path in (place, place.parent, place.parent.parent):
        assert path.stat().st_mode & 0o777 == 0o700
    for name, text in FILES.items():
        assert (place / name).read_text() == text
        assert (place / name).stat().st_mode & 0o777 == 0o600
    assert (place / "job_id").read_text() == "41\n"
    assert not (place / "submitting").exists()


def test_sbatch_gets_a_whole_environment_and_no_secret(
    desk: Desk, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SBATCH_PARTITION", "gpu")
    monkeypatch.setenv("LD_PRELOAD", "")
    desk.submit(session)
    argv, environ = desk.calls("sbatch").split("---\n")
    assert set(argv.splitlines()) >= {"--comment=" + session, "--gres=gpu:h100_1g.10gb:1", "--mem=4096M", "--time=120"}
    names = {line.partition("=")[0] for line in environ.splitlines()} - {"PWD", "_", "SHLVL", "OLDPWD"}
    assert names == {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "SLURM_CONF"}
    script = (desk.record / "sbatch.stdin").read_text()
    assert script.splitlines()[0] == "#!/bin/bash"
    assert f"exec '/opt/it'\"'\"'s here/python' '-m' 'aif.server' '{desk.session(session)}'" in script
    for text in FILES.values():
        assert text.strip() not in argv + environ + script


def test_asking_again_gives_the_same_job_and_leaves_the_files(desk: Desk, session: str) -> None:
    desk.submit(session)
    again = desk.submit(session, files={**FILES, "session.json": "another token"})
    assert again == {"job_id": 41, "adopted": True}
    assert (desk.session(session) / "session.json").read_text() == FILES["session.json"]
    assert desk.calls("sbatch").count("---") == 1


def test_ten_at_once_make_one_job(desk: Desk, session: str) -> None:
    desk.says("sbatch", "sleep 0.3; echo 41")
    children = []
    for _ in range(10):
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if desk.submit(session)["job_id"] == 41 else 1)
            finally:
                os._exit(2)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 10
    assert desk.calls("sbatch").count("---") == 1


def test_a_lost_answer_is_found_again_by_the_comment(desk: Desk, session: str) -> None:
    desk.says("sbatch", "kill -9 $$")  # the job was taken, the answer never came
    assert refusal(desk.submit, session).code == "unknown"
    assert (desk.session(session) / "submitting").exists()
    desk.shows("squeue", "40|other", f"42|{session}")
    assert desk.submit(session) == {"job_id": 42, "adopted": True}
    assert desk.submit(session) == {"job_id": 42, "adopted": True}
    assert desk.calls("sbatch").count("---") == 1


def test_an_sbatch_that_outlives_its_launcher_is_waited_for(desk: Desk, session: str) -> None:
    taken = desk.record / "taken"
    desk.says("sbatch", f"touch {desk.record}/begun; sleep 0.7; touch {taken}; echo 46")
    desk.shows("squeue", f"46|{session}", when=f"test -e {taken}")
    child = os.fork()
    if child == 0:
        try:
            desk.submit(session)
        finally:
            os._exit(0)
    while not (desk.record / "begun").exists():
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not taken.exists()
    assert desk.submit(session) == {"job_id": 46, "adopted": True}
    assert desk.calls("sbatch").count("---") == 1


def test_a_job_that_the_controller_forgot_is_found_in_the_accounting(desk: Desk, session: str) -> None:
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    long_ago = os.stat(desk.session(session)).st_mtime - 3600
    os.utime(desk.session(session) / "submitting", (long_ago, long_ago))
    desk.shows("sacct", f"43||sbatch --parsable --comment={session} --chdir=/x")
    assert desk.submit(session) == {"job_id": 43, "adopted": True}


def test_without_accounting_an_old_marker_means_that_there_is_no_job(desk: Desk, session: str) -> None:
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    os.utime(desk.session(session) / "submitting", (1, 1))
    desk.says("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1")
    desk.says("sbatch", "echo 44")
    assert desk.submit(session) == {"job_id": 44, "adopted": False}


def test_nothing_is_submitted_while_slurm_cannot_say_whether_the_job_exists(desk: Desk, session: str) -> None:
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    desk.says("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    assert refusal(desk.submit, session).code == "unknown"
    os.utime(desk.session(session) / "submitting", (1, 1))
    desk.shows("squeue")
    desk.says("sacct", "echo 'sacct: error: Problem talking to the database: Connection refused' >&2; exit 1")
    assert refusal(desk.submit, session).code == "unknown"
    assert desk.calls("sbatch").count("---") == 1


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("command", ["squeue", "sacct"])
def test_garbage_with_status_0_makes_no_second_job(desk: Desk, session: str, command: str, garbage: str) -> None:
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    os.utime(desk.session(session) / "submitting", (1, 1))
    (desk.home / "garbage").write_bytes(GARBAGE[garbage])
    desk.says(command, f"cat {desk.home}/garbage")
    assert refusal(desk.submit, session).code == "unknown"
    desk.says(command, f"printf '{HEADS[command]}'")  # it broke off
    assert refusal(desk.submit, session).code == "unknown"
    assert desk.calls("sbatch").count("---") == 1
    desk.shows(command)
    desk.says("sbatch", "echo 44")
    assert desk.submit(session) == {"job_id": 44, "adopted": False}, "Slurm says that there is no job"


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_submission_that_is_answered_with_garbage_is_found_again(desk: Desk, session: str, garbage: str) -> None:
    (desk.home / "garbage").write_bytes(GARBAGE[garbage])
    desk.says("sbatch", f"cat {desk.home}/garbage")
    assert refusal(desk.submit, session).code == "unknown"
    desk.shows("squeue", f"42|{session}")
    assert desk.submit(session) == {"job_id": 42, "adopted": True}
    assert desk.calls("sbatch").count("---") == 1


@pytest.mark.parametrize("command", ["squeue", "sacct"])
def test_an_answer_that_is_none_makes_no_second_job(desk: Desk, session: str, command: str) -> None:
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    os.utime(desk.session(session) / "submitting", (1, 1))
    desk.says(command, "echo '<html>502 Bad Gateway'; echo '12|x'")
    refused = refusal(desk.submit, session)
    assert refused.code == "unknown"
    assert "502 Bad Gateway" in refused.message
    desk.shows(command, "40|a comment", "of two lines", f"42|{session}")
    assert desk.submit(session) == {"job_id": 42, "adopted": True}
    assert desk.calls("sbatch").count("---") == 1


def test_finding_a_job_never_makes_one(desk: Desk, session: str) -> None:
    def find() -> dict[str, object]:
        return desk.ask(verb="find", login=SUBMIT["login"], session=session)

    assert find() == {"job_id": None}  # no folder
    desk.says("sbatch", "kill -9 $$")
    refusal(desk.submit, session)
    desk.says("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    assert refusal(find).code == "unknown"
    desk.shows("squeue", f"42|{session}")
    assert find() == {"job_id": 42}
    desk.says("squeue", "exit 1")
    assert find() == {"job_id": 42}  # written down now
    assert desk.calls("sbatch").count("---") == 1


def test_a_refusal_by_slurm_leaves_no_secret_and_can_be_asked_again(desk: Desk, session: str) -> None:
    desk.says("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1")
    error = refusal(desk.submit, session)
    assert (error.code, error.message) == ("sbatch", "Invalid account")
    assert {path.name for path in desk.session(session).iterdir()} == {"submit.lock"}
    desk.says("sbatch", "echo 45")
    assert desk.submit(session) == {"job_id": 45, "adopted": False}


def test_a_socket_timeout_is_not_taken_for_a_refusal(desk: Desk, session: str) -> None:
    words = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
    desk.says("sbatch", f"echo '{words}' >&2; exit 1")
    assert refusal(desk.submit, session).code == "unknown"
    assert (desk.session(session) / "submitting").exists()


@pytest.mark.slow
@given(st.sampled_from(PATHS), odd_value)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_odd_value_reaches_sbatch(desk: Desk, path: tuple[str, ...], value: object) -> None:
    request: Any = json.loads(json.dumps({**SUBMIT, "session": uuid.uuid4().hex}))
    (request if len(path) == 1 else request[path[0]])[path[-1]] = value
    record = desk.record / "sbatch"
    record.unlink(missing_ok=True)
    try:
        desk.ask(**request)
    except Refused:
        assert not record.exists()
        return
    for word in record.read_text().split("---\n")[0].splitlines():
        option, _, given_value = word.partition("=")
        assert option in SBATCH_OPTIONS
        assert given_value.startswith(str(desk.home)) or all(
            c.isascii() and (c.isalnum() or c in "_.:-") for c in given_value
        )


SBATCH_OPTIONS = {
    *(
        "--parsable",
        "--job-name",
        "--account",
        "--partition",
        "--time",
        "--nodes",
        "--ntasks",
        "--cpus-per-task",
        "--mem",
    ),
    *("--no-requeue", "--propagate", "--gres", "--qos", "--reservation", "--comment", "--output", "--open-mode"),
    *("--chdir", "--export"),
}
