"""How easily prose reads, by the formulas for English (Flesch) and Dutch (Douma): 100 is very easy, below 30 very hard.

    Flesch (1948):  206.835 − 1.015 × words a sentence − 84.6 × syllables a word
    Douma (1960):   206.84  − 0.93  × words a sentence − 77   × syllables a word

Flesch calls 60 to 70 "standard", which most people of thirteen to fifteen read without trouble, and 70 to 80 "fairly
easy". Douma fitted the same scale to Dutch, whose words are longer. A sentence is what Flesch counts as one: a unit
that ends in a full stop, colon, semicolon, question or exclamation mark; here an item of a list, too. Both count
averages alone, and know nothing of sense or order: a low figure is a reason to look, a high one is no proof. Syllables
are counted by groups of vowels, with the silent endings of English and the split vowels of Dutch; that is within a few
in a hundred of a dictionary's count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aif.tutorials.percent import Cell

#: Constant, weight of words a sentence, weight of syllables a word.
FORMULAS = {"en": (206.835, 1.015, 84.6), "nl": (206.84, 0.93, 77.0)}
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_TABLE = re.compile(r"(?m)^\s*\|.*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"(?m)^#+ .*$")
_ITEM = r"(?:[-*>]|\d+\.)\s+"
_END = re.compile(r"[.!?;:](?:[\"”*_)]*)(?:\s+|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TREMA = str.maketrans({"ä": " a", "ë": " e", "ï": " i", "ö": " o", "ü": " u"})  # begins a syllable of its own
_DUTCH = re.compile(r"eau|aai|ooi|oei|eeuw|ieuw|ij|aa|ee|oo|uu|ie|oe|eu|ui|ei|au|ou|[aeiouyáàâéèêíìóòúùæ]")
_ENGLISH = re.compile(r"[aeiouyé]+")
#: "made", "makes" and "stopped", but not "table", "sizes" and "wanted".
_SILENT = re.compile(r"(?<=[^aeiouysxzcghl])es$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyl])e$|(?<=[aeiouy]l)es?$")


@dataclass(frozen=True)
class Reading:
    """What was counted, and the sentences themselves."""

    language: str
    sentences: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> int:
        """How many words."""
        return sum(map(len, self.sentences))

    @property
    def ease(self) -> float:
        """The formula's figure; raises ZeroDivisionError where there is nothing to read."""
        constant, of_sentence, of_word = FORMULAS[self.language]
        said = sum(syllables(word, self.language) for sentence in self.sentences for word in sentence)
        return constant - of_sentence * self.words / len(self.sentences) - of_word * said / self.words

    @property
    def longest(self) -> tuple[str, ...]:
        """The sentence with the most words."""
        return max(self.sentences, key=len)


def of_cells(cells: Iterable[Cell], language: str) -> Reading:
    """The prose of a notebook: paragraphs and lists, without headings, code, tables and addresses."""
    return reading("\n\n".join(cell.text for cell in cells if cell.markdown), language)


def reading(text: str, language: str) -> Reading:
    """The prose of a Markdown text.

    >>> reading("The cat sat on the mat. It was happy.", "en").sentences
    (('The', 'cat', 'sat', 'on', 'the', 'mat'), ('It', 'was', 'happy'))
    """
    return Reading(language, tuple(_sentences(text)))


def syllables(word: str, language: str) -> int:
    """How many syllables; at least one.

    >>> [syllables(word, "en") for word in ("session", "stopped", "table", "made", "idle", "memory")]
    [2, 1, 2, 1, 2, 3]
    >>> [syllables(word, "nl") for word in ("sessie", "geheugen", "reëel", "opnieuw", "tijd", "gegevens")]
    [2, 3, 2, 2, 1, 3]
    """
    lower = word.lower()
    if language == "nl":
        return max(1, len(_DUTCH.findall(lower.translate(_TREMA))))
    return max(1, len(_ENGLISH.findall(_SILENT.sub("", lower))))


def _sentences(text: str) -> Iterator[tuple[str, ...]]:
    for left_out, stands in ((_CODE, " "), (_TABLE, "\n\n"), (_HEADING, "\n\n"), (_LINK, r"\1")):
        text = left_out.sub(stands, text)
    for block in re.split(rf"\n\s*\n|(?m:^\s*{_ITEM})", text):
        for sentence in _END.split(block):
            words = tuple(_WORD.findall(sentence))
            if words:
                yield words
