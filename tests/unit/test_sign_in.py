"""Whose login an identity is: the claims of three federations, each rule of the site file, each refusal in words."""

from __future__ import annotations

import grp
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hub_material import LOGIN, site_data
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.auth import PAMAuthenticator
from traitlets.config import Config

from aif.core import site as sites
from aif.core.errors import SiteError
from aif.core.login import Login, completed
from aif_hub import operators
from aif_hub.sign_in.identity import Identity, check_groups, login_of
from aif_hub.sign_in.oidc import OidcAuthenticator, connected
from aif_hub.sign_in.pam import PamAuthenticator
from aif_hub.sign_in.refusals import CODES, SignInRefused
from aif_hub.sign_in.settings import secret, set_login
from aif_hub.speech import speak

RECORDS = Path(__file__).parent / "records/sign-in"
KEYS = {"kind": "oidc", "client_id": "workbench", "client_secret_file": "/etc/aif/oidc-secret"}
USERS = {"p280001": 280001, "abakker2": 10002, "jmueller": 10003, "root": 0, "daemon": 1}


def claims(provider: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDS / f"{provider}.json").read_text())
    return found


def declared(**keys: Any) -> Login:
    """`[login]` as an operator writes it."""
    return sites.parse(site_data(login={**KEYS, **keys})).login


def signed_in(said: dict[str, Any], login: Login, connected: dict[str, str] | None = None) -> str:
    identity = Identity.read(said, login)
    name = login_of(identity, login, connected or {}, USERS.get, min_uid=1000)
    check_groups(identity, login)
    return name


def refused(said: dict[str, Any], login: Login, connected: dict[str, str] | None = None) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        signed_in(said, login, connected)
    return caught.value


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ({}, "m.de.vries@rug.nl"),
        ({"email_verified": True}, "m.de.vries@rug.nl"),
        ({"email_verified": False}, ""),
        ({"email": ["no address", "second@rug.nl"]}, "second@rug.nl"),
        ({"email": "a@rug.nl\nBcc: b@rug.nl"}, ""),
        ({"email": None}, ""),
    ],
    ids=str,
)
def test_the_address_for_mail_is_the_providers_unless_nobody_has_checked_it(said: dict[str, Any], address: str) -> None:
    assert Identity.read({**claims("surfconext"), **said}, declared(**SURFCONEXT)).address == address


def test_who_signs_in_leaves_their_address_and_who_is_refused_leaves_nothing() -> None:
    told: list[tuple[str, str]] = []
    ours = OidcAuthenticator(site_login=declared(**SURFCONEXT), tell_address=lambda *one: told.append(one), min_uid=0)
    said = {**claims("surfconext"), "eduperson_principal_name": f"{LOGIN}@rug.nl"}
    assert ours.user_info_to_username(said) == LOGIN
    assert told == [(LOGIN, "m.de.vries@rug.nl")]
    with pytest.raises(SignInRefused):
        ours.user_info_to_username({**said, "eduperson_principal_name": f"{LOGIN}@example.org"})
    assert len(told) == 1


# The three federations ------------------------------------------------------------------------------------------------

SURFCONEXT = {"provider": "surfconext", "login_domains": ["rug.nl"]}
MYACCESSID = {"provider": "myaccessid", "identities_file": "/etc/aif/identities.toml"}
CUID = "28c5353b8bb34984a8bd4169ba94c606@myaccessid.org"


def test_surfconext_names_a_login_by_the_principal_name_of_the_sites_own_domain() -> None:
    login = declared(**SURFCONEXT)
    assert (login.issuer, login.service) == ("https://connect.surfconext.nl", "SURFconext")
    assert signed_in(claims("surfconext"), login) == "p280001"
    assert signed_in({**claims("surfconext"), "eduperson_principal_name": "P280001@RUG.NL"}, login) == "p280001"
    stranger = {**claims("surfconext"), "eduperson_principal_name": "p280001@elders.nl"}
    assert refused(stranger, login).code == "organisation"


def test_surfconexts_uids_name_a_login_only_for_one_institution() -> None:
    with pytest.raises(SiteError, match="must name the one institution"):
        declared(provider="surfconext", login_claim="uids")
    login = declared(provider="surfconext", login_claim="uids", home_organisations=["rug.nl"])
    assert signed_in(claims("surfconext"), login) == "p280001"
    assert refused({**claims("surfconext"), "schac_home_organization": "elders.nl"}, login).code == "organisation"
    assert refused({**claims("surfconext"), "schac_home_organization": None}, login).code == "organisation"
    assert refused({**claims("surfconext"), "uids": ["p280001", "mdevries"]}, login).code == "no-claim"


def test_myaccessid_names_a_login_by_the_identities_file_and_its_assurance() -> None:
    with pytest.raises(SiteError, match="identities_file: is missing"):
        declared(provider="myaccessid")
    login = declared(**MYACCESSID, assurance=["https://refeds.org/assurance/IAP/medium"])
    assert signed_in(claims("myaccessid"), login, {CUID.upper(): "jmueller"}) == "jmueller"
    unknown = refused(claims("myaccessid"), login)
    assert (unknown.code, unknown.identity) == ("not-connected", CUID)
    guest = {**claims("myaccessid"), "eduperson_assurance": ["https://refeds.org/assurance/IAP/low"]}
    assert "IAP/medium" in refused(guest, login, {CUID: "jmueller"}).text


def test_sram_names_a_login_by_its_uid_and_lets_in_members_of_the_collaboration() -> None:
    login = declared(provider="sram", allowed_groups=["urn:mace:surf.nl:sram:group:rug:workbench"])
    assert signed_in(claims("sram"), login) == "abakker2"
    outsider = {**claims("sram"), "eduperson_entitlement": ["urn:mace:surf.nl:sram:group:rug:workbench2"]}
    assert refused(outsider, login).code == "group"
    assert refused({**claims("sram"), "eduperson_entitlement": []}, login).code == "group"


def test_an_administrators_group_lets_in_too_and_an_authority_counts_where_it_is_written() -> None:
    login = declared(provider="sram", allowed_groups=["a"], admin_groups=["urn:x:ops"])
    assert signed_in({**claims("sram"), "eduperson_entitlement": "urn:x:ops#sram.surf.nl"}, login) == "abakker2"
    exact = replace(login, admin_groups=("urn:x:ops#elsewhere",))
    assert refused({**claims("sram"), "eduperson_entitlement": "urn:x:ops#sram.surf.nl"}, exact).code == "group"


# What must not happen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["root", "daemon"])
def test_nobody_signs_in_as_one_of_the_systems_logins(name: str) -> None:
    assert refused({"uid": name}, declared(provider="sram")).code == "system-login"


@pytest.mark.parametrize("name", ["nobody-here", "../etc", "a b", "p280001\n", "p280001\0", "-w", "", "x" * 3000])
def test_a_name_that_is_no_login_is_refused_in_words(name: str) -> None:
    code = refused({"uid": name}, declared(provider="sram")).code
    assert code == ("no-login" if name else "no-claim")


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*claims("sram"), "edumember_is_member_of"]), json_value))
def test_no_claims_end_in_anything_but_a_login_or_a_refusal(said: dict[str, Any]) -> None:
    try:
        name = signed_in(said, declared(provider="sram"))
    except SignInRefused as refusal:
        name = refusal.text and "p280001"
    assert name in USERS


@pytest.mark.parametrize("language", ["en", "nl"])
def test_each_refusal_has_a_sentence_and_a_next_step_in_each_language(language: str) -> None:
    gaps = dict.fromkeys(("service", "claim", "login", "organisation", "assurance", "said"), "<it>")
    speak(language)
    said = [(refusal.text, refusal.todo) for code in CODES for refusal in [SignInRefused(code, **gaps)]]
    speak("en")
    assert all(text.endswith((".", "<it>")) and todo.endswith(".") for text, todo in said)
    assert len({text for text, _ in said}) == len(CODES)


# The site file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"provider": "facebook"}, "login.provider"),
        ({}, "login.issuer"),
        ({"issuer": "http://idp.example.org"}, "login.issuer"),
        ({"authorize_url": "https://a.example/a", "token_url": "https://a.example/t"}, "login.issuer"),
        ({"provider": "sram", "client_id": ""}, "login.client_id"),
        ({"provider": "sram", "client_secret_file": ""}, "login.client_secret_file"),
        ({"provider": "sram", "callback_url": "workbench"}, "login.callback_url"),
        ({"provider": "surfconext"}, "login.login_domains"),
        ({"provider": "sram", "groups": []}, "login.groups"),
    ],
)
def test_a_mistake_in_login_is_named_with_its_key(keys: dict[str, Any], key: str) -> None:
    with pytest.raises(SiteError) as caught:
        declared(**keys)
    assert caught.value.key == key


def test_what_an_operator_states_stands_before_what_is_known_of_the_provider() -> None:
    login = declared(provider="sram", issuer="https://proxy.acc.sram.example", login_claim="voperson_id")
    assert (login.issuer, login.login_claim) == ("https://proxy.acc.sram.example", "voperson_id")
    assert "uid" in login.scopes


def test_a_kind_that_is_not_ours_is_left_as_it_is() -> None:
    assert completed(Login(kind="some.Authenticator")) == Login(kind="some.Authenticator")


def test_the_identities_file_is_read_anew_and_a_broken_one_connects_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "identities.toml"
    assert (connected(""), connected(str(path))) == ({}, {})
    path.write_text(f'"{CUID}" = "jmueller"\n"x" = 3\n')
    assert connected(str(path)) == {CUID: "jmueller"}
    path.write_text("not toml")
    assert connected(str(path)) == {}
    assert "cannot be used" in caplog.text


def test_pam_lets_in_no_login_of_the_system_and_no_name_that_is_none() -> None:
    pam = PamAuthenticator(min_uid=1000)
    assert [pam.check_blocked_users(name) for name in ("root", "daemon", "no-such-login", "a\0b")] == [False] * 4
    assert PamAuthenticator(min_uid=0).check_blocked_users("root") is True


def test_the_settings_of_each_kind(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    c = Config()
    keys = {**KEYS, "provider": "sram", "client_secret_file": str(path), "admin_groups": ["ops"]}
    set_login(c, sites.parse(site_data(login=keys)))
    ours = c.OidcAuthenticator
    assert (ours.client_secret, ours.enable_pkce, ours.manage_groups) == ("s3cret", True, True)
    assert ours.scope[0] == "openid"
    c = Config()
    set_login(c, sites.parse(site_data(login={"kind": "pam", "allowed_groups": ["users"]})))
    assert (c.PamAuthenticator.open_sessions, c.PamAuthenticator.allow_all) == (False, False)


async def test_pam_gives_the_groups_that_make_operators_and_lets_named_operators_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = grp.getgrgid(os.getgid()).gr_name

    async def right(_self: Any, _handler: Any, data: dict[str, str]) -> str | None:
        return data["username"] if data["password"] == "right" else None  # noqa: S105

    monkeypatch.setattr(PAMAuthenticator, "authenticate", right)
    pam = PamAuthenticator(operators={"olga"}, operator_groups={own, "no-such-group"}, allowed_groups={"no-such-group"})
    asked = {"username": LOGIN, "password": "right"}
    assert await pam.authenticate(None, asked) == LOGIN
    pam.manage_groups = True
    assert await pam.authenticate(None, asked) == {"name": LOGIN, "groups": [own]}
    assert await pam.authenticate(None, {**asked, "password": "wrong"}) is None
    assert pam.check_allowed("olga") is True
    assert not pam.check_allowed(LOGIN)


def test_operators_have_a_role_and_nobody_is_made_administrator() -> None:
    for kind in ("pam", "my.own.Authenticator"):
        data = site_data(login={"kind": kind, "admin_groups": ["ops"]})
        data["hub"]["admins"] = ["olga"]
        made, c = sites.parse(data), Config()
        c.JupyterHub.load_roles = []
        set_login(c, made)
        operators.grant(c, made)
        assert "admin_users" not in c.Authenticator
        assert "admin_groups" not in c.PamAuthenticator
        role, admin = c.JupyterHub.load_roles
        assert (role["users"], role["groups"]) == (["olga"], ["ops"])
        assert admin == {"name": "admin", "users": []}
        everything = {"admin:users", "admin:servers", "admin:groups", "tokens", "access:servers", "shares", "users"}
        assert not everything & set(role["scopes"])
    assert c.Authenticator.allowed_users == {"olga"}, "who operates may sign in, whatever the class says of others"
    assert c.Authenticator.allow_existing_users is False


@pytest.mark.parametrize(("mode", "text"), [(0o604, "x"), (0o620, "x"), (0o600, ""), (0o600, "two\nlines")])
def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path, mode: int, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SiteError, match=r"login\.client_secret_file: "):
        secret(str(path), "login.client_secret_file")
