"""What a plot shows, in words, for who does not see it: from the cell that draws it, and the prose before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

#: What of a plot is said in which words of code: an option of a call, or the function whose first argument it is.
_TITLE, _ACROSS, _UP = ("suptitle", "title"), ("xlabel",), ("ylabel",)


def of_plot(code: str, prose: str, words: Mapping[str, str]) -> str:
    """The text for the plot that `code` draws; `prose` is the markdown before it, and `words` are those of the site."""
    told = _told(code)
    title, across, up = (_first(told, names) for names in (_TITLE, _ACROSS, _UP))
    if not title:
        return words["picture"].format(text=_sentence(prose))
    said = [words["plot"].format(title=title if title.endswith(("?", ".")) else f"{title}.")]
    if across and up:
        said.append(words["axes"].format(across=across, up=up))
    elif across or up:
        said.append(words["across"].format(across=across) if across else words["up"].format(up=up))
    return " ".join(said)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _told(code: str) -> dict[str, str]:
    """The first text of each of the options and functions that label a plot."""
    try:
        tree = compile(code, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return {}
    found: dict[str, str] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr.removeprefix("set_") if isinstance(call.func, ast.Attribute) else ""
        if name == "legend":  # its title is that of the colours
            continue
        for key, value in [(name, each) for each in call.args[:1]] + [(word.arg, word.value) for word in call.keywords]:
            if key in (*_TITLE, *_ACROSS, *_UP) and (text := "".join(_text(value))).strip():
                found.setdefault(key, text)
    return found


def _text(node: ast.expr) -> Iterator[str]:
    """What is known of a string before the code runs: for a gap an ellipsis."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr) and any(
        re.search(r"[^\W\d_]{3}", "".join(_text(each))) for each in node.values
    ):
        for part in node.values:
            yield from ("…",) if isinstance(part, ast.FormattedValue) else _text(part)


def _first(told: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((told[name] for name in names if name in told), "")


def _sentence(prose: str) -> str:
    """The last sentence of the prose, without its marks; its heading if it has none."""
    blocks = [block for block in prose.split("\n\n") if block.strip()]
    text = re.sub(r"[*`#_]", "", " ".join(blocks[-1].split())) if blocks else ""
    return re.split(r"(?<=[.?:;]) ", text.strip())[-1]
