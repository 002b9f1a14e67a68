"""On a machine with a GPU: what the tutorials on ships and on traffic have workers do, cuDF answers as pandas does."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from aif.tutorials import percent
from aif_kernels import selftest

pytestmark = pytest.mark.gpu
TUTORIALS = Path(__file__).parents[2] / "tutorials"
EVERY = 30  # minutes a report or a row
#: The tutorial, the program that makes its data, how the cells that its heavy step needs begin, that step, the columns
#: that name a row of what it gives, and some that must hold more than zeros.
STEPS = [
    ("05_ships", "ships", ("BACK, HOUR", "def features"), "features", ["voyage", "seconds"], ["near", "pace", "left"]),
    ("07_delay", "traffic", ("vans = ",), "lost_hours", ["day", "section", "hour"], ["each", "lost"]),
]


@pytest.fixture
def cudf():
    pytest.importorskip("cupy")
    finding = selftest.examine()
    if finding.status == selftest.NO_DEVICE:
        pytest.skip(finding.sentence)
    return pytest.importorskip("cudf")


def stepped(name, maker, begins, step, frames):
    """A month of the tutorial's made-up data after its own step, with `frames` in the place of its `xd`."""
    program = SimpleNamespace(**runpy.run_path(str(TUTORIALS / f"data/{maker}.py")))
    names = {"xd": frames, "np": pytest.importorskip("numpy"), "maker": program, "EVERY": EVERY}
    cells = [cell.text for cell in percent.cells((TUTORIALS / f"{name}.py").read_text(encoding="utf-8"))]
    for beginning in begins:
        (cell,) = (text for text in cells if text.startswith(beginning))
        exec(compile(cell, beginning, "exec"), names)  # noqa: S102 - what the tutorial says
    return names[step](frames.DataFrame(program.month(0, EVERY)))


@pytest.mark.parametrize(("name", "maker", "begins", "step", "rows", "filled"), STEPS, ids=[each[0] for each in STEPS])
def test_a_month_after_its_step_is_pandas(cudf, name, maker, begins, step, rows, filled):
    """The same rows with the same numbers; their order and whether a whole number is kept as one is each library's."""
    pandas = pytest.importorskip("pandas")
    ours, there = (stepped(name, maker, begins, step, frames) for frames in (pandas, cudf))
    assert isinstance(there, cudf.DataFrame)
    theirs = there.to_pandas()
    assert sorted(theirs) == sorted(ours)
    ours, theirs = (table.sort_values(rows).reset_index(drop=True)[sorted(ours)] for table in (ours, theirs))
    assert not ours.duplicated(rows).any()
    assert (ours[filled].max() > 0).all()
    pandas.testing.assert_frame_equal(theirs, ours, check_dtype=False, rtol=1e-5, atol=1e-6)
