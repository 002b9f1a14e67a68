"""A tutorial's notebook with the outputs of a run, kept until something changes of which it is made."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from aif.core.errors import AifError
from aif.session import LANGUAGE
from aif.tutorials import build, execute
from aif.tutorials.catalogue import Entry

#: Of how it is run: another one has every tutorial run again.
VERSION = "2"


class CellFailed(AifError):
    """A tutorial cannot be shown, since a cell of it ends in an error: which, and what it says."""

    def __init__(self, name: str, language: str, cell: int, says: str) -> None:
        super().__init__(f"{name} ({language}): cell {cell} ends in {says}. Mend it, then build again.")


def executed(built: Path, folder: Path, entry: Entry, language: str, kept: Path, small: bool) -> tuple[Path, bool]:
    """The notebook with solutions and outputs, below `kept`, and whether it had to be run for that.

    `built` is where `build.everything` wrote, `folder` the tutorials that it read. Raises CellFailed.
    """
    place = kept / language / f"{entry.name}.ipynb"
    made_of = digest(built, folder, entry, language, small)
    if _made_of(place) == made_of:
        return place, False
    with tempfile.TemporaryDirectory(prefix="aif-preview-") as temporary:
        work = Path(temporary, language)  # tutorials may write beside themselves
        shutil.copytree(built / "solutions" / language, work)
        notebook = work / place.name
        execute.execute(notebook, entry.kernel, keep=notebook, **{LANGUAGE: language})
        book = json.loads(notebook.read_text(encoding="utf-8"))
    for at, cell in enumerate(book["cells"]):
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                raise CellFailed(entry.name, language, at, f"{output['ename']}: {output['evalue']}")
    book["metadata"]["aif"] = {"language": language, "made_of": made_of, "small": small}
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return place, True


def digest(built: Path, folder: Path, entry: Entry, language: str, small: bool) -> str:
    """A mark that changes with the notebook, its checks, the makers of its data, its kernel, or the size of the run."""
    made = [built / "solutions" / language / f"{entry.name}.ipynb", folder / "checks" / f"{entry.name}.py"]
    makers = [folder / card.file for card in entry.data]
    marks = [VERSION, entry.kernel, str(small), *map(build.mark, [*made, *makers])]
    return hashlib.sha256(" ".join(marks).encode()).hexdigest()


# Below: the parts -----------------------------------------------------------------------------------------------------


def _made_of(place: Path) -> str:
    """What the notebook that is kept there was made of; empty if none is, or it cannot be read."""
    try:
        told: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return str(told["metadata"]["aif"]["made_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
