"""What the hub puts in JupyterHub's place: it fits this version, answers the same and checks no less."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jupyterhub.app
import jupyterhub.oauth.provider
import jupyterhub.orm
import jupyterhub.user
import pytest
from certipy import Certipy
from cryptography.hazmat.primitives.asymmetric import ec
from jupyterhub import orm, roles
from jupyterhub.spawner import Spawner
from jupyterhub.utils import compare_token, make_ssl_context

from aif_hub import lookups, shortcuts
from aif_hub.spawner import SlurmSessionSpawner
from aif_hub.workbench import Workbench


@pytest.fixture
def db() -> Iterator[Any]:
    """JupyterHub's own database, in memory, with its roles and a person who has a token."""
    made = orm.new_session_factory("sqlite:///:memory:")()
    for role in roles.get_default_roles():
        roles.create_role(made, role)
    made.add(orm.OAuthClient(identifier="jupyterhub"))
    made.add(orm.User(name="marieke"))
    made.commit()
    yield made
    made.close()


def test_each_stands_where_the_hub_looks_for_it() -> None:
    assert jupyterhub.user.make_ssl_context is shortcuts.context_towards_servers
    assert jupyterhub.app.make_ssl_context is shortcuts.context_of_the_hub
    assert jupyterhub.oauth.provider.hash_token is shortcuts.hash_secret
    assert jupyterhub.orm.register_ping_connection is shortcuts.keep_pinging
    assert Certipy.create_key_pair is shortcuts.elliptic_key
    assert Certipy.sign is shortcuts.sign_for_clocks_that_differ
    assert "make_ssl_context(" in inspect.getsource(jupyterhub.app.JupyterHub.start)
    assert "self.create_key_pair(cert_type, bits)" in inspect.getsource(Certipy.create_ca)
    for kind in (orm.User, orm.Role, orm.APIToken):
        assert inspect.getmodule(kind.find) is lookups


async def test_a_start_that_waits_for_its_turn_keeps_its_row_whatever_is_answered_meanwhile(db: Any) -> None:
    """A request that finds something unwritten takes it back: a hub that just began had a session without a server."""
    marieke = orm.User.find(db, "marieke")
    db.add(orm.Spawner(name="", user=marieke))
    db.commit()
    row = marieke.orm_spawners[""]
    turn = asyncio.Lock()
    workbench = SimpleNamespace(turn=turn, take_turn=lambda: Workbench.take_turn(cast(Any, workbench)))
    starting = SimpleNamespace(user=SimpleNamespace(db=db), workbench=workbench)
    await turn.acquire()
    row.server = orm.Server(base_url="/user/marieke/")  # as JupyterHub does before it asks for the scopes
    waiting = asyncio.ensure_future(SlurmSessionSpawner._in_turn(cast(Any, starting)))
    await asyncio.sleep(0)
    assert not db.dirty
    db.rollback()
    turn.release()
    assert await waiting == []
    assert row.server is not None


def test_users_and_roles_are_found_by_name_as_before(db: Any) -> None:
    marieke = orm.User.find(db, "marieke")
    assert marieke is orm.User.find(db, name="marieke") is db.query(orm.User).filter_by(name="marieke").one()
    assert orm.Role.find(db, name="server").name == "server"
    assert orm.User.find(db, "nobody") is orm.Role.find(db, "nothing") is None
    db.add(orm.User(name="new"))  # not committed yet
    assert orm.User.find(db, "new").name == "new"
    db.delete(orm.User.find(db, "new"))
    assert orm.User.find(db, "new") is None


def test_a_token_is_found_by_its_whole_text_until_it_expires(db: Any) -> None:
    user = orm.User.find(db, "marieke")
    text = user.new_api_token(note="first")
    other = text[: orm.APIToken.prefix_length] + "0" * (len(text) - orm.APIToken.prefix_length)
    user.new_api_token(other, note="second")
    assert orm.APIToken.find(db, text).note == "first"
    assert orm.APIToken.find(db, other).note == "second"
    assert orm.APIToken.find(db, text[:-1] + "x") is orm.APIToken.find(db, "") is None
    assert orm.APIToken.find(db, text, kind="user").note == "first"
    assert orm.APIToken.find(db, text, kind="service") is None
    orm.APIToken.find(db, text).expires_at = orm.APIToken.now() - timedelta(seconds=1)
    db.commit()
    assert orm.APIToken.find(db, text) is None


def test_a_token_without_a_client_is_taken_away_as_before(db: Any) -> None:
    text = orm.User.find(db, "marieke").new_api_token()
    orm.APIToken.find(db, text).client_id = None
    db.commit()
    assert orm.APIToken.find(db, text) is None
    assert db.query(orm.APIToken).count() == 0


def test_a_secret_that_is_random_is_hashed_once_and_one_that_is_not_many_times() -> None:
    for secret, rounds in (("0123456789abcdef" * 2, "1"), ("thought of by somebody", "16384")):
        hashed = shortcuts.hash_secret(secret)
        assert hashed.split(":")[1] == rounds
        assert compare_token(hashed, secret)


def test_the_hubs_pair_is_elliptic_and_its_contexts_check_as_jupyterhubs_do(tmp_path: Path) -> None:
    certipy = Certipy(store_dir=str(tmp_path))
    certipy.create_ca("hub-ca")
    files = certipy.create_signed_pair("hub-internal", "hub-ca", alt_names=["IP:127.0.0.1"])["files"]
    assert isinstance(certipy.store.get_files("hub-internal").key.load(), ec.EllipticCurvePrivateKey)
    for purpose in (ssl.Purpose.CLIENT_AUTH, ssl.Purpose.SERVER_AUTH):
        pair = {"keyfile": files["key"], "certfile": files["cert"], "purpose": purpose}
        ours, stock = shortcuts.context_of_the_hub(**pair), make_ssl_context(**pair)
        assert ours is not None
        for fact in ("verify_mode", "check_hostname", "verify_flags", "minimum_version", "options", "protocol"):
            assert getattr(ours, fact) == getattr(stock, fact)
    assert shortcuts.context_of_the_hub("", "") is None


def test_the_hubs_certificates_hold_from_a_day_ago_and_as_long_as_jupyterhub_says(tmp_path: Path) -> None:
    certipy = Certipy(store_dir=str(tmp_path))
    certipy.create_ca("services-ca", years=2)
    certipy.create_signed_pair("aif-adopt", "services-ca", years=1)
    now = datetime.now(UTC)
    for name, years in (("services-ca", 2), ("aif-adopt", 1)):
        cert = certipy.store.get_files(name).cert.load()
        for holds, wanted in (
            (cert.not_valid_before_utc, now - timedelta(days=1)),
            (cert.not_valid_after_utc, now + timedelta(days=365 * years)),
        ):
            assert abs(holds - wanted) < timedelta(minutes=5)


async def test_starts_take_turns_and_leave_the_loop_to_others_in_between() -> None:
    events: list[str] = []
    database = SimpleNamespace(commit=lambda: events.append("commit"))
    workbench = SimpleNamespace(turn=asyncio.Lock(), take_turn=lambda: Workbench.take_turn(cast(Any, workbench)))
    spawner = SimpleNamespace(workbench=workbench, user=SimpleNamespace(db=database))

    async def start() -> None:
        assert await SlurmSessionSpawner._in_turn(cast(SlurmSessionSpawner, spawner)) == []
        events.append("start")

    async def another() -> None:
        for _ in range(4):
            events.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(*(start() for _ in range(4)), another())
    assert "start start" not in " ".join(events[: events.index("start") + 4])
    assert events.count("start") == 4


def test_jupyterhub_asks_for_a_tokens_scopes_before_the_work_of_a_start() -> None:
    source = inspect.getsource(jupyterhub.user.User.spawn)
    asked = source.index("requested_scopes(spawner)")
    assert all(asked < source.index(later) for later in ("new_api_token(", "add_client(", "_run_apply_user_options("))
    assert "server_token_scopes" in Spawner.class_trait_names()
