"""What holds up a session of the tests' own hub, for as long as a test looks: Slurm, or a server that stands still."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from own_hub import OwnHub
from processes import server_pid


@contextmanager
def suspended(hub: OwnHub, session: Mapping[str, Any]) -> Iterator[None]:
    """Slurm has suspended its job."""
    job_id = str(session["job_id"])
    hub.slurm("scontrol", "suspend", job_id)
    try:
        yield
    finally:
        hub.slurm("scontrol", "resume", job_id, sure=False)  # it may have ended meanwhile


@contextmanager
def silenced(hub: OwnHub, session: Mapping[str, Any]) -> Iterator[None]:
    """Its server stands still, and its job runs."""
    server = server_pid(hub.folder_of(session))
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # likewise
            os.kill(server, signal.SIGCONT)


def panel(hub: OwnHub, login: str) -> dict[str, Any]:
    """The one open session as JupyterLab's panel is told of it."""
    (told,) = hub.api("GET", "aif/v1/sessions", token=hub.token(login)).data["sessions"]
    found: dict[str, Any] = told
    return found
