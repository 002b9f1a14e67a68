"""What happens while a person's session begins: to sbatch, to the hub beside it, to their home, to the call-back."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import Event
from aif_hub.bench.chaos.scene import NotAgain, Scene
from aif_hub.bench.chaos.subject import START_TIMEOUT_SECONDS
from aif_hub.bench.processes import ancestors
from aif_hub.demo import daemons
from aif_hub.demo.commands import run
from aif_hub.demo.errors import DemoError

#: As much as a small folder of sessions has room for; the files of one take some 15 kB.
ROOM = 256 * 1024
#: So long a submission waits at its gate for somebody else who is at the hub: its job may run, and the hub not know it.
MOST_WAIT_SECONDS = 5.0


def _slow(scene: Scene, person: Person, event: Event) -> str:
    gate = f"before-sbatch-{person.login}"
    with scene.stage.closed(gate):
        person.asks()
        scene.stage.at_gate(gate)
        scene.stage.pause(event.seconds)
    return f"sbatch took {event.seconds:g} s"


def _refused(scene: Scene, person: Person, _event: Event) -> str:
    before = {record.session for record in person.sessions()}
    with scene.stage.day("refused", f"sbatch.{person.login}"):
        cause = person.ended(person.asks())
    for record in person.sessions():  # a refusal may have come before they asked again
        if record.session not in before:
            scene.auditor.may_end(record.session, "never started")
    return cause


def _answer_lost(scene: Scene, person: Person, event: Event) -> str:
    with scene.stage.day("answer-lost", f"sbatch.{person.login}"):
        job = person.job(person.asks())
        scene.stage.pause(event.seconds)
    return f"of job {job.number}"


def _held(scene: Scene, person: Person, event: Event) -> str:
    with scene.stage.day("held", f"sbatch.{person.login}"):
        job = person.job(person.asks())
    scene.stage.pause(event.seconds)
    scene.stage.slurm("scontrol", "release", str(job.number))
    return f"job {job.number} for {event.seconds:g} s"


def _late(scene: Scene, person: Person, event: Event) -> str:
    gate = f"server-{person.login}"
    with scene.stage.closed(gate):
        person.asks()
        scene.stage.at_gate(gate, 120)
        scene.stage.pause(event.seconds)
    return f"by {event.seconds:g} s"


def _never(scene: Scene, person: Person, _event: Event) -> str:
    """Each hub, and each time that Slurm was away, begins its time anew: they are left alone where that goes on."""
    gate = f"server-{person.login}"
    with scene.stage.closed(gate):
        record = person.asks()
        scene.auditor.may_end(record.session, "never started")
        scene.stage.at_gate(gate, 120)
        cause = person.ended(record, 2 * START_TIMEOUT_SECONDS)
        if person.now(record).open:
            with scene.stage.calm():
                cause = person.ended(record)
        if person.now(record).open:
            raise NotAgain(f"{person.login}'s session waits on for its call-back: {cause}.")
    return cause


def _disk_full(scene: Scene, person: Person, event: Event) -> str:
    """No room is left when sbatch begins: not for the job's number, nor for a line in its log."""
    gate, folders = f"before-sbatch-{person.login}", person.folders
    with _little_room(person):
        with scene.stage.closed(gate):
            record = person.asks()
            scene.auditor.may_end(record.session, "failed", "never started")  # where its log cannot be begun
            scene.stage.at_gate(gate)
            with suppress(OSError), (folders / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(b"\0" * 4096)
        job = person.job(record)
        scene.stage.pause(event.seconds)
        (folders / "filler").unlink()
        person.settled(record)
        person.stops()  # its folder goes with the disk
    return f"job {job.number} began on it"


@contextmanager
def _little_room(person: Person) -> Iterator[None]:
    folders = person.folders
    folders.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (folders, folders.parent):
        shutil.chown(folder, person.login, person.login)
    owner = folders.stat()
    options = f"size={ROOM},mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
    run(["mount", "-t", "tmpfs", "-o", options, "aif-chaos", folders])
    try:
        yield
    finally:
        run(["umount", "--lazy", folders])


def _hub_before(scene: Scene, person: Person, _event: Event) -> str:
    return _hub_killed_at(scene, person, f"before-sbatch-{person.login}", with_launcher=True)


def _hub_during(scene: Scene, person: Person, event: Event) -> str:
    return _hub_killed_at(scene, person, f"before-sbatch-{person.login}", with_launcher=False, seconds=event.seconds)


def _hub_after(scene: Scene, person: Person, _event: Event) -> str:
    return _hub_killed_at(scene, person, f"after-sbatch-{person.login}", with_launcher=True)


def _hub_killed_at(scene: Scene, person: Person, gate: str, with_launcher: bool, seconds: float = 0) -> str:
    """The hub dies while the person's submission waits at the gate, which opens some seconds after the next hub.

    Nobody is kept from the hub until then; where somebody else stops it before, or is at it for longer than a
    submission should wait, all of it once more, alone with it.
    """
    stage = scene.stage
    ways: tuple[AbstractContextManager[object], ...] = (nullcontext(), stage.hub_turn)
    for alone in ways:
        with alone, stage.closed(gate):
            person.asks()
            waiter = stage.at_gate(gate)
            if stage.hub_turn.acquire(timeout=MOST_WAIT_SECONDS):
                try:
                    above, hub = ancestors(waiter, up_to=1), stage.hub_pid
                    if hub in above:  # it submits for the hub there is, which may have begun since they first asked
                        launchers = above[: above.index(hub)]
                        return _killed_with(scene, launchers if with_launcher else (), seconds)
                finally:
                    stage.hub_turn.release()
        person.stops()
    raise DemoError("the hub was not there to be killed.")


def _killed_with(scene: Scene, launchers: Sequence[int], seconds: float) -> str:
    before = scene.up()
    with scene.auditor.without_hub("killed at a gate"):
        daemons.kill(scene.stage.hub)
        for process in reversed(launchers):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        took = scene.recover(before)
    scene.stage.pause(seconds)
    return f"itself after {took:.1f} s with {len(before)} ready"


_KINDS: dict[str, Callable[[Scene, Person, Event], str]] = {
    "sbatch-slow": _slow,
    "sbatch-refused": _refused,
    "sbatch-answer-lost": _answer_lost,
    "disk-full": _disk_full,
    "call-back-late": _late,
    "call-back-never": _never,
    "job-held": _held,
    "hub-killed-before-sbatch": _hub_before,
    "hub-killed-during-sbatch": _hub_during,
    "hub-killed-after-sbatch": _hub_after,
}
KINDS = frozenset(_KINDS)


def inject(scene: Scene, person: Person, event: Event) -> str:
    """Returns when it is over, and the session has ended or is ready or never was; what it met, for the log."""
    person.stops()
    with scene.auditor.excused(person.login):
        met = _KINDS[event.kind](scene, person, event)
    try:
        person.settled(person.sessions()[-1])
    except DemoError as error:  # it happened all the same
        return f"{met}; {error}"
    return met
