"""`aif bench advise`: what the constants of `aif.advise()` should be on this machine, beside what they are.

- `estimate_over_memory`: the memory that footers promise, over what the rows take in pandas.
- `peak_over_memory`: the most memory that reading, grouping, joining and sorting takes, over that of the data.
- `seconds_per_gb`: how long that takes for each GB in memory.

Medians over `--runs` runs of the data kernel's pandas. Those of cuDF need a GPU and are not measured here.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aif
from aif import advice
from aif_hub.demo import instance
from aif_hub.demo.errors import DemoError


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)
    prefix = Path(os.environ["AIF_PREFIX"])
    python = instance.load(prefix.name, prefix).env("kernels/aif-python") / "bin/python"
    if not python.exists():
        raise DemoError("The kernel Python (data) is not built here, and it is what is measured: `aif up` builds it.")
    runs = []
    for number in range(options.runs):
        print(f"run {number + 1} of {options.runs}", file=sys.stderr)
        runs.append(_run(python, options.rows))
    figures = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    if options.json:
        print(json.dumps(figures, indent=2))
        return 0
    print(
        f"{figures['rows']:,.0f} rows, {figures['memory_gb']:.2f} GB in memory, median of {options.runs} runs of pandas"
    )
    for name, used in (
        ("estimate_over_memory", 1.0),
        ("peak_over_memory", advice.PEAK),
        ("seconds_per_gb", advice.PANDAS_SECONDS_PER_GB),
    ):
        print(f"  {name:<22}{figures[name]:>8.2f}   in use: {used:g}")
    return 0


def _run(python: Path, rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="aif-advise-") as folder:
        argv = [str(python), "-m", "aif.data.calibrate", folder, str(rows)]
        env = {**os.environ, "PYTHONPATH": str(Path(aif.__file__).parents[1])}
        done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, env=env, timeout=1800)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench advise", description="measure what advise() goes by")
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser
