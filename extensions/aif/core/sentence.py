"""A sentence for people, marked for the catalogues and said later: whoever shows it knows the language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aif.core.units import UNIT_WORDS, words


@dataclass(frozen=True)
class Unit:
    """What an amount beside it is of: an allocation's unit, by its name in the site file."""

    name: str


def plain(gap: object) -> object:
    """What goes in a gap, in English: lengths and units in words, an amount with two digits, all else as it is."""
    if isinstance(gap, timedelta):
        return words(gap)
    if isinstance(gap, Unit):
        return UNIT_WORDS[gap.name]
    return f"{float(gap):.2f}" if isinstance(gap, Fraction) else gap


class Sentence:
    """One whole sentence with its named gaps; where nobody translates it, English.

    >>> str(Sentence("It runs for {most} at most.", most=timedelta(hours=8)))
    'It runs for 8 h at most.'
    """

    def __init__(self, text: str, /, **gaps: object) -> None:
        self.text = text
        self.gaps = gaps

    def said(self, translate: Callable[[str], str] = str, show: Callable[[object], object] = plain) -> str:
        """The sentence through `translate` (gettext's), each gap as `show` gives it."""
        return translate(self.text).format(**{name: show(gap) for name, gap in self.gaps.items()})

    def __str__(self) -> str:
        return self.said()

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"
