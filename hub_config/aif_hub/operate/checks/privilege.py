"""The one privileged step: the line in sudoers, the launcher, and a hub's user who has no other rights."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from aif_hub.launcher.install import MODULES
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.host_files import SUDOERS, Setup

TITLE = "Launcher and sudo"
#: Groups whose members are root in all but name, or read what is root's.
_POWERFUL = frozenset(
    {"root", "sudo", "wheel", "adm", "admin", "docker", "lxd", "incus", "libvirt", "disk", "shadow", "kmem"}
)


@dataclass(frozen=True)
class Owned:
    """A file or folder: who owns it and who may change it."""

    path: Path
    uid: int
    mode: int

    @property
    def is_roots_alone(self) -> bool:
        sticky = stat.S_ISDIR(self.mode) and self.mode & stat.S_ISVTX
        return self.uid == 0 and (bool(sticky) or not self.mode & (stat.S_IWGRP | stat.S_IWOTH))


def look(sight: Sight) -> list[Finding]:
    """User, sudo, program and settings."""
    setup, user = sight.setup, sight.site.host.user
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return [wrong(f"There is no user {user}.", "Run `aif install`.")]
    names = {grp.getgrgid(gid).gr_name for gid in os.getgrouplist(user, entry.pw_gid)}
    findings = [unprivileged(user, entry.pw_uid, frozenset(names), sight.site.host.people_group)]
    if sight.is_root:
        said = sight.asked_as("root", ["sudo", "-n", "-l", "-U", user])
        findings.append(rights(said.out if said.status == 0 else "", user, setup.launcher))
        checked = sight.asked_as("root", ["visudo", "-c", "-q"])
        findings.append(syntax(checked.status, checked.last_words))
    else:
        findings.append(unseen(f"What {user} may do by sudo: only root can ask.", "sudo aif check"))
    return [*findings, *_program(setup)]


def unprivileged(user: str, uid: int, groups: frozenset[str], people_group: str) -> Finding:
    """The hub answers the network: it must have nothing that is worth taking."""
    if uid == 0:
        return wrong(f"The hub's user {user} is root.", "Name an ordinary system user as host.user in the site file.")
    powerful = sorted(groups & _POWERFUL)
    if powerful:
        return wrong(f"{user} is in {', '.join(powerful)}.", f"gpasswd -d {user} {powerful[0]}")
    if people_group in groups:
        return wrong(f"{user} is in the people's group {people_group}.", f"gpasswd -d {user} {people_group}")
    return ok(f"{user} is an ordinary user, in no group with rights.")


def rights(listing: str, user: str, launcher: Path) -> Finding:
    """`sudo -l -U user` must list the one line and no other."""
    lines = [line.strip() for line in listing.splitlines() if re.match(r"\s+\(", line)]
    expected = f'(root) NOPASSWD: {launcher} ""'
    if expected not in [" ".join(line.split()) for line in lines]:
        return wrong(
            f"{user} may not run {launcher} by sudo.", f"`aif install` writes {SUDOERS}/…; is that folder included?"
        )
    if len(lines) > 1:
        other = next(line for line in lines if " ".join(line.split()) != expected)
        return wrong(f"{user} may do more by sudo than call the launcher: {other}", "Take that line out of sudoers.")
    return ok(f"{user} may run {launcher} by sudo, without arguments, and nothing else.")


def syntax(status: int, said: str) -> Finding:
    """A mistake anywhere in sudoers may make sudo refuse everything."""
    if status != 0:
        return wrong(f"visudo finds a mistake: {said}", "visudo -c says where.")
    return ok("visudo finds no mistake in sudoers.")


def owned(parts: list[Owned]) -> Finding:
    """Whoever may change the program, its settings or a folder above them may be root."""
    loose = [str(part.path) for part in parts if not part.is_roots_alone]
    if loose:
        return wrong(f"{loose[0]} can be changed by others than root.", f"chown root {loose[0]}; chmod go-w {loose[0]}")
    return ok("The launcher, its settings and every folder above are root's alone to change.")


def settings(found: dict[str, object], expected: dict[str, object]) -> Finding:
    """The launcher's own file must say what the site file says."""
    differ = sorted(key for key in {*found, *expected} if found.get(key) != expected.get(key))
    if differ:
        return wrong(
            f"launcher.json says something else than the site file: {', '.join(differ)}.", "Run `aif install`."
        )
    return ok("The launcher's settings are those of the site file.")


def fresh(stale: list[str]) -> Finding:
    """The installed launcher and the hub belong together."""
    if stale:
        return warning(f"The installed launcher is of another release ({', '.join(stale)}).", "Run `aif install`.")
    return ok("The launcher is of this release.")


def _program(setup: Setup) -> list[Finding]:
    settings_file = setup.prefix / "etc/launcher.json"
    if not setup.launcher.exists() or not settings_file.exists():
        return [wrong(f"There is no launcher in {setup.prefix}.", "Run `aif install`.")]
    modules = setup.launcher.parent / "aif_launcher"
    paths = [setup.launcher, settings_file, *sorted(modules.rglob("*"))]
    paths += {parent for path in paths for parent in path.parents}
    source = Path(__file__).parents[2] / "launcher"
    pairs = [(source / f"{name}.py", modules / f"{name}.py") for name in MODULES]
    pairs.append((source / "aif_launch.py", setup.launcher))
    stale = [ours.name for ours, there in pairs if not there.exists() or ours.read_bytes() != there.read_bytes()]
    return [
        owned([Owned(path, path.stat().st_uid, path.stat().st_mode) for path in paths]),
        settings(json.loads(settings_file.read_text()), setup.launcher_settings()),
        fresh(stale),
    ]
