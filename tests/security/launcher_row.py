"""One launcher that is kept and asked many things, as the hub keeps one."""

from __future__ import annotations

import json
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from launcher_desk import JOB, Desk, session_files
from processes import children, until


class Row:
    """A launcher behind real sudo, as the hub keeps one: `send` as often as one likes, then `answers`."""

    def __init__(self, desk: Desk, program: str = "", **environ: str) -> None:
        """`program` is another launcher than the instance's, `environ` what its caller would have it see."""
        self.desk = desk
        entry = pwd.getpwnam(desk.hub_user)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            ["/usr/bin/sudo", "-n", program or desk.program],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=[],
            env={**desk.environ, "HOME": entry.pw_dir, "USER": desk.hub_user, **environ},
            cwd="/",
        )
        self.sent = 0

    def send(self, **request: Any) -> int:
        return self.send_bytes(json.dumps(request).encode())

    def send_bytes(self, data: bytes) -> int:
        """Whatever they are, as one request."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"%d\n" % len(data) + data)
        self.process.stdin.flush()
        self.sent += 1
        return self.sent

    def submit(self, login: str, session: str, **changed: str) -> int:
        files = session_files(session, login, self.desk.addresses) | changed
        return self.send(verb="submit", login=login, session=session, server="lab", job=JOB, files=files)

    def answer(self) -> tuple[int, dict[str, Any]]:
        assert self.process.stdout is not None
        number, _, text = self.process.stdout.readline().partition(b" ")
        answer: dict[str, Any] = json.loads(text)
        if answer.get("job_id"):
            self.desk.jobs.append(answer["job_id"])
        return int(number), answer

    def pid(self) -> int:
        """The part that stays root, once sudo has started it."""
        return int(until(self._launcher, "the launcher runs"))

    def _launcher(self) -> int | None:
        below = [self.process.pid]
        while below:
            pid = below.pop()
            with suppress(OSError):  # sudo's own helpers come and go
                command, name = (Path(f"/proc/{pid}/{file}").read_text() for file in ("cmdline", "comm"))
                if "aif-launch" in command and "sudo" not in name:
                    return pid
                below += children(pid)
        return None
