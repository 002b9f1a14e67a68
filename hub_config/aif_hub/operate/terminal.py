"""Questions at a terminal, and the one sentence where there is none."""

from __future__ import annotations

import sys

from aif_hub.operate.errors import OperateError


def is_there() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def asked(question: str, default: str = "") -> str:
    """What the person types, or the default for an empty line; asked again until there is something."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        answer = _typed(shown).strip() or default
        if answer:
            return answer


def listed(question: str) -> list[str]:
    """The words that the person types, with spaces or commas between; none for an empty line."""
    return _typed(f"{question}: ").replace(",", " ").split()


def agreed(question: str) -> bool:
    """Whether the person says yes; an empty line is a no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "j", "ja")
    except EOFError:
        return False


def _typed(shown: str) -> str:
    try:
        return input(shown)
    except EOFError:
        raise OperateError("The answers ended before the questions did; nothing was written.") from None
