"""Every key of the site file as Markdown: kind and default from the code, meaning from the example's comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from aif.core import site

#: What an annotation is called by somebody who writes TOML.
KINDS = {
    "str": "text",
    "SlurmName": "a name of Slurm's",
    "Text": "text, also one for each language",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "Fraction": "number or fraction",
    "Fraction | None": "number or fraction",
    "date | None": "day",
    "tuple[str, ...]": "list of texts",
    "tuple[Text, ...]": "list of texts, each also one for each language",
    "Mapping[str, str] | None": "table of texts",
}
_TABLE = re.compile(r"#? ?(\[\[?[\w.]+\]\]?)")
_KEY = re.compile(r"(?:# )?(\w+)(?:\.\w+)? = (.*)")


def tables() -> dict[str, type[Any]]:
    """The tables of a site file by their header, ``""`` for the keys on top; read from the dataclass of the whole."""
    found: dict[str, type[Any]] = {"": site.Site}
    for name, hint in get_type_hints(site.Site).items():
        many, kind = (True, get_args(hint)[0]) if get_args(hint) else (False, hint)
        if is_dataclass(kind):
            found[f"[[{name.removesuffix('s')}]]" if many else f"[{name}]"] = kind
    return found


def meanings(example: str) -> dict[tuple[str, str], str]:
    """What the example's comments say, by table and key. A key that is only shown may stand in a comment itself.

    >>> meanings('name = "x"  # who\\n[hub]\\n# admins = ["olga"]  # may see everything')
    {('', 'name'): 'who', ('[hub]', 'admins'): 'may see everything'}
    """
    found, table = {}, ""
    for line in example.splitlines():
        if opened := _TABLE.match(line):
            table = opened[1]
        elif (key := _KEY.match(line)) and (comment := _comment(key[2])):
            found[table, key[1]] = comment
    return found


def markdown(source: Path) -> str:
    """A heading and a table of keys for each table of the site file. `source` is the checkout."""
    said = meanings((source / "hub_config/site.example.toml").read_text(encoding="utf-8"))
    return "\n".join(_section(name, kind, said) for name, kind in tables().items())


def _section(name: str, kind: type[Any], said: Mapping[tuple[str, str], str]) -> str:
    rows = [
        f"| `{field.name}` | {KINDS.get(str(field.type), str(field.type))} | {_default(field)} "
        f"| {_cell(said.get((name, field.name), ''))} |"
        for field in fields(kind)
        if str(field.type) in KINDS
    ]
    title = f"`{name}`" if name else "On top of the file"
    about = (kind.__doc__ or "").splitlines()[0]
    return "\n".join(
        [f"## {title}", "", about, "", "| key | kind | default | meaning |", "|---|---|---|---|", *rows, ""]
    )


def _default(field: Field[Any]) -> str:
    if field.default is MISSING:
        return "**needed**"
    if field.default in ("", (), None):
        return "none"
    if isinstance(field.default, (list, tuple)):
        return ", ".join(f"`{item}`" for item in field.default)
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _comment(rest: str) -> str:
    """The comment after a value; a ``#`` inside quotes is not one."""
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', lambda text: "_" * len(text[0]), rest)
    at = outside.find("#")
    return rest[at + 1 :].strip() if at >= 0 else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
