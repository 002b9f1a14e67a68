"""Names of sessions beside others: what they become in an address, and a limit that counts the sessions there are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tornado import web

from aif_hub.handlers_start import StartHandler


class Person:
    """JupyterHub's user with its rows of named servers; those in `running` are up, those in `written` have a job."""

    name = "demo-a"

    def __init__(self, names: list[str], running: tuple[str, ...] = (), written: tuple[str, ...] = ()) -> None:
        self.orm_spawners = {name: SimpleNamespace(name=name, display_name=name) for name in names}
        self.spawners = {name: SimpleNamespace(name=name, active=name in running) for name in names}
        book = SimpleNamespace(open_of=lambda login, name: name if name in written else None)
        bench = SimpleNamespace(attach=lambda settings: None, sessions=SimpleNamespace(book=book))
        self.settings = {"aif": bench}

    async def _delete_spawner(self, spawner: Any) -> None:
        assert not spawner.active


def handler(person: Person, most: int) -> StartHandler:
    made = StartHandler.__new__(StartHandler)
    rows = SimpleNamespace(delete=lambda row: person.orm_spawners.pop(row.name), commit=lambda: None)
    settings = {
        "db": rows,
        "allow_named_servers": True,
        "named_server_limit_per_user": most,
        "allow_invalid_named_server_start": True,
    }
    made.application = SimpleNamespace(settings=settings)  # type: ignore[assignment]
    made._jupyterhub_user = person
    return made


async def test_names_of_ended_sessions_make_room_at_the_limit() -> None:
    person = Person(["", "session-2", "old"], running=("",))
    await handler(person, 1)._check_named_server_request(person, "new", "New")
    assert list(person.orm_spawners) == [""]


@pytest.mark.parametrize("beside", [{"running": ("one",)}, {"written": ("one",)}])
async def test_the_limit_is_said_in_words_and_costs_no_session(beside: dict[str, tuple[str, ...]]) -> None:
    person = Person(["", "one"], **beside)
    with pytest.raises(web.HTTPError) as refused:
        await handler(person, 1)._check_named_server_request(person, "two", "Two")
    assert refused.value.log_message == (
        "You can have 1 session beside your first, and you do. Stop one on your home page first."
    )
    assert list(person.orm_spawners) == ["", "one"]


def test_two_titles_never_share_a_server() -> None:
    person = Person(["", "my-run-2"])
    person.orm_spawners["my-run-2"].display_name = "My run 2"
    named = handler(person, 0)._named
    assert named("My run 2") == ("my-run-2", "My run 2")
    assert named("my RUN 2")[0].startswith("my-run-2-")
    assert named("Nacht–werk") == ("nacht-werk", "Nacht–werk")
