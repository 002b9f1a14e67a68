"""A cluster as dask-labextension handles it on the real Slurm: made by its configuration, scaled, adapted, closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from docs_blocks import fences
from in_a_notebook import Notebook, notebook_in, session_of
from own_hub import OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(400)]
PERSON = "class27"
#: What the documentation says to write down for it.
[CONFIGURATION] = [block.code for block in fences("researchers/clusters.md") if block.language == "yaml"]
#: What its `make_cluster`, `make_cluster_model` and manager (release 7.0.0) do in a Jupyter server's event loop, and
#: a notebook that joins.
EXTENSION = """
import asyncio, importlib, json, subprocess, sys
from inspect import isawaitable
import dask, yaml
from aif.scale.joining import NotJoined, keys
dask.config.update(dask.config.config, yaml.safe_load(CONFIGURATION))
JOINED = "import sys; from aif.scale.joining import join; print(join(sys.argv[1]).submit(sum, range(10)).result())"

async def make_cluster():
    factory = dask.config.get("labextension.factory")
    cls = getattr(importlib.import_module(factory["module"]), factory["class"])
    options = {key.replace("-", "_"): entry for key, entry in factory["kwargs"].items()}
    return await cls(*factory["args"], **options, asynchronous=True)

def model(cluster, adaptive=None):
    workers = cluster.scheduler_info["workers"].values()
    told = {
        "scheduler_address": cluster.scheduler_address,
        "dashboard_link": cluster.dashboard_link or "",
        "workers": len(workers),
        "memory": sum(one["memory_limit"] for one in workers),
        "cores": sum(one["nthreads"] for one in workers),
    }
    if adaptive:
        told["adapt"] = {"minimum": adaptive.minimum, "maximum": adaptive.maximum}
    return json.loads(json.dumps(told))

def may_join(address):
    try:
        return keys(address)
    except NotJoined:
        return None

async def become(true):
    async def wait():
        while not true():
            await asyncio.sleep(0.1)
    await asyncio.wait_for(wait(), 120)

async def seen():
    cluster = await make_cluster()
    began = model(cluster)
    address = began["scheduler_address"]
    await become(lambda: model(cluster)["workers"] == 1)
    found = [model(cluster)]
    for count in (3, 2):
        scaled = cluster.scale(count)
        if isawaitable(scaled):
            await scaled
        await become(lambda: model(cluster)["workers"] == count)
        found.append(model(cluster))
    await become(lambda: may_join(address))
    argv = [sys.executable, "-c", JOINED, address]
    joined = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, timeout=120)
    adapted = model(cluster, cluster.adapt(minimum=1, maximum=2))
    await cluster.close()
    left = [may_join(address), cluster.status.name]
    return {"began": began, "found": found, "joined": joined.stdout or joined.stderr, "adapted": adapted, "left": left}
"""


@pytest.fixture(scope="module")
def session(own_hub: OwnHub) -> Iterator[dict[str, Any]]:
    """A running session of somebody's, without a GPU."""
    with session_of(own_hub, PERSON, "cpu") as running:
        yield running


@pytest.fixture
def notebook(own_hub: OwnHub, session: dict[str, Any]) -> Iterator[Notebook]:
    with notebook_in(own_hub, PERSON, session) as made:
        yield made


def test_its_side_bar_makes_scales_adapts_and_closes_one(notebook: Notebook) -> None:
    notebook.cell(f"CONFIGURATION = {CONFIGURATION!r}\n{EXTENSION}\n0")
    seen = notebook.cell("asyncio.run(seen())")
    assert seen["began"]["scheduler_address"].startswith("tls://")
    assert "/aif/v1/clusters/" in seen["began"]["dashboard_link"]
    assert [one["workers"] for one in seen["found"]] == [1, 3, 2]
    assert all(one["memory"] > 0 and one["cores"] >= one["workers"] for one in seen["found"])
    assert seen["joined"].strip() == "45", "another process of the person's computes on it"
    assert seen["adapted"]["adapt"] == {"minimum": 1, "maximum": 2}
    assert seen["left"] == [None, "closed"]
    until(lambda: not notebook.jobs(), "all have ended", 30)
