"""What dask-jobqueue's own tests are given in place of its SLURMCluster: ours, in the session of whoever runs them."""

import pytest
from dask_jobqueue.tests import test_slurm
from distributed.utils import LoopRunner

from aif.scale import place, plan
from aif.scale.cluster import GpuCluster


class SessionCluster(GpuCluster):
    """With the options of dask-jobqueue alone, as its tests make it."""

    def __init__(self, n_workers=0, **options):
        here = place.place()
        super().__init__(here, plan.plan(here, workers=0, size="cpu", hours=0.5), n_workers=n_workers, **options)


def pytest_configure(config):
    """Their marks, and our class where they say SLURMCluster."""
    config.addinivalue_line("markers", "env(name): needs that scheduler")
    config.addinivalue_line("markers", "xfail_env(reasons): fails in their own images")
    config.addinivalue_line("markers", "asyncio: needs a plugin; none of those that run here")
    test_slurm.SLURMCluster = SessionCluster


@pytest.fixture
def Cluster():  # noqa: N802 - their name for it
    return SessionCluster


@pytest.fixture
def loop():
    runner = LoopRunner(asynchronous=False)
    runner.start()
    yield runner.loop
    runner.stop()
