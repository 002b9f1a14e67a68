"""Whether an answer of the hub is a refusal that says why, to a program or to a person."""

from __future__ import annotations

import json
import re

from own_hub import Answer

#: Where a page of the hub says why: at its error, or with a field or the sign-in.
_SAID = re.compile(r'<p class="error__what">(.*?)</p>|role="alert"[^>]*>(.*?)</(?:p|div)>', re.DOTALL)


def words(answer: Answer) -> bool:
    """Whether it refuses, and says why."""
    return 400 <= answer.status < 500 and len(_said(answer.text).split()) > 2


def _said(text: str) -> str:
    """The message of a JSON answer, or what a page says; nothing where there is neither."""
    try:
        told = json.loads(text)
    except ValueError:
        found = _SAID.search(text)
        return re.sub(r"<[^>]*>", " ", found[1] or found[2] or "") if found else ""
    message = told.get("message") if isinstance(told, dict) else None
    return message if isinstance(message, str) else ""
