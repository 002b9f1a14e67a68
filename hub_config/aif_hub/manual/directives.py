"""Sphinx's side of the made parts: a page that says ``{site-keys}`` gets that part as if it were written there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from aif_hub.manual.parts import PARTS

_SOURCE = Path(__file__).parents[3]


class Made(SphinxDirective):
    """One of `PARTS`, by the directive's own name."""

    def run(self) -> list[Node]:
        """The part, parsed as the Markdown of the page it stands in."""
        return self.parse_text_to_nodes(PARTS[self.name](_SOURCE), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Registers the directives."""
    for name in PARTS:
        app.add_directive(name, Made)
    return {"parallel_read_safe": True}
