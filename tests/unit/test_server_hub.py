"""How a session's server asks the hub: on a connection that stays open, with its token, and only the hub."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from aif.server import hub as questions
from aif.server.folder import SessionFolder
from aif.server.hub import Answer, HubApi

TOKEN = "0123456789abcdef" * 2


class Hub:
    """Answers `each` questions on a connection and closes it without a word, as one that is started again does."""

    def __init__(self, answer: bytes, each: int = 1000) -> None:
        self.answer, self.each = answer, each
        self.asked: list[str] = []
        self.connections = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):  # the server has hung up
            for _ in range(self.each):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = dict(line.split(": ") for line in head.lower().splitlines()[1:-1])
                self.asked.append(head + (await reader.readexactly(int(lines.get("content-length", 0)))).decode())
                writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def asking(hub: Hub):
    server = await asyncio.start_server(hub.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    api = HubApi(folder_of(port), ssl.create_default_context())
    try:
        yield api
    finally:
        await api.close()
        server.close()


def folder_of(port: int) -> SessionFolder:
    env = {"JUPYTERHUB_API_URL": f"http://127.0.0.1:{port}/hub/api/", "JUPYTERHUB_API_TOKEN": TOKEN}
    return SessionFolder(Path("/nowhere"), "s", "", env, {}, {}, (), language="nl")


def said(status: str, body: str = "", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


async def test_all_questions_are_asked_on_one_connection_with_the_token_in_the_persons_language():
    hub = Hub(said("200 OK", "{}", 'ETag: "a"', "Set-Cookie: kept=1"))
    async with asking(hub) as api:
        assert await api("GET", "aif/v1/allocations", '"b"') == Answer(200, b"{}", '"a"')
        assert await api("POST", "aif/v1/own-data", body=b'{"file":"a"}') == Answer(200, b"{}", '"a"')
        assert (await api("DELETE", "aif/v1/sessions/a%2Fb")).status == 200
    first, second, third = hub.asked
    assert hub.connections == 1
    assert first.startswith("GET /hub/api/aif/v1/allocations HTTP/1.1")
    for line in (f"Authorization: token {TOKEN}", "Accept-Language: nl", 'If-None-Match: "b"', "Prefer: wait=10"):
        assert f"{line}\r\n" in first
    assert second.endswith('\r\n\r\n{"file":"a"}')
    assert "If-None-Match" not in second
    assert third.startswith("DELETE /hub/api/aif/v1/sessions/a%2Fb HTTP/1.1")
    assert "Cookie" not in second + third


async def test_a_hub_that_has_closed_the_connection_meanwhile_is_asked_on_another():
    hub = Hub(said("204 No Content"), each=1)
    async with asking(hub) as api:
        assert [(await api(method, "user")).status for method in ("GET", "GET", "DELETE")] == [204] * 3
    assert hub.connections == 3


async def test_the_token_goes_to_no_other_place():
    hub = Hub(said("302 Found", "", "Location: /elsewhere"))
    async with asking(hub) as api:
        assert (await api("GET", "user")).status == 302
    assert len(hub.asked) == 1


async def test_one_that_is_away_or_says_what_nobody_reads_has_said_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(questions, "MOST_BYTES", 4)
    for answer in (said("200 OK", "12345"), b"nonsense\r\n\r\n"):
        async with asking(Hub(answer)) as api:
            assert await api("GET", "user") == Answer(0)
    api = HubApi(folder_of(1), ssl.create_default_context())
    assert await api("GET", "user") == Answer(0)
    await api.close()


async def test_one_that_never_answers_is_waited_for_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(questions, "ANSWER_SECONDS", 0.2)
    async with asking(Hub(b"")) as api:
        assert await api("GET", "user") == Answer(0)
