"""A real server process against a small hub: who gets in, what a kernel sees, how it ends."""

# ruff: noqa: S310 - the addresses are our own

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from fakehub import (
    GUEST_TOKEN,
    OTHER_TOKEN,
    OWNER_TOKEN,
    PREFIX,
    REPOSITORY,
    SESSION,
    FakeHub,
    get,
    make_certificates,
    make_session,
    start_server,
    stopped,
    tls,
    wait_for_post,
)
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
pytest.importorskip("jupyterlab")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home, site = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("site")
    folder = home / "session"
    folder.mkdir(mode=0o700)
    make_certificates(folder)
    kernel = site / "kernels" / "aif-python"
    kernel.mkdir(parents=True)
    spec = {
        "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python (data)",
        "language": "python",
    }
    (kernel / "kernel.json").write_text(json.dumps(spec))
    return folder, home, site


@pytest.fixture(scope="module")
def running(place):
    """A server that the hub has accepted after it was away twice: its URL and session directory."""
    folder, home, site = place
    with FakeHub(folder, statuses=[503, 503, 204]) as hub:
        make_session(
            folder, hub.port, kernel_dirs=[str(site)], tutorials_dir=str(REPOSITORY / "tutorials"), language="nl"
        )
        server = start_server(folder, home)
        try:
            body = wait_for_post(hub, server)
            yield f"https://127.0.0.1:{body['port']}{PREFIX}", folder, hub
        finally:
            stopped(server)


def test_the_call_back_was_repeated_until_the_hub_was_there(running):
    _, _, hub = running
    assert len(hub.posts) == 3
    assert hub.posts[-1]["authorization"] == f"token {OWNER_TOKEN}"
    assert hub.posts[-1]["body"]["session"] == SESSION
    assert hub.posts[-1]["body"]["host"] == "127.0.0.1"


def test_the_hubs_probe_gets_an_answer_with_the_hubs_version(running):
    url, folder, _ = running
    context = tls(folder, ssl.Purpose.SERVER_AUTH)
    with urllib.request.urlopen(f"{url}api", timeout=10, context=context) as reply:
        assert reply.status == 200
        assert reply.headers["X-JupyterHub-Version"].startswith("6.")


def test_the_owner_gets_in_and_others_do_not(running):
    url, folder, _ = running
    assert get(f"{url}api/contents", folder, OWNER_TOKEN)[0] == 200
    assert get(f"{url}lab", folder, OWNER_TOKEN)[0] == 200
    assert get(f"{url}api/contents", folder, OTHER_TOKEN)[0] == 403
    assert get(f"{url}api/contents", folder)[0] == 403


def test_without_the_hubs_client_certificate_there_is_no_conversation(running, tmp_path):
    url, folder, _ = running
    trusting = ssl.create_default_context(cafile=folder / "ca.pem")
    with pytest.raises((ssl.SSLError, urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(f"{url}api", timeout=10, context=trusting)
    make_certificates(tmp_path)  # a certificate, but of somebody else's making
    trusting.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with pytest.raises((ssl.SSLError, urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(f"{url}api", timeout=10, context=trusting)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(f"{url}api".replace("https:", "http:"), timeout=10)


def test_jupyterlab_opens_in_the_persons_language(running):
    url, folder, _ = running
    plugin = "@jupyterlab/translation-extension:plugin"
    setting = json.loads(get(f"{url}lab/api/settings/{plugin}", folder, OWNER_TOKEN)[1])
    assert setting["schema"]["properties"]["locale"]["default"] == "nl_NL"
    assert setting["raw"] == "{}", "a default, not a choice of the person's"
    known = json.loads(get(f"{url}lab/api/translations/nl_NL", folder, OWNER_TOKEN)[1])["data"]
    assert known["jupyterlab"]["CSV File"] == ["CSV bestand"]


def test_the_sites_kernel_is_the_default_and_the_bare_one_is_hidden(running):
    url, folder, _ = running
    answer = json.loads(get(f"{url}api/kernelspecs", folder, OWNER_TOKEN)[1])
    assert answer["default"] == "aif-python"
    assert list(answer["kernelspecs"]) == ["aif-python"]


def test_the_news_is_off_and_the_page_knows_whose_it_is(running):
    url, folder, _ = running
    page = get(f"{url}lab", folder, OWNER_TOKEN)[1].decode()
    config = json.loads(
        page.split('<script id="jupyter-config-data" type="application/json">')[1].split("</script>")[0]
    )
    assert config["news"] == {"disabled": True}
    assert config["hubUser"] == "demo-marieke"
    assert config["buildCheck"] is False


def test_a_tutorial_can_be_opened_as_soon_as_the_hub_knows_the_session(running):
    url, folder, _ = running
    status, body = get(f"{url}api/contents/tutorials/01_spreadsheet.ipynb?content=0", folder, OWNER_TOKEN)
    assert (status, json.loads(body)["type"]) == (200, "notebook")


async def said_by_kernel(url: str, folder: Path, code: str) -> str:
    """What `code` prints in a new kernel of the default kind."""
    data = json.dumps({}).encode()
    status, body = get(f"{url}api/kernels", folder, OWNER_TOKEN, seconds=60, data=data, method="POST")
    assert status == 201, body
    kernel = json.loads(body)["id"]
    request = HTTPRequest(
        f"{url.replace('https', 'wss')}api/kernels/{kernel}/channels",
        headers={"Authorization": f"token {OWNER_TOKEN}"},
        ssl_options=tls(folder, ssl.Purpose.SERVER_AUTH),
    )
    connection = await websocket_connect(request)
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.4"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "content": content}
    await connection.write_message(json.dumps(message))
    printed, done = "", {"execute_reply": False, "idle": False}
    while not all(done.values()):
        message = json.loads(await connection.read_message())
        if message["parent_header"].get("msg_id") != "1":
            continue
        kind, content = message["msg_type"], message["content"]
        printed += content.get("text", "") if kind == "stream" else ""
        done["execute_reply"] |= kind == "execute_reply"
        done["idle"] |= kind == "status" and content["execution_state"] == "idle"
    connection.close()
    get(f"{url}api/kernels/{kernel}", folder, OWNER_TOKEN, method="DELETE")
    return printed


async def test_a_kernel_talks_over_unix_sockets_and_sees_neither_slurm_nor_the_token(running):
    url, folder, _ = running
    code = (
        "import json, os, ipykernel.connect as c\n"
        "info = json.loads(c.get_connection_info())\n"
        "print(json.dumps({'transport': info['transport'], 'ip': info['ip'], 'environ': dict(os.environ)}))"
    )
    seen = json.loads(await said_by_kernel(url, folder, code))
    assert seen["transport"] == "ipc"
    private = Path(seen["ip"]).parent
    assert private.stat().st_mode & 0o077 == 0
    environ = seen["environ"]
    assert environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert environ["AIF_SESSION_DIR"] == str(folder)
    assert [name for name in environ if name.startswith(("SLURM", "SBATCH"))] == []
    assert OWNER_TOKEN not in json.dumps(environ)


def test_a_terminal_knows_which_slurm_but_not_the_token(running):
    url, folder, _ = running
    status, body = get(f"{url}api/terminals", folder, OWNER_TOKEN, data=b"{}", method="POST")
    assert status == 200, body
    shells = [
        Path(entry, "environ").read_bytes()
        for entry in Path("/proc").glob("[0-9]*")
        if (entry / "environ").exists() and b"TERM=" in _bytes(entry / "environ")
        and f"AIF_SESSION_DIR={folder}".encode() in _bytes(entry / "environ")
    ]  # fmt: skip
    assert shells
    assert all(b"SLURM_CONF=/etc/slurm/slurm.conf" in shell for shell in shells)
    assert not any(OWNER_TOKEN.encode() in shell or b"SLURM_JOB_ID" in shell for shell in shells)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # a process that ended meanwhile, or another person's
        return b""


def test_no_token_is_on_a_command_line_or_in_the_log(running):
    _, folder, _ = running
    assert OWNER_TOKEN not in (folder / "log").read_text()
    lines = [_bytes(entry / "cmdline") for entry in Path("/proc").glob("[0-9]*")]
    assert not any(OWNER_TOKEN.encode() in line for line in lines)


def until_told(url: str, folder: Path) -> dict:
    """The allocations as the owner's browser gets them, once the hub has been asked."""
    status, body = get(f"{url}aif/v1/allocations", folder, OWNER_TOKEN)
    assert status == 200, body
    return json.loads(body)


def test_the_owners_browser_reads_what_the_hub_told_and_kernels_find_it_in_a_file(running):
    url, folder, hub = running
    assert until_told(url, folder) == hub.told
    file = folder / "allocations.json"
    assert json.loads(file.read_text()) == hub.told
    assert file.stat().st_mode & 0o777 == 0o600
    assert hub.asked[0]["Authorization"] == f"token {OWNER_TOKEN}"


def test_nobody_but_the_owner_reads_it(running):
    url, folder, _ = running
    for name in ("allocations", "session", "sessions", "events"):
        assert get(f"{url}aif/v1/{name}", folder, OTHER_TOKEN)[0] == 403
        assert get(f"{url}aif/v1/{name}", folder)[0] == 403
        assert get(f"{url}aif/v1/{name}", folder, GUEST_TOKEN)[0] == 403, "somebody with whom it is shared"
    assert get(f"{url}api/contents", folder, GUEST_TOKEN)[0] == 200


def test_the_session_is_told_with_this_nodes_clock_and_without_a_secret(running):
    url, folder, _ = running
    until_told(url, folder)
    status, body = get(f"{url}aif/v1/session", folder, OWNER_TOKEN)
    told = json.loads(body)
    assert status == 200
    assert (told["title"], told["node"], told["gpus"]) == ("Small GPU part", "gpu01", 1)
    assert told["started_at"] < told["now"] < told["ends_at"]
    assert told["gpu"] is None, "no driver on this machine, and the hub did not say that its GPUs are pretended"
    assert told["hub"]["trouble"] == ""
    for text in (body, get(f"{url}aif/v1/allocations", folder, OWNER_TOKEN)[1]):
        assert OWNER_TOKEN.encode() not in text


def test_the_list_of_files_has_its_questions_asked_and_a_card_put_beside_what_came(running, place):
    (url, folder, _), home = running, place[1]
    own_data = f"{url}aif/v1/own-data"
    (home / "orders.csv").write_bytes(b"1")
    fine = {"persons": "no", "secret": "no", "licence": "ours", "origin": "ours", "source": "our sensors"}
    questions = json.loads(get(f"{own_data}?path=data", folder, OWNER_TOKEN)[1])["questions"]
    assert [*questions, "source"] == list(fine)
    assert get(f"{own_data}?path=../x", folder, OWNER_TOKEN)[0] == 400

    def post(what, persons, token=OWNER_TOKEN):
        body = json.dumps({"answers": {**fine, "persons": persons}, "path": "orders.csv"}).encode()
        return get(f"{own_data}/{what}", folder, token, data=body, method="POST")

    assert [json.loads(post("answers", case)[1])["state"] for case in ("no", "yes")] == ["allowed", "ask"]
    assert (post("answers", "maybe")[0], post("kept", "yes")[0], post("refused", "yes")[0]) == (400, 409, 204)
    assert post("kept", "no", GUEST_TOKEN)[0] == 403
    assert not (home / "orders.csv.about.json").exists()
    assert json.loads(post("kept", "no")[1])["card"] == "orders.csv.about.json"
    assert json.loads((home / "orders.csv.about.json").read_text())["source"] == "our sensors"
    assert (home / "orders.csv").stat().st_mode & 0o777 == 0o600


def test_what_the_owner_has_the_hub_do_is_passed_on_for_the_owner_alone(running):
    url, folder, hub = running
    assert json.loads(get(f"{url}aif/v1/sessions", folder, OWNER_TOKEN)[1])["sessions"] == [{"session": SESSION}]
    assert json.loads(get(f"{url}aif/v1/events", folder, OWNER_TOKEN)[1])["events"] == [{"id": 7, "kind": "budget"}]
    wishes = [("DELETE", f"sessions/{SESSION}"), ("POST", f"sessions/{SESSION}/keep"), ("POST", "events/7/seen")]
    for method, what in wishes:
        sent = {"data": b"" if method == "POST" else None, "method": method}
        assert get(f"{url}aif/v1/{what}", folder, GUEST_TOKEN, **sent)[0] == 403
    assert hub.done == []
    for method, what in wishes:
        sent = {"data": b"" if method == "POST" else None, "method": method}
        assert get(f"{url}aif/v1/{what}", folder, OWNER_TOKEN, **sent)[0] == 202
    assert hub.done == [f"{method} {what}" for method, what in wishes]
    status, body = get(f"{url}aif/v1/sessions/{'f' * 32}", folder, OWNER_TOKEN, method="DELETE")
    assert (status, json.loads(body)) == (502, {"trouble": "away"})
    for odd in ("sessions/..%2Fusers", "events/x/seen"):
        assert get(f"{url}aif/v1/{odd}", folder, OWNER_TOKEN, method="DELETE")[0] == 404


def test_no_file_beside_the_hubs_own_holds_the_token(running):
    url, folder, _ = running
    until_told(url, folder)
    holding = [file.name for file in folder.iterdir() if file.is_file() and OWNER_TOKEN.encode() in file.read_bytes()]
    assert holding == ["session.json"]
