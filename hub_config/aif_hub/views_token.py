"""What the page of access tokens offers: how long a new token may work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta

from aif_hub import words
from aif_hub.speech import _, speaking

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LENGTHS = (HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY)


@dataclass(frozen=True)
class TokenLength:
    """A length to choose; no seconds means that the token works until it is withdrawn."""

    seconds: str
    text: str
    chosen: bool = False


def token_lengths(most_seconds: int) -> list[TokenLength]:
    """What the site allows: up to `most_seconds`, or without end where that is 0. A month is proposed."""
    most = timedelta(seconds=most_seconds)
    lengths = [length for length in LENGTHS if not most or length <= most]
    if most and most not in lengths:
        lengths.append(most)
    proposed = min(lengths[-1], 30 * DAY)
    shown = [TokenLength(str(int(one.total_seconds())), _said(one), one == proposed) for one in lengths]
    return shown if most else [*shown, TokenLength("", _("Until you withdraw it"))]


def _said(length: timedelta) -> str:
    if length in LENGTHS:
        return str(format_timedelta(length, locale=speaking()))
    return words.length(length)
