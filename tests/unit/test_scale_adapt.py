"""When a cluster that adapts gives workers back: not sooner than the queue took, nor while a shuffle goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    """What `adapting.py` prints; Dask is in the data kernel's Python alone."""
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import distributed"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks distributed")
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HERE.parents[1] / "extensions")}
    argv = [python, "-B", str(HERE / "adapting.py")]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_it_follows_the_work_both_ways(answers: dict[str, object]) -> None:
    assert (answers["idle"], answers["work"], answers["grows"]) == ("down", "up", [7])


def test_it_gives_nothing_back_within_its_hold_and_cancels_nothing_that_waits(answers: dict[str, object]) -> None:
    assert (answers["held"], answers["waits, held"]) == ("same", "same")
    assert answers["waits, after its hold"] == "down"


def test_where_workers_wait_longer_than_the_hold_that_counts(answers: dict[str, object]) -> None:
    assert answers["waited longer than the hold"] == "same"


def test_it_gives_nothing_back_in_the_middle_of_a_shuffle(answers: dict[str, object]) -> None:
    assert (answers["shuffles"], answers["shuffles and wants more"]) == ("same", "up")


def test_it_does_not_grow_where_it_knows_that_nothing_would_come(answers: dict[str, object]) -> None:
    assert answers["may not grow"] == []


def test_it_grows_as_far_as_there_are_means_and_no_further(answers: dict[str, object]) -> None:
    assert (answers["grows as far as it can"], answers["can grow no further"]) == ([5], [])
