"""The book of sessions on a real SQLite file: written first, never back, closed for good."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_material import database, request
from hypothesis import given, settings
from hypothesis import strategies as st

from aif.core.states import EndCause
from aif_hub.book import STEPS, Session, SessionBook


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite"


@pytest.fixture
def book(path: Path) -> SessionBook:
    return SessionBook(database(path))


def reread(path: Path, session: Session) -> Session:
    found = SessionBook(database(path)).get(session.session)
    assert found is not None
    return found


def test_a_session_is_on_disk_when_write_returns(book: SessionBook, path: Path) -> None:
    session = book.write("demo-marieke", "", request(minutes=60))
    with closing(sqlite3.connect(path)) as other:
        rows = other.execute("SELECT login, open, job_id FROM aif_sessions").fetchall()
    assert rows == [("demo-marieke", 1, None)]
    assert reread(path, session) == session


def test_ids_are_32_hex_digits_and_differ(book: SessionBook) -> None:
    ids = {book.write("a", str(n), request()).session for n in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(STEPS[:-1]), min_size=1, max_size=8))
def test_steps_never_go_back(steps: list[str]) -> None:
    book = SessionBook(database(Path(":memory:")))
    session = book.write("a", "", request())
    furthest = 0
    for step in steps:
        session = book.update(session.session, step=step)
        furthest = max(furthest, STEPS.index(step))
        assert session.step == STEPS[furthest]


def test_what_comes_with_a_step_that_would_go_back_is_kept(book: SessionBook) -> None:
    session = book.write("a", "", request())
    book.update(session.session, step="ready", port=4000)
    assert book.update(session.session, step="starting", node="gpu01").node == "gpu01"


def test_an_ended_session_stays_as_it_ended(book: SessionBook, path: Path) -> None:
    session = book.write("a", "", request())
    ended = book.close(session.session, EndCause.TIME_LIMIT, "note", ("line",))
    for later in (book.close(session.session, EndCause.STOPPED), book.update(session.session, step="ready", port=1)):
        assert later == ended
    assert reread(path, session) == ended
    assert (ended.end_cause, ended.end_note, ended.log_tail) == (EndCause.TIME_LIMIT, "note", ("line",))
    assert ended.ended_at is not None


def test_open_sessions_are_there_again_after_a_restart_and_ended_ones_are_not(book: SessionBook, path: Path) -> None:
    first, second = book.write("a", "", request()), book.write("b", "two", request())
    book.close(first.session, EndCause.FINISHED)
    again = SessionBook(database(path))
    assert again.open_sessions() == [second]
    assert again.open_of("b", "two") == second
    assert (again.open_of("a", ""), again.open_of("b", "")) == (None, None)


def test_a_persons_sessions_come_newest_first_and_no_others(path: Path) -> None:
    moments = iter(datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 30))
    book = SessionBook(database(path), lambda: next(moments))
    mine = [book.write("a", "", request()) for _ in range(5)]
    book.write("b", "", request())
    assert [one.session for one in book.of("a", most=3)] == [one.session for one in reversed(mine)][:3]


def test_all_fields_survive_the_database(book: SessionBook, path: Path) -> None:
    session = book.write("a", "named", request(profile="slice", project="trn0007"))
    moment = datetime(2026, 3, 29, 1, 59, 59, 123456, tzinfo=UTC)
    full = book.update(
        session.session,
        step="ready",
        job_id=2**31 - 1,
        submitted_at=moment,
        started_at=moment,
        ready_at=moment,
        node="mig01",
        host="127.9.1.4",
        port=65535,
        stop_asked=True,
        end_cause=EndCause.NEVER_STARTED,
        end_note="é\n“…”",
        token_ids=(3, 4),
        oauth_secret="sha512:…",  # noqa: S106
    )
    assert reread(path, session) == full
    assert reread(path, session).request.gpu_weight == request().gpu_weight


def test_the_row_is_plain_json_without_anything_of_python(book: SessionBook, path: Path) -> None:
    book.write("a", "", request())
    with closing(sqlite3.connect(path)) as other:
        (data,) = other.execute("SELECT data FROM aif_sessions").fetchone()
    assert json.loads(data)["request"]["gpu_weight"] == "1/7"


def test_an_unknown_session_is_none_and_cannot_be_changed(book: SessionBook) -> None:
    assert book.get("0" * 32) is None
    with pytest.raises(KeyError):
        book.update("0" * 32, step="ready")


def test_ended_sessions_come_newest_first_and_a_part_at_a_time(book: SessionBook) -> None:
    made = [book.write("a", f"s{number}", request()) for number in range(5)]
    book.write("a", "still-open", request())
    book.close(book.write("b", "", request()).session, EndCause.STOPPED, "")
    for session in made:
        book.close(session.session, EndCause.STOPPED, "")
    names = [session.server_name for session in book.ended_of("a", 3, skip=1)]
    assert names == ["s3", "s2", "s1"]
    assert [session.server_name for session in book.ended_of("a", 3, skip=4)] == ["s0"]
