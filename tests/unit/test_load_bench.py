"""The parts of `aif bench load` that need no hub: what is asked how often, what was counted, what may be asked for."""

from __future__ import annotations

import argparse
import asyncio
import doctest
import grp
import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aif_hub.bench import load, members, minutes, ours, windows
from aif_hub.bench.asking import Seat
from aif_hub.bench.minutes import Seen
from aif_hub.bench.windows import Answers

SOURCE = Path(__file__).parents[2]
FIGURES = {
    *("people", "minutes", "away_minutes", "questions_per_minute", "budget_per_minute", "most_in_a_minute"),
    *("most_after_return", "answers", "refused", "p95_ms", "servers", "servers_lost"),
}


def test_the_examples_of_counting_by_the_minute() -> None:
    assert doctest.testmod(minutes).failed == 0


def looks(*counts: int, every: float = 5.0, begin: float = 100.0) -> list[Seen]:
    return [Seen(begin + at * every, count) for at, count in enumerate(counts)]


def test_the_worst_minute_is_found_wherever_it_begins() -> None:
    """Twenty questions within a minute that begins and ends between two looks; and one every five seconds before."""
    calm = range(30)
    assert minutes.most_in_a_minute(looks(*calm)) in (12, 13)
    burst = looks(*calm, *(49 for _ in range(30)))
    assert minutes.most_in_a_minute(burst) >= 20 + 11
    assert minutes.most_in_a_minute(looks(0, 3)) == 3, "what is shorter than a minute is all in one"
    assert minutes.most_in_a_minute(looks(7)) == 0


def test_a_minute_of_a_stretch_does_not_count_what_was_before_it() -> None:
    assert minutes.a_minute([looks(50, 51, 52)]) == 12
    assert minutes.a_minute([looks(50, 51, 52), looks(0, 7, begin=900)]) == 60 * 9 / 15


def test_a_count_that_begins_anew_never_shrinks() -> None:
    went_on = minutes.growing(looks(90, 95, 2, 4))
    assert [one.count for one in went_on] == [90, 95, 97, 99]
    assert minutes.growing([]) == []


def test_windows_ask_as_often_as_the_real_ones() -> None:
    desk = (SOURCE / "extensions/labextensions/aif/static/desk.js").read_text(encoding="utf-8")
    watched = {name.lower(): int(ms) for name, ms in re.findall(r"const (\w+)_MS = (?:\{ watched: )?([\d_]+)", desk)}
    paces = {path.rpartition("/")[2]: seconds for path, seconds in windows.PACES.items()}
    paces["learning"] = paces.pop("tutorials")
    assert {name: watched[name] / 1000 for name in paces} == paces


@pytest.mark.parametrize("away", [0, 5])
def test_the_figures_of_load(away: int, capsys: pytest.CaptureFixture[str]) -> None:
    options = load.parsed(["--minutes", "15", "--away", str(away)])
    answers = Answers()
    answers.took["aif/v1/sessions"] += [3.0, 5.0]
    answers.refused.append("somebody: status 503")
    stretches = [looks(10, 12, 14), looks(0, 40, 41)][: 2 if away else 1]
    figures = load._figures(answers, stretches, {Seat("demo-class01", "b0")}, options)
    assert set(figures) == FIGURES
    assert (figures["people"], figures["refused"], figures["servers_lost"]) == (200, 1, 1)
    assert figures["most_after_return"] == (41 if away else None)
    assert figures["most_in_a_minute"] == (41 if away else 4)
    assert "somebody: status 503" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--minutes", "5", "--away", "4"], ["--away", "-1"], ["--people", "0"], ["--servers", "0"]]
)
def test_what_does_not_fit_together_is_refused_with_what_does(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        load.parsed(words)
    assert ended.value.code == 2
    assert words[-2] in capsys.readouterr().err


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What happens to slurmctld, and what is asked of it; its count is 100 at first, and 1 after a start."""
    happened: list[Any] = []
    monkeypatch.setattr(load.slurm_daemons, "slurmctld", lambda _: "slurmctld")
    monkeypatch.setattr(load.daemons, "stop", lambda daemon: happened.append(f"{daemon} stops"))
    monkeypatch.setattr(load.slurm_daemons, "start", lambda _: happened.append("it starts"))

    def asked(_: Any) -> int:
        happened.append("asked")
        return 1 if "it starts" in happened else 100

    async def lost(*_: Any) -> set[str]:
        happened.append("servers are looked at")
        return {f"lost {happened.count('servers are looked at')}"}

    monkeypatch.setattr(load.measure, "asked_now", asked)
    monkeypatch.setattr(load, "_lost", lost)
    return happened


ROOM: Any = SimpleNamespace(inst=None)


async def test_slurmctld_is_away_in_the_middle_and_is_asked_nothing_then(controller: list[Any]) -> None:
    options = argparse.Namespace(minutes=0.002, away=0.001)
    (before, after), lost = await load._course(ROOM, ROOM, (), options)
    once = [what for at, what in enumerate(controller) if controller[at - 1 : at] != [what]]
    servers = "servers are looked at"
    assert once == ["asked", "slurmctld stops", servers, "it starts", "asked", servers]
    assert lost == {"lost 1", "lost 2"}
    assert before[0].count == before[-1].count == 100
    assert (after[0].count, after[-1].count) == (0, 1), "what it was asked while it came back counts"


async def test_slurmctld_runs_again_when_a_run_is_broken_off(controller: list[Any]) -> None:
    run = asyncio.ensure_future(load._course(ROOM, ROOM, (), argparse.Namespace(minutes=100.0, away=100.0)))
    async with asyncio.timeout(10):
        while "slurmctld stops" not in controller:  # noqa: ASYNC110  # a thread tells nobody
            await asyncio.sleep(0.005)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert controller[-1] == "it starts"


class Page:
    """A page with a stream, which the hub does not show at first; each reading of it is in `read`."""

    login = "demo-class01"

    def __init__(self) -> None:
        self.read: asyncio.Queue[int] = asyncio.Queue()
        self.listeners: list[Any] = []
        self._codes = iter([503, 200, 200, 200])

    async def ask(self, _path: str) -> Any:
        code = next(self._codes)
        self.read.put_nowait(code)
        return SimpleNamespace(code=code)

    def stream_of(self, page: Any) -> str | None:
        return "/hub/aif/events" if page.code == 200 else None

    async def listen(self, _path: str, news: Any) -> None:
        self.listeners.append(news)
        news()
        await asyncio.Event().wait()


async def test_a_page_reads_itself_anew_at_each_news_and_listens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "AGAIN_SECONDS", 0.0)
    page, answers = Page(), Answers()
    watching = asyncio.ensure_future(windows._page(page, answers))  # type: ignore[arg-type]  # a stand-in
    async with asyncio.timeout(10):
        assert [await page.read.get() for _ in range(3)] == [503, 200, 200], "the last is of the first news"
        page.listeners[0]()
        assert await page.read.get() == 200
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert (len(page.listeners), len(answers.took[windows.PAGE])) == (1, 3)
    assert answers.refused == ["demo-class01, /hub/home: status 503"]


def test_who_is_let_in_has_the_rooms_password_and_the_demos_people_keep_theirs(tmp_path: Path) -> None:
    folder, prefix = tmp_path / "bench/etc", tmp_path / "etc"
    folder.mkdir(parents=True)
    prefix.mkdir()
    room = {"login": "demo-class01", "short": "class01", "name": "Learner 01", "salt": "aa", "hash": "bb"}
    (prefix / "demo-logins.json").write_text(json.dumps({"people": [room]}))
    inst = SimpleNamespace(prefix=tmp_path, hub_user=grp.getgrgid(os.getgid()).gr_name)
    made: Any = SimpleNamespace(inst=inst, folder=tmp_path / "bench")
    ours.let_in(made, ["demo-member000"], "demo-class01")
    one = {"login": "demo-member000", "short": "demo-member000", "name": "demo-member000", "salt": "aa", "hash": "bb"}
    assert json.loads((folder / "logins.json").read_text()) == {"people": [room, one]}
    assert (folder / "logins.json").stat().st_mode & 0o777 == 0o640, "it has hashes in it"


def test_members_are_gone_afterwards_whatever_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(members, "run", lambda argv, **_: asked.append(" ".join(argv)))
    monkeypatch.setattr(members, "outcome", lambda argv, **_: asked.append(" ".join(argv)))
    inst: Any = SimpleNamespace(login=lambda short: f"demo-{short}", slurm_env={})
    with pytest.raises(ValueError, match="of the run"), members.members(inst, 3, ("one", "two")):
        raise ValueError("of the run")
    forgotten = "sacctmgr -i delete user where name=demo-member000,demo-member001,demo-member002"
    assert asked[0] == asked[-1] == forgotten
    assert asked[1:-1] == [
        "sacctmgr -i add user name=demo-member000,demo-member002 account=one",
        "sacctmgr -i add user name=demo-member001 account=two",
    ]
    asked.clear()
    with members.members(inst, 0):
        assert asked == [], "a command without a name would be of everybody"
    assert asked == []
