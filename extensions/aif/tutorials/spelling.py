"""Words of the tutorials that no dictionary has, in each language: what `aif tutorials check` says of spelling.

By Debian's `hunspell` with its dictionaries, where they are installed. Words of the field that they lack stand in
`words.txt` beside the tutorials, one a line, sorted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aif.tutorials import build, catalogue
from aif.tutorials.catalogue import LANGUAGES, CatalogueError
from aif.tutorials.messages import BadMessages

WORDS = "words.txt"
#: The dictionary of each language, as hunspell calls it, and Debian's packages that bring it and the program.
DICTIONARIES = {"en": "en_GB", "nl": "nl_NL"}
PACKAGES = ("hunspell", "hunspell-en-gb", "hunspell-nl")
_SECONDS = 60
#: What is no prose: code between ticks or fences, links, gaps, addresses and paths.
_NO_PROSE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)\s]+\)|\{[^{}]*\}|https?://\S+|\S*[/_@]\S*", re.DOTALL)
#: A word as a dictionary has it: letters, with apostrophes inside. Of a word with hyphens each part is one.
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def left_out() -> str:
    """Why spelling is not looked at here, as a sentence; empty where it is."""
    if not shutil.which("hunspell"):
        missing = "hunspell is not installed"
    elif lacking := [name for name in DICTIONARIES.values() if not _has(name)]:
        missing = f"hunspell has no dictionary {' and no '.join(lacking)}"
    else:
        return ""
    return f"spelling was left out: {missing} (apt-get install {' '.join(PACKAGES)})"


def problems(folder: Path) -> list[str]:
    """The words in which the tutorials of `folder` differ from the dictionaries, each as a sentence with its file.

    Also what is wrong with our own list: its order, and words that nothing needs. Needs what `left_out` asks for.
    """
    ours = listed(folder)
    try:
        told = list(_told(folder))
    except (CatalogueError, BadMessages):
        return []  # `check` tells of these
    found = [] if ours == sorted(set(ours), key=_order) else [f"{WORDS}: its words must be sorted, each once"]
    words = {language: {word for each in told for word in each.words(language)} for language in LANGUAGES}
    unknown = {language: _unknown(words[language], DICTIONARIES[language]) for language in LANGUAGES}
    needed: set[str] = set()
    for each in told:
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            # what both languages have, and one of them knows: a name, code, or a word that is quoted
            strange = (each.words(language) & unknown[language]) - (each.words(other) - unknown[other])
            listed_as = {word: _as_listed(word, ours) for word in strange}
            needed |= set(listed_as.values())
            found += [
                f"{each.files[language]}: {word!r} is in no dictionary ({language}); mend it, or add it to {WORDS}"
                for word in sorted(strange)
                if not listed_as[word]
            ]
    return list(dict.fromkeys(found)) + [f"{WORDS}: {word!r} is not needed" for word in ours if word not in needed]


def listed(folder: Path) -> list[str]:
    """The words of our own list, in its order; none where there is no list."""
    file = folder / WORDS
    return file.read_text(encoding="utf-8").split() if file.is_file() else []


# Below: the parts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """One message in each language, and the file that has it; nothing where it is not translated."""

    files: Mapping[str, str]
    texts: Mapping[str, str]

    def words(self, language: str) -> set[str]:
        """Its words, each once."""
        prose = _NO_PROSE.sub(" ", self.texts[language]).replace("’", "'")
        return set(_WORD.findall(prose))


def _told(folder: Path) -> Iterator[_Told]:
    for source in sorted(folder.glob("[0-9][0-9]_*.py")):
        own, *others = LANGUAGES
        files = {own: source.name, **{language: f"{language}/{source.stem}.po" for language in others}}
        said = {language: build.translations(source, language) for language in others}
        for text in build.to_translate(source):
            yield _Told(files, {own: text, **{language: said[language].get(text, "") for language in others}})
    files = dict.fromkeys(LANGUAGES, catalogue.FILE)
    yield from (
        _Told(files, texts) for entry in catalogue.read(folder).entries for texts in (entry.question, entry.text)
    )


def _as_listed(word: str, ours: list[str]) -> str:
    """How our list has the word: as it is, or in small letters at a sentence's beginning; empty where it has not."""
    forms = (form for plain in (word, word.removesuffix("'s")) for form in (plain, _small(plain)))
    return next((form for form in forms if form in ours), "")


def _has(dictionary: str) -> bool:
    try:
        _ran(dictionary, "")
    except subprocess.CalledProcessError:
        return False
    return True


def _order(word: str) -> tuple[str, str]:
    return word.casefold(), word


def _unknown(words: set[str], dictionary: str) -> set[str]:
    """Those of the words that it has neither as they are nor in small letters, as they stand within a sentence."""
    forms = {word: (word, _small(word)) for word in words}
    lacking = set(_ran(dictionary, "\n".join(sorted({each for both in forms.values() for each in both}))).split())
    return {word for word, both in forms.items() if lacking.issuperset(both)}


def _small(word: str) -> str:
    return word[0].lower() + word[1:]


def _ran(dictionary: str, text: str) -> str:
    """What hunspell lists of the words in `text`; raises CalledProcessError where it lacks the dictionary."""
    command = ["hunspell", "-i", "utf-8", "-d", dictionary, "-l"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=_SECONDS).stdout
