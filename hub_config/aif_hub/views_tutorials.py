"""What the catalogue of tutorials shows: each by its question, with time, price, hardware, languages and licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aif.core.site import Site
from aif.tutorials.catalogue import EVERY_SECTOR, Catalogue, DataCard, Entry, said
from aif_hub import prices, words
from aif_hub.book import Session
from aif_hub.held_up import HeldUp, held_up
from aif_hub.paths import Paths
from aif_hub.progress import Standing
from aif_hub.speech import LANGUAGES, _, speaking
from aif_hub.views import server_name_for
from aif_hub.views_parts import State
from aif_hub.views_progress import Lesson, badge, count, going_on, state
from aif_hub.views_start import LENGTHS

#: What our extension of JupyterLab reads in a notebook's address: a query, since that outlives the pages of a start.
CONTINUE = "?aif=continue"


@dataclass(frozen=True)
class Origin:
    """Where data come from, and what may be done with them: as their card in the catalogue says."""

    what: str
    licence: str
    business_use: bool
    source: str
    address: str  # of a source elsewhere; else empty
    file: str
    sha256: str


@dataclass(frozen=True)
class TutorialCard:
    """One tutorial; `price` is the most that a learner's time costs at its profile, empty if the site lacks that.

    `may_have_gpu`: it uses a GPU where there is one, though its profile has none. `state` and `count` say how far the
    person is; `again_url` starts it over, empty where they have not begun.
    """

    name: str
    question: str
    text: str
    sector: str
    length: str
    hardware: str
    may_have_gpu: bool
    price: str
    languages: tuple[tuple[str, str], ...]  # code and name
    licence: str
    business_use: bool
    data: tuple[str, ...]
    origins: tuple[Origin, ...]
    url: str
    state: State
    count: str
    newer: bool
    again_url: str


@dataclass(frozen=True)
class Sector:
    """A field to choose tutorials of; all of them under the empty name."""

    name: str
    title: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Tutorials:
    """The page: where to go on, its sectors, the cards of the chosen one. `ready`: a session of the person's waits."""

    lesson: Lesson | None
    done: str
    sectors: tuple[Sector, ...]
    cards: tuple[TutorialCard, ...]
    ready: bool


def tutorials(
    known: Catalogue,
    sector: str,
    sessions: Sequence[Session],
    site: Site,
    paths: Paths,
    standings: Mapping[str, Standing],
) -> Tutorials:
    """The page for who has these `sessions` and is so far; a `sector` that has no tutorials shows all."""
    there = _with_tutorials(known)
    chosen = sector if sector in there else ""
    counted = [("", len(known.entries))]
    counted += [(name, sum(entry.sector == name for entry in known.entries)) for name in there]
    done = sum(entry.name in standings and standings[entry.name].state == "done" for entry in known.entries)
    return Tutorials(
        lesson=lesson(known, sessions, site, paths, standings) if standings else None,
        done=_("{done} of {all} tutorials done").format(done=done, all=len(known.entries)),
        sectors=tuple(Sector(name, _sector(known, name), number, name == chosen) for name, number in counted),
        cards=tuple(
            _card(entry, known, site, paths, standings.get(entry.name))
            for entry in known.entries
            if not chosen or entry.sector == chosen
        ),
        ready=_ready(sessions) is not None,
    )


def lesson(
    known: Catalogue, sessions: Sequence[Session], site: Site, paths: Paths, standings: Mapping[str, Standing]
) -> Lesson | None:
    """What who has these `sessions` and is so far goes on with; None where there are no tutorials."""
    kind, entry = going_on(known, standings)
    if kind == "sector":
        return Lesson(
            kind,
            question=_("A question from your own sector"),
            text=_("Choose the one that is closest to your work."),
            facts=tuple(_sector(known, name) for name in _with_tutorials(known) if name != EVERY_SECTOR),
            url=f"{paths.tutorials()}#sectors",
        )
    if entry is None:
        return Lesson(kind) if known.entries else None
    card = _card(entry, known, site, paths, standings.get(entry.name))
    return Lesson(
        kind,
        name=entry.name,
        question=card.question,
        text=card.text,
        facts=tuple(filter(None, (card.length, card.hardware, card.price))),
        licence=card.licence,
        badge=badge(card.business_use),
        state=card.state,
        count=card.count,
        url=card.url,
        opens=_ready(sessions) is not None,
    )


def address(
    entry: Entry, sessions: Sequence[Session], site: Site, paths: Paths, begun: bool = False, again: bool = False
) -> str:
    """Where a link to that tutorial leads: into the person's session if one is ready, else to its start.

    Of one that they have `begun`, JupyterLab is asked to go on where they were. With `again` it leads to the page on
    which their copy of it is started over.
    """
    page = f"lab/tree/tutorials/{entry.name}.ipynb{CONTINUE if begun else ''}"
    if again:
        page = f"aif/tutorials/{entry.name}/again"
    if ready := _ready(sessions):
        return paths.server(ready.server_name, page)
    free = server_name_for([session for session in sessions if session.open])
    wish = {"minutes": next((minutes for minutes in LENGTHS if minutes >= entry.minutes), LENGTHS[-1])}
    wished = {"profile": entry.profile, **wish} if site.profile(entry.profile) else {}
    return f"{paths.start(free)}?{urlencode({**wished, 'next': paths.server(free, page)})}"


# Below: the parts -----------------------------------------------------------------------------------------------------


def _with_tutorials(known: Catalogue) -> list[str]:
    return [name for name in known.sectors or {} if any(entry.sector == name for entry in known.entries)]


def _sector(known: Catalogue, name: str) -> str:
    return said((known.sectors or {})[name], speaking()) if name else _("All tutorials")


def _card(entry: Entry, known: Catalogue, site: Site, paths: Paths, standing: Standing | None) -> TutorialCard:
    language, profile = speaking(), site.profile(entry.profile)
    time = timedelta(minutes=entry.minutes)
    return TutorialCard(
        name=entry.name,
        question=said(entry.question, language),
        text=said(entry.text, language),
        sector=_sector(known, entry.sector),
        length=words.length(time),
        hardware=profile.title if profile else "",
        may_have_gpu=bool(entry.gpu_kernel and profile and not profile.gpus),
        price=prices.at_most_anywhere(profile, entry.minutes, site) if profile else "",
        languages=tuple((code, LANGUAGES[code]) for code in entry.languages),
        licence=entry.licence,
        business_use=entry.business_use,
        data=tuple(said(card.what, language) + _other(card.licence, entry.licence) for card in entry.data),
        origins=tuple(_origin(card, language) for card in entry.data),
        url=paths.tutorial(entry.name),
        state=state(standing),
        count=count(standing),
        newer=standing is not None and standing.newer,
        again_url=paths.tutorial(entry.name, again=True) if standing else "",
    )


def _origin(card: DataCard, language: str) -> Origin:
    source = said(card.source, language)
    return Origin(
        what=said(card.what, language),
        licence=card.licence,
        business_use=card.business_use == "yes",
        source=source,
        address=source if source.startswith("https://") else "",
        file=card.file,
        sha256=card.sha256,
    )


def _other(licence: str, tutorials: str) -> str:
    """The licence of data where it is not the tutorial's, which stands below."""
    return "" if licence == tutorials else f" ({licence})"


def _ready(sessions: Sequence[Session]) -> Session | None:
    """One that a notebook opens in now: where all stand still or do not answer, the way is to start another."""
    ready = (one for one in sessions if one.open and one.step == "ready" and not one.stop_asked)
    return next((one for one in ready if held_up(one) is HeldUp.NO), None)
