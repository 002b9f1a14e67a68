"""A site that goes to a newer release while a session runs, returns by itself from a broken one, and by hand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from person_client import Person
from processes import alive, until
from site_operator import Operator

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1800)]
BUILD, ON_PATH, INIT, INSTALL, PEOPLE, CHECK, START = (
    block.code for block in docs_blocks.blocks("operators/install.md")[:7]
)
#: A hub's configuration that harms its records before it ends.
BROKEN = """
import sqlite3, pathlib
with sqlite3.connect(pathlib.Path.home() / "jupyterhub.sqlite") as database:
    database.execute("DELETE FROM aif_sessions")
    database.execute("DELETE FROM spawners")
raise RuntimeError("this release does not come up")
"""


def known_again(somebody: Person) -> dict[str, Any]:
    """Their server, once the hub, which answers before that, has asked it."""
    until(lambda: somebody.servers()[""]["pending"] != "check", "the hub has asked the server")
    found: dict[str, Any] = somebody.servers()[""]
    return found


def release(source: Path, folder: Path, version: str, broken: str = "") -> Path:
    """A checkout of another version; without kernels, which would take minutes more."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "build"))
    shutil.copy(source / ".gitignore", folder)
    project = folder / "pyproject.toml"
    project.write_text(project.read_text().replace('\nversion = "0.1.0"', f'\nversion = "{version}"'))
    for lock in folder.glob("kernels/*/requirements.lock"):
        lock.unlink()
    if broken:
        (folder / "hub_config/jupyterhub_config.d/99-broken.py").write_text(broken)
    return folder


def servers_of(prefix: Path) -> dict[int, str]:
    """The servers of sessions that run now, each with the release that it runs from."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[0].startswith(f"{prefix}/releases/") and "aif.server" in words:
            found[int(process.name)] = Path(words[0]).relative_to(prefix / "releases").parts[0]
    return found


def test_a_site_goes_forward_and_back_under_a_session(
    operator: Operator, instance: dict[str, Any], tmp_path: Path
) -> None:
    source = Path(instance["source"])
    first = release(source, tmp_path / "first", "0.1.0")
    second = release(source, tmp_path / "second", "0.1.1")
    third = release(source, tmp_path / "third", "0.1.2", BROKEN)
    current = operator.prefix / "current"
    upgrade = f"./aif upgrade --yes --to {tmp_path}/backups"

    for code in (BUILD, ON_PATH, INIT, INSTALL):
        operator.type(f"cd {first}\n{code}")
    operator.let_read_logins()
    for code in (PEOPLE, INSTALL, START):
        operator.type(code)
    before = current.readlink().name
    assert before.startswith("0.1.0-")
    somebody = Person(operator.instance_like(instance), "marieke")
    try:
        somebody.start({"profile": "cpu", "minutes": "30"})
        servers = servers_of(operator.prefix)
        assert set(servers.values()) == {before}
        hub, proxy = operator.main_pid("hub"), operator.main_pid("proxy")

        said = operator.type(f"cd {first}\n{upgrade}")
        assert "There is nothing to upgrade." in said
        assert alive(hub)

        said = operator.type(f"cd {second}\n{upgrade}")
        after = current.readlink().name
        assert f"From {before} to {after}." in said
        assert after.startswith("0.1.1-")
        assert (
            f'"{operator.prefix}/releases/{after}/env/notebook/' in (operator.prefix / "etc/launcher.json").read_text()
        )
        assert not alive(hub)
        assert alive(proxy), "open notebooks go through the proxy"
        assert servers_of(operator.prefix) == servers, "the session goes on, from its own release"
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0

        # One that harms the records and ends: by itself, everything is as it was.
        said = operator.type(f"cd {third}\n{upgrade} 2>&1", sure=False)
        assert f"{after} runs again, with all its data. The reason: the hub ended while it started" in said
        assert current.readlink().name == after
        assert servers_of(operator.prefix) == servers
        assert known_again(somebody)["ready"], "the hub knows the session again"
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0

        said = operator.type(f"aif upgrade --back --yes --to {tmp_path}/backups")
        assert f"Back from {after} to {before}." in said
        assert "the hub's data stay as they are" in said
        assert current.readlink().name == before
        assert alive(proxy)
        assert servers_of(operator.prefix) == servers
        assert known_again(somebody)["ready"]
    finally:
        somebody.stop_all()
    # The way back from the way back: forward again, and then with the data too, which know the session of that time.
    operator.type(f"cd {second}\n{upgrade}")
    said = operator.type(f"aif upgrade --back --data --yes --to {tmp_path}/backups")
    assert "as asked with --data" in said
    assert current.readlink().name == before
    assert somebody.api("GET", f"hub/api/users/{somebody.login}")["servers"] == {}
    assert operator.type("aif upgrade --back --yes 2>&1", sure=False).strip().endswith("there is nothing to return to.")

    _follow_the_other_pages(operator, tmp_path)


def _follow_the_other_pages(operator: Operator, folder: Path) -> None:
    """What else the operators' pages have for a site that runs: its proxy anew, and a restore."""
    health = f"http://127.0.0.1:{operator.port}/hub/health"
    answers = f"curl -fsS --retry 60 --retry-all-errors --retry-delay 1 {health}"
    *_, renewed = docs_blocks.blocks("operators/upgrade.md")
    operator.type(renewed.code)
    operator.type(answers)

    *_, restored = docs_blocks.blocks("operators/backup.md")
    operator.type(f"aif backup --to {folder}/of-today")
    (made,) = (folder / "of-today").glob("*.tar.gz")
    code = restored.code.replace("sudo ", "").replace("aif-hub", f"{operator.name}-hub")
    operator.type(re.sub(r"/var/backups/\S+", str(made), code))
    operator.type(answers)
