"""The launcher as a program: who may call it, what it trusts, and that it never shows a traceback."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from aif_hub.launcher.config import check_caller, parse_config, read_config
from aif_hub.launcher.install import install_launcher
from aif_hub.launcher.person import Person, find_person, in_child, turn_into
from aif_hub.launcher.protocol import Refused

CONFIG = {
    "hub_user": "nobody",
    "people_group": "nogroup",
    "min_uid": 1000,
    "slurm_conf": "/etc/slurm.conf",
    "slurm_bin": "/usr/bin",
    "job_name": "aif-demo",
    "server_commands": {"lab": ["/bin/true"]},
}


def written(folder: Path, mode: int = 0o644) -> str:
    path = folder / "launcher.json"
    path.write_text(json.dumps(CONFIG))
    path.chmod(mode)
    folder.chmod(0o755)
    return str(path)


def message(output: str) -> str:
    error = json.loads(output)["error"]
    assert error["code"] == "refused"
    return str(error["message"])


def run(program: Path, *arguments: str, said: str = "{}", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments], input=said, capture_output=True, text=True, timeout=20, env=environ, check=False
    )


def test_the_installed_program_answers_in_json_whatever_it_is_sent(tmp_path: Path) -> None:
    program = install_launcher(tmp_path)
    (tmp_path / "etc").mkdir()
    written(tmp_path / "etc")
    for said in ("", "{}", "\x00", "[" * 50_000, '{"verb":"log"}'):
        done = run(program, said=said)
        assert (done.returncode, done.stderr) == (0, "")
        message(done.stdout)
    assert "no arguments" in message(run(program, "--help").stdout)


def test_without_its_configuration_the_program_says_so_without_a_traceback(tmp_path: Path) -> None:
    done = run(install_launcher(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["error"]["code"] == "internal"


def test_it_is_installed_readable_for_all_and_writable_for_its_owner(tmp_path: Path) -> None:
    install_launcher(tmp_path)
    install_launcher(tmp_path)
    for path in [tmp_path / "libexec", *(tmp_path / "libexec").rglob("*")]:
        executable = path.is_dir() or path.name == "aif-launch"
        assert path.stat().st_mode & 0o777 == (0o755 if executable else 0o644)
    assert (tmp_path / "libexec/aif-launch").read_text().startswith("#!/usr/bin/python3 -ISB\n")


def test_a_configuration_that_others_could_write_is_refused(tmp_path: Path) -> None:
    me = os.getuid()
    assert read_config(written(tmp_path), owner=me).min_uid == 1000
    for mode in (0o664, 0o646):
        with pytest.raises(Refused, match="root alone"):
            read_config(written(tmp_path, mode), owner=me)
    with pytest.raises(Refused, match="root alone"):
        read_config(written(tmp_path), owner=me + 1)
    path = written(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(Refused, match="folder"):
        read_config(path, owner=me)


@pytest.mark.parametrize(
    "changed",
    [
        {"min_uid": 0},
        {"min_uid": True},
        {"slurm_bin": "bin"},
        {"server_commands": {}},
        {"server_commands": {"lab": ["python"]}},
        {"server_commands": {"lab": ["/bin/true", "a\nb"]}},
        {"hub_user": ""},
        {"more": 1},
    ],
)
def test_a_configuration_with_a_wrong_value_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Refused):
        parse_config(json.dumps({**CONFIG, **changed}).encode())


def test_only_the_hub_may_call_and_only_through_sudo() -> None:
    config = parse_config(json.dumps(CONFIG).encode())
    for environ in ({}, {"SUDO_UID": "0"}, {"SUDO_UID": "1000"}, {"SUDO_UID": "65534x"}):
        with pytest.raises(Refused):
            check_caller(config, environ)


@pytest.mark.parametrize("login", ["root", "nobody", "daemon", "ROOT", "no-such-person", "@"])
def test_system_users_and_strangers_are_refused(login: str) -> None:
    with pytest.raises(Refused):
        find_person(login, parse_config(json.dumps(CONFIG).encode()))


def test_work_is_never_done_as_root() -> None:
    def work(_: object) -> dict[str, object]:
        turn_into(Person("root", 0, 0, "/root"))
        return {"done": True}

    pid, reader = in_child(work, b".")
    with open(reader, "rb") as answer:
        assert json.load(answer)["error"]["code"] == "internal"
    os.waitpid(pid, 0)
