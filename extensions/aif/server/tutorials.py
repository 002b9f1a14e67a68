"""The site's tutorials in the person's `~/tutorials`, in their language; what the person changed is never written over.

What is built is what `aif tutorials build` builds for learners: notebooks without solutions, and beside them their
checks and the makers of their data.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from aif.core.errors import AifError
from aif.server import changes
from aif.tutorials import build
from aif.tutorials.catalogue import LANGUAGES

RECORD = ".aif-tutorials.json"  # what we wrote, so that an untouched copy can follow the site's release
Record = dict[str, dict[str, Any]]


class NothingToStartOver(AifError):
    """A tutorial is to be started over that the site does not have."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"There is no tutorial {name!r} to start over; there are {', '.join(known) or 'none'}.")


@dataclass(frozen=True)
class _Offer:
    """One file that a person gets: a mark of what it is made of, and how to make it; `source` is a notebook's."""

    name: str
    release: str
    content: Callable[[], str]
    source: Path | None = None
    language: str = ""


def source_dir(named: str) -> Path:
    """Where the site keeps its tutorials: the directory that it names, else what our wheel installed beside Python."""
    return Path(named or Path(sys.prefix, "share", "aif", "tutorials"))


def bring(source: Path, target: Path, language: str = "") -> list[str]:
    """The names of the files that were written: those that are missing, and untouched copies of an older release.

    A second call is some small reads; only a person's first session after a release pays for the conversion.
    """
    record = _record(target / RECORD)
    before = json.dumps(record)
    written = []
    for offer in _offered(source, language):
        place, known = target / offer.name, record.setdefault(offer.name, {})
        if place.exists():
            if known.get("release") == offer.release:
                known["offered"] = offer.release
                known.pop("changed", None)
                continue
            if known.get("written") != _mark_of(place):
                _note(offer, known)
                continue  # changed by the person, or theirs from the start
        _put(offer, place, record)
        written.append(offer.name)
    if record and json.dumps(record) != before:
        _write_record(target, source, record)
    return written


def start_over(source: Path, target: Path, name: str, language: str = "", now: datetime | None = None) -> Path | None:
    """A fresh notebook of tutorial `name`, and where the old one is kept now; None if there was none.

    Raises NothingToStartOver.
    """
    offers = {offer.name: offer for offer in _offered(source, language)}
    offer = offers.get(f"{name}.ipynb")
    if offer is None:
        raise NothingToStartOver(
            name, sorted(each.removesuffix(".ipynb") for each in offers if each.endswith(".ipynb"))
        )
    place, kept = target / offer.name, None
    if place.exists():
        kept = _free(target, f"{name} {now or datetime.now():%Y-%m-%d %H.%M}")
        os.link(place, kept)  # the old name stays until the fresh one takes it
    record = _record(target / RECORD)
    _put(offer, place, record)
    _write_record(target, source, record)
    return kept


def newer(target: Path, name: str) -> bool:
    """Whether the site has another version of notebook `name` than the person's own copy, which they changed."""
    known = _record(target / RECORD).get(f"{name}.ipynb", {})
    if not known.get("release") or known.get("offered", known["release"]) == known["release"]:
        return False
    return bool(known.get("changed", True))  # of a copy from before versions were compared, only the mark is known


def news(target: Path, name: str) -> list[str]:
    """The headings of what that other version changed, as far as they are known."""
    found = _record(target / RECORD).get(f"{name}.ipynb", {}).get("changed", [])
    return [heading for heading in found if heading] if newer(target, name) else []


def brought_from(target: Path) -> Path | None:
    """The folder that the tutorials in `target` came from, if they were brought."""
    try:
        told = json.loads((target / RECORD).read_text(encoding="utf-8"))["from"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(told)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _offered(source: Path, language: str) -> Iterator[_Offer]:
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    for file in sorted(source.glob("[0-9][0-9]_*.py")):
        made = partial(build.notebook, file, spoken)
        yield _Offer(f"{file.stem}.ipynb", build.release(file, spoken), made, file, spoken)
        for name, (mark, content) in build.beside(file).items():
            yield _Offer(name, mark, content)
    for file in sorted(source.glob("data/*.py")):
        yield _Offer(f"data/{file.name}", build.mark(file), partial(file.read_text, encoding="utf-8"))


def _put(offer: _Offer, place: Path, record: Record) -> None:
    content = offer.content()
    _write(place, content)
    record[offer.name] = {"offered": offer.release, "release": offer.release, "written": _mark(content)}
    if offer.source is not None:
        record[offer.name] |= {"language": offer.language, "parts": changes.parts(content)}


def _note(offer: _Offer, known: dict[str, Any]) -> None:
    """What the site offers now beside a copy that is the person's own: compared once, in the language of that copy."""
    if offer.source is not None and known.get("parts") and known.get("offered") != offer.release:
        now = build.notebook(offer.source, known["language"])
        known["changed"] = changes.changed(known["parts"], changes.parts(now))
    known["offered"] = offer.release


def _free(folder: Path, stem: str) -> Path:
    names = (f"{stem}.ipynb", *(f"{stem} ({number}).ipynb" for number in range(2, 100)))
    return next(folder / name for name in names if not (folder / name).exists())


def _record(file: Path) -> Record:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        files = told.get("files", told)  # until now it was the files alone
        return {str(name): dict(each) for name, each in files.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # then every existing file counts as the person's own


def _write_record(target: Path, source: Path, record: Record) -> None:
    _write(target / RECORD, json.dumps({"from": str(source), "files": record}, indent=1))


def _write(place: Path, content: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_text(content, encoding="utf-8")
    os.replace(draft, place)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mark_of(place: Path) -> str:
    """That of a file; none of what cannot be read as one: it is the person's own, and no reason to stop at it."""
    try:
        return hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError:
        return ""
