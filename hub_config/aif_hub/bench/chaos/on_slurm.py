"""What happens to Slurm: its daemons, its answers to the hub, one of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aif_hub.bench import outages
from aif_hub.bench.chaos.books import FORM, read_jobs
from aif_hub.bench.chaos.plan import Event
from aif_hub.bench.chaos.scene import Scene
from aif_hub.bench.chaos.stage import COMMANDS
from aif_hub.demo import slurm_daemons
from aif_hub.demo.instance import NODES


@contextmanager
def _controller(scene: Scene, event: Event) -> Iterator[str]:
    inst = scene.stage.rig.inst
    with scene.auditor.without_slurm(event.kind), outages.away(inst, slurm_daemons.slurmctld(inst)) as name:
        yield name


@contextmanager
def _accounting(scene: Scene, _event: Event) -> Iterator[str]:
    inst = scene.stage.rig.inst
    with outages.away(inst, slurm_daemons.slurmdbd(inst)) as name:
        yield name


@contextmanager
def _database(scene: Scene, _event: Event) -> Iterator[str]:
    inst = scene.stage.rig.inst
    with outages.away(inst, slurm_daemons.database(inst)) as name:
        yield name


@contextmanager
def _garbage(scene: Scene, event: Event) -> Iterator[str]:
    with scene.auditor.without_slurm(event.kind), scene.stage.day("garbage", *COMMANDS):
        yield "all commands"


@contextmanager
def _zero_bytes(scene: Scene, event: Event) -> Iterator[str]:
    with scene.auditor.without_slurm(event.kind), scene.stage.day("zero-bytes", *COMMANDS):
        yield "all commands"


@contextmanager
def _node_down(scene: Scene, event: Event) -> Iterator[str]:
    stage, node = scene.stage, NODES[int(event.choice * len(NODES)) % len(NODES)]

    def expect() -> None:
        asked = ("squeue", "-h", "-a", "-w", node, "-n", stage.subject.job_name, "-o", FORM)
        for job in read_jobs(stage.slurm(*asked)).values():
            scene.auditor.may_end(job.session, "node failed")

    with outages.node_down(stage.rig.inst, node, expect):
        yield node


_KINDS = {
    "slurmctld-away": _controller,
    "slurmdbd-away": _accounting,
    "mariadb-away": _database,
    "slurm-garbage": _garbage,
    "slurm-zero-bytes": _zero_bytes,
    "node-down": _node_down,
}
KINDS = frozenset(_KINDS)


def inject(scene: Scene, event: Event) -> str:
    """Returns when it is over; what it met, for the log."""
    with scene.stage.slurm_turn, _KINDS[event.kind](scene, event) as met:
        scene.stage.pause(event.seconds)
    return f"{met} for {event.seconds:g} s"
