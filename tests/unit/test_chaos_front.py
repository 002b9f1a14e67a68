"""What the front of `aif bench chaos` makes of Slurm's commands on their days, before a recording script as Slurm."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aif_hub.bench.chaos.stage import COMMANDS, HERE
from aif_hub.launcher.request import job_id_from

#: In Slurm's place: says that it took job 17, and writes down that it was called.
REAL = '#!/bin/sh\necho "${0##*/} $*" >> "${0%/*}/../called"\necho 17\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a run makes it, with commands of ours where it has Slurm's."""
    for name in ("days", "gates", "real", "slurm-bin"):
        (tmp_path / name).mkdir()
    programs = {"gate": (HERE / "gate.sh").read_text()}
    for command in COMMANDS:
        programs[f"slurm-bin/{command}"] = (HERE / "front.sh").read_text().replace("/usr/bin", f"{tmp_path}/real")
        programs[f"real/{command}"] = REAL
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def asked(folder: Path, command: str, day: str = "", who: str = "") -> subprocess.CompletedProcess[bytes]:
    """What one of Slurm's commands says, of everybody's or of that person's, on a day of that name."""
    if day:
        (folder / f"days/{command}").write_bytes((HERE / f"days/{day}.sh").read_bytes())
    env = {"PATH": "/usr/bin:/bin", **({"USER": who} if who else {})}
    return subprocess.run([folder / f"slurm-bin/{command}", "--wanted"], env=env, capture_output=True, check=False)


def called(folder: Path) -> list[str]:
    record = folder / "called"
    return record.read_text().splitlines() if record.exists() else []


@pytest.mark.parametrize("command", COMMANDS)
def test_on_a_day_like_any_other_slurm_itself_answers(folder: Path, command: str) -> None:
    said = asked(folder, command, who="demo-class01")
    assert (said.returncode, said.stdout) == (0, b"17\n")
    assert called(folder) == [f"{command} --wanted"]


@pytest.mark.parametrize("command", COMMANDS)
def test_garbage_is_an_answer_without_an_error_that_cannot_be_read(folder: Path, command: str) -> None:
    said = asked(folder, command, "garbage")
    assert (said.returncode, said.stderr) == (0, b"")
    assert said.stdout.startswith(b"<html>")
    assert b"\xc3(" in said.stdout  # no UTF-8 either
    assert job_id_from(said.stdout.decode(errors="replace")) is None


def test_what_sbatch_was_asked_is_done_whatever_garbage_it_answers_and_nothing_else_is(folder: Path) -> None:
    for command in COMMANDS:
        asked(folder, command, "garbage")
    assert called(folder) == ["sbatch --wanted"]


def test_a_submission_that_is_answered_with_garbage_has_its_gates(folder: Path) -> None:
    (folder / "gates/before-sbatch-hub.closed").touch()
    (folder / "days/sbatch").write_bytes((HERE / "days/garbage.sh").read_bytes())
    with subprocess.Popen([folder / "slurm-bin/sbatch"], env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE) as run:
        while not list((folder / "gates").glob("before-sbatch-hub.[0-9]*")):
            assert run.poll() is None
        assert called(folder) == []
        (folder / "gates/before-sbatch-hub.closed").unlink()
        out, _ = run.communicate()
    assert out.startswith(b"<html>")
    assert len(called(folder)) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_controller_that_hangs_up_has_done_nothing(folder: Path, command: str) -> None:
    said = asked(folder, command, "zero-bytes")
    assert (said.returncode, said.stdout) == (1, b"")
    assert said.stderr == f"{command}: error: Zero Bytes were transmitted or received\n".encode()
    assert called(folder) == []
