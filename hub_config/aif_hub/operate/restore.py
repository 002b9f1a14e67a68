"""`aif restore`: a hub as a backup has it. All is looked at before anything is touched; what was there stays aside."""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aif.core import site as sites
from aif_hub.audit.log import carry, folder_of
from aif_hub.operate import noted, postgres
from aif_hub.operate.archive import Manifest, unpack
from aif_hub.operate.backup import DATABASE
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import SQLITE, Holdings, check_stopped, sqlite_revision
from aif_hub.operate.where import add_where, site_file

_MODES = {"site.toml": 0o644, "launcher.json": 0o644, "hub.env": 0o600}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif restore` and its flags."""
    restore = commands.add_parser("restore", help="make a stopped hub what a backup of it says")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `aif backup` made")
    add_where(restore)
    restore.add_argument("--check", action="store_true", help="look at the file and this host, and touch nothing")
    restore.set_defaults(run=_restore)


def _restore(asked: argparse.Namespace, rest: list[str]) -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="aif-restore-") as place:
            folder = Path(place)
            manifest = unpack(asked.file, folder)
            path = site_file(asked) if _is_named(asked) else Path(manifest.site_file)
            holdings = Holdings(sites.load(path if path.exists() else folder / "root/site.toml"), path)
            check(holdings, manifest, folder)
            if asked.check:
                print(f"{asked.file} is whole: '{manifest.site}' as it was at {manifest.made}.")
                return 0
            check_stopped(holdings)
            for line in put_back(holdings, manifest, folder):
                print(f"  {line}")
            noted.command(holdings.site, "restore", made=manifest.made, file=str(asked.file))
    except PermissionError as error:
        raise OperateError(f"{error.filename}: only root may do this. Run it with sudo.") from error
    print(f"'{manifest.site}' is as it was at {manifest.made}. Start the hub; it finds the sessions that still run.")
    return 0


def _is_named(asked: argparse.Namespace) -> bool:
    return bool(asked.site or asked.instance or asked.prefix)


def check(holdings: Holdings, manifest: Manifest, folder: Path) -> None:
    """Raises OperateError for a backup of another hub, of a newer one, or one that cannot be put here."""
    for what, here, there in (
        ("site file", holdings.site_file, manifest.site_file),
        ("state folder", holdings.state, manifest.state_dir),
        ("kind of database", holdings.kind, manifest.database),
    ):
        if str(here) != there:
            raise OperateError(
                f"This is a backup of another hub: its {what} is {there}, and that of this hub is {here}. "
                "Nothing was touched. Name the hub that it is of with --site."
            )
    for name, had in manifest.versions.items():
        has = holdings.versions.get(name)
        if has and _as_numbers(had) > _as_numbers(has):
            raise OperateError(
                f"The backup is of {name} {had}, and {has} is installed in {holdings.prefix}, which cannot read what "
                "newer ones write. Nothing was touched. Install that version first."
            )
    known = holdings.known_revisions
    if known and manifest.revision and manifest.revision not in known:
        raise OperateError(
            f"The backup's tables have the form {manifest.revision}, which the JupyterHub in {holdings.prefix} does "
            "not know: a newer one made them. Nothing was touched. Install that version first."
        )
    for name in ("state", "root/site.toml", DATABASE[holdings.kind]):
        if not (folder / name).exists():
            raise OperateError(f"The backup has no {name}, so it would restore half a hub. Nothing was touched.")
    if manifest.database == "sqlite":
        sqlite_revision(folder / DATABASE["sqlite"])
    if os.path.ismount(holdings.state):
        raise OperateError(f"{holdings.state} is a mount point and cannot be moved aside. Unmount it first.")
    try:
        pwd.getpwnam(manifest.user)
    except KeyError as error:
        raise OperateError(f"This host has no user {manifest.user}. `aif install` makes it; then restore.") from error


def put_back(holdings: Holdings, manifest: Manifest, folder: Path) -> list[str]:
    """Everything in its place, and a line about each; what was there has `.before-TIME` behind its name."""
    aside = f".before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    said = []
    state = holdings.state
    state.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that the switch is two renames; in a folder of root's, so that nobody reaches it until then.
    ours = Path(tempfile.mkdtemp(prefix=f".{state.name}.", dir=state.parent))
    new = ours / "state"
    try:
        shutil.copytree(folder / "state", new)
        if manifest.database == "sqlite":
            shutil.copyfile(folder / DATABASE["sqlite"], new / SQLITE)
            (new / SQLITE).chmod(0o600)
        audit = folder_of(holdings.site)
        if audit.is_relative_to(state) and (kept_days := carry(audit, new / audit.relative_to(state))):
            said.append(f"{audit}: stays as it is, {kept_days} days")
        _give(new, manifest.user)
        if manifest.database == "postgresql":
            kept = state.with_name(f"{state.name}{aside}.dump")
            postgres.dump(holdings.site.hub, manifest.user, kept)
            kept.chmod(0o600)
            postgres.load(holdings.site.hub, manifest.user, folder / DATABASE["postgresql"])
            said.append(f"database: put back; before: {kept}")
        if state.exists():
            state.rename(state.with_name(state.name + aside))
            said.append(f"{state}: put back; before: {state.name}{aside}")
        else:
            said.append(f"{state}: put back")
        new.rename(state)
    finally:
        shutil.rmtree(ours, ignore_errors=True)
    for name, path in holdings.root_files.items():
        if (folder / "root" / name).exists():
            said.append(_put(folder / "root" / name, path, _MODES[name], aside))
    return said


def _put(source: Path, path: Path, mode: int, aside: str) -> str:
    """One file of root's."""
    content = source.read_bytes()
    if path.exists() and path.read_bytes() == content:
        return f"{path}: as it is"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.with_name(path.name + aside)
    before = path.stat() if path.exists() else None
    if before:
        _write(kept, path.read_bytes())
        _like(before, kept)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    _write(draft, content)
    draft.chmod(mode)
    if before:
        _like(before, draft)
    os.replace(draft, path)
    return f"{path}: put back{f'; before: {kept.name}' if before else ''}"


def _write(path: Path, content: bytes) -> None:
    """A new file that nobody else reads yet."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)


def _like(before: os.stat_result, path: Path) -> None:
    """Whoever could read the file before can, and nobody else."""
    os.chown(path, before.st_uid, before.st_gid)
    path.chmod(before.st_mode & 0o777)


def _give(folder: Path, user: str) -> None:
    """The folder and all in it to the hub's user."""
    person = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, person.pw_uid, person.pw_gid, follow_symlinks=False)
    folder.chmod(0o700)


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
