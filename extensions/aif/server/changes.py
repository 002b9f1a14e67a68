"""What a new version of a tutorial changed, by the headings of its notebook: for who has changed their own copy."""

import hashlib
import json
from collections.abc import Mapping

#: Characters of a mark; two versions of one part are told apart, nobody's word is taken for them.
MARK = 12


def parts(notebook: str) -> dict[str, str]:
    """A mark for each part of a notebook (its JSON), by the heading that it stands under; empty for what has none.

    >>> one = '{"cells": [{"cell_type": "markdown", "source": ["## Limits\\\\n", "None."]}]}'
    >>> parts(one)
    {'Limits': 'c3c13effbd7c'}
    """
    texts: dict[str, str] = {}
    heading = ""
    for cell in json.loads(notebook)["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and text.startswith("#"):
            heading = text.splitlines()[0].lstrip("#").strip()
        texts[heading] = f"{texts.get(heading, '')}\n{cell['cell_type']}\n{text}"
    return {heading: hashlib.sha256(text.encode()).hexdigest()[:MARK] for heading, text in texts.items()}


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The headings of what is new, differs, or is gone, in the order of the notebook."""
    return [heading for heading in {**new, **old} if old.get(heading) != new.get(heading)]
