"""Slurm's times, memory sizes and weights, read and written."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

_TIME = re.compile(r"(?:(?P<days>[0-9]{1,7})-)?(?P<parts>[0-9]{1,9}(?::[0-9]{1,9}){0,2})")


def parse_time(text: str) -> timedelta:
    """Slurm's time as a timedelta.

    Without days, one part is minutes, two are minutes:seconds, three hours:minutes:seconds; after days they are
    hours[:minutes[:seconds]] (the formats of ``sbatch --time``, ``squeue %L``).

    >>> parse_time("1-02:30:00") == timedelta(hours=26, minutes=30)
    True
    >>> parse_time("90"), parse_time("30:05")
    (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=1805))
    >>> parse_time("UNLIMITED") == timedelta.max
    True

    Raises ValueError for anything else (``INVALID``, ``NOT_SET``, ``N/A``).
    """
    if text.upper() in {"UNLIMITED", "INFINITE"}:
        return timedelta.max
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"not a Slurm time: {text!r}")
    parts = [int(part) for part in match["parts"].split(":")]
    if match["days"] is not None:
        hours, minutes, seconds = [*parts, 0, 0][:3]
        return timedelta(days=int(match["days"]), hours=hours, minutes=minutes, seconds=seconds)
    if len(parts) == 1:
        return timedelta(minutes=parts[0])
    if len(parts) == 2:
        return timedelta(minutes=parts[0], seconds=parts[1])
    return timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])


def parse_weight(text: str | float) -> Fraction:
    """How many whole GPUs one of a profile's GPUs counts for: ``"1/7"``, ``1`` or ``0.5``.

    >>> parse_weight("1/7") * 7 == 1
    True
    """
    weight = Fraction(str(text))
    if weight < 0:
        raise ValueError(f"a weight cannot be negative: {text!r}")
    return weight


def gpu_hours(gpus: int, weight: Fraction, time: timedelta) -> Fraction:
    """GPU-hours of whole GPUs that `gpus` of the given weight use in `time`.

    >>> float(round(gpu_hours(1, parse_weight("1/7"), timedelta(hours=2)), 2))
    0.29
    """
    return gpus * weight * Fraction(int(time.total_seconds()), 3600)


def words(time: timedelta) -> str:
    """A length of time in short words: ``2 h 05 min``, ``40 min``, ``3 d 4 h``; below a minute ``under a minute``.

    >>> words(timedelta(minutes=125)), words(timedelta(seconds=20)), words(timedelta(hours=2))
    ('2 h 05 min', 'under a minute', '2 h')
    """
    minutes = int(time.total_seconds()) // 60
    if minutes < 1:
        return "under a minute"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
