"""A text of the site file, in one language or in each: ``"One GPU"``, or ``{ en = "One GPU", nl = "Eén GPU" }``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aif.core.errors import SiteError

#: The languages that pages speak; the first is the one that a text in several always has.
LANGUAGES = ("en", "nl")


class Text(str):
    """What an operator states: itself in the first language, so that whatever is not said to people stays the same.

    >>> title = Text.parse({"en": "One GPU", "nl": "Eén GPU"}, "profile.gpu.title")
    >>> title, title.said_in("nl"), Text("No GPU").said_in("nl")
    ('One GPU', 'Eén GPU', 'No GPU')
    """

    others: Mapping[str, str]

    def __new__(cls, first: str, others: Mapping[str, str] | None = None) -> Text:
        """`others` has what it is in each further language; without, it is the same in all."""
        text = super().__new__(cls, first)
        text.others = dict(others or {})
        return text

    def said_in(self, language: str) -> Text:
        """The text in `language` alone."""
        return Text(self.others.get(language, str(self)))

    @property
    def toml(self) -> str:
        """As it stands in a site file."""
        first = LANGUAGES[0]
        if not self.others:
            return json.dumps(self, ensure_ascii=False)
        said = {first: str(self), **self.others}
        return (
            f"{{ {', '.join(f'{language} = {json.dumps(said[language], ensure_ascii=False)}' for language in said)} }}"
        )

    @classmethod
    def parse(cls, value: Any, key: str) -> Text:
        """From TOML. Raises SiteError naming `key`, or the language below it."""
        if isinstance(value, str):
            return cls(value)
        if not isinstance(value, dict):
            raise SiteError(
                key, f'must be a text, or a text for each language as in {{ en = "…", nl = "…" }}: {value!r}'
            )
        for language, text in value.items():
            if language not in LANGUAGES:
                raise SiteError(
                    f"{key}.{language}", f"is not a language of the pages; these are {', '.join(LANGUAGES)}"
                )
            if not isinstance(text, str):
                raise SiteError(f"{key}.{language}", f"must be a text, got {text!r}")
        first, *rest = LANGUAGES
        if first not in value:
            raise SiteError(f"{key}.{first}", "is missing: a text in several languages has this one among them")
        return cls(value[first], {language: value[language] for language in rest if language in value})
