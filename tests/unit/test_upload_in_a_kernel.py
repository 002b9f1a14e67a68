"""`upload()` in a real kernel: the form is live there, and in a saved notebook it is read without one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from nbformat import NotebookNode
from test_notebook_display import VIEW, data, python, ran, state_of
from told_material import as_told, balance, write_session

pytestmark = pytest.mark.slow
__all__ = ["python"]  # a fixture

SHOWN = """import os
from pathlib import Path
os.environ["HOME"] = os.environ["AIF_SESSION_DIR"]
from aif import upload
form = upload()
form"""
#: As the browser sends it, in two pieces.
SENT = """answers = {"persons": "no", "secret": "no", "licence": "ours", "origin": "ours", "source": "us"}
send = form.widget._handle_custom_msg
send({"kind": "begin", "upload": "a", "name": "a.csv", "size": 4}, [])
before = form.widget.answer["said"]
send({"kind": "answers", "answers": answers}, [])
send({"kind": "begin", "upload": "b", "name": "a.csv", "size": 4}, [])
send({"kind": "piece", "upload": "b", "at": 0}, [memoryview(b"ab")])
send({"kind": "piece", "upload": "b", "at": 2}, [memoryview(b"cd")])
print(before)
print(form.path.read_text(), oct(form.path.stat().st_mode & 0o777), form.widget.answer["kept"]["title"])"""
READ = "upload.card(form.path)"


@pytest.fixture(scope="module")
def notebook(python: str, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """One notebook for all of this."""
    folder = tmp_path_factory.mktemp("session")
    write_session(folder, as_told(balance(data_end=date(2100, 4, 26))), data={"contact": "data@example.org"})
    return ran(python, Path(folder), SHOWN, SENT, READ)


def test_a_cell_shows_the_form_and_keeps_what_is_read_without_one(notebook: NotebookNode) -> None:
    shown = data(notebook, 0)
    assert set(shown) == {VIEW, "text/html", "text/plain"}
    for text in (shown["text/html"], shown["text/plain"]):
        assert "26 April 2100" in text
        assert "Are there people in it?" in text
    state = state_of(notebook, shown[VIEW]["model_id"])
    assert "export default" in state["_esm"]
    assert ".aif-question" in state["_css"]


def test_what_is_sent_is_refused_before_the_answers_and_kept_after_them(notebook: NotebookNode) -> None:
    [output] = notebook.cells[1].outputs
    assert output["text"].splitlines() == [
        "The answers do not allow it. Read what stands below the questions.",
        "abcd 0o600 a.csv is here",
    ]
    assert "Kept until" in data(notebook, 2)["text/html"]
