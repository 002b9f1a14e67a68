"""What `aif bench advise` measures, on few rows: each figure is there and can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]


def test_a_short_calibration_measures_memory_and_time(tmp_path: Path) -> None:
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import pandas, pyarrow"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks pandas and pyarrow")
    argv = [python, "-m", "aif.data.calibrate", str(tmp_path), "400000"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY / "extensions")}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows"] == 400_000
    assert len(list(tmp_path.glob("*.parquet"))) == 4
    assert 0.9 < found["estimate_over_memory"] < 1.2
    assert 1 < found["peak_over_memory"] < 20
    assert found["seconds_per_gb"] > 0
