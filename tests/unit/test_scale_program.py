"""What a worker is started as: with its guard and its last minutes in either program, and no page on a port."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from scale_material import facts

from aif.scale import program as programs
from aif.scale.place import Place, Size, parse
from aif.scale.program import cuda_workers, lifetime, program

HOUR = timedelta(hours=1)


def size(name: str) -> Size:
    return next(one for one in parse(facts()).sizes if one.name == name)


@pytest.mark.parametrize(("name", "cuda"), [("gpu", False), ("cpu", False), ("cpu", True)])
def test_without_a_real_gpu_it_is_dasks_own(name: str, cuda: bool) -> None:
    worker = program(size(name), cuda=cuda)
    assert worker.module == "distributed.cli.dask_worker"
    assert worker.threads == size(name).cpus
    args = " ".join((*worker.args, *lifetime(worker.module, HOUR)[0]))
    assert "--preload-nanny aif.scale.guard" in args
    assert "--lifetime 3480s --lifetime-stagger 60s" in args
    assert (worker.env, lifetime(worker.module, HOUR)[1]) == ({}, {})


def test_with_one_it_is_dask_cudas_with_a_pool_and_a_way_out_of_a_full_gpu() -> None:
    worker = program(size("gpu"), cuda=True)
    assert (worker.module, worker.threads) == ("dask_cuda.cli", 1)
    args = " ".join(worker.args)
    assert "--rmm-pool-size 0.8" in args
    assert "--enable-cudf-spill" in args
    assert "--preload-nanny" not in args, "dask-cuda's knows no such option"
    assert json.loads(worker.env["DASK_DISTRIBUTED__NANNY__PRELOAD"]) == ["aif.scale.guard"]
    args, env = lifetime(worker.module, HOUR)
    assert (args, env["DASK_DISTRIBUTED__WORKER__LIFETIME__DURATION"]) == ((), "3480s")


@pytest.mark.parametrize("cuda", [True, False])
def test_a_short_one_has_no_last_minutes_and_none_has_pages(cuda: bool) -> None:
    worker = program(size("gpu"), cuda=cuda)
    assert lifetime(worker.module, timedelta(minutes=4)) == ((), {})
    assert worker.args[:3] == ("--no-dashboard", "--worker-class", "aif.scale.worker.PrivateWorker")


@pytest.mark.parametrize(
    ("emulated", "installed", "cuda"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_dask_cuda_is_used_where_it_is_and_has_something_to_hold(
    emulated: bool, installed: bool, cuda: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    place: Place = parse(facts(gpus_emulated=emulated))
    monkeypatch.setattr(programs, "find_spec", lambda _name: object() if installed else None)
    assert cuda_workers(place) is cuda
