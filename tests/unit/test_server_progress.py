"""What a session counts in its person's home and tells the hub; and the page that starts a tutorial over."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import shutil
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakehub import (
    GUEST_TOKEN,
    OTHER_TOKEN,
    OWNER_TOKEN,
    PREFIX,
    REPOSITORY,
    FakeHub,
    get,
    make_certificates,
    make_session,
    start_server,
    stopped,
    tls,
    wait_for_post,
)

from aif.learn import kept
from aif.server import progress
from aif.server.hub import Answer

pytestmark = pytest.mark.timeout(120)
SITES = REPOSITORY / "tutorials"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Hub:
    """Answers with each of `statuses` in turn, then 204 for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.told = list(statuses), list[Any]()

    async def ask(self, method: str, path: str, etag: str = "", body: bytes = b"") -> Answer:
        assert (method, path) == ("POST", "aif/v1/tutorials")
        self.told.append(json.loads(body)["tutorials"])
        return Answer(self.statuses.pop(0) if self.statuses else 204)


async def looked(hub: Hub, home: Path, *between: Any) -> list[float]:
    """The pauses of a session that looks once more after each of `between` was done."""
    pauses: list[float] = []
    acts = iter(between)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        act = next(acts, None)
        if act is None:
            raise asyncio.CancelledError
        act()

    with pytest.raises(asyncio.CancelledError):
        await progress.tell(hub.ask, SITES, home / "tutorials", sleep)
    return pauses


def does(name: str, number: int | None = None) -> None:
    kept.change(name, number, lambda before: kept.Attempt(1, 1, done_at="2027-04-01T14:30:00+00:00"))


async def test_counts_of_the_sites_tutorials_are_told_when_they_change_and_nothing_more(home: Path) -> None:
    (home / "tutorials/checks").mkdir(parents=True)
    (home / "tutorials/checks/01_spreadsheet.json").write_text('{"exercises": {"1": {}, "2": {}, "3": {}}}')
    hub = Hub()

    def nothing() -> None:
        pass

    acts = (nothing, lambda: does("01_spreadsheet"), lambda: does("01_spreadsheet", 2), lambda: does("90_my_own", 1))
    assert set(await looked(hub, home, *acts, nothing)) == {progress.LOOK_SECONDS}
    first, opened, one = hub.told
    assert first == []
    assert [(told["name"], told["exercises"], told["done"], told["newer"]) for told in (*opened, *one)] == [
        ("01_spreadsheet", 3, 0, False),
        ("01_spreadsheet", 3, 1, False),
    ]
    assert {key for told in one for key in told} == {"name", "exercises", "done", "seen_at", "newer"}


def test_where_a_person_is_in_a_tutorial_is_its_first_exercise_that_is_not_done(home: Path) -> None:
    def where() -> list[int | None]:
        return list(progress.where("01_spreadsheet", home / "tutorials").values())

    assert where() == [None, 0, 0]
    (home / "tutorials/checks").mkdir(parents=True)
    (home / "tutorials/checks/01_spreadsheet.json").write_text('{"exercises": {"1": {}, "2": {}, "3": {}}}')
    does("01_spreadsheet")
    assert where() == [None, 3, 0], "it was opened, and nothing tried"
    kept.change("01_spreadsheet", 3, lambda before: kept.Attempt(hints=1))
    assert where() == [1, 3, 0]
    does("01_spreadsheet", 1)
    does("01_spreadsheet", 3)
    assert where() == [2, 3, 2]
    does("01_spreadsheet", 2)
    assert where() == [None, 3, 3]


async def test_a_hub_that_is_away_is_told_later_and_one_that_refuses_is_left_alone(home: Path) -> None:
    does("01_spreadsheet", 1)

    def nothing() -> None:
        pass

    away = Hub(0, 503)
    assert await looked(away, home, nothing, nothing, nothing) == [30.0, 30.0, 2.0, 2.0]
    assert [len(told) for told in away.told] == [1, 1, 1]
    refuses = Hub(400, 403)
    assert await looked(refuses, home, nothing, lambda: does("02_data")) == [2.0, 2.0, 2.0]
    assert len(refuses.told) == 2


async def test_of_progress_that_cannot_be_read_nothing_is_told(home: Path) -> None:
    does("01_spreadsheet", 1)
    kept.place().write_text("{")
    hub = Hub()
    await looked(hub, home, lambda: kept.place().unlink())
    assert hub.told == [[]], "and without it, that there is none"


# On a real server -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeHub, str, Path]]:
    """A Dutch session with the site's tutorials: its hub, its address, and its folder in its home."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("home")
    site, folder = home / "site", home / "session"
    for name in (
        "catalogue.toml",
        "01_spreadsheet.py",
        "checks/01_spreadsheet.py",
        "nl/01_spreadsheet.po",
        "02_data.py",
    ):
        (site / name).parent.mkdir(exist_ok=True)
        shutil.copy(SITES / name, site / name)
    folder.mkdir(mode=0o700)
    make_certificates(folder)
    with FakeHub(folder) as hub:
        make_session(folder, hub.port, language="nl", tutorials_dir=str(site))
        server = start_server(folder, home)
        try:
            body = wait_for_post(hub, server)
            yield hub, f"https://127.0.0.1:{body['port']}{PREFIX}", folder
        finally:
            stopped(server)


@pytest.mark.slow
def test_a_session_tells_the_hub_and_passes_on_what_the_hub_says(session: tuple[FakeHub, str, Path]) -> None:
    hub, url, folder = session
    assert hub.counted.get(timeout=20) == []
    (folder.parent / ".local/share/aif").mkdir(parents=True)
    at = "2027-04-01T14:30:00+00:00"
    course = {"begun_at": at, "seen_at": at, "seconds": 0, "exercises": {"1": {"done_at": at}}}
    (folder.parent / ".local/share/aif/progress.json").write_text(json.dumps({"tutorials": {"02_data": course}}))
    (told,) = hub.counted.get(timeout=20)
    assert (told["name"], told["done"], told["seen_at"]) == ("02_data", 1, at)
    status, body = get(f"{url}aif/v1/tutorials", folder, OWNER_TOKEN)
    assert (status, json.loads(body)["url"]) == (200, "/hub/aif/tutorials")
    status, body = get(f"{url}aif/v1/tutorials/02_data", folder, OWNER_TOKEN)
    assert (status, json.loads(body)) == (200, {"exercise": None, "exercises": 1, "done": 1})
    assert get(f"{url}aif/v1/tutorials/02_data", folder, GUEST_TOKEN)[0] == 403
    note = folder.parent / ".local/share/aif/own-data/0.json"
    note.parent.mkdir()
    note.write_text('{"verdict": "allowed"}')
    assert hub.brought.get(timeout=20) == {"verdict": "allowed"}


def browser(folder: Path) -> Any:
    """Opens an address as its owner's browser does, with what it was given before."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls(folder, ssl.Purpose.SERVER_AUTH)), jar)
    opener.addheaders = [("Authorization", f"token {OWNER_TOKEN}")]
    return lambda url, data=None: opener.open(url, data, timeout=20).read().decode()


@pytest.mark.slow
def test_starting_over_asks_first_then_keeps_the_old_copy_and_says_where(session: tuple[FakeHub, str, Path]) -> None:
    _hub, url, folder = session
    place, page = folder.parent / "tutorials/01_spreadsheet.ipynb", f"{url}aif/tutorials/01_spreadsheet/again"
    place.write_text("my own work")
    opened = browser(folder)
    asked = opened(page)
    assert "Opnieuw beginnen: Wat kan een GPU met mijn spreadsheet?" in asked
    assert place.read_text() == "my own work", "a look changes nothing"
    found = re.search(r'name="_xsrf"[^>]* value="([^"]+)"', asked)
    assert found
    done = opened(page, urllib.parse.urlencode({"_xsrf": found[1]}).encode())
    name = re.search(r"tutorials/(01_spreadsheet 2[^”]*\.ipynb)”", done)
    assert name, done
    assert (place.parent / name[1]).read_text() == "my own work"
    assert json.loads(place.read_text())["metadata"]["aif"] == {"language": "nl"}
    assert f'href="{PREFIX}lab/tree/tutorials/01_spreadsheet.ipynb"' in done
    assert urllib.parse.quote(name[1]) in done


@pytest.mark.slow
def test_nobody_else_starts_it_over_and_there_is_no_other(session: tuple[FakeHub, str, Path]) -> None:
    _hub, url, folder = session
    page = f"{url}aif/tutorials/03_readmission/again"
    before = sorted((folder.parent / "tutorials").iterdir())
    for token, statuses in ((GUEST_TOKEN, {403}), (OTHER_TOKEN, {403}), ("", {403, 404})):
        assert get(page, folder, token, method="POST", data=b"")[0] in statuses
    assert get(page, folder, GUEST_TOKEN)[0] == 403
    for name in ("99_nonesuch", "01_..%2F..%2Fx", "..", "01_spreadsheet%00"):
        assert get(f"{url}aif/tutorials/{name}/again", folder, OWNER_TOKEN)[0] == 404
    assert sorted((folder.parent / "tutorials").iterdir()) == before
