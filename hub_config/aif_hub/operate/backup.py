"""`aif backup`: everything by which a hub would be itself again on an empty disk, in one file, while it runs."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aif_hub.operate import noted, postgres
from aif_hub.operate.archive import Manifest, pack, sum_of, take_out
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import SQLITE, Holdings, as_user, sqlite_revision
from aif_hub.operate.where import add_where, site_of

DEFAULT_TO = Path("/var/backups/aif")
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
_INSIDE = Path(__file__).parent / "inside/state_out.py"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif backup` and its flags."""
    backup = commands.add_parser("backup", help="put everything that a hub must not lose into one file")
    add_where(backup)
    backup.add_argument("--to", type=Path, default=DEFAULT_TO, metavar="DIR", help=f"default: {DEFAULT_TO}")
    backup.set_defaults(run=_backup)


def _backup(asked: argparse.Namespace, rest: list[str]) -> int:
    holdings = Holdings(*site_of(asked))
    made = back_up(holdings, asked.to.absolute())
    noted.command(holdings.site, "backup", file=str(made))
    print(f"{made}  ({made.stat().st_size / 1e6:.1f} MB)")
    print("It holds keys and secrets. Keep it on another machine, where only you can read it.")
    return 0


def back_up(holdings: Holdings, to: Path) -> Path:
    """The new archive in `to`. Raises OperateError, and leaves nothing half-made then."""
    user, now = holdings.owner(), datetime.now(UTC)
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=to) as place:
            folder = Path(place)
            manifest = _collect(holdings, user, now, folder)
            target = to / f"{holdings.site.host.name}-{now:%Y%m%dT%H%M%S.%fZ}.tar.gz"
            pack(folder, manifest, target)
    except PermissionError as error:
        raise OperateError(f"{error.filename}: only root may read or write this. Run it with sudo.") from error
    except OSError as error:
        raise OperateError(f"No backup was made in {to}: {error.strerror or error}.") from error
    return target


def _collect(holdings: Holdings, user: str, now: datetime, folder: Path) -> Manifest:
    _take_state(holdings, user, folder)
    member = folder / DATABASE[holdings.kind]
    if holdings.kind == "postgresql":
        postgres.dump(holdings.site.hub, user, member)
        revision = postgres.revision(holdings.site.hub, user)
    else:
        revision = sqlite_revision(member)
    (folder / "root").mkdir(mode=0o700)
    for name, path in holdings.root_files.items():
        if path.exists():
            shutil.copy(path, folder / "root" / name)
    return Manifest(
        made=now.isoformat(timespec="seconds"),
        site=str(holdings.site.name),
        site_file=str(holdings.site_file),
        state_dir=str(holdings.state),
        user=user,
        database=holdings.kind,
        revision=revision,
        versions=holdings.versions,
        files={str(path.relative_to(folder)): sum_of(path) for path in folder.rglob("*") if path.is_file()},
    )


def _take_state(holdings: Holdings, user: str, folder: Path) -> None:
    """The state folder's files and its SQLite database, as the hub's user sees them."""
    database = SQLITE if holdings.kind == "sqlite" else ""
    if database and not (holdings.state / database).exists():
        raise OperateError(f"There is no {database} in {holdings.state}: this hub has not been started yet.")
    stream = folder / "state.tar"
    with _INSIDE.open("rb") as program, stream.open("xb") as out:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-", str(holdings.state), database, DATABASE["sqlite"]],
            stdin=program,
            stdout=out,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            cwd="/",
            timeout=3600,
            check=False,
            **as_user(user),
        )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise OperateError(f"{holdings.state} could not be read by {user}: {said[-1]}")
    with tarfile.open(stream) as found:
        take_out(found, folder)
    stream.unlink()
