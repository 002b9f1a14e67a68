"""Two people on one node: one with a session, a kernel and a cluster, and one with a session of their own beside it."""

from __future__ import annotations

import json
import pwd
import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from in_a_notebook import START, Notebook
from neighbour import Neighbour, listening
from own_hub import OwnHub
from processes import children, server_pid, until

PERSON, OTHER = "class26", "class27"
PROGRAMS = Path(__file__).parent / "security/programs"


class NextDoor:
    """Made once for all tests that want it; `close` when there are no more. The person's home is open to others here:
    what is private in it has to be so by itself.
    """

    def __init__(self, hub: OwnHub) -> None:
        self.hub, self.since = hub, time.time()
        self._end = ExitStack()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        hub = self.hub
        hub.start()
        self.login, other = hub.login(PERSON), hub.login(OTHER)
        self.home = Path(pwd.getpwnam(self.login).pw_dir)
        mode = self.home.stat().st_mode & 0o777
        self.home.chmod(0o755)
        self._end.callback(self.home.chmod, mode)
        hub.use_standin(other)
        for login in (self.login, other):
            assert hub.ask_for(login, profile="cpu", minutes=240).status in (201, 202)
            self._end.callback(self._stop, login)
        self.session = hub.await_ready(self.login)
        environ = {"SLURM_CONF": str(hub.instance["slurm_conf"])}
        self.neighbour = Neighbour(other, environ)
        folder = hub.folder_of(hub.await_ready(other))
        #: The neighbour's own certificate from the hub, and its key.
        self.pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
        self.token, self.other_token = hub.token(self.login), hub.token(other)
        answer = hub.get(f"/user/{self.login}/api/kernels", self.token, "POST", b"{}")
        assert answer.status == 201, answer
        self.kernel = answer.data["id"]
        self.notebook = Notebook(hub, self.login, self.session)
        self._end.callback(self.notebook.close)
        self.notebook.cell(START.format("workers=1, size='cpu', hours=3"))
        self.notebook.cell("c.get_client().wait_for_workers(1, timeout=120)\n0")
        self.cluster = Path(self.notebook.cell("str(c.home.folder)"))

    def close(self) -> None:
        """Nothing of it runs any more."""
        self._end.close()

    # -- what there is -----------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The session's."""
        return self.hub.folder_of(self.session)

    @property
    def server(self) -> tuple[str, int]:
        """Where the session's server listens."""
        return self.session["host"], self.session["port"]

    def ports(self) -> dict[tuple[str, int], list[int]]:
        """Where the person's processes listen, and which those are: the server, a scheduler, a nanny and a worker."""
        found = listening(self.login)
        assert self.server in found
        assert len(found) >= 4, found
        return found

    def kernels(self) -> list[int]:
        """The processes of their kernels."""
        found = children(server_pid(self.folder))
        return [pid for pid in found if b"aif_kernels.launch" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Whatever opens a door to the person's things or is the hub's own, by a name that may be shown."""
        texts = {"the person's token": self.token, "the neighbour's own token": self.other_token}
        env = json.loads((self.folder / "session.json").read_text())["env"]
        texts |= {name: value for name, value in env.items() if name.endswith("_TOKEN")}
        for file in Path("/tmp").glob(f"aif-{server_pid(self.folder)}-*/kernel-*.json"):  # noqa: S108 - the server's own
            texts[file.name] = json.loads(file.read_text())["key"]
        for folder in (self.folder, self.cluster, self.hub.state):
            for file in folder.rglob("*"):
                if (
                    file.is_file()
                    and file.stat().st_size < 10**6
                    and b"PRIVATE KEY-----" in (text := file.read_bytes())
                ):
                    lines = text[text.index(b"PRIVATE KEY-----") :].decode().splitlines()
                    texts[f"{folder.name}/{file.name}"] = lines[len(lines) // 4 + 1]
        secret = self.hub.state / "jupyterhub_cookie_secret"
        texts |= {"the hub's secret for cookies": secret.read_text().strip()} if secret.exists() else {}
        return texts

    def _stop(self, login: str) -> None:
        self.hub.ask_to_stop(login)
        until(lambda: not self.hub.server(login), f"{login}'s session ended")
