"""The site's tutorials in the person's `~/tutorials`, as notebooks; what the person changed is never written over."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

RECORD = ".aif-tutorials.json"  # what we wrote, so that an untouched copy can follow the site's release


def source_dir(named: str) -> Path:
    """Where the site keeps its tutorials: the directory that it names, else what our wheel installed beside Python."""
    return Path(named or Path(sys.prefix, "share", "aif", "tutorials"))


def bring(source: Path, target: Path) -> list[str]:
    """The names of the files that were written: those that are missing, and untouched copies of an older release.

    A second call is some small reads; only a person's first session after a release pays for the conversion.
    """
    record = _record(target / RECORD)
    written = []
    for file, name in _offered(source):
        text = file.read_text(encoding="utf-8")
        release = _mark(text)
        place, known = target / name, record.get(name, {})
        if place.exists():
            if known.get("release") == release:
                continue
            if known.get("written") != _mark(place.read_text(encoding="utf-8")):
                continue  # changed by the person, or theirs from the start
        content = _notebook(text) if name.endswith(".ipynb") else text
        _write(place, content)
        record[name] = {"release": release, "written": _mark(content)}
        written.append(name)
    if written:
        _write(target / RECORD, json.dumps(record, indent=1))
    return written


def _offered(source: Path) -> Iterator[tuple[Path, str]]:
    for file in sorted(source.glob("[0-9][0-9]_*.py")):
        yield file, f"{file.stem}.ipynb"
    for file in sorted(source.glob("data/*.py")):
        yield file, f"data/{file.name}"


def _notebook(text: str) -> str:
    """The notebook of a percent-format source; solutions come folded, by the tags of their cells."""
    import jupytext  # here, because it costs a fifth of a second

    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata.pop("jupytext", None)
    return str(jupytext.writes(notebook, fmt="ipynb"))


def _record(file: Path) -> dict[str, dict[str, str]]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # then every existing file counts as the person's own
    return record if isinstance(record, dict) else {}


def _write(place: Path, content: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.new")
    draft.write_text(content, encoding="utf-8")
    os.replace(draft, place)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
