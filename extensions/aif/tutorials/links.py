"""Links of a tutorial that lead nowhere: to a heading, a file beside it, a page of the hub, or another address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aif.tutorials.percent import Cell

#: Pages of the hub that a tutorial may send a learner to, besides `/hub/aif/tutorial/NAME`.
HUB_PAGES = ("/hub/home", "/hub/spawn", "/hub/token", "/hub/aif/tutorials", "/hub/aif/sessions")
_TUTORIAL = "/hub/aif/tutorial/"
_LINK = re.compile(r"\]\((?P<to>[^)\s]+)\)")
_HEADING = re.compile(r"(?m)^#{1,6} (?P<text>.+)$")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def problems(source: Path, cells: Sequence[Cell]) -> Iterator[str]:
    """Each link of the cells that leads nowhere, as a sentence. Addresses elsewhere are read, not fetched."""
    prose = [cell.text for cell in cells if cell.markdown]
    anchors = {anchor(found["text"]) for text in prose for found in _HEADING.finditer(text)}
    for text in prose:
        for link in _LINK.finditer(text):
            if wanted := _wanted(source, link["to"], anchors):
                yield f"its link to {link['to']} leads nowhere: {wanted}"


def anchor(heading: str) -> str:
    """What a link to that heading has after its #, as JupyterLab has it.

    >>> anchor("2. Load the payments")
    '2.-Load-the-payments'
    """
    return heading.strip().replace(" ", "-")


# Below: the parts -----------------------------------------------------------------------------------------------------


def _wanted(source: Path, to: str, anchors: set[str]) -> str:
    """What should stand there instead; empty for a good link."""
    if to.startswith("#"):
        good, wanted = unquote(to[1:]) in anchors, "no heading has that name; its spaces are written as -"
    elif to.startswith("/"):
        good, wanted = _of_hub(source.parent, to), f"name {_TUTORIAL}NAME or one of {', '.join(HUB_PAGES)}"
    elif ":" in to:
        told = urlsplit(to)
        good, wanted = told.scheme == "https" and bool(_HOST.fullmatch(told.netloc)), "write https:// and a host"
    else:
        good, wanted = _beside(source.parent, to), "name a file beside it, or an https:// address"
    return "" if good else wanted


def _of_hub(folder: Path, to: str) -> bool:
    path = urlsplit(to).path
    return path in HUB_PAGES or (
        path.startswith(_TUTORIAL) and _is_file(folder / f"{path[len(_TUTORIAL) :]}.py", folder)
    )


def _beside(folder: Path, to: str) -> bool:
    """Whether a learner has that file beside the notebook, or a notebook that is made of a source here."""
    there = folder / unquote(urlsplit(to).path)
    made_of = there.with_suffix(".py") if there.suffix == ".ipynb" else there
    return _is_file(made_of, folder)


def _is_file(file: Path, folder: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())
