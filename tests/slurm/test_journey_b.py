"""A researcher's day, steps 5 to 10: more GPUs for the same code, some late, some lost, and idle ones given back.

On the demo's nodes of H100s, whose GPUs are pretended: workers compute with pandas. A job that is taken back by one of
higher priority is cancelled by an administrator here, as no QOS of the demo goes before another.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from in_a_notebook import Notebook, notebook_in, session_of
from own_hub import OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]
PERSON, OTHER = "class18", "class19"
#: What the researcher has written for one machine. Nothing in it says where it is computed.
CODE = """
import time
import dask.dataframe as dd
import pandas as pd
def hour(number, pause=0.0):
    time.sleep(pause)
    rows = range(number * 5000, number * 5000 + 5000)
    return pd.DataFrame({"road": [row % 61 for row in rows], "cars": [row * row % 1009 for row in rows]})
def month(hours=48, pause=0.0):
    frame = dd.from_map(hour, range(hours), pause=pause)
    busy = frame[frame.cars > 100].groupby("road").cars.agg(["sum", "max", "count"])
    joined = frame.merge(busy.reset_index(), on="road").assign(share=lambda one: one.cars / one["sum"])
    return joined.groupby("road").share.sum().compute().round(9).sort_index().to_dict()
"""


@pytest.fixture(scope="module")
def notebook(own_hub: OwnHub) -> Iterator[Notebook]:
    """Of a session on the node of the small parts; all whole GPUs are there for workers."""
    with session_of(own_hub, PERSON, "slice", 180) as running, notebook_in(own_hub, PERSON, running) as made:
        yield made


def test_the_same_code_is_computed_by_eight_gpus_of_which_four_come_later(notebook: Notebook) -> None:
    hub = notebook.hub
    notebook.cell(CODE + "\nalone = month()\nlen(alone)")
    with taken(hub, gpus=8):
        # Step 5: up to 8 more GPUs for 2 hours; it costs 16 GPU-hours at most.
        notebook.cell(
            "from aif import gpu_cluster\n"
            "c = gpu_cluster(gpus=8, size='gpu', hours=2, budget=16)\nclient = c.get_client()\n0"
        )
        assert notebook.cell("float(c.first_plan.most)") == 16
        assert "8 GPU-hours an hour" in notebook.cell("repr(c)")
        assert "At most 16 GPU-hours in all" in notebook.cell("repr(c)")
        # Step 6: four are here, four wait and say why, and work goes on.
        notebook.cell("client.wait_for_workers(4, timeout=120)\n0")
        text = until(lambda: seen(notebook, "4 at work"), "four are at work", 60)
        assert "8 planned, 8 asked of Slurm, 4 at work" in text
        assert text.count("waiting, ") == 4, text
        assert notebook.cell("month() == alone")
    # Step 7: all eight, on another node too; what they use is counted as Slurm counts it.
    notebook.cell("client.wait_for_workers(8, timeout=120)\n0")
    assert len(set(nodes(notebook))) >= 2
    assert notebook.cell("month() == alone")
    notebook.cell("c.sync(c.observe)\n0")
    spent, ran = notebook.cell("c.spent"), seconds(notebook)
    assert spent == pytest.approx(ran / 3600, abs=8 * 6 / 3600), "within the few seconds between two looks"


def test_workers_that_go_are_replaced_and_the_result_stays_that_of_one_machine(notebook: Notebook) -> None:
    # Step 9: a worker is taken back while the work is under way.
    before = notebook.jobs("RUNNING")
    notebook.cell(
        "from threading import Thread\ngot = []\nwork = Thread(target=lambda: got.append(month(48, 0.3)))\nwork.start()"
    )
    until(lambda: notebook.cell("sum(map(len, client.processing().values()))"), "the work is under way", 30)
    notebook.hub.slurm("scancel", before[0])
    notebook.cell("work.join(120)\n0")
    assert notebook.cell("len(got)") == 1, "it came to its end"
    assert notebook.cell("got[0] == alone")
    until(lambda: len(notebook.jobs("RUNNING")) == 8 and before[0] not in notebook.jobs(), "eight again", 60)
    assert notebook.cell("c.trouble") == ""


def test_idle_workers_are_given_back_and_come_again_for_work(notebook: Notebook) -> None:
    # Step 10: nothing is computed, so workers go; the notebook and its results stay.
    notebook.cell("c.adapt(minimum=1, maximum=8, interval='1s', wait_count=2, hold='1s') and 0")
    until(lambda: len(notebook.jobs()) == 1, "all but one are given back", 120)
    notebook.cell("many = client.map(lambda n: time.sleep(1) or n, range(200), pure=False)\n0")
    until(lambda: len(notebook.jobs()) > 2, "work brings them back", 60)
    assert notebook.cell("sum(client.gather(many))") == sum(range(200))
    notebook.cell("c.close()\n0")


def test_a_worker_near_its_walltime_is_replaced_before_and_its_tasks_move(notebook: Notebook) -> None:
    # Step 8: a worker ends itself before Slurm would; here after half a minute.
    notebook.cell(
        "lives = ['--lifetime', '30s', '--lifetime-stagger', '1s']\n"
        "c = gpu_cluster(gpus=2, size='gpu', hours=0.5, worker_extra_args=lives)\n"
        "client = c.get_client()\nclient.wait_for_workers(2, timeout=120)\n0"
    )
    before = set(notebook.jobs())
    notebook.cell("kept = client.map(lambda n: n * n, range(40))\nclient.gather(kept)[-1]")
    notebook.cell("work = client.map(lambda n: time.sleep(1) or n, range(90), pure=False)\n0")
    assert notebook.cell("sum(client.gather(work))") == sum(range(90))
    assert notebook.cell("client.gather(kept)[-1]") == 39 * 39
    until(lambda: len(set(notebook.jobs("RUNNING")) - before) == 2, "both were replaced", 60)
    assert notebook.cell("c.trouble") == ""
    notebook.cell("c.close()\n0")


def seen(notebook: Notebook, words: str) -> str:
    """What the cluster says of itself, once that has these words."""
    text: str = notebook.cell("c.sync(c.observe)\nrepr(c)")
    return text if words in text else ""


def nodes(notebook: Notebook) -> list[str]:
    return notebook.hub.slurm(
        "squeue", "-h", "-r", "-u", notebook.login, "-n", "aif-worker", "-t", "R", "-o", "%N"
    ).split()


def seconds(notebook: Notebook) -> int:
    """For which all workers have run by now, as Slurm has it."""
    out = notebook.hub.slurm(
        "squeue", "-h", "-r", "-u", notebook.login, "-n", "aif-worker", "-t", "R", "-O", "TimeUsed:20"
    )
    return sum(
        int(minutes) * 60 + int(rest) for minutes, _, rest in (row.strip().rpartition(":") for row in out.split())
    )


@contextmanager
def taken(hub: OwnHub, gpus: int) -> Iterator[None]:
    """Somebody else's jobs have so many GPUs, four on a node."""
    login = hub.login(OTHER)
    argv = [
        "sudo",
        "-n",
        "-E",
        "-u",
        login,
        "sbatch",
        "--parsable",
        "--partition=gpu",
        "--gres=gpu:h100:4",
        "--time=10",
    ]
    argv += ["--mem=1G", "--output=/dev/null", "--chdir=/tmp", "--job-name=aif-test-taken", "--wrap=exec sleep 600"]
    env: dict[str, Any] = {"PATH": "/usr/bin:/bin", "SLURM_CONF": hub.instance["slurm_conf"], "LANG": "C.UTF-8"}
    jobs = [
        subprocess.run(argv, env=env, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
        for _ in range(gpus // 4)
    ]
    try:
        until(
            lambda: hub.slurm("squeue", "-h", "-j", ",".join(jobs), "-t", "R", "-o", "%A").split() == jobs, "they run"
        )
        yield
    finally:
        hub.slurm("scancel", *jobs)
