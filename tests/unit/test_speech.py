"""Every sentence that is marked can be said in every language, with the same gaps, and no sentence is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from aif_hub.bench.untranslated import marked, untranslated
from aif_hub.speech import LANGUAGES, sentences

HERE = Path(__file__).parents[2]
LOCALE = HERE / "hub_config" / "locale"
OTHERS = sorted(set(LANGUAGES) - {"en"})


@pytest.fixture(scope="module", params=OTHERS)
def spoken(request: pytest.FixtureRequest) -> Catalog:
    return sentences(LOCALE / request.param, request.param)


def test_every_sentence_is_translated_in_each_of_its_forms(spoken: Catalog) -> None:
    missing = [sentence for sentence in marked() if not (known := spoken.get(sentence)) or not all(_said(known.string))]
    assert missing == []


def test_no_translation_is_left_over_or_unsure(spoken: Catalog) -> None:
    assert [message.id for message in spoken if message.id and _first(message.id) not in marked()] == []
    assert [message.id for message in spoken if message.id and message.fuzzy] == []


def test_a_translation_has_the_gaps_of_its_sentence(spoken: Catalog) -> None:
    wrong = [
        message.id
        for message in spoken
        if message.id and any(_gaps(text) - _gaps(*_said(message.id)) for text in _said(message.string))
    ]
    assert wrong == []


def test_nothing_for_people_is_left_unmarked_or_untranslated() -> None:
    assert untranslated() == []


def test_the_proxys_own_page_says_everything_in_each_language() -> None:
    page = (HERE / "hub_config/static/proxy/error.html").read_text()
    parts = re.findall(r'<section lang="(\w+)"[^>]*>(.*?)</section>', page, re.DOTALL)
    assert [language for language, _part in parts] == list(LANGUAGES)
    assert len({tuple(re.findall(r"<(\w+)", part)) for _language, part in parts}) == 1, "the same parts in each"


def test_dutch_is_formal_and_calm() -> None:
    texts = [text for message in sentences(LOCALE / "nl", "nl") if message.id for text in _said(message.string)]
    assert [text for text in texts if "!" in text or re.search(r"\b(je|jij|jouw|jullie)\b", text, re.IGNORECASE)] == []


def _first(sentence: object) -> object:
    return sentence[0] if isinstance(sentence, (tuple, list)) else sentence


def _said(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


def _gaps(*texts: str) -> set[str]:
    """``{name}`` as in Python and ``%(name)s`` as in templates."""
    return {gap for text in texts for gap in re.findall(r"\{\w*\}|%\(\w+\)s", text)}
