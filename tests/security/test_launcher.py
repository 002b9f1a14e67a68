"""The launcher behind real sudo and on a real Slurm: who may ask, what the person gets, what nobody else sees."""

from __future__ import annotations

import json
import os
import pwd
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from launcher_desk import JOB, TOKEN, Desk, server_process, session_files, until

pytestmark = [pytest.mark.demo, pytest.mark.threat("T4")]


def refusal(answer: dict[str, Any], code: str = "refused") -> str:
    assert answer.get("error", {}).get("code") == code, answer
    return str(answer["error"]["message"])


def test_a_submitted_job_is_the_persons_and_so_are_its_files(desk: Desk, session: str) -> None:
    answer = desk.submit(session)
    assert answer["adopted"] is False
    row = desk.slurm("squeue", "-h", "-t", "all", "-j", str(answer["job_id"]), "-o", "%u|%a|%P|%l|%C|%k").strip()
    assert row == f"{desk.login}|trn0007|cpu|5:00|1|{session}"
    uid = pwd.getpwnam(desk.login).pw_uid
    for path in (desk.folder(session), *desk.folder(session).parents[:2]):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (uid, 0o700)
    for name, text in session_files(session, desk.login, desk.addresses).items():
        path = desk.folder(session) / name
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (uid, 0o600)
        assert path.read_text() == text
    assert desk.run_as(desk.other, "cat", str(desk.folder(session) / "key.pem")).returncode != 0


def test_asking_again_gives_the_same_job(desk: Desk, session: str) -> None:
    first = desk.submit(session)
    assert desk.submit(session) == {"job_id": first["job_id"], "adopted": True}


def test_submits_of_one_session_at_the_same_time_make_one_job(desk: Desk, session: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: desk.submit(session), range(6)))
    assert len({answer["job_id"] for answer in answers}) == 1
    assert [answer["adopted"] for answer in answers].count(False) == 1
    comments = desk.slurm("squeue", "-h", "-t", "all", "-u", desk.login, "-o", "%k").split()
    assert comments.count(session) == 1


def test_a_job_whose_id_was_lost_is_found_and_not_doubled(desk: Desk, session: str) -> None:
    first = desk.submit(session)
    folder = desk.folder(session)
    (folder / "job_id").unlink()  # as if everything was killed between sbatch and its answer
    marker = desk.run_as(desk.login, "touch", str(folder / "submitting"))
    assert marker.returncode == 0
    assert desk.submit(session) == {"job_id": first["job_id"], "adopted": True}
    assert not (folder / "submitting").exists()


@pytest.mark.slow
def test_a_marker_without_a_job_is_no_obstacle(desk: Desk, session: str) -> None:
    desk.run_as(desk.login, "mkdir", "-p", str(desk.folder(session)))
    desk.run_as(desk.login, "touch", str(desk.folder(session) / "submitting"))
    assert desk.submit(session)["adopted"] is False


@pytest.mark.slow
def test_the_accounting_recorded_what_a_lost_job_is_found_by(desk: Desk, session: str) -> None:
    job_id = desk.submit(session)["job_id"]
    argv = ("sacct", "-n", "-P", "-X", "-j", str(job_id), "-o", "JobIDRaw,SubmitLine")
    line = until(lambda: "--comment" in (row := desk.slurm(*argv).strip()) and row, "the job in the accounting")
    assert line.startswith(f"{job_id}|")
    assert f"--comment={session}" in line.split()
    assert TOKEN not in line


def test_cancel_ends_the_persons_job_and_nobody_elses(desk: Desk, session: str) -> None:
    job_id = desk.submit(session)["job_id"]
    for other in (desk.other, f"{desk.name}-olga"):  # an operator's rights in Slurm are not the hub's to use
        assert "error" not in desk.ask(verb="cancel", login=other, job_ids=[job_id])
    assert desk.state(job_id) in ("PENDING", "CONFIGURING", "RUNNING")
    assert desk.ask(verb="cancel", login=desk.login, job_ids=[job_id, 4000000]) == {"cancelled": [job_id, 4000000]}
    until(lambda: desk.state(job_id) in ("CANCELLED", ""), "the job cancelled")
    assert desk.ask(verb="cancel", login=desk.login, job_ids=[job_id]) == {"cancelled": [job_id]}


def test_no_login_shell_runs_and_the_environment_is_made_from_nothing(desk: Desk, session: str) -> None:
    planted = [desk.home / name for name in (".bash_profile", ".bash_login", ".profile", ".bashrc")]
    ran = desk.home / "a-start-up-file-ran"
    before = {path: path.read_text() if path.exists() else None for path in planted}
    try:
        for path in planted:
            path.write_text(f"echo {path.name} >> {ran}\n")
        desk.submit(session)
        process = until(lambda: server_process(desk.folder(session)), "the server's process")
        environ = dict(item.split("=", 1) for item in (process / "environ").read_text().split("\0") if "=" in item)
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        assert not ran.exists()
    finally:
        for path, text in before.items():
            path.unlink() if text is None else path.write_text(text)
    entry = pwd.getpwnam(desk.login)
    assert status["Uid"].split() == [str(entry.pw_uid)] * 4
    assert status["Gid"].split() == [str(entry.pw_gid)] * 4
    assert set(map(int, status["Groups"].split())) == set(os.getgrouplist(desk.login, entry.pw_gid))
    assert int(status["Umask"], 8) == 0o077
    ours = {name for name in environ if not name.startswith(("SLURM", "CUDA_", "GPU_"))}
    by_slurm_and_bash = {"ENVIRONMENT", "HOSTNAME", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_", "ROCR_VISIBLE_DEVICES"}
    assert ours - by_slurm_and_bash == {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG"}
    assert environ["HOME"] == entry.pw_dir
    assert "SUDO_UID" not in environ


def test_no_secret_can_be_read_from_slurm_by_anyone(desk: Desk, session: str) -> None:
    job_id = str(desk.submit(session)["job_id"])
    script = desk.slurm("scontrol", "write", "batch_script", job_id, "-")
    assert "exec " in script
    assert TOKEN not in script
    others = desk.run_as(desk.other, "scontrol", "write", "batch_script", job_id, "-")
    assert "exec " not in others.stdout
    for argv in (("scontrol", "show", "job", job_id), ("squeue", "-j", job_id, "-t", "all", "-O", "ALL:500")):
        assert TOKEN not in desk.run_as(desk.other, *argv).stdout
        assert TOKEN not in desk.slurm(*argv)


def test_root_system_users_and_strangers_get_no_session(desk: Desk, session: str) -> None:
    for login in ("root", "daemon", "nobody", "slurm", desk.hub_user, "no-such-person", desk.login.upper()):
        assert login in refusal(desk.submit(session, login=login))
        assert login in refusal(desk.ask(verb="log", login=login, session=session))


def test_sudo_passes_on_no_argument_and_no_other_program(desk: Desk) -> None:
    for argv in ((desk.program, "--help"), (desk.program, ""), ("/usr/bin/id",), ("-u", desk.login, desk.program)):
        done = desk.run_as(desk.hub_user, "sudo", "-n", *argv, said="{}")
        assert done.returncode != 0
        assert done.stdout == ""


def test_only_the_hub_can_call(desk: Desk, session: str) -> None:
    request = json.dumps({"verb": "log", "login": desk.login, "session": session})
    done = desk.run_as(desk.login, "sudo", "-n", desk.program, said=request)
    assert (done.returncode != 0, done.stdout) == (True, "")
    for user in ("root", desk.login, desk.hub_user):  # without sudo
        refusal(json.loads(desk.run_as(user, desk.program, said=request).stdout))


def test_words_of_slurm_reach_the_hub_and_leave_no_key_behind(desk: Desk, session: str) -> None:
    message = refusal(desk.submit(session, job={**JOB, "account": "nosuch"}), "sbatch")
    assert "Invalid account" in message
    assert {path.name for path in desk.folder(session).iterdir()} == {"submit.lock"}
    assert desk.submit(session)["adopted"] is False


def test_an_aif_folder_that_points_elsewhere_is_refused(desk: Desk, session: str) -> None:
    desk.submit(uuid.uuid4().hex)  # so that there is one
    real, aside = desk.home / ".aif", desk.home / ".aif-aside"
    real.rename(aside)
    try:
        real.symlink_to("/tmp")  # noqa: S108
        assert "plain folder" in refusal(desk.submit(session), "home")
        real.unlink()
        real.write_text("")
        assert "plain folder" in refusal(desk.submit(session), "home")
    finally:
        real.unlink()
        aside.rename(real)


def test_an_estimate_is_given_as_the_person(desk: Desk) -> None:
    answer = desk.ask(verb="estimate", login=desk.login, job=JOB)
    assert answer["starts_at"] is None or answer["starts_at"][4] == "-"
    assert answer["message"]
    answer = desk.ask(verb="estimate", login=desk.login, job={**JOB, "account": "ops01"})
    assert answer["starts_at"] is None
    assert "account" in answer["message"]


def test_the_log_is_read_and_the_keys_are_cleaned(desk: Desk, session: str) -> None:
    job_id = desk.submit(session)["job_id"]
    log = desk.folder(session) / "log"
    until(log.exists, "the job's log")
    assert log.stat().st_mode & 0o777 == 0o600
    desk.ask(verb="cancel", login=desk.login, job_ids=[job_id])
    until(lambda: desk.state(job_id) in ("CANCELLED", ""), "the job cancelled")
    until(
        lambda: any("CANCELLED" in line for line in desk.ask(verb="log", login=desk.login, session=session)["lines"]),
        "its log",
    )
    assert desk.ask(verb="clean", login=desk.login, session=session) == {}
    assert {path.name for path in desk.folder(session).iterdir()} >= {"log", "job_id"}
    assert not any((desk.folder(session) / name).exists() for name in ("session.json", "key.pem", "cert.pem", "ca.pem"))
