"""Requests for the launcher that are right, values that are odd, and a desk to try them at."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from aif_hub.launcher.config import parse_config
from aif_hub.launcher.person import Person
from aif_hub.launcher.request import parse_request
from aif_hub.launcher.verbs import perform

SESSION = "0123456789abcdef0123456789abcdef"
JOB = {
    "account": "inspect01",
    "qos": None,
    "partition": "mig",
    "minutes": 120,
    "cpus": 2,
    "memory_mb": 4096,
    "gpus": 1,
    "gpu_type": "h100_1g.10gb",
    "reservation": None,
    "nodes": 1,
}
FILES = {"session.json": '{"a": 1}\n', "key.pem": "KEY\n", "cert.pem": "CERT\n", "ca.pem": "CA\n"}
SUBMIT: dict[str, Any] = {
    "verb": "submit",
    "login": "demo-marieke",
    "session": SESSION,
    "server": "lab",
    "job": JOB,
    "files": FILES,
}
#: What Slurm prints above the jobs that the launcher asks for, also where there are none.
HEADS = {"squeue": "JOBID|COMMENT", "sacct": "JobIDRaw|Comment|SubmitLine"}
odd_text = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["", "-x", "--uid=0", "a b", "a\nb", "a\x00b", "a;b", "$(id)", "../x", ".", "a,b", "a=b", "é", "٣"]
    ),
    st.builds(lambda head, tail: head + "\n" + tail, st.text(max_size=5), st.text(max_size=5)),
)
odd_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), odd_text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd_text, inner, max_size=3),
    max_leaves=5,
)
PATHS = [(key,) for key in SUBMIT if key not in ("job", "files")] + [
    (key, name) for key in ("job", "files") for name in SUBMIT[key]
]


class Desk:
    """A home, a folder of recording Slurm commands, and `ask()`."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.bin = root / "bin"
        self.record = root / "record"
        for made in (self.home, self.bin, self.record):
            made.mkdir()
        self.says("sbatch", 'echo "41;demo"')
        self.shows("squeue")
        self.shows("sacct")
        self.says("scancel", "true")

    def says(self, command: str, body: str) -> None:
        path = self.bin / command
        path.write_text(
            "#!/bin/sh\n"
            f'{{ printf "%s\\n" "$@"; echo ---; env; }} >> {self.record}/{command}\n'
            f"cat > {self.record}/{command}.stdin\n{body}\n"
        )
        path.chmod(0o755)

    def shows(self, command: str, *rows: str, when: str = "true") -> None:
        """Has squeue or sacct print its head, and below it these rows where `when`, a command of the shell, is so."""
        printed = "; ".join(["true", *(f"echo '{row}'" for row in rows)])
        self.says(command, f"echo '{HEADS[command]}'; if {when}; then {printed}; fi")

    def calls(self, command: str) -> str:
        path = self.record / command
        return path.read_text() if path.exists() else ""

    @property
    def settings(self) -> dict[str, Any]:
        """The launcher's own file."""
        return {
            "hub_user": "aif-demo",
            "people_group": "people",
            "min_uid": 1000,
            "slurm_conf": "/etc/slurm.conf",
            "slurm_bin": str(self.bin),
            "job_name": "aif-demo",
            "server_commands": {"lab": ["/opt/it's here/python", "-m", "aif.server"]},
        }

    def ask(self, **fields: Any) -> dict[str, Any]:
        config = parse_config(json.dumps(self.settings).encode())
        me = Person("demo-marieke", os.getuid(), os.getgid(), str(self.home))
        return perform(parse_request(json.dumps(fields).encode()), me, config)

    def submit(self, session: str, **changed: Any) -> dict[str, Any]:
        return self.ask(**{**SUBMIT, "session": session, **changed})

    def session(self, session: str) -> Path:
        return self.home / ".aif" / "sessions" / session


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    before = os.umask(0o077)  # as the launcher has it
    yield Desk(tmp_path)
    os.umask(before)


@pytest.fixture
def session() -> str:
    return uuid.uuid4().hex
