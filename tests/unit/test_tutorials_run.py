"""What `aif tutorials run` tells of a notebook that it ran."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fakehub import REPOSITORY

from aif_hub.tutorials.run import in_words

TOLD: dict[str, Any] = {
    "name": "01_first",
    "minutes": 1.1,
    "minutes_label": 1.0,
    "gpu_hours": 0.003,
    "gpu_hours_label": 0.14,
    "memory_gb": 1.4,
    "failed_cells": [],
}


@pytest.mark.parametrize(
    ("changed", "begins", "says"),
    [
        ({}, "✓ 01_first: 1.10 minutes (label: 1)", "1.4 GB of memory"),
        ({"minutes": 1.3}, "✗", "1.30 minutes (label: 1)"),
        ({"minutes": 0.7}, "✗", "0.70 minutes (label: 1)"),
        ({"failed_cells": [{"cell": 3, "says": "NameError: x"}]}, "✗", "1 cells failed: NameError: x"),
    ],
)
def test_a_line_says_whether_the_label_holds(changed: dict[str, Any], begins: str, says: str) -> None:
    line = in_words(TOLD | changed)
    assert line.startswith(begins)
    assert says in line


@pytest.mark.slow
def test_running_a_notebook_measures_it_and_lists_what_failed(tmp_path: Path) -> None:
    """An error, an exercise whose answer is not right, and 300 MB held for a moment."""
    pytest.importorskip("nbclient")
    pytest.importorskip("psutil")
    nbformat, v4 = pytest.importorskip("nbformat"), pytest.importorskip("nbformat.v4")
    codes = [
        "import time\nheld = b'x' * 300_000_000\ntime.sleep(0.5)\ndel held",
        "1 / 0",
        "from aif.widgets.reply import Reply\nReply('off', 'Exercise 1: not yet', 'It is too high.')",
        "Reply('right', 'Exercise 2: right', 'That is right.')",
    ]
    file = tmp_path / "n.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(code) for code in codes]), file)
    spec = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "x"}
    (tmp_path / "kernels/this").mkdir(parents=True)
    (tmp_path / "kernels/this/kernel.json").write_text(json.dumps({**spec, "language": "python"}))
    env = {"PYTHONPATH": str(REPOSITORY / "extensions"), "JUPYTER_PATH": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "aif.tutorials.execute", str(file), "this"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    told = json.loads(done.stdout)
    assert told["failed_cells"] == [
        {"cell": 1, "says": "ZeroDivisionError: division by zero"},
        {"cell": 2, "says": "▲ Exercise 1: not yet It is too high."},
    ]
    assert 0.3 < told["memory_gb"] < 3
    assert 0.5 / 60 < told["minutes"] < 2
