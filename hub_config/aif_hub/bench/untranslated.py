"""Sentences that are marked to be said in every language and cannot, and those that nobody marked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

import aif.core
import aif_hub
from aif_hub.bench.bare import bare
from aif_hub.shares import share
from aif_hub.speech import LANGUAGES, sentences

METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "N_": None, "Sentence": None, "gettext": None, "ngettext": (1, 2)}


@cache
def marked() -> dict[str, tuple[str, ...]]:
    """Each sentence of this hub's that is marked, with its forms, by its first form."""
    found: dict[str, tuple[str, ...]] = {}
    for source in (Path(aif_hub.__file__).parent, Path(aif.core.__file__).parent, share("templates")):
        for _file, _line, message, _notes, _context in extract_from_dir(source, METHODS, OPTIONS, KEYWORDS):
            forms = (message,) if isinstance(message, str) else tuple(message)
            found[forms[0]] = forms
    return found


def untranslated() -> list[str]:
    """Each as ``nl: sentence``, or ``file: sentence`` where it is not marked, of what this hub says.

    What notebooks say is theirs (`aif.refusals`).
    """
    missing = []
    for language in LANGUAGES:
        if language == "en":
            continue
        known = sentences(share("locale") / language, language)
        missing += [
            f"{language}: {text}" for text in sorted(marked()) if not (said := known.get(text)) or not said.string
        ]
    return missing + bare()
