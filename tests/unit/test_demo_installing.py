"""What `aif up` installs: packages without services, environments from locks, and what it says when it cannot."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from aif_hub import cli
from aif_hub.demo import environments, kernels, machine, packages
from aif_hub.demo.errors import CommandFailed, DemoError
from aif_hub.operate import locks

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "hub_config/requirements"


def test_no_service_starts_meanwhile_and_the_machines_own_policy_returns(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n")
    with packages.no_service_starts(policy):
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
    assert [path.name for path in tmp_path.iterdir()] == ["policy-rc.d"]


def test_a_policy_left_by_a_killed_run_is_put_right_by_the_next(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("the machine's own")
    broken_off = packages.no_service_starts(policy)
    broken_off.__enter__()  # and never left: killed
    with packages.no_service_starts(policy):
        pass
    assert policy.read_text() == "the machine's own"


def test_without_a_policy_none_is_left(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with packages.no_service_starts(policy), pytest.raises(ZeroDivisionError):
        raise ZeroDivisionError
    assert not policy.exists()


def test_pips_index_becomes_uvs() -> None:
    said = (
        "global.index-url='https://index.example/simple'\nglobal.cert='/etc/ca.pem'\n:env:.find-links='/srv/wheels'\n"
    )
    assert environments.index_settings(said, {}) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_FIND_LINKS": "/srv/wheels",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }


def test_uvs_own_settings_win_over_pips() -> None:
    assert environments.index_settings("global.index-url='https://a.example'", {"UV_DEFAULT_INDEX": "x"}) == {}


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["boot", "hub", "notebook", "test"])
def test_every_locked_package_has_a_hash_and_no_lock_names_a_host(name: str) -> None:
    text = (LOCKS / f"{name}.lock").read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


@pytest.mark.parametrize(
    ("name", "extras"), [("hub", ["hub"]), ("notebook", ["notebook"]), ("test", ["hub", "test", "dev"])]
)
def test_the_locks_have_what_pyproject_asks_for(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = pins(LOCKS / f"{name}.lock")
    for extra in extras:
        for requirement in project["optional-dependencies"][extra]:
            package, exact = re.fullmatch(r"([A-Za-z0-9-]+)(?:==([^,]+))?.*", requirement).groups()  # type: ignore[union-attr]
            assert package.lower() in locked
            assert exact is None or locked[package.lower()] == exact


@pytest.mark.parametrize("folder", ["hub_config/proxy", "tests/browser/npm"])
def test_every_package_of_npms_has_a_hash_and_no_lock_names_a_registry(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert all(one.hashes[0].startswith("sha512-") for one in locks.npm_lock(text))


def test_a_gpu_kernel_is_built_only_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "has_gpu", lambda: False)
    assert kernels.locked(ROOT) == ["aif-python"]
    monkeypatch.setattr(kernels, "has_gpu", lambda: True)
    assert kernels.locked(ROOT) == ["aif-gpu", "aif-python"]


def test_a_folder_that_others_may_not_enter_is_refused_by_name(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(DemoError, match=f"other users may not enter {closed}"):
        machine.check_readable(closed / "below", "--prefix")


@pytest.mark.parametrize("name", ["Demo", "1st", "ninechars", "a-b", ""])
def test_a_name_that_cannot_be_part_of_a_login_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "check_root", lambda: None)
    with pytest.raises(DemoError, match="a name is a letter and up to seven"):
        machine.check(name, Path("/opt/aif/x"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("E: Failed to fetch http://x  Temporary failure resolving 'x'", "could not be reached"),
        ("dpkg: error: No space left on device", "disk is full"),
        ("E: Unable to locate package slurmdbd", "universe"),
    ],
)
def test_apts_refusals_become_one_sentence_with_what_to_do(said: str, words: str) -> None:
    failed = CommandFailed(["apt-get"], "ended with status 100", said)
    assert words in packages._in_words(["slurmdbd"], failed)


def test_a_command_for_an_instance_that_is_not_there_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["status", "--prefix", str(tmp_path)]) == 1
    assert f"There is no instance 'demo' under {tmp_path}" in capsys.readouterr().err


def test_without_root_it_says_what_for_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    with pytest.raises(
        DemoError, match=r"This needs root, for users and Slurm's daemons\. Run it with sudo: sudo \./aif"
    ):
        machine.check("demo", Path("/opt/aif/demo"))


def test_another_distribution_is_named_beside_those_that_do(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text('ID=fedora\nPRETTY_NAME="Fedora Linux 41"\n')
    with pytest.raises(DemoError, match=r"runs Fedora Linux 41; .* Debian 12 or Ubuntu 24\.04"):
        machine._check_distribution(release)
    release.write_text('ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n')
    machine._check_distribution(release)


def test_a_disk_without_room_says_how_much_is_needed_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_200_000_000)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda place: usage)
    with pytest.raises(DemoError) as said:
        machine._check_room(tmp_path / "not" / "there")
    assert str(said.value) == (
        f"{tmp_path} has 1.2 GB free and the workbench needs about 6 GB. "
        "Make room, or choose another disk with --prefix."
    )


@pytest.mark.parametrize("place", ["etc/slurm/slurm.conf", "run/slurm/conf/slurm.conf"])
def test_a_slurm_that_is_here_is_named_and_how_to_put_the_workbench_beside_it(tmp_path: Path, place: str) -> None:
    assert machine.slurm_of_its_own(tmp_path) == ""
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    said = machine.slurm_of_its_own(tmp_path)
    assert f"a Slurm of its own (/{place}). It is not touched and not used" in said
    assert "`./aif init --help`" in said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("error: dns error: failed to lookup address information", "package index could not be reached"),
        ("npm error code ENOTFOUND", "package index could not be reached"),
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("npm error code ENOSPC", "The disk is full"),
    ],
)
def test_what_pip_uv_and_npm_cannot_do_is_one_sentence_with_what_to_do(said: str, words: str) -> None:
    with pytest.raises(DemoError, match=words) as told, environments.network_in_words():
        raise CommandFailed(["uv"], "ended with status 2", said)
    assert "run it again" in str(told.value)


def test_a_program_without_room_says_that_and_not_its_last_line() -> None:
    said = "OSError: [Errno 28] No space left on device: '/opt/aif/demo/state'\nhint: see above"
    assert str(CommandFailed(["/usr/bin/mariadb-install-db"], "ended with status 1", said)) == (
        "The disk is full: mariadb-install-db had no room. Make room and run the command again."
    )
