"""Clusters on the real Slurm: many workers in one submission, one result, nothing left behind."""

from __future__ import annotations

import json
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from in_a_notebook import START, Notebook, closed, held, notebook_in, session_of
from neighbour import Neighbour
from own_hub import OwnHub
from processes import until

from aif.core.units import parse_time

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]
PERSON, OTHER = "class28", "class29"
#: States of a job that is not over yet.
GOING = ("RUNNING", "COMPLETING")


@pytest.fixture(scope="module")
def session(own_hub: OwnHub) -> Iterator[dict[str, Any]]:
    """A running session of somebody's, with one GPU."""
    with session_of(own_hub, PERSON, "gpu") as running:
        yield running


@pytest.fixture
def notebook(own_hub: OwnHub, session: dict[str, Any]) -> Iterator[Notebook]:
    with notebook_in(own_hub, PERSON, session) as made:
        yield made


def test_four_gpus_on_extra_nodes_work_together_and_end_with_the_cluster(notebook: Notebook) -> None:
    assert notebook.cell(START.format("gpus=4, hours=0.5, budget=8")) == 4
    jobs = notebook.jobs()
    assert len(jobs) == 4
    assert len({one.partition("_")[0] for one in jobs}) == 1, "one submission"
    assert notebook.cell("client = c.get_client()\nclient.wait_for_workers(4, timeout=120)\nlen(c.observed)") == 4
    places = notebook.cell(
        "import os\n"
        "where = lambda: (os.environ['SLURMD_NODENAME'], os.environ['CUDA_VISIBLE_DEVICES'])\n"
        "sorted(client.run(where).values())"
    )
    assert len({tuple(one) for one in places}) == 4, f"each has a GPU of its own: {places}"
    assert notebook.cell("client.submit(sum, range(10)).result()") == 45
    frame = "import dask.array as da\nint(da.arange(1_000_000, chunks=100_000).sum().compute())"
    assert notebook.cell(frame) == 499_999_500_000
    text = notebook.cell("c.sync(c.observe)\nrepr(c)")
    assert "4 planned, 4 asked of Slurm, 4 at work" in text
    assert "4 GPU-hours an hour" in text
    assert "At most 2 GPU-hours in all, the budget lasts for about " in text
    assert notebook.cell("c.scale(2)\nlen(c.plan)") == 2
    until(lambda: len(notebook.jobs()) == 2, "two have ended", 30)
    folder = Path(notebook.cell("c.close()\nstr(c.home.folder)"))
    until(lambda: not notebook.jobs(), "all have ended", 30)
    assert not folder.exists(), "neither keys nor logs are left"


def test_groups_of_other_sizes_are_scaled_apart_and_adapt_leaves_them_alone(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=1, size='slice', hours=0.5"))
    unknown = notebook.answer("c.scale(2, group='cpu')\n0")
    assert (unknown["raised"], "add_group" in unknown["said"]) == ("NotPlanned", True)
    with closed(notebook.hub, "cpu"):
        refused = notebook.answer("c.add_group('cpu', workers=2, size='cpu')\n0")
    assert refused["raised"] == "NotStarted", refused
    notebook.cell("c.add_group('cpu', workers=2, size='cpu')\n0")
    notebook.cell("client = c.get_client()\nclient.wait_for_workers(3, timeout=120)\n0")
    listed = notebook.hub.slurm("squeue", "-h", "-r", "-u", notebook.login, "-n", "aif-worker", "-o", "%P")
    assert sorted(listed.split()) == ["cpu", "cpu", "mig"]
    where = (
        "import os\nclient.submit(lambda: os.environ['SLURM_JOB_PARTITION'], workers=c.names({}), pure=False).result()"
    )
    assert (notebook.cell(where.format("'cpu'")), notebook.cell(where.format(""))) == ("cpu", "mig")
    assert "GPU-hours an hour" in notebook.cell("repr(c)")
    assert notebook.cell("c.scale(1, group='cpu')\n[len(c.names('cpu')), len(c.names())]") == [1, 1]
    assert notebook.cell("c.scale(2)\n[len(c.names('cpu')), len(c.names())]") == [1, 2]
    until(lambda: len(notebook.jobs()) == 3, "one more and one less", 30)
    notebook.cell("c.adapt(minimum=0, maximum=2, interval='200ms', hold='0s') and 0")
    until(lambda: notebook.cell("[len(c.names('cpu')), len(c.names())]") == [1, 0], "what adapts has nothing to do", 90)
    notebook.cell("c.close()\n0")


def test_a_packed_environment_is_on_the_node_for_as_long_as_workers_are(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=2, size='cpu', hours=0.5, packed=True"))
    notebook.cell("client = c.get_client()\nclient.wait_for_workers(2, timeout=180)\nimport sys\n0")
    [place] = notebook.cell("sorted(set(client.run(lambda: sys.prefix).values()))")
    assert place.startswith("/tmp/aif-env-"), place  # noqa: S108 - the node's own
    folder = Path(place)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.owner() == notebook.login
    assert notebook.cell("client.submit(sum, range(10)).result()") == 45
    notebook.cell("c.scale(1)\n0")
    until(lambda: len(notebook.jobs()) == 1, "one has ended", 30)
    assert notebook.cell("client.submit(max, range(10)).result()") == 9
    assert folder.exists()
    notebook.cell("c.close()\n0")
    until(lambda: not folder.exists(), "the last worker has taken it away", 60)


def test_what_is_lost_is_replaced_and_the_result_is_right(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=2, size='cpu', hours=0.5, job_extra_directives=['--nice=5']"))
    script = notebook.cell("c.job_script()")
    assert "#SBATCH --qos=" in script
    assert "#SBATCH --nice=5" in script
    notebook.cell("client = c.get_client()\nclient.wait_for_workers(2, timeout=120)\n0")
    before = notebook.jobs()
    # Each takes a while, so that there is work under way when the worker goes.
    notebook.cell("import time\nwork = client.map(lambda n: time.sleep(0.2) or n * n, range(60))\nlen(work)")
    notebook.hub.slurm("scancel", before[0])
    assert notebook.cell("sum(client.gather(work))") == sum(n * n for n in range(60))
    until(lambda: "lambda: 60 of 60 done" in notebook.cell("repr(c)"), "it says how far its work is", 30)
    until(lambda: len(notebook.jobs("RUNNING")) == 2 and before[0] not in notebook.jobs(), "another took its place", 60)
    assert notebook.cell("client.wait_for_workers(2, timeout=120)\nc.trouble") == ""
    notebook.cell("c.close()\n0")


def test_a_spent_budget_ends_all_workers_and_holds_against_adapt(notebook: Notebook) -> None:
    notebook.cell(START.format("gpus=1, size='gpu', hours=0.5, budget=0.002"))
    notebook.cell("c.adapt(minimum=1, maximum=2) and 0")
    until(lambda: notebook.cell("c.trouble"), "7 seconds of a GPU are used", 90)
    assert notebook.cell("c.trouble") == "The budget of 0.002 GPU-hours is spent."
    until(lambda: not notebook.jobs(), "its worker has ended", 30)
    submitted = notebook.cell("len(c.arrays.bases)")
    notebook.cell("c.sync(c._adaptive.adapt)\nc.sync(c.observe)")
    assert notebook.cell("len(c.arrays.bases)") == submitted
    again = notebook.answer("c.scale(1)\n0")
    assert (again["raised"], "budget of its own" in again["said"]) == ("NotPlanned", True)
    assert notebook.jobs() == []
    notebook.cell("c.close()\n0")


def test_a_refusal_is_raised_in_the_cell_and_leaves_nothing(notebook: Notebook) -> None:
    until(lambda: "value" in notebook.answer("from aif import allocation\nallocation().name"), "figures are read", 120)
    too_much = notebook.answer(START.format("gpus=999"))
    assert too_much["raised"] == "NotPlanned"
    assert "free to plan" in too_much["said"]
    refused = notebook.answer(START.format("workers=2, size='cpu', job_extra_directives=['--nodelist=nonesuch']"))
    assert refused["raised"] == "NotStarted", refused
    assert "nonesuch" in refused["said"] or "node" in refused["said"].lower()
    assert notebook.jobs() == []
    assert list((Path(pwd.getpwnam(notebook.login).pw_dir) / ".aif/clusters").iterdir()) == []


def test_growing_beyond_what_is_free_is_refused_in_the_cell_and_who_comes_late_ends_with_the_session(
    notebook: Notebook,
) -> None:
    until(lambda: "value" in notebook.answer("from aif import allocation\nallocation().name"), "figures are read", 120)
    notebook.cell(START.format("workers=1, size='gpu'"))
    for more in ("scale(900)", "adapt(maximum=900)", "add_group('more', workers=900, size='gpu')"):
        refused = notebook.answer(f"c.{more}\n0")
        assert (refused["raised"], "free to plan" in refused["said"]) == ("NotPlanned", True), refused
    assert notebook.cell("[len(c.plan), c.adapts, len(c.arrays.bases)]") == [1, False, 1]
    notebook.cell("c.scale(2)\n0")
    last = sorted(notebook.jobs(), key=lambda one: int(one.partition("_")[0]))[-1]
    asked = notebook.hub.slurm("squeue", "-h", "-j", last, "-o", "%l").strip()
    left = notebook.cell("c.place.time_left().total_seconds()")
    assert parse_time(asked).total_seconds() <= left + 60, "whole minutes, and what has passed since it was asked for"
    notebook.cell("c.close()\n0")


#: A peer-to-peer shuffle, as the cluster sees one; and its end.
SHUFFLES = "shuffles = c.scheduler.plugins['shuffle'].active_shuffles\nshuffles.update(one={1}) or 0"
#: For who writes `await`: two workers, one of which is given back in the middle of a shuffle.
ASYNCHRONOUS = """
import asyncio
from distributed import Client
async def seen(**options):
    async with gpu_cluster(size="cpu", hours=0.5, asynchronous=True, **options) as c:
        async with Client(c, asynchronous=True) as client:
            await client.wait_for_workers(1, timeout=120)
            total = await client.submit(sum, range(10))
            shuffles = c.scheduler.plugins["shuffle"].active_shuffles
            shuffles.update(one={1})
            later = c.scale(1)
            await asyncio.sleep(0.5)
            during = len(c.plan)
            shuffles.clear()
            await later
            return [total, during, len(c.plan)]
"""


def test_nothing_is_given_back_in_the_middle_of_a_shuffle_and_await_works(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=2, size='cpu', hours=0.5"))
    notebook.cell(SHUFFLES)
    notebook.cell("from threading import Thread\nfewer = Thread(target=c.scale, args=(1,))\nfewer.start()")
    assert notebook.cell("fewer.join(1)\n[fewer.is_alive(), len(c.plan)]") == [True, 2]
    assert notebook.cell("shuffles.clear()\nfewer.join(30)\n[fewer.is_alive(), len(c.plan)]") == [False, 1]
    notebook.cell("c.close()\n0")
    assert notebook.cell(ASYNCHRONOUS + "asyncio.run(seen(workers=2))") == [45, 2, 1]
    refused = notebook.answer("asyncio.run(seen(workers=2, job_extra_directives=['--nodelist=nonesuch']))")
    assert refused["raised"] == "NotStarted", refused
    until(lambda: not notebook.jobs(), "all have ended", 30)
    assert list((Path(pwd.getpwnam(notebook.login).pw_dir) / ".aif/clusters").iterdir()) == []


@pytest.mark.parametrize("size", ["gpu", "cpu"])
def test_a_killed_kernel_leaves_no_worker_running_or_waiting(size: str, notebook: Notebook) -> None:
    notebook.cell(START.format(f"workers=2, size={size!r}, hours=0.5"))
    notebook.cell("c.get_client().wait_for_workers(2, timeout=120)\n0")
    with held(notebook.hub):
        notebook.cell("c.scale(4)\n0")
        until(lambda: len(notebook.jobs("PENDING")) == 2, "two of them wait")
        notebook.kill()
        until(lambda: not notebook.jobs(), "none is left, within the minute that is promised", 60)
    clusters = Path(pwd.getpwnam(notebook.login).pw_dir) / ".aif/clusters"
    until(lambda: not list(clusters.iterdir()), "the keys are gone", 30)


def test_the_hub_tells_a_cluster_of_its_workers_and_ends_those_that_nothing_else_would(own_hub: OwnHub) -> None:
    """A node that is lost takes kernel and watchdog with it; workers that wait then know of nobody who is gone."""
    login = own_hub.login(OTHER)
    assert own_hub.ask_for(login, profile="cpu", minutes=60).status in (201, 202)
    lost = Notebook(own_hub, login, own_hub.await_ready(login))
    try:
        lost.cell(START.format("workers=1, size='cpu', hours=0.5"))
        answer = Path(lost.cell("str(c.home.folder)")) / "jobs.json"
        until(lambda: told(answer) == lost.jobs(), "the hub has told of it", 60)
        with held(own_hub):
            lost.cell("c.scale(3)\n0")
            until(lambda: len(told(answer)) == 3, "the hub has seen those that wait", 60)
            lost.cell("c.home._watchdog.kill()\n0")
            lost.kill()
            until(lambda: not lost.jobs("RUNNING"), "the one at work has ended by its guard", 60)
            assert len(lost.jobs("PENDING")) == 2
            own_hub.ask_to_stop(login)
            own_hub.await_ended(login)
            until(lambda: not lost.jobs(), "none is left, within the minute that is promised", 60)
    finally:
        lost.close()
        own_hub.slurm("scancel", "-u", login, "-n", "aif-worker")


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_what_waits_for_a_session_that_is_over_ends_with_its_workers_while_the_hub_is_away(
    busy: bool, own_hub: OwnHub
) -> None:
    """Session, kernel and watchdog go at once, as with their node, and nobody outside sees to the queue.

    An idle worker ends as soon as its scheduler is gone, and one that is in the middle of a task by its guard.
    """
    login = own_hub.login(OTHER)
    assert own_hub.ask_for(login, profile="cpu", minutes=60).status in (201, 202)
    session = own_hub.await_ready(login)
    lost = Notebook(own_hub, login, session)
    try:
        lost.cell(START.format("workers=1, size='cpu', hours=0.5"))
        lost.cell("client = c.get_client()\nclient.wait_for_workers(1, timeout=120)\n0")
        folder = Path(lost.cell("str(c.home.folder)"))
        if busy:
            lost.cell("import time\nwork = client.submit(time.sleep, 600)\n0")
            until(lambda: lost.cell("[len(one) for one in client.processing().values()]") == [1], "it is at it", 30)
        with held(own_hub), lost.shown(folder):
            lost.cell("c.scale(3)\n0")
            until(lambda: len(lost.jobs("PENDING")) == 2, "two of them wait")
            own_hub.kill()
            own_hub.slurm("scancel", str(session["job_id"]))
            until(lambda: own_hub.state_of(session["job_id"]) not in GOING, "the session's job is over", 60)
            lost.cell("c.home._watchdog.kill()\n0")
            lost.kill()
            until(lambda: not lost.jobs(), "none is left, within the minute that is promised", 60)
    finally:
        own_hub.start()
        lost.close()
        own_hub.slurm("scancel", "-u", login, "-n", "aif-worker")
    own_hub.await_ended(login)
    until(lambda: not own_hub.server(login), "the hub has no server of it any more")


def told(answer: Path) -> list[str]:
    """Ids of the jobs in it."""
    return [job["job_id"] for job in json.loads(answer.read_text())["jobs"]] if answer.exists() else []


def test_it_tells_its_owner_alone_and_ends_when_its_panel_asks(notebook: Notebook) -> None:
    notebook.cell(START.format("workers=1, size='cpu', hours=0.5"))
    folder = Path(notebook.cell("str(c.home.folder)"))
    told = folder / "told.json"
    until(told.exists, "it has told of itself", 30)
    assert told.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    said = json.loads(told.read_text())
    assert (said["id"], said["plan"], said["requested"]) == (folder.name, 1, 1)
    assert {one.partition("_")[0] for one in notebook.jobs()} == set(said["arrays"])
    prefix = json.loads((notebook.hub.folder_of(notebook.session) / "public.json").read_text())["prefix"]
    link = f"{prefix}aif/v1/clusters/{folder.name}/dashboard/status"
    assert (
        notebook.cell("c.dashboard_link") == notebook.cell("c.get_client().dashboard_link") == said["dashboard"] == link
    )
    Neighbour(notebook.login).python(f"open({str(folder / 'stop')!r}, 'w')")
    until(lambda: not folder.exists(), "it is closed", 60)
    until(lambda: not notebook.jobs(), "its worker has ended", 30)
    assert notebook.cell("c.status.name") == "closed"
    assert notebook.cell("c.close()") is None, "once more is no mistake"
