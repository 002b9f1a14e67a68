"""`aif usage` where people are: in a cell and in JupyterLab's terminal it says what the hub says, to the last digit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from notebook_client import Notebook
from person_client import Person
from processes import until
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]
FIGURES = ("limit", "consumed", "committed", "left", "free_to_plan", "as_of")


@pytest.fixture(scope="module")
def person(instance: dict[str, Any]) -> Iterator[Person]:
    somebody = Person(instance, "class43")
    somebody.stop_all()
    somebody.start({"profile": "cpu"})
    yield somebody
    somebody.stop_all()


def of_the_hub(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.api("GET", "hub/api/aif/v1/allocations")["allocations"]
    return found


async def test_a_cell_says_what_the_hub_says(person: Person) -> None:
    until(lambda: of_the_hub(person), "the hub has figures", 90)
    async with Notebook(person) as notebook:
        said = await notebook.run(
            "import subprocess as s; print(s.check_output(['aif', 'usage', '--json'], text=True))"
        )
    (told,) = json.loads(said)["allocations"]
    (known,) = of_the_hub(person)
    assert told["as_of"] <= known["as_of"]
    if told["as_of"] == known["as_of"]:
        assert {name: told[name] for name in FIGURES} == {name: known[name] for name in FIGURES}
    assert told["limit"] == known["limit"]


async def test_a_terminal_finds_the_command_although_the_login_shell_sets_its_own_path(person: Person) -> None:
    name = person.api("POST", f"user/{person.login}/api/terminals", {})["name"]
    address = f"{person.url}user/{person.login}/terminals/websocket/{name}".replace("http", "ws", 1)
    headers = {"Authorization": f"token {person.token()}"}
    try:
        socket = await websocket_connect(HTTPRequest(address, headers=headers))
        await socket.write_message(json.dumps(["stdin", "aif usage; echo end-of-$((40 + 2)); echo $PATH\r"]))
        shown = ""
        while "end-of-42" not in shown:
            message = await socket.read_message()
            assert message is not None, shown
            kind, *rest = json.loads(message)
            if kind == "stdout":
                shown += rest[0]
        socket.close()
    finally:
        person.api("DELETE", f"user/{person.login}/api/terminals/{name}")
    assert "GPU-hours" in shown, shown
    assert "As of" in shown
