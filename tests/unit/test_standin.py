"""The benchmarks' stand-in keeps the same contract as the real server."""

import ssl
import subprocess
import sys
import urllib.request

import pytest
from fakehub import OWNER_TOKEN, REPOSITORY, SESSION, FakeHub, make_certificates, make_session, tls, wait_for_post

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "session"
    place.mkdir()
    make_certificates(place)
    return place


def start(folder):
    command = [sys.executable, "-I", str(REPOSITORY / "hub_config/aif_hub/bench/standin.py"), str(folder)]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, env={"SLURMD_NODENAME": "gpu01"}, stdout=log, stderr=log)


def test_it_tells_a_hub_that_was_away_and_answers_the_hubs_probe(folder):
    with FakeHub(folder, statuses=[503, 204]) as hub:
        make_session(folder, hub.port, addresses={"gpu01": "127.0.0.5"})
        server = start(folder)
        try:
            body = wait_for_post(hub, server)
            assert (body["session"], body["host"]) == (SESSION, "127.0.0.5")
            assert hub.posts[-1]["authorization"] == f"token {OWNER_TOKEN}"
            context = tls(folder, ssl.Purpose.SERVER_AUTH)
            context.check_hostname = False  # the test's certificate is for 127.0.0.1
            url = f"https://127.0.0.5:{body['port']}/user/x/api"
            with urllib.request.urlopen(url, timeout=10, context=context) as reply:
                assert (reply.status, reply.headers["X-JupyterHub-Version"]) == (200, "6.1.1")
            stranger = ssl._create_unverified_context()  # noqa: S323 - a stranger checks nothing
            with pytest.raises(OSError, match=r"certificate required|reset|EOF"):
                urllib.request.urlopen(url, timeout=10, context=stranger)
        finally:
            server.terminate()
            server.wait(10)


def test_a_refusal_ends_it(folder):
    with FakeHub(folder, statuses=[403]) as hub:
        make_session(folder, hub.port)
        server = start(folder)
        assert server.wait(20) == 1
    assert "refused this session (403)" in (folder / "log").read_text()
