"""Measures pandas on made data, for the constants of `aif.advice`: ``python -m aif.data.calibrate FOLDER ROWS``.

Each part is a process of its own, since a process knows only the most memory that it ever had. The data are orders of
customers, half numbers and half text, in four Parquet files. The work is what notebooks do: read all, group by a column
with few values and by one with many, join with a table a tenth as long, sort by two columns.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from aif.data.held import held

FILES = 4


def make(folder: Path, rows: int) -> None:
    """Writes the files; the same ones each time."""
    import numpy
    import pandas

    for number in range(FILES):
        chance = numpy.random.default_rng(number)
        count = rows // FILES
        when = pandas.Timestamp("2026-01-01") + pandas.to_timedelta(chance.integers(0, 30_000_000, count), unit="s")
        table = {
            "order": numpy.arange(number * count, (number + 1) * count),
            "customer": chance.integers(0, max(1, rows // 10), count),
            "amount": chance.random(count),
            "when": when,
            "branch": chance.choice(["Assen", "Groningen", "Emmen", "Leeuwarden"], count),
            "note": [f"order {text} of a customer" for text in chance.integers(0, 1_000_000, count)],
        }
        pandas.DataFrame(table).to_parquet(folder / f"{number}.parquet", row_group_size=250_000)


def work(folder: Path) -> dict[str, float]:
    """How long pandas takes, and how much more memory than before it has had at most."""
    import pandas

    before, began = _most_memory(), time.monotonic()
    table = pandas.read_parquet(folder)
    memory = int(table.memory_usage(deep=True, index=False).sum())
    by_branch = table.groupby("branch")["amount"].agg(["mean", "sum", "count"])
    by_customer = table.groupby("customer", as_index=False)["amount"].sum()
    joined = table.merge(by_customer, on="customer", suffixes=("", "_of_customer"))
    first = joined.sort_values(["customer", "when"]).head(10)
    seconds = time.monotonic() - began
    if (len(by_branch), len(joined), len(first)) != (4, len(table), 10):
        raise RuntimeError("pandas did not do the work that is measured")
    return {"seconds": seconds, "peak": _most_memory() - before, "memory": memory}


def calibrate(folder: Path, rows: int) -> dict[str, float]:
    """What the constants should be, and how near the estimate of the memory is."""
    _apart("make", folder, rows)
    guessed, found = held(folder), _apart("work", folder, rows)
    return {
        "rows": rows,
        "memory_gb": found["memory"] / 1e9,
        "estimate_over_memory": guessed.memory / found["memory"],
        "peak_over_memory": found["peak"] / found["memory"],
        "seconds_per_gb": found["seconds"] / (found["memory"] / 1e9),
    }


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _apart(part: str, folder: Path, rows: int) -> Any:
    argv = [sys.executable, "-m", "aif.data.calibrate", str(folder), str(rows), part]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _main(folder: str, rows: str, part: str = "") -> Any:
    if part == "make":
        return make(Path(folder), int(rows))
    return work(Path(folder)) if part == "work" else calibrate(Path(folder), int(rows))


if __name__ == "__main__":
    json.dump(_main(*sys.argv[1:]), sys.stdout)
