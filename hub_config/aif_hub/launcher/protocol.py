"""JSON in and out for the launcher, and `Refused`: the one exception whose words reach the hub.

The `json` package imports `re`, which costs as much as everything else the launcher does at its start (19 of 39 ms of
CPU, measured on CPython 3.11). Its C scanner does the work alone; a Python that lacks it gets the package and the same
answers.
"""

from __future__ import annotations

MAX_REQUEST = 256 * 1024  # bytes on stdin
MAX_ANSWER = 256 * 1024  # bytes back from the process that acts as the person


class Refused(Exception):
    """A refusal in words. Codes: refused, home, sbatch, unknown (a job may exist: ask again), internal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_json(data: bytes, what: str) -> dict[str, object]:
    """The JSON object in `data`; anything else, a repeated key or a number that is no plain int is refused."""
    try:
        text = data.decode("utf-8").strip(" \t\r\n")
        value, end = _scan(text)
    except (ValueError, StopIteration, RecursionError, SystemError):  # the last where it lacks json's own exception
        raise Refused("refused", f"{what} is not valid JSON.") from None
    if end != len(text) or not isinstance(value, dict):
        raise Refused("refused", f"{what} must be one JSON object.")
    return value


def dump_json(value: object) -> bytes:
    """`value` as JSON in ASCII; for what an answer is made of: dict, list, str, int, bool and None."""
    return _text(value).encode("ascii")


def cleaned(text: str, most: int) -> str:
    """`text` on one line: no control characters (so no colours, no bells), single spaces, at most `most` characters."""
    kept = "".join(c if c.isprintable() else " " for c in without_escapes(text))
    line = " ".join(kept.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def without_escapes(text: str) -> str:
    """`text` without terminal escape sequences such as colours: ``"\\x1b[31mred"`` is ``"red"``."""
    head, *rest = text.split("\x1b")
    out = [head]
    for part in rest:
        if part.startswith("["):
            end = next((i for i, c in enumerate(part[1:], 1) if "@" <= c <= "~"), len(part))
            out.append(part[end + 1 :])
        else:
            out.append(part[1:])
    return "".join(out)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError("repeated key")
    return known


def _no_number(text: str) -> object:
    raise ValueError("only whole numbers are used")


def _whole(text: str) -> int:
    if len(text) > 19:
        raise ValueError("too many digits")
    return int(text)


class _Rules:
    strict = True
    object_hook = None
    object_pairs_hook = staticmethod(_no_repeats)
    parse_float = staticmethod(_no_number)
    parse_int = staticmethod(_whole)
    parse_constant = staticmethod(_no_number)
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own cache; the process lives for one request


try:
    from _json import encode_basestring_ascii as _quoted
    from _json import make_scanner

    def _scan(text: str) -> tuple[object, int]:
        return make_scanner(_Rules)(text, 0)  # type: ignore[arg-type]  # it wants these attributes, not a type

except ImportError:  # another Python than CPython
    import json

    _quoted = json.dumps

    def _scan(text: str) -> tuple[object, int]:
        value = json.loads(
            text,
            object_pairs_hook=_no_repeats,
            parse_float=_no_number,
            parse_int=_whole,
            parse_constant=_no_number,
        )
        return value, len(text)


def _text(value: object) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(str(k))}:{_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(type(value).__name__)
