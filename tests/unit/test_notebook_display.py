"""`allocation()` and `session()` in a real kernel: a widget that follows, and what stays in saved notebooks."""

from __future__ import annotations

import os
import sys
import threading
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
from fakehub import REPOSITORY
from nbformat import NotebookNode
from told_material import as_told, balance, write_session

from aif.widgets.watch import Watch

pytestmark = pytest.mark.slow  # kernels of their own

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
SHOWN = "from aif import allocation, session\nfrom aif.widgets import watch\nwatch.LOOK_SECONDS = 0.02\nallocation()"
AGAIN = "allocation()"
FOLLOWED = """
import os, time
from pathlib import Path
from aif.widgets import allocation as module
folder = Path(os.environ["AIF_SESSION_DIR"])
os.replace(folder / "next.json", folder / "allocations.json")
[widget] = module._widgets.values()
until = time.monotonic() + 20
while widget.allocation["running"] == 0.0238 and time.monotonic() < until:
    time.sleep(0.02)  # the cell keeps the kernel busy, as a long computation does
print(widget.allocation["running"])
widget.close()
"""
NO_FOLDER = "import os\nos.environ.pop('AIF_SESSION_DIR')\nallocation()"
FORM = """os.environ["AIF_SESSION_DIR"] = os.environ["HOME"] = os.getcwd()
from aif import upload
form = upload()
form"""
#: As the browser sends a file: first without answers, then with them, in two pieces.
SENT = """answers = {"persons": "no", "secret": "no", "licence": "ours", "origin": "ours", "source": "us"}
send = form.widget._handle_custom_msg
send({"kind": "begin", "upload": "a", "name": "a.csv", "size": 4}, [])
print(form.widget.answer["said"])
send({"kind": "answers", "answers": answers}, [])
send({"kind": "begin", "upload": "b", "name": "a.csv", "size": 4}, [])
send({"kind": "piece", "upload": "b", "at": 0}, [memoryview(b"ab")])
send({"kind": "piece", "upload": "b", "at": 2}, [memoryview(b"cd")])
print(form.path.read_text(), oct(form.path.stat().st_mode & 0o777), form.widget.answer["kept"]["title"])"""


@pytest.fixture(scope="module")
def python() -> str:
    """The data kernel's own Python, AIF_TEST_PYTHON, or this one where it has what the kernel has."""
    python = os.environ.get("AIF_TEST_PYTHON")
    if not python and (find_spec("anywidget") is None or find_spec("ipykernel") is None):
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks anywidget or ipykernel")
    return python or sys.executable


def ran(python: str, folder: Path, *cells: str, **options: Any) -> NotebookNode:
    """A notebook of these cells after a kernel in the session of `folder` ran them."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    kernel = AsyncKernelManager()
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path = f"{REPOSITORY / 'extensions'}"
    env = {"AIF_SESSION_DIR": str(folder), "PYTHONPATH": path}
    kernel._kernel_spec = KernelSpec(argv=argv, display_name="Python", language="python", env=env)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, km=kernel, timeout=60, resources={"metadata": {"path": str(folder)}}, **options).execute()
    return notebook


@pytest.fixture(scope="module")
def notebook(python: str, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """One notebook for all that only looks at what was shown."""
    folder = tmp_path_factory.mktemp("session")
    write_session(folder, as_told(balance(running=Fraction(1, 7))))
    (folder / "allocations.json").rename(folder / "next.json")
    write_session(folder, as_told(balance()))
    return ran(python, folder, SHOWN, AGAIN, "session()", FOLLOWED, NO_FOLDER, FORM, SENT, allow_errors=True)


def data(notebook: NotebookNode, cell: int) -> dict[str, Any]:
    [output] = notebook.cells[cell].outputs
    return dict(output["data"])


def state_of(notebook: NotebookNode, model: str) -> dict[str, Any]:
    return dict(notebook.metadata.widgets[STATE]["state"][model]["state"])


def test_a_cell_shows_a_widget_and_keeps_what_can_be_read_without_one(notebook: NotebookNode) -> None:
    shown = data(notebook, 0)
    assert set(shown) == {VIEW, "text/html", "text/plain"}
    assert "495.8 GPU-hours left · 60 days left" in shown["text/plain"]
    assert "As of 1 April 2027, 09:02" in shown["text/html"]


def test_the_widget_has_its_code_its_style_and_its_words_with_it(notebook: NotebookNode) -> None:
    state = state_of(notebook, data(notebook, 0)[VIEW]["model_id"])
    assert state["_model_module"] == "anywidget"
    assert "export default" in state["_esm"]
    assert ".aif-meter" in state["_css"]
    assert state["words"]["consumed"] == "Used"
    assert state["session"]["ends_at"]


def test_one_allocation_is_one_widget_however_often_it_is_shown(notebook: NotebookNode) -> None:
    assert data(notebook, 0)[VIEW]["model_id"] == data(notebook, 1)[VIEW]["model_id"]


def test_a_session_is_shown_live_too_and_read_without(notebook: NotebookNode) -> None:
    shown = data(notebook, 2)
    state = state_of(notebook, shown[VIEW]["model_id"])
    assert state["rows"][0] == ["Project", "inspect01"]
    assert state["ends_at"]
    assert "Time left" in shown["text/html"]


def test_the_widget_follows_the_file_while_a_cell_is_busy(notebook: NotebookNode) -> None:
    [output] = notebook.cells[3].outputs
    assert output["text"].strip() == "0.1429"


def test_a_mistake_is_answered_with_a_sentence_and_no_lines_of_code(notebook: NotebookNode) -> None:
    [output] = notebook.cells[4].outputs
    assert output["output_type"] == "error"
    assert len(output["traceback"]) == 1
    assert output["traceback"][0].startswith("NotInASession: This is not a workbench session")


def test_the_form_for_a_file_of_ones_own_is_live_and_is_read_without(notebook: NotebookNode) -> None:
    shown = data(notebook, 5)
    assert set(shown) == {VIEW, "text/html", "text/plain"}
    for text in (shown["text/html"], shown["text/plain"]):
        assert "~/own_data" in text
        assert "Are there people in it?" in text
    state = state_of(notebook, shown[VIEW]["model_id"])
    assert "export default" in state["_esm"]
    assert ".aif-question" in state["_css"]


def test_a_file_is_refused_before_the_answers_and_kept_after_them(notebook: NotebookNode) -> None:
    said = "".join(output["text"] for output in notebook.cells[6].outputs)
    assert said.splitlines() == [
        "The answers do not allow it. Read what stands below the questions.",
        "abcd 0o600 a.csv is here",
    ]


@pytest.mark.parametrize("kind", ["HTMLExporter", "MarkdownExporter"])
def test_an_export_says_the_same_in_words(notebook: NotebookNode, kind: str) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    saved = nbformat.from_dict({**notebook, "metadata": {}})  # JupyterLab saves no widget state of its own accord
    text, _ = getattr(nbconvert, kind)().from_notebook_node(saved)
    assert "495.8 GPU-hours left · 60 days left" in text
    assert "As of 1 April 2027, 09:02" in text
    assert "Marieke de Vries" in text


def test_a_watch_sees_each_new_file_and_ends(tmp_path: Path) -> None:
    file, seen = tmp_path / "file", threading.Semaphore(0)
    watch = Watch(file, seen.release, 0.01)
    for number in range(2):
        (tmp_path / "new").write_text(str(number))
        (tmp_path / "new").rename(file)
        assert seen.acquire(timeout=10)
    assert not seen.acquire(timeout=0.05)  # nothing more while nothing changes
    watch.stop()
    watch._thread.join(10)
    assert not watch.watching
