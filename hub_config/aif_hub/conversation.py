"""A running launcher and the questions put to it: many at once, each answered under its number in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

MAX_ANSWER = 256 * 1024
MOST_WORDS = 300
#: A launcher that nobody asks anything is let go after this long; the next question starts one.
IDLE_SECONDS = 60.0


class ConversationOver(Exception):
    """It ended before it answered; the message is what it said last, which for sudo is a refusal in words."""


class Conversation:
    """One process that takes questions as ``LENGTH\\n`` and that many bytes, and gives lines of ``NUMBER ANSWER``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101 - for mypy: all three are pipes
        self.over = False
        self._process = process
        self._stdin = process.stdin
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._said = b""
        self._leave: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        self._overhearing = loop.create_task(self._overhear())
        self._listening = loop.create_task(self._listen())

    @classmethod
    async def begin(cls, command: Sequence[str]) -> Conversation:
        """With a new process. Raises OSError where there is no such program."""
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, limit=MAX_ANSWER)
        )

    async def ask(self, question: bytes) -> bytes:
        """The answer to one question. Raises ConversationOver."""
        if self.over:
            raise ConversationOver(self._words())
        if self._leave:
            self._leave.cancel()
        self._asked += 1
        number = self._asked
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._stdin.write(b"%d\n" % len(question) + question)
            return await answer
        finally:
            self._waiting.pop(number, None)
            if not self._waiting and not self.over:
                self._leave = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.end)

    def end(self) -> None:
        """No more questions; the process answers those that it has and ends by itself."""
        self.over = True
        if self._leave:
            self._leave.cancel()
        self._stdin.close()

    async def ended(self) -> None:
        """Returns when the process has ended and all who waited know."""
        await self._listening
        await self._process.wait()

    async def _listen(self) -> None:
        """Gives each answer to who waits for it; one that nobody waits for any more is dropped."""
        out = self._process.stdout
        assert out is not None  # noqa: S101
        try:
            async for line in out:
                number, _, answer = line.partition(b" ")
                if not 0 < int(number) <= self._asked:
                    raise ValueError("an answer to no question")
                waiting = self._waiting.get(int(number))
                if waiting and not waiting.done():
                    waiting.set_result(answer)
        except ValueError:  # or a line without an end or a number: it is no launcher
            self.end()
            while await out.read(65536):
                pass
        self.end()
        await self._overhearing
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConversationOver(self._words()))

    async def _overhear(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        while said := await self._process.stderr.read(4096):
            self._said = (self._said + said)[-MOST_WORDS:]

    def _words(self) -> str:
        return self._said.decode("utf-8", "replace").strip()
