"""A notebook in somebody's session, as JupyterLab drives one: cells go to a kernel over a WebSocket."""

from __future__ import annotations

import json
import uuid
from typing import Any

from person_client import Person
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect


class Notebook:
    """``async with Notebook(person) as notebook``: a kernel of the default kind for as long as that lasts."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._base = f"user/{person.login}/api/kernels"

    async def __aenter__(self) -> Notebook:
        self._kernel = self._person.api("POST", self._base, {})["id"]
        address = f"{self._person.url}{self._base}/{self._kernel}/channels".replace("http", "ws", 1)
        headers = {"Authorization": f"token {self._person.token()}"}
        self._socket: WebSocketClientConnection = await websocket_connect(HTTPRequest(address, headers=headers))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket.close()
        self._person.api("DELETE", f"{self._base}/{self._kernel}")

    async def run(self, code: str) -> str:
        """What the cell prints and shows. Fails with the cell's own words where it raises."""
        asked = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": asked, "version": "5.3"}
        message: dict[str, Any] = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self._socket.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
        said: list[str] = []
        while True:
            answer = await self._socket.read_message()
            assert answer is not None, "the session closed the notebook's connection"
            told = json.loads(answer)
            if told["parent_header"].get("msg_id") != asked:
                continue
            kind, content = told["header"]["msg_type"], told["content"]
            if kind == "stream":
                said.append(content["text"])
            elif kind in ("execute_result", "display_data"):
                said.append(content["data"].get("text/plain", "") + "\n")
            elif kind == "error":
                raise AssertionError(f"{code}\n{content['ename']}: {content['evalue']}\n{''.join(said)}")
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(said)
