"""``{base}aif/v1/…``: what the owner's browser may know of this session; nobody else gets an answer.

The token with which the hub was asked stays in this process: answers are the hub's bodies, never its headers.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from aif.server.gpu import Emulated, GpuUse, Measured
from aif.server.hub import Ask
from aif.server.relay import Relay

#: A driver is asked at most this often, however many windows are open.
LOOK_SECONDS = 5.0
#: What only a window asks for is asked of the hub at most this often.
WINDOW_SECONDS = 10.0


@dataclass
class Gauge:
    """The session's GPU use, looked at when somebody asks, in a thread."""

    meter: Measured | Emulated | None
    _looked_at: float = float("-inf")
    _use: GpuUse | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> GpuUse | None:
        """None where the session has no GPU, or nothing is known of it."""
        if self.meter is None:
            return None
        async with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._use = await asyncio.to_thread(self.meter.look)
                self._looked_at = time.monotonic()
        return self._use


@dataclass(frozen=True)
class Desk:
    """What the handlers answer from."""

    owner: str
    facts: Mapping[str, Any]
    gauge: Gauge
    ask: Ask
    allocations: Relay
    sessions: Relay
    events: Relay
    learning: Relay
    tutorials: Path  # the site's


def gauge(facts: Mapping[str, Any], cpus: int) -> Gauge:
    """For the session that `facts` (its public.json) describe; pretended GPUs only where the hub says so."""
    if not facts.get("gpus"):
        return Gauge(None)
    if facts.get("gpus_emulated") is True:
        memory = facts.get("gpu_memory_gb")
        total = memory * facts["gpus"] * 1024**3 if isinstance(memory, int) and memory else None
        return Gauge(Emulated(cpus, total))
    return Gauge(Measured(str(facts.get("gpus_visible") or "")))


class OwnersHandler(APIHandler):
    """For the person whose session it is: somebody with whom it is shared may use it, not read its owner's budget."""

    _track_activity = False  # a window that is open is not somebody at work: the session may still be idle

    def initialize(self, desk: Desk) -> None:
        """`desk` is the session's."""
        self.desk = desk

    async def prepare(self) -> None:  # type: ignore[override]  # as in Jupyter's own, whose annotation lacks async
        """403 for everybody else."""
        await super().prepare()
        if self.current_user is None or self.current_user.username != self.desk.owner:
            raise web.HTTPError(403)
        self.set_header("Cache-Control", "no-store")

    def say(self, relay: Relay) -> None:
        """The hub's last answer, word for word; `trouble` alone (away, refused, odd) while there never was one."""
        self.finish(json.dumps({"trouble": relay.trouble}) if relay.body is None else relay.body)

    async def pass_on(self, method: str, path: str, relay: Relay, done: tuple[int, ...]) -> None:
        """Has the hub do something; 202 when it did, 502 with `trouble` where it did not. `relay` is asked anew."""
        answer = await self.desk.ask(method, path, "")
        await relay.refresh()
        good = answer.status in done
        self.set_status(202 if good else 502)
        self.finish(json.dumps({"trouble": "" if good else "away"}))


class AllocationsHandler(OwnersHandler):
    """What the person's projects have left."""

    async def get(self) -> None:
        """As the hub said within the last minute or so."""
        relay = self.desk.allocations
        if relay.body is None:
            await relay.not_older_than(WINDOW_SECONDS)
        self.say(relay)


class SessionsHandler(OwnersHandler):
    """The person's open sessions, this one among them."""

    async def get(self) -> None:
        """As the hub said a moment ago."""
        await self.desk.sessions.not_older_than(WINDOW_SECONDS)
        self.say(self.desk.sessions)


class StopHandler(OwnersHandler):
    """One of the person's open sessions."""

    async def delete(self, session: str) -> None:
        """Stops it, or finds that it has ended by itself meanwhile."""
        await self.pass_on("DELETE", f"aif/v1/sessions/{session}", self.desk.sessions, (202, 404))


class KeepHandler(OwnersHandler):
    """An open session in which nothing runs."""

    async def post(self, session: str) -> None:
        """It goes on."""
        await self.pass_on("POST", f"aif/v1/sessions/{session}/keep", self.desk.events, (204,))


class EventsHandler(OwnersHandler):
    """What the hub has told this person: a budget, something idle, an end."""

    async def get(self) -> None:
        """As the hub said a moment ago."""
        await self.desk.events.not_older_than(WINDOW_SECONDS)
        self.say(self.desk.events)


class LearningHandler(OwnersHandler):
    """How far this person is in the tutorials, and which to go on with."""

    async def get(self) -> None:
        """As the hub said a moment ago."""
        await self.desk.learning.not_older_than(WINDOW_SECONDS)
        self.say(self.desk.learning)


class LessonHandler(OwnersHandler):
    """One tutorial, as it stands in the person's home: fresher than what the hub was told, and not only counts."""

    async def get(self, name: str) -> None:
        """Where they are in it; of what they have not begun or the site does not have, that they are nowhere."""
        from aif.server import progress  # only now: nothing of it stands in the way of being ready

        self.finish(json.dumps(await asyncio.to_thread(progress.where, name, Path.home() / "tutorials")))


class SeenHandler(OwnersHandler):
    """An event that was told here."""

    async def post(self, event: str) -> None:
        """It was put away, here and everywhere."""
        await self.pass_on("POST", f"aif/v1/events/{event}/seen", self.desk.events, (204, 404))


class SessionHandler(OwnersHandler):
    """The session's facts, this node's clock, and how busy its GPUs are."""

    async def get(self) -> None:
        """Always answers, also while the hub is away; `hub` says how long ago it was heard."""
        use = await self.desk.gauge.read()
        relay = self.desk.allocations
        answered = relay.answered_at
        self.finish(
            json.dumps(
                {
                    **self.desk.facts,
                    "now": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "gpu": None if use is None else use.to_json(),
                    "hub": {
                        "answered_at": None if answered is None else answered.isoformat(timespec="seconds"),
                        "trouble": relay.trouble,
                        "unwritten": relay.unwritten,
                    },
                }
            )
        )


def handlers(base_url: str, desk: Desk) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Addresses below the server's own."""
    return [
        (url_path_join(base_url, "aif/v1", name), handler, {"desk": desk})
        for name, handler in (
            ("allocations", AllocationsHandler),
            ("session", SessionHandler),
            ("sessions", SessionsHandler),
            ("sessions/([0-9a-f]{32})", StopHandler),
            ("sessions/([0-9a-f]{32})/keep", KeepHandler),
            ("events", EventsHandler),
            ("tutorials", LearningHandler),
            ("tutorials/([0-9]{2}_[a-z0-9_]{1,60})", LessonHandler),
            ("events/([0-9]{1,17})/seen", SeenHandler),
        )
    ]
