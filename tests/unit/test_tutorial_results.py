"""A tutorial's result holds for other data of the same kind, and its exercises tell right answers from wrong ones."""

import json
import os
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from fakehub import REPOSITORY

TRIALS = tomllib.loads(Path(__file__).with_name("tutorial_trials.toml").read_text())
NAMES = sorted(TRIALS)
RUNS = [(name, seed) for name in NAMES for seed in TRIALS[name]["seeds"]]
WRONG = 3  # typical wrong answers of an exercise, at least

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
run = pytest.mark.parametrize(("name", "seed"), RUNS)


def exercises(name):
    return {number: asked for number, asked in TRIALS[name].items() if number.isdecimal()}


@cache
def played(name, seed):
    """What the checks said, and the figures at the end."""
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import sklearn"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks scikit-learn")
    trials = {
        number: [*asked["right"], *(text for text, _ in asked["wrong"])] for number, asked in exercises(name).items()
    }
    figures = {figure: text for figure, (text, _, _) in TRIALS[name]["figures"].items()}
    program = str(Path(__file__).with_name("tutorial_play.py"))
    paths = f"{REPOSITORY / 'extensions'}:{REPOSITORY / 'kernels'}"
    command = [python, "-B", program, name, str(seed), json.dumps(trials), json.dumps(figures)]
    told = {"PYTHONPATH": paths, "AIF_SMALL": "1", "OMP_NUM_THREADS": "1"}  # threads that wait for a core, wait long
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, **told})
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@run
def test_the_result_is_within_its_bands(name, seed):
    figures = played(name, seed)["figures"]
    for figure, (_, least, most) in TRIALS[name]["figures"].items():
        assert least <= figures[figure] <= most, (figure, figures[figure])


@run
def test_the_solution_and_other_right_answers_are_accepted(name, seed):
    said = played(name, seed)["said"]
    assert set(said) == set(exercises(name))
    for number, asked in exercises(name).items():
        assert said[number][: 1 + len(asked["right"])] == [None] * (1 + len(asked["right"])), number


@pytest.mark.parametrize("name", NAMES)
def test_typical_mistakes_are_named(name):
    said = played(name, TRIALS[name]["seeds"][0])["said"]
    for number, asked in exercises(name).items():
        assert len(asked["wrong"]) >= WRONG
        heard = said[number][1 + len(asked["right"]) :]
        for (text, part), sentence in zip(asked["wrong"], heard, strict=True):
            assert sentence is not None, (number, text)
            assert part in sentence, (number, text, sentence)
