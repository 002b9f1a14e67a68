"""Exercises tell what is off and never the answer, keep progress for the person alone, and speak their language."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from fakehub import REPOSITORY
from told_material import write_session

from aif import learn
from aif.learn import kept, record
from aif.learn.record import NotAForm
from aif.widgets.figures import speech

LANGUAGES = ("en", "nl")
CHECKS = """from aif.learn import checked, close_to, off


@checked(1, "Look at the sum first.", "Then divide by two.")
def half(answer):
    return close_to(answer, 21.0, traps=[(42, off("That is all {count} together.", count=2))])


@checked(2, "Only one hint.")
def named(answer, notebook):
    return None if answer == notebook["wanted"] else "Another name is asked."
"""
SOURCE = """# %% [markdown]
# # How much is half?
#
# **At the end you have** halved a sum.

# %%
answer = ...
exercise(1).check(answer)

# %% tags=["solution"]
# solution 1
answer = 42 / 2

# %% tags=["solution"]
# solution 2
answer = "this one"

# %% [markdown]
# ## You have seen
#
# - a sum (`+`), and its *half*,
#   in one line;
# - what is "named".
#
# **Next:** another one.
"""
DUTCH = """msgid "# How much is half?"
msgstr "# Hoeveel is de helft?"

msgid "That is all {count} together."
msgstr "Dat is alle {count} samen."
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tutorials where the notebook is, and a home for progress."""
    place = tmp_path / "tutorials"
    for file, text in {"01_half.py": SOURCE, "checks/01_half.py": CHECKS, "nl/01_half.po": DUTCH}.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_text(text)
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # the tutorials that our wheel brings are not looked at
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    monkeypatch.setitem(vars(sys.modules["__main__"]), "wanted", "this one")
    return place


def attempt(number: int) -> kept.Attempt:
    """What is kept of that exercise."""
    return kept.courses()["01_half"].exercises[number]


# An exercise ----------------------------------------------------------------------------------------------------------


def test_an_exercise_goes_from_not_yet_over_hints_to_right_and_is_kept(folder: Path) -> None:
    exercise = learn.tutorial("01_half")
    assert repr(exercise) == "How much is half? (2 exercises)"
    assert not exercise(1).check(...).right
    assert attempt(1).state == "todo"
    assert "That is all 2 together." in exercise(1).check(42).text
    assert "Look at the sum first." in repr(exercise(1).hint())
    assert "Then divide by two." in exercise(1).hint().text
    assert "exercise(1).solution()" in exercise(1).hint().text
    right = exercise(1).check(21)
    assert right.right
    assert repr(right).startswith("✓ Exercise 1: right\n")
    assert (attempt(1).tries, attempt(1).hints, attempt(1).alone) == (2, 2, True)
    assert exercise(1).check(3).right is False
    assert attempt(1).state == "done"


def test_the_solution_is_shown_as_code_and_that_it_was_seen_is_kept(folder: Path) -> None:
    exercise = learn.tutorial("01_half")
    shown = exercise(2).solution()
    assert shown.code == 'answer = "this one"'
    assert "&quot;this one&quot;" in shown._repr_html_()
    assert exercise(2).check("this one").right
    assert (attempt(2).solution, attempt(2).alone) == (True, False)


def test_it_speaks_the_language_of_the_notebook(folder: Path) -> None:
    exercise = learn.tutorial("01_half", language="nl")
    assert repr(exercise) == "Hoeveel is de helft? (2 oefeningen)"
    assert "Dat is alle 2 samen." in exercise(1).check(42).text
    assert "Voor een aanwijzing: exercise(1).hint()" in exercise(1).check(42).text


def test_an_answer_that_a_check_stumbles_over_is_said_to_be_odd(folder: Path) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise TypeError("not with me")

        __hash__ = None  # type: ignore[assignment]

    reply = learn.tutorial("01_half")(2).check(Odd())
    assert "An answer of kind Odd could not be compared (TypeError: not with me)." in reply.text


def test_a_check_that_needs_a_cell_that_did_not_run_says_so(folder: Path) -> None:
    exercise = learn.tutorial("01_half")
    vars(sys.modules["__main__"]).pop("wanted")
    assert "checked with `wanted`, which is not there yet. Run the cells above" in exercise(2).check("this one").text


def test_what_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(learn.NoSuchTutorial, match=re.escape(str(folder))):
        learn.tutorial("02_other")
    with pytest.raises(learn.NoSuchExercise, match="01_half has no exercise 3; it has 1, 2"):
        learn.tutorial("01_half")(3)


def test_an_answer_from_the_data_is_escaped_in_the_page(folder: Path) -> None:
    reply = learn.tutorial("01_half")(1).check("<script>alert(1)</script>")
    assert "<script>" not in reply._repr_html_()
    assert 'role="group" aria-label="Exercise 1: not yet"' in reply._repr_html_()


# What is kept ---------------------------------------------------------------------------------------------------------


def test_progress_is_the_persons_alone(folder: Path) -> None:
    learn.tutorial("01_half")(1).check(21)
    file = kept.place()
    assert file == Path.home() / ".local/share/aif/progress.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_two_notebooks_at_once_lose_nothing_of_each_other(folder: Path) -> None:
    def one_more(before: kept.Attempt) -> kept.Attempt:
        return kept.Attempt(tries=before.tries + 1)

    with ThreadPoolExecutor(8) as beside:
        troubles = list(beside.map(lambda each: kept.change(f"0{each % 3}_x", each % 2, one_more), range(120)))
    assert set(troubles) == {""}
    assert sum(tried.tries for course in kept.courses().values() for tried in course.exercises.values()) == 120


def test_minutes_are_those_between_acts_and_long_pauses_count_little(folder: Path) -> None:
    now = datetime(2027, 4, 1, 14, 30, tzinfo=UTC)
    for minutes in (0, 5, 15, 240, 239):
        kept.change("01_half", None, lambda before: before, now + timedelta(minutes=minutes))
    assert kept.courses()["01_half"].seconds == (5 + 10 + 15) * 60


@pytest.mark.parametrize("content", ["not json", "[]", '{"tutorials": {"01_half": {"begun_at": 1}}}'])
def test_a_file_that_cannot_be_read_is_set_aside_and_the_exercise_goes_on(folder: Path, content: str) -> None:
    kept.place().parent.mkdir(parents=True)
    kept.place().write_text(content)
    assert learn.tutorial("01_half")(1).check(21).right
    assert attempt(1).state == "done"
    assert kept.place().with_suffix(".unreadable.json").read_text() == content


def test_a_home_that_takes_nothing_stops_no_exercise_and_is_said(folder: Path) -> None:
    Path.home().mkdir()
    (Path.home() / ".local").write_text("in the way")
    reply = learn.tutorial("01_half")(1).check(21)
    assert reply.right
    assert "Your progress could not be kept: Not a directory" in reply.note


def test_progress_shows_every_tutorial_with_shape_and_word(folder: Path) -> None:
    assert "○ How much is half?  Not begun · Exercises 0 of 2 · –" in repr(learn.progress())
    exercise = learn.tutorial("01_half")
    exercise(1).check(21)
    exercise(2).hint()
    assert "◐ How much is half?  Working on it · Exercises 1 of 2 · under a minute · Hints 1" in repr(learn.progress())
    exercise(2).check("this one")
    html = learn.progress("nl")._repr_html_()
    assert '<th scope="row" style="text-align:left;font-weight:400">Hoeveel is de helft?</th>' in html
    assert "● Gedaan" in html


def test_the_record_of_completion_says_what_was_done_and_what_it_does_not_prove(folder: Path) -> None:
    exercise = learn.tutorial("01_half")
    exercise(1).check(21)
    exercise(2).solution()
    exercise(2).check("this one")
    told = json.loads(learn.progress().save("record.json", name="Jan <b>").read_text())
    [row] = told["tutorials"]
    assert told["person"] == "Jan <b>"
    assert "it is no examination" in told["claim"]
    assert (row["title"], row["goals"]) == ("How much is half?", "At the end you have halved a sum.")
    assert [each["solution_shown_first"] for each in row["exercises"]] == [False, True]
    page = learn.progress("nl").save(Path("record.html"), name="Jan <b>")
    text = page.read_text()
    assert row["seen"] == ["a sum (+), and its half, in one line", 'what is "named"']
    assert "<li>a sum (+), and its half, in one line</li>" in text
    assert "another one" not in text
    assert "Jan &lt;b&gt;" in text
    assert '<html lang="nl">' in text
    assert "oefeningen goed: 2, waarvan 1 zonder eerst een oplossing te zien" in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    with pytest.raises(NotAForm, match=re.escape("written as .json or .html")):
        learn.progress().save("record.pdf")


def test_the_record_to_show_has_what_is_done_first_whose_it_is_and_which_site(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "checks/02_more.py").write_text(CHECKS)
    (folder / "02_more.py").write_text(SOURCE.replace("half?", "more?"))
    learn.tutorial("02_more")(1).check(21)
    begun = learn.progress().save(Path("begun.html")).read_text()
    assert "<dt>Tutorials done</dt><dd>0</dd>" in begun
    assert "<li>How much is more? (1 of 2)</li>" in begun
    assert f'<p class="person">{escape(record.who())}</p>' in begun
    assert "AI Factory Workbench" in begun
    for number, answer in ((1, 21), (2, "this one")):
        learn.tutorial("01_half")(number).check(answer)
    write_session(folder, data={"site": "Groningen & Co"})
    monkeypatch.setenv("AIF_SESSION_DIR", str(folder))
    text = learn.progress().save(Path("record.html")).read_text()
    assert text.index("How much is half?") < text.index("Also begun") < text.index("How much is more?")
    assert "<dt>Tutorials done</dt><dd>1</dd>" in text
    assert "<dd>3, all without seeing a solution first</dd>" in text
    assert "Groningen &amp; Co" in text
    assert json.loads(learn.progress().save(Path("record.json")).read_text())["site"] == "Groningen & Co"


def test_what_was_learned_stays_in_the_record_when_a_tutorial_is_gone(folder: Path) -> None:
    learn.tutorial("01_half")(1).check(21)
    (folder / "checks/01_half.py").unlink()
    assert "● 01_half  Done" in repr(learn.progress())


# Words ----------------------------------------------------------------------------------------------------------------


def test_every_sentence_has_its_gaps_in_each_language_and_is_calm() -> None:
    english = {key: text for key, text in speech("en").words.items() if key.startswith("learn.")}
    files = [*(REPOSITORY / "extensions/aif/learn").glob("*.py"), REPOSITORY / "extensions/aif/server/again.py"]
    asked = "".join(file.read_text() for file in files)
    for language in LANGUAGES:
        words = speech(language).words
        assert {key for key in words if key.startswith("learn.")} == set(english)
        for key, text in english.items():
            assert sorted(re.findall(r"\{\w+\}", words[key])) == sorted(re.findall(r"\{\w+\}", text)), key
            assert not re.search(r"!|\bplease\b|\boops\b|\b(je|jij|jouw)\b", words[key], re.IGNORECASE), key
    left_over = [key for key in english if key not in asked and key.rsplit(".", 1)[0] not in asked]
    assert left_over == []


def test_a_kernel_without_our_extras_can_learn(folder: Path) -> None:
    """Standard library only, and no network: what a check of a number needs is in every Python."""
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('anywidget', 'IPython', 'pandas', 'numpy', 'jupytext')))\n"
        "from aif.learn import tutorial\nprint(tutorial('01_half')(1).check(21).right)"
    )
    env = {"PYTHONPATH": str(REPOSITORY / "extensions"), "HOME": str(folder), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr
