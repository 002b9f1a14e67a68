"""The small parts of the person's server: reading its directory, its address, its environment, its call-back."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys

import pytest
from fakehub import OWNER_TOKEN, PREFIX, SESSION, make_session

from aif.core.errors import AifError
from aif.server import environment, ready, runtime
from aif.server.address import AddressError, bound_socket, reserved
from aif.server.folder import FolderError, read_folder


@pytest.fixture
def folder(tmp_path):
    return make_session(tmp_path / "session", 8081)


# Its directory


def test_a_session_directory_is_read_once_and_hides_its_token(folder):
    session = read_folder(folder)
    assert session.session == SESSION
    assert session.env["JUPYTERHUB_API_TOKEN"] == OWNER_TOKEN
    assert OWNER_TOKEN not in repr(session)


def test_a_missing_directory_is_one_sentence_that_says_what_to_do(tmp_path):
    with pytest.raises(FolderError, match=r"session\.json: cannot be read \(No such file.*Start the session again"):
        read_folder(tmp_path / "none")


@pytest.mark.parametrize("name", ["key.pem", "cert.pem", "ca.pem"])
def test_a_missing_key_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FolderError, match=f"{name}: there is no such file"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"session": 3}, '"session" must be a text, got int'),
        ({"ready_url": ""}, '"ready_url" must be a text'),
        ({"env": {"A": 1}}, '"env" must be an object of texts'),
        ({"env": {"A": "b"}}, '"env" lacks JUPYTERHUB_API_TOKEN'),
        ({"kernel_dirs": "here"}, '"kernel_dirs" must be a list'),
        ({"tutorials_dir": 1}, '"tutorials_dir" must be a directory'),
        ({"language": 1}, '"language" must be a text'),
        ({"public": []}, '"public" must be an object'),
        ({"addresses": {"gpu01": 4}}, '"addresses" must be an object of texts'),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(folder, change, words):
    make_session(folder, 8081, **change)
    with pytest.raises(FolderError) as refusal:
        read_folder(folder)
    assert words in str(refusal.value)


def test_a_file_that_is_not_json_is_said_to_be_so(folder):
    (folder / "session.json").write_text("{")
    with pytest.raises(FolderError, match="is not JSON"):
        read_folder(folder)


# Its address


def test_the_socket_is_bound_to_the_address_that_the_site_gives_this_node():
    with bound_socket({"gpu01": "127.0.0.3"}, {"SLURMD_NODENAME": "gpu01"}) as listener:
        address, port = listener.getsockname()
        assert address == "127.0.0.3"
        with socket.create_connection((address, port), 5):
            pass  # it listens already


def test_without_a_map_the_nodes_name_is_resolved():
    with bound_socket({}, {"SLURMD_NODENAME": "localhost"}) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_an_unknown_node_is_the_operators_to_correct():
    with pytest.raises(AddressError, match=r"nowhere\.invalid is not known .* operator"):
        bound_socket({}, {"SLURMD_NODENAME": "nowhere.invalid"})


def test_an_address_of_another_machine_cannot_be_bound_and_is_named():
    with pytest.raises(AddressError, match=r"cannot bind 192\.0\.2\.1, the address of node gpu01"):
        bound_socket({"gpu01": "192.0.2.1"}, {"SLURMD_NODENAME": "gpu01"})


ENDING = """
import os, sys
from aif.server.address import bound_socket, reserved
with bound_socket({"node": "127.0.0.3"}, {"SLURMD_NODENAME": "node"}) as listener, reserved(listener) as kept:
    print(listener.getsockname()[1] if kept else "not kept", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, None], ids=["killed", "by itself"])
def test_nobody_gets_the_port_of_a_server_that_has_just_ended(how):
    with subprocess.Popen(
        [sys.executable, "-c", ENDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        port = int(server.stdout.readline())
        if how:
            server.send_signal(how)
        server.communicate(timeout=20)
    for address in ("127.0.0.3", "0.0.0.0"):  # noqa: S104 - whether that can be had is the question
        with socket.socket() as neighbour:
            neighbour.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="Address already in use"):
                neighbour.bind((address, port))


def test_a_listener_that_is_kept_still_takes_what_comes():
    with bound_socket({"node": "127.0.0.3"}, {"SLURMD_NODENAME": "node"}) as listener, reserved(listener) as kept:
        assert kept
        assert not listener.getblocking()
        with socket.create_connection(listener.getsockname(), 5) as asking:
            listener.settimeout(5)
            answering, whose = listener.accept()
            answering.close()
            assert whose == asking.getsockname()


# Its environment


def test_the_environment_points_jupyterhub_at_the_session_directory(folder):
    session = make_session(folder, 8081, kernel_dirs=["/site/share/jupyter"])
    environ = {"HOME": "/home/x", "JUPYTER_PATH": "/mine"}
    environment.prepare(environ, read_folder(session), ("127.0.0.1", 40123), "/r", 0.0)
    assert environ["JUPYTERHUB_SSL_KEYFILE"] == str(folder / "key.pem")
    assert environ["JUPYTERHUB_SERVICE_URL"] == f"https://127.0.0.1:40123{PREFIX}"
    assert environ["JUPYTER_PATH"] == "/site/share/jupyter:/mine"
    assert environ["AIF_SESSION_DIR"] == str(folder)
    assert environ["HOME"] == "/home/x"
    assert environ["JUPYTER_RUNTIME_DIR"] == "/r"


@pytest.fixture
def signals():
    """Puts the test runner's own SIGTERM handler back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_the_runtime_directory_is_private_short_enough_for_unix_sockets_and_goes(signals):
    with runtime.private_dir() as place:
        assert stat.S_IMODE(os.stat(place).st_mode) == 0o700
        assert len(f"{place}/kernel-{'0' * 36}-ipc-99999") <= 107
    assert not os.path.exists(place)


def test_what_a_killed_server_left_is_swept_and_nothing_else(tmp_path):
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    (tmp_path / f"aif-{gone.pid}-left" / "sub").mkdir(parents=True)
    (tmp_path / f"aif-{os.getpid()}-alive").mkdir()
    (tmp_path / "aif-notes-mine").mkdir()
    (tmp_path / f"aif-{gone.pid}-link").symlink_to(tmp_path / "aif-notes-mine")
    runtime.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["aif-notes-mine", f"aif-{os.getpid()}-alive", f"aif-{gone.pid}-link"]
    )


def test_public_facts_are_written_for_the_owner_only_and_replace_old_ones(folder):
    environ = {"SLURMD_NODENAME": "gpu01", "SLURM_JOB_ID": "17", "CUDA_VISIBLE_DEVICES": "0,1", "HOME": "/"}
    for _ in range(2):
        environment.prepare(dict(environ), read_folder(folder), ("127.0.0.1", 1), "/r", 1_790_000_000.0)
    file = folder / "public.json"
    facts = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (facts["node"], facts["job_id"], facts["gpus_visible"]) == ("gpu01", 17, "0,1")
    assert facts["started_at"] == "2026-09-21T14:13:20+00:00"
    assert facts["ends_at"] == "2026-09-21T16:13:20+00:00"
    assert OWNER_TOKEN not in file.read_text()


def test_slurms_own_end_time_wins_over_the_minutes_asked_for(folder):
    environ = {"SLURM_JOB_START_TIME": "1790000000", "SLURM_JOB_END_TIME": "1790000060"}
    facts = environment.public_facts(environ, read_folder(folder), "127.0.0.1", 5.0)
    assert facts["ends_at"] == "2026-09-21T14:14:20+00:00"
    assert facts["job_id"] is None


def test_the_scrub_takes_batch_settings_and_secrets_and_leaves_the_gpus():
    environ = {
        "SLURM_JOB_ID": "1", "SLURM_CONF": "/etc/slurm.conf", "SBATCH_MEM_PER_NODE": "1", "SLURMD_NODENAME": "gpu01",
        "PMIX_RANK": "0", "JUPYTERHUB_API_TOKEN": "t", "JPY_API_TOKEN": "t", "JUPYTERHUB_SSL_KEYFILE": "/k",
        "JUPYTERHUB_USER": "marieke", "JUPYTERHUB_SERVICE_PREFIX": "/user/marieke/", "CUDA_VISIBLE_DEVICES": "0",
        "PATH": "/usr/bin", "AIF_SESSION_DIR": "/s",
    }  # fmt: skip
    gone = environment.scrub(environ)
    assert sorted(environ) == [
        "AIF_SESSION_DIR", "CUDA_VISIBLE_DEVICES", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_USER", "PATH",
    ]  # fmt: skip
    assert gone["SLURM_CONF"] == "/etc/slurm.conf"


# Its call-back


class Hub:
    """Gives the answers in turn; remembers bodies and waits."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.bodies, self.waits = list(statuses), [], []

    async def post(self, body: bytes) -> ready.Answer:
        self.bodies.append(json.loads(body))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return ready.Answer(status, f"words for {status}")

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def told(hub: Hub, give_up: float = 60) -> int:
    return await ready.announce(hub.post, SESSION, "127.18.1.1", 40123, give_up=give_up, sleep=hub.sleep)


async def test_the_body_is_exactly_what_was_agreed():
    hub = Hub(204)
    assert await told(hub) == 1
    assert hub.bodies == [{"session": SESSION, "host": "127.18.1.1", "port": 40123}]


async def test_already_accepted_counts_as_done():
    assert await told(Hub(409)) == 1


async def test_a_hub_that_is_away_is_asked_again_with_growing_waits_up_to_five_seconds():
    hub = Hub(0, 503, 0, 502, 0, 0, 0, 0, 0, 204)
    assert await told(hub) == 10
    assert hub.waits[0] <= 0.2
    assert 2.5 <= hub.waits[-1] <= 5.0


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_is_final_and_carries_the_hubs_words(status):
    hub = Hub(status)
    with pytest.raises(ready.NotWelcome, match=f"refused this session .{status} words for {status}"):
        await told(hub)
    assert len(hub.bodies) == 1


async def test_it_gives_up_at_last():
    with pytest.raises(ready.NotWelcome, match="did not accept this session within 0 minutes"):
        await told(Hub(503), give_up=0)
    assert issubclass(ready.NotWelcome, AifError)
