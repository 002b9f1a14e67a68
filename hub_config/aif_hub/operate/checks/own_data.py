"""What people may bring of their own: whom they ask, and a folder of their projects that is there."""

from __future__ import annotations

import re
from pathlib import Path

from aif.core.site import Site
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning

TITLE = "People's own data"
_PAGE = "See the operators' page \"People's own data\"."


def look(sight: Sight) -> list[Finding]:
    """The contact and the folders; what the site takes is its own choice, and is said."""
    return [_contact(sight.site), _taken(sight.site), *_folder(sight.site)]


def _contact(site: Site) -> Finding:
    """People with personal data are sent to somebody, so there should be somebody."""
    whom = site.data.contact or site.contact
    if not site.data.contact:
        return warning(
            f"data.contact is missing: whoever has data that may not come without asking is sent to {whom}.",
            f"Name who decides about personal data and secrets. {_PAGE}",
        )
    if not re.fullmatch(r"[^\s@]+@[^\s@]+|https://\S+", whom):
        return warning(
            f"data.contact, {whom}, is neither an address nor a page: the form cannot begin a mail to it.",
            "Give an e-mail address, or a page that begins with https.",
        )
    return ok(f"People ask {whom} about data that may not come without asking.")


def _taken(site: Site) -> Finding:
    words = {"contact": "none is taken", "approved": "taken with the reference of an approval"}
    return ok(f"Personal data: {words[site.data.personal]}. Secrets of others: {words[site.data.secret]}.")


def _folder(site: Site) -> list[Finding]:
    """The folder that holds the projects' own; only the nodes need to see it, so its absence here is no fault."""
    above = Path(site.data.project_dir.partition("{")[0]) if site.data.project_dir else None
    if above is None or above.is_dir():
        return []
    return [warning(f"{above} is not on this host; people's data go there.", "Is it mounted on the nodes?")]
