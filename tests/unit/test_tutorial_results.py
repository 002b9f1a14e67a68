"""A tutorial's result holds for other data of the same kind, within bands that its prose can stand on."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fakehub import REPOSITORY

RESULTS = tomllib.loads(Path(__file__).with_suffix(".toml").with_stem("tutorial_results").read_text())
SEEDS = RESULTS.pop("seeds")
PROGRAM = Path(__file__).with_name("tutorial_play.py")


def test_each_tutorial_has_bands_for_its_result():
    assert list(RESULTS) == sorted(source.stem for source in (REPOSITORY / "tutorials").glob("[0-9][0-9]_*.py"))


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RESULTS)
def test_its_figures_are_within_their_bands_and_its_solutions_right(name, seed):
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import sklearn"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks scikit-learn")
    asked = {figure: expression for figure, (expression, _, _) in RESULTS[name].items()}
    told = {
        "PYTHONPATH": f"{REPOSITORY / 'extensions'}:{REPOSITORY / 'kernels'}",
        "AIF_SMALL": "1",
        "OMP_NUM_THREADS": "1",  # threads that wait for a core that is taken, wait long
    }
    command = [python, "-B", str(PROGRAM), name, str(seed), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, **told})
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert set(found["said"].values()) == {None}
    for figure, (_, least, most) in RESULTS[name].items():
        assert least <= found["figures"][figure] <= most, (figure, found["figures"][figure])
