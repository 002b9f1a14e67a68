"""A mail server small enough for tests: keeps what it is sent, with TLS and a password if wanted."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

SENDER = "workbench@example.org"


@dataclass
class SmtpSink:
    """``async with SmtpSink() as sink``: listens on `port` until the end.

    `tls` is offered by STARTTLS, or from the first byte with `at_once`. `refuse` has answers by command, for once each.
    """

    tls: ssl.SSLContext | None = None
    at_once: bool = False
    password: tuple[str, str] | None = None
    refuse: dict[str, list[str]] = field(default_factory=dict)
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    commands: list[tuple[str, bool]] = field(default_factory=list)  # and whether they came over TLS

    async def __aenter__(self) -> SmtpSink:
        self._server = await asyncio.start_server(
            self._talk, "127.0.0.1", self.port, ssl=self.tls if self.at_once else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"220 sink ESMTP\r\n")
            while line := (await reader.readline()).decode().strip():
                secured = writer.get_extra_info("ssl_object") is not None
                command = line.split()[0].upper()
                self.commands.append((command, secured))
                answer = (
                    self.refuse[command].pop(0) if self.refuse.get(command) else self._answer(command, line, secured)
                )
                writer.write(f"{answer}\r\n".encode())
                await writer.drain()
                if command == "QUIT":
                    break
                if command == "STARTTLS" and answer.startswith("220"):
                    await writer.start_tls(self.tls)  # type: ignore[arg-type]  # it is offered only where there is one
                if command == "DATA" and answer.startswith("354"):
                    writer.write((await self._letter(reader) + "\r\n").encode())
        except (ConnectionError, ssl.SSLError):
            pass  # the other side went away
        finally:
            writer.close()

    def _answer(self, command: str, line: str, secured: bool) -> str:
        if command == "EHLO":
            offered = ["STARTTLS"] if self.tls and not secured else ["AUTH PLAIN"] if self.password else []
            return "\r\n".join([*(["250-sink"] if offered else []), f"250 {(offered or ['sink'])[0]}"])
        if command == "STARTTLS":
            return "220 go" if self.tls and not secured else "454 not now"
        if command == "AUTH":
            name, password = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
            return "235 welcome" if (name, password) == self.password else "535 wrong name or password"
        if command == "MAIL" and self.password and ("AUTH", True) not in self.commands:
            return "530 say who you are"
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 good")

    async def _letter(self, reader: asyncio.StreamReader) -> str:
        lines: list[bytes] = []
        while (line := await reader.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if self.refuse.get("."):
            return self.refuse["."].pop(0)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"


@contextmanager
def served() -> Iterator[SmtpSink]:
    """A sink with a loop of its own, for tests that have none."""
    sink, loop = SmtpSink(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(sink.__aenter__(), loop).result(10)
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def mail(at: int, **changed: Any) -> dict[str, Any]:
    """A site file's ``[mail]`` with a sink at that port as its server."""
    return {"host": "127.0.0.1", "port": at, "security": "none", "sender": SENDER, "domain": "rug.nl", **changed}
