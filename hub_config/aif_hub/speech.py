"""The language a page speaks: the person's choice, else what the browser asks for, else the site's first.

Sentences are written in English where they are used, marked `_("…")` (or ``{% trans %}`` in a template), and looked up
in ``locale/LANGUAGE/*.po`` (gettext, https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html) when they are
said: never at import, since each request has its own language. `N_` only marks a sentence that is said later. The
translation stands in the file named after the page or module that says it, once for all of them.
"""

from __future__ import annotations

import gettext as standard
import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import InternationalizationExtension
from markupsafe import Markup

from aif_hub.shares import share

#: What we can say everything in, each named as its speakers do; the first is the one the sources are written in.
LANGUAGES = {"en": "English", "nl": "Nederlands"}
COOKIE = "aif-language"

_speaking: ContextVar[str] = ContextVar("speaking", default="en")


def speaking() -> str:
    """The language of this very request: a key of `LANGUAGES`, which Babel takes as a locale."""
    return _speaking.get()


def speak(language: str) -> None:
    """From here on this request says everything in `language`; one that we do not have changes nothing."""
    if language in LANGUAGES:
        _speaking.set(language)


def _(text: str) -> str:
    """`text` in the language of this request."""
    return catalogue(speaking()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """`one` or `many` in the language of this request, by its own rules for `number`."""
    return catalogue(speaking()).ngettext(one, many, number)


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for it
    """`text` as it is: marked for the catalogues here, and said with `_` later."""
    return text


@cache
def catalogue(language: str) -> standard.NullTranslations:
    """The sentences of a language; compiled when first needed, so that a catalogue is a text and nothing is built."""
    folder = share("locale") / language
    if not folder.is_dir():
        return standard.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, sentences(folder, language))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def sentences(folder: Path, language: str) -> Catalog:
    """All that the catalogues in `folder` say. Raises ValueError where a sentence stands in two of them."""
    everything = Catalog(locale=language)
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.id in everything:
                    raise ValueError(f"{path.name}: {message.id!r} stands in another catalogue too")
                everything[message.id] = message
    return everything


class Speech(InternationalizationExtension):
    """``{% trans %}`` and ``_()`` in templates, for each request in its own language.

    Our templates escape all that they show. Jinja's own way asks each time whether they do, of a context that it copies
    first: a page has a hundred sentences.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        install: Any = environment.install_gettext_callables  # type: ignore[attr-defined]  # the extension put it there
        install(_, ngettext, newstyle=True)
        environment.globals |= {"gettext": sentence, "_": sentence}


def sentence(text: str, **gaps: Any) -> Markup:
    """`text` in the language of this request, as a template shows it: what is in its gaps is escaped."""
    said = Markup(_(text))  # noqa: S704  # a template's own words, or their translation in our catalogue
    return said % gaps if gaps or "%" in said else said


def choose(chosen: str | None, accepted: str) -> str:
    """The language for a request: `chosen` before (a cookie's value), else the best of an Accept-Language header.

    >>> choose(None, "nl-NL,nl;q=0.9,en;q=0.8"), choose("en", "nl"), choose("xx", "fr, de;q=0.5")
    ('nl', 'en', 'en')
    """
    if chosen in LANGUAGES:
        return str(chosen)
    wishes = []
    for at, part in enumerate(accepted[:500].split(",")):
        name, _semicolon, quality = part.strip().partition(";q=")
        wishes.append((-_quality(quality), at, name.split("-")[0].lower()))
    return next((name for quality, _at, name in sorted(wishes) if quality < 0 and name in LANGUAGES), "en")


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
