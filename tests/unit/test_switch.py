"""One release in the place of another: whatever fails on the way, the hub runs again as before, with its data."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from test_backup import REVISION, sessions
from test_backup import hub as hub

from aif_hub.demo.errors import DemoError
from aif_hub.demo.progress import Progress
from aif_hub.operate import upgrade
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import SQLITE, Holdings
from aif_hub.operate.host_files import Setup
from aif_hub.operate.hub_unit import HubUnit
from aif_hub.operate.releases import Releases
from aif_hub.operate.switch import Switch, known_forms, tables

NEWER = "ffffffffffff"


@dataclass
class Unit:
    """The hub's unit, which comes up unless the release in use is one of `broken`."""

    releases: Releases
    state: Path
    broken: tuple[str, ...] = ()
    name: str = "aif-hub.service"
    did: list[str] = field(default_factory=list)

    def stop(self) -> None:
        self.did.append("stop")

    def start(self) -> None:
        self.did.append(f"start {self.releases.current}")
        if self.releases.current in self.broken:
            with closing(sqlite3.connect(self.state / SQLITE)) as database, database:
                database.execute("DELETE FROM aif_sessions")

    def await_answers(self) -> None:
        if self.releases.current in self.broken:
            raise OperateError("the hub ended while it started")


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def switch(hub: Holdings) -> Switch:
    """The hub of `test_backup` with the release `old` in use and `new` built beside it."""
    prefix = hub.prefix
    old = prefix / "releases/old"
    old.mkdir(parents=True)
    (prefix / "env").rename(old / "env")
    shutil.copytree(old, prefix / "releases/new")
    (prefix / f"releases/new/env/hub/lib/python3.11/site-packages/jupyterhub/alembic/versions/{NEWER}_x.py").touch()
    for name in ("old", "new"):
        place = prefix / "releases" / name / "env/hub/bin"
        program(place / "python", f'cat >/dev/null; echo \'{{"found": "{REVISION}", "wanted": "{NEWER}"}}\'')
        program(place / "aif", f'echo "{name} $*" >> {prefix}/installed')
    releases = Releases(prefix)
    releases.use("old")
    unit = cast(HubUnit, Unit(releases, hub.state))
    return Switch(Setup(hub.site, hub.site_file), releases, unit, Progress(quiet=True), prefix.parent / "backups")


def did(switch: Switch) -> list[str]:
    return cast(Unit, switch.unit).did


def installed(switch: Switch) -> list[str]:
    path = switch.releases.prefix / "installed"
    return path.read_text().splitlines() if path.exists() else []


def test_forward_and_back_keep_the_data(switch: Switch, hub: Holdings) -> None:
    switch.forward("new")
    assert (switch.releases.current, switch.releases.previous) == ("new", "old")
    assert installed(switch) == [f"new install --site {hub.site_file}"]
    assert did(switch) == ["stop", "start new"]
    [archive] = switch.backups.iterdir()
    assert switch.releases.book.backups["new"] == str(archive)
    with closing(sqlite3.connect(hub.state / SQLITE)) as database, database:
        database.execute("INSERT INTO aif_sessions VALUES ('of after')")
    switch.back(None)
    assert (switch.releases.current, switch.releases.previous) == ("old", "")
    assert sessions(hub) == ["of before", "of after"]
    switch.forward("new")
    archive = Path(switch.releases.book.backups["new"])
    with closing(sqlite3.connect(hub.state / SQLITE)) as database, database:
        database.execute("DELETE FROM aif_sessions")
    switch.back(archive)
    assert sessions(hub) == ["of before", "of after"]


def tables_fail(switch: Switch) -> None:
    program(switch.releases.place("new") / "env/hub/bin/python", "echo 'no such column' >&2; exit 1")


def install_fails(switch: Switch) -> None:
    program(switch.releases.place("new") / "env/hub/bin/aif", "echo 'aif: no such user' >&2; exit 1")


def hub_ends(switch: Switch) -> None:
    cast(Any, switch.unit).broken = ("new",)


def stopped_by_hand(switch: Switch) -> None:
    def stopped() -> None:
        cast(Any, switch.unit).await_answers = lambda: None
        raise KeyboardInterrupt

    cast(Any, switch.unit).await_answers = stopped


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (tables_fail, "no such column"),
        (install_fails, "aif: no such user"),
        (hub_ends, "the hub ended while it started"),
        (stopped_by_hand, "it was stopped"),
    ],
)
def test_what_fails_goes_back_by_itself(harm: Any, reason: str, switch: Switch, hub: Holdings) -> None:
    harm(switch)
    with pytest.raises(OperateError, match=rf"old runs again, with all its data\. The reason: .*{reason}"):
        switch.forward("new")
    assert (switch.releases.current, switch.releases.previous) == ("old", "")
    assert sessions(hub) == ["of before"]
    assert installed(switch)[-1] == f"old install --site {hub.site_file}"
    assert did(switch)[-2:] == ["stop", "start old"]


def test_a_way_back_that_fails_returns_to_where_it_came_from(switch: Switch, hub: Holdings) -> None:
    switch.forward("new")
    archive = switch.releases.book.backups["new"]
    cast(Any, switch.unit).broken = ("old",)
    with pytest.raises(OperateError, match="new runs again"):
        switch.back(None)
    assert (switch.releases.current, switch.releases.previous) == ("new", "old")
    assert sessions(hub) == ["of before"]
    assert switch.releases.book.backups["new"] == archive


def test_both_ways_barred_says_where_the_data_are(switch: Switch) -> None:
    cast(Any, switch.unit).broken = ("old", "new")
    with pytest.raises(OperateError, match=r"The way back to old failed too: .* The data are in .*\.tar\.gz"):
        switch.forward("new")


def test_without_a_backup_nothing_is_changed_and_the_hub_starts_again(switch: Switch, hub: Holdings) -> None:
    (hub.state / SQLITE).unlink()
    with pytest.raises(OperateError, match="has not been started yet"):
        switch.forward("new")
    assert did(switch) == ["stop", "start old"]
    assert installed(switch) == []


def test_tables_are_asked_of_a_release(switch: Switch) -> None:
    new = switch.releases.place("new")
    assert tables(switch.setup, new) == (REVISION, NEWER)
    assert known_forms(switch.releases.place("old")) == {REVISION}
    assert known_forms(new) == {REVISION, NEWER}
    program(new / "env/hub/bin/python", """cat >/dev/null; echo '{"where": "x", "new": true}'""")
    with pytest.raises(OperateError, match="has not been started"):
        tables(switch.setup, new)
    program(new / "env/hub/bin/python", """cat >/dev/null; echo '{"where": "x", "error": "is locked"}'""")
    with pytest.raises(OperateError, match="is locked"):
        tables(switch.setup, new)
    program(new / "env/hub/bin/python", "exit 3")
    with pytest.raises(DemoError, match="status 3"):
        tables(switch.setup, new)


def asked(*words: str) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    upgrade.register(parser.add_subparsers())
    return parser.parse_args(["upgrade", "--yes", *words])


def test_a_release_that_cannot_read_the_tables_gets_the_data_of_its_time(
    switch: Switch,
    hub: Holdings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    switch.forward("new")
    with closing(sqlite3.connect(hub.state / SQLITE)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (NEWER,))
        database.execute("INSERT INTO aif_sessions VALUES ('of after')")
    python = switch.releases.place("new") / "env/hub/bin/python"
    program(python, f'cat >/dev/null; echo \'{{"found": "{NEWER}", "wanted": "{NEWER}"}}\'')
    archive = Path(switch.releases.book.backups["new"])
    hidden = archive.rename(archive.with_suffix(".away"))
    with pytest.raises(OperateError, match="The backup from before the upgrade is needed"):
        upgrade._back(switch, asked("--back"))
    assert switch.releases.current == "new"
    hidden.rename(archive)
    assert upgrade._back(switch, asked("--back")) == 0
    assert f"does not know tables of the form {NEWER}" in capsys.readouterr().out
    assert sessions(hub) == ["of before"]
    with pytest.raises(OperateError, match="there is nothing to return to"):
        upgrade._back(switch, asked("--back"))
