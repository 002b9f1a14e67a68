"""Each tutorial keeps the house form, is in the catalogue, and runs from top to bottom."""

import json
import math
import os
import re
import subprocess
import tomllib
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest
from fakehub import REPOSITORY

from aif.learn import kept
from aif.learn.exercise import checks
from aif.server.tutorials import bring
from aif.sizing.words import spoken
from aif.tutorials import build, catalogue, check, percent
from aif.tutorials.catalogue import LANGUAGES

TUTORIALS = REPOSITORY / "tutorials"
SOURCES = sorted(TUTORIALS.glob("[0-9][0-9]_*.py"))
#: A tutorial at its small size takes at most so much of the processor's time, which no busy neighbour adds to; and none
#: of its cells is waited for longer.
SECONDS = 60
#: How the calculator begins, outside a session, where no language is known.
SIZED = spoken("en").say("calc.title")
#: The small size of each in its own language, and the first three in Dutch too.
RUNS = [(source, "en") for source in SOURCES] + [(source, "nl") for source in SOURCES[:3]]
#: How many workers each takes on at most, beside the session; for how long stands in its `gpu_cluster(…)`.
WORKERS = {"05_ships": 4, "07_delay": 2, "08_cloudburst": 2}
#: What its kernel has taken so far, and the programs that it ran.
SPENT = """
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

print(sum(each.ru_utime + each.ru_stime for each in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))))
"""
#: What the last cell does with `answers/NAME.toml`: each answer's reply, and whether it was found right; and what is
#: said of answers of any kind, for a learner may hand over anything.
ASKING = """
def asked(answers):
    import json

    said = {{number: {{"right": [], "wrong": [], "any": []}} for number in answers}}
    for number, told in answers.items():
        for kind, each in [("right", (one, "")) for one in told["right"]] + [("wrong", one) for one in told["wrong"]]:
            reply = exercise(int(number)).check(eval(each[0], globals()))
            said[number][kind].append((reply.text, reply.right))
        said[number]["any"] = [exercise(int(number)).check(each).text for each in (None, 2, "x", ["x"], {{"x": 1}})]
    print(json.dumps(said))


asked({answers!r})
"""

each = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def test_nothing_is_wrong_with_them():
    found = check.examine(TUTORIALS)
    assert found.problems == ()
    assert found.tutorials == len(SOURCES) >= 1
    assert found.languages == 2
    assert found.exercises >= 2 * found.tutorials


@each
def test_both_axes_of_every_plot_say_their_unit_or_scale(source):
    """In parentheses; only the label of names beside horizontal bars has none."""
    plots = [cell.text for cell in percent.cells(source.read_text()) if re.search(r'[xy]label="', cell.text)]
    assert plots
    for plot in plots:
        across, up = (re.findall(rf'{axis}label="([^"]*)"', plot) for axis in "xy")
        assert across, plot
        assert up, plot
        assert [label for label in across if not re.search(r"\(.+\)", label)] == []
        assert len([label for label in up if not re.search(r"\(.+\)", label)]) <= plot.count(".barh(")


@each
def test_its_header_says_what_its_minutes_cost_on_a_small_gpu_part_rounded_up(source):
    """Up, since it is a promise; the catalogue's card rounds to the nearest, as every amount of the workbench."""
    profiles = tomllib.loads((REPOSITORY / "hub_config/site.example.toml").read_text())["profile"]
    weight = next(Fraction(one["gpu_weight"]) for one in profiles if one["name"] == "slice")
    entry = catalogue.read(TUTORIALS).entry(source.stem)
    helped = re.search(r"gpu_cluster\(workers=\d, hours=([\d.]+)\)", source.read_text())
    assert bool(helped) == (source.stem in WORKERS)
    hours = Fraction(entry.minutes, 60) + (WORKERS[source.stem] * Fraction(helped[1]) if helped else 0)
    price = f"{math.ceil(100 * hours * weight) / 100:.2f}"
    english, dutch = (build.cells(source, language)[0].text for language in ("en", "nl"))
    assert re.search(rf"at most {price} GPU-hours\b", english)
    assert re.search(rf"hooguit {price.replace('.', ',')} GPU-uur\b", dutch)
    free = entry.profile == "cpu"
    assert ("nothing from your GPU budget" in english) == ("niets van uw GPU-budget" in dutch) == free


@each
def test_each_exercise_has_a_right_answer_in_other_words_and_three_wrong_ones_with_hints_of_their_own(source):
    answers = tomllib.loads((Path(__file__).parent / f"answers/{source.stem}.toml").read_text())
    solutions = {str(cell.solution): cell.text for cell in percent.cells(source.read_text()) if cell.solution}
    assert answers.keys() == solutions.keys()
    assert 2 <= len(answers) <= 4
    for number, told in answers.items():
        others = [one for one in told["right"] if "".join(one.split()) not in "".join(solutions[number].split())]
        assert len(others) >= 1, number
        assert len({says for _, says in told["wrong"] if says}) >= 3, number


@pytest.mark.parametrize(
    ("answer", "off"),
    [
        (None, "learn.off.unanswered"),
        (2, "learn.off.set.extra"),
        ("photos.zip", "photos.zip has a licence that says NC, which means not for business."),
        (["orders.csv", "Weather.csv "], "None"),
    ],
)
def test_a_count_or_one_file_in_place_of_the_list_is_told_what_is_off(answer, off):
    """Where the shelf of "May I put this data here?" is asked about."""
    assert str(checks(TUTORIALS / "checks/02_data.py")[4].accepts(answer)) == off


def test_each_has_a_small_size_and_three_are_run_in_both_languages():
    assert [source.stem for source in SOURCES if '"AIF_SMALL"' not in source.read_text()] == []
    languages = [{language for one, language in RUNS if one == source} for source in SOURCES]
    assert all("en" in each for each in languages)
    assert sum({"en", "nl"} <= each for each in languages) >= 3
    assert all(entry.languages == LANGUAGES for entry in catalogue.read(TUTORIALS).entries)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("source", "language"), RUNS, ids=lambda each: getattr(each, "stem", each))
def test_it_runs_from_top_to_bottom_and_its_checks_tell_right_from_wrong(source, language, tmp_path, monkeypatch):
    """The learner's notebook with the solutions filled in, then other answers in a cell of their own.

    With the data kernel's own Python, AIF_TEST_PYTHON, or this one where it has what the kernel has.
    """
    python = os.environ.get("AIF_TEST_PYTHON")
    if not python:
        missing = [name for name in ("pandas", "matplotlib", "ipykernel") if find_spec(name) is None]
        if missing:
            pytest.skip(f"set AIF_TEST_PYTHON to the data kernel's Python; this one lacks {', '.join(missing)}")
        python = os.sys.executable
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    bring(TUTORIALS, tmp_path / "tutorials", language)
    monkeypatch.setenv("AIF_SMALL", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", f"{REPOSITORY / 'extensions'}:{REPOSITORY / 'kernels'}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "kept"))
    kernel = AsyncKernelManager()
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel._kernel_spec = KernelSpec(argv=argv, display_name="Python (data)", language="python")
    notebook = nbformat.reads(build.solved(source, language), as_version=4)
    answers = tomllib.loads((Path(__file__).parent / f"answers/{source.stem}.toml").read_text())
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in (SPENT, ASKING.format(answers=answers))]
    resources = {"metadata": {"path": str(tmp_path / "tutorials")}}
    nbclient.NotebookClient(notebook, km=kernel, timeout=SECONDS, resources=resources).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []  # such as a library's warnings
    shown = [output.get("data", {}) for output in outputs]
    assert any("image/png" in each for each in shown)
    assert sum(each.get("text/plain", "").startswith(SIZED) for each in shown) == 1
    assert float("".join(part.text for part in notebook.cells[-2].outputs)) <= SECONDS
    course = kept.courses(tmp_path / "kept/aif/progress.json")[source.stem]
    assert {attempt.state for attempt in course.exercises.values()} == {"done"}
    assert sorted(map(str, course.exercises)) == sorted(answers) == list(build.companion(source)["exercises"])
    said = json.loads("".join(part.text for part in notebook.cells[-1].outputs))  # a kernel sends a line as it comes
    assert [told for number in answers for told in said[number]["right"] if not told[1]] == []
    translated = build.translations(source, language)
    for number, told in answers.items():
        assert len(told["right"]) >= 1
        assert len(told["wrong"]) >= 3
        assert [text for text in said[number]["any"] if re.search(r"\wError: ", text)] == []  # the check stumbled
        for (expression, says), (text, right) in zip(told["wrong"], said[number]["wrong"], strict=True):
            assert not right, (number, expression)
            assert language != "en" or says in text, (number, expression)
            assert language == "en" or not any(english in text for english in translated), (number, expression)


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
