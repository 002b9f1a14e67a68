"""A backup and its way back: whole or refused, and nothing touched where it is refused."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hub_material import site_data
from test_install import as_toml

from aif.core import site as sites
from aif_hub import cli
from aif_hub.operate.archive import MANIFEST, take_out
from aif_hub.operate.backup import back_up
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import SQLITE, Holdings, check_stopped
from aif_hub.operate.postgres import address

REVISION = "4621fec11365"


@pytest.fixture
def hub(tmp_path: Path) -> Holdings:
    """A hub that was started once: its software, state and files of root's, with nobody at its port."""
    software = tmp_path / "software"
    packages = software / "env/hub/lib/python3.11/site-packages"
    for name in ("jupyterhub-6.1.1.dist-info/METADATA", f"jupyterhub/alembic/versions/{REVISION}_roles.py"):
        (packages / name).parent.mkdir(parents=True)
        (packages / name).touch()
    data = site_data(state_dir=str(tmp_path / "state"), launcher=[f"{software}/libexec/aif-launch"])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        data["hub"].update(api_host="127.0.0.1", api_port=probe.getsockname()[1])
    site_file = tmp_path / "etc/site.toml"
    site_file.parent.mkdir()
    site_file.write_text(as_toml(data))
    (tmp_path / "etc/hub.env").write_text("CONFIGPROXY_AUTH_TOKEN=abc\n")
    (software / "etc").mkdir()
    (software / "etc/launcher.json").write_text("{}\n")
    state = tmp_path / "state"
    (state / "internal-ssl/hub-ca").mkdir(parents=True)
    (state / "internal-ssl/hub-ca/hub-ca.key").write_text("a key")
    (state / "cookie_secret").write_text("a secret")
    (state / "cookie_secret").chmod(0o600)
    with closing(sqlite3.connect(state / SQLITE)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES (?)", (REVISION,))
        database.execute("CREATE TABLE aif_sessions (data)")
        database.execute("INSERT INTO aif_sessions VALUES ('of before')")
    return Holdings(sites.load(site_file), site_file)


def sessions(hub: Holdings) -> list[str]:
    with closing(sqlite3.connect(hub.state / SQLITE)) as database:
        return [row[0] for row in database.execute("SELECT data FROM aif_sessions")]


def everything(hub: Holdings) -> dict[str, bytes]:
    """All files below the test's folder but the archives."""
    root = hub.site_file.parents[1]
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and "backups" not in path.parts}


def made(hub: Holdings) -> Path:
    return back_up(hub, hub.site_file.parents[1] / "backups")


def restored(hub: Holdings, archive: Path, *words: str) -> int:
    return cli.main(["restore", str(archive), "--site", str(hub.site_file), *words])


def changed(archive: Path, change: Callable[[Path], None]) -> Path:
    """The archive again, after a change to what is in it."""
    folder = archive.parent / "changed"
    with tarfile.open(archive) as packed:
        take_out(packed, folder)
    change(folder)
    archive.unlink()
    with tarfile.open(archive, "w:gz") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.add(path, str(path.relative_to(folder)))
    archive.chmod(0o600)
    return archive


def with_manifest(archive: Path, **facts: object) -> Path:
    def change(folder: Path) -> None:
        data = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**data, **facts}))

    return changed(archive, change)


def test_what_was_lost_comes_back_and_what_was_changed_stays_aside(hub: Holdings) -> None:
    before, archive = everything(hub), made(hub)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert list(archive.parent.iterdir()) == [archive]
    (hub.state / "cookie_secret").write_text("another")
    with closing(sqlite3.connect(hub.state / SQLITE)) as database, database:
        database.execute("DELETE FROM aif_sessions")
    secrets = hub.site_file.with_name("hub.env")
    secrets.write_text("CONFIGPROXY_AUTH_TOKEN=def\n")
    secrets.chmod(0o640)
    assert restored(hub, archive) == 0
    assert sessions(hub) == ["of before"]
    now = everything(hub)
    assert {name: now[name] for name in before if SQLITE not in name} == {
        name: content for name, content in before.items() if SQLITE not in name
    }
    kept = sorted(re.sub(r"\d{8}T\d{6}Z", "TIME", path.name) for path in hub.state.parent.glob("**/*.before-*"))
    assert kept == ["hub.env.before-TIME", "state.before-TIME"]
    [aside] = hub.state.parent.glob("state.before-*")
    assert (aside / "cookie_secret").read_text() == "another"
    assert {path.stat().st_mode & 0o777 for path in secrets.parent.glob("hub.env*")} == {0o640}
    assert (hub.state / "cookie_secret").stat().st_mode & 0o777 == 0o600
    assert hub.state.stat().st_mode & 0o777 == 0o700


def test_a_hub_of_which_nothing_is_left_comes_back_without_its_site_file(hub: Holdings) -> None:
    archive = made(hub)
    hub.state.rename(hub.state.with_name("lost"))
    hub.site_file.unlink()
    assert cli.main(["restore", str(archive)]) == 0
    assert sessions(hub) == ["of before"]
    assert sites.load(hub.site_file) == hub.site


def test_a_backup_while_somebody_writes_is_of_one_moment(hub: Holdings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(hub.state / SQLITE)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("INSERT INTO aif_sessions VALUES ('written')")
        database.commit()
        database.execute("INSERT INTO aif_sessions VALUES ('not yet')")
        archive = made(hub)
    with tarfile.open(archive) as packed:
        names = take_out(packed, tmp_path / "out")
    assert not [name for name in names if SQLITE in name]
    with closing(sqlite3.connect(tmp_path / "out/database.sqlite")) as copy:
        assert copy.execute("SELECT data FROM aif_sessions").fetchall() == [("of before",), ("written",)]


def test_a_link_in_the_state_folder_leads_nothing_into_a_backup(hub: Holdings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of root's")
    (hub.state / "link").symlink_to(tmp_path / "secret")
    with tarfile.open(made(hub)) as packed:
        assert "state/link" not in packed.getnames()


def write(path: Path) -> None:
    path.write_text("mine")


def flip(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-200])


def other_key(archive: Path) -> None:
    changed(archive, lambda folder: write(folder / "state/internal-ssl/hub-ca/hub-ca.key"))


def one_more(archive: Path) -> None:
    changed(archive, lambda folder: write(folder / "state/more"))


def one_less(archive: Path) -> None:
    changed(archive, lambda folder: (folder / "state/cookie_secret").unlink())


def outside(archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(__file__, "../../etc/passwd")


def no_archive(archive: Path) -> None:
    archive.write_text("hello")


def writable(archive: Path) -> None:
    archive.chmod(0o666)


@pytest.mark.parametrize("harm", [flip, cut, other_key, one_more, one_less, outside, no_archive, writable])
def test_a_harmed_archive_is_refused_and_nothing_is_touched(
    harm: Callable[[Path], None], hub: Holdings, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = made(hub)
    harm(archive)
    before = everything(hub)
    assert restored(hub, archive) == 1
    said = capsys.readouterr().err
    assert re.search("is damaged|are damaged|could have been changed by others", said), said
    assert everything(hub) == before


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"format": 2}, "a newer one made it"),
        ({"versions": {"jupyterhub": "6.10.0"}}, "backup is of jupyterhub 6.10.0, and 6.1.1 is installed"),
        ({"revision": "ffffffffffff"}, "tables have the form ffffffffffff"),
        ({"state_dir": "/var/lib/other"}, "backup of another hub: its state folder is /var/lib/other"),
        ({"site_file": "/etc/other/site.toml"}, "backup of another hub: its site file"),
        ({"database": "postgresql"}, "backup of another hub: its kind of database"),
        ({"user": "nobody-here"}, "no user nobody-here"),
        ({"more": 1}, "lacks a part"),
    ],
)
def test_a_foreign_or_newer_backup_is_refused_and_nothing_is_touched(
    facts: dict[str, object], sentence: str, hub: Holdings, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = with_manifest(made(hub), **facts)
    before = everything(hub)
    assert restored(hub, archive) == 1
    assert sentence in capsys.readouterr().err
    assert everything(hub) == before


def test_half_a_backup_is_refused(hub: Holdings, capsys: pytest.CaptureFixture[str]) -> None:
    def halved(folder: Path) -> None:
        (folder / "database.sqlite").unlink()
        manifest = json.loads((folder / MANIFEST).read_text())
        del manifest["files"]["database.sqlite"]
        (folder / MANIFEST).write_text(json.dumps(manifest))

    archive = changed(made(hub), halved)
    before = everything(hub)
    assert restored(hub, archive) == 1
    assert "half a hub" in capsys.readouterr().err
    assert everything(hub) == before


def test_an_older_backup_is_taken(hub: Holdings) -> None:
    assert restored(hub, with_manifest(made(hub), versions={"jupyterhub": "6.0.9"}), "--check") == 0


def test_nothing_is_restored_under_a_hub_that_runs_or_is_starting(hub: Holdings, tmp_path: Path) -> None:
    archive = made(hub)
    with (
        socket.create_server((hub.site.hub.api_host, hub.site.hub.api_port)),
        pytest.raises(OperateError, match="Stop the hub first"),
    ):
        check_stopped(hub, patience=0)
    program = tmp_path / "jupyterhub"
    program.write_text("print(flush=True)\ninput()\n")
    starting = subprocess.Popen(
        [sys.executable, program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"AIF_SITE": str(hub.site_file)},
    )
    with starting:
        assert starting.stdout
        assert starting.stdout.readline()
        assert restored(hub, archive) == 1
        assert restored(hub, archive, "--check") == 0
        starting.kill()
    assert restored(hub, archive) == 0


def test_a_hub_that_was_never_started_has_nothing_to_back_up(hub: Holdings) -> None:
    (hub.state / SQLITE).unlink()
    with pytest.raises(OperateError, match="has not been started yet"):
        made(hub)
    assert not list((hub.state.parent / "backups").iterdir())
    hub.state.rename(hub.state.with_name("lost"))
    with pytest.raises(OperateError, match="has not been started yet"):
        made(hub)


def test_no_password_gets_among_the_words_of_a_command(hub: Holdings) -> None:
    data = site_data(hub={**site_data()["hub"], "database": "postgresql+psycopg://aif@db/aif"})
    assert address(sites.parse(data).hub) == "postgresql://aif@db/aif"
    data["hub"]["database"] = "postgresql+psycopg://aif:secret@db/aif"
    with pytest.raises(OperateError, match="database_passfile"):
        address(sites.parse(data).hub)
