"""From the click to an open JupyterLab through hub, Slurm, environment and server: where the time goes."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from datetime import datetime
from pathlib import Path

from aif_hub.bench import ours
from aif_hub.bench.asking import HubApi, seats
from aif_hub.bench.rig import Rig
from aif_hub.demo.commands import run

PARTS = ("hub", "Slurm", "environment", "server")


async def split(rig: Rig, api: HubApi, rounds: int) -> dict[str, float]:
    """Median seconds of each part and of the whole, over some starts of one person, one after the other.

    hub: from the request to the launcher's answer, and from the accepted call-back to the answer that the server is
    ready. Slurm: from there to the job's first line. environment: until Python has read the session and bound its
    socket. server: until the hub, which looks at Slurm for it, has accepted the call-back.
    """
    took: dict[str, list[float]] = {part: [] for part in (*PARTS, "whole")}
    seat = seats(rig.people, 1)
    for number in range(rounds + 1):
        asked = time.time()
        await api.start_all(seat, {"profile": "cpu"})
        opened = time.time()
        session, book = _last_session(ours.database(rig))
        folder = rig.inst.prefix / "home" / seat[0].login / ".aif/sessions" / session
        first_line = float(run(["stat", "-c", "%.6W", folder / "log"]))  # made by Slurm when the job begins
        bound = (folder / "public.json").stat().st_mtime
        submitted, ready = (datetime.fromisoformat(book[key]).timestamp() for key in ("submitted_at", "ready_at"))
        await api.stop_all(seat)
        if not number:
            continue  # fills the disk's cache
        parts = (submitted - asked + opened - ready, first_line - submitted, bound - first_line, ready - bound)
        for part, seconds in zip(took, (*parts, opened - asked), strict=True):
            took[part].append(seconds)
    return {part: statistics.median(each) for part, each in took.items()}


def _last_session(database: Path) -> tuple[str, dict[str, str]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute("select session, data from aif_sessions order by written_at desc limit 1")
        session, data = rows.fetchone()
    finally:
        connection.close()
    return session, json.loads(data)
