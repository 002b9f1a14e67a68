"""What JupyterLab's own list of files takes, after the same four questions: who reads it, and its card beside it."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path
from typing import Any

from aif.core.sentence import Sentence
from aif.data import card, noted
from aif.data.answers import Answers, verdict
from aif.data.form import Form, Here, NotYet
from aif.data.place import Place, readers
from aif.server import private

_PIECE = 1 << 20


def place_of(folder: Path) -> Place:
    """Where a file in `folder` lies: in the person's home it is theirs alone, elsewhere its group's."""
    there, home = folder.resolve(), Path.home().resolve()
    return Place("home" if there.is_relative_to(home) else "project", folder)


def asked(known: Here, folder: Path) -> dict[str, Any]:
    """What somebody sees before they answer: where it will be stored, who sees it, until when, and what is missing."""
    return {"rows": known.rows(place_of(folder)), "verdict": Form(known).judged()}


def refused(known: Here, answers: Answers, folder: Path) -> None:
    """Writes down that a file did not come, where the answers are against it; one that was only put off is nothing."""
    state = verdict(answers, known.rules, date.today()).state
    if state in ("ask", "stop"):
        noted.note(state, place_of(folder).kind)


def kept(known: Here, answers: Answers, file: Path) -> dict[str, Any]:
    """Makes a file that came as private as was said, puts its card beside it, and tells where it is and who sees it.

    Raises NotYet where the answers do not allow it, and OSError.
    """
    if verdict(answers, known.rules, date.today()).state != "allowed":
        raise NotYet(Sentence("The answers do not allow it."), Sentence("Read what stands below the questions."))
    place, found, size = place_of(file.parent), hashlib.sha256(), 0
    with file.open("rb") as opened:
        os.fchmod(opened.fileno(), place.file_mode)
        while piece := opened.read(_PIECE):
            found.update(piece)
            size += len(piece)
    about = known.card_of(answers, file.name, size, found.hexdigest())
    private.write(card.beside(file), about.written())
    os.chmod(card.beside(file), place.file_mode)
    noted.note("allowed", place.kind, about.kept_until)
    return {"card": card.beside(file).name, "rows": known.rows(place, readers(file))}
