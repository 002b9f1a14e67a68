"""T16: kernels have no port, and neither their sockets nor temporary files are open to a second user on the node."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from neighbour import unix_sockets
from next_door import PROGRAMS, NextDoor
from processes import children
from threats import Attempts
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T16")]

CONNECT = """
import socket, sys
for place in sys.stdin.read().splitlines():
    try:
        socket.socket(socket.AF_UNIX).connect(place)
        print(place)
    except OSError:
        pass
"""


async def asked_to_debug(next_door: NextDoor) -> list[str]:
    """Kinds of what the kernel answers to a question that has it listen for a debugger, and to one that has not."""
    url = f"{next_door.hub.url}/user/{next_door.login}/api/kernels/{next_door.kernel}/channels".replace("http", "ws", 1)
    socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {next_door.token}"}))
    begin = {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "python"}}
    for number, kind, content in ((1, "debug_request", begin), (2, "kernel_info_request", {})):
        header = {"msg_id": str(number), "msg_type": kind, "username": "", "session": "test", "version": "5.5"}
        message: dict[str, Any] = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await socket.write_message(json.dumps({**message, "channel": "control", "buffers": []}))
    kinds: list[str] = []
    while "kernel_info_reply" not in kinds:
        answer = await socket.read_message()
        assert answer is not None
        told = json.loads(answer)
        kinds += [told["msg_type"]] if told["channel"] == "control" else []
    socket.close()
    return kinds


async def test_kernels_have_no_port_not_even_for_a_debugger(next_door: NextDoor, attempts: Attempts) -> None:
    assert next_door.kernels()
    kinds = await asked_to_debug(next_door)
    attempts.check("debug_reply" not in kinds, "a kernel that debugs listens on a port")
    kernels = next_door.kernels()
    theirs = {*kernels, *(one for pid in kernels for one in children(pid))}
    open_to_all = {place: pids for place, pids in next_door.ports().items() if theirs & set(pids)}
    attempts.check(open_to_all == {}, f"ports of kernels: {open_to_all}")


def test_no_socket_of_theirs_lets_the_neighbour_in(next_door: NextDoor, attempts: Attempts) -> None:
    places = unix_sockets(next_door.login)
    assert any("/kernel-" in place for place in places), places
    attempts.check(not [place for place in places if place.startswith("@")], "a socket that is in no folder")
    let_in = next_door.neighbour.python(CONNECT, said="\n".join(places)).splitlines()
    attempts.tried(len(places))
    attempts.check(let_in == [], f"sockets: {let_in}")


def test_their_modules_come_from_no_folder_that_others_could_have_made(next_door: NextDoor, attempts: Attempts) -> None:
    """A cluster's scheduler lives in the kernel, and puts a folder of its own before all others."""
    places = next_door.notebook.cell("import sys\nsys.path")
    assert any(place.startswith(str(next_door.cluster)) for place in places), places
    for place in places:
        attempts.check(not place.startswith(("/tmp", "/var/tmp", "/dev/shm")), f"modules from {place}")  # noqa: S108


def owner(place: Path) -> int | None:
    """None where it is gone meanwhile: others use the folder, too."""
    with suppress(FileNotFoundError):
        return place.lstat().st_uid
    return None


def test_temporary_files_of_theirs_are_closed_to_the_neighbour(next_door: NextDoor, attempts: Attempts) -> None:
    uid = next_door.home.stat().st_uid
    mine = [place for place in Path("/tmp").iterdir() if owner(place) == uid]  # noqa: S108 - read, not written
    assert any("aif-" in place.name for place in mine), "the server's own folder"
    found = next_door.neighbour.found_by(PROGRAMS / "looking.py", *map(str, mine))
    attempts.tried(len(mine))
    attempts.check(found["opened"] == [], f"opened: {found['opened']}")
    attempts.check(set(found["seen"]) <= set(map(str, mine)), f"listed: {found['seen']}")
