"""What files take in memory, from what they say of themselves, against what they do take; with the data kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aif.data.held import NoData, held

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
#: Numbers, moments, texts that repeat and texts that do not, empty ones, and bytes of a fixed length.
MAKE = """
import sys, json
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np, pandas as pd
from aif.data.held import held, NoData
folder, rows = Path(sys.argv[2]), 40_000
def table(seed):
    chance = np.random.default_rng(seed)
    return pd.DataFrame({
        "id": np.arange(rows), "amount": chance.random(rows).astype("float32"), "paid": chance.random(rows) < 0.5,
        "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(chance.integers(0, 30_000_000, rows), unit="s"),
        "branch": chance.choice(["Assen", "Groningen", "Emmen", "Leeuwarden"], rows),
        "note": [f"order {number} of somebody" for number in chance.integers(0, 10**6, rows)],
        "hint": [None if number else "x" for number in chance.integers(0, 2, rows)],
    })
tables = [table(seed) for seed in range(3)]
for number, one in enumerate(tables):
    one.to_parquet(folder / f"{number}.parquet", row_group_size=10_000)
"""


def run(code: str, folder: Path) -> Any:
    """What the last line of `code`, an expression, gives."""
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import pandas, pyarrow"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks pandas and pyarrow")
    *before, last = (MAKE + code).strip().splitlines()
    program = "\n".join([*before, f"print(json.dumps({last}))"])
    argv = [python, "-B", "-c", program, str(REPOSITORY / "extensions"), str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_footer_tells_what_rows_will_take(tmp_path: Path) -> None:
    code = """
true = sum(int(pd.read_parquet(path).memory_usage(deep=True, index=False).sum()) for path in folder.glob("*.parquet"))
[vars(held(f"{folder}/*.parquet")), vars(held(folder)), true]
"""
    by_pattern, by_folder, true = run(code, tmp_path)
    assert by_pattern == by_folder
    assert (by_pattern["files"], by_pattern["rows"]) == (3, 120_000)
    assert by_pattern["disk"] == sum(path.stat().st_size for path in tmp_path.glob("*.parquet"))
    assert 0.8 < by_pattern["memory"] / true < 1.25


def test_of_many_files_some_stand_for_all(tmp_path: Path) -> None:
    code = """
import shutil
for number in range(3, 200):
    shutil.copy(folder / f"{number % 3}.parquet", folder / f"{number}.parquet")
[held(folder / "0.parquet").memory, held(folder).files, held(folder).rows, held(folder).memory]
"""
    one, files, rows, memory = run(code, tmp_path)
    assert files == 200
    assert rows == pytest.approx(200 * 40_000, rel=0.01)
    assert memory == pytest.approx(200 * one, rel=0.02)


@pytest.mark.parametrize("name", ["all.csv", "all.csv.gz", "all.tsv"])
def test_the_beginning_of_a_text_file_stands_for_all_of_it(tmp_path: Path, name: str) -> None:
    code = f"""
whole = pd.concat([*tables, *tables], ignore_index=True)
separator = "\t" if ".tsv" in "{name}" else ","
whole.to_csv(folder / "{name}", index=False, sep=separator)
true = pd.read_csv(folder / "{name}", sep=separator).memory_usage(deep=True, index=False).sum()
[held(folder / "{name}").rows, held(folder / "{name}").memory, int(true)]
"""
    rows, memory, true = run(code, tmp_path)
    assert rows == pytest.approx(240_000, rel=0.05)
    assert memory == pytest.approx(true, rel=0.15)


def test_what_is_no_data_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="Name them as a path or a pattern"):
        held(tmp_path / "*.parquet")
    (tmp_path / "a.xlsx").write_text("")
    with pytest.raises(NoData, match="kinds are known"):
        held(tmp_path)
    code = """
(folder / "cut.parquet").write_bytes((folder / "0.parquet").read_bytes()[:1000])
(folder / "empty.csv").write_text("")
def said(name):
    try:
        held(folder / name)
    except NoData as refusal:
        return str(refusal)
[said("cut.parquet"), said("empty.csv")]
"""
    assert all("cannot be read" in line for line in run(code, tmp_path))
