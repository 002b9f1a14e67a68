"""The catalogue of the site's tutorials, read again when its file changes."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from aif.core.site import Site
from aif.server.tutorials import source_dir
from aif.tutorials import catalogue
from aif.tutorials.catalogue import Catalogue, CatalogueError

log = logging.getLogger("aif.tutorials")


def offered(site: Site) -> Catalogue:
    """What the site has; an empty catalogue where it cannot be read, which the operator finds in the log."""
    folder = source_dir(site.session.tutorials_dir)
    file = folder / catalogue.FILE
    return _read(folder, file.stat().st_mtime_ns if file.is_file() else 0)


@cache
def _read(folder: Path, _changed: int) -> Catalogue:
    try:
        return catalogue.read(folder)
    except CatalogueError as fault:
        log.error("tutorials: %s", fault)
        return Catalogue()
