"""What the launcher does in a person's home besides submitting: folders, logs, cleaning, and words when it cannot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from garbage_material import GARBAGE
from launcher_material import FILES, JOB, Desk
from launcher_material import desk as desk
from launcher_material import session as session

from aif_hub.launcher import folder as folder_module
from aif_hub.launcher.protocol import Refused


def refusal(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize("what", ["link", "file", "link below"])
def test_an_aif_folder_that_is_something_else_is_refused(desk: Desk, session: str, what: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if what == "link":
        (desk.home / ".aif").symlink_to(elsewhere)
    elif what == "file":
        (desk.home / ".aif").write_text("")
    else:
        (desk.home / ".aif").mkdir()
        (desk.home / ".aif" / "sessions").symlink_to(elsewhere)
    error = refusal(desk.submit, session)
    assert error.code == "home"
    assert "must be a plain folder" in error.message
    assert not list(elsewhere.iterdir())
    assert not desk.calls("sbatch")


def test_links_in_place_of_files_are_replaced_and_not_followed(desk: Desk, session: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    desk.session(session).mkdir(parents=True)
    for name in FILES:
        (desk.session(session) / name).symlink_to(victim)
    (desk.session(session) / "log").symlink_to(victim)
    desk.submit(session)
    assert victim.read_text() == "mine"
    assert desk.ask(verb="log", login="demo-marieke", session=session) == {"lines": []}


def test_a_home_that_is_not_there_is_named(desk: Desk, session: str) -> None:
    desk.home.rmdir()
    error = refusal(desk.submit, session)
    assert error.code == "home"
    assert str(desk.home) in error.message


def test_a_full_home_is_said_in_words(desk: Desk) -> None:
    words = folder_module.home_refusal(OSError(122, "Disk quota exceeded"))
    assert words.code == "home"
    assert "full" in words.message


def test_the_log_is_short_and_clean(desk: Desk, session: str) -> None:
    desk.submit(session)
    log = desk.session(session) / "log"
    log.write_bytes(
        b"x" * 50_000 + b"\n" + b"\n".join(b"\x1b[32mline %d\x1b[0m\x07" % n for n in range(100)) + b"\n\xff\n"
    )
    lines = desk.ask(verb="log", login="demo-marieke", session=session)["lines"]
    assert len(lines) == 40
    assert lines[-3:-1] == ["line 98", "line 99"]
    os.unlink(log)
    os.mkfifo(log)
    assert desk.ask(verb="log", login="demo-marieke", session=session) == {"lines": []}


def test_clean_takes_the_secrets_and_what_is_older_than_thirty_days(desk: Desk, session: str, tmp_path: Path) -> None:
    desk.submit(session)
    old, kept = desk.session("0" * 32), tmp_path / "kept"
    (old / "deep").mkdir(parents=True)
    (old / "deep" / "file").write_text("")
    kept.mkdir()
    (kept / "file").write_text("")
    (old / "out").symlink_to(kept)
    os.utime(old, (1, 1))
    (desk.session(session) / "log").write_text("last words\n")
    assert desk.ask(verb="clean", login="demo-marieke", session=session) == {}
    assert {path.name for path in desk.session(session).iterdir()} == {"submit.lock", "job_id", "log"}
    assert not old.exists()
    assert (kept / "file").exists()


def test_cancel_leaves_out_what_slurm_denied(desk: Desk) -> None:
    desk.says("scancel", "echo 'scancel: error: Kill job error on job id 7: Access/permission denied' >&2; exit 1")
    assert desk.ask(verb="cancel", login="demo-marieke", job_ids=[6, 7, 8]) == {"cancelled": [6, 8]}


@pytest.mark.parametrize("why", ["Access/permission denied", "Unspecified error", "Job has no such step"])
def test_cancel_leaves_out_what_slurm_refused_with_any_words(desk: Desk, why: str) -> None:
    desk.says("scancel", f"echo 'scancel: error: Kill job error on job id 7: {why}' >&2; exit 1")
    assert desk.ask(verb="cancel", login="demo-marieke", job_ids=[7]) == {"cancelled": []}


@pytest.mark.parametrize("command", ["scancel", "sbatch"])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_with_status_0_cancels_nothing_and_is_no_estimate(desk: Desk, command: str, garbage: str) -> None:
    (desk.home / "garbage").write_bytes(GARBAGE[garbage])
    desk.says(command, f"cat {desk.home}/garbage")
    asked = {"verb": "estimate", "job": JOB} if command == "sbatch" else {"verb": "cancel", "job_ids": [7]}
    if command == "scancel" and not GARBAGE[garbage].strip():
        assert desk.ask(login="demo-marieke", **asked) == {"cancelled": [7]}, "it says nothing where it did as told"
        return
    with pytest.raises(Refused) as caught:
        desk.ask(login="demo-marieke", **asked)
    assert caught.value.code == "unknown"


@pytest.mark.parametrize("why", ["Invalid job id specified", "Job/step already completing or completed"])
def test_what_is_no_job_any_more_counts_as_cancelled(desk: Desk, why: str) -> None:
    desk.says("scancel", f"echo 'scancel: error: Kill job error on job id 7: {why}' >&2; exit 1")
    assert desk.ask(verb="cancel", login="demo-marieke", job_ids=[7]) == {"cancelled": [7]}


@pytest.mark.parametrize("words", ["", "scancel: error: some plugin could not be loaded"])
def test_a_scancel_that_fails_without_naming_a_job_says_nothing_of_it(desk: Desk, words: str) -> None:
    desk.says("scancel", f"echo '{words}' >&2; exit 1")
    with pytest.raises(Refused) as caught:
        desk.ask(verb="cancel", login="demo-marieke", job_ids=[7])
    assert caught.value.code == "unknown"


def test_an_estimate_is_a_time_or_words(desk: Desk) -> None:
    said = "sbatch: Job 9 to start at 2030-01-02T03:04:05 using 2 processors on nodes gpu01 in partition gpu"
    desk.says("sbatch", f"echo '{said}' >&2")
    assert desk.ask(verb="estimate", login="demo-marieke", job=JOB)["starts_at"] == "2030-01-02T03:04:05"
    desk.says(
        "sbatch", "echo 'sbatch: error: allocation failure: Requested node configuration is not available' >&2; exit 1"
    )
    answer = desk.ask(verb="estimate", login="demo-marieke", job=JOB)
    assert answer == {"starts_at": None, "message": "Requested node configuration is not available"}
