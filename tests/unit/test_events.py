"""The stream that tells a page that there is something new: when it speaks, how many there are, when it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest
from test_waiting_pages import ASKED, LOOK, NOW, RUNS
from tornado import web

from aif.core.states import EndCause
from aif_hub import events
from aif_hub.book import SessionBook
from aif_hub.events import EventsHandler
from aif_hub.news import News
from aif_hub.stopping import Trouble
from aif_hub.views import Look
from aif_hub.views_version import version
from aif_hub.warnings.event import Kind, Notice
from aif_hub.warnings.record import EventRecord

SERVERS = [("", False, "spawn")]
BEFORE = version([(ASKED, LOOK)], SERVERS)


@pytest.mark.parametrize(
    "seen",
    [
        [(replace(ASKED, step="starting"), LOOK)],
        [(replace(ASKED, stop_asked=True), LOOK)],
        [(ASKED, replace(LOOK, ahead=2))],
        [(ASKED, replace(LOOK, unknown=True))],
        [(ASKED, replace(LOOK, stop=Trouble.REFUSED))],
        [(ASKED, Look(replace(LOOK.sighting, reason="Resources")))],
        [(ASKED, Look(replace(LOOK.sighting, starts=NOW + timedelta(minutes=5))))],
        [],
    ],
    ids=["step", "stopping", "place", "unknown", "refused", "reason", "estimate", "ended"],
)
def test_what_a_person_sees_has_another_version(seen: Any) -> None:
    assert version(seen, SERVERS) != BEFORE


def test_a_session_that_is_held_up_has_another_version() -> None:
    held = (RUNS, replace(RUNS, paused_at=NOW), replace(RUNS, silent_since=NOW))
    assert len({version([(one, Look())], SERVERS) for one in held}) == 3


def test_a_session_that_waits_for_long_has_another_version() -> None:
    assert version([(ASKED, LOOK)], SERVERS, [ASKED.session]) != BEFORE


def test_a_cluster_that_changes_has_another_version() -> None:
    seen = {
        version([(ASKED, LOOK)], SERVERS, clusters=clusters)
        for clusters in ([], [("aif-a", 0, 2, False)], [("aif-a", 1, 1, False)], [("aif-a", 1, 1, True)])
    }
    assert len(seen) == 4
    assert BEFORE in seen


def test_a_server_that_became_ready_has_another_version() -> None:
    assert version([(ASKED, LOOK)], [("", True, "")]) != BEFORE


def test_a_look_that_brings_nothing_new_has_the_same_version() -> None:
    early = replace(LOOK.sighting, starts=NOW)
    late = replace(early, starts=NOW + timedelta(seconds=20))
    assert version([(ASKED, Look(early, NOW))], []) == version([(ASKED, Look(late, NOW + timedelta(seconds=30)))], [])
    assert version([(ASKED, LOOK), (RUNS, Look())], []) == version([(RUNS, Look()), (ASKED, LOOK)], [])


def test_news_of_one_person_wakes_nobody_else() -> None:
    news = News()
    mine, yours = news.about("me"), news.about("you")
    news.tell("me")
    assert mine.is_set()
    assert not yours.is_set()
    assert not news.about("me").is_set(), "the next news is still to come"


def test_each_line_in_the_book_is_news_and_a_repetition_is_none(tmp_path: Path) -> None:
    book = SessionBook(material.database(tmp_path / "hub.sqlite"))

    def told(act: Any) -> bool:
        event = book.news.about("me")
        act()
        return event.is_set()

    assert told(lambda: book.write("me", "", material.request()))
    session = book.open_sessions()[0].session
    assert told(lambda: book.update(session, step="submitted", job_id=7))
    assert told(lambda: book.note(session, step="waiting"))
    assert not told(lambda: book.note(session, step="waiting"))
    assert told(lambda: book.close(session, EndCause.STOPPED))


class Stream(EventsHandler):
    """The handler with a wire that is a list."""

    current_user: Any = None  # a property of tornado's otherwise

    def __init__(self, workbench: Any, person: Any, seen: str) -> None:
        self.wire: list[str] = []
        self.current_user = person
        self.request = SimpleNamespace(method="GET", headers={}, connection=None)
        self.asked = {"of": person.name, "seen": seen}
        person.settings["aif"] = workbench

    def get_query_argument(self, name: str, default: Any = None, strip: bool = True) -> Any:
        return self.asked.get(name, default)

    def set_header(self, name: str, value: Any) -> None:
        pass

    def write(self, chunk: Any) -> None:
        self.wire.append(chunk)

    async def flush(self, include_footers: bool = False) -> None:  # type: ignore[override]
        await asyncio.sleep(0)

    @property
    def changes(self) -> int:
        return sum("data: changed" in line for line in self.wire)


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    """What a stream asks of the workbench, with a real book and a queue that is told when to bring news."""
    book = SessionBook(material.database(tmp_path / "hub.sqlite"))
    looks = News()

    async def news() -> None:
        await looks.about("demo").wait()

    queue = SimpleNamespace(trouble="", as_of=NOW, news=news, sighting=lambda _: None, unknown_since=lambda _: None)
    return SimpleNamespace(
        sessions=SimpleNamespace(book=book, delays={}, stops={}),
        queues={"demo": queue},
        workers={"demo": SimpleNamespace(clusters_of=lambda _: ())},
        site=material.site(),
        looks=looks,
        watch=SimpleNamespace(record=EventRecord(material.database(tmp_path / "hub.sqlite"))),
        attach=lambda _: None,
    )


def person(name: str = "me") -> Any:
    return SimpleNamespace(name=name, admin=False, settings={}, spawners={})


def opened(bench: Any, one: Any, seen: str = "") -> tuple[Stream, asyncio.Task[None]]:
    stream = Stream(bench, one, seen)
    return stream, asyncio.ensure_future(EventsHandler.get(stream))  # type: ignore[arg-type]


async def test_a_stream_speaks_once_for_each_change_and_not_for_a_look_that_shows_none(bench: Any) -> None:
    session = bench.sessions.book.write("me", "", material.request())
    stream, task = opened(bench, person())
    await material.until(lambda: stream.changes == 1)  # the page named no version
    bench.looks.tell("demo")
    bench.sessions.book.update(session.session, step="submitted", job_id=7)
    await material.until(lambda: stream.changes == 2)
    bench.looks.tell("demo")
    stream._gone.set()
    await task
    assert stream.changes == 2


async def test_a_page_that_is_up_to_date_hears_nothing(bench: Any) -> None:
    bench.sessions.book.write("me", "", material.request())
    one = person()
    one.settings["aif"] = bench
    stream, task = opened(bench, one, events.version_of(bench, one))
    await material.until(lambda: stream.wire)
    stream._gone.set()
    await task
    assert stream.changes == 0


async def test_a_page_hears_of_what_the_hub_tells_of_its_own_accord(bench: Any) -> None:
    one = person()
    one.settings["aif"] = bench
    stream, task = opened(bench, one, events.version_of(bench, one))
    await material.until(lambda: stream.wire)
    bench.watch.record.cross(["budget:a:75"], [Notice("me", "budget:a:75", Kind.BUDGET, allocation="a")])
    bench.sessions.book.news.tell("me")
    await material.until(lambda: stream.changes == 1)
    stream._gone.set()
    await task


async def test_a_start_that_is_over_wakes_the_page_and_is_left_alone(bench: Any) -> None:
    start: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    spawner = SimpleNamespace(ready=False, pending="spawn", _spawn_future=start)
    one = person()
    one.spawners[""] = spawner
    stream, task = opened(bench, one)
    await material.until(lambda: stream.changes == 1)
    spawner.ready, spawner.pending = True, None
    start.set_result(None)
    await material.until(lambda: stream.changes == 2)
    stream._gone.set()
    await task


async def test_a_quiet_stream_is_kept_alive(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    stream, task = opened(bench, person())
    await material.until(lambda: stream.wire.count(": still here\n\n") >= 2)
    stream._gone.set()
    await task


async def test_a_stream_ends_so_that_the_sign_in_is_asked_for_again(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LONGEST_SECONDS", 0.02)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    _stream, task = opened(bench, person())
    await asyncio.wait_for(task, 5)


async def test_one_person_has_eight_streams_at_most_and_an_ended_one_makes_room(bench: Any) -> None:
    one = person("many-tabs")
    streams = [opened(bench, one) for _ in range(events.MOST_STREAMS)]
    await material.until(lambda: all(stream.wire for stream, _ in streams))
    with pytest.raises(web.HTTPError) as refusal:
        await opened(bench, one)[1]
    assert refusal.value.status_code == 429
    streams[0][0]._gone.set()
    await streams[0][1]
    late, task = opened(bench, one)
    await material.until(lambda: late.wire)
    for stream, _ in [*streams, (late, task)]:
        stream._gone.set()
    await asyncio.gather(task, *(one for _, one in streams))
    assert "many-tabs" not in EventsHandler._open


async def test_nobody_hears_of_somebody_else(bench: Any) -> None:
    stream = Stream(bench, person(), "")
    stream.asked["of"] = "you"
    with pytest.raises(web.HTTPError) as refusal:
        await EventsHandler.get(stream)  # type: ignore[arg-type]
    assert refusal.value.status_code == 404
