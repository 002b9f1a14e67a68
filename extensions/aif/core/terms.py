"""The terms of use that people accept before they start anything: the site file's ``[terms]``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aif.core.errors import SiteError
from aif.core.text import LANGUAGES, Text

#: Characters of a version; it stands on pages, in the hub's database and in the audit log.
LONGEST = 40


@dataclass(frozen=True)
class Terms:
    """What people accept before they start anything; without a version the site states none, and nobody is asked."""

    version: str = ""
    points: tuple[Text, ...] = ()
    url: Text = Text("")  # noqa: RUF009  # a text never changes

    def said_in(self, language: str) -> Terms:
        """The same with its texts in `language` alone."""
        points = tuple(point.said_in(language) for point in self.points)
        return replace(self, points=points, url=self.url.said_in(language))


def check(terms: Terms) -> None:
    """Raises SiteError naming the key that cannot be used; a site may leave out the whole table and no part of it."""
    if terms == Terms():
        return
    version = terms.version
    if not version or version != version.strip() or len(version) > LONGEST or not version.isprintable():
        raise SiteError("terms.version", f"must be a text of 1 to {LONGEST} characters on one line, got {version!r}")
    said = [terms.said_in(language) for language in LANGUAGES]
    if not terms.points or not all(point.strip() for one in said for point in one.points):
        raise SiteError("terms.points", "must be sentences, at least one and none of them empty")
    for one in said:
        if not one.url.startswith("https://") or any(char.isspace() for char in one.url):
            raise SiteError("terms.url", f"must be the address of the full text, with https, got {str(one.url)!r}")
