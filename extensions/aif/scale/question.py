"""What the hub last saw of a cluster's workers, asked for and read by two files in the cluster's folder."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from aif.core.clusters import ANSWER, BUSY, WANTED, Wanted
from aif.core.workers import WorkerJob
from aif.server import private


class Question:
    """One question at a time; see `aif.server.jobs` for who answers it."""

    def __init__(self, folder: Path, session: str) -> None:
        self._folder = folder
        self._session = session
        self._number = 0

    def ask(self) -> None:
        """Wants to know how things are from now on."""
        self._number += 1
        with suppress(OSError):  # a full disk: no answer comes, and the cluster asks Slurm itself
            private.write(self._folder / WANTED, Wanted(self._session, self._number).text().encode())

    def answer(self) -> dict[str, WorkerJob] | None:
        """All workers of the session by id, as Slurm showed them after the last question; None until that is known."""
        try:
            told = json.loads((self._folder / ANSWER).read_bytes())
            if told["number"] != self._number:
                return None
            jobs = [WorkerJob.from_json(one) for one in told["jobs"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return {job.job_id: job for job in jobs}

    def touch_busy(self) -> None:
        """There are tasks on the workers."""
        with suppress(OSError):
            (self._folder / BUSY).touch(0o600)
