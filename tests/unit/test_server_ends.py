"""How a server of a session ends: with one clear line, and with nothing left."""

import socket
from pathlib import Path

import pytest
from fakehub import (
    FakeHub,
    make_certificates,
    make_session,
    start_server,
    stopped,
    wait_for_post,
)

from aif.server.run import main

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
pytest.importorskip("jupyterlab")


def last_line(folder: Path) -> str:
    return (folder / "log").read_text().splitlines()[-1]


@pytest.fixture
def apart(tmp_path):
    """A session directory of its own, for servers that end."""
    folder = tmp_path / "session"
    folder.mkdir(mode=0o700)
    make_certificates(folder)
    return folder, tmp_path


def test_a_refusal_of_the_hub_ends_the_server_with_one_clear_line(apart):
    folder, home = apart
    with FakeHub(folder, statuses=[403]) as hub:
        make_session(folder, hub.port)
        server = start_server(folder, home)
        assert server.wait(60) == 1
    assert last_line(folder).startswith("aif.server: the hub refused this session (403 words for 403)")
    assert "Traceback" not in (folder / "log").read_text()


def test_a_missing_key_ends_it_at_once_with_one_clear_line(apart):
    folder, home = apart
    make_session(folder, 1)
    (folder / "key.pem").unlink()
    assert start_server(folder, home).wait(30) == 1
    assert (folder / "log").read_text().count("\n") == 1
    assert "key.pem: there is no such file" in last_line(folder)


def test_a_key_that_is_not_one_ends_it_with_one_clear_line(apart):
    folder, home = apart
    make_session(folder, 1)
    (folder / "key.pem").write_text("nonsense")
    assert start_server(folder, home).wait(60) == 1
    assert last_line(folder).startswith(f"aif.server: {folder}")
    assert "Traceback" not in (folder / "log").read_text()


def test_the_port_answers_before_the_hub_was_told_and_a_stop_leaves_nothing(apart):
    folder, home = apart
    with FakeHub(folder) as hub:
        make_session(folder, hub.port)
        server = start_server(folder, home)
        port = wait_for_post(hub, server)["port"]
        assert stopped(server) == 0
        assert list(Path("/tmp").glob(f"aif-{server.pid}-*")) == []  # noqa: S108
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_stop_while_it_still_starts_leaves_nothing_either(apart):
    folder, home = apart
    with FakeHub(folder) as hub:
        make_session(folder, hub.port)
        server = start_server(folder, home)
        while not (mine := list(Path("/tmp").glob(f"aif-{server.pid}-*"))):  # noqa: S108
            assert server.poll() is None
        assert stopped(server) == 143
    assert not mine[0].exists()


def test_without_a_directory_it_says_how_it_is_used(capsys):
    assert main([]) == 2
    assert "SESSION_DIRECTORY" in capsys.readouterr().err
