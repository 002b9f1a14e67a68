"""Folders: the hub's own data, homes that the nodes see too, and the documentation."""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from aif_hub.manual import build as manual
from aif_hub.operate.checks.doors import is_loopback
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong

TITLE = "Folders"
_SHARED = (
    "nfs",
    "nfs4",
    "lustre",
    "gpfs",
    "beegfs",
    "beegfs_nodev",
    "ceph",
    "cifs",
    "wekafs",
    "fuse.sshfs",
    "9p",
    "virtiofs",
    "panfs",
)
_LEAST_GB = 1.0


@dataclass(frozen=True)
class State:
    """The hub's folder as it is."""

    path: str
    exists: bool
    uid: int = -1
    mode: int = 0
    free_gb: float = 0.0


def look(sight: Sight) -> list[Finding]:
    """The site file, the state folder, the documentation and the homes."""
    site = sight.site
    findings = [site_file(sight.setup.site_file, *_owner(sight.setup.site_file))]
    try:
        uid = pwd.getpwnam(site.host.user).pw_uid
    except KeyError:
        uid = -1
    findings.append(state(_state(site.state_dir), uid, site.host.user))
    findings.append(help_pages(site.docs_dir, sight.setup.prefix))
    if sight.person and sight.survey is not None:
        try:
            path = pwd.getpwnam(sight.person).pw_dir
        except KeyError:
            return findings
        away = any(not is_loopback(node.address) for node in sight.survey.nodes)
        findings.append(homes(path, _file_system(path, Path("/proc/self/mounts").read_text()), away))
    else:
        findings.append(unseen("Homes.", "Name somebody with --as LOGIN."))
    return findings


def site_file(path: Path, uid: int, mode: int) -> Finding:
    """It names the program that runs as root and who may sign in."""
    if uid != 0 or mode & 0o022:
        return wrong(f"{path} can be changed by others than root.", f"chown root {path}; chmod 0644 {path}")
    if not mode & 0o004:
        return warning(
            f"{path} cannot be read by everyone, and the hub has to.", f"chmod 0644 {path}; it has no secrets."
        )
    return ok(f"{path} is root's alone to change.")


def state(found: State, uid: int, user: str) -> Finding:
    """Database, cookie secret and certificates."""
    if not found.exists:
        return wrong(f"There is no {found.path}.", "Run `aif install`.")
    if found.uid != uid:
        return wrong(f"{found.path} is not {user}'s.", f"chown -R {user}: {found.path}")
    if found.mode & 0o077:
        return wrong(f"{found.path} can be entered by others, and holds the hub's keys.", f"chmod 0700 {found.path}")
    if found.free_gb < _LEAST_GB:
        return warning(f"{found.path} has {found.free_gb:.1f} GB free.", "Make room: a full disk stops the hub.")
    return ok(f"{found.path} is {user}'s alone, with {found.free_gb:.0f} GB free.")


def help_pages(docs_dir: str, prefix: Path) -> Finding:
    """What the link to Help on every page leads to; without it there is no such link."""
    ours = manual.folder(prefix)
    if not docs_dir:
        return warning(
            "No page has a link to Help: docs_dir is missing.", f'Set docs_dir = "{ours}": `./aif build` makes it.'
        )
    if not Path(docs_dir, "index.html").exists():
        return warning(
            f"No page has a link to Help: there is no documentation in {docs_dir}.",
            f"`./aif build --prefix …` makes it in {ours}, `./aif docs --to` anywhere.",
        )
    return ok(f"Help is in {docs_dir}.")


def homes(path: str, file_system: str, nodes_are_away: bool) -> Finding:
    """The launcher writes into a home on this host, and the server reads it on a node."""
    if nodes_are_away and file_system not in _SHARED:
        return warning(
            f"{path} lies on {file_system or 'an unknown file system'}, which may be this host's own.",
            "Mount the homes that the nodes have here, at the same path.",
        )
    where = "which nodes can share" if nodes_are_away else "and all nodes are on this host"
    return ok(f"{path} lies on {file_system}, {where}.")


def _owner(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_uid, facts.st_mode


def _state(path: str) -> State:
    if not os.path.isdir(path):
        return State(path, False)
    facts = os.stat(path)
    return State(path, True, facts.st_uid, facts.st_mode, shutil.disk_usage(path).free / 1e9)


def _file_system(path: str, mounts: str) -> str:
    """The type of the file system that holds a path: of the longest mount point above it."""
    best, kind = "", ""
    for line in mounts.splitlines():
        words = line.split()
        point = words[1].replace("\\040", " ")
        if (path == point or path.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, words[2]
    return kind
