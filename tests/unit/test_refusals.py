"""What a notebook cannot give is said in the language of its session."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from fakehub import REPOSITORY
from told_material import write_session

from aif.core.sentence import Sentence, Unit
from aif.refusals import Refusal, said_here, said_in, sentences

SOURCES = REPOSITORY / "extensions/aif"
#: These are said by the hub's pages, from the hub's catalogue.
NOT_OURS = ("core", "server", "terminal", "learn")

TOO_DEAR = Refusal(
    Sentence(
        "{workers} × {size} for {time} costs up to {most} {unit}.",
        workers=8,
        size="One GPU",
        time=timedelta(minutes=90),
        most=Fraction(12),
        unit=Unit("gpu-hour"),
    ),
    Sentence("{free} are free to plan.", free=Fraction(7, 2)),
)


def test_a_refusal_is_said_in_dutch_with_its_lengths_and_amounts() -> None:
    assert said_in(TOO_DEAR, "nl") == (
        "8 × One GPU gedurende 1 u 30 min kost hooguit 12 GPU-uur. Er is 3,5 vrij te plannen."
    )


def test_outside_a_session_and_in_a_log_it_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)
    said = "8 × One GPU for 1 h 30 min costs up to 12.00 GPU-hours. 3.50 are free to plan."
    assert (str(TOO_DEAR), said_here(TOO_DEAR)) == (said, said)


def test_a_notebook_shows_it_as_its_session_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_session(tmp_path, language="nl")
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    assert TOO_DEAR._render_traceback_() == [f"Refusal: {said_in(TOO_DEAR, 'nl')}"]


def test_every_sentence_of_the_notebooks_own_is_there_in_dutch_and_no_other() -> None:
    written, dutch = set(_written()), sentences("nl")
    assert written - set(dutch) == set()
    assert set(dutch) - written == set()


@pytest.mark.parametrize("english", sorted(sentences("nl")))
def test_both_have_the_same_gaps(english: str) -> None:
    assert _gaps(sentences("nl")[english]) <= _gaps(english)
    assert _gaps(english) <= _gaps(sentences("nl")[english])


def _written() -> Iterator[str]:
    for file in SOURCES.rglob("*.py"):
        if file.relative_to(SOURCES).parts[0] in NOT_OURS:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sentence":
                assert isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}: a sentence is written out"
                yield str(node.args[0].value)


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
