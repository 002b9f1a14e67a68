"""`aif tutorials run` on the real Slurm, with the tutorial that takes on a worker, scales it to two and ends them."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]
AIF = Path(__file__).parents[2] / "aif"
WEIGHT = Fraction(1, 7)  # of the small GPU part, as the benches' site has it


def test_a_tutorial_with_workers_runs_in_a_session_and_what_they_cost_is_told(instance: dict[str, Any]) -> None:
    where = ["--instance", instance["instance"], "--prefix", instance["prefix"]]
    command = [AIF, "tutorials", "run", "07_delay", "--small", "--profile", "slice", "--json", *where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    (told,) = json.loads(done.stdout)
    names = "name, minutes, minutes_label, gpu_hours, gpu_hours_label, memory_gb, failed_cells"
    assert list(told) == names.split(", ")
    assert told["failed_cells"] == []
    assert told["memory_gb"] > 0.1
    assert float(WEIGHT) * told["minutes"] / 60 + 0.0001 < told["gpu_hours"] < told["gpu_hours_label"]
