"""`aif install`: units, the hub's user, the launcher and its line in sudoers, from the site file; and the way back."""

from __future__ import annotations

import argparse
import grp
import json
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

from aif.core import site as sites
from aif_hub.demo import machine
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.errors import CommandFailed
from aif_hub.demo.privilege import only_root_writes
from aif_hub.launcher.install import install_launcher
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import MARK, SUDOERS, HostFile, Setup, host_files
from aif_hub.operate.init import DEFAULT_SITE, site_file

SYSTEMD_RUNS = Path("/run/systemd/system")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif install` and its flags."""
    install = commands.add_parser("install", help="set up this host as the site file says: user, units, launcher")
    install.add_argument(
        "--site", type=Path, default=None, metavar="FILE", help=f"default: $AIF_SITE or {DEFAULT_SITE}"
    )
    install.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    install.add_argument("--root", type=Path, metavar="DIR", help="write the files below DIR, for an image; no users")
    install.add_argument("--remove", action="store_true", help="take away what it wrote; data and software stay")
    install.set_defaults(run=_install)


def _install(asked: argparse.Namespace, rest: list[str]) -> int:
    path = site_file(asked.site)
    setup = Setup(sites.load(path), path)
    if not (asked.dry_run or asked.root):
        machine.check_root()
    hand = _Hand(asked.root or Path("/"), asked.dry_run)
    if asked.remove:
        _remove(setup, hand)
    else:
        _set_up(setup, hand)
    return 0


class _Hand:
    """Does things to the host, or to a folder that will be one, or only says them."""

    def __init__(self, root: Path, dry: bool) -> None:
        self._root = root
        self._dry = dry
        self.is_host = root == Path("/")

    def place(self, path: Path) -> Path:
        """Where a path of the host lies now."""
        return self._root / path.relative_to("/")

    def do(self, said: str, step: Callable[[], object] | None = None, *, only_host: bool = False) -> None:
        """One line, and the step unless it may not be."""
        if only_host and not self.is_host:
            print(f"  later, on the host: {said}")
            return
        print(f"  {'would ' if self._dry else ''}{said}")
        if step and not self._dry:
            step()


def _set_up(setup: Setup, hand: _Hand) -> None:
    files = host_files(setup)
    if hand.is_host:
        only_root_writes(setup.prefix)
    print(f"Setting up '{setup.site.host.name}' from {setup.site_file}:")
    for file in files:
        _check_ours(hand.place(file.path), file)
    sysusers, tmpfiles, *others = files
    _put(sysusers, hand)
    _ensure_accounts(setup, hand)
    _put(tmpfiles, hand)
    hand.do(f"make folder {setup.site.state_dir}", lambda: _ensure_state(setup), only_host=True)
    prefix = hand.place(setup.prefix)
    hand.do(f"install {setup.launcher}", lambda: _install_launcher(prefix))
    for file in others:
        _put(file, hand)
    proxy, hub = setup.units
    if SYSTEMD_RUNS.exists():
        hand.do("systemctl daemon-reload", lambda: run(["systemctl", "daemon-reload"]), only_host=True)
    else:
        print("  systemd does not run here: the units are read when it does")
    print(f"Next: systemctl enable --now {proxy} {hub}")


def _put(file: HostFile, hand: _Hand) -> None:
    place = hand.place(file.path)
    there = place.exists()
    if there and (file.secret or (place.read_text() == file.content and place.stat().st_mode & 0o777 == file.mode)):
        print(f"  as it is: {file.path}")
        return
    hand.do(f"{'change' if there else 'write'} {file.path}", lambda: _write(place, file))


def _check_ours(place: Path, file: HostFile) -> None:
    """A file that somebody else put there is nobody's to overwrite."""
    if file.marked and place.exists() and MARK not in place.read_text(errors="replace").partition("\n")[0]:
        raise OperateError(
            f"{place} exists and `aif install` did not write it. Move it away, or choose another host.name in the site "
            "file."
        )


def _write(place: Path, file: HostFile) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")  # sudo reads no file with a dot in its name, systemd none without its
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(file.content)
    draft.chmod(file.mode)
    if SUDOERS.name in place.parts:
        _check_sudoers(draft)
    os.replace(draft, place)


def _check_sudoers(draft: Path) -> None:
    """A line that sudo cannot read would lock out everybody who needs sudo."""
    if not shutil.which("visudo", path="/usr/sbin:/usr/bin"):
        draft.unlink()
        raise OperateError("There is no visudo on this host: install sudo first.")
    try:
        run(["visudo", "-c", "-q", "-f", draft])
    except CommandFailed:
        draft.unlink()
        raise


def _install_launcher(prefix: Path) -> None:
    prefix.mkdir(parents=True, exist_ok=True)
    install_launcher(prefix)


def _ensure_accounts(setup: Setup, hand: _Hand) -> None:
    host, record = setup.site.host, hand.place(setup.prefix / "etc/installed.json")
    made = json.loads(record.read_text()) if record.exists() else {"users": [], "groups": []}
    for kind, name, known in (("groups", host.people_group, _has_group), ("users", host.user, _has_user)):
        if hand.is_host and known(name):
            print(f"  as it is: {kind[:-1]} {name}")
        elif name not in made[kind]:
            made[kind].append(name)

    def make() -> None:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps(made) + "\n")  # before they are made: what breaks off leaves nothing unowned
        if not _has_group(host.people_group):
            run(["groupadd", "--system", host.people_group])
        if not _has_user(host.user):
            argv = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", setup.site.state_dir]
            run([*argv, "--shell", "/usr/sbin/nologin", "--comment", "AI Factory Workbench hub", host.user])

    if not (hand.is_host and _has_group(host.people_group) and _has_user(host.user)):
        hand.do(f"make system user {host.user} and group {host.people_group}", make, only_host=True)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _has_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _ensure_state(setup: Setup) -> None:
    state = Path(setup.site.state_dir)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.chown(state, setup.site.host.user, setup.site.host.user)
    state.chmod(0o700)


def _remove(setup: Setup, hand: _Hand) -> None:
    print(f"Taking away what was set up as '{setup.site.host.name}':")
    files = host_files(setup)
    for file in files:
        if hand.place(file.path).exists():
            _check_ours(hand.place(file.path), file)
    if SYSTEMD_RUNS.exists():
        hand.do(
            f"systemctl disable --now {' '.join(reversed(setup.units))}",
            lambda: outcome(["systemctl", "disable", "--now", *reversed(setup.units)], timeout=120),
            only_host=True,
        )
    for file in reversed(files):
        place = hand.place(file.path)
        if place.exists():
            hand.do(f"remove {file.path}", lambda place=place: _unlink(place))
    libexec = hand.place(setup.prefix / "libexec")
    if libexec.exists():
        hand.do(f"remove {setup.prefix / 'libexec'}", lambda: shutil.rmtree(libexec))
    _remove_accounts(setup, hand)
    if SYSTEMD_RUNS.exists():
        hand.do("systemctl daemon-reload", lambda: run(["systemctl", "daemon-reload"]), only_host=True)
    print(
        f"Left as they are: {setup.site_file}, the hub's data in {setup.site.state_dir}, "
        f"the software in {setup.prefix}."
    )


def _unlink(place: Path) -> None:
    """The file, and a folder that was made for it and holds nothing else."""
    place.unlink()
    if place.parent.name not in ("system", "sudoers.d", "sysusers.d", "tmpfiles.d") and not any(place.parent.iterdir()):
        place.parent.rmdir()


def _remove_accounts(setup: Setup, hand: _Hand) -> None:
    """Those that were made, and no others."""
    record = hand.place(setup.prefix / "etc/installed.json")
    if not record.exists():
        return
    made = json.loads(record.read_text())
    for name in made["users"]:
        hand.do(f"remove user {name}", lambda name=name: _gone(["userdel", name]), only_host=True)
    for name in made["groups"]:
        hand.do(f"remove group {name}", lambda name=name: _gone(["groupdel", name]), only_host=True)
    hand.do(f"remove {record}", record.unlink)


def _gone(argv: list[str]) -> None:
    ended = outcome(argv)
    if ended.returncode not in (0, 6):  # 6: there is no such user or group
        raise OperateError(f"{argv[-1]} could not be removed: {ended.stderr.strip()}. Stop the units first.")
