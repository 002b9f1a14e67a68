"""Every sentence that ends an `aif` command, as Markdown: read from the source, where each says what to do itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

#: Errors whose first words are the sentence, and the folders of the commands that raise them.
_ERRORS = ("DemoError", "OperateError")
_FOLDERS = ("demo", "manual", "operate")


def sentences(source: Path) -> dict[str, str]:
    """The module that says it, by sentence; ``…`` stands where it has a value."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        for path in sorted((source / "hub_config/aif_hub" / folder).rglob("*.py")):
            for said in _raised(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(said, f"{folder}/{path.stem}")
    return found


def markdown(source: Path) -> str:
    """A list in alphabetical order, each sentence as it is said."""
    return "\n".join(f"- {_plain(said)}" for said in sorted(sentences(source), key=str.casefold))


def _raised(tree: ast.Module) -> Iterator[str]:
    """The texts that a module's errors are made of: ``DemoError(…)``, and an error's own ``super().__init__(…)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ERRORS:
            yield from _texts(node)
        elif isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id in _ERRORS for base in node.bases
        ):
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Call)
                    and isinstance(inner.func, ast.Attribute)
                    and inner.func.attr == "__init__"
                ):
                    yield from _texts(inner)


def _texts(call: ast.Call) -> Iterator[str]:
    if not call.args:
        return
    text = _text(call.args[0])
    if any(sign.isalpha() for sign in text):
        yield text


def _text(node: ast.expr) -> str:
    """What a literal or an f-string says."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join("…" if isinstance(part, ast.FormattedValue) else _text(part) for part in node.values)
    return ""


def _plain(text: str) -> str:
    """As text and not as Markdown, but for what is code; one line."""
    for sign in ("\\", "*", "_", "[", "<", "$"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
