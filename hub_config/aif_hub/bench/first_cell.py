"""A newcomer at a hub: signs in, presses Start as the page proposes, waits with the page, and runs a first cell."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from html.parser import HTMLParser
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from aif_hub.bench.visitor import Visitor
from aif_hub.demo.errors import DemoError

CELL, ANSWER = "print(6 * 7)", "42\n"
#: Slurm starts a session on an empty demo within seconds.
PATIENCE_SECONDS = 300.0


async def first_cell(url: str, login: str, password: str) -> None:
    """Returns when the cell's answer is there. Raises DemoError where anything on the way says no."""
    who = Visitor(url, login)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await who.sign_in(password)
            await start(who)
            await ready(who)
            said = await answer(who, await token(who))
    except TimeoutError:
        raise DemoError(f"{login} had no cell's answer within {PATIENCE_SECONDS:.0f} s.") from None
    if said != ANSWER:
        raise DemoError(f"The first cell answered {said!r}.")


async def start(who: Visitor) -> None:
    """Presses Start on the start page, with what it is filled with."""
    page = await who.ask("/hub/spawn")
    pressed = await who.send(f"/hub/spawn/{who.login}", page, filled(page.body.decode()))
    if pressed.code not in (302, 303):
        raise DemoError(f"{who.login} pressed Start and got status {pressed.code}.")


async def ready(who: Visitor) -> None:
    """Stays on the waiting page, which hears of news and is read anew, until it leads on to the session."""
    while True:
        page = await who.ask(f"/hub/spawn-pending/{who.login}")
        if page.code in (302, 303):
            return
        stream = who.stream_of(page) if page.code == 200 else None
        if stream is None:
            raise DemoError(f"{who.login}'s session does not start (status {page.code}).")
        news = asyncio.Event()
        listening, heard = asyncio.ensure_future(who.listen(stream, news.set)), asyncio.ensure_future(news.wait())
        try:
            await asyncio.wait({listening, heard}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                listening.result()  # one that was refused would be asked for over and over
        finally:
            listening.cancel()
            heard.cancel()
            await asyncio.gather(listening, heard, return_exceptions=True)


async def token(who: Visitor) -> str:
    """A token of theirs, as the page *Access tokens* gives one: for what a browser's own cookies would do."""
    xsrf = who.cookies["_xsrf"]
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in who.cookies.items()),
        "Content-Type": "application/json",
        "X-XSRFToken": xsrf,
        "Referer": f"{who.url}/hub/token",
    }
    address = f"{who.url}/hub/api/users/{who.login}/tokens?_xsrf={xsrf}"
    made = await _ask("POST", address, headers, '{"note": "of a newcomer"}')
    return str(json.loads(made.body)["token"])


async def answer(who: Visitor, token: str) -> str:
    """What the first cell prints: JupyterLab's page, a kernel of the default kind, and its channels."""
    server = f"{who.url}/user/{who.login}"
    headers = {"Authorization": f"token {token}"}
    await _ask("GET", f"{server}/lab", headers)
    made = await _ask("POST", f"{server}/api/kernels", {**headers, "Content-Type": "application/json"}, "{}")
    channels = f"{server}/api/kernels/{json.loads(made.body)['id']}/channels".replace("http", "ws", 1)
    socket = await websocket_connect(HTTPRequest(channels, headers=headers))
    try:
        return await _printed(socket, CELL)
    finally:
        socket.close()


async def _printed(socket: WebSocketClientConnection, code: str) -> str:
    asked = uuid.uuid4().hex
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": asked, "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    await socket.write_message(json.dumps({**message, "channel": "shell"}))
    said = ""
    while (raw := await socket.read_message()) is not None:
        told: dict[str, Any] = json.loads(raw)
        if told["parent_header"].get("msg_id") != asked:
            continue
        kind, content = told["header"]["msg_type"], told["content"]
        if kind == "stream":
            said += content["text"]
        elif kind == "error":
            raise DemoError(f"The first cell raised {content['ename']}: {content['evalue']}")
        elif kind == "status" and content["execution_state"] == "idle":
            return said
    raise DemoError("The session closed the first notebook's connection.")


async def _ask(method: str, address: str, headers: dict[str, str], body: str | None = None) -> HTTPResponse:
    got = await AsyncHTTPClient().fetch(
        address, method=method, headers=headers, body=body, raise_error=False, request_timeout=PATIENCE_SECONDS
    )
    if got.code not in (200, 201):
        raise DemoError(f"{re.sub(r'[?].*', '', address)} answered with status {got.code}.")
    return got


def filled(page: str) -> dict[str, str]:
    """What a browser sends of the start page's form when nothing in it was touched."""
    form = _Form()
    form.feed(page)
    return form.fields


class _Form(HTMLParser):
    """Collects the fields of `spawn_form`: those that are filled, chosen or checked, and of no other form."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            self._inside = said.get("id") == "spawn_form"
        elif not self._inside or "form" in said:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in said or self._select not in self.fields):
            self.fields[self._select] = value
        elif tag == "input" and name and ("checked" in said or said.get("type") not in ("radio", "checkbox")):
            self.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        """The end of one."""
        if tag == "form":
            self._inside = False
