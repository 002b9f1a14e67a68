"""What `aif tutorials run` tells of a notebook that it ran."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from executed import executed

from aif_hub.tutorials.run import holds, in_words

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
        ({}, "✓ 01_first: 1.10 minutes (label: 1)", "1.4 GB of memory (its size has 4)"),
        ({"minutes": 1.3}, "✗", "1.30 minutes (label: 1)"),
        ({"minutes": 0.7}, "✗", "0.70 minutes (label: 1)"),
        ({"failed_cells": [{"cell": 3, "says": "NameError: x"}]}, "✗", "1 cells failed: NameError: x"),
        ({"memory_gb": 4.2}, "✗", "4.2 GB of memory (its size has 4)"),
        ({"gpu_hours": 0.15}, "✗", "0.150 GPU-hours (a learner's: 0.14)"),
    ],
)
def test_a_line_says_whether_the_label_holds(changed: dict[str, Any], begins: str, says: str) -> None:
    line = in_words(TOLD | changed)
    assert line.startswith(begins)
    assert says in line


def test_on_small_data_or_at_another_size_only_its_cells_are_judged() -> None:
    quick = TOLD | {"minutes": 0.1, "gpu_hours": 0.5, "memory_gb": 30.0}
    assert not holds(quick, labelled=True)
    assert holds(quick, labelled=False)
    assert not holds(quick | {"failed_cells": [{"cell": 3, "says": "NameError: x"}]}, labelled=False)
    assert in_words(quick, labelled=False).startswith("✓")


@pytest.mark.slow
def test_running_a_notebook_measures_it_and_lists_what_failed(tmp_path: Path) -> None:
    """An error, an exercise whose answer is not right, 300 MB held for a moment, and what two clusters have used."""
    pytest.importorskip("nbclient")
    pytest.importorskip("psutil")
    nbformat, v4 = pytest.importorskip("nbformat"), pytest.importorskip("nbformat.v4")
    codes = [
        "import time\nheld = b'x' * 300_000_000\ntime.sleep(0.5)\ndel held",
        "1 / 0",
        "from aif.widgets.reply import Reply\nReply('off', 'Exercise 1: not yet', 'It is too high.')",
        "Reply('right', 'Exercise 2: right', 'That is right.')",
        "import sys\nfrom types import ModuleType\nhere = sys.modules['aif.scale.cluster'] = ModuleType('cluster')\n"
        "here.GpuCluster = type('GpuCluster', (), {'spent': 0.25})\nkept = [here.GpuCluster(), here.GpuCluster()]",
    ]
    file = tmp_path / "n.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(code) for code in codes]), file)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    told = executed(file, argv, tmp_path / "home", seconds=120)
    assert told["failed_cells"] == [
        {"cell": 1, "says": "ZeroDivisionError: division by zero"},
        {"cell": 2, "says": "▲ Exercise 1: not yet It is too high."},
    ]
    assert 0.3 < told["memory_gb"] < 3
    assert told["workers_gpu_hours"] == 0.5
    assert 0.5 / 60 < told["minutes"] < 2
