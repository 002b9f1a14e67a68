"""Reads the three books of `aif bench chaos`, and what the hub shows, over and over for the auditor."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from aif_hub.bench.asking import HubApi
from aif_hub.bench.chaos.books import FORM, HUB_SECONDS, Books, Job, read_jobs
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.scene import Scene
from aif_hub.bench.course import say
from aif_hub.demo.commands import outcome
from aif_hub.demo.errors import CommandFailed

#: The shortest and the longest pause between two looks; as long as a look took, so that they are not most of the load.
EVERY_SECONDS, AT_LEAST_EVERY_SECONDS = 1.0, 3.0
#: A command that takes longer than this to say what it knows has not said it.
SLURM_SECONDS = 5.0


@contextmanager
def reading(scene: Scene, people: Sequence[Person]) -> Iterator[None]:
    """Meanwhile the auditor is told; what it finds is said at once."""
    over = threading.Event()

    def read_on() -> None:
        took = 0.0
        with ThreadPoolExecutor(8) as pool:
            while not over.wait(max(EVERY_SECONDS, min(took, AT_LEAST_EVERY_SECONDS))):
                began = time.monotonic()
                for wrong in scene.auditor.seen(read(scene, people, pool)):
                    say(f"WRONG ({wrong.count}): {wrong.text}")
                took = time.monotonic() - began

    with ThreadPoolExecutor(1) as one:
        reader = one.submit(read_on)
        try:
            yield
        finally:
            over.set()
    reader.result()  # a reader that has ended early has found nothing wrong since


def read(scene: Scene, people: Sequence[Person], pool: ThreadPoolExecutor) -> Books:
    """All of it now."""
    records = {record.session: record for record in scene.stage.subject.sessions()}
    jobs = queue(scene)
    servers = scene.stage.servers()
    looks = list(pool.map(lambda person: scene.stage.subject.shown(person.login, person.token), people))
    shown = {person.login: look for person, look in zip(people, looks, strict=True) if look is not None}
    by_login = {person.login: person for person in people}
    states = [(login, session, state) for login, look in shown.items() for session, state in look.items()]
    asked = {session: by_login[login] for login, session, state in states if state in ("ready", "silent")}
    answered = pool.map(lambda person: _answers(scene, person), asked.values())
    return Books(time.monotonic(), records, jobs, servers, shown, dict(zip(asked, answered, strict=True)))


def queue(scene: Scene) -> dict[int, Job] | None:
    """Slurm's queue with what has ended lately; None when it cannot be asked."""
    argv = ["squeue", "-h", "-a", "-t", "all", "-n", scene.stage.subject.job_name, "-o", FORM]
    try:
        asked = outcome(argv, env=scene.stage.rig.inst.slurm_env, timeout=SLURM_SECONDS)
    except CommandFailed:
        return None
    if asked.returncode:
        return None
    return {number: job for number, job in read_jobs(asked.stdout).items() if number > scene.stage.last_job_before}


def accounting(scene: Scene, books: Books) -> Books:
    """The same with all jobs that only Slurm's accounting still knows, as ended: it is told late of what runs."""
    argv = ["sacct", "-X", "-n", "-P", "-S", "now-1days", f"--name={scene.stage.subject.job_name}"]
    argv += ["-o", "JobIDRaw,User,State,Comment"]
    known = read_jobs(outcome(argv, env=scene.stage.rig.inst.slurm_env).stdout)
    ours = {number: job for number, job in known.items() if job.session in books.records and job.ended}
    return replace(books, jobs={**ours, **(books.jobs or {})})


def _answers(scene: Scene, person: Person) -> bool:
    """Whether their server answers through the proxy."""
    door = HubApi(scene.stage.api.url.removesuffix("/hub/api"), person.token)
    return door.said("GET", f"user/{person.login}/api/status", seconds=HUB_SECONDS)[0] == 200


def at_rest(scene: Scene) -> bool:
    """Whether nothing is left: no open session, no job and no process."""
    jobs = queue(scene)
    if jobs is None or any(not job.ended for job in jobs.values()):
        return False
    return not scene.stage.servers() and not any(one.open for one in scene.stage.subject.sessions())
