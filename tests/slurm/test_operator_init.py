"""`aif init` on a real Slurm: what it writes is a right site file for just that Slurm."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aif.core import site as sites

pytestmark = [pytest.mark.demo, pytest.mark.slow]


def init(instance: dict[str, Any], out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    program = Path(instance["prefix"]) / "env/hub/bin/aif"
    words = [program, "init", "--yes", "--name", "Centre", "--contact", "desk@example.org", "--out", out]
    return subprocess.run(
        [*words, "--slurm-conf", instance["slurm_conf"], *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_site_file_fits_the_slurm_it_was_made_from(instance: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "etc/site.toml"
    done = init(instance, out, "--units", "centre", "--prefix", "/opt/aif/centre")
    assert done.returncode == 0, done.stderr
    assert "partition mig: 1 node, h100_1g.10gb" in done.stdout
    site = sites.load(out)
    assert [profile.name for profile in site.profiles] == ["slice", "gpu", "node", "cpu"]
    assert (site.clusters[0].name, site.clusters[0].job_name) == (instance["instance"], "centre")
    assert (site.host.user, site.host.people_group, site.state_dir) == (
        "centre-hub",
        "centre-people",
        "/var/lib/centre",
    )
    assert site.launcher == ("sudo", "-n", "/opt/aif/centre/libexec/aif-launch")
    assert site.login.kind == "pam"
    assert site.hub.api_host == "127.0.0.1"  # the demo's nodes have loopback addresses


def test_at_a_terminal_it_asks_what_slurm_cannot_know(instance: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "site.toml"
    out.write_text("# mine\n")
    answers = [
        "y",
        "Centre Nord",
        "",
        "desk@example.org",
        "",
        "the new hall",
        "",
        "olga, visser",
    ]  # an empty line takes the default, if any
    said = at_a_terminal(
        [f"{instance['prefix']}/env/hub/bin/aif", "init", "--out", str(out), "--slurm-conf", instance["slurm_conf"]],
        answers,
    )
    assert f"{out} exists." in said
    site = sites.load(out)
    assert (site.name, site.contact, site.data_location) == ("Centre Nord", "desk@example.org", "the new hall")
    assert site.hub.bind_url == "http://127.0.0.1:8000"
    assert (site.login.kind, site.hub.admins) == ("pam", ("olga", "visser"))


def test_a_no_leaves_the_site_file_as_it_is(instance: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "site.toml"
    out.write_text("# mine\n")
    said = at_a_terminal(
        [f"{instance['prefix']}/env/hub/bin/aif", "init", "--out", str(out), "--slurm-conf", instance["slurm_conf"]],
        ["n"],
    )
    assert f"{out} was left as it is" in said
    assert out.read_text() == "# mine\n"


def at_a_terminal(argv: list[str], answers: list[str]) -> str:
    """What stands on the screen when a person types these lines."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        said += part
    os.close(ours)
    process.wait(60)
    return said.decode()


def test_an_existing_site_file_is_kept_beside_the_new_one(instance: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "site.toml"
    out.write_text("# mine\n")
    assert init(instance, out).returncode == 0
    assert out.with_name("site.toml.bak").read_text() == "# mine\n"
    assert sites.load(out).name == "Centre"
