"""A launcher for tests: it takes requests as the real one does, and does with each what it is told."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import AsyncIterator

import pytest

from aif_hub.launch import Launcher

_begun: list[Launcher] = []

PROGRAM = """
import json, os, sys, threading, time
def work(number, question):
    def say(answer):
        os.write(1, f"{number} {answer}\\n".encode())
%s
number = 0
while head := sys.stdin.buffer.readline():
    number += 1
    threading.Thread(target=work, args=(number, sys.stdin.buffer.read(int(head)))).start()
"""


def fake_launcher(work: str) -> list[str]:
    """Its argv; `work` sees `number` and `question`, and calls `say(answer)`, in a thread for each request."""
    return [sys.executable, "-ISc", PROGRAM % textwrap.indent(work, "    ")]


def launcher(argv: list[str], at_once: int = 4) -> Launcher:
    """The hub's side of it, until `end_all`."""
    _begun.append(Launcher(argv, at_once))
    return _begun[-1]


async def end_all() -> None:
    """Returns when no launcher that `launcher` began is left."""
    while _begun:
        await _begun.pop().close()


@pytest.fixture(autouse=True)
async def no_launcher_is_left() -> AsyncIterator[None]:
    """For each test of a module that imports it."""
    yield
    await end_all()
