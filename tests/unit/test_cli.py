"""The command line: every group's commands are there, and who makes a mistake gets a sentence."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest

from aif_hub import cli
from aif_hub.demo import cli as demo
from aif_hub.demo.instance import Instance


def test_help_names_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    for command in ("up", "down", "status", "logs", "reset", "test", "bench", "build", "init", "check", "install"):
        assert f"\n    {command} " in said


def test_a_word_that_only_tests_take_is_refused_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["down", "--follow"])
    assert ended.value.code == 2
    assert "--follow" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "-1", "65536", "80000", "eight", "443"])
def test_a_port_that_cannot_be_one_is_refused_with_those_that_can(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo.ports, "least", lambda: 1024)
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", f"--port={port}"])
    assert ended.value.code == 2
    assert "Choose a number from 1024 to 65535, such as 8010" in capsys.readouterr().err


def test_a_port_is_taken_as_this_machine_gives_them_to_ordinary_users(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= demo.ports.least() <= 65535
    monkeypatch.setattr(demo.ports, "least", lambda: 1)
    assert (demo._port("80"), demo._port("8010")) == (80, 8010)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            errno.ENOSPC,
            "The disk is full: /opt/aif/demo/state could not be written. Make room and run the command again.",
        ),
        (errno.EDQUOT, "The disk is full"),
        (errno.EROFS, "is on a disk that cannot be written. Choose another place"),
    ],
)
def test_what_a_disk_refuses_is_one_sentence(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number), "/opt/aif/demo/state")

    monkeypatch.setattr(demo.instance, "load", fails)
    assert cli.main(["status"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("aif: ")
    assert words in said
    assert said.count("\n") == 1


def test_a_fault_of_ours_is_not_taken_for_one_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr(demo.instance, "load", fails)
    with pytest.raises(OSError, match="Bad file descriptor"):
        cli.main(["status"])


def test_a_question_that_nobody_answers_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(demo, "known", lambda asked: Instance("demo", tmp_path, tmp_path, False, 8000, 20000, 18))
    monkeypatch.setattr(demo.machine, "check_root", lambda: None)
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert cli.main(["reset"]) == 1
    assert "nothing was answered, so nothing was done" in capsys.readouterr().err
    assert tmp_path.exists()


def test_the_help_of_benches_has_json_and_leads_to_that_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Each takes --json (its figures as one JSON object)" in said
    assert f"which: {', '.join(demo.BENCHES)}" in said
    assert cli.main(["bench", "sessions", "--help", "--prefix", str(tmp_path)]) == 0  # no instance to ask
    assert " ".join(capsys.readouterr().out.split()) == said
    with pytest.raises(SystemExit):
        cli.main(["bench", "nope"])
    assert "'sessions', 'front'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "chaos" else []) for name in demo.BENCHES]
)
def test_each_bench_has_its_own_help_and_prints_json(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "known", lambda asked: Instance("demo", tmp_path, tmp_path, False, 8000, 20000, 18))
    monkeypatch.setattr(demo, "in_hub_environment", lambda *_: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: aif bench {name} ")
    assert "--json" in said
