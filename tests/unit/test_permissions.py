"""Scopes in plain words: every one that the installed JupyterHub knows, with its limit."""

from __future__ import annotations

from jupyterhub.scopes import describe_raw_scopes, scope_definitions

from aif_hub import permissions
from aif_hub.views_token import token_lengths

DAY = 24 * 3600


def test_every_scope_of_the_installed_jupyterhub_has_plain_words() -> None:
    assert set(scope_definitions) <= set(permissions.ALLOWED)


def test_a_scope_is_said_with_its_limit() -> None:
    assert permissions.permissions(["access:servers!server=marieke/", "custom:shop:read"]) == [
        "Open sessions (server marieke/)",
        "custom:shop:read",
    ]


def test_jupyterhubs_own_descriptions_are_said_in_our_words() -> None:
    asked = describe_raw_scopes(["access:servers!user=marieke", "read:users:name"], username="marieke")
    assert permissions.described(asked) == ["Open sessions (only yours)", "Read people's names"]
    assert permissions.described([{"scope": None, "description": "x", "filter": ""}]) == ["Know who you are"]
    assert permissions.described([{"scope": "custom:a", "description": "Read the shop.", "filter": ""}]) == [
        "Read the shop."
    ]


def test_a_token_works_as_long_as_the_site_allows() -> None:
    assert [one.seconds for one in token_lengths(0)][-1] == ""
    assert [one.text for one in token_lengths(0)][:3] == ["1 hour", "1 day", "1 week"]
    assert [(one.seconds, one.text, one.chosen) for one in token_lengths(36 * 3600)] == [
        ("3600", "1 hour", False),
        (str(DAY), "1 day", False),
        (str(36 * 3600), "1 d 12 h", True),
    ]
    assert [one.seconds for one in token_lengths(0) if one.chosen] == [str(30 * DAY)]
