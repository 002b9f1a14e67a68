"""Text for people that is not marked, so that it would be English in every language: in templates, scripts and code.

Templates are read by Jinja (what is inside ``{% trans %}`` or ``_()`` is no literal text any more) and then by an HTML
parser; scripts by their string literals; code by Python's own parser. Each finding is ``file: text``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

import aif_hub
from aif_hub.notes import is_known
from aif_hub.shares import share
from aif_hub.speech import Speech

#: Attributes that are read or read out.
SHOWN = ("title", "aria-label", "aria-description", "placeholder", "alt", "label", "content")
#: What is the same in every language: names and units.
SAME = {
    *("JupyterLab", "JupyterHub", "Slurm", "GPU", "GPUs", "GB", "Workbench", "sbatch", "Python", "JSON"),
    "Login form invalid or expired. Try again.",  # JupyterHub's own words, by which they are recognised
    *("IE=edge", "width=device-width, initial-scale=1", "chrome=1"),  # for browsers, in `content`
}
#: Functions that mark or say a sentence.
MARKERS = {"_", "N_", "ngettext", "gettext", "Sentence"}
#: Modules with nothing in them for people who come with a browser: commands, benches, the launcher (see `notes`).
NOT_PAGES = ("bench", "demo", "launcher", "operate", "manual", "tutorials", "cli.py")
#: Functions whose words go to a log, to a programmer or into a configuration.
OTHERWISE = {"debug", "info", "warning", "error", "exception", "critical", "log"}
A_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"


def bare() -> list[str]:
    """Everything that was found; empty is the aim."""
    found = []
    for path in sorted(share("templates").glob("*.html")):
        found += [f"{path.name}: {text}" for text in of_template(path.read_text(encoding="utf-8"))]
    for path in sorted(share("static").glob("*.js")):
        found += [f"{path.name}: {text}" for text in of_script(path.read_text(encoding="utf-8"))]
    package = Path(aif_hub.__file__).parent
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        if inside.parts[0] not in NOT_PAGES:
            texts = of_code(path.read_text(encoding="utf-8"))
            found += [f"{inside}: {text}" for text in texts if text not in SAME and not is_known(text)]
    return found


def of_template(source: str) -> list[str]:
    """The literal texts of a Jinja template that a person reads or hears.

    >>> of_template('<p title="A tip">{% trans %}Marked{% endtrans %} and {{ name }}</p>{{ "Yes" if a else _("No") }}')
    ['A tip', 'and', 'Yes']
    """
    page = _Page()
    words: list[str] = []
    pieces = []
    for piece in _pieces(Environment(autoescape=True, extensions=[Speech]).parse(source)):
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            pieces.append(A_GAP)
            words += _spoken_constants(piece)
    page.feed("".join(pieces))
    page.close()
    return [*page.found, *words]


def of_script(source: str) -> list[str]:
    """The string literals of a script that read like words to people.

    >>> of_script('say("Try once more"); find("button.primary"); // "A comment"')
    ['Try once more']
    """
    code = re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", source, flags=re.DOTALL)
    texts = [found[0][1:-1] for found in re.finditer(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`', code)]
    texts = [re.sub(r"\$\{[^}]*\}", " ", text).strip() for text in texts]
    return [text for text in texts if _reads_like_words(text)]


def of_code(source: str) -> list[str]:
    """The sentences of a Python module that are neither marked nor documentation, nor for a log or a programmer.

    >>> of_code('A = N_("It is marked.")\\nB = "It is not marked."\\nlog.info("It is for the log.")')
    ['It is not marked.']
    """
    return list(_sentences(ast.parse(source)))


# Below: how each is read ----------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Collects texts and attributes that people meet."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._silent += 1
        for name, value in attrs:
            if name in SHOWN or (name.startswith("data-") and " " in (value or "")):
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        for part in text.split(A_GAP):
            part = " ".join(part.split())
            if part not in SAME and re.search(r"[A-Za-z]{2}", part):
                self.found.append(part)


def _pieces(node: nodes.Node) -> Iterator[str | nodes.Expr]:
    """A template's literal text and the expressions between, in their order."""
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield part.data if isinstance(part, nodes.TemplateData) else part
        return
    if isinstance(node, (nodes.Assign, nodes.CallBlock, nodes.FilterBlock)):
        yield from (part for part in node.iter_child_nodes() if isinstance(part, nodes.Expr))
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Stmt):
            yield from _pieces(child)


def _spoken_constants(node: nodes.Node) -> list[str]:
    """Texts within an expression that begin as a sentence does, and are not marked."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKERS:
        return []
    if isinstance(node, nodes.Const):
        known = not isinstance(node.value, str) or node.value in SAME
        return [] if known or not re.match(r"[A-Z][a-z]+( |$|[.:,])", node.value) else [node.value]
    return [text for child in node.iter_child_nodes() for text in _spoken_constants(child)]


def _reads_like_words(text: str) -> bool:
    if text in SAME or text == "use strict" or re.search(r"[\[\]#<>=@{}/]|--|\.\w|^:", text):
        return False  # selectors, addresses, names of things
    return bool(re.match(r"[A-Z][a-z]+ [a-z]", text) or re.search(r"\b[a-z]+ [a-z]+ [a-z]+\b", text))


def _sentences(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MARKERS or name in OTHERWISE or (name.endswith("Error") and name != "HTTPError"):
            return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # documentation
    if isinstance(node, ast.keyword) and node.arg in ("help", "description"):
        return
    if isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        if _is_sentence(text):
            yield text
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_sentence(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child)


def _is_sentence(text: str) -> bool:
    """Begins as a sentence, has words, and ends as one."""
    return bool(re.match(r"[A-Z…\"“][\w'…]* .*\w.*[.?:]$", text, re.DOTALL)) and "\n" not in text.strip()
