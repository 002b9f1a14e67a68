"""One person asks as fast as they can, starts in a loop, sends much: their own answers come late, nobody else's do."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from threading import Event, Thread
from typing import Any

import pytest
from own_hub import OwnHub
from threats import Attempts

from aif_hub.bench.measure import percentile
from aif_hub.turns import BURST_SECONDS, LONGEST_BODY, LONGEST_OF_A_PERSON

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T15")]

CONNECTIONS, RATE, STARTS, OPEN = 50, 10, 5, 3
#: The others: so many questions a second, between them; and how often it is quiet and loud in turn.
OTHERS_A_SECOND, ROUNDS = 40.0, 6
A_NAME = "x" * 250
REFUSED = frozenset(range(400, 500))
#: What a loop asks, by its person: path below the API, method, body; and what it may be answered.
LOOPS: dict[str, tuple[str, str, bytes | None, frozenset[int]]] = {
    "class43": ("user", "GET", None, frozenset({200, 429})),
    "class42": ("users/{login}/server", "POST", b'{"profile": "nonesuch"}', REFUSED),
    "class44": ("users/{login}/servers/" + A_NAME, "POST", b"{}", REFUSED),
    "marieke": ("users/{login}/server", "POST", b'{"profile": "' + b"x" * (129 << 10) + b'"}', frozenset({413, 429})),
}


class PacedHub(OwnHub):
    """A hub with the pace that a site has, where that of the tests has none."""

    place = "paced-hub"

    def site(self, values: Mapping[str, Any]) -> str:
        limits = f"starts_a_minute = {STARTS}\nsessions_at_once = {OPEN}"
        text = super().site(values).replace("requests_a_second = 10000", f"requests_a_second = {RATE}")
        return text.replace("starts_a_minute = 10000", limits)


@pytest.fixture(scope="module")
def hub(instance: dict[str, Any]) -> Iterator[PacedHub]:
    made = PacedHub(instance)
    try:
        made.start()
        yield made
    finally:
        made.close()


class Client:
    """One kept connection of somebody's."""

    def __init__(self, hub: OwnHub, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
        self._headers = {"Authorization": f"token {token}"}

    def ask(self, path: str = "user", method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
        self._line.request(method, f"/hub/api/{path}", body, self._headers)
        answer = self._line.getresponse()
        return answer.status, answer.read().decode(errors="replace")

    def close(self) -> None:
        self._line.close()


class Loop:
    """A person's connections, each asking again as soon as it is answered, while it is on."""

    def __init__(self, hub: OwnHub, token: str, path: str, method: str, body: bytes | None) -> None:
        self.answers: list[int] = []
        self._asked = path, method, body
        self._on, self._end = Event(), Event()
        self._threads = [Thread(target=self._ask, args=(hub, token), daemon=True) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def _ask(self, hub: OwnHub, token: str) -> None:
        with closing(Client(hub, token)) as client:
            while not self._end.is_set():
                if not self._on.wait(0.2):
                    continue
                try:
                    self.answers.append(client.ask(*self._asked)[0])
                except (http.client.HTTPException, ConnectionError):
                    client.close()  # a refusal before the whole body was sent ends the connection: on with a new one

    def on(self) -> None:
        self._on.set()

    def off(self) -> None:
        self._on.clear()

    def end(self) -> None:
        self._on.clear()
        self._end.set()
        for thread in self._threads:
            thread.join(30)


def stretch(clients: list[Client], seconds: float) -> list[float]:
    """Milliseconds of the others' answers, each asked at its own time however slow the one before was answered."""
    took = []
    began = time.monotonic()
    for number in range(int(seconds * OTHERS_A_SECOND)):
        time.sleep(max(0.0, began + number / OTHERS_A_SECOND - time.monotonic()))
        asked = time.monotonic()
        status, said = clients[number % len(clients)].ask()
        assert status == 200, said
        took.append(1000 * (time.monotonic() - asked))
    return took


@pytest.fixture
def others(hub: PacedHub) -> Iterator[list[Client]]:
    """Forty people with a connection each, made anew for each loop: one that nobody uses for 5 s is closed."""
    clients = [Client(hub, hub.token(hub.login(f"class{seat:02d}"))) for seat in range(1, 41)]
    stretch(clients, 2.0)  # every connection is there, and everybody is known
    yield clients
    for client in clients:
        client.close()


@pytest.mark.parametrize("short", LOOPS, ids=["questions", "starts", "names-without-end", "bodies-without-end"])
def test_fifty_connections_of_one_person_do_not_double_what_others_wait(
    hub: PacedHub, others: list[Client], short: str, attempts: Attempts
) -> None:
    """Quiet and loud stretches in turn, so that what else the machine does meets both alike."""
    path, method, body, fitting = LOOPS[short]
    login, began = hub.login(short), time.monotonic()
    loop = Loop(hub, hub.token(login), path.format(login=login), method, body)
    quiet, loud = [], []
    try:
        loop.on()
        stretch(others, 1.5)  # the burst that everybody may have is over
        for _ in range(ROUNDS):
            loud += stretch(others, 0.5)
            loop.off()
            stretch(others, 0.3)
            quiet += stretch(others, 0.5)
            loop.on()
            stretch(others, 0.3)
    finally:
        loop.end()
    p95 = [percentile(values, 95) for values in (quiet, loud)]
    print(
        f"p95 {p95[0]:.1f} ms alone, {p95[1]:.1f} ms beside the loop; medians "
        f"{statistics.median(quiet):.1f} and {statistics.median(loud):.1f}; {len(loop.answers)} answers to the loop"
    )
    served, lasted = len(loop.answers) - loop.answers.count(429), time.monotonic() - began
    attempts.tried(len(loop.answers) - 3)
    assert served, "the loop was let in"
    attempts.check(set(loop.answers) <= fitting, f"{set(loop.answers)}")
    attempts.check(served <= RATE * (BURST_SECONDS + lasted) + 1, f"{served} answers in {lasted:.1f} s")
    attempts.check(p95[1] < 2 * p95[0], f"others wait {p95[1]:.0f} ms in place of {p95[0]:.0f} ms")
    assert hub.sessions(login) == []


@pytest.mark.parametrize("size", [LONGEST_OF_A_PERSON + 1, LONGEST_BODY + 1])
def test_a_body_without_end_is_refused(hub: PacedHub, size: int, attempts: Attempts) -> None:
    token = hub.token(hub.login("class41"))
    login = hub.login("class41")
    with closing(Client(hub, token)) as client:
        try:
            status, said = client.ask(f"users/{login}/server", "POST", b'{"profile": "' + b"x" * size + b'"}')
        except OSError:
            status, said = 400, "cut off"  # the proxy may have been cut off too, and then says so with 503
    attempts.check(status in (400, 413, 503), f"an answer to {size} bytes: {status}")
    assert status != 413 or "Send less at once" in json.loads(said)["message"]
    assert hub.session(login) is None


@pytest.mark.parametrize("name", [A_NAME, "x" * 10_000])
def test_a_name_without_end_is_refused(hub: PacedHub, name: str, attempts: Attempts) -> None:
    login = hub.login("class40")
    before = hub.jobs(login)
    with closing(Client(hub, hub.token(login))) as client:
        status, said = client.ask(f"users/{login}/servers/{name}", "POST", b"{}")
    attempts.check(400 <= status < 500, f"{status} {said[:100]}")
    attempts.check(hub.jobs(login).keys() <= before.keys(), "a job")


def test_starts_in_a_loop_end_with_words_and_few_jobs(hub: PacedHub, attempts: Attempts) -> None:
    login = hub.login("class38")
    token, choice = hub.token(login), json.dumps({"profile": "cpu", "minutes": 5}).encode()
    hub.use_standin(login)
    before, answers = set(hub.jobs(login)), []
    with closing(Client(hub, token)) as client:
        for number in range(STARTS + 5):
            answers.append(client.ask(f"users/{login}/servers/loop{number}", "POST", choice))
    statuses = [status for status, _ in answers]
    print(statuses)
    attempts.tried(len(answers))
    attempts.check(sum(status in (201, 202) for status in statuses) == OPEN, f"sessions {statuses}")
    jobs = set(hub.jobs(login)) - before
    attempts.check(len(jobs) <= OPEN, f"{len(jobs)} jobs")
    words = [json.loads(said)["message"] for status, said in answers if status == 429]
    assert any("3 sessions open" in one for one in words), words
    assert any("More than 5 starts" in one for one in words), words
    assert hub.ask_for(login, "by-an-operator").status in (201, 202), "an operator's start is not the person's"
    for number in range(OPEN):
        hub.ask_to_stop(login, f"loop{number}")
    hub.ask_to_stop(login, "by-an-operator")
