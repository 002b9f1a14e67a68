"""`aif bench newcomer`: its clone, its steps, what it leaves, and the way to a first cell, at a small hub."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from aif_hub.bench import first_cell, newcomer
from aif_hub.demo.errors import DemoError

FIGURES = {"clone_s", "up_s", "first_cell_s", "whole_s", "second_up_s"}
#: A checkout's `./aif` which writes down what it is asked, and what it was told beside that.
AIF = """#!/bin/bash
echo "$@ AIF_PREFIX=$AIF_PREFIX" >> "$SAID"
prefix=$5
case $1 in
    up) mkdir -p "$prefix"; exit "$UP" ;;
    status) echo '{"url": "http://127.0.0.1:1/", "people": [{"name": "'$3'-marieke", "password": "pass"}]}' ;;
    reset) rmdir "$prefix" ;;
esac
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one commit, and one file that was never committed."""
    made = tmp_path / "source"
    made.mkdir()
    (made / "aif").write_text(AIF)
    (made / "aif").chmod(0o755)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(made)]
    for words in (["init", "-q"], ["add", "aif"], ["commit", "-qm", "Begin"]):
        subprocess.run([*git, *words], check=True)
    (made / "untracked").touch()
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("UP", "0")
    monkeypatch.setenv("AIF_PREFIX", "/opt/aif/of-another")
    return made


def said(source: Path) -> list[str]:
    return (source.parent / "said").read_text().splitlines()


def test_a_newcomer_clones_brings_up_runs_a_cell_brings_up_again_and_leaves_nothing(
    source: Path, tmp_path: Path
) -> None:
    came: list[tuple[str, ...]] = []
    figures = newcomer.measured(source, lambda *way_in: came.append(way_in), tmp_path)
    assert set(figures) == FIGURES
    assert figures["whole_s"] >= max(figures["clone_s"], figures["up_s"], figures["first_cell_s"])
    lines = said(source)
    assert [line.split()[0] for line in lines] == ["up", "status", "up", "reset"]
    _up, _instance, name, _prefix, prefix, yes, others = lines[0].split()
    assert (prefix, yes, others) == (str(tmp_path / name), "--yes", "AIF_PREFIX=")
    assert {line.split()[2] for line in lines} == {name}
    assert came == [("http://127.0.0.1:1", f"{name}-marieke", "pass")]
    assert {path.name for path in tmp_path.iterdir()} == {"source", "said"}


@pytest.mark.parametrize("what", ["up", "cell"])
def test_what_fails_is_said_and_taken_away_too(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def cell(*_: str) -> None:
        raise DemoError("no answer")

    if what == "up":
        monkeypatch.setenv("UP", "3")
    with pytest.raises(DemoError, match="ended with status 3" if what == "up" else "no answer"):
        newcomer.measured(source, cell, tmp_path)
    assert said(source)[-1].startswith("reset")
    assert {path.name for path in tmp_path.iterdir()} == {"source", "said"}


def test_the_figures_for_programs_are_one_json_object_and_two_cores_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "instance.json").write_text(json.dumps({"source": str(tmp_path)}))
    figures = dict.fromkeys(FIGURES, 1.0)
    used: list[set[int]] = []
    monkeypatch.setattr(newcomer, "measured", lambda *_: figures)
    monkeypatch.setattr(newcomer.os, "sched_setaffinity", lambda _pid, cores: used.append(set(cores)))
    monkeypatch.setattr(newcomer.signal, "signal", lambda *_: None)
    assert newcomer.main(["--json", "--prefix", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == figures
    assert len(used[0]) == min(2, len(os.sched_getaffinity(0)))


# The first cell -------------------------------------------------------------------------------------------------------

START = """<form id="language"><input name="to" value="nl"></form>
<form id="spawn_form" action="/hub/spawn/ann" method="post">
  <input form="choices" name="title-1" value="mine"><button form="choices" name="do" value="change">Save</button>
  <input type="radio" name="profile" value="cpu"><input type="radio" name="profile" value="slice" checked>
  <select name="minutes"><option value="60">1 h</option><option value="120" selected>2 h</option></select>
  <input type="hidden" name="project" value="inspect01"><input name="title" value="">
  <button name="do" value="save">Save</button>
</form><form id="choices"><input name="other" value="x"></form>"""


def test_the_start_page_is_sent_as_it_came_and_nothing_of_other_forms() -> None:
    sent = {"profile": "slice", "minutes": "120", "project": "inspect01", "title": ""}
    assert first_cell.filled(START) == sent
    first = first_cell.filled(START.replace(" selected", ""))
    assert first["minutes"] == "60"


class Hub:
    """What the way to a first cell asks of a hub and a server; `trouble` is what goes wrong."""

    def __init__(self) -> None:
        self.trouble = ""
        self.form: dict[str, str] = {}
        self.looks = 0


class Page(RequestHandler):
    def initialize(self, hub: Hub) -> None:
        self.hub = hub

    async def get(self, path: str) -> None:
        if path.startswith("hub/spawn-pending"):
            self.hub.looks += 1
            if self.hub.looks > 2:
                self.redirect("/user/ann/")
                return
            self.write('<p data-events="/hub/aif/events?of=ann&amp;seen=1">' if self.hub.trouble != "page" else "gone")
        elif path == "hub/aif/events":
            if self.hub.trouble == "stream":
                self.send_error(403)
                return
            self.write("data: news\n\n")
            await self.flush()
            await asyncio.sleep(3600)
        elif path == "hub/spawn":
            self.write(START)
        else:
            self.set_cookie("_xsrf", "x")
            self.write("a page")

    def post(self, path: str) -> None:
        if path.endswith("/tokens"):
            assert self.request.headers["X-XSRFToken"] == self.get_query_argument("_xsrf") == "x"
            self.write({"token": "t"})
        elif path == "user/ann/api/kernels":
            assert self.request.headers["Authorization"] == "token t"
            self.set_status(201)
            self.write({"id": "k"})
        else:
            self.hub.form = {name: self.get_body_argument(name) for name in self.request.body_arguments}
            self.set_status(302)


class Channels(WebSocketHandler):
    def initialize(self, hub: Hub) -> None:
        self.hub = hub

    async def on_message(self, message: str | bytes) -> None:
        asked = json.loads(message)
        for kind, content in (
            ("stream", {"text": "4"}),
            ("stream", {"text": "2\n"} if self.hub.trouble != "answer" else {"text": "3\n"}),
            *([("error", {"ename": "X", "evalue": "y"})] if self.hub.trouble == "cell" else []),
            ("status", {"execution_state": "idle"}),
        ):
            other = {"parent_header": {"msg_id": "another"}, "header": {"msg_type": kind}, "content": content}
            await self.write_message(json.dumps(other))
            await self.write_message(json.dumps({**other, "parent_header": asked["header"]}))


@pytest.fixture
async def small(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Hub, str]]:
    hub = Hub()
    facts: dict[str, Any] = {"hub": hub}
    handlers: list[Any] = [(r"/user/ann/api/kernels/k/channels", Channels, facts), (r"/(.*)", Page, facts)]
    (socket,) = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application(handlers))
    server.add_socket(socket)
    yield hub, f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.stop()


async def test_a_newcomer_presses_start_waits_with_the_page_and_has_a_cells_answer(small: tuple[Hub, str]) -> None:
    hub, url = small
    await first_cell.first_cell(url, "ann", "pass")
    assert {"profile": "slice", "minutes": "120", "project": "inspect01"}.items() <= hub.form.items()
    assert hub.looks == 3, "once for each news, and not in between"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("page", "does not start"),
        ("stream", "no stream of events"),
        ("cell", "raised X: y"),
        ("answer", "answered '43"),
    ],
)
async def test_what_goes_wrong_on_the_way_is_said(small: tuple[Hub, str], trouble: str, words: str) -> None:
    hub, url = small
    hub.trouble = trouble
    with pytest.raises(DemoError, match=words):
        await first_cell.first_cell(url, "ann", "pass")
