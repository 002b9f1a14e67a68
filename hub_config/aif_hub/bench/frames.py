"""What `aif bench gpu` times: run by a kernel's Python in a session, with the facts as JSON in its first argument.

A line of JSON on standard output for each operation and size. The same code computes on cuDF where there is a GPU, and
on pandas where there is none: in this process alone, and in a worker of `gpu_cluster()`, which is what we add to it.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OPERATIONS = ("read", "group-by", "join", "sort", "string")
#: What an operation has to read once, so that no machine does it faster than its memory delivers that.
COLUMNS = {"group-by": ["group", "value"], "join": ["key"], "sort": ["value"], "string": ["text"]}
#: The first run of an operation is cold; this many after it are warm, of which the median counts.
WARM = 3


def main(facts: dict[str, Any]) -> None:
    """All operations on data of each of `rows`, in `folder`; `gpu` says whether there is a GPU to compute on."""
    from aif import gpu_cluster

    folder = Path(facts["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    ours = "cudf" if facts["gpu"] else "pandas"
    cluster = gpu_cluster(workers=1, size=facts["size"], backend=ours)
    try:
        client = cluster.get_client()
        client.wait_for_workers(1, timeout=300)
        speed, device = bandwidth(gpu=facts["gpu"])
        read = 0.0
        for rows in facts["rows"]:
            path = written(folder, rows)
            for operation in OPERATIONS:
                found = timed_everywhere(client, operation, str(path), ours)
                if operation == "read":
                    read = found["ours_s"]
                floor = moved(operation, path) / speed
                tell(
                    {"operation": operation, "rows": rows, **found, "read_s": read, "floor_s": floor, "device": device}
                )
    finally:
        cluster.close()


def timed_everywhere(client: Any, operation: str, path: str, ours: str) -> dict[str, Any]:
    """Seconds in our worker, and of each library alone; all of them must have the same answer."""
    found: dict[str, Any] = {}
    answers = {}
    alone = {"cudf": ours == "cudf", "polars": True, "pandas": True}
    for name, library, there in (("ours_s", ours, True), *((f"{one}_s", one, is_) for one, is_ in alone.items())):
        if not there:
            found[name] = None
            continue
        found[name], cold, answers[name] = timed(_call(client if name == "ours_s" else None, operation, path, library))
        print(f"{operation} {name.removesuffix('_s')}: {cold:.3f} s cold, {found[name]:.3f} s warm", file=sys.stderr)
    first = answers["pandas_s"]
    wrong = {name: value for name, value in answers.items() if abs(value - first) > 1e-6 * max(1.0, abs(first))}
    if wrong:
        raise AssertionError(f"{operation} of {path}: pandas says {first}, {wrong}")
    return found


def _call(client: Any, operation: str, path: str, library: str) -> Callable[[], float]:
    """Without a client here, and with one in its cluster's worker. Each process keeps the data that it has read."""
    if client is not None:
        return lambda: client.submit(in_worker, operation, path, library, pure=False).result()
    kept: dict[Any, Any] = {}
    return lambda: run(operation, path, library, kept)


def in_worker(operation: str, path: str, library: str) -> float:
    """As `run`, with what this worker has kept."""
    from distributed import get_worker

    return run(operation, path, library, vars(get_worker()).setdefault("aif_bench_kept", {}))


def timed(call: Callable[[], Any]) -> tuple[float, float, float]:
    """Warm seconds (median), cold seconds, and the answer."""
    seconds, answer = [], 0.0
    for _ in range(1 + WARM):
        began = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:]), seconds[0], float(answer)


def run(operation: str, path: str, library: str, kept: dict[Any, Any]) -> float:
    """One operation on data of that library's, which is read before where that is not timed; a number of its result."""
    if operation == "read":
        return float(len(_read(path, library)))
    if (path, library) not in kept:
        kept.clear()  # one data set at a time: a GPU may not hold two
        kept[path, library] = _read(path, library), _side(path, library)
    frame, side = kept[path, library]
    return float(_POLARS[operation](frame, side) if library == "polars" else _FRAMES[operation](frame, side))


def _read(path: str, library: str) -> Any:
    module = __import__(library)
    return module.read_parquet(path)


def _side(path: str, library: str) -> Any:
    return _read(path.replace("facts-", "side-"), library)


def _polars_group(frame: Any, _side: Any) -> Any:
    import polars

    return frame.group_by("group").agg(polars.col("value").mean())["value"].sum()


#: For pandas and cuDF alike; the result is made in full, and a number of it is taken.
_FRAMES: dict[str, Callable[[Any, Any], Any]] = {
    "group-by": lambda frame, _side: frame.groupby("group")["value"].mean().sum(),
    "join": lambda frame, side: frame.merge(side, on="key")["weight"].sum(),
    "sort": lambda frame, _side: frame.sort_values("value")["value"].iloc[len(frame) // 2],
    "string": lambda frame, _side: frame["text"].str.contains("42", regex=False).sum(),
}
_POLARS: dict[str, Callable[[Any, Any], Any]] = {
    "group-by": _polars_group,
    "join": lambda frame, side: frame.join(side, on="key")["weight"].sum(),
    "sort": lambda frame, _side: frame.sort("value")["value"][len(frame) // 2],
    "string": lambda frame, _side: frame["text"].str.contains("42", literal=True).sum(),
}


def written(folder: Path, rows: int) -> Path:
    """A Parquet file of so many rows, the same each time, and beside it the table that it is joined with."""
    import numpy as np
    import pandas as pd

    path, keys = folder / f"facts-{rows}.parquet", max(1, rows // 10)
    if path.exists():
        return path
    dice = np.random.default_rng(7)
    towns = pd.Series([f"town-{number:05d}" for number in range(10_000)])
    pd.DataFrame({"key": np.arange(keys, dtype="int64"), "weight": dice.random(keys)}).to_parquet(
        folder / f"side-{rows}.parquet"
    )
    pd.DataFrame(
        {
            "key": dice.integers(0, keys, rows),
            "group": dice.integers(0, 1000, rows, dtype="int32"),
            "value": dice.random(rows),
            "text": towns.to_numpy()[dice.integers(0, len(towns), rows)],
        }
    ).to_parquet(path)
    return path


def moved(operation: str, path: Path) -> int:
    """Bytes that the operation has to read once: the file, or the columns that it looks at."""
    if operation == "read":
        return path.stat().st_size
    import pandas as pd

    columns = pd.read_parquet(path, columns=COLUMNS[operation])
    if operation == "string":
        return int(columns["text"].str.len().sum()) + 4 * len(columns)  # as Arrow holds it: text and offsets
    return int(columns.memory_usage(index=False).sum())


def bandwidth(*, gpu: bool, megabytes: int = 512, tries: int = 5) -> tuple[float, str]:
    """Bytes a second that the memory delivers, measured by adding up an array, and the device's name."""
    if gpu:
        import cupy

        array = cupy.ones(megabytes << 17)
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
        array_sum = array.sum
    else:
        import numpy as np

        array_sum = np.ones(megabytes << 17).sum
        name = f"{_processor()}, {os.cpu_count()} cores"
    seconds = []
    for _ in range(tries):
        began = time.perf_counter()
        float(array_sum())  # as a number: it waits for the GPU
        seconds.append(time.perf_counter() - began)
    return (megabytes << 20) / min(seconds), name


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def tell(found: dict[str, Any]) -> None:
    """A line for who started this."""
    print(json.dumps(found), flush=True)


def leave() -> None:
    """Ends this process with success. All is told; threads that libraries still have are not waited for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
    leave()
