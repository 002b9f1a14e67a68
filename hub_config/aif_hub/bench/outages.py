"""Parts of the demo's Slurm that go away and come back: what a `with` takes away is there again after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.instance import Instance


@contextmanager
def away(inst: Instance, *stopped: Daemon) -> Iterator[str]:
    """Without these of Slurm's daemons; all of them run and every node is ready afterwards."""
    try:
        for daemon in stopped:
            daemons.stop(daemon)
        yield ", ".join(daemon.name for daemon in stopped)
    finally:
        slurm_daemons.start(inst)


@contextmanager
def node_down(inst: Instance, node: str, drained: Callable[[], None] = lambda: None) -> Iterator[str]:
    """With that node DOWN: its jobs end with NODE_FAIL. `drained` is called when no other can begin on it."""
    update = ("scontrol", "update", f"nodename={node}")
    run([*update, "state=drain", "reason=aif bench"], env=inst.slurm_env)  # or its slurmd would have it back at once
    try:
        drained()
        run([*update, "state=down", "reason=aif bench"], env=inst.slurm_env)
        yield node
    finally:
        run([*update, "state=resume"], env=inst.slurm_env)


@contextmanager
def suspended(inst: Instance, job_id: str) -> Iterator[str]:
    """With that job suspended; it may end meanwhile."""
    run(["scontrol", "suspend", job_id], env=inst.slurm_env)
    try:
        yield job_id
    finally:
        outcome(["scontrol", "resume", job_id], env=inst.slurm_env)
