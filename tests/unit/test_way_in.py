"""What a new site file says of sign-in and of operators, by flags and at a terminal."""

from __future__ import annotations

import io
import sys
import tomllib
from typing import Any

import pytest
from operate_material import seen

from aif.core import site as sites
from aif.core.login import Login
from aif_hub import cli
from aif_hub.operate import init, proposal, way_in
from aif_hub.operate.errors import OperateError
from aif_hub.operate.shipped import shipped
from aif_hub.operate.site_text import site_text

TOP = {"name": "x", "contact": "y", "data_location": "z", "state_dir": "/var/lib/aif", "launcher": ["a"]}
HUB = {"bind_url": "http://127.0.0.1:8000", "api_port": 8081, "api_host": "127.0.0.1", "proxy_api_port": 8001}
CLUSTER = {"name": "demo", "slurm_conf": "/etc/slurm/slurm.conf"}


def text_with(login: dict[str, Any]) -> str:
    """A whole new site file with that ``[login]``."""
    facts = {"": TOP, "hub": HUB, "login": login, "cluster": CLUSTER}
    return site_text(shipped("site.example.toml").read_text(), facts, proposal.profiles(seen(), "demo"), [])


def read(login: dict[str, Any]) -> Login:
    return sites.parse(tomllib.loads(text_with(login))).login


def way_in_of(*flags: str) -> dict[str, Any]:
    return dict(way_in.login(cli.parser().parse_args(["init", *flags])))


OIDC = ("--sign-in", "oidc", "--client-id", "wb", "--client-secret-file", "/etc/aif/oidc-secret")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), {"kind": "pam"}),
        (("--sign-in", "demo", "--logins", "/l.json"), {"kind": "demo", "logins": "/l.json"}),
        ((*OIDC, "--provider", "sram"), {"provider": "sram"}),
        ((*OIDC, "--provider", "https://idp.example.org"), {"issuer": "https://idp.example.org"}),
        (
            (*OIDC, "--provider", "surfconext", "--login-domain", "rug.nl", "--login-domain", "umcg.nl"),
            {"provider": "surfconext", "login_domains": ["rug.nl", "umcg.nl"]},
        ),
        ((*OIDC, "--provider", "myaccessid", "--identities-file", "/i.toml"), {"identities_file": "/i.toml"}),
    ],
)
def test_flags_say_how_people_sign_in_and_the_site_file_is_right(flags: tuple[str, ...], said: dict[str, Any]) -> None:
    facts = way_in_of("--yes", *flags)
    assert facts | said == facts
    login = read(facts)
    for key, value in facts.items():
        assert getattr(login, key) == (tuple(value) if isinstance(value, list) else value)


def test_what_neither_a_flag_nor_a_person_says_is_named() -> None:
    text = text_with(way_in_of("--yes", "--sign-in", "oidc", "--provider", "sram"))
    with pytest.raises(OperateError, match=r"login\.client_id: is missing.*nothing was written"):
        init._check(text)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([""], {"kind": "pam"}),
        (["ldapauthenticator.LDAPAuthenticator"], {"kind": "ldapauthenticator.LDAPAuthenticator"}),
        (
            ["oidc", "surfconext", "wb", "", "rug.nl umcg.nl"],
            {
                "kind": "oidc",
                "provider": "surfconext",
                "client_id": "wb",
                "client_secret_file": "/etc/aif/oidc-secret",
                "login_domains": ["rug.nl", "umcg.nl"],
            },
        ),
        (
            ["oidc", "", "myaccessid", "wb", "/s", ""],
            {
                "kind": "oidc",
                "provider": "myaccessid",
                "client_id": "wb",
                "client_secret_file": "/s",
                "identities_file": "/etc/aif/identities.toml",
            },
        ),
    ],
)
def test_at_a_terminal_each_way_in_asks_what_it_needs(
    answers: list[str], said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = io.StringIO("".join(f"{answer}\n" for answer in answers))
    monkeypatch.setattr(sys, "stdin", typed)
    assert way_in_of() == said
    assert typed.read() == "", "every answer was asked for"


@pytest.mark.parametrize(
    ("flags", "typed", "logins"),
    [
        (("--yes",), "", []),
        (("--admin", "olga", "--admin", "visser"), "", ["olga", "visser"]),
        ((), "\n", []),
        ((), "olga,visser  anna\n", ["olga", "visser", "anna"]),
    ],
)
def test_operators_are_asked_for_and_may_be_none(
    flags: tuple[str, ...], typed: str, logins: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert way_in.operators(cli.parser().parse_args(["init", *flags])) == logins


def test_answers_that_end_before_the_questions_write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("oidc\nsram\n"))
    with pytest.raises(OperateError, match="nothing was written"):
        way_in_of()
