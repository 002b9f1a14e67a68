"""Rows for spreadsheets, in which no text of anybody's is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

MARK = b"\xef\xbb\xbf"
#: With which a spreadsheet takes a text for a formula.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


class Amount(str):
    """A number that is written already: no text of anybody's."""

    __slots__ = ()


def rows(rows: Iterable[list[Any]]) -> bytes:
    """Rows as bytes; a text that a spreadsheet would compute is kept a text by an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    for cells in rows:
        writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue().encode()


def _safe(cell: Any) -> Any:
    if isinstance(cell, str) and not isinstance(cell, Amount) and cell.startswith(_ACTIVE):
        return f"'{cell}"
    return cell
