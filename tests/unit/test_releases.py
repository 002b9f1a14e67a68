"""Releases beside each other: which one is in use, which was before, and which may go."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from aif.core.site import Cluster
from aif_hub.operate import in_use
from aif_hub.operate.errors import OperateError
from aif_hub.operate.releases import Releases

FAR = 1e12


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """Four that are built, and none in use."""
    for name in ("a", "b", "c", "d"):
        (tmp_path / "releases" / name / "env").mkdir(parents=True)
        (tmp_path / "releases" / name / "env/name").write_text(name)
    return Releases(tmp_path)


def left_at(releases: Releases, **times: float) -> None:
    path = releases.prefix / "releases/book.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "left": {**data["left"], **times}}))


def test_links_lead_to_the_one_in_use_and_back(releases: Releases) -> None:
    assert (releases.current, releases.previous) == ("", "")
    short = releases.prefix / "env/name"
    releases.use("a")
    assert (releases.current, releases.previous, short.read_text()) == ("a", "", "a")
    inner = os.lstat(releases.prefix / "env").st_ino
    releases.use("b", "backup of a")
    assert (releases.current, releases.previous, short.read_text()) == ("b", "a", "b")
    assert os.lstat(releases.prefix / "env").st_ino == inner, "one link is switched, and no more"
    assert releases.book.backups["b"] == "backup of a"
    releases.back()
    assert (releases.current, releases.previous, short.read_text()) == ("a", "", "a")
    assert "b" not in releases.book.backups
    releases.use("b")
    releases.use("a")
    assert (releases.current, releases.previous) == ("a", "b")


def test_the_one_before_is_one_that_is_still_there(releases: Releases) -> None:
    for name in ("a", "b", "c"):
        releases.use(name)
    releases.remove("b")
    assert releases.previous == "a"
    assert releases.names == ["a", "c", "d"]


def test_a_crash_before_the_rename_changes_nothing(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    releases.use("a")
    real = os.replace

    def no_link(source: Path, target: Path) -> None:
        if Path(target).name == "current":
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", no_link)
    with pytest.raises(KeyboardInterrupt):
        releases.use("b")
    monkeypatch.undo()
    assert (releases.current, releases.previous) == ("a", "")
    releases.use("b")
    assert (releases.current, releases.previous) == ("b", "a")


def test_two_are_kept_and_every_one_that_a_session_may_run_from(releases: Releases) -> None:
    for name in ("a", "b", "c", "d"):
        releases.use(name)
    left_at(releases, a=1000.0, b=2000.0, c=3000.0)
    assert releases.unused(math.inf, ()) == ["a", "b"]
    assert releases.unused(math.inf, ("b",)) == ["a"]
    assert releases.unused(1500.0, ()) == ["a"], "a job of 1500 was submitted when b was in use"
    assert releases.unused(900.0, ()) == []
    assert releases.unused(1100.0, ()) == [], "clocks of two hosts"
    assert releases.unused(0.0, ()) == [], "Slurm did not say"


def test_what_was_built_and_never_used_goes_and_without_a_book_nothing(releases: Releases) -> None:
    assert releases.unused(math.inf, ()) == []
    releases.use("a")
    assert releases.unused(FAR, ()) == ["b", "c", "d"]


def test_a_folder_of_somebody_elses_is_left_alone(releases: Releases) -> None:
    (releases.prefix / "env").mkdir()
    with pytest.raises(OperateError, match="no link of ours"):
        releases.use("a")


def test_processes_are_known_by_program_or_words(releases: Releases, tmp_path: Path) -> None:
    processes = tmp_path / "proc"
    for number, exe, words in (
        ("1", f"{releases.place('a')}/env/hub/bin/node", "node"),
        ("2", "/usr/bin/python3.11", f"{releases.place('c')}/env/notebook/bin/python\0-m\0aif.server"),
        ("3", "/usr/bin/vi", str(releases.place("d"))),
    ):
        (processes / number).mkdir(parents=True)
        (processes / number / "exe").symlink_to(exe)
        (processes / number / "cmdline").write_text(words)
    (processes / "4").mkdir()
    assert in_use.running(releases, processes) == {"a", "c"}


@pytest.mark.parametrize(
    ("script", "oldest"),
    [
        ("echo SUBMIT_TIME; echo 1700000500; echo 1700000000", 1700000000.0),
        ("echo SUBMIT_TIME", math.inf),
        ("true", 0.0),
        ("echo '<html>(2 Bad Gateway'", 0.0),
        ("echo SUBMIT_TIME; echo 1700000500; exit 1", 0.0),
        ("echo SUBMIT_TIME; echo N/A", 0.0),
    ],
)
def test_the_oldest_job_is_asked_of_slurm(script: str, oldest: float, tmp_path: Path) -> None:
    squeue = tmp_path / "squeue"
    squeue.write_text(
        f'#!/bin/sh\n[ "$SLURM_TIME_FORMAT" = %s ] && [ "$2" = --name=ours ] || exit 9\n{script}\n',
    )
    squeue.chmod(0o755)
    assert in_use.oldest_job(Cluster("main", "/etc/slurm.conf", str(tmp_path), job_name="ours")) == oldest
    assert in_use.oldest_job(Cluster("main", "/etc/slurm.conf", str(tmp_path / "none"), job_name="ours")) == 0
