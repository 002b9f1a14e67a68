"""Sign-in: a client's secret that is the hub's alone, and a PAM service that works for a hub that is not root."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aif.core.errors import SiteError
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, Level, ok, unseen, warning, wrong
from aif_hub.sign_in.settings import secret

TITLE = "Sign-in"
_KEY = "login.client_secret_file"
_PAGE = 'see the operators\' page "Sign-in"'
#: Where PAM looks for a service, in this order.
_SERVICES = (Path("/etc/pam.d"), Path("/usr/lib/pam.d"))
#: Modules of an auth stack that compare no password, without their `pam_`.
_HELPERS = """
access cap deny ecryptfs env faildelay faillock gnome_keyring group issue keyinit lastlog limits listfile localuser
loginuid mail mkhomedir motd nologin permit rootok securetty selinux sepermit shells succeed_if systemd tally2 time
tty_audit umask usertype warn wheel
"""


@dataclass(frozen=True)
class Hub:
    """The hub's user, with the numbers of its groups."""

    name: str
    uid: int
    groups: frozenset[int] = frozenset()


def look(sight: Sight) -> list[Finding]:
    """What the way in that the site file names needs of this host."""
    login = sight.site.login
    try:
        entry = pwd.getpwnam(sight.site.host.user)
        hub = Hub(entry.pw_name, entry.pw_uid, frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid)))
    except KeyError:
        return [unseen(f"There is no user {sight.site.host.user} to look as.", "Run `aif install`.")]
    if login.kind == "oidc":
        return [_secret(sight, login.client_secret_file, hub)]
    if login.kind == "pam":
        return [service(login.pam_service, auth_modules(login.pam_service), hub, _shadow_group())]
    if login.kind == "demo":
        return [ok("The demo's passwords, which the hub takes on this machine alone.")]
    return [unseen(f"{login.kind} is a class of your own.", "Its own documentation says what it needs of this host.")]


def client_secret(path: str, uid: int, gid: int, mode: int, hub: Hub, hub_reads: bool) -> Finding:
    """Whoever has it is the workbench at the provider."""
    mend = f"chown {hub.name}: {path}; chmod 0600 {path}"
    if mode & 0o027:
        return wrong(f"{_KEY}: others may read or change {path}; the hub does not start with it.", mend)
    if mode & 0o040 and gid not in hub.groups:
        return wrong(f"{_KEY}: a group that {hub.name} is not in may read {path}.", mend)
    if uid not in (hub.uid, 0):
        return wrong(f"{_KEY}: {path} is neither {hub.name}'s nor root's.", mend)
    if not hub_reads:
        return wrong(f"{_KEY}: {hub.name} cannot read {path}, or may not enter a folder above it.", mend)
    return ok(f"The client's secret in {path} is the hub's alone.")


def service(name: str, modules: Sequence[str] | None, hub: Hub, shadow: int) -> Finding:
    """PAM's service is there, and something in it compares passwords for who is not root; `shadow` is that group."""
    file = _SERVICES[0] / name
    if modules is None:
        return wrong(f"There is no {file}: PAM takes `other` in its place.", "Name one that is there as pam_service.")
    compare = {*modules} - {f"pam_{name}" for name in _HELPERS.split()}
    able = compare if hub.uid == 0 or shadow in hub.groups else compare - {"pam_unix"}
    if not compare:
        return unseen(f"{file} names no module that is known to compare passwords.")
    if not able:
        return warning(
            f"{file} compares passwords with pam_unix alone, which for {hub.name}, who is not root, compares nobody's "
            "but its own.",
            f"Let a directory compare them (pam_sss, pam_krb5, pam_ldap), or use OpenID Connect; {_PAGE}.",
        )
    return ok(f"{file} is there, and has {' and '.join(sorted(able))} to compare passwords for {hub.name}.")


def auth_modules(name: str, folders: Sequence[Path] = _SERVICES) -> list[str] | None:
    """Of a service's auth stack, those that it includes too: ``["pam_unix", "pam_deny"]``; None without the service."""
    if not any((folder / name).is_file() for folder in folders):
        return None
    return list(_stack(name, folders, set()))


def _stack(name: str, folders: Sequence[Path], seen: set[str]) -> Iterator[str]:
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if file is None or name in seen:
        return
    seen.add(name)
    for line in file.read_text(errors="replace").replace("\\\n", " ").splitlines():
        words = re.sub(r"\[[^\]]*\]", "[]", line.partition("#")[0]).split()
        match [words[0].lower().removeprefix("-"), *words[1:]] if words else []:
            case ["@include", other, *_] | ["auth", "include" | "substack", other, *_]:
                yield from _stack(other, folders, seen)
            case ["auth", _, module, *_]:
                yield Path(module).name.removesuffix(".so")


def _secret(sight: Sight, path: str, hub: Hub) -> Finding:
    if not sight.is_root:
        return unseen(f"The client's secret in {path}: only root can look as the hub.", "sudo aif check")
    try:
        facts = os.stat(path)
    except OSError as error:
        return wrong(f"{_KEY}: {path} cannot be read: {error.strerror}.", "Put the secret there, in one line.")
    reads = sight.asked_as(hub.name, ["test", "-r", path]).status == 0
    found = client_secret(path, facts.st_uid, facts.st_gid, facts.st_mode, hub, reads)
    if found.level is Level.OK:
        try:
            secret(path, _KEY)
        except SiteError as error:
            return wrong(str(error), "Write it anew; the hub does not start with it so.")
    return found


def _shadow_group() -> int:
    """The group that may read the passwords' hashes."""
    try:
        return os.stat("/etc/shadow").st_gid
    except OSError:
        return -1
