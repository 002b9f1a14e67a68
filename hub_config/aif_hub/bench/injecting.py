"""Makes the faults of `faults.py` happen on the demo's Slurm, and takes back what each has changed in any case."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aif.core.workers import JOB_NAME
from aif_hub.bench import outages
from aif_hub.bench.as_kernel import Kernel
from aif_hub.bench.auditor import Auditor
from aif_hub.bench.faults import Fault
from aif_hub.bench.processes import processes_of_jobs
from aif_hub.bench.rig import until
from aif_hub.demo import slurm_daemons
from aif_hub.demo.commands import run
from aif_hub.demo.instance import Instance

#: Words in a command line: of the process that computes, and of the one above it.
_PROCESS = {"worker-killed": b"multiprocessing.spawn", "nanny-killed": b"distributed.cli.dask_worker"}


@dataclass(frozen=True)
class Job:
    """A worker's running job: its number, its id in its array, its node.

    The number of an array's last job is that of the array: Slurm's commands are told the id.
    """

    number: str
    job_id: str
    node: str


@dataclass(frozen=True)
class Field:
    """Where faults happen: the person's worker jobs, of this partition and paid by this QOS, and their kernel."""

    inst: Instance
    login: str
    partition: str
    qos: str
    auditor: Auditor
    kernel: Kernel
    renew: Callable[[], None]  # a new kernel in place of a dead one

    def slurm(self, *argv: str) -> str:
        """What one of Slurm's commands prints to root."""
        return run(argv, env=self.inst.slurm_env)

    def running(self) -> list[Job]:
        """The person's workers that run, in Slurm's order."""
        lines = self.slurm("squeue", "-h", "-r", "-t", "R", "-u", self.login, "-n", JOB_NAME, "-o", "%A|%i|%N")
        return [Job(*line.split("|")) for line in sorted(lines.split())]

    def one(self, fault: Fault) -> Job:
        """The worker that the fault is to meet."""
        until(self.running, "a running worker", 120, 0.5)
        jobs = self.running()
        return jobs[int(fault.choice * len(jobs)) % len(jobs)]


def inject(field: Field, fault: Fault) -> str:
    """Returns when the fault is over; what it met, for the log."""
    if fault.kind in _PROCESS:
        return _kill_process(field, fault)
    if fault.kind in _AT_ONCE:
        return _AT_ONCE[fault.kind](field, fault)
    with _LASTING[fault.kind](field, fault) as met:
        time.sleep(fault.seconds)  # this long it lasts
    return f"{met} for {fault.seconds:g} s"


def _kill_process(field: Field, fault: Fault) -> str:
    job = field.one(fault)
    until(lambda: bool(_processes(fault, job)), f"the process of worker {job.job_id}", 30)
    for pid in _processes(fault, job):
        os.kill(pid, signal.SIGKILL)
    return f"of {job.job_id}"


def _processes(fault: Fault, job: Job) -> list[int]:
    ours = processes_of_jobs(_PROCESS[fault.kind], JOB_NAME)
    return [pid for pid, number in ours.items() if number == int(job.number)]


def _cancel(field: Field, fault: Fault) -> str:
    job = field.one(fault)
    field.slurm("scancel", job.job_id)
    return job.job_id


def _time_over(field: Field, fault: Fault) -> str:
    job = field.one(fault)
    field.slurm("scontrol", "update", f"jobid={job.job_id}", "TimeLimit=1")
    until(lambda: job not in field.running(), f"the end of {job.job_id} by its walltime", 180, 0.5)
    return job.job_id


def _kill_kernel(field: Field, _fault: Fault) -> str:
    cluster = field.kernel.cluster
    field.kernel.kill()
    field.auditor.ended(cluster, time.monotonic())
    field.renew()
    return cluster


def _too_many(field: Field, _fault: Fault) -> str:
    """Of jobs for each person, the session's own included, the QOS takes no more than there are now."""
    now = len(field.slurm("squeue", "-h", "-r", "-u", field.login, "-o", "%A").split())
    set_limit = ("sacctmgr", "-i", "modify", "qos", "where", f"name={field.qos}", "set")
    field.slurm(*set_limit, f"MaxSubmitJobsPerUser={now}")
    try:
        said = field.kernel.scale(field.kernel.workers + 2)
    finally:
        field.slurm(*set_limit, "MaxSubmitJobsPerUser=-1")
    if not said:
        field.auditor.result(0.0, "more workers than the QOS allows were asked for, and nothing was said")
        field.kernel.scale(field.kernel.workers)
    return said.partition(".")[0] or "not refused"


@contextmanager
def _node_down(field: Field, fault: Fault) -> Iterator[str]:
    with outages.node_down(field.inst, field.one(fault).node) as node:
        yield node


@contextmanager
def _frozen(field: Field, _fault: Fault) -> Iterator[str]:
    field.kernel.signal(signal.SIGSTOP)
    try:
        yield field.kernel.cluster
    finally:
        field.kernel.signal(signal.SIGCONT)
        field.auditor.paused()


@contextmanager
def _slurm_away(field: Field, _fault: Fault) -> Iterator[str]:
    with outages.away(field.inst, slurm_daemons.slurmctld(field.inst)) as name:
        yield name


@contextmanager
def _refused(field: Field, fault: Fault) -> Iterator[str]:
    """A worker has to be replaced while its partition takes nothing."""
    job = field.one(fault)
    field.slurm("scontrol", "update", f"partitionname={field.partition}", "state=inactive")
    try:
        field.slurm("scancel", job.job_id)
        yield job.job_id
    finally:
        field.slurm("scontrol", "update", f"partitionname={field.partition}", "state=up")


@contextmanager
def _suspended(field: Field, fault: Fault) -> Iterator[str]:
    with outages.suspended(field.inst, field.one(fault).job_id) as job_id:
        yield job_id


_AT_ONCE = {
    "job-cancelled": _cancel,
    "time-over": _time_over,
    "kernel-killed": _kill_kernel,
    "too-many": _too_many,
}
_LASTING = {
    "node-down": _node_down,
    "kernel-frozen": _frozen,
    "slurm-away": _slurm_away,
    "refused": _refused,
    "job-suspended": _suspended,
}
