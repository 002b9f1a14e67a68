"""One notebook run from top to end, as a person would run it in a session, and what it took; a line of JSON.

    python -m aif.tutorials.execute NOTEBOOK KERNEL

Cells that fail do not stop it; they are listed, each with the end of what it said. Needs nbclient and psutil, which the
environment of people's servers has.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: How `aif.learn` begins what it says of an answer that is not right.
NOT_YET = "▲"
#: A cell may take so long.
CELL_SECONDS = 3600
#: What is asked of the kernel at the end: the GPU-hours of its clusters, closed ones included.
_SPENT = """
import gc, sys
made = getattr(sys.modules.get("aif.scale.cluster"), "GpuCluster", ())
print(sum(one.spent for one in gc.get_objects() if issubclass(type(one), made)))
"""
#: Between two looks at the memory in use.
_PAUSE = 0.2


def execute(notebook: Path, kernel: str, keep: Path | None = None, **environ: str) -> dict[str, Any]:
    """`minutes` from the kernel's start to its end, `memory_gb` at most held by it and its children, `failed_cells`.

    `workers_gpu_hours` is what the clusters that it made have used, beside the session itself. The notebook with its
    outputs is written to `keep`, if that is given. The kernel has `environ` beside what this process has.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    book = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's, here and below
    book.cells.append(nbformat.v4.new_code_cell(_SPENT))  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(notebook.parent)}}
    began = time.monotonic()
    with _most_memory() as memory, tempfile.TemporaryDirectory(prefix="aif-") as private:
        # sockets in a folder of one's own, as in sessions: no port that others on the machine could knock at
        config = Config({"KernelManager": {"transport": "ipc", "connection_file": f"{private}/kernel.json"}})
        client = NotebookClient(
            book,
            timeout=CELL_SECONDS,
            kernel_name=kernel,
            allow_errors=True,
            resources=resources,
            store_widget_state=False,
            config=config,
        )
        client.execute(env={**os.environ, **environ})
    spent = book.cells.pop()
    if keep:
        nbformat.write(book, keep)  # type: ignore[no-untyped-call]
    return {
        "minutes": (time.monotonic() - began) / 60,
        "memory_gb": memory[0] / 1e9,
        "workers_gpu_hours": float("".join(part.text for part in spent.outputs)),
        "failed_cells": [
            {"cell": at, "says": says[:200]}
            for at, cell in enumerate(book.cells)
            for says in map(_failure, cell.get("outputs", []))
            if says
        ],
    }


def _failure(output: Any) -> str:
    """The error of a cell, or that an exercise did not find its solution right; empty for every other output."""
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    shown = str(output.get("data", {}).get("text/plain", ""))
    return " ".join(shown.split()) if shown.startswith(f"{NOT_YET} ") else ""


@contextmanager
def _most_memory() -> Iterator[list[int]]:
    """Inside, the first item is the most bytes that this process' children have held so far, its own not counted."""
    import psutil

    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(_PAUSE):
            held = 0
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    held += child.memory_info().rss
            most[0] = max(most[0], held)

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield most
    finally:
        ended.set()
        watch.join()


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 however the cells went."""
    print(json.dumps(execute(Path(arguments[0]), arguments[1])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
