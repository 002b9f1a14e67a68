"""The page that the proxy shows while the hub is away: filled with the site's name and contact whenever a hub begins.

The proxy reads it anew for each answer, so a changed contact needs no restart of the proxy.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from string import Template

from markupsafe import Markup

from aif.core.site import Site
from aif_hub.proxy import PAGES
from aif_hub.shares import share
from aif_hub.speech import LANGUAGES

log = logging.getLogger("aif.proxy")


def page(site: Site) -> str:
    """The page of that site, in every language."""
    facts: dict[str, str] = {}
    for language in LANGUAGES:
        said = site.said_in(language)
        facts |= {f"name_{language}": Markup.escape(said.name), f"contact_{language}": _contact(str(said.contact))}
    return Template((share("static") / "proxy/error.html").read_text()).substitute(facts)


def write(site: Site) -> None:
    """Puts it in place, where there is a state folder already. A disk that takes nothing keeps no hub from starting."""
    place = Path(site.state_dir) / PAGES
    if not place.parent.is_dir():
        return
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        draft = place / f"error.html.{os.getpid()}"
        draft.write_text(page(site))
        draft.replace(place / "error.html")
    except OSError as error:
        log.warning("the proxy's page for a hub that is away cannot be written: %s", error)


def _contact(contact: str) -> Markup:
    """An address for mail as a link, as pages have it."""
    return Markup('<a href="mailto:{0}">{0}</a>').format(contact) if "@" in contact else Markup.escape(contact)
