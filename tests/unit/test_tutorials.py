"""Each tutorial keeps the house form, is in the catalogue, and runs from top to bottom."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from fakehub import REPOSITORY

from aif.learn import kept
from aif.tutorials import build, catalogue

TUTORIALS = REPOSITORY / "tutorials"
SOURCES = sorted(TUTORIALS.glob("[0-9][0-9]_*.py"))
CATALOGUE = catalogue.read(TUTORIALS).entries
SECONDS = 60

each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def cells(source: Path) -> list[tuple[str, str]]:
    """(marker line, text) of each percent cell."""
    parts = re.split(r"(?m)^# %%(.*)\n", source.read_text())[1:]
    return [(marker.strip(), text.strip()) for marker, text in zip(parts[::2], parts[1::2], strict=True)]


def test_the_catalogue_and_the_folder_name_the_same_tutorials():
    assert [f"{entry.name}.py" for entry in CATALOGUE] == [source.name for source in SOURCES]


@each
def test_it_opens_with_a_question_and_a_header_and_ends_with_what_was_seen(source):
    first, last = cells(source)[0][1], cells(source)[-1][1]
    assert first.splitlines()[0].endswith("?")
    for word in ("Time", "Hardware", "Price", "For", "At the end you have"):
        assert word in first
    assert "You have seen" in last


@each
def test_no_code_cell_is_longer_than_fifteen_lines(source):
    long = [text for marker, text in cells(source) if "[markdown]" not in marker and len(text.splitlines()) > 15]
    assert long == []


@each
def test_each_exercise_has_a_check_hints_and_a_folded_solution(source):
    text = source.read_text()
    solutions = [marker for marker, body in cells(source) if body.startswith("# solution")]
    numbers = re.findall(r"\*\*Exercise (\d+)\.\*\*", text)
    assert numbers
    assert (
        re.findall(r"(?m)^# solution (\d+)$", text)
        == numbers
        == re.findall(r"exercise\((\d+)\)\.check\(answer\)", text)
    )
    assert all('tags=["solution"]' in marker and '"source_hidden": true' in marker for marker in solutions)
    checks = (TUTORIALS / "checks" / source.name).read_text()
    assert re.findall(r"@checked\(\s*(\d+),\s*\"", checks) == numbers


@each
def test_every_plot_has_units_on_its_axis(source):
    labels = re.findall(r'ylabel="([^"]*)"', source.read_text())
    assert labels
    assert all(re.search(r"\(.+\)", label) for label in labels)


@pytest.mark.slow
@pytest.mark.timeout(300)
@each
def test_it_runs_from_top_to_bottom(source, tmp_path, monkeypatch):
    """With the data kernel's own Python, AIF_TEST_PYTHON, or this one where it has what the kernel has."""
    python = os.environ.get("AIF_TEST_PYTHON")
    if not python:
        missing = [name for name in ("pandas", "matplotlib", "ipykernel") if find_spec(name) is None]
        if missing:
            pytest.skip(f"set AIF_TEST_PYTHON to the data kernel's Python; this one lacks {', '.join(missing)}")
        python = os.sys.executable
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    shutil.copytree(TUTORIALS, tmp_path / "tutorials", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("AIF_SMALL", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", f"{REPOSITORY / 'extensions'}:{REPOSITORY / 'kernels'}")
    kernel = AsyncKernelManager()
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel._kernel_spec = KernelSpec(argv=argv, display_name="Python (data)", language="python")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "kept"))
    notebook = nbformat.reads(build.solved(source), as_version=4)
    resources = {"metadata": {"path": str(tmp_path / "tutorials")}}
    nbclient.NotebookClient(notebook, km=kernel, timeout=SECONDS, resources=resources).execute()
    assert any("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))
    course = kept.courses(tmp_path / "kept/aif/progress.json")[source.stem]
    assert {attempt.state for attempt in course.exercises.values()} == {"done"}
    assert sorted(course.exercises) == [int(number) for number in build.companion(source)["exercises"]]


@pytest.mark.slow
def test_the_orders_are_the_same_each_time_and_as_dirty_as_the_data_card_says(tmp_path):
    """Run by the data kernel's Python, since the hub's has no pandas."""
    python = os.environ.get("AIF_TEST_PYTHON") or os.sys.executable
    check = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from data import orders\nimport pandas as pd\n"
        "for name in ('a', 'b'): orders.write_orders(sys.argv[2] + name, 20_000)\n"
        "assert open(sys.argv[2] + 'a').read() == open(sys.argv[2] + 'b').read()\n"
        "table = pd.read_csv(sys.argv[2] + 'a')\n"
        "assert 100 < table.duplicated().sum() < 300, table.duplicated().sum()\n"
        "assert table['branch'].nunique() == 10\n"
        "share = orders.money_back(orders.clean(table)).eval('back / sold')\n"
        "assert share.idxmax() == ('Assen', 'Stretch film'), share\n"
    )
    has_pandas = subprocess.run([python, "-c", "import pandas"], capture_output=True, timeout=60).returncode == 0
    if not has_pandas:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks pandas")
    command = [python, "-B", "-c", check, str(TUTORIALS), f"{tmp_path}/"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
