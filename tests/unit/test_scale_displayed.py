"""What a notebook's file keeps of a cluster, after real kernels ran it: how it last was, in each of its displays."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from fakehub import REPOSITORY
from nbformat import NotebookNode
from test_notebook_display import VIEW, python, ran

pytestmark = pytest.mark.slow  # kernels of their own

__all__ = ["python"]  # a fixture

#: As much of a cluster as its displays need. What happens in Dask's loop does so in a task of the first cell's.
CLUSTER = """
import asyncio, queue, threading
from pathlib import Path
from types import SimpleNamespace
from aif.scale import displayed
from aif.scale.shown import Shown
from aif.scale.told import Told

class Telling(Told):
    def _facts(self, shown):
        return shown.figures()

class Cluster:
    here, closed, spent = 0, False, 0.0
    home = SimpleNamespace(folder=Path("abc_1234"))

    def __init__(self):
        self.told = Telling(self)

    def shown(self):
        return Shown("aif-w", 4, 4, self.here, (), 4.0, self.spent, None, "", self.closed, "en")

    def _ipython_display_(self):
        self.told.display()

work, done = asyncio.Queue(), queue.Queue()

async def loop():
    while True:
        change = await work.get()
        for name, value in change.items():
            setattr(cluster, name, value)
        cluster.told.tell()
        done.put(None)

def changed(**change):
    dask.call_soon_threadsafe(work.put_nowait, change)
    done.get(timeout=30)

dask = asyncio.new_event_loop()
threading.Thread(target=dask.run_forever, daemon=True).start()
cluster = Cluster()
asyncio.run_coroutine_threadsafe(loop(), dask)
"""
SHOWN = f"{CLUSTER}\ncluster"
NEVER, ALWAYS = "displayed.CHANGED_SECONDS = displayed.ANYWAY_SECONDS = 1e9", "displayed.CHANGED_SECONDS = 0.0"
#: From here on nothing is written because a cell has ended.
BY_ITSELF = "get_ipython().events.unregister('post_run_cell', cluster.told._displays._after_cell)"


def kept(notebook: NotebookNode, cell: int) -> dict[str, Any]:
    """What stands below it, which is one display and nothing else."""
    [output] = notebook.cells[cell].outputs
    assert output["output_type"] == "display_data"
    return dict(output["data"])


def test_all_displays_are_as_the_cluster_was_when_the_last_cell_ended(python: str, tmp_path: Path) -> None:
    notebook = ran(python, tmp_path, SHOWN, NEVER, "cluster", "changed(here=3)", "changed(spent=0.25)")
    first, second = kept(notebook, 0), kept(notebook, 2)
    assert first == second
    assert set(first) == {VIEW, "text/html", "text/plain"}
    for text in (first["text/plain"], first["text/html"]):
        assert "4 planned, 4 asked of Slurm, 3 at work" in text
        assert "0.25 used so far" in text
        assert "As of " in text
    assert [len(notebook.cells[number].outputs) for number in (1, 3, 4)] == [0, 0, 0]


def test_what_happens_during_a_long_cell_is_kept_and_an_end_at_once(python: str, tmp_path: Path) -> None:
    cells = [SHOWN, BY_ITSELF, ALWAYS, "changed(here=3)", NEVER, "changed(here=1)"]
    changed = ran(python, tmp_path, *cells)
    assert "3 at work" in kept(changed, 0)["text/plain"], "not too often"
    ended = ran(python, tmp_path, *cells, "changed(closed=True, here=0)")
    assert "0 at work" in kept(ended, 0)["text/plain"]
    assert "It is closed." in kept(ended, 0)["text/html"]
    closing = ran(python, tmp_path, SHOWN, "cluster.closed, cluster.here = True, 3", "changed(here=0)")
    assert "0 at work" in kept(closing, 0)["text/plain"], "a cell ended while it was closing"


@pytest.mark.parametrize("widgets", [True, False], ids=["with anywidget", "without"])
def test_a_terminal_is_told_once_for_each_time_that_it_asks(python: str, widgets: bool, tmp_path: Path) -> None:
    without = "" if widgets else "import sys\nsys.modules['anywidget'] = None\n"
    cells = [without + SHOWN, ALWAYS, "changed(here=3)", "cluster", "changed(closed=True)"]
    lines = "from IPython.terminal.interactiveshell import TerminalInteractiveShell as Shell\n"
    lines += f"shell = Shell.instance()\nfor cell in {cells!r}:\n"
    lines += "    shell.run_cell(cell, store_history=True).raise_error()\n"
    env = {"HOME": str(tmp_path), "PYTHONPATH": f"{REPOSITORY / 'extensions'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [python, "-c", lines], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if "Dask cluster:" in line]
    assert [line.rpartition(", ")[2] for line in said] == ["0 at work", "3 at work"]
