"""The question whether a server answers, on the wire: over TLS, over one kept connection, and to the right place."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakehub import make_certificates, tls
from hub_material import database
from silence_material import now, up

from aif_hub.book import SessionBook
from aif_hub.silence import Servers

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def book(tmp_path: Path) -> SessionBook:
    return SessionBook(database(tmp_path / "hub.sqlite"))


class Wire:
    """An HTTP server over TLS: what it was asked, over how many connections; it answers with `status`, if it does."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.connections = 0
        self.port = 0
        self.status = "200 OK"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.lines.append(head.decode())
                writer.write(
                    f"HTTP/1.1 {self.status}\r\nContent-Length: 2\r\nLocation: /elsewhere\r\n\r\n{{}}".encode()
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def wire(folder: Path) -> AsyncIterator[Wire]:
    made = Wire()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls(folder, ssl.Purpose.CLIENT_AUTH))
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    names = {"key": "key.pem", "cert": "cert.pem", "ca": "ca.pem"}
    files = {f"internal_ssl_{name}": str(folder / file) for name, file in names.items()}
    return {"internal_ssl": True, "base_url": "/", **files, **changes}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


async def test_questions_go_over_tls_and_over_one_connection(book: SessionBook, certificates: Path) -> None:
    async with wire(certificates) as server:
        session = now(book, up(book, "my one", port=server.port))
        servers = Servers(settings(certificates))
        address = servers.address(session)
        for _ in range(3):
            assert await servers.ask(address)
        assert server.connections == 1
        assert server.lines[0].startswith("GET /user/marieke/my%20one/api HTTP/1.1\r\n")
        assert "authorization" not in server.lines[0].lower()
        await servers.close()


@pytest.mark.parametrize("status", ["302 Found", "403 Forbidden", "500 Internal Server Error"])
async def test_any_answer_is_one(book: SessionBook, certificates: Path, status: str) -> None:
    async with wire(certificates) as server:
        server.status = status
        servers = Servers(settings(certificates))
        assert await servers.ask(servers.address(now(book, up(book, port=server.port))))
        assert len(server.lines) == 1, "nowhere else is asked"
        await servers.close()


async def test_nobody_there_and_somebody_elses_certificate_are_no_answer(
    book: SessionBook, certificates: Path, tmp_path: Path
) -> None:
    make_certificates(tmp_path)
    async with wire(tmp_path) as stranger:
        servers = Servers(settings(certificates))
        assert not await servers.ask(servers.address(now(book, up(book, port=stranger.port))))
        assert stranger.lines == []
    assert not await servers.ask(servers.address(now(book, up(book, "two", port=stranger.port))))
    await servers.close()


def test_a_name_stands_in_the_address_as_it_does_in_the_hubs_own(book: SessionBook, certificates: Path) -> None:
    session = now(book, up(book))
    named = settings(certificates, base_url="/below/", internal_ssl=False)
    assert Servers(named).address(session) == "http://127.0.0.1:40001/below/user/marieke/api"
