"""What the hub tells a session, kept for kernels and browser: when it is asked, what stays, what is said of trouble."""

import asyncio
import json
import os
import stat

import pytest

from aif.server import private
from aif.server.hub import Answer
from aif.server.relay import LONGEST_BACK_OFF, MINUTE, SOON, Relay

FIRST, SECOND = b'{"allocations": [{"left": 499.9}]}', b'{"allocations": [{"left": 499.8}]}'


class Hub:
    """Gives the answers in turn, the last one for ever; remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), []

    async def ask(self, method: str, path: str, etag: str) -> Answer:
        self.asked.append((method, path, etag))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "allocations.json"


async def test_the_answer_is_kept_word_for_word_for_the_owner_only(file):
    hub = Hub(Answer(200, FIRST, '"a"'))
    relay = Relay(hub.ask, "aif/v1/allocations", file)
    await relay.refresh()
    assert hub.asked == [("GET", "aif/v1/allocations", "")]
    assert file.read_bytes() == relay.body == FIRST
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file], "no draft is left"


async def test_an_unchanged_answer_is_confirmed_and_not_written_again(file):
    hub = Hub(Answer(200, FIRST, '"a"'), Answer(304))
    relay = Relay(hub.ask, "p", file)
    await relay.refresh()
    os.utime(file, (0, 0))
    inode = file.stat().st_ino
    await relay.refresh()
    assert hub.asked[-1] == ("GET", "p", '"a"')
    assert (relay.body, relay.trouble) == (FIRST, "")
    assert file.stat().st_ino == inode
    assert file.stat().st_mtime > 0, "its time says when the hub last confirmed it"


async def test_a_file_that_went_is_written_again_by_the_next_confirmation(file):
    relay = Relay(Hub(Answer(200, FIRST, '"a"'), Answer(304)).ask, "p", file)
    await relay.refresh()
    file.unlink()
    await relay.refresh()
    assert file.read_bytes() == FIRST


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Answer(0), "away"),
        (Answer(502), "away"),
        (Answer(401), "refused"),
        (Answer(403, b'{"status": 403}'), "refused"),
        (Answer(404), "odd"),
        (Answer(302), "odd"),
        (Answer(200, b"<html>"), "odd"),
        (Answer(200, b"[]"), "odd"),
    ],
)
async def test_trouble_is_told_and_the_last_good_answer_stays(file, answer, trouble):
    relay = Relay(Hub(Answer(200, FIRST, '"a"'), answer, Answer(200, SECOND, '"b"')).ask, "p", file)
    await relay.refresh()
    heard = relay.answered_at
    await relay.refresh()
    assert (relay.trouble, relay.body, relay.answered_at) == (trouble, FIRST, heard)
    assert file.read_bytes() == FIRST
    await relay.refresh()
    assert (relay.trouble, relay.body) == ("", SECOND)
    assert file.read_bytes() == SECOND


async def test_not_modified_to_somebody_who_knows_nothing_is_no_answer(file):
    hub = Hub(Answer(304))
    relay = Relay(hub.ask, "p", file)
    await relay.refresh()
    assert (relay.body, relay.trouble) == (None, "odd")
    assert not file.exists()


async def test_it_asks_about_once_a_minute_and_never_in_step():
    relay = Relay(Hub(Answer(200, FIRST)).ask, "p")
    await relay.refresh()
    pauses = [relay.pause() for _ in range(300)]
    assert all(0.8 * MINUTE <= pause <= 1.2 * MINUTE for pause in pauses)
    assert len({round(pause) for pause in pauses}) > 15


async def test_what_was_not_read_yet_is_asked_for_again_soon_then_less_often_until_it_is_there():
    unread = Answer(200, b'{"allocations": [], "not_read_yet": ["inspect01"]}', '"a"')
    hub = Hub(*[unread, Answer(304)] * 4, Answer(200, b'{"allocations": [], "not_read_yet": []}'))
    relay = Relay(hub.ask, "p")
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 9:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await relay.run(sleep)
    due = [SOON, 2 * SOON, 4 * SOON, 8 * SOON, *[MINUTE] * 5]
    assert all(0.8 * wait <= pause <= 1.2 * wait for pause, wait in zip(pauses, due, strict=True)), pauses


async def test_a_hub_that_is_away_is_asked_ever_less_up_to_a_quarter_of_an_hour_and_then_as_before():
    hub = Hub(*[Answer(0)] * 12, Answer(200, FIRST))
    relay = Relay(hub.ask, "p")
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 13:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await relay.run(sleep)
    assert [round(pause / MINUTE) for pause in pauses[:1]] == [2]
    assert pauses[5] > 10 * pauses[0] / 2
    assert max(pauses) <= 1.2 * LONGEST_BACK_OFF
    assert pauses[-1] <= 1.2 * MINUTE


async def test_those_who_come_meanwhile_share_one_question():
    release = asyncio.Event()
    asked = []

    async def ask(method: str, path: str, etag: str) -> Answer:
        asked.append(path)
        await release.wait()
        return Answer(200, FIRST)

    relay = Relay(ask, "p")
    waiting = [asyncio.create_task(relay.not_older_than(10)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*waiting)
    assert len(asked) == 1
    assert relay.body == FIRST


async def test_a_browser_that_asks_often_does_not_make_the_hub_be_asked_often():
    hub = Hub(Answer(0))
    relay = Relay(hub.ask, "p")
    for _ in range(50):
        await relay.not_older_than(0.0)
    assert len(hub.asked) == 1, "a hub in trouble is left its pause"


async def test_a_file_that_cannot_be_written_is_told_and_written_once_it_can(tmp_path):
    folder = tmp_path / "session"
    relay = Relay(Hub(Answer(200, FIRST, '"a"'), Answer(304)).ask, "p", folder / "allocations.json")
    await relay.refresh()
    assert (relay.body, relay.unwritten) == (FIRST, "No such file or directory")
    folder.mkdir()
    await relay.refresh()
    assert relay.unwritten == ""
    assert (folder / "allocations.json").read_bytes() == FIRST


def test_a_private_file_replaces_a_link_and_never_follows_one(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    for name in ("file", "file.new"):
        (tmp_path / name).symlink_to(theirs)
    private.write(tmp_path / "file", json.dumps({}).encode())
    assert theirs.read_text() == "theirs"
    assert not (tmp_path / "file").is_symlink()
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
