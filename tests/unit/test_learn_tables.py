"""Tables of whatever library are compared by what they hold."""

import os
import subprocess
from pathlib import Path

import pytest
from fakehub import REPOSITORY


@pytest.mark.slow
def test_a_table_is_right_whatever_made_it_and_a_wrong_one_is_told() -> None:
    python = os.environ.get("AIF_TEST_PYTHON")
    if not python:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python, which has pandas and Polars")
    env = {"PYTHONPATH": str(REPOSITORY / "extensions"), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    command = [python, "-B", str(Path(__file__).with_name("comparing_tables.py"))]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr
