"""T5: a second user who takes ports all the time is never where a session is looked for, and reads no key of it.

Five hundred starts are five hundred times the first step of a session's server, as the person and by the server's own
code: it takes a port, holds it, and names it. Whoever then connects there, as the hub does, has to be answered by that
very server; and once it is killed, by nobody. Then a class's sessions start through the hub and Slurm on every node,
with stand-ins in place of Jupyter and the neighbour at it all the time.
"""

from __future__ import annotations

import json
import pwd
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from neighbour import Neighbour
from next_door import PROGRAMS
from own_hub import OwnHub
from processes import until
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T5")]

STARTS = 500
NEIGHBOUR, PERSON = "class44", "class43"
#: Who starts what: four GPUs are a whole node, and the smallest nodes take the rest.
CLASS = {
    **{f"class{number:02}": "node" for number in range(1, 4)},
    "class04": "slice",
    **{f"class{number:02}": "cpu" for number in range(5, 17)},
}


def asked_at(place: tuple[str, int]) -> str:
    """Who answers there; empty for nobody."""
    try:
        with socket.create_connection(place, 5) as connection:
            return connection.recv(100).decode()
    except OSError:
        return ""


def test_nobody_else_is_at_the_port_of_a_server_while_it_lives_or_after(own_hub: OwnHub, attempts: Attempts) -> None:
    addresses = own_hub.instance["addresses"]
    person, neighbour = Neighbour(own_hub.login(PERSON)), Neighbour(own_hub.login(NEIGHBOUR))
    python = str(own_hub.prefix / "env/notebook/bin/python")
    serving = person.doing(PROGRAMS / "serving.py", json.dumps(addresses), python=python)
    with serving as servers, neighbour.doing(PROGRAMS / "binding.py", *addresses.values()) as binding:
        for number in range(STARTS):
            host, port, kept = json.loads(servers.ask(list(addresses)[number % len(addresses)]))
            assert kept
            assert binding.ask(f"{host} {port}") == "tried"
            answered = asked_at((host, port))
            attempts.check(answered == str(number), f"{host}:{port} answers {answered!r} for server {number}")
            assert servers.ask("end") == "ended"
            assert binding.ask(f"{host} {port}") == "tried"
            answered = asked_at((host, port))
            attempts.check(not answered, f"{host}:{port} answers {answered!r} after its server")
        place = tuple(json.loads(binding.ask("")))
        asked_at(place)
        found = binding.report()
    assert [tuple(one[:2]) for one in found["connections"]] == [place], "it does note who connects"
    assert found["tried"] > 10 * STARTS
    attempts.tried(found["tried"])
    attempts.check(found["taken"] == [], f"ports of servers: {found['taken'][:9]}")


class Starts:
    """A class's starts, and what was found while they were made."""

    def __init__(self, hub: OwnHub) -> None:
        self.hub = hub
        self.neighbour = Neighbour(hub.login(NEIGHBOUR))
        self.logins = {hub.login(short): profile for short, profile in CLASS.items()}
        self.homes = [Path(pwd.getpwnam(login).pw_dir) for login in self.logins]
        with ExitStack() as end:
            self._open_homes(end)
            addresses = hub.instance["addresses"].values()
            binding = end.enter_context(self.neighbour.doing(PROGRAMS / "binding.py", *addresses))
            looking = PROGRAMS / "looking.py"
            folders = [str(home / ".aif/sessions") for home in self.homes]
            peeping = end.enter_context(self.neighbour.doing(looking, *folders))
            seeing = end.enter_context(Neighbour("root").doing(looking, *folders))
            self.sessions = self._started(peeping.tell)
            self.nodes = {hub.node_of(session) for session in self.sessions}
            self.bound, self.peeped, self.seen = binding.report(), peeping.report(), seeing.report()

    def _open_homes(self, end: ExitStack) -> None:
        """The homes are open to others meanwhile: what is private in them has to be so by itself."""
        for home in self.homes:
            end.callback(home.chmod, home.stat().st_mode & 0o777)
            home.chmod(0o755)

    def _started(self, told: Any) -> list[dict[str, Any]]:
        def ask(login: str) -> None:
            self.hub.use_standin(login)
            assert self.hub.ask_for(login, profile=self.logins[login], minutes=10).status in (201, 202)
            told(str(self.hub.folder_of(until(lambda: self.hub.session(login), "it is written down"))))

        self._together(ask)
        return [self.hub.await_ready(login) for login in self.logins]

    def _together(self, ask: Callable[[str], Any]) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, self.logins))

    def again(self, whole: int) -> tuple[int, dict[str, Any]]:
        """At least so many whole starts, with the neighbour at each of them; how many, and what it found.

        Not at their ends: a stand-in keeps its port from nobody for a minute after, as a server does (first test).
        """
        made, found = 0, {"held": 0, "connections": [], "taken": []}
        while made < whole:
            with self.neighbour.doing(PROGRAMS / "binding.py", *self.hub.instance["addresses"].values()) as binding:
                made += len(self._started(lambda _folder: None))
                one = binding.report()
            found = {name: found[name] + one[name] for name in found}
            self.end()
        return made, found

    def end(self) -> None:
        self._together(self.hub.ask_to_stop)
        for login in self.logins:
            self.hub.await_ended(login)


@pytest.fixture(scope="module")
def starts(own_hub: OwnHub) -> Iterator[Starts]:
    own_hub.start()
    began = Starts(own_hub)
    yield began
    began.end()


def test_no_hub_connects_to_the_neighbour_while_a_class_starts(starts: Starts, attempts: Attempts) -> None:
    assert starts.nodes == set(starts.hub.instance["addresses"]), "there was one on each node"
    assert starts.bound["held"] > 1000, "it took ports all the time"
    attempts.tried(len(starts.sessions))
    attempts.check(starts.bound["connections"] == [], f"connections: {starts.bound['connections'][:3]}")
    attempts.check(starts.bound["taken"] == [], f"ports of servers: {starts.bound['taken'][:9]}")


@pytest.mark.timeout(3600)
def test_no_hub_connects_to_the_neighbour_in_hundreds_of_whole_starts(
    starts: Starts, attempts: Attempts, request: pytest.FixtureRequest
) -> None:
    if not request.config.getoption("--long"):
        pytest.skip(f"{STARTS} whole starts take minutes: ./aif test long")
    starts.end()
    made, bound = starts.again(STARTS)
    assert bound["held"] > 1000 * made / len(CLASS), "it took ports all the time"
    attempts.tried(made)
    attempts.check(bound["connections"] == [], f"connections: {bound['connections'][:3]}")
    attempts.check(bound["taken"] == [], f"ports of servers: {bound['taken'][:9]}")


def test_keys_are_readable_by_their_owner_alone_at_every_moment_of_a_start(starts: Starts, attempts: Attempts) -> None:
    keys = [file for file in starts.seen["seen"] if file.endswith("/key.pem")]
    assert len({file.split("/.aif/")[0] for file in keys}) == len(starts.logins), "each start was seen"
    assert min(starts.seen["looks"], starts.peeped["looks"]) > 50
    attempts.tried(starts.seen["looks"] + starts.peeped["looks"])
    attempts.check(starts.seen["loose"] == [], f"open to others: {starts.seen['loose'][:9]}")
    attempts.check(starts.peeped["opened"] == [], f"opened: {starts.peeped['opened'][:9]}")


def test_the_hubs_own_keys_are_its_own(own_hub: OwnHub, attempts: Attempts) -> None:
    state = own_hub.state
    looked = Neighbour("root").found_by(PROGRAMS / "looking.py", str(state))
    keys = [file for file in looked["seen"] if file.endswith(".key")]
    assert keys
    loose = [file for file in keys if Path(file).stat().st_mode & 0o077]
    by_neighbour = Neighbour(own_hub.login(NEIGHBOUR)).found_by(
        PROGRAMS / "looking.py", str(state), *{str(Path(key).parent) for key in keys}
    )
    attempts.tried(len(keys))
    attempts.check(by_neighbour["opened"] == [], str(by_neighbour["opened"]))
    attempts.check(state.stat().st_mode & 0o077 == 0, f"the hub's folder: {state.stat().st_mode:o}, keys: {loose}")
