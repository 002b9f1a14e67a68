"""On a machine with a GPU: the climate tutorial's rain and its heavy step, with CuPy, are what NumPy makes of them."""

import runpy
import time
from pathlib import Path

import pytest

from aif.tutorials import percent
from aif_kernels import selftest

pytestmark = pytest.mark.gpu
TUTORIAL = Path(__file__).parents[2] / "tutorials/08_cloudburst.py"
MAKER = TUTORIAL.parent / "data/rain.py"


@pytest.fixture
def cupy():
    found = pytest.importorskip("cupy")
    finding = selftest.examine()
    if finding.status == selftest.NO_DEVICE:
        pytest.skip(finding.sentence)
    return found


def wettest_hour(summer, an_hour):
    """As the tutorial has it: a running sum over a day, an hour's difference, and the most of days and looks."""
    since_noon = summer.cumsum(axis=1)
    return (since_noon[:, an_hour:] - since_noon[:, :-an_hour]).max(axis=(0, 1))


def test_rain_and_its_wettest_hour_are_numpys(cupy):
    maker = runpy.run_path(str(MAKER))
    ours, there = maker["radar"](3, 3), maker["radar"](3, 3, cupy)
    assert isinstance(there, cupy.ndarray)
    cupy.testing.assert_allclose(there, ours, rtol=1e-3, atol=1e-3)
    hours = [wettest_hour(rain, maker["AN_HOUR"]) for rain in (there, ours)]
    cupy.testing.assert_allclose(*hours, rtol=1e-2, atol=1e-2)


def test_its_clock_gives_both_times_of_the_gpu_and_that_of_the_processor(cupy, capsys):
    """The tutorial's own cells; how the times compare is for the reader, and no bound here."""
    maker, pandas = runpy.run_path(str(MAKER)), pytest.importorskip("pandas")
    first = maker["radar"](0, 1)
    names = {"arrays": "cupy", "xp": cupy, "time": time, "pd": pandas, "first": first, "rain": first}
    names["wettest_hour"] = lambda summer: wettest_hour(summer, maker["AN_HOUR"])
    cells = [cell.text for cell in percent.cells(TUTORIAL.read_text(encoding="utf-8"))]
    for begins in ("def milliseconds", "took = ", "rate = "):
        (cell,) = (text for text in cells if text.startswith(begins))
        exec(compile(cell, begins, "exec"), names)  # noqa: S102 - what the tutorial says
    assert len(names["took"]) == 3
    assert min(names["took"].values()) > 0
    assert "times as fast as that core" in capsys.readouterr().out
