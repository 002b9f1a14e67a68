"""The demo's past in Slurm's accounting: loaded once in an instance's life, so that `sacct` and `sreport` know of it.

What works, on Slurm 22.05: `sacctmgr archive load` of a file in slurmdbd's own form (`slurm_archive`), then
`sacctmgr roll` over its days, so that sreport's sums have it: slurmdbd adds up only what ended since it last did. That
takes it some seconds, for which nobody waits; sreport shows people from the first full hour after they were added.

slurmctld counts what a QOS used by itself and learns nothing of it: its limit is what was left on the first day, and
what was used before (`carried_in` and `played_in` of people.toml) is taken off (`accounts.qos_settings`). So both say
the same is left from then on.
"""

from __future__ import annotations

import pwd
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from aif_hub.demo import grants, history, instance
from aif_hub.demo.commands import begin, run
from aif_hub.demo.instance import Instance
from aif_hub.demo.past_queue import PastJob, run_through
from aif_hub.demo.people import Demo
from aif_hub.demo.slurm_archive import Ids, Payer, archive
from aif_hub.demo.slurm_files import demo_file

_STAMP = "history"


def ensure_once(inst: Instance, demo: Demo) -> None:
    """The past in the accounting, unless it is there."""
    if instance.stamp(inst, _STAMP):
        return
    first_day = grants.first_day(inst)
    jobs = past_jobs(demo, first_day)
    if not _is_there(inst, jobs[0]):  # a run that broke off after it; slurmdbd takes no job twice
        _load(inst, demo, jobs)
    instance.set_stamp(inst, _STAMP, first_day.isoformat())
    since = date.fromtimestamp(min(job.wish.submitted for job in jobs))
    begin(
        ["sacctmgr", "-i", "roll", since.isoformat(), first_day.isoformat()],
        env=inst.slurm_env,
        output=inst.prefix / "log/sacctmgr-roll.out",
    )


def past_jobs(demo: Demo, first_day: date) -> list[PastJob]:
    """Every job that ended before the first day, with the numbers 1, 2, 3 …; FirstJobId of slurm.conf is above them."""
    used = {
        grant.named(project.account): (grant.played_in, grant.started)
        for project in demo.projects
        for grant in project.grants
    }
    wishes = history.read(demo_file("history.toml")).wishes(used, first_day)
    return run_through(wishes, history.midnight(first_day))


def _is_there(inst: Instance, job: PastJob) -> bool:
    argv = ["sacct", "-X", "-D", "-a", "-n", "-P", "-j", str(job.job_id), "-o", "Start"]
    return str(job.start) in run(argv, env={**inst.slurm_env, "SLURM_TIME_FORMAT": "%s"}).split()


def _load(inst: Instance, demo: Demo, jobs: list[PastJob]) -> None:
    payers = _payers(inst, demo)
    paid = [(job, payers[job.wish.allocation, job.wish.person]) for job in jobs]
    place = inst.prefix / "state/history.archive"
    place.write_bytes(archive(inst.name, paid, _ids(inst), int(time.time())))
    run(["sacctmgr", "-i", "archive", "load", f"file={place}"], env=inst.slurm_env, timeout=120)


def _payers(inst: Instance, demo: Demo) -> dict[tuple[str, str], Payer]:
    """By allocation and person."""
    return {
        (grant.named(project.account), person.short): Payer(
            inst.login(person.short),
            pwd.getpwnam(inst.login(person.short)).pw_uid,
            project.account,
            project.qos(grant),
            project.priority,
        )
        for project in demo.projects
        for grant in project.grants
        for person in demo.people
        if project.account in person.projects and not person.room
    }


def _ids(inst: Instance) -> Ids:
    with ThreadPoolExecutor(max_workers=3) as pool:
        associations, qos, tres = pool.map(
            lambda words: list(_rows(inst, *words)),
            (
                ("assoc", f"cluster={inst.name}", "format=account,user,id"),
                ("qos", "format=name,id"),
                ("tres", "format=type,name,id"),
            ),
        )
    return Ids(
        {(account, user): int(number) for account, user, number in associations if user},
        {name: int(number) for name, number in qos},
        {f"{kind}/{name}" if name else kind: int(number) for kind, name, number in tres},
    )


def _rows(inst: Instance, *words: str) -> Iterator[list[str]]:
    out = run(["sacctmgr", "-nP", "show", *words], env=inst.slurm_env, timeout=60)
    return (line.split("|") for line in out.splitlines())
