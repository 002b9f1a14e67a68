"""A tutorial's messages: what of its source is translated, and the file `nl/NAME.po` that translates it."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aif.tutorials.percent import Cell

Translate = Callable[[str], "str | None"]
#: What of a code cell can be said in another language: where it begins and ends, its message, and whether the code that
#: it stands in is an f-string; None where it is a comment, which is no literal.
_Spot = tuple[int, int, str, "bool | None"]
#: How a comment begins that a reader reads; one that marks a solution or tells a checker something is none.
_COMMENT = re.compile(r"# (?!solution \d+$|noqa\b|type: )(?=.*[^\W\d_])")
#: Prose, as opposed to a column's name, a colour or an option: two words next to each other.
_PROSE = re.compile(r"[^\W\d_]{2,}[,:;.]? +(?:[^\W\d_]|\{)")
_LIST = re.compile(r"[-*] |[|>#]|\d+\. ")
_ENTRY = re.compile(r'(?m)^(?P<key>msgid|msgstr) (?P<text>"(?:[^"\\]|\\.)*"(?:\n"(?:[^"\\]|\\.)*")*)')
_FSTRING = re.compile(r"[fF](?P<quote>\"\"\"|\"|')(?P<text>.*)(?P=quote)", re.DOTALL)


class BadMessages(ValueError):
    """A file of messages, or a code cell, that cannot be read; says where."""


def read(file: Path) -> dict[str, str]:
    """The translations of a gettext file, its header left out; nothing if there is no such file.

    Each `msgid` with its `msgstr`; contexts and plurals are not used. Raises BadMessages.
    """
    if not file.is_file():
        return {}
    found: dict[str, str] = {}
    asked = None
    for entry in _ENTRY.finditer(file.read_text(encoding="utf-8")):
        text = "".join(ast.literal_eval(line) for line in entry["text"].splitlines())
        if entry["key"] == "msgid":
            if asked is not None:
                raise BadMessages(f"{file.name}: msgid {asked[:40]!r} has no msgstr")
            asked = text
        elif asked is None:
            raise BadMessages(f"{file.name}: msgstr {text[:40]!r} has no msgid")
        else:
            if asked in found:
                raise BadMessages(f"{file.name}: msgid {asked[:40]!r} is there twice")
            found[asked], asked = text, None
    found.pop("", None)
    return {text: said for text, said in found.items() if said}


def written(told: Mapping[str, str]) -> str:
    """The text of a gettext file with these messages, in their order; untranslated ones are empty."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return "\n".join([head, *(f"msgid {_quoted(text)}\nmsgstr {_quoted(said)}\n" for text, said in told.items())])


def of_cell(cell: Cell) -> Iterator[str]:
    """What of a cell has to be translated: the blocks of prose, or its code's comments and strings for people."""
    if cell.markdown:
        yield from (message(block) for block in _blocks(cell.text) if re.search(r"[^\W\d_]", block))
    else:
        yield from (text for _, _, text, kind in _spots(cell.text) if kind is None or _PROSE.search(text))


def all_of_cell(cell: Cell) -> Iterator[str]:
    """What of a cell may be translated: besides `of_cell`, every other string of its code, such as a label."""
    yield from of_cell(cell) if cell.markdown else (text for _, _, text, _ in _spots(cell.text))


def of_checks(text: str) -> Iterator[str]:
    """The sentences that a file of checks says: its strings of prose, without docstrings."""
    tree = ast.parse(text)
    documented = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in documented)
    for node in sorted(strings, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node.value, str) and _PROSE.search(node.value):
            yield node.value


def said(cell: Cell, translate: Translate) -> Cell:
    """The cell with each message that `translate` knows in its place; names and code stay."""
    if cell.markdown:
        text = "\n\n".join(translate(message(block)) or block for block in _blocks(cell.text))
        return Cell(text, True, cell.metadata)
    text = cell.text
    for begin, end, source, formatted in reversed(_spots(text)):
        new = translate(source)
        if new is not None and new != source:
            text = text[:begin] + (new if formatted is None else _literal(new, formatted)) + text[end:]
    return Cell(text, False, cell.metadata)


def message(block: str) -> str:
    """A block of prose as one message: lines that only wrap are joined, rows of lists and tables stay lines.

    >>> message("One sentence\\nover two lines.")
    'One sentence over two lines.'
    >>> message("- one\\n  and more\\n- two")
    '- one and more\\n- two'
    >>> message("This is called\\n*imbalance*.")
    'This is called *imbalance*.'
    """
    lines: list[str] = []
    for line in block.splitlines():
        if lines and not _LIST.match(line.strip()):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.rstrip())
    return "\n".join(lines)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    shown = [json.dumps(line, ensure_ascii=False) for line in lines]
    return "\n".join(['""', *shown]) if len(shown) > 1 else shown[0]


def _blocks(text: str) -> list[str]:
    """Blocks between empty lines; code between fences is one."""
    blocks: list[str] = []
    fenced = False
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        if fenced:
            blocks[-1] += f"\n\n{block}"
        else:
            blocks.append(block)
        fenced ^= block.count("```") % 2 == 1
    return blocks


def _spots(code: str) -> list[_Spot]:
    """The strings and comments of `code`, as they are read."""
    return sorted([*_strings(code), *_comments(code)], key=lambda spot: spot[:2])


def _comments(code: str) -> Iterator[_Spot]:
    """Without the sign that they begin with; `_strings` says where `code` is no Python."""
    begins = [0]
    for line in code.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and (sign := _COMMENT.match(token.string)):
            begin = begins[token.start[0] - 1] + token.start[1]
            yield begin + sign.end(), begin + len(token.string), token.string[sign.end() :], None


def _strings(code: str) -> list[_Spot]:
    """The strings alone; raises BadMessages where `code` is no Python, or an f-string is not one literal."""
    try:
        tree = compile(code, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as fault:
        raise BadMessages(
            f"line {fault.lineno} is no Python: {code.splitlines()[(fault.lineno or 1) - 1]!r}"
        ) from fault
    lines = [0]
    for line in code.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    rows = code.splitlines()

    def at(line: int, column: int) -> int:
        return lines[line - 1] + len(rows[line - 1].encode()[:column].decode())

    found: list[_Spot] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((*_span(at, node), node.value, False))
        elif isinstance(node, ast.JoinedStr):
            begin, end = _span(at, node)
            formed = _FSTRING.fullmatch(code[begin:end])
            if not formed or formed["quote"] in formed["text"]:
                raise BadMessages(f"write this f-string as one literal: {code[begin:end][:60]}")
            found.append((begin, end, formed["text"], True))
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _span(at: Callable[[int, int], int], node: ast.expr) -> tuple[int, int]:
    return at(node.lineno, node.col_offset), at(node.end_lineno or node.lineno, node.end_col_offset or 0)


def _literal(text: str, formatted: bool) -> str:
    if formatted:
        quote = '"' if '"' not in text else "'" if "'" not in text else '"""'
        return f"f{quote}{text}{quote}"
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in text else shown
