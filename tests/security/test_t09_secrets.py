"""T9: no token and no key is where a second user can read it, and none is in a log at all."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from neighbour import Neighbour
from next_door import PROGRAMS, NextDoor
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T9")]

SEARCHING = PROGRAMS / "searching.py"
#: Where everybody may write.
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108 - they are looked into


def searched(who: Neighbour, next_door: NextDoor, *folders: str, **more: str) -> Any:
    """What that user finds of the person's secrets, and of `more`."""
    prefix = str(next_door.hub.prefix)
    asked = {
        "secrets": next_door.secrets | more,
        "folders": [prefix, *SHARED, *folders],
        "since": next_door.since - 1,
        "leave_out": [f"{prefix}/env"],  # root's own, and made before anybody had a secret
    }
    return who.found_by(SEARCHING, said=json.dumps(asked))


def test_the_neighbour_reads_none_of_them_anywhere(next_door: NextDoor, attempts: Attempts) -> None:
    canary = secrets.token_hex(16)
    file = Path("/tmp") / f"aif-test-{canary[:8]}"  # noqa: S108 - that all can read it is the point
    file.write_text(canary)
    file.chmod(0o644)
    try:
        with subprocess.Popen(["/bin/sh", "-c", "read line", canary], stdin=subprocess.PIPE) as shown:
            found = searched(
                next_door.neighbour, next_door, str(next_door.home), str(next_door.home.parent), canary=canary
            )
    finally:
        file.unlink()
    where = [place for name, place in found["hits"] if name == "canary"]
    assert sorted(where) == sorted([str(file), f"/proc/{shown.pid}/cmdline"]), "it finds what there is to be found"
    others = [hit for hit in found["hits"] if hit[0] not in ("canary", "the neighbour's own token")]
    assert found["processes"] > 20
    attempts.tried(found["files"] + found["processes"])
    own = str(next_door.neighbour.uid)
    for name, place in others:
        attempts.check(False, f"{name} in {place} as {own}")


def test_slurm_tells_the_neighbour_none_of_them(next_door: NextDoor, attempts: Attempts) -> None:
    workers = [job.partition("_")[0] for job in next_door.notebook.jobs()]
    texts = next_door.secrets.values()
    for job in (str(next_door.session["job_id"]), *workers):
        done = next_door.neighbour.run("scontrol", "write", "batch_script", job, "-")
        attempts.check("#!" not in done.stdout, f"the script of job {job}")
        for argv in (
            ("scontrol", "-dd", "show", "job", job),
            ("squeue", "-h", "-j", job, "-O", "ALL"),
            ("sacct", "-P", "-j", job, "-o", "ALL"),
            ("sacct", "-j", job, "--batch-script"),
            ("sacct", "-j", job, "--env-vars"),
            ("sstat", "-a", "-P", "-j", job),
        ):
            said = next_door.neighbour.run(*argv)
            shown = [text for text in texts if text in said.stdout + said.stderr]
            attempts.check(not shown, f"{' '.join(argv)}")


def test_not_even_root_reads_one_in_a_log_a_job_script_or_a_command_line(
    next_door: NextDoor, attempts: Attempts
) -> None:
    hub = next_door.hub
    for job in (str(next_door.session["job_id"]), *(job.partition("_")[0] for job in next_door.notebook.jobs())):
        script = hub.slurm("scontrol", "write", "batch_script", job, "-")
        assert script.startswith("#!")
        attempts.check(not _in(next_door, script), f"the script of job {job}")
    logs = [*(hub.prefix / "log").glob("*"), *hub.folder.glob("*.log"), next_door.folder / "log"]
    logs += [file for file in next_door.cluster.glob("logs/*") if file.is_file()]
    logs += [file for file in (hub.prefix / "state/slurmd").rglob("*") if file.is_file()]
    read = [file for file in logs if file.is_file() and file.stat().st_mtime >= next_door.since - 1]
    assert len(read) >= 4, read
    for file in read:
        attempts.check(not (got := _in(next_door, file.read_text(errors="replace"))), f"{file}: {got}")
    if journal := shutil.which("journalctl"):
        said = subprocess.run(
            [journal, "-q", "--no-pager", "--since", f"@{next_door.since:.0f}"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        attempts.check(not (got := _in(next_door, said.stdout)), f"the journal: {got}")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_text(errors="replace")
        except OSError:
            continue  # it has just ended
        attempts.check(not (got := _in(next_door, line)), f"{process}: {got}")


def _in(next_door: NextDoor, text: str) -> list[str]:
    """Which of them stand there."""
    return [name for name, secret in next_door.secrets.items() if secret in text]
