"""What the calculator says, by language, beside what every widget can say; and its figures without false precision."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from functools import cache
from pathlib import Path

from aif.widgets.figures import FIRST, Speech, speech

FOLDER = Path(__file__).parent
#: An estimate has so many digits that mean something.
_DIGITS = 2
_DAY = 86_400.0
#: From here on hours mean nothing; and a slip of a key may be longer than what a length can hold.
_LONG = 1000 * _DAY


@cache
def spoken(language: str) -> Speech:
    """What is said in `language`; in the first where we do not have it."""
    file = FOLDER / f"words.{language}.json"
    if not language.isalpha() or not file.is_file():
        language, file = FIRST, FOLDER / f"words.{FIRST}.json"
    return Speech({**speech(language).words, **json.loads(file.read_text(encoding="utf-8"))})


def about(value: float, words: Speech) -> str:
    """An estimated figure: ``0.29``, ``270``, ``12,000``."""
    if 0 < value < 1e15:
        value = round(value, _DIGITS - 1 - math.floor(math.log10(value)))
    return exact(value, words)


def exact(value: float, words: Speech) -> str:
    """A figure that somebody gave: whole ones without a point, in groups of three."""
    return f"{value:,.0f}".replace(",", words.words["number.group"]) if value == int(value) else words.amount(value)


def took(seconds: float, words: Speech) -> str:
    """How long a run was: ``8.3 s``, ``12 min``, ``4,200 d``."""
    if seconds < 120:
        return words.say("calc.seconds", seconds=about(seconds, words))
    if seconds > _LONG:
        return words.say("length.days", days=about(seconds / _DAY, words))
    return words.length(timedelta(seconds=seconds))
