"""What is said in English elsewhere and shown to people: known by its words, said in their language, else quoted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hub_material as material
import pytest

from aif.core.errors import LaunchUnknown, RequestError
from aif.core.request import JobRequest
from aif_hub import notes
from aif_hub.speech import speak

LAUNCHER = Path(__file__).parents[2] / "hub_config/aif_hub/launcher"


@pytest.fixture
def dutch() -> Iterator[None]:
    speak("nl")
    yield
    speak("en")


def refusals(code: str) -> Iterator[str]:
    """Every sentence that the launcher refuses with under that code, with something in its gaps."""
    for path in sorted(LAUNCHER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Refused") and len(node.args) == 2:
                said, words = node.args
                if isinstance(said, ast.Constant) and said.value == code and not isinstance(words, ast.Name):
                    yield _filled(words)


def _filled(words: ast.expr) -> str:
    if isinstance(words, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "/home/x" for part in words.values)
    assert isinstance(words, ast.Constant)
    return str(words.value)


@pytest.mark.usefixtures("dutch")
@pytest.mark.parametrize("sentence", sorted(set(refusals("home"))))
def test_every_refusal_about_a_home_is_known_and_said_in_dutch(sentence: str) -> None:
    said = notes.said(sentence)
    assert said not in ("", sentence)
    assert sentence not in said, "it is quoted, so it is not known"


def test_a_known_note_keeps_what_stood_in_its_gaps(dutch: None) -> None:
    assert notes.said("It did not answer within 5 minutes.") == "De sessie antwoordde niet binnen 5 minuten."
    assert "/home/x y" in notes.said("Your home folder /home/x y does not exist on this machine. Ask the operator.")


def test_what_is_not_known_is_quoted_and_nothing_stays_nothing(dutch: None) -> None:
    assert notes.said("Invalid qos specification {x}").endswith("Invalid qos specification {x}")
    assert notes.said("") == ""


def test_english_is_said_as_it_was() -> None:
    for sentence in refusals("home"):
        assert notes.said(sentence) == sentence


def test_a_refused_request_is_said_with_the_size_and_length_in_the_persons_language(dutch: None) -> None:
    site = material.site(profile=[{**material.SLICE, "title": {"en": "Small GPU part", "nl": "Klein GPU-deel"}}])
    with pytest.raises(RequestError) as caught:
        JobRequest.parse({"minutes": "600"}, site, material.PROJECTS)
    said = notes.of_error(caught.value)
    assert "Klein GPU-deel" in said
    assert "8 u" in said
    assert "480" in said
    assert "Small GPU part runs from 5 minutes to 8 h." in str(caught.value)


def test_an_error_of_plain_words_is_known_by_them(dutch: None) -> None:
    error = LaunchUnknown("The launcher had no answer within 160 s.")
    assert notes.of_error(error) == "De starthulp antwoordde niet binnen 160 s."


def test_a_refusal_that_was_said_already_is_not_quoted(dutch: None) -> None:
    assert notes.of_error(RequestError("Dit is te lang.", "Kies korter.")) == "Dit is te lang. Kies korter."
