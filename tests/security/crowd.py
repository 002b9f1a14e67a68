"""Two hundred people at the tests' own hub, each with a window and a widget that ask it.

Real of each: a user of the hub with a token and a connection of their own, and a place in a project by Slurm's
accounting. The forty of the demo's class have an account on this machine, too. The other 160 have none, as what
windows and widgets ask needs none: where the hub looks up such a name, there is nothing to be found. Nobody has a
JupyterLab for this: what its server asks the hub is asked in its place, as fast as it is answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle

from kept_alive import KeptAlive
from own_hub import Answer, OwnHub
from own_hub_place import TOKEN
from processes import until

from aif_hub.bench.measure import asked_of_controller
from aif_hub.bench.members import members
from aif_hub.demo import instance as instances

PEOPLE = 200
#: Of them, those of the demo's class.
ROOM = 40
#: The class's own project, in which all of them are.
ACCOUNT = "trn0007"
#: What widgets and windows of JupyterLab ask, and a person in between.
BUDGET = "aif/v1/allocations"
ASKED = (BUDGET, "aif/v1/sessions", "aif/v1/events")
PAGES = ("home", "spawn", "aif/estimate?profile=cpu&minutes=60", "aif/sessions")
#: So many ask at the same time, each for as many people.
DESKS = 8
#: A hub that has just started has two questions to the accounting, and more once their minute is over.
READ_SECONDS = 90.0


class Crowd:
    """Everybody's own connection, four browsers, and what the controller was asked meanwhile."""

    def __init__(self, hub: OwnHub, room: Sequence[str], others: Sequence[str]) -> None:
        self.hub = hub
        self._others = others
        self._service = KeptAlive(hub, TOKEN)
        made = self._service.api("POST", "users", {"usernames": [*room, *others]})
        assert made.status in (201, 409), made
        self._windows = [KeptAlive(hub, self._token(login)) for login in (*room, *others)]
        self._browsers = [hub.browser(login) for login in room[11:15]]
        #: Whose widget was told what a project has left.
        self.told: set[KeptAlive] = set()
        last = self._windows[-1]
        until(lambda: self._answer(last, BUDGET) and self.told, "the hub knows what is left", READ_SECONDS)

    def close(self) -> None:
        """The hub forgets those who are not of the demo."""
        for login in self._others:
            self._service.api("DELETE", f"users/{login}")
        for one in (self._service, *self._windows):
            one.close()

    def ask(self, seconds: float) -> list[int]:
        """Everybody asks for everything at least once, and on for so long: the statuses of all answers."""
        began = time.monotonic()
        answers: list[int] = []

        def desk(windows: Sequence[KeptAlive]) -> None:
            questions = ((window, path) for path in cycle(ASKED) for window in windows)
            for number, question in enumerate(questions):
                if number >= len(ASKED) * len(windows) and time.monotonic() >= began + seconds:
                    break
                answers.append(self._answer(*question))

        def look(browser: Callable[..., Answer]) -> None:
            while time.monotonic() < began + seconds:
                answers.extend(browser(f"/hub/{page}").status for page in PAGES)

        with ThreadPoolExecutor(DESKS + len(self._browsers)) as threads:
            done = [threads.submit(desk, self._windows[number::DESKS]) for number in range(DESKS)]
            done += [threads.submit(look, browser) for browser in self._browsers]
            for each in done:
                each.result()
        return answers

    def asked(self) -> int:
        """Questions to the controller until now, of the hub and of people, not of the machine's own daemons."""
        return asked_of_controller(self.hub.slurm("sdiag"), self.hub.user, self.hub.name)

    def _answer(self, window: KeptAlive, path: str) -> int:
        answer = window.api("GET", path)
        if path == BUDGET and answer.status == 200 and answer.data["allocations"]:
            self.told.add(window)
        return answer.status

    def _token(self, login: str) -> str:
        return str(self._service.api("POST", f"users/{login}/tokens", {"note": "of a test"}).data["token"])


@contextmanager
def two_hundred(hub: OwnHub) -> Iterator[Crowd]:
    """They are there for a hub that begins anew; neither Slurm nor the hub knows the 160 afterwards."""
    hub.start()
    inst = instances.load(hub.name, hub.prefix)
    with members(inst, PEOPLE - ROOM, (ACCOUNT,)) as others:
        hub.stop()
        hub.start()  # everybody's projects are read when somebody first asks, and then every five minutes
        crowd = Crowd(hub, [inst.login(f"class{seat:02d}") for seat in range(1, ROOM + 1)], others)
        try:
            yield crowd
        finally:
            crowd.close()
