"""The REST addresses that are our own, as Markdown: each with what its handler says of itself.

Read from the source and not from a running hub, so that the documentation needs none of the hub's libraries.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

_PREFIXES = ("/api/aif/", "/aif/")


def addresses(source: Path) -> dict[str, str]:
    """What the handlers say, by address below the hub: ``{"/api/aif/v1/ready": "POST: accepts …"}``."""
    found: dict[str, str] = {}
    for path in sorted((source / "hub_config/aif_hub").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(prefix in text for prefix in _PREFIXES):
            continue
        tree = ast.parse(text)
        said = {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.ClassDef)}
        for address, handler in _routes(tree):
            found[address] = said.get(handler, "")
    return dict(sorted(found.items()))


def markdown(source: Path) -> str:
    """A definition for each address."""
    return "\n".join(
        f"`/hub{address}`\n: {inspect.cleandoc(said).replace(chr(10), chr(10) + '  ')}\n"
        for address, said in addresses(source).items()
    )


def _routes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each ``(r"/api/aif/…", Handler, …)`` in a module."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Tuple) and len(node.elts) >= 2):
            continue
        address, handler = node.elts[:2]
        if (
            isinstance(address, ast.Constant)
            and isinstance(handler, ast.Name)
            and str(address.value).startswith(_PREFIXES)
        ):
            yield str(address.value), handler.id
