"""dask-cuda takes what a worker with a GPU is started with; for the GPU kernel's environment."""

from fractions import Fraction

import pytest

from aif.scale.place import Size
from aif.scale.program import program

pytestmark = pytest.mark.gpu
SIZE = Size("gpu", "One GPU", "gpu", 16, 65536, 1, "h100", Fraction(1), 24, 80)


def test_every_option_is_one_of_dask_cudas():
    cli = pytest.importorskip("dask_cuda.cli")
    worker = program(SIZE, cuda=True)
    told = cli.worker.make_context("worker", ["tls://127.0.0.1:8786", *worker.args]).params
    assert told["preload_argv"] == ()
    assert (told["rmm_pool_size"], told["enable_cudf_spill"], told["dashboard"]) == ("0.8", True, False)
    assert told["rmm_allocator_external_lib_list"] == ["cupy"]
