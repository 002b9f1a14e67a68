"""What `aif bench gpu` times gives one and the same answer in every library, and no floor above what is measured."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from aif_hub.bench import frames, gpu

PYTHON = os.environ.get("AIF_TEST_PYTHON", "")
CODE = """
import json, sys
from pathlib import Path
frames = {"__name__": "frames"}
exec(Path(sys.argv[1]).read_text(), frames)
path = frames["written"](Path(sys.argv[2]), 5000)
found = {}
for operation in frames["OPERATIONS"]:
    found[operation] = [frames["run"](operation, str(path), library, {}) for library in ("pandas", "polars")]
    found[operation].append(frames["moved"](operation, path))
print(json.dumps(found))
frames["leave"]()
"""


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="set AIF_TEST_PYTHON to the data kernel's Python; this one lacks pandas, polars")
def test_pandas_and_polars_agree_on_every_operation(tmp_path: Path) -> None:
    argv = [PYTHON, "-c", CODE, str(gpu.PROGRAM), str(tmp_path)]
    found = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True, timeout=120).stdout)
    assert set(found) == set(frames.OPERATIONS)
    for operation, (first, second, size) in found.items():
        assert first == pytest.approx(second), operation
        assert size > 0
    assert found["read"][:2] == [5000.0, 5000.0]


def test_the_first_run_is_cold_and_the_median_of_the_others_counts() -> None:
    calls: list[int] = []

    def call() -> float:
        calls.append(1)
        return 3.0

    warm, cold, answer = frames.timed(call)
    assert (len(calls), answer) == (1 + frames.WARM, 3.0)
    assert warm >= 0
    assert cold >= 0


def test_figures_are_printed_in_the_order_that_is_promised() -> None:
    assert (
        *("operation", "rows", "ours_s", "cudf_s", "polars_s", "pandas_s"),
        *("read_s", "floor_s", "device"),
    ) == gpu.ORDER
