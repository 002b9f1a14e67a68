"""What `aif check` says of sign-in: the client's secret, and PAM's service for a hub that is not root."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from hub_material import site_data
from operate_material import is_ok, is_warning, is_wrong, says

from aif.core import site as sites
from aif_hub.operate.checks import sign_in
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, Level
from aif_hub.operate.host_files import Setup

HUB_USER = sign_in.Hub("aif-hub", 990, frozenset({990, 991}))


def test_a_clients_secret_is_the_hubs_alone() -> None:
    is_ok(sign_in.client_secret("/s", 990, 990, 0o100600, HUB_USER, True))
    is_ok(sign_in.client_secret("/s", 0, 991, 0o100640, HUB_USER, True))
    is_wrong(sign_in.client_secret("/s", 990, 990, 0o100644, HUB_USER, True), "others may read", "chmod 0600 /s")
    is_wrong(sign_in.client_secret("/s", 990, 990, 0o100620, HUB_USER, True), "others may read or change")
    is_wrong(sign_in.client_secret("/s", 990, 100, 0o100640, HUB_USER, True), "a group that aif-hub is not in")
    is_wrong(sign_in.client_secret("/s", 1003, 990, 0o100640, HUB_USER, True), "neither aif-hub's nor root's", "chown")
    is_wrong(sign_in.client_secret("/s", 0, 0, 0o100600, HUB_USER, False), "aif-hub cannot read /s", "chown aif-hub")


STACKS = {
    "login": "auth optional pam_faildelay.so delay=3\n# auth required pam_krb5.so\n@include common-auth\n",
    "common-auth": "auth\t[success=1 default=ignore]\tpam_unix.so nullok\nauth requisite pam_deny.so\n"
    "auth required pam_permit.so\naccount required pam_sss.so\n",
    "directory": "AUTH [success=2 \\\n default=ignore] /usr/lib/security/pam_sss.so\nauth substack common-auth\n",
    "quiet": "-auth sufficient pam_ldap.so\nauth include quiet\n",
    "open": "auth required pam_permit.so\n",
}


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("login", ["pam_faildelay", "pam_unix", "pam_deny", "pam_permit"]),
        ("directory", ["pam_sss", "pam_unix", "pam_deny", "pam_permit"]),
        ("quiet", ["pam_ldap"]),
        ("gone", None),
    ],
)
def test_a_services_auth_stack_is_read_with_what_it_includes(
    name: str, modules: list[str] | None, tmp_path: Path
) -> None:
    for service, text in STACKS.items():
        (tmp_path / service).write_text(text)
    assert sign_in.auth_modules(name, (tmp_path / "none", tmp_path)) == modules


def test_a_pam_service_that_cannot_work_for_a_hub_that_is_not_root() -> None:
    is_wrong(sign_in.service("gone", None, HUB_USER, 42), "There is no /etc/pam.d/gone", "pam_service")
    plain = ["pam_faildelay", "pam_unix", "pam_deny", "pam_permit"]
    is_warning(sign_in.service("login", plain, HUB_USER, 42), "pam_unix alone", "OpenID Connect")
    is_ok(sign_in.service("login", plain, sign_in.Hub("aif-hub", 990, frozenset({990, 42})), 42))
    is_ok(sign_in.service("login", [*plain, "pam_sss"], HUB_USER, 42))
    is_ok(sign_in.service("login", ["pam_of_our_own"], HUB_USER, 42))
    says(sign_in.service("open", ["pam_permit"], HUB_USER, 42), Level.UNSEEN, "known to compare passwords")


def looked_at(login: dict[str, Any]) -> list[Finding]:
    stated = sites.parse(site_data(login=login, host={"user": pwd.getpwuid(os.getuid()).pw_name}))
    return sign_in.look(Sight(Setup(stated, Path("site.toml")), {}))


def test_each_way_in_is_looked_at_for_what_it_needs() -> None:
    (found,) = looked_at({"kind": "demo", "logins": "/l.json"})
    is_ok(found)
    (found,) = looked_at({"kind": "ldapauthenticator.LDAPAuthenticator"})
    says(found, Level.UNSEEN, "a class of your own")
    (found,) = looked_at({"kind": "pam", "pam_service": "no-such-service"})
    is_wrong(found, "There is no /etc/pam.d/no-such-service")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as the hub")
def test_a_clients_secret_is_read_as_the_hub_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    login = {"kind": "oidc", "provider": "sram", "client_id": "wb", "client_secret_file": str(file)}
    is_wrong(looked_at(login)[0], "cannot be read: No such file", "in one line")
    file.write_text("one\ntwo\n")
    file.chmod(0o600)
    is_wrong(looked_at(login)[0], "must hold the secret in one line")
    file.write_text("one\n")
    is_ok(looked_at(login)[0])
