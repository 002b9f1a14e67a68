"""What happens to a session that is up: to its server, to its job, to its word to the hub."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from aif_hub.bench import standin
from aif_hub.bench.chaos.books import Record
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import Event
from aif_hub.bench.chaos.scene import NotAgain, Scene

#: What the hub says to a call-back when it has accepted one before.
ACCEPTED_BEFORE = 409


def _stops(_scene: Scene, person: Person, _event: Event, record: Record) -> str:
    person.stops()
    return person.ended(record)


def _silent(scene: Scene, person: Person, event: Event, record: Record) -> str:
    processes = person.servers(record)
    with scene.auditor.excused(record.session):
        _signal(processes, signal.SIGSTOP)
        try:
            scene.stage.pause(event.seconds)
        finally:
            _signal(processes, signal.SIGCONT)
    return f"for {event.seconds:g} s"


def _killed(scene: Scene, person: Person, _event: Event, record: Record) -> str:
    scene.auditor.may_end(record.session, "failed")
    _signal(person.servers(record), signal.SIGKILL)
    return person.ended(record)


def _out_of_memory(scene: Scene, person: Person, event: Event, record: Record) -> str:
    """The stand-in takes more than its job has. Where nothing holds it to that, or of a real server: kill -9."""
    if (
        not _is_held_to_memory(scene)
        or b"hungry" not in Path(f"/proc/{person.servers(record)[0]}/cmdline").read_bytes()
    ):
        return f"killed: {_killed(scene, person, event, record)}"
    scene.auditor.may_end(record.session, "out of memory")
    _signal(person.servers(record), signal.SIGUSR1)
    return person.ended(record)


def _time_over(scene: Scene, person: Person, _event: Event, record: Record) -> str:
    scene.auditor.may_end(record.session, "time limit")
    scene.stage.slurm("scontrol", "update", f"jobid={person.job(record).number}", "TimeLimit=1")
    return person.ended(record)


def _cancelled(scene: Scene, person: Person, _event: Event, record: Record) -> str:
    scene.auditor.may_end(record.session, "cancelled")
    scene.stage.slurm("scancel", str(person.job(record).number))
    return person.ended(record)


def _preempted(scene: Scene, person: Person, _event: Event, record: Record) -> str:
    """No QOS of the demo goes before another: the job is cancelled in earnest, and the hub reads PREEMPTED."""
    scene.auditor.may_end(record.session, "preempted")
    number = person.job(record).number
    scene.stage.told_preempted(number)
    scene.stage.slurm("scancel", str(number))
    return person.ended(record)


def _suspended(scene: Scene, person: Person, event: Event, record: Record) -> str:
    number = str(person.job(record).number)
    with scene.auditor.excused(record.session):
        scene.stage.slurm("scontrol", "suspend", number)
        try:
            scene.stage.pause(event.seconds)
        finally:
            scene.stage.slurm("scontrol", "resume", number)
    return f"job {number} for {event.seconds:g} s"


def _requeued(scene: Scene, person: Person, _event: Event, record: Record) -> str:
    """Though our jobs say that they are not to be: an administrator's will. What ran is gone, so the session ends."""
    number = str(person.job(record).number)
    scene.auditor.may_end(record.session, "cancelled")
    scene.stage.slurm("scontrol", "update", f"jobid={number}", "requeue=1")
    scene.stage.slurm("scontrol", "requeue", number)
    return person.ended(record)


def _twice(_scene: Scene, person: Person, _event: Event, record: Record) -> str:
    """The call-back comes again, with another port, and may change nothing."""
    folder = person.folder(record)
    told = json.loads((folder / "session.json").read_text())
    host, port = before = person.now(record).address
    body = json.dumps({"session": record.session, "host": host, "port": port + 1})
    client = standin.Tls(str(folder), server_side=False)
    status = 0

    def answered() -> bool:
        nonlocal status
        try:
            status = standin.post(told["ready_url"], told["env"]["JUPYTERHUB_API_TOKEN"], body, client)
        except (OSError, ValueError, IndexError):  # the hub is away
            return False
        return status < 500

    person.wait(answered, "an answer to the second call-back")
    if status != ACCEPTED_BEFORE and person.now(record).open:
        raise NotAgain(f"{person.login}'s second call-back was answered with {status}.")
    if person.now(record).address != before:
        raise NotAgain(f"{person.login}'s second call-back has changed the session's address.")
    return f"answered with {status}"


def _is_held_to_memory(scene: Scene) -> bool:
    settings = scene.stage.rig.inst.slurm_conf.with_name("cgroup.conf")
    return settings.exists() and "ConstrainRAMSpace=yes" in settings.read_text()


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:  # its node went down meanwhile
            continue


_KINDS: dict[str, Callable[[Scene, Person, Event, Record], str]] = {
    "person-stops": _stops,
    "server-silent": _silent,
    "server-killed": _killed,
    "out-of-memory": _out_of_memory,
    "time-over": _time_over,
    "job-cancelled": _cancelled,
    "job-preempted": _preempted,
    "job-suspended": _suspended,
    "job-requeued": _requeued,
    "call-back-twice": _twice,
}
KINDS = frozenset(_KINDS)


def inject(scene: Scene, person: Person, event: Event) -> str:
    """Returns when it is over; what it met, for the log."""
    return _KINDS[event.kind](scene, person, event, person.ready())
