"""Mail through a real mail server: what it says, how it is protected, and what happens while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import hub_material as material
import pytest
from smtp_sink import SENDER, SmtpSink, mail
from warnings_material import BEGAN, StandIn, balance

from aif.core.ledger.allocation import Allocation
from aif_hub.people import People
from aif_hub.speech import speak
from aif_hub.warnings.event import Kind
from aif_hub.warnings.letter import address_of_hub
from aif_hub.warnings.outbox import Correspondents, Outbox
from aif_hub.warnings.postman import MOST_OF_ONE, Postman


class MailHub(StandIn):
    """A hub that sends mail to `port`."""

    def __init__(self, folder: Path, port: int, **site: Any) -> None:
        super().__init__(folder, mail=mail(port), **site)

    def again(self) -> None:
        super().again()
        self.people = Correspondents(self.database)
        outbox = Outbox(self.database)
        record = self.watch.record
        self.postman = Postman(self.site, record, outbox, self.people, self.book, People(""), now=self.clock)
        self.watch.told = self.postman.take

    async def round(self, minutes: float) -> None:
        self.clock.after(minutes)
        await self.postman.round()
        speak("en")

    def waiting(self) -> int:
        return len(Outbox(self.database).due(self.clock.time + timedelta(days=365), 1000))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., MailHub]:
    return lambda sink, **site: MailHub(tmp_path, sink.port, **site)


async def test_an_idle_session_is_told_by_mail_in_the_persons_language(make: Any) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
        hub.people.tell("me", language="nl")
        session = hub.running()
        await hub.reported(session, 15)
        await hub.round(15.1)
        assert sink.letters == [], "who looks at the workbench sees it there first"
        await hub.round(15.5)
        await hub.round(16)
    (letter,) = sink.letters
    assert (letter["From"], letter["To"]) == (SENDER, "me@rug.nl")
    assert letter["Subject"] == "Test: Uw sessie doet niets"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@example.org>")
    text = letter.get_content().replace("\r\n", "\n")
    assert text.startswith("Dag me,\n")
    assert "De sessie wordt" in text
    assert "Startpagina: http://127.0.0.1:8000/hub/home" in text
    assert "Vragen: support@example.org" in text
    assert letter.get_content_type() == "text/plain"


async def test_the_end_of_a_session_is_one_mail_and_a_link_starts_the_next(make: Any) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
        hub.running(project="inspect01")
        for minutes in (90, 91, 105, 106, 115, 116):
            await hub.look(minutes)
            await hub.round(minutes)
    (letter,) = sink.letters
    link = "http://127.0.0.1:8000/hub/spawn/me/session-2?profile=slice&minutes=120&project=inspect01"
    assert f"Start the next session: {link}" in letter.get_content().replace("\n", " ")


async def test_what_was_put_away_or_is_over_meanwhile_needs_no_mail(make: Any) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
        session = hub.running()
        await hub.reported(session, 15)
        hub.watch.keep(session)
        hub.balances = [balance(400, me=1)]
        await hub.look(26)
        hub.watch.see("me", hub.shown()[0].id)
        await hub.round(30)
    assert sink.letters == []
    assert hub.waiting() == 0


async def test_a_server_that_is_away_is_tried_again_by_one_mail_and_all_go_when_it_is_back(
    make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
    people = [f"person{number}" for number in range(5)]
    hub.balances = [balance(400, **dict.fromkeys(people, 1.0))]
    await hub.look(0)
    await hub.round(1)
    assert len([one for one in caplog.records if "did not go" in one.message]) == 1
    hub.again()
    await hub.round(1.5)
    assert hub.waiting() == 5
    async with SmtpSink(port=sink.port) as sink:
        for minutes in range(2, 10):
            await hub.round(minutes)
    assert sorted(letter["To"] for letter in sink.letters) == [f"{name}@rug.nl" for name in people]
    assert hub.waiting() == 0


async def test_pauses_grow_and_a_mail_that_is_too_late_is_given_up(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
    hub.balances = [balance(400, ann=1)]
    await hub.look(0)
    tried = []
    for minutes in (*range(1, 65), *range(74, 26 * 60, 10)):
        before = len(caplog.records)
        await hub.round(minutes)
        tried += [minutes] * (len(caplog.records) - before)
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert pauses[:6] == [1, 2, 4, 8, 16, 32]
    assert set(pauses[6:]) == {60}
    assert hub.waiting() == 0


async def test_a_mail_that_the_server_refuses_for_good_keeps_no_other_from_going(make: Any) -> None:
    async with SmtpSink(refuse={"RCPT": ["550 nobody here"]}) as sink:
        hub = make(sink)
        hub.balances = [balance(400, ann=1, bob=1)]
        await hub.look(0)
        await hub.round(1)
    assert [letter["To"] for letter in sink.letters] == ["bob@rug.nl"]
    assert hub.waiting() == 0


async def test_a_full_server_is_tried_again(make: Any) -> None:
    async with SmtpSink(refuse={".": ["452 no room"]}) as sink:
        hub = make(sink)
        hub.balances = [balance(400, ann=1)]
        await hub.look(0)
        await hub.round(1)
        assert hub.waiting() == 1
        await hub.round(2)
    assert len(sink.letters) == 1


async def test_one_person_gets_six_an_hour_and_the_rest_later(make: Any) -> None:
    async with SmtpSink() as sink:
        hub = make(sink)
        names = [f"project{number}" for number in range(MOST_OF_ONE + 2)]
        hub.balances = [replace(balance(400, ann=1), allocation=Allocation(name, name)) for name in names]
        await hub.look(0)
        counts = []
        for minutes in (1, 2, 59, 62):
            await hub.round(minutes)
            counts.append(len(sink.letters))
    assert counts == [MOST_OF_ONE, MOST_OF_ONE, MOST_OF_ONE, MOST_OF_ONE + 2]


async def test_the_hub_goes_on_while_a_server_says_nothing(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aif_hub.warnings.send.SECONDS", 0.5)
    silent = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    async with silent:
        hub = make(SmtpSink(port=silent.sockets[0].getsockname()[1]))
        hub.balances = [balance(400, ann=1)]
        await hub.look(0)
        delivery = asyncio.ensure_future(hub.round(1))
        turns = 0
        while not delivery.done():
            await asyncio.sleep(0)
            turns += 1
    assert turns > 20
    assert hub.waiting() == 1


async def test_a_site_without_mail_writes_nothing_down(tmp_path: Path) -> None:
    hub = StandIn(tmp_path)
    outbox = Outbox(hub.database)
    people = Correspondents(hub.database)
    hub.watch.told = Postman(hub.site, hub.watch.record, outbox, people, hub.book, People("")).take
    hub.balances = [balance(400, ann=1)]
    await hub.look(0)
    assert hub.told("ann") == [Kind.BUDGET.value]
    assert outbox.due(BEGAN + timedelta(days=9), 9) == []


def test_a_persons_own_address_comes_before_the_guessed_one_and_nonsense_is_none(tmp_path: Path) -> None:
    database = material.database(tmp_path / "hub.sqlite")
    people = Correspondents(database)
    assert (people.address("ann", "rug.nl"), people.address("ann", "")) == ("ann@rug.nl", "")
    people.tell("ann", address="a.b@umcg.nl", language="nl")
    people.tell("ann", address="ann@rug.nl\r\nBcc: all@rug.nl")
    again = Correspondents(database)
    assert (again.address("ann", "rug.nl"), again.language("ann")) == ("a.b@umcg.nl", "nl")
    assert again.address("ann smith", "rug.nl") == ""


def test_links_lead_to_where_browsers_come_in() -> None:
    hub = material.site_data()["hub"]
    assert address_of_hub(material.site(hub={**hub, "base_url": "/aif/"})) == "http://127.0.0.1:8000/aif/hub/"
    public = {**hub, "public_url": "https://hub.example.org/"}
    assert address_of_hub(material.site(hub=public)) == "https://hub.example.org/hub/"
