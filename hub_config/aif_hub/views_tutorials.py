"""What the catalogue of tutorials shows: each by its question, with time, price, hardware, languages and licence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from urllib.parse import urlencode

from aif.core.site import Site
from aif.core.units import gpu_hours
from aif.tutorials.catalogue import Catalogue, Entry, said
from aif_hub import words
from aif_hub.book import Session
from aif_hub.paths import Paths
from aif_hub.speech import LANGUAGES, speaking
from aif_hub.views import server_name_for
from aif_hub.views_start import LENGTHS


@dataclass(frozen=True)
class TutorialCard:
    """One tutorial; `price` is that of a learner's time at the profile it is meant for, empty if the site lacks it."""

    name: str
    question: str
    text: str
    sector: str
    length: str
    hardware: str
    price: str
    languages: tuple[tuple[str, str], ...]  # code and name
    licence: str
    business_use: bool
    data: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Sector:
    """A field to choose tutorials of; all of them under the empty name."""

    name: str
    title: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Tutorials:
    """The page: its sectors, and the cards of the chosen one. `ready` says that a session of the person's waits."""

    sectors: tuple[Sector, ...]
    cards: tuple[TutorialCard, ...]
    ready: bool


def tutorials(known: Catalogue, sector: str, sessions: Sequence[Session], site: Site, paths: Paths) -> Tutorials:
    """The page for who has these `sessions`; a `sector` that has no tutorials shows all."""
    language = speaking()
    there = [name for name in known.sectors or {} if any(entry.sector == name for entry in known.entries)]
    chosen = sector if sector in there else ""
    counted = [("", len(known.entries))]
    counted += [(name, sum(entry.sector == name for entry in known.entries)) for name in there]
    return Tutorials(
        sectors=tuple(
            Sector(name, said((known.sectors or {})[name], language) if name else "", count, name == chosen)
            for name, count in counted
        ),
        cards=tuple(
            _card(entry, known, site, paths) for entry in known.entries if not chosen or entry.sector == chosen
        ),
        ready=_ready(sessions) is not None,
    )


def address(entry: Entry, sessions: Sequence[Session], site: Site, paths: Paths) -> str:
    """Where a link to that tutorial leads: into the person's session if one is ready, else to its start."""
    notebook = f"lab/tree/tutorials/{entry.name}.ipynb"
    if ready := _ready(sessions):
        return paths.server(ready.server_name, notebook)
    free = server_name_for([session for session in sessions if session.open])
    wish = {"minutes": next((minutes for minutes in LENGTHS if minutes >= entry.minutes), LENGTHS[-1])}
    wished = {"profile": entry.profile, **wish} if site.profile(entry.profile) else {}
    return f"{paths.start(free)}?{urlencode({**wished, 'next': paths.server(free, notebook)})}"


# Below: the parts -----------------------------------------------------------------------------------------------------


def _card(entry: Entry, known: Catalogue, site: Site, paths: Paths) -> TutorialCard:
    language, profile = speaking(), site.profile(entry.profile)
    time = timedelta(minutes=entry.minutes)
    hours = gpu_hours(profile.gpus, Fraction(profile.gpu_weight), time) if profile else Fraction(0)
    return TutorialCard(
        name=entry.name,
        question=said(entry.question, language),
        text=said(entry.text, language),
        sector=said((known.sectors or {})[entry.sector], language),
        length=words.length(time),
        hardware=profile.title if profile else "",
        price=words.cost(hours) if profile else "",
        languages=tuple((code, LANGUAGES[code]) for code in entry.languages),
        licence=entry.licence,
        business_use=entry.business_use,
        data=tuple(said(card.what, language) + _other(card.licence, entry.licence) for card in entry.data),
        url=paths.tutorial(entry.name),
    )


def _other(licence: str, tutorials: str) -> str:
    """The licence of data where it is not the tutorial's, which stands below."""
    return "" if licence == tutorials else f" ({licence})"


def _ready(sessions: Sequence[Session]) -> Session | None:
    return next((one for one in sessions if one.open and one.step == "ready" and not one.stop_asked), None)
