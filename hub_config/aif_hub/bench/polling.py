"""Many people whose servers ask the hub once a minute what is left, and how long each answer takes."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tornado.httpclient import AsyncHTTPClient

from aif_hub.bench.rig import Rig
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.errors import DemoError

MINUTE = 60.0
#: Stand-ins belong to the projects of the demo, in turn.
ACCOUNTS = ("inspect01", "mobility01", "mobtest01", "trn0007", "ops01")


@dataclass
class Poller:
    """One stand-in's server: a token, the last ETag, and what was told last."""

    login: str
    token: str
    etag: str = ""
    body: bytes = b""

    async def ask(self, url: str, context: ssl.SSLContext) -> float:
        """Milliseconds until the whole answer was there. Raises DemoError for any but 200 and 304."""
        headers = {"Authorization": f"token {self.token}"} | ({"If-None-Match": self.etag} if self.etag else {})
        asked = time.monotonic()
        answer = await AsyncHTTPClient().fetch(
            f"{url}/aif/v1/allocations",
            headers=headers,
            raise_error=False,
            request_timeout=60,
            connect_timeout=60,
            ssl_options=context,
        )
        took = 1000 * (time.monotonic() - asked)
        if answer.code == 200:
            self.etag, self.body = answer.headers["ETag"], answer.body
        elif answer.code != 304:
            raise DemoError(f"{self.login} was answered with status {answer.code}: {(answer.body or b'')[:200]!r}")
        return took


@contextmanager
def standins(made: Rig, count: int) -> Iterator[list[str]]:
    """Logins that Slurm's accounting knows as members of the demo's projects, and nobody else; gone afterwards."""
    logins = [f"aif-bench-{number:03d}" for number in range(count)]
    _forget(made, logins)
    try:
        for at, account in enumerate(ACCOUNTS):
            names = ",".join(logins[at :: len(ACCOUNTS)])
            run(
                ["sacctmgr", "-i", "add", "user", f"name={names}", f"account={account}"],
                env=made.inst.slurm_env,
                timeout=120,
            )
        yield logins
    finally:
        _forget(made, logins)


async def poll(people: Sequence[Poller], url: str, context: ssl.SSLContext, seconds: float) -> list[float]:
    """Everybody asks once a minute, each at their own moment of it, for so long: milliseconds of every answer.

    `url` is the hub's own API, where sessions' servers ask it, and `context` has a certificate that it accepts.
    """
    dice = random.Random(4)  # noqa: S311  # the same moments each time
    began = time.monotonic()

    async def one(person: Poller) -> list[float]:
        due, took = began + dice.uniform(0, MINUTE), []
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            took.append(await person.ask(url, context))
            due += MINUTE
        return took

    return [took for each in await asyncio.gather(*map(one, people)) for took in each]


def _forget(made: Rig, logins: Sequence[str]) -> None:
    argv = ["sacctmgr", "-i", "delete", "user", "where", f"name={','.join(logins)}"]
    outcome(argv, env=made.inst.slurm_env, timeout=120)  # says "Nothing deleted" where there are none
