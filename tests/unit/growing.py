"""Lets a cluster grow where its means allow it, on a Slurm that takes what it is asked for, and prints what came of it.

`sbatch`, `squeue` and `scancel` are `growing.sh`: what is asked of Slurm is written down, and no worker comes.

    python growing.py FOLDER
"""

import asyncio
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from scale_material import facts
from told_material import as_told, balance

FOLDER = Path(sys.argv[1])
ASKED, REFUSES = FOLDER / "asked", FOLDER / "refuses"


def session(minutes=90, free=8, **changed):
    """A session of one H100, which has so long and so much left."""
    from fractions import Fraction

    here = facts(minutes=minutes, **changed)
    here["scale"] |= {"slurm_conf": os.devnull, "slurm_bin": str(FOLDER / "bin")}
    here["address"] = "127.0.0.1"
    (FOLDER / "public.json").write_text(json.dumps(here))
    file = FOLDER / "allocations.json"
    file.unlink(missing_ok=True)
    if free is not None:
        known = balance(settled=Fraction(500 - free) - Fraction(2, 7) - Fraction(1, 42), people=())
        file.write_text(json.dumps({"allocations": [as_told(known)]}))


def submitted():
    """Of each submission the number of its workers, its walltime in minutes, and its workers' lifetime."""
    found = []
    for file in sorted(ASKED.iterdir(), key=lambda one: int(one.name)):
        text = file.read_text()
        lifetime = re.search(r"--lifetime (\d+)s", text)
        number = int(re.search(r"--array=0-(\d+)", text)[1]) + 1
        found.append([number, re.search(r"#SBATCH -t (\S+)", text)[1], lifetime and int(lifetime[1]) // 60])
    return found


def forget():
    for file in ASKED.iterdir():
        file.unlink()


def at_most(cluster):
    """The line with its price; the last one says of when that is."""
    return repr(cluster).splitlines()[-2]


def said(act):
    """What it raises, in words; empty where it does not."""
    from aif.core.errors import AifError

    try:
        act()
    except AifError as refusal:
        return f"{type(refusal).__name__}: {refusal}"
    return ""


def by_hand():
    """`scale()` and `add_group()` in a cell."""
    from aif import gpu_cluster

    session()
    with gpu_cluster(gpus=2, hours=1) as cluster:
        start = at_most(cluster)
        too_much = said(lambda: cluster.scale(11))
        group = said(lambda: cluster.add_group("more", workers=9, size="gpu", hours=1))
        kept = [len(cluster.plan), bool(cluster.groups), submitted()]
        taken = said(lambda: cluster.scale(4))
        session(minutes=30)
        cluster.place = cluster.means._place = _place()
        late = said(lambda: cluster.scale(6))
        lines = submitted()
        session(minutes=4)
        cluster.place = cluster.means._place = _place()
        at_the_end = said(lambda: cluster.scale(7))
        fewer = [said(lambda: cluster.scale(1)), len(cluster.plan)]
    return {
        "start": start, "too much": too_much, "group": group, "kept": kept, "taken": taken, "late": late,
        "lines": lines, "at the end": at_the_end, "fewer": fewer,
    }  # fmt: skip


def _place():
    from aif.scale.place import place

    return place()


def unread():
    """Where the figures have not come, nothing is refused."""
    from aif import gpu_cluster

    session(free=None, language="nl")
    with gpu_cluster(workers=1, hours=1) as cluster:
        return [said(lambda: cluster.scale(50)), len(cluster.plan), at_most(cluster)]


def budget():
    """A cluster with a budget of its own costs no more, and its workers run no longer than it lasts."""
    from aif import gpu_cluster

    session()
    with gpu_cluster(gpus=6, hours=1.4, budget=3) as cluster:
        return [submitted(), at_most(cluster), said(lambda: cluster.scale(12)), submitted()[-1]]


def adapting():
    """`adapt()` in a cell, and what it does by itself."""
    from aif import gpu_cluster

    session(minutes=120.5)
    with gpu_cluster(workers=1, hours=1) as cluster:
        refused = said(lambda: cluster.adapt(minimum=0, maximum=20))
        none = cluster._adaptive
        forget()
        chosen = cluster.adapt(interval="1h").maximum
        asked = cluster.adapt(minimum=0, maximum=4, interval="1h").maximum
        shown = at_most(cluster)

        async def grow():
            cluster.means.read()
            await cluster._adaptive.scale_up(4)
            await cluster.settled()
            return cluster.trouble

        session(minutes=120.5, free=1.5)
        some = [cluster.sync(grow), len(cluster.plan)]
        session(minutes=120.5)
        all_of_them = [cluster.sync(grow), len(cluster.plan)]
        return {
            "refused": refused, "none": none is None, "chosen": chosen, "asked": asked, "shown": shown,
            "some": some, "all": all_of_them,
        }  # fmt: skip


async def awaited():
    """As who writes `await` has it."""
    from aif import gpu_cluster

    session()
    async with gpu_cluster(gpus=2, hours=1, asynchronous=True) as cluster:
        refused = said(lambda: cluster.scale(12))
        kept = len(cluster.plan)
        await cluster.scale(3)
        return [refused, kept, len(cluster.plan)]


def replaced():
    """Of three workers that went, one had run for half of its time, and one for all of it."""
    from aif import gpu_cluster
    from aif.core.workers import WorkerJob

    session()
    with gpu_cluster(gpus=3, hours=1) as cluster:
        forget()
        names = sorted(cluster.workers)
        now, ended = datetime.now(UTC), {}
        for name, minutes in zip(names, (20, 58, 0), strict=True):
            job = cluster.workers[name].job_id
            state = "COMPLETED" if minutes else "RUNNING"
            ended[job] = WorkerJob(job, state, "gpu01", now, timedelta(minutes=minutes))
        cluster.tally.take(ended, list(ended))
        upper = float(cluster.upper)
        gone = {name: cluster.workers[name] for name in names[:2]}
        cluster.sync(cluster.replace, gone)
        again = sorted(names.index(name) for name in cluster.worker_spec)
        return [upper, again, submitted(), cluster.trouble, float(cluster.upper)]


def refused():
    """Of four workers one goes while Slurm takes none; meanwhile somebody asks for more, and then for fewer."""
    from aif import gpu_cluster

    session()
    with gpu_cluster(gpus=4, hours=1) as cluster:

        def goes():
            name = sorted(cluster.workers)[-1]
            cluster.sync(cluster.replace, {name: cluster.workers[name]})

        def wanted():
            return len({*cluster.worker_spec, *cluster.again.owed})

        REFUSES.touch()
        goes()
        kept = [len(cluster.plan), wanted(), bool(cluster.trouble)]
        more = said(lambda: cluster.scale(6))
        kept += [wanted()]
        REFUSES.unlink()
        cluster.again.taken()  # it may have asked by itself just before, and been refused for ten seconds
        cluster.sync(cluster.ask_again)
        cluster.sync(cluster.settled)
        kept += [len(cluster.plan), len(cluster.workers), cluster.trouble]
        REFUSES.touch()
        goes()
        fewer = said(lambda: cluster.scale(3))
        REFUSES.unlink()
        return {"kept": kept, "more": more, "fewer": [fewer, len(cluster.plan), len(cluster.again.owed)]}


def told():
    """What the job script of a worker says of what it belongs to."""
    from aif import gpu_cluster

    session(job_id=77)
    with gpu_cluster(gpus=2, hours=1) as cluster:
        [file] = ASKED.iterdir()
        lines = [line for line in file.read_text().splitlines() if line.startswith("export AIF_")]
        return [lines, cluster.home.label]


def main():
    from aif.scale import home

    ASKED.mkdir()
    home.sys = SimpleNamespace(executable=str(FOLDER / "bin/watchdog"))  # the real one needs an installed workbench
    os.environ |= {"AIF_SESSION_DIR": str(FOLDER), "HOME": str(FOLDER), "AIF_ASKED": str(ASKED)}
    found = {}
    for part in (by_hand, unread, budget, adapting, replaced, refused, told):
        found[part.__name__] = part()
        forget()
    found["awaited"] = asyncio.run(awaited())
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
