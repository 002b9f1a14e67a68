"""The launcher with many requests: its framing, its children, and that nothing of a request stays where it was read."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import memory
from test_launcher_program import written

from aif_hub.launcher.install import install_launcher
from aif_hub.launcher.protocol import MAX_REQUEST

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="the launcher runs as root")
LOG = {"verb": "log", "login": "no-such-person", "session": "0" * 32}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("launcher")
    (folder / "etc").mkdir()
    written(folder / "etc")
    return install_launcher(folder)


@contextmanager
def running(program: Path) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    environ = {"SUDO_UID": "65534"}  # as sudo would say of the hub's user, nobody
    with subprocess.Popen([str(program)], stdin=pipe, stdout=pipe, stderr=pipe, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


def framed(request: object) -> bytes:
    data = request if isinstance(request, bytes) else json.dumps(request).encode()
    return b"%d\n" % len(data) + data


def said(program: Path, stream: bytes) -> dict[int, dict[str, Any]]:
    """The answers by number to a stream that ends."""
    with running(program) as process:
        out, err = process.communicate(stream, timeout=30)
    assert (process.returncode, err) == (0, b"")
    lines = [line.split(b" ", 1) for line in out.splitlines()]
    answers = {int(number): json.loads(answer) for number, answer in lines}
    assert len(answers) == len(lines)
    return answers


def message(answer: dict[str, Any]) -> str:
    return str(answer["error"]["message"])


def test_each_request_is_answered_under_its_number(program: Path) -> None:
    requests = [{**LOG, "login": f"nobody{i}"} for i in range(1, 41)]
    answers = said(program, b"".join(map(framed, requests)))
    assert set(answers) == set(range(1, 41))
    assert all(message(answers[i]).startswith(f"nobody{i} is not a person") for i in answers)


def test_a_request_that_is_wrong_disturbs_no_other(program: Path) -> None:
    answers = said(program, framed(LOG) + framed(b"{") + framed(b"\n\x00") + framed({"verb": "x"}) + framed(LOG))
    assert set(answers) == {1, 2, 3, 4, 5}
    assert answers[1] == answers[5]
    assert all(answer["error"]["code"] == "refused" for answer in answers.values())


@pytest.mark.parametrize(
    "tail", [b"0\n", b"-1\n", b"+5\n{}", b"1 0\n", b"%d\n" % (MAX_REQUEST + 1), b"99999999999\n", b"{}", b"5", b"9\n{}"]
)
def test_after_a_length_that_is_none_or_half_a_request_nothing_more_is_read(program: Path, tail: bytes) -> None:
    answers = said(
        program, framed(LOG) + tail + (framed(LOG) if tail.endswith((b"\n", b"}")) and b"9" not in tail else b"")
    )
    assert set(answers) == {1, 2}
    assert "person" in message(answers[1])
    assert "length" in message(answers[2]) or "complete" in message(answers[2])


@given(st.binary(max_size=200))
@settings(max_examples=25, deadline=None)
def test_whatever_is_sent_no_traceback_comes_back(program: Path, stream: bytes) -> None:
    with running(program) as process:
        out, err = process.communicate(stream, timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert all(json.loads(line[line.index(b"{") :])["error"]["code"] == "refused" for line in out.splitlines())


def test_the_part_that_stays_root_never_holds_a_request(program: Path) -> None:
    secret = b"KEY" + os.urandom(12).hex().encode()
    request = json.dumps({**LOG, "session": secret.decode()}).encode()
    with running(program) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(request))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"1 ")
        found = memory(process.pid)
        assert b"aif_launcher" in found  # the search does find what is there
        assert secret not in found


def test_a_child_that_is_killed_from_outside_while_it_reads_is_answered_for_and_ends_the_row(program: Path) -> None:
    with running(program) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(LOG)[:-5])
        process.stdin.flush()
        child = waited_for(process.pid)
        os.kill(child, 9)
        answer = json.loads(process.stdout.readline().split(b" ", 1)[1])
        assert answer["error"]["code"] == "unknown"
        # it ended in the middle of its request: where the next would begin is not known, so the launcher ends
        assert process.stdout.read() == b""
        assert process.wait(10) == 0


def test_when_the_hub_has_gone_it_ends(program: Path) -> None:
    with running(program) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(LOG))
        process.stdin.flush()
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def waited_for(parent: int) -> int:
    """The one child of a process, as soon as it has one."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    while not (children := path.read_text().split()):
        os.sched_yield()
    return int(children[0])
