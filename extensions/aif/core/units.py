"""Slurm's times, numbers and weights, read and written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil

#: What amounts of an allocation are said in, by its unit in the site file.
UNIT_WORDS = {
    "gpu-hour": "GPU-hours",
    "node-hour": "node-hours",
    "core-hour": "core-hours",
    "billing-hour": "billing hours",
}
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


def read_time(text: str) -> timedelta | None:
    """As `parse_time`; None where Slurm does not know it either (``NOT_SET``), or has clocks that disagree."""
    try:
        return parse_time(text)
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """At most ten plain digits: all that Slurm's ids and times have until the year 2286. None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def read_moment(text: str) -> datetime | None:
    """Seconds since 1970 (what ``SLURM_TIME_FORMAT=%s`` gives) as a moment; None for anything else, and for 0.

    >>> read_moment("1795348800"), read_moment("N/A")
    (datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    seconds = read_number(text)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def read_node(text: str) -> str:
    """A node's name; empty where squeue has none."""
    return "" if text in {"n/a", "(null)"} else text


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


def rounded_up(hours: Fraction, places: int = 2) -> Fraction:
    """The least amount of so many places that is not below `hours`: what is promised to be the most may never be less.

    >>> float(rounded_up(parse_weight("1/7"))), float(rounded_up(Fraction(3, 2)))
    (0.15, 1.5)
    """
    return Fraction(ceil(hours * 10**places), 10**places)


def words(time: timedelta) -> str:
    """A length of time in short words: ``2 h 05 min``, ``40 min``, ``3 d 4 h``; below a minute ``under a minute``.

    >>> words(timedelta(minutes=125)), words(timedelta(seconds=20)), words(timedelta(hours=2))
    ('2 h 05 min', 'under a minute', '2 h')
    """
    form, gaps = length_form(time)
    return _LENGTHS[form].format(**gaps)


_LENGTHS = {
    "moment": "under a minute",
    "minutes": "{minutes} min",
    "hours": "{hours} h",
    "hours-minutes": "{hours} h {minutes} min",
    "days": "{days} d",
    "days-hours": "{days} d {hours} h",
}


def length_form(time: timedelta) -> tuple[str, dict[str, object]]:
    """In which of six forms a length is said in any language, and what goes in its gaps; below 0 as 0.

    >>> length_form(timedelta(minutes=125))
    ('hours-minutes', {'days': 0, 'hours': 2, 'minutes': '05'})
    """
    minutes = max(0, int(time.total_seconds())) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if minutes < 1:
        form = "moment"
    elif days:
        form = "days-hours" if hours else "days"
    elif hours:
        form = "hours-minutes" if rest else "hours"
    else:
        form = "minutes"
    return form, {"days": days, "hours": hours, "minutes": f"{rest:02d}" if hours else rest}
