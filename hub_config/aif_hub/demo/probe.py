"""Slurm started with cgroups where the machine has them, proved by a first job, and without them where that fails."""

from __future__ import annotations

import time

from aif_hub.demo import instance, slurm_daemons, slurm_files
from aif_hub.demo.commands import log, outcome, run
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.demo.people import Demo

WITHOUT = "off"  # what is recorded when cgroups were tried and failed
_STAMP = "cgroups"
_PROVED = "first job"


def start_slurm(inst: Instance) -> None:
    """All of Slurm's daemons; falls back to no cgroups when the nodes do not come up with them."""
    wanted = _wanted(inst)
    slurm_files.write(inst, wanted)
    try:
        slurm_daemons.start(inst)
    except DemoError as failed:
        if not wanted or _is_proved(inst):  # then something else is wrong, and jobs may be running
            raise
        log.debug("with cgroups %s: %s", wanted, failed)
        _do_without(inst)


def prove(inst: Instance, demo: Demo) -> None:
    """A first job runs to its end, once in an instance's life; else cgroups are given up and it is tried again."""
    if _is_proved(inst):
        return
    person = next(person for person in demo.people if person.role == "operator")
    login = inst.login(person.short)
    if not _runs_a_job(inst, login):
        if not _wanted(inst):
            raise DemoError(f"Slurm is up but runs no job. See {inst.prefix}/log/slurmctld.log and slurmd-gpu01.log.")
        _do_without(inst)
        if not _runs_a_job(inst, login):
            raise DemoError(f"Slurm is up but runs no job. See {inst.prefix}/log/slurmctld.log and slurmd-gpu01.log.")
    instance.set_stamp(inst, _PROVED, _wanted(inst) or WITHOUT)


def in_words(inst: Instance) -> str:
    """How jobs are confined, for `status`."""
    if not inst.slurm_conf.exists():
        return "Slurm is not set up yet"
    if "proctrack/cgroup" in inst.slurm_conf.read_text():
        return "Memory limits hold (cgroups): a job over its memory ends as OUT_OF_MEMORY"
    return "No cgroups on this machine: memory limits are not enforced, and a job out of memory ends as FAILED"


def _wanted(inst: Instance) -> str:
    return "" if instance.stamp(inst, _STAMP) == WITHOUT else slurm_files.cgroup_version()


def _is_proved(inst: Instance) -> bool:
    return instance.stamp(inst, _PROVED) == (_wanted(inst) or WITHOUT)


def _do_without(inst: Instance) -> None:
    slurm_daemons.stop_compute(inst)
    instance.set_stamp(inst, _STAMP, WITHOUT)
    slurm_files.write(inst, "")
    slurm_daemons.start(inst)


def _runs_a_job(inst: Instance, login: str, seconds: float = 30) -> bool:
    argv = ["sbatch", "--parsable", "--partition=cpu", "--time=1", "--mem=100M", "--output=/dev/null", "--chdir=/tmp"]
    job = run([*argv, "--job-name=aif-first", "--wrap=true"], env=inst.slurm_env, user=login).strip()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        asked = outcome(["squeue", "-h", "-t", "all", "-j", job, "-o", "%T"], env=inst.slurm_env, timeout=30)
        state = asked.stdout.strip()
        if state == "COMPLETED":
            return True
        if state not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING"):
            break
        time.sleep(0.1)
    outcome(["scancel", job], env=inst.slurm_env, timeout=30)
    log.debug("first job %s: %s", job, state)
    return False
