"""What a cluster survives on the real Slurm: a frozen kernel, a lost node, a controller that is away, a refusal."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from in_a_notebook import START, Notebook, closed, notebook_in, session_of
from own_hub import OwnHub
from processes import until

from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo import instance as instances

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]
PERSON = "class17"
#: Longer than a worker waits for a kernel that is gone (`aif.scale.guard`): a frozen one is not.
FROZEN_SECONDS = 30
TWO = START.format("workers=2, size='gpu', hours=0.5") + "\nc.get_client().wait_for_workers(2, timeout=120)\n0"
#: Takes a few seconds, so that there is work under way when something happens.
WORK = "import time\nwork = c.get_client().map(lambda n: time.sleep(0.2) or n * n, range(60), pure=False)\nlen(work)"
SUM = "sum(c.get_client().gather(work))"
RIGHT = sum(n * n for n in range(60))


@pytest.fixture(scope="module")
def session(own_hub: OwnHub) -> Iterator[dict[str, Any]]:
    """On the node of the small parts, so that the nodes of whole GPUs can be lost."""
    with session_of(own_hub, PERSON, "slice") as running:
        yield running


@pytest.fixture
def notebook(own_hub: OwnHub, session: dict[str, Any]) -> Iterator[Notebook]:
    with notebook_in(own_hub, PERSON, session) as made:
        yield made


def test_workers_wait_for_a_frozen_kernel_and_go_on_with_it(notebook: Notebook) -> None:
    notebook.cell(TWO)
    before = notebook.jobs()
    notebook.cell(WORK)
    os.kill(notebook.pid, signal.SIGSTOP)
    frozen = time.monotonic()
    until(lambda: time.monotonic() - frozen > FROZEN_SECONDS, "the time is over", FROZEN_SECONDS + 5, every=1)
    os.kill(notebook.pid, signal.SIGCONT)
    assert notebook.cell(SUM) == RIGHT
    assert notebook.cell("c.trouble") == ""
    assert notebook.jobs() == before


@pytest.mark.parametrize("watched", [True, False], ids=["by its watchdog", "by their guards alone"])
def test_workers_of_a_kernel_that_is_killed_while_it_is_frozen_end(watched: bool, notebook: Notebook) -> None:
    notebook.cell(TWO)
    if not watched:
        notebook.cell("c.home._watchdog.kill()\n0")
    os.kill(notebook.pid, signal.SIGSTOP)
    notebook.kill()
    until(lambda: not notebook.jobs(), "none is left, within the minute that is promised", 60)


def test_workers_of_a_lost_node_are_replaced_on_another_and_the_result_is_right(notebook: Notebook) -> None:
    # When Dask misses a worker for so long, what has come in its place is still on its way.
    notebook.cell("import dask\ndask.config.set({'distributed.deploy.lost-worker-timeout': '6s'}) and 0")
    notebook.cell(TWO)
    node = notebook.hub.slurm("squeue", "-h", "-r", "-j", notebook.jobs()[0], "-o", "%N").strip()
    before = set(notebook.jobs())
    notebook.cell(WORK)
    with down(notebook.hub, node):
        assert notebook.cell(SUM) == RIGHT
        until(lambda: len(set(notebook.jobs("RUNNING")) - before) >= 1, "another took its place", 60)
        nodes = notebook.hub.slurm("squeue", "-h", "-u", notebook.login, "-n", "aif-worker", "-t", "R", "-o", "%N")
        assert node not in nodes.split()
        came = set(notebook.jobs()) - before
        until(lambda: notebook.cell("len(c.observed)") == 2, "two are at work", 60)
        assert came <= set(notebook.jobs())
        assert notebook.cell(WORK) == 60
        assert notebook.cell(SUM) == RIGHT
        assert notebook.cell("c.trouble") == ""
        assert notebook.cell("len(c.scheduler.workers)") == 2, "what is left of the lost node is not at work"


def test_a_controller_that_is_away_for_a_while_does_not_keep_workers_from_coming(
    notebook: Notebook, instance: dict[str, Any]
) -> None:
    notebook.cell(START.format("workers=1, size='gpu', hours=0.5"))
    with away(instance, seconds=6):
        assert notebook.cell("c.scale(3)\nlen(c.plan)") == 3
    notebook.cell("c.get_client().wait_for_workers(3, timeout=120)\n0")
    assert len(notebook.jobs()) == 3, "each was submitted once"
    assert notebook.cell("c.trouble") == ""


def test_workers_that_slurm_refused_to_an_adapting_cluster_come_once_it_takes_them(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=0, size='gpu', hours=0.5"))
    with closed(notebook.hub, "gpu"):
        notebook.cell("c.adapt(minimum=1, maximum=2) and 0")
        said = until(lambda: notebook.cell("c.trouble"), "the refusal is shown", 30)
        assert "Slurm did not take the workers" in said
        assert "asked for again at" in said
        assert notebook.jobs() == []
    until(lambda: notebook.cell("len(c.observed)") >= 1, "it has come, and nobody scaled", 60)
    assert notebook.cell("c.trouble") == ""


def test_a_replacement_that_slurm_refused_comes_once_it_takes_it(notebook: Notebook) -> None:
    notebook.cell(TWO)
    with closed(notebook.hub, "gpu"):
        notebook.hub.slurm("scancel", notebook.jobs()[0])
        until(lambda: "did not take" in notebook.cell("c.trouble"), "the refusal is shown", 30)
    until(lambda: notebook.cell("len(c.observed)") == 2, "two are at work again", 60)
    assert notebook.cell("c.trouble") == ""


def test_who_asks_for_too_much_is_told_and_what_is_there_is_still_replaced(notebook: Notebook) -> None:
    notebook.cell(TWO)
    with closed(notebook.hub, "gpu"):
        assert notebook.answer("c.scale(4)\n0")["raised"] == "NotStarted"
        assert notebook.cell("len(c.plan), c.trouble") == [2, ""]
    before = notebook.jobs()
    notebook.hub.slurm("scancel", before[0])
    until(lambda: before[0] not in notebook.jobs() and len(notebook.jobs("RUNNING")) == 2, "it was replaced", 60)


def test_a_suspended_worker_is_paused_and_not_at_work_until_it_goes_on(notebook: Notebook) -> None:
    notebook.cell(TWO)
    before = notebook.jobs()
    notebook.hub.slurm("scontrol", "suspend", before[0])
    try:
        until(lambda: "2 asked of Slurm, 1 at work" in notebook.cell("repr(c)"), "one is seen to stand still", 60)
        assert "1 of 2 here, 1 paused" in notebook.cell("repr(c)")
    finally:
        notebook.hub.slurm("scontrol", "resume", before[0])
    until(lambda: "2 asked of Slurm, 2 at work" in notebook.cell("repr(c)"), "it is seen to go on", 60)
    assert notebook.jobs() == before, "nobody has taken its place"
    assert notebook.cell("c.trouble") == ""


@contextmanager
def down(hub: OwnHub, node: str) -> Iterator[None]:
    """Slurm holds that node to be lost; what runs on it runs on."""
    update = ("scontrol", "update", f"nodename={node}")
    hub.slurm(*update, "state=drain", "reason=a test of aif")  # or its slurmd would have it back at once
    try:
        hub.slurm(*update, "state=down", "reason=a test of aif")
        yield
    finally:
        hub.slurm(*update, "state=resume")


@contextmanager
def away(instance: dict[str, Any], seconds: float) -> Iterator[None]:
    """The controller is stopped, and started so many seconds later; it runs again afterwards in any case."""
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    daemons.stop(slurm_daemons.slurmctld(inst))
    back = threading.Timer(seconds, daemons.start, [slurm_daemons.slurmctld(inst)])
    back.start()
    try:
        yield
    finally:
        back.join()
        slurm_daemons.start(inst)
