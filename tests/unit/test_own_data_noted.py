"""What is written down of files that people bring: noted in a notebook, told by the session, a line of the log."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upload_material import BYTES, FINE, home

from aif import upload
from aif.data import noted, place
from aif.data.form import NotYet
from aif.server import own_data
from aif.server.hub import Answer
from aif_hub.audit.entry import Entry
from aif_hub.audit.seldom import Seldom
from aif_hub.handlers_own_data import HOUR_SECONDS, MOST_AN_HOUR, MOST_BYTES, Brought, write

__all__ = ["home"]  # a fixture

SESSION: Any = SimpleNamespace(
    login="marieke", session="5" * 32, job_id=8812, request=SimpleNamespace(account="inspect01")
)
NOTE = {"id": "a" * 32, "when": "2027-04-01T12:00:00+02:00", "verdict": "allowed", "place": "home", "until": ""}


def notes() -> list[dict[str, str]]:
    return [json.loads(file.read_text()) for file in own_data.waiting()]


def line(**changes: str) -> Entry:
    return Brought.parse(json.dumps(NOTE | changes).encode()).entry(SESSION, "10.0.0.9")


# In a notebook --------------------------------------------------------------------------------------------------------


def test_a_file_that_came_is_noted_without_its_name_and_the_answers(home: Path) -> None:
    (home / "orders of Jansen.csv").write_bytes(BYTES)
    upload.bring(home / "orders of Jansen.csv", **FINE)
    [note] = notes()
    assert note.keys() == NOTE.keys()
    assert (note["verdict"], note["place"], note["until"]) == ("allowed", "home", "2100-04-26")
    [file] = noted.folder().iterdir()
    assert "Jansen" not in file.read_text()
    assert "sensors" not in file.read_text()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert Brought.parse(file.read_bytes()).until == date(2100, 4, 26)


def test_the_form_notes_the_same_where_all_of_a_file_came(home: Path) -> None:
    form = upload()
    form.say(FINE)
    form.begin("orders.csv", 2)
    form.piece(0, b"1")
    assert notes() == [], "it is on its way"
    form.piece(1, b"2")
    form.keep()
    assert [note["verdict"] for note in notes()] == ["allowed"]


@pytest.mark.parametrize(
    ("changes", "verdict"), [({"persons": "yes"}, "ask"), ({"origin": "secure"}, "stop"), ({"secret": ""}, "open")]
)
def test_a_file_that_was_refused_is_noted_too_and_a_question_alone_is_not(
    home: Path, changes: dict[str, str], verdict: str
) -> None:
    (home / "x").write_bytes(b"1")
    upload.check(**{**FINE, **changes})
    form = upload()
    form.say({**FINE, **changes})
    assert notes() == []
    with pytest.raises(NotYet):
        upload.bring(home / "x", **{**FINE, **changes})
    with pytest.raises(NotYet):
        form.begin("x", 1)
    assert [(note["verdict"], note["until"]) for note in notes()] == [(verdict, "")] * 2
    assert not (home / place.NAME).exists()


def test_without_a_session_and_on_a_full_disk_nothing_is_noted_and_the_file_comes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x", "y"):
        (home / name).write_bytes(b"1")
    (home / ".local").write_text("in the way of the folder")
    assert upload.bring(home / "x", **FINE).exists()
    (home / ".local").unlink()
    monkeypatch.delenv("AIF_SESSION_DIR")
    assert upload.bring(home / "y", **FINE).exists()
    assert notes() == []


# In the session's server ----------------------------------------------------------------------------------------------


async def told(*statuses: int) -> tuple[list[Any], list[float]]:
    """What the hub was told that answers so, then 204, and the pauses; as many turns as there are statuses, and one."""
    bodies, pauses, answers = list[Any](), list[float](), list(statuses)

    async def ask(method: str, path: str, etag: str = "", body: bytes = b"") -> Answer:
        assert (method, path) == ("POST", "aif/v1/own-data")
        bodies.append(json.loads(body)["id"])
        return Answer(answers.pop(0) if answers else 204)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > len(statuses):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await own_data.tell(ask, sleep)
    return bodies, pauses


async def test_each_note_is_told_once_and_gone(home: Path) -> None:
    noted.note("allowed", "home")
    noted.note("stop", "project")
    assert [len(set(each)) for each in await told(204)] == [2, 1]
    assert notes() == []
    assert await told() == ([], [own_data.LOOK_SECONDS])


@pytest.mark.parametrize("status", [0, 403, 404, 429, 503])
async def test_a_hub_that_does_not_take_it_now_is_told_later(home: Path, status: int) -> None:
    noted.note("allowed", "home")
    bodies, pauses = await told(status)
    assert len(bodies) == 2
    assert len(set(bodies)) == 1
    assert pauses == [own_data.TROUBLE_SECONDS, own_data.LOOK_SECONDS]
    assert notes() == []


async def test_what_is_no_note_stands_in_nobodys_way(home: Path) -> None:
    noted.note("allowed", "home")
    bodies, pauses = await told(400)
    assert (len(bodies), pauses) == (1, [own_data.LOOK_SECONDS] * 2)
    assert notes() == []


# In the hub -----------------------------------------------------------------------------------------------------------


def test_the_line_says_who_when_where_until_when_and_in_which_session() -> None:
    entry = line(until="2028-02-29", place="project")
    assert json.loads(entry.line()) == {
        "v": 1,
        "at": json.loads(entry.line())["at"],
        "who": "marieke",
        "as": "person",
        "action": "data.bring",
        "on": "inspect01",
        "from": "10.0.0.9",
        "result": "ok",
        "session": "5" * 32,
        "account": "inspect01",
        "job_id": 8812,
        "more": {"place": "project", "when": "2027-04-01T10:00:00Z", "until": "2028-02-29"},
    }
    assert (line().on, "until" in line().more) == ("marieke", False)
    assert (line(verdict="ask").result, line(verdict="ask").code) == ("refused", "ask")
    assert Entry.read(entry.line()).action == "data.bring"


def test_a_note_told_twice_is_one_line_and_nobody_fills_the_log() -> None:
    lines, clock = list[Entry](), [0.0]
    audit = SimpleNamespace(write=lines.append, seldom=Seldom(lambda: clock[0]))

    def tell(number: int, login: str = "marieke") -> bool:
        told = Brought.parse(json.dumps(NOTE | {"id": f"{number:032x}"}).encode())
        return write(audit, told, SimpleNamespace(**vars(SESSION) | {"login": login}), "10.0.0.9")

    assert tell(0)
    assert tell(0)
    assert len(lines) == 1
    assert [tell(number) for number in range(1, MOST_AN_HOUR)] == [True] * (MOST_AN_HOUR - 2) + [False]
    assert tell(0, "joost")
    assert len(lines) == MOST_AN_HOUR
    clock[0] = HOUR_SECONDS
    assert tell(MOST_AN_HOUR)


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"[]", b"null", b"{}", b"\xff", b"[" * 900, b" " * (MOST_BYTES + 1)),
        json.dumps({**NOTE, "file": "orders.csv"}).encode(),
        json.dumps({key: NOTE[key] for key in NOTE if key != "until"}).encode(),
        *(
            json.dumps({**NOTE, **odd}).encode()
            for odd in (
                *({"verdict": "yes"}, {"place": "/x"}, {"id": "../x"}, {"id": 7}, {"until": "soon"}, {"until": None}),
                *({"when": "2027-04-01T12:00:00"}, {"when": "0001-01-01T00:00:00+14:00"}, {"when": "now"}),
            )
        ),
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_what_is_no_note_is_refused(sent: bytes) -> None:
    with pytest.raises((ValueError, OverflowError, RecursionError)):
        Brought.parse(sent)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(NOTE)), st.text(max_size=200))
def test_no_text_of_a_persons_own_reaches_the_log(name: str, text: str) -> None:
    try:
        entry = line(**{name: text})
    except (ValueError, OverflowError):
        return
    assert entry.on in ("marieke", "inspect01")
    assert entry.code in ("", "ask", "stop", "open")
    assert entry.more["place"] in ("home", "project")
    for moment in (entry.more["when"], entry.more.get("until", "2027-04-01")):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", str(moment))
