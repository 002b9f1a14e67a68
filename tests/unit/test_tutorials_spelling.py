"""Spelling of the tutorials, by Debian's dictionaries: what is told, what is no prose, and our own list of words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakehub import REPOSITORY

from aif.tutorials import messages, spelling
from aif_hub import cli
from aif_hub.demo import packages

PROSE = "The model sorts the pictures on the left."
DUTCH = "Het model sorteert de foto's links."

needs_hunspell = pytest.mark.skipif(bool(spelling.left_out()), reason=spelling.left_out() or "it is there")


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """A folder with one tutorial of one sentence, to which `say` adds others."""
    say(tmp_path, {PROSE: DUTCH})
    return tmp_path


def say(folder: Path, told: dict[str, str], code: str = "") -> None:
    """The tutorial `01_one` of `folder` with these messages; those of `code` are strings there."""
    cells = [f"# %% [markdown]\n# {text}\n" for text in told if text not in code]
    (folder / "01_one.py").write_text("\n".join([*cells, f"# %%\n{code}\n" if code else ""]))
    (folder / "nl").mkdir(exist_ok=True)
    (folder / "nl/01_one.po").write_text(messages.written(told))


@needs_hunspell
def test_the_tutorials_are_spelt_as_dictionaries_have_it() -> None:
    """Also that our own list is sorted, and has no word that nothing needs."""
    assert spelling.listed(REPOSITORY / "tutorials") != []
    assert spelling.problems(REPOSITORY / "tutorials") == []


@pytest.mark.slow
@needs_hunspell
@pytest.mark.parametrize(
    ("english", "dutch", "told"),
    [
        ("The modle sorts.", "Het model sorteert.", "01_one.py: 'modle' is in no dictionary (en)"),
        ("The model sorts.", "Het modle sorteert.", "nl/01_one.po: 'modle' is in no dictionary (nl)"),
        ("The modle sorts.", "Het modle sorteert.", "01_one.py: 'modle' is in no dictionary (en)"),
        ("A well-knwon rule.", "Een bekende regel.", "'knwon'"),
        ("Sort the pictures.", "Sort de foto’s.", ""),
        ("Ask for a *fiets* there.", "Vraag daar om een *fiets*.", ""),
        ("See `modle.fit` at https://modle.nl or [here](modle.md).", "Zie `modle.fit` en [dit](modle.md).", ""),
        ("The model isn't Anna's.", "Het model is van Anna.", ""),
    ],
)
def test_a_word_that_no_dictionary_has_is_told_with_its_file(said: Path, english: str, dutch: str, told: str) -> None:
    say(said, {PROSE: DUTCH, english: dutch})
    found = spelling.problems(said)
    assert any(told in problem for problem in found) if told else found == []


@pytest.mark.slow
@needs_hunspell
def test_sentences_in_code_are_prose_and_their_gaps_are_not(said: Path) -> None:
    code = 'print(f"{modle:,} rows were sortde")'
    say(said, {"{modle:,} rows were sortde": "{modle:,} rijen gesorteerd"}, code)
    assert spelling.problems(said) == ["01_one.py: 'sortde' is in no dictionary (en); mend it, or add it to words.txt"]


@pytest.mark.slow
@needs_hunspell
def test_our_own_words_are_allowed_sorted_and_needed(said: Path) -> None:
    say(said, {PROSE: DUTCH, "Gumbel's curve.": "Een Gumbelverdeling. Warmtekaart."})
    (said / "words.txt").write_text("Gumbel\nGumbelverdeling\nwarmtekaart\n")
    assert spelling.problems(said) == []
    (said / "words.txt").write_text("warmtekaart\nGumbel\nmodel\nGumbelverdeling\n")
    assert spelling.problems(said) == [
        "words.txt: its words must be sorted, each once",
        "words.txt: 'model' is not needed",
    ]


def test_without_the_program_the_command_says_that_spelling_was_left_out(
    said: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/tutorials").symlink_to(REPOSITORY / "tutorials")
    monkeypatch.setenv("AIF_CHECKOUT", str(tmp_path / "checkout"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["tutorials", "check", "--json"]) == 0
    told = capsys.readouterr()
    assert "spelling was left out: hunspell is not installed (apt-get install hunspell hunspell-en-gb" in told.err
    assert json.loads(told.out)["problems"] == []


def test_the_packages_that_spelling_needs_come_with_the_tests() -> None:
    assert set(spelling.PACKAGES) <= set(packages.FOR_TESTS)
