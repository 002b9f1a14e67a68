"""The command line: every group's commands are there, and who makes a mistake gets a sentence."""

from __future__ import annotations

import pytest

from aif_hub import cli


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
