"""`tutorials/catalogue.toml` read: each tutorial by its question, and where its data come from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from aif.core.errors import AifError

FILE = "catalogue.toml"
#: What a tutorial may be read in; the first is that of its source, and of what is not translated.
LANGUAGES = ("en", "nl")
#: The sector of what is of use in every other one.
EVERY_SECTOR = "all"
#: Whether data may be used in a business: what is not known is not shipped.
BUSINESS_USE = ("yes", "no")

Texts = Mapping[str, str]


class CatalogueError(AifError):
    """The catalogue has an entry that cannot be used: which, and what is wanted."""

    def __init__(self, entry: str, problem: str) -> None:
        super().__init__(f"{FILE}, {entry}: {problem}")


@dataclass(frozen=True)
class DataCard:
    """Where data come from and what they may be used for; `sha256` is that of the file that makes or holds them.

    A `source` that is one text, such as an address, is that text in every language.
    """

    name: str
    file: str
    what: Texts
    licence: str
    source: Texts
    sha256: str
    business_use: str


@dataclass(frozen=True)
class Entry:
    """One tutorial: `minutes` with its exercises, as an editor reckons; `run_minutes` as its code was measured.

    `gpu_kernel` is what it opens with in a session that has a GPU, where that is another one than `kernel`.
    """

    name: str
    question: Texts
    text: Texts
    sector: str
    minutes: int
    run_minutes: float
    profile: str
    kernel: str
    languages: tuple[str, ...]
    licence: str
    data: tuple[DataCard, ...]
    gpu_kernel: str = ""

    @property
    def business_use(self) -> bool:
        """Whether all of its data may be used in a business."""
        return all(card.business_use == "yes" for card in self.data)


@dataclass(frozen=True)
class Catalogue:
    """The tutorials in the order in which they are offered, and each sector's name."""

    entries: tuple[Entry, ...] = ()
    sectors: Mapping[str, Texts] | None = None

    def entry(self, name: str) -> Entry | None:
        """The tutorial of that name, if there is one."""
        return next((entry for entry in self.entries if entry.name == name), None)


def read(folder: Path) -> Catalogue:
    """The catalogue of the tutorials in `folder`; an empty one where there is none. Raises CatalogueError."""
    try:
        told = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Catalogue()
    except ValueError as fault:
        raise CatalogueError("the file", str(fault)) from fault
    cards = {card.name: card for card in (_card(data) for data in told.get("data", []))}
    sectors = {name: _texts(f"sector {name}", "its name", texts) for name, texts in told.get("sector", {}).items()}
    return Catalogue(tuple(_entry(entry, cards, sectors) for entry in told.get("tutorial", [])), sectors)


def said(texts: Texts, language: str) -> str:
    """A text in `language`, else in the first."""
    return texts.get(language) or texts[LANGUAGES[0]]


# Below: the parts -----------------------------------------------------------------------------------------------------


def _entry(told: Mapping[str, Any], cards: Mapping[str, DataCard], sectors: Mapping[str, Texts]) -> Entry:
    name = f"tutorial {told.get('name', '?')}"
    _fields(name, told, Entry)
    unknown = [each for each in told["data"] if each not in cards]
    if unknown:
        raise CatalogueError(name, f"it names the data {unknown[0]!r}, which have no card")
    if told["sector"] not in sectors:
        raise CatalogueError(name, f"sector must be one of {', '.join(sectors)}, got {told['sector']!r}")
    languages = tuple(told["languages"])
    if not languages or not set(languages) <= set(LANGUAGES):
        raise CatalogueError(name, f"languages must be some of {', '.join(LANGUAGES)}, got {languages}")
    return Entry(
        **{
            **told,
            "question": _texts(name, "question", told["question"]),
            "text": _texts(name, "text", told["text"]),
            "minutes": int(told["minutes"]),
            "run_minutes": float(told["run_minutes"]),
            "languages": languages,
            "data": tuple(cards[each] for each in told["data"]),
        }
    )


def _card(told: Mapping[str, Any]) -> DataCard:
    name = f"data {told.get('name', '?')}"
    _fields(name, told, DataCard)
    if told["business_use"] not in BUSINESS_USE:
        raise CatalogueError(
            name, f"business_use must be yes or no (unknown is not shipped), got {told['business_use']!r}"
        )
    source = told["source"]
    source = dict.fromkeys(LANGUAGES, source) if isinstance(source, str) else _texts(name, "source", source)
    return DataCard(**{**told, "what": _texts(name, "what", told["what"]), "source": source})


def _fields(name: str, told: Mapping[str, Any], kind: type[Entry] | type[DataCard]) -> None:
    known = {field.name: field.default is MISSING for field in fields(kind)}
    if missing := sorted(field for field, wanted in known.items() if wanted and field not in told):
        raise CatalogueError(name, f"it lacks {', '.join(missing)}")
    if extra := sorted(set(told) - set(known)):
        raise CatalogueError(name, f"{', '.join(extra)} is not known; known are {', '.join(sorted(known))}")


def _texts(entry: str, key: str, told: Any) -> Texts:
    if not isinstance(told, Mapping) or set(told) != set(LANGUAGES) or not all(told.values()):
        raise CatalogueError(entry, f"{key} must be said in each of {', '.join(LANGUAGES)}")
    return dict(told)
