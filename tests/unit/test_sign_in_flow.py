"""The whole way through a provider that signs its tokens: three federations' claims, whom they let in, and forgeries.

The hub's side is the product's: the lines under ``[login]`` are those of the documentation's page.
"""

from __future__ import annotations

import hashlib
import json
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from oidc_provider import CLIENT, OidcProvider
from sign_in_front import front

RECORDS = Path(__file__).parent / "records/sign-in"
#: The system's logins, as the records' people have them.
USERS = {"p280001": 280001, "abakker2": 10002, "jmueller": 10003, "root": 0}
CUID = "28c5353b8bb34984a8bd4169ba94c606@myaccessid.org"
GROUP = "urn:mace:surf.nl:sram:group:rug:workbench"


def recorded(provider: str, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDS / f"{provider}.json").read_text())
    return {**found, **changed}


def of_the_page(provider: str) -> dict[str, Any]:
    """The lines under ``[login]`` that the documentation gives for that provider."""
    for block in docs_blocks.fences("operators/sign-in.md"):
        if block.language == "toml" and f'provider = "{provider}"' in block.code:
            return dict(tomllib.loads(block.code)["login"])
    raise LookupError(provider)


#: Of each federation, who comes: the record itself, and the same with something that does not fit.
PEOPLE = {
    "surfconext": {
        "recorded": recorded("surfconext"),
        "elsewhere": recorded("surfconext", eduperson_principal_name="p280001@elders.nl"),
        "new": recorded("surfconext", eduperson_principal_name="p999999@rug.nl"),
        "silent": recorded("surfconext", eduperson_principal_name=None),
    },
    "myaccessid": {
        "recorded": recorded("myaccessid"),
        "unknown": recorded("myaccessid", sub="someone-else@myaccessid.org"),
        "guest": recorded("myaccessid", eduperson_assurance=["https://refeds.org/assurance/IAP/low"]),
    },
    "sram": {
        "recorded": recorded("sram"),
        "operator": recorded("sram", eduperson_entitlement=[f"{GROUP}:operators"]),
        "outsider": recorded("sram", eduperson_entitlement=["urn:mace:surf.nl:sram:group:rug:workbench2"]),
        "root": recorded("sram", uid=["root"]),
    },
}


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> Iterator[OidcProvider]:
    """The test's own; `request.param` names the federation whose people it knows."""
    made = OidcProvider(PEOPLE[getattr(request, "param", "sram")])
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aif_hub.sign_in.oidc.uid_of", USERS.get)  # the records' people have no login on this system


def login_of(federation: str, folder: Path) -> dict[str, Any]:
    login = of_the_page(federation)
    if federation == "myaccessid":
        (folder / "identities.toml").write_text(f'"{CUID}" = "jmueller"\n')
        login["identities_file"] = str(folder / "identities.toml")
    return login


# Who gets in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "person", "login", "groups"),
    [
        ("surfconext", "recorded", "p280001", []),
        ("myaccessid", "recorded", "jmueller", []),
        ("sram", "recorded", "abakker2", [GROUP]),
        ("sram", "operator", "abakker2", [f"{GROUP}:operators"]),
    ],
    indirect=["provider"],
)
async def test_each_federations_claims_sign_in_as_the_login_that_they_name(
    provider: OidcProvider, person: str, login: str, groups: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    federation = request.node.callspec.params["provider"]
    async with front(tmp_path, login_of(federation, tmp_path), provider) as ours:
        arrived = await ours.sign_in(person)
        assert (arrived.status, arrived.led_to) == (302, "/hub/home"), arrived.text
        assert ours.people == {login: groups}
        async with ours.browser.get(f"{ours.url}/hub/api/user") as answer:
            assert (await answer.json())["name"] == login, "the cookie is that person's"
        user = ours.hub.users[login]
        assert (user.admin, await user.get_auth_state()) == (False, None)
    assert provider.refusals == []


async def test_where_somebody_was_going_is_where_they_arrive(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        address = await ours.to_provider("/hub/oauth_login?next=/hub/token")
        arrived = await ours.come_back(await ours.choose(address, "recorded"))
        assert arrived.led_to == "/hub/token"


# Who does not ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (
            "surfconext",
            {
                "elsewhere": "People of elders.nl do not sign in here",
                "new": "the login p999999, which does not exist on the supercomputer",
                "silent": "SURFconext did not tell us your eduperson_principal_name",
            },
        ),
        (
            "myaccessid",
            {
                "unknown": "not connected to a login",
                "guest": "MyAccessID is not sure enough who you are",
            },
        ),
        (
            "sram",
            {
                "outsider": "none of the groups that may use the workbench",
                "root": "one of the system&#39;s own",
                "": "It said: Nobody was there &lt;b&gt;at all&lt;/b&gt;.",
            },
        ),
    ],
    indirect=["provider"],
    ids=["surfconext", "myaccessid", "sram"],
)
async def test_who_does_not_fit_reads_why_and_nobody_is_signed_in(
    provider: OidcProvider, words: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    federation = request.node.callspec.params["provider"]
    async with front(tmp_path, login_of(federation, tmp_path), provider) as ours:
        for person, said in words.items():
            arrived = await ours.sign_in(person)
            assert (arrived.status, arrived.led_to) == (403, ""), person
            assert said in arrived.text
            assert ours.people == {}
        assert "U bent niet aangemeld" in (await ours.sign_in(person, "nl")).text


def forged() -> dict[str, dict[str, Any]]:
    """What a token says that is not for this sign-in, made when it is tried."""
    now = time.time()
    return {
        "for another client": {"aud": "elsewhere"},
        "for us and issued to another client": {"aud": [CLIENT, "elsewhere"], "azp": "elsewhere"},
        "of another issuer": {"iss": "https://evil.example.org"},
        "of long ago": {"iat": now - 9000, "exp": now - 7000},
        "of the future": {"iat": now + 9000, "exp": now + 9900},
        "without an end": {"exp": None},
        "of somebody else than userinfo": {"sub": "38882f04@sram.surf.nl"},
        "of another sign-in": {"nonce": "of another"},
        "of no sign-in": {"nonce": None},
    }


async def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        for name, said in forged().items():
            provider.said = said
            arrived = await ours.sign_in("recorded")
            assert (arrived.status, ours.people) == (403, {}), name
            assert "does not prove who you are" in arrived.text, name
        provider.said = {}
        assert (await ours.sign_in("recorded")).led_to == "/hub/home"


async def test_a_token_that_another_key_signed_lets_nobody_in(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        provider.signing_key = rsa.generate_private_key(65537, 2048)
        arrived = await ours.sign_in("recorded")
        assert (arrived.status, ours.people) == (403, {})


async def test_each_sign_in_is_asked_for_with_its_own_state_nonce_and_challenge(
    provider: OidcProvider, tmp_path: Path
) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        asked = [(await ours.to_provider()).query for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name] for query in asked}) == 2, name
    assert {query["code_challenge_method"] for query in asked} == {"S256"}
    assert "code_verifier" not in asked[0]
    assert hashlib.sha256(asked[0]["state"].encode()).hexdigest() not in asked[0]["nonce"]


async def test_a_code_works_once_and_only_for_the_browser_that_asked(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        back = await ours.choose(await ours.to_provider(), "recorded")
        ours.browser.cookie_jar.clear()
        stranger = await ours.come_back(back)  # somebody who was sent the address
        assert stranger.status == 400
        assert "begun in another window" in stranger.text
        own = await ours.to_provider()
        mixed = await ours.come_back(back.update_query(state=own.query["state"]))  # with a state of their own
        assert (mixed.status, ours.people) == (403, {})
        assert provider.refusals == ["verifier"]
        assert (await ours.sign_in("recorded")).led_to == "/hub/home"


async def test_an_answer_that_comes_twice_signs_in_once(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        back = await ours.choose(await ours.to_provider(), "recorded")
        assert (await ours.come_back(back)).led_to == "/hub/home"
        assert (await ours.come_back(back)).status == 400


async def test_a_provider_that_is_away_is_said_and_answers_again_later(provider: OidcProvider, tmp_path: Path) -> None:
    async with front(tmp_path, login_of("sram", tmp_path), provider) as ours:
        provider.stop()
        async with ours.browser.get(f"{ours.url}/hub/oauth_login", allow_redirects=False) as answer:
            assert answer.status == 503
            assert "does not answer just now" in await answer.text()
        provider.start()
        assert (await ours.sign_in("recorded")).led_to == "/hub/home"
