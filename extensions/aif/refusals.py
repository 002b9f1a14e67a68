"""What a notebook cannot give, in the language of its session: what was asked, what is allowed, what to do."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from functools import cache

from aif.core.errors import AifError
from aif.core.sentence import Sentence, Unit
from aif.widgets.figures import CATALOGUES, speech


class Refusal(AifError):
    """A person's mistake, or what the workbench cannot give; `str(refusal)` says it in English, `said_here` as read."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {said_here(self)}"]


def said_here(error: AifError) -> str:
    """The error in the language of this session; in English outside one."""
    from aif.session import NotInASession, session  # which refuses, too

    try:
        return said_in(error, session().language)
    except NotInASession:
        return str(error)


def said_in(what: AifError | Sentence, language: str) -> str:
    """An error or a sentence in that language; in English where nobody translated it."""
    others, speaks = sentences(language), speech(language)

    def shown(gap: object) -> object:
        if isinstance(gap, timedelta):
            return speaks.length(gap)
        if isinstance(gap, Unit):
            return speaks.unit(gap.name)
        return speaks.amount(float(gap)) if isinstance(gap, Fraction) else gap

    say = what.say if isinstance(what, AifError) else what.said
    return say(lambda text: others.get(text, text), shown)


@cache
def sentences(language: str) -> dict[str, str]:
    """Each sentence in `language` by what it is in English; empty for English, and for what we do not speak."""
    file = CATALOGUES / f"refusals.{language}.json"
    if not language.isalpha() or not file.is_file():
        return {}
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
