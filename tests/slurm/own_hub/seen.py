"""What tests ask of the running hub: every program that it started, every setting of itself and of a spawner; to be
more patient with a server that a test holds back; and to wait for its proxy as for one that is away.
"""

import asyncio
import json
import sys
from dataclasses import replace
from typing import Any

from jupyterhub import apihandlers
from jupyterhub.apihandlers import APIHandler
from jupyterhub.app import JupyterHub
from tornado import web
from traitlets import TraitError

STARTED = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.spawn"}
started: list[list[str]] = []


def note(event: str, values: tuple[Any, ...]) -> None:
    """An audit hook: Python tells it of every program that this process starts, and nothing can take it out again."""
    if event in STARTED:
        words = values[1] if len(values) > 1 else values[0] if values else ()
        started.append([event, *(map(str, words) if isinstance(words, (list, tuple)) else [repr(words)])])


def plain(value: Any) -> Any:
    """Values as JSON; of what is none, its kind, since addresses in memory say nothing."""
    if isinstance(value, (str, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return getattr(value, "__qualname__", type(value).__qualname__)


def told(part: str, of: Any, **which: bool) -> dict[str, Any]:
    """The settings of one part, by name; one that has no value, such as a command for what was never set, is none."""
    found = {}
    for name in of.trait_names(**which):
        try:
            found[f"{part}.{name}"] = plain(getattr(of, name))
        except TraitError:
            continue
    return found


class TestsOnly(APIHandler):
    """What the tests' service alone may ask."""

    async def prepare(self) -> None:
        await super().prepare()
        if self.current_user is None or self.current_user.name != "tests":
            raise web.HTTPError(403)


class SeenHandler(TestsOnly):
    """GET: ``{"started": [argv, …], "settings": {"hub.ip": …, …}}``."""

    def get(self) -> None:
        """`login` and `server` name the spawner; without them there are only the hub's own settings."""
        hub = JupyterHub.instance()
        settings = told("hub", hub, config=True) | told("sign-in", hub.authenticator, config=True)
        user = self.find_user(self.get_argument("login", ""))
        if user is not None:
            settings |= told("spawner", user.spawners[self.get_argument("server", "")])
        self.finish(json.dumps({"started": started, "settings": settings}))


class PatienceHandler(TestsOnly):
    """PUT: from now on a server has so long to come up, until the hub starts anew."""

    def put(self, seconds: str) -> None:
        """The answer is how long it was before."""
        self.settings["aif"].attach(self.settings)
        sessions = self.settings["aif"].sessions
        rules = sessions.site.session
        sessions.site = replace(sessions.site, session=replace(rules, start_timeout_seconds=float(seconds)))
        self.finish(json.dumps(rules.start_timeout_seconds))


class ProxyHandler(TestsOnly):
    """PUT: the proxy takes no route away until DELETE; with `fails` it says so. GET: how many wait for that."""

    answers = asyncio.Event()
    waiting = 0

    def get(self) -> None:
        self.finish(json.dumps(ProxyHandler.waiting))

    def put(self) -> None:
        """What asks it waits, or fails."""
        proxy, fails = JupyterHub.instance().proxy, self.get_argument("fails", "")
        answers = ProxyHandler.answers = asyncio.Event()

        async def delete_user(*who: Any) -> None:
            if fails:
                raise TimeoutError("the proxy is away")
            ProxyHandler.waiting += 1
            try:
                await answers.wait()
            finally:
                ProxyHandler.waiting -= 1
            await type(proxy).delete_user(proxy, *who)

        proxy.delete_user = delete_user

    def delete(self) -> None:
        """What waited goes on, and the proxy is as it was."""
        ProxyHandler.answers.set()
        del JupyterHub.instance().proxy.delete_user


sys.addaudithook(note)
apihandlers.default_handlers += [
    (r"/api/tests/seen", SeenHandler),
    (r"/api/tests/patience/([0-9.]+)", PatienceHandler),
    (r"/api/tests/proxy", ProxyHandler),
]
